//! The figures of a repository: for each environment the four measures as plots, and beside each plot the same as a table.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Board;
use super::page::{Frame, Trouble, html};
use super::pages::{self, Link, Page};
use super::repository::Opened;
use crate::rules::figures::{self, Figures, Measures, Times};
use crate::rules::id::EnvironmentName;
use crate::rules::scene::Scene;
use crate::rules::words::figures as words;

/// A plot, in the units of its own picture: where the bars stand, how far apart, and how high the highest is.
const GROUND: u32 = 120;
const STEP: u32 = 44;
const BAR: u32 = 28;
const HEIGHT_MAX: u32 = 92;

#[derive(Template)]
#[template(path = "figures.html")]
struct FiguresPage {
    frame: Frame,
    name: String,
    pages: Vec<Link>,
    introduction: String,
    empty: &'static str,
    labels: words::Labels,
    environments: Vec<Environment>,
}

struct Environment {
    name: String,
    plots: Vec<Plot>,
}

struct Plot {
    /// Unique on the page.
    id: String,
    said: words::Measure,
    bars: Vec<Bar>,
    width: u32,
    rows: Vec<Row>,
}

struct Bar {
    x: u32,
    y: u32,
    height: u32,
    middle: u32,
    /// Above it.
    value: String,
    value_y: u32,
    /// Below it.
    month: String,
}

struct Row {
    month: String,
    value: String,
    note: String,
}

/// One month of one measure.
struct Point {
    /// `None` where nothing is known.
    height: Option<f64>,
    short: String,
    value: String,
    note: String,
}

/// The page.
pub async fn show(State(board): State<Board>, opened: Opened) -> Result<Response, Trouble> {
    let (store, repo, now) = (&board.inner.store, opened.seen.repo, board.inner.clock.now());
    let scene = store.scene(repo).await?.map(|(_, scene)| scene);
    let name = scene.as_ref().map_or("UTC", |scene| scene.timezone.as_str()).to_owned();
    let zone = TimeZone::get(&name).unwrap_or(TimeZone::UTC);
    let lines = store
        .told_since(repo, &figures::MADE_FROM, figures::since(now, &zone))
        .await?;
    let counted = figures::count(lines.iter().map(|line| (line.at, &line.entry)), now, &zone);
    let page = FiguresPage {
        frame: Frame::new(
            format!("{} · {}", pages::names().figures, opened.seen.name),
            Some(&opened.visitor),
        ),
        name: opened.seen.name.to_string(),
        pages: pages::links(&opened.seen.name, Page::Figures),
        introduction: words::introduction(&name),
        empty: words::empty(),
        labels: words::labels(),
        environments: in_order(&counted, scene.as_ref())
            .into_iter()
            .enumerate()
            .map(|(n, (name, measures))| environment(n, name, measures, &counted.months))
            .collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// The environments, the last of the pipeline first: what people use matters most. What left the pipeline comes at the end.
fn in_order<'a>(counted: &'a Figures, scene: Option<&Scene>) -> Vec<(&'a EnvironmentName, &'a [Measures])> {
    let place = |name: &EnvironmentName| {
        let stages = scene.map(|scene| scene.stages.as_slice()).unwrap_or_default();
        let found = stages.iter().position(|stage| stage.environment == *name);
        found.map_or(usize::MAX, |n| stages.len() - n)
    };
    let all = counted.environments.iter();
    let mut ordered: Vec<_> = all.map(|(name, measures)| (name, measures.as_slice())).collect();
    ordered.sort_by_key(|(name, _)| (place(name), *name));
    ordered
}

fn environment(n: usize, name: &EnvironmentName, measures: &[Measures], months: &[Date]) -> Environment {
    let plot = |which: &str, said: words::Measure, point: fn(&Measures) -> Point| {
        plot(
            format!("{which}-{n}"),
            said,
            months,
            measures.iter().map(point).collect(),
        )
    };
    Environment {
        name: name.to_string(),
        plots: vec![
            plot("frequency", words::frequency(name), frequency),
            plot("lead", words::lead(name), lead),
            plot("failed", words::failed(name), failed),
            plot("recovery", words::recovery(name), recovery),
        ],
    }
}

fn frequency(month: &Measures) -> Point {
    let number = month.promotions.to_string();
    Point {
        height: Some(month.promotions as f64),
        short: number.clone(),
        value: number,
        note: String::new(),
    }
}

fn lead(month: &Measures) -> Point {
    time(&month.lead, words::of_features(&month.lead))
}

fn failed(month: &Measures) -> Point {
    if month.promotions == 0 {
        return Point {
            height: None,
            short: String::new(),
            value: words::unknown().to_owned(),
            note: words::of_promotions(0, 0),
        };
    }
    let share = month.failed as f64 / month.promotions as f64;
    let value = format!("{:.0} %", share * 100.0);
    Point {
        height: Some(share),
        short: value.clone(),
        value,
        note: words::of_promotions(month.failed, month.promotions),
    }
}

fn recovery(month: &Measures) -> Point {
    time(&month.recovery, words::of_failures(&month.recovery))
}

fn time(times: &Times, note: String) -> Point {
    Point {
        height: times.median.map(|median| median.as_secs_f64()),
        short: times.median.map(words::short_length).unwrap_or_default(),
        value: times.median.map_or_else(|| words::unknown().to_owned(), words::length),
        note,
    }
}

fn plot(id: String, said: words::Measure, months: &[Date], points: Vec<Point>) -> Plot {
    let highest = points.iter().filter_map(|point| point.height).fold(0.0, f64::max);
    let named = |form: &'static str| months.iter().map(move |month| month.strftime(form).to_string());
    let bars = (0..).zip(points.iter().zip(named("%b"))).map(|(n, (point, month))| {
        let share = point
            .height
            .filter(|_| highest > 0.0)
            .map_or(0.0, |height| height / highest);
        // At most the height itself, and never negative, so it fits.
        let height = (share * f64::from(HEIGHT_MAX)).round() as u32;
        let x = n * STEP + (STEP - BAR) / 2;
        Bar {
            x,
            y: GROUND - height,
            height,
            middle: x + BAR / 2,
            value: point.short.clone(),
            value_y: GROUND - height - 5,
            month,
        }
    });
    let rows = points.iter().zip(named("%B %Y")).map(|(point, month)| Row {
        month,
        value: point.value.clone(),
        note: point.note.clone(),
    });
    Plot {
        bars: bars.collect(),
        width: u32::try_from(months.len()).unwrap_or_default() * STEP,
        rows: rows.collect(),
        id,
        said,
    }
}

//! The history of a repository: its ledger in words, newest first, a page at a time; and the same as a table to download.

mod export;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Board;
use super::address;
use super::page::{Frame, Moment, Trouble, html, in_query};
use super::pages::{self, Link, Page};
use super::repository::Opened;
use crate::rules::id::{EnvironmentName, PullNumber, RepoId, UserId};
use crate::rules::words::history as words;
use crate::store::{Filter, Line, Names};

pub use export::download;

/// Lines of a page.
const LINES_MAX: usize = 50;

/// Features that are named beside a line; of more, how many there are is in its sentence.
const FEATURES_MAX: usize = 20;

/// What a form or a link asks for, as it was sent.
pub type Asked = BTreeMap<String, String>;

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    frame: Frame,
    name: String,
    pages: Vec<Link>,
    /// This page without a filter.
    page: String,
    labels: words::Labels,
    introduction: &'static str,
    /// What stands in the form, to be sent once more with it.
    chosen: Chosen,
    environments: Vec<Choice>,
    people: Vec<Choice>,
    /// What the form held and cannot mean anything.
    mistake: Option<&'static str>,
    lines: Vec<Told>,
    empty: &'static str,
    /// Where the lines before these are, and where the newest are, if those are not shown.
    older: Option<String>,
    newest: Option<String>,
    csv: String,
}

/// What was asked for, and whether it can be.
struct Chosen {
    filter: Filter,
    /// The feature as it was typed.
    feature: String,
    is_mistaken: bool,
}

/// One of several things to choose from.
struct Choice {
    value: String,
    text: String,
    is_chosen: bool,
}

/// A line in words.
struct Told {
    at: Moment,
    what: String,
    why: Option<String>,
    until: Option<Moment>,
    features: Vec<Feature>,
}

struct Feature {
    path: String,
    number: String,
    title: String,
}

/// The page.
pub async fn show(State(board): State<Board>, opened: Opened, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    let (store, repo) = (&board.inner.store, opened.seen.repo);
    let github_url = &board.open()?.door.github_url;
    let chosen = Chosen::read(&asked);
    let before: Option<i64> = asked.get("before").and_then(|position| position.parse().ok());
    let names = store.history_names(repo).await?;
    let mut found = match chosen.is_mistaken {
        true => Vec::new(),
        // One more than is shown, to know whether there is one.
        false => {
            store
                .history(repo, &chosen.filter, before, LINES_MAX as u32 + 1)
                .await?
        }
    };
    let there_is_more = found.len() > LINES_MAX;
    found.truncate(LINES_MAX);
    let (zone, open) = scene(&board, repo).await?;
    let mut titles = store.titles(repo, &features_of(&found)).await?;
    titles.extend(open);
    let told = found.iter().map(|line| {
        let features = line_features(line).map(|number| Feature {
            path: address::pull(github_url, &opened.seen.name, number),
            number: format!("#{number}"),
            title: titles.get(&number).map(|title| words::shown(title)).unwrap_or_default(),
        });
        tell(line, features.collect(), &zone)
    });
    let here = format!("{}/history", address::repository(&opened.seen.name));
    let last = found.last().filter(|_| there_is_more);
    let labels = words::labels();
    let (environments, people) = choices(&names, &chosen.filter);
    let page = HistoryPage {
        frame: Frame::new(
            format!("{} · {}", words::pages().history, opened.seen.name),
            Some(&opened.visitor),
        ),
        name: opened.seen.name.to_string(),
        pages: pages::links(&opened.seen.name, Page::History),
        labels,
        introduction: words::introduction(),
        environments,
        people,
        mistake: chosen.is_mistaken.then(words::no_number),
        lines: told.collect(),
        empty: words::empty(chosen.is_chosen()),
        older: last.map(|line| chosen.link(&here, Some(line.position))),
        newest: before.map(|_| chosen.link(&here, None)),
        csv: chosen.link(&format!("{here}.csv"), None),
        chosen,
        page: here,
    };
    Ok(html(StatusCode::OK, &page))
}

/// The repository's zone, and the titles of its open features.
pub async fn scene(board: &Board, repo: RepoId) -> Result<(String, BTreeMap<PullNumber, String>), Trouble> {
    let found = board.inner.store.scene(repo).await?;
    let Some((_, scene)) = found else {
        return Ok(("UTC".to_owned(), BTreeMap::new()));
    };
    let titles = scene.open.into_iter().map(|one| (one.number, one.title));
    Ok((scene.timezone, titles.collect()))
}

/// The features that a line speaks of, its own pull request first.
fn line_features(line: &Line) -> impl Iterator<Item = PullNumber> {
    let others = line
        .entry
        .features
        .iter()
        .copied()
        .filter(|other| Some(*other) != line.entry.pull);
    line.entry.pull.into_iter().chain(others).take(FEATURES_MAX)
}

fn features_of(lines: &[Line]) -> Vec<PullNumber> {
    let all: BTreeSet<PullNumber> = lines.iter().flat_map(line_features).collect();
    all.into_iter().collect()
}

fn tell(line: &Line, features: Vec<Feature>, zone: &str) -> Told {
    let told = words::told(&line.entry);
    Told {
        at: Moment::in_zone(line.at, zone),
        what: told.what,
        why: told.why,
        until: told.until.map(|until| Moment::in_zone(until, zone)),
        features,
    }
}

fn choices(names: &Names, filter: &Filter) -> (Vec<Choice>, Vec<Choice>) {
    let environments = names.environments.iter().map(|name| Choice {
        value: name.to_string(),
        text: name.to_string(),
        is_chosen: filter.environment.as_ref() == Some(name),
    });
    let people = names.people.iter().map(|(login, id)| Choice {
        value: id.to_string(),
        text: login.to_string(),
        is_chosen: filter.person == Some(*id),
    });
    (environments.collect(), people.collect())
}

impl Chosen {
    fn read(asked: &Asked) -> Self {
        let one = |name: &str| asked.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let feature = one("feature").unwrap_or_default().to_owned();
        let number = feature.trim_start_matches('#').parse().ok().map(PullNumber);
        Self {
            filter: Filter {
                // No database of ours holds U+0000, and PostgreSQL does not even let it be asked for.
                environment: one("environment")
                    .map(|name| EnvironmentName::from(name.replace('\0', "\u{fffd}").as_str())),
                // Whoever is nobody did nothing: what cannot be understood never shows more.
                person: one("person").map(|id| UserId(id.parse().unwrap_or_default())),
                feature: number,
            },
            is_mistaken: number.is_none() && !feature.is_empty(),
            feature,
        }
    }

    fn is_chosen(&self) -> bool {
        self.filter != Filter::default() || self.is_mistaken
    }

    /// The same choice at another place.
    fn link(&self, path: &str, before: Option<i64>) -> String {
        let environment = self.filter.environment.as_ref();
        let fields = [
            environment.map(|name| format!("environment={}", in_query(name.as_str()))),
            self.filter.person.map(|person| format!("person={person}")),
            self.filter.feature.map(|feature| format!("feature={feature}")),
            before.map(|position| format!("before={position}")),
        ];
        let fields: Vec<String> = fields.into_iter().flatten().collect();
        match fields.is_empty() {
            true => path.to_owned(),
            false => format!("{path}?{}", fields.join("&")),
        }
    }
}

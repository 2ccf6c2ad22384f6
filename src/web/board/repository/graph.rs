//! The way as a picture: mainline at the top, each environment a point further down, and between them what waits, newest first.
//! Every point leads to its card. The picture repeats what the page says in words, and its own caption says it once more.

use crate::rules::scene::{Landed, Scene, Stage, Way, What};
use crate::rules::words::scene as words;

/// Features that are drawn on one way; the rest is a number.
const DRAWN_MAX: usize = 12;

/// Longest title in the picture, in characters: what fits on a phone.
const TITLE_CHARS_MAX: usize = 34;

/// Height of one point's row, and where the line is, in units of the picture.
const ROW: usize = 30;
const LINE_X: usize = 16;
const ASIDE_X: usize = 40;

/// The picture.
pub struct Graph {
    pub height: usize,
    pub points: Vec<Point>,
    /// Lines from point to point.
    pub lines: Vec<Line>,
    pub caption: Vec<String>,
}

pub struct Point {
    pub x: usize,
    pub y: usize,
    pub text_x: usize,
    pub text_y: usize,
    /// `stage`, `feature` or `more`.
    pub kind: &'static str,
    pub text: String,
    /// What is said to whoever points at it.
    pub title: String,
    /// The card it leads to.
    pub to: Option<String>,
}

/// From one point to the next. `dotted`: what lies between is not known, or there is no way.
pub struct Line {
    pub from: (usize, usize),
    pub to: (usize, usize),
    pub dotted: bool,
}

/// `None` where there is nothing to draw.
pub(super) fn view(scene: &Scene) -> Option<Graph> {
    if scene.stages.is_empty() {
        return None;
    }
    let mut graph = Graph {
        height: 0,
        points: Vec::new(),
        lines: Vec::new(),
        caption: words::picture(scene),
    };
    graph.add(LINE_X, "stage", scene.mainline.to_string(), None, None, false);
    for stage in &scene.stages {
        graph.way(stage);
    }
    Some(graph)
}

impl Graph {
    fn way(&mut self, stage: &Stage) {
        let known = match &stage.way {
            Way::Known(load) => Some(load),
            Way::Unknown | Way::NoBranch | Way::TooFar { .. } => None,
        };
        if let Some(load) = known {
            let drawn = load.items.len().min(DRAWN_MAX);
            for item in load.items.iter().rev().take(drawn) {
                self.add(LINE_X, "feature", words::landed(item), Some(card_of(item)), None, false);
            }
            let more = load.items.len() - drawn + load.earlier;
            if more > 0 {
                self.add(LINE_X, "more", words::and_more(more), None, None, false);
            }
        }
        // What has commits of its own does not lie on the line.
        let x = if stage.own > 0 { ASIDE_X } else { LINE_X };
        let to = format!("environment-{}", stage.environment);
        let name = stage.environment.to_string();
        self.add(x, "stage", name, Some(to), Some(words::point(stage)), known.is_none());
    }

    fn add(
        &mut self,
        x: usize,
        kind: &'static str,
        text: String,
        to: Option<String>,
        title: Option<String>,
        dotted: bool,
    ) {
        let y = self.points.len() * ROW + ROW / 2;
        if let Some(before) = self.points.last() {
            self.lines.push(Line {
                from: (before.x, before.y),
                to: (x, y),
                dotted,
            });
        }
        self.points.push(Point {
            x,
            y,
            text_x: ASIDE_X + LINE_X,
            text_y: y + 5,
            kind,
            title: title.unwrap_or_else(|| text.clone()),
            text: short(&text),
            to,
        });
        self.height = y + ROW / 2;
    }
}

fn card_of(item: &Landed) -> String {
    match &item.what {
        What::Feature { number, .. } => format!("feature-{number}"),
        What::Direct { commit, .. } => format!("commit-{}", commit.short()),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= TITLE_CHARS_MAX {
        return text.to_owned();
    }
    let cut: String = text.chars().take(TITLE_CHARS_MAX).collect();
    format!("{}…", cut.trim_end())
}

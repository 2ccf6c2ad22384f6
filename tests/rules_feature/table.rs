//! Who may do what, in which state of a feature: every combination is asked of the rules themselves, and what came of it is
//! written into `docs/who-may-what.md`, which this keeps equal. After a change that is meant: `UPDATE_DOCS=1 ./test --test rules_feature`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use greenlight::rules::id::RequestId;
use greenlight::rules::snapshot::Role;
use jiff::SignedDuration;

use crate::world::{Ci, FEATURE, Somebody, World, landed, pushed, somebody};

const CONFIGURATION: &str = "\
owners: [anna, olaf]
environments:
  - name: staging
  - name: production
    owners: [anna, olaf, paula]
previews:
  - name: dev-1
";

/// For merges by hand, which leave a commit of their own on the environment's branch.
const MERGED: &str = "\
owners: [anna, olaf]
environments:
  - name: staging
    strategy: merge
  - name: production
    strategy: merge
    owners: [anna, olaf, paula]
";

const ANNA: Somebody = somebody(1, "anna", Role::Read);
const OLAF: Somebody = somebody(2, "olaf", Role::Write);
const PAULA: Somebody = somebody(3, "paula", Role::Read);
const DORA: Somebody = somebody(4, "dora", Role::Write);
const PEOPLE: [Somebody; 9] = [
    ANNA,
    OLAF,
    PAULA,
    DORA,
    somebody(5, "mona", Role::Maintain),
    somebody(6, "wim", Role::Write),
    somebody(7, "tina", Role::Triage),
    somebody(8, "carl", Role::Read),
    somebody(9, "sam", Role::None),
];

/// Who asks, as the table says it. `None` for an account that GitHub does not tell.
struct Asker {
    called: &'static str,
    who: Option<Somebody>,
    by_hand: bool,
}

fn askers() -> Vec<Asker> {
    let person = |called, who| Asker {
        called,
        who: Some(who),
        by_hand: true,
    };
    vec![
        person("an owner", ANNA),
        person("an owner, of their own feature", OLAF),
        person("an owner of production only", PAULA),
        person("its author, a developer", DORA),
        person("a maintainer", PEOPLE[4]),
        person("another developer", PEOPLE[5]),
        person("somebody with the triage role", PEOPLE[6]),
        person("a reader", PEOPLE[7]),
        person("a stranger to the repository", PEOPLE[8]),
        Asker {
            called: "an App in an owner's name",
            who: Some(ANNA),
            by_hand: false,
        },
        Asker {
            called: "an account that is gone",
            who: None,
            by_hand: true,
        },
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum State {
    InProgress,
    Ready,
    Accepted,
    InMainline,
    OnStaging,
    Live,
}

const STATES: [(State, &str); 6] = [
    (State::InProgress, "in progress"),
    (State::Ready, "ready"),
    (State::Accepted, "accepted, its tests run"),
    (State::InMainline, "in main"),
    (State::OnStaging, "on staging"),
    (State::Live, "live"),
];

/// A feature that has come so far. Everything that landed is green, so that only the person decides.
fn a_feature(state: State, author: Somebody) -> World {
    let mut world = World::new(CONFIGURATION, &PEOPLE, author);
    world.ci.insert(landed(1), Ci::Green);
    world.ci.insert(
        pushed(0),
        if state == State::Accepted {
            Ci::Running
        } else {
            Ci::Green
        },
    );
    world.settles();
    if state >= State::Ready {
        world.labels(DORA);
        world.settles();
    }
    if state >= State::Accepted {
        says(&mut world, &askers()[0], "/accept").expect("an owner may");
    }
    if state >= State::OnStaging {
        says(&mut world, &askers()[0], "/promote staging").expect("an owner may");
    }
    if state >= State::Live {
        says(&mut world, &askers()[0], "/promote production").expect("an owner may");
    }
    world
}

/// How a word reaches Greenlight.
#[derive(Clone, Copy, Debug)]
enum Road {
    Comment,
    Review,
    /// The button of this identifier.
    Button(&'static str),
    /// A form of the board.
    Board,
}

/// What came of it: the change that anybody can see, or else the first sentence of the answer.
fn says(world: &mut World, asker: &Asker, text: &str) -> Result<&'static str, String> {
    goes(world, asker, text, Road::Comment)
}

fn goes(world: &mut World, asker: &Asker, text: &str, road: Road) -> Result<&'static str, String> {
    world.now += SignedDuration::from_secs(60);
    let before = Facts::of(world);
    let request: RequestId = match road {
        Road::Comment => world.says(asker.who, asker.by_hand, FEATURE, text).into(),
        Road::Review => world.reviews(asker.who, asker.by_hand, text),
        Road::Button(identifier) => world.presses(asker.who, asker.by_hand, identifier),
        Road::Board => world.sends(asker.who.expect("somebody who is signed in"), text),
    };
    world.settle(&world.heard_of(request));
    let answer = world.replies.get(&request).and_then(|all| all.first());
    let answer = answer.map(|answer| match road {
        Road::Comment => answer.as_str(),
        Road::Review | Road::Button(_) | Road::Board => {
            answer.split_once("\n\n").expect("who said what, above the answer").1
        }
    });
    match (before.became(&Facts::of(world)), answer) {
        (Some(change), _) => Ok(change),
        (None, Some(answer)) if answer.contains("For you, who maintain") => Ok("told, also what is missing"),
        (None, Some(answer)) if text == "/status" && answer.contains("staging") => Ok("told"),
        (None, Some(answer)) => Err(first_sentence(answer)),
        (None, None) => Err("Ignored without an answer.".to_owned()),
    }
}

fn first_sentence(answer: &str) -> String {
    let line = answer.lines().next().unwrap_or_default().replace("**", "");
    match line.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => line,
    }
}

/// What anybody could see to change.
#[derive(PartialEq)]
struct Facts {
    is_ready: bool,
    is_accepted: bool,
    goes_on: bool,
    is_merged: bool,
    /// Whether it is shown on a dev instance.
    is_shown: bool,
    armed: usize,
    held: usize,
    tips: [usize; 2],
}

impl Facts {
    fn of(world: &World) -> Self {
        let card = world.memory.cards.get(&FEATURE);
        Self {
            is_ready: card.is_some_and(|card| card.rejection.is_none()) && world.feature.has_label(crate::world::LABEL),
            is_accepted: card.is_some_and(|card| card.acceptance.is_some()),
            goes_on: card
                .and_then(|card| card.acceptance.as_ref())
                .is_some_and(|word| word.then.is_some()),
            is_merged: world.feature.merged,
            is_shown: world.memory.previews.values().any(|wish| wish.has.is_some()),
            armed: world.memory.armed.len(),
            held: world.memory.holds.len(),
            tips: world.tips,
        }
    }

    fn became(&self, after: &Self) -> Option<&'static str> {
        match () {
            () if after.tips != self.tips && after.is_merged != self.is_merged => Some("accepted, merged, promoted"),
            () if after.tips[0] < self.tips[0] => Some("went back"),
            () if after.tips != self.tips => Some("promoted"),
            () if after.is_merged != self.is_merged => Some("accepted, merged"),
            () if after.is_ready != self.is_ready && !after.is_ready => Some("sent back"),
            () if after.is_accepted && !self.is_accepted => Some("accepted"),
            () if self.is_accepted && !after.is_accepted => Some("taken back"),
            () if self.is_shown && !after.is_shown => Some("freed"),
            () if after.held > self.held => Some("held"),
            () if after.armed > self.armed || (after.goes_on && !self.goes_on) => Some("waits"),
            () if after != self => Some("changed"),
            () => None,
        }
    }
}

/// A label is no command: whoever puts it on, the card tells whether it counts.
fn labels(asker: &Asker) -> Result<&'static str, String> {
    let mut world = a_feature(State::InProgress, DORA);
    let Some(who) = asker.who.filter(|_| asker.by_hand) else {
        return Err("GitHub does not tell who did it, so it does not count.".to_owned());
    };
    world.labels(who);
    world.settles();
    match world.cards.last().map(String::as_str) {
        Some(card) if card.starts_with("**Ready.**") => Ok("ready"),
        Some(card) if card.contains("does not count") => {
            Err("The label does not count, and the card says why.".to_owned())
        }
        other => Err(format!("{other:?}")),
    }
}

/// Somebody merges the promotion pull request to staging with GitHub's own button.
fn merges_by_hand(asker: &Asker) -> String {
    let mut world = a_feature(State::InMainline, DORA);
    world.configuration = MERGED;
    world.settles();
    world.joins(asker.who.filter(|_| asker.by_hand));
    world.settles();
    assert_eq!(world.told.len(), 1, "told once");
    let held = world
        .memory
        .outside
        .values()
        .any(|outside| outside.standing.held().is_some());
    let sentence = first_sentence(&world.told[0]);
    assert_ne!(held, sentence.contains("Promoted to staging by"), "{}", world.told[0]);
    if held {
        format!("held: {sentence}")
    } else {
        "**promoted**".to_owned()
    }
}

/// Numbers the reasons as they come.
#[derive(Default)]
struct Reasons(BTreeMap<String, usize>);

impl Reasons {
    fn cell(&mut self, came_of_it: Result<&'static str, String>) -> String {
        match came_of_it {
            Ok(change) => format!("**{change}**"),
            Err(reason) => {
                let next = self.0.len() + 1;
                format!("[{}]", self.0.entry(reason).or_insert(next))
            }
        }
    }

    fn legend(&self) -> String {
        let mut all: Vec<_> = self.0.iter().map(|(reason, number)| (number, reason)).collect();
        all.sort();
        let line = |(number, reason): (&usize, &String)| format!("{number}. {reason}\n");
        all.into_iter().map(line).collect()
    }
}

/// The commands, and the button that means the same.
const COMMANDS: [(&str, Option<(&str, &str)>); 10] = [
    ("/accept", Some(("accept", "Accept"))),
    ("/reject It is too slow", Some(("send-back", "Send back"))),
    ("/promote staging", Some(("promote:staging", "Promote to staging"))),
    ("/promote production", Some(("promote:production", "To production"))),
    ("/rollback staging", None),
    ("/hold staging", None),
    ("/cancel", None),
    ("/confirm", None),
    ("/preview off", None),
    ("/status", None),
];

/// One cell, after every road was seen to come to the same.
fn cell(state: State, asker: &Asker, command: &str, button: Option<&'static str>) -> Result<&'static str, String> {
    let author = if asker.who == Some(OLAF) { OLAF } else { DORA };
    let by = |road| goes(&mut a_feature(state, author), asker, command, road);
    let came_of_it = by(Road::Comment);
    // Before a feature was ready once, there is no check run that could have buttons.
    let button = button.filter(|_| state != State::InProgress);
    // Nobody signs in to the board who is not there, and no program does.
    let board = asker.who.filter(|_| asker.by_hand).map(|_| Road::Board);
    for road in [Some(Road::Review), button.map(Road::Button), board]
        .into_iter()
        .flatten()
    {
        assert_eq!(
            by(road),
            came_of_it,
            "{command} by {road:?}, {}, {state:?}",
            asker.called
        );
    }
    came_of_it
}

fn page() -> String {
    let mut page = PREFACE.to_owned();
    let mut reasons = Reasons::default();
    for (command, button) in COMMANDS {
        let or_the_button = button.map_or_else(String::new, |(_, label)| format!(", or the button *{label}*"));
        write!(page, "\n## `{command}` on a feature{or_the_button}\n\n| who |").expect("room");
        STATES
            .iter()
            .for_each(|(_, called)| write!(page, " {called} |").expect("room"));
        page.push_str(&format!("\n| --- |{}\n", " --- |".repeat(STATES.len())));
        for asker in askers() {
            write!(page, "| {} |", asker.called).expect("room");
            for (state, _) in STATES {
                let came_of_it = cell(state, &asker, command, button.map(|(identifier, _)| identifier));
                write!(page, " {} |", reasons.cell(came_of_it)).expect("room");
            }
            page.push('\n');
        }
    }
    page.push_str("\n## The label `ready-for-staging`\n\n| who | in progress |\n| --- | --- |\n");
    for asker in askers() {
        let cell = reasons.cell(labels(&asker));
        writeln!(page, "| {} | {cell} |", asker.called).expect("room");
    }
    page.push_str("\n## Merging the promotion pull request to staging by hand\n\n| who | in main |\n| --- | --- |\n");
    for asker in askers() {
        writeln!(page, "| {} | {} |", asker.called, merges_by_hand(&asker)).expect("room");
    }
    write!(page, "\n## Why not\n\n{}", reasons.legend()).expect("room");
    page
}

const PREFACE: &str = "\
# Who may do what

Each cell was asked of Greenlight's rules by a test, which also keeps this page as it is. The owners here are anna and olaf, and
for production also paula; the feature is dora's, except where an owner is its author. Everything that landed has green checks.
A number says that nothing has changed, and points to the reason below. It is the same whether the command is written in a
comment or in the summary of a review, its button is pressed, or its form is sent on the board: the test asks by each road.
";

#[test]
fn the_page_says_what_the_rules_do() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/who-may-what.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/who-may-what.md can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        written, page,
        "run UPDATE_DOCS=1 ./test --test rules_feature, and read what changed"
    );
}

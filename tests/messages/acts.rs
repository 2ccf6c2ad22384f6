//! What is said of acts on the board: above the reply, where the page had become old, and on the page itself.

use greenlight::rules::command::{Command, Named};
use greenlight::rules::form::Showed;
use greenlight::rules::id::{DeliveryId, EnvironmentName, PullNumber, RequestId};
use greenlight::rules::memory::{Request, Said};
use greenlight::rules::stretch::Cargo;
use greenlight::rules::words::inert::inert_whole;
use greenlight::rules::words::{act, button, form};

use crate::sample::{Sample, at, sha};
use crate::{Entry, entry};

fn sent(sample: &Sample, command: Command) -> Request {
    let guid = DeliveryId::parse("0a3d162e-cc78-11e3-81ab-4c9367dc0958").expect("a GUID");
    Request {
        id: RequestId::Form(guid),
        pull: PullNumber(42),
        asked_by: sample.anna(),
        asked_at: at("2026-11-23T15:00:00Z"),
        answers: Vec::new(),
        acknowledged: true,
        reply: None,
        said: Some(Said::OnBoard {
            command,
            showed: Showed::default(),
        }),
        unanswerable: false,
    }
}

fn commands(sample: &Sample) -> Vec<(&'static str, Command)> {
    let staging = || EnvironmentName::from("staging");
    vec![
        ("accept", Command::Accept),
        (
            "send back",
            Command::Reject {
                why: sample.line("The button is too small"),
            },
        ),
        (
            "promote at a time",
            Command::Promote {
                environment: staging(),
                at: Some(sample.line("2026-11-24 18:00")),
                without: vec![PullNumber(4)],
                dry_run: false,
            },
        ),
        (
            "hold",
            Command::Hold {
                environment: staging(),
                until: Some(sample.line("2026-11-24 18:00")),
                because: Some(sample.line("the fair")),
            },
        ),
        (
            "roll back",
            Command::Rollback {
                environment: staging(),
                to: Some(Named::Commit(sha('a').to_string())),
                dry_run: false,
            },
        ),
        (
            "take a preview",
            Command::Preview {
                instance: Some(sample.line("dev-1")),
            },
        ),
    ]
}

/// On pull requests.
pub fn replies(sample: &Sample) -> Vec<Entry> {
    let mut entries: Vec<Entry> = commands(sample)
        .into_iter()
        .map(|(what, command)| {
            let said = button::said(&sent(sample, command)).expect("who asked for what");
            entry(format!("Above the answer when you asked on the board to {what}"), said)
        })
        .collect();
    let (staging, name) = (sample.staging(), EnvironmentName::from("staging"));
    entries.extend([
        entry(
            "Somebody pushed since your page was made",
            form::pushed_since(&sha('a'), &sha('b'), Some(&sample.dora().login)),
        ),
        entry(
            "You promoted, and the environment has moved since your page was made",
            form::moved_since_listed(&staging, &sha('a'), &sha('b'), &sample.cargo()),
        ),
        entry(
            "The same, and nothing is left that could go",
            form::moved_since_listed(&staging, &sha('a'), &sha('b'), &Cargo::default()),
        ),
        entry(
            "You rolled back, and the environment has moved since your page was made",
            form::moved_since_shown(&name, &sha('a'), &sha('b')),
        ),
        entry(
            "You ended a hold, and another one has taken its place",
            form::another_hold(&sample.hold()),
        ),
        entry("You ended a hold that was over", form::held_no_more(&name)),
        entry(
            "You cancelled a promotion that does not wait any more",
            form::waits_no_more(),
        ),
    ]);
    entries
}

fn plain(when: &str, said: &str) -> Entry {
    entry(when, inert_whole(said))
}

/// On pages.
pub fn pages(sample: &Sample) -> Vec<Entry> {
    let accept = sent(sample, Command::Accept);
    let nameless = Request {
        said: None,
        ..accept.clone()
    };
    vec![
        plain("You have just sent a form", &act::asked_just_now()),
        plain("It was taken up", &act::looking()),
        plain("Above what came of it", &act::asked(&accept)),
        plain("The same, of what was said by another road", &act::asked(&nameless)),
        plain("It was heard more than three days late", &act::came_too_late()),
        plain("On links", act::look_again()),
        plain("The same", &act::see_reply(PullNumber(42))),
    ]
}

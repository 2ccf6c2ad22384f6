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
        text_sha256: None,
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

/// What stands behind the name of the newest thing.
fn sentence(rest: &str) -> String {
    format!("Faster checkout: {rest}")
}

/// On pages.
pub fn pages(sample: &Sample) -> Vec<Entry> {
    let accept = sent(sample, Command::Accept);
    let looking = |forward: bool| {
        let environment = EnvironmentName::from("staging");
        let command = match forward {
            true => Command::Promote {
                environment,
                at: None,
                without: Vec::new(),
                dry_run: true,
            },
            false => Command::Rollback {
                environment,
                to: None,
                dry_run: true,
            },
        };
        sent(sample, command)
    };
    let (staging, links, labels) = (EnvironmentName::from("staging"), act::links(), act::labels());
    let labels = [
        labels.what_goes,
        labels.look,
        labels.cancel,
        labels.unhold,
        labels.why_hold,
        labels.rolling_back,
        labels.look_back,
        labels.accept,
        labels.take_back,
        labels.send_back,
        labels.why_send_back,
        labels.preview,
        labels.instance,
        labels.take_preview,
        labels.free_preview,
    ];
    let nameless = Request {
        said: None,
        ..accept.clone()
    };
    vec![
        plain(
            "You have just sent a form, or opened a page that asks",
            &act::asked_just_now(),
        ),
        plain("It was taken up", &act::looking()),
        plain("Above what came of it", &act::asked(&accept)),
        plain("The same, of what was said by another road", &act::asked(&nameless)),
        plain("It was heard more than three days late", &act::came_too_late()),
        plain("Above how the gates stand", &act::asked(&looking(true))),
        plain("Above what a rollback would take away", &act::asked(&looking(false))),
        plain("On links", act::look_again()),
        plain("The same", &act::see_reply(PullNumber(42))),
        plain(
            "On the repository's page",
            &[links.open, links.up_to, links.environment].join(" · "),
        ),
        plain("The way back", &act::back_to(&sample.line("harbour/shop"))),
        plain(
            "Above what can be done with an environment",
            &act::environment(&staging),
        ),
        plain("Who may do it", &act::whose_word("anna").unwrap_or_default()),
        plain(
            "The same, of features",
            &act::whose_word_on_features("anna").unwrap_or_default(),
        ),
        plain("On buttons", &act::promote(&staging)),
        plain("The same", &act::hold(&staging, false)),
        plain("The same, while it is held", &act::hold(&staging, true)),
        plain("The same", &act::roll_back(&staging)),
        plain("Beside a time", &act::when("Europe/Berlin")),
        plain("Beside the end of a hold", &act::until("Europe/Berlin")),
        plain(
            "The choice of everything, where one thing waits",
            &sentence(&act::all_of_it(1)),
        ),
        plain("The same, where more wait", &sentence(&act::all_of_it(3))),
        plain("More waits than is listed", &act::and_earlier(1)),
        plain("The same", &act::and_earlier(7)),
        plain(
            "Beside the box for what was taken back before",
            &sentence(&act::bring_again(
                &EnvironmentName::from("staging"),
                vec!["#4 Gift cards".to_owned(), "#6 Larger pictures".to_owned()],
            )),
        ),
        plain("Nothing waits", &act::nothing_to_promote(true)),
        plain("Nobody knows what waits", &act::nothing_to_promote(false)),
        plain("On the page of a feature", &act::version(&sha('a'))),
        plain(
            "There is a newer version than on the card that you came from",
            &act::newer_version(),
        ),
        plain("Beside *Accept*", &act::accepting(&sample.main())),
        plain("The other way to accept", &act::accept_and_promote(&staging)),
        plain(
            "It is not ready yet",
            &act::not_ready(&sample.line("ready-for-staging")),
        ),
        plain("On buttons and beside fields", &labels.join(" · ")),
    ]
}

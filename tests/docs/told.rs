//! What people are told to type is understood, what they are told to open is there.

use axum::body::Body;
use greenlight::rules::command;
use greenlight::rules::when;
use http::{Method, Request};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::tz::TimeZone;

use super::blocks::{Kind, of};
use super::page::{MESSAGES, all};
use super::world::World;

/// What stands for something else in an example of a command.
const STANDS_FOR: [(&str, &str); 9] = [
    ("<environment>", "staging"),
    ("<time>", "18:00"),
    ("<number>", "4"),
    ("<why>", "it is slow"),
    ("because …", "because of the fair"),
    ("[to #n | to <commit>]", "to #4"),
    ("#n", "#4"),
    ("/hold … ", "/hold staging "),
    ("/promote … ", "/promote staging "),
];

/// Commands that the messages quote because somebody wrote them, and that are answered for being wrong; and one whose end is said in the
/// words behind it.
const NOT_MEANT: [&str; 5] = [
    "/rollback staging to",
    "/stagign",
    "/рromote staging",
    "/promote staging stagign",
    "/rollback staging to aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…",
];

/// Paths on a machine, not of an address.
const ON_A_MACHINE: [&str; 4] = ["/data", "/etc/greenlight/env", "/var/lib/greenlight", "/ca.pem"];

const COMMANDS: [&str; 11] = [
    "/accept",
    "/reject",
    "/promote",
    "/confirm",
    "/cancel",
    "/hold",
    "/unhold",
    "/rollback",
    "/preview",
    "/status",
    "/help",
];

/// The first word, where it is the name of a command.
fn command_named(text: &str) -> Option<&str> {
    let first = text.split_whitespace().next()?;
    COMMANDS.contains(&first).then_some(first)
}

#[test]
fn every_command_that_people_are_told_to_type_is_understood() {
    let mut found = 0;
    for code in all().into_iter().flat_map(|page| page.codes) {
        let text = code.text.as_str();
        // The name alone speaks of the command; whole ones are examples.
        let (Some(name), false) = (command_named(text), NOT_MEANT.contains(&text)) else {
            continue;
        };
        if name == text {
            continue;
        }
        let typed = STANDS_FOR
            .iter()
            .fold(text.to_owned(), |text, (shown, typed)| text.replace(shown, typed));
        let read = command::read(&typed);
        assert!(
            matches!(read[..], [Ok(_)]),
            "{}: {text:?} is read as {read:?}",
            code.place
        );
        found += 1;
    }
    assert!(found >= 50, "only {found} commands: this test reads the wrong words");
}

/// "Times count in the repository's time zone", and the examples that follow.
#[test]
fn every_example_of_a_time_is_one() {
    let readme = super::read("README.md");
    let (_, examples) = readme
        .split_once("Times count in the repository's time zone: ")
        .expect("the README tells of times");
    let examples = examples.split_once(".\n").expect("a sentence ends").0;
    let examples: Vec<&str> = examples.split('`').skip(1).step_by(2).collect();
    assert!(examples.len() >= 6, "{examples:?}");
    // A Tuesday, within a month of the day that one of them names.
    let now = "2026-12-08T02:00:00Z".parse().expect("a time");
    for example in examples {
        let read = when::read(example, now, &TimeZone::UTC);
        assert!(read.is_ok(), "{example}: {read:?}");
    }
}

/// What the owner's page says that Greenlight says, and the buttons that it names, are in the words of the program.
#[test]
fn what_the_owner_is_told_to_look_for_is_what_she_finds() {
    let messages = super::read(MESSAGES).replace(['\\', '\u{2060}'], "");
    let pages = all();
    let page = pages
        .iter()
        .find(|page| page.name == "docs/owner.md")
        .expect("her page");
    // What is said of one environment is said of each.
    let is_said =
        |said: &&String| messages.contains(said.as_str()) || messages.contains(&said.replace("production", "staging"));
    let unsaid: Vec<&String> = page.said.iter().filter(|said| !is_said(said)).collect();
    assert!(unsaid.is_empty(), "no message and no button says {unsaid:?}");
    assert!(page.said.len() >= 20, "only {:?}", page.said);
}

/// She does not write code, and finds none of its words; but for what Greenlight itself says, in italics.
#[test]
fn the_owners_page_is_in_words_that_she_has() {
    let text = super::read("docs/owner.md");
    let jargon = [
        "branch",
        "branches",
        "commit",
        "commits",
        "merge",
        "merged",
        "repository",
        "webhook",
        "sha",
        "ci",
        "pipeline",
        "mainline",
        "rebase",
        "deploy",
        "deployed",
        "deployment",
        "yaml",
        "api",
        "token",
    ];
    for (number, line) in text.lines().enumerate() {
        let own: String = line.split('*').step_by(2).collect();
        let words = own.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
        let found: Vec<String> = words.filter(|word| jargon.contains(&word.as_str())).collect();
        assert!(found.is_empty(), "docs/owner.md:{}: {found:?} in {line}", number + 1);
    }
    assert!(
        !text.contains('!') || !text.replace("![", "").contains('!'),
        "it shouts"
    );
}

async fn status(url: &str) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::builder().method(Method::GET).uri(url);
    let answer = client.request(request.body(Body::empty()).expect("a request")).await;
    let answer = answer.unwrap_or_else(|error| panic!("{url}: {error}"));
    let status = answer.status().as_u16();
    if url.ends_with("/events") {
        return (status, String::new());
    }
    let body = answer.into_body().collect().await.expect("a whole answer").to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_address_that_people_are_told_of_is_served() {
    let mut world = World::start().await;
    let board = format!("http://{}", world.bot_address());
    let mut found = 0;
    let codes = all()
        .into_iter()
        .filter(|page| page.name != MESSAGES)
        .flat_map(|page| page.codes);
    for code in codes.filter(|code| code.text.starts_with('/') && command_named(&code.text).is_none()) {
        if ON_A_MACHINE.contains(&code.text.as_str()) {
            continue;
        }
        if code.text == "/metrics" {
            assert!(world.metrics().await.contains("greenlight_inbox"));
            continue;
        }
        let path = code.text.replace("OWNER/NAME", "harbour/shop");
        let path = path.replace("*/*", "harbour/shop").replace("ENVIRONMENT", "staging");
        let (status, body) = status(&format!("{board}{path}")).await;
        // Where there is an App already, set-up says so instead.
        let is_over = path == "/setup" && body.contains("Greenlight is set up");
        assert!(status != 404 || is_over, "{}: {path} is not served: {body}", code.place);
        found += 1;
    }
    assert!(found >= 10, "only {found} addresses: this test reads the wrong words");
    assert_eq!(status(&format!("{board}/nothing")).await.0, 404);

    for block in of(Kind::Badge) {
        let (_, path) = block.text.split_once("greenlight.example.com").expect("an address");
        let path = path.trim().trim_end_matches(')').replace("OWNER/NAME", "harbour/shop");
        let (status, body) = status(&format!("{board}{path}")).await;
        assert!(
            status == 200 && body.starts_with("<svg "),
            "{}: {path}: {status}",
            block.place
        );
    }
    world.bot_stops().await;
}

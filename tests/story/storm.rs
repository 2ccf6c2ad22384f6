//! A storm of news that machines make: few looks at the repository it is about, and nobody else waits for it.

use greenlight::sandbox::State;
use jiff::{SignedDuration, Timestamp};

use crate::world::{CONFIGURATION, World};

/// Into so many parts the minute is cut; a part's news come all at once.
const PARTS: i32 = 12;

const PART: SignedDuration = SignedDuration::from_secs(5);

/// How often the bot has asked for this, so far.
fn asked(world: &World, path: &str) -> usize {
    let exchanges = world.sandbox.exchanges();
    exchanges
        .iter()
        .filter(|one| one.method == "GET" && one.path == path)
        .count()
}

/// One part of the storm: its news are delivered, and whatever follows from them at once has followed.
async fn part_of_storm(world: &World, commit: &str, until: Timestamp) {
    for number in 0..5_000 / PARTS {
        world
            .shop
            .status(commit, &format!("ci/{}", number % 20), State::Pending, "running")
            .expect("a status");
    }
    world.settle().await;
    world
        .passes(until.duration_since(world.clock.now()).max(SignedDuration::ZERO))
        .await;
}

#[tokio::test]
async fn five_thousand_checks_in_a_minute_are_ten_looks_and_delay_nobody() {
    let mut world = World::with_pause(Some(CONFIGURATION), "8000").await;
    world.sandbox.limit_secondarily(true);
    let blog = world
        .sandbox
        .repository("harbour/blog")
        .file("README.md", "A blog.")
        .file(".github/greenlight.yml", CONFIGURATION)
        .create();
    let main = blog.head("main").expect("a first commit");
    blog.branch("staging", &main);
    blog.branch("production", &main);
    blog.grant("anna", greenlight::sandbox::Role::Read);
    let feature = world.lands("Faster checkout").await;
    let elsewhere = {
        blog.branch("words", &main);
        blog.commit("words", "dora", "Words", &[("words.md", "words")]);
        blog.open_pull("dora", "words", "main", "Words", "")
            .expect("a pull request")
    };
    // The promotion waits for the checks, so every look at them has to ask GitHub.
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    world.passes(SignedDuration::from_mins(2)).await;
    world.sandbox.forget_exchanges();
    let began = world.clock.now();
    for part in 1..=PARTS {
        part_of_storm(&world, &feature.commit, began + PART * part).await;
        let before = asked(&world, "/repos/harbour/shop");
        match part {
            4 => {
                let comment = blog.comment("anna", elsewhere, "/status").expect("a comment");
                world.settle().await;
                let marker = format!("<!-- greenlight:answer {comment} -->");
                let answers = blog.comments(elsewhere);
                assert!(answers.iter().any(|one| one.body.contains(&marker)), "{answers:#?}");
                assert_eq!(
                    asked(&world, "/repos/harbour/shop"),
                    before,
                    "no look at the storm came first"
                );
            }
            5 => {
                let answer = world.says("anna", promotion, "/status").await;
                assert!(answer.contains("behind"), "{answer}");
            }
            _ => {}
        }
    }
    // On a machine that is slower than the storm it takes longer than a minute.
    let minutes = world.clock.now().duration_since(began).as_secs_f64() / 60.0;
    let looks = asked(&world, "/repos/harbour/shop");
    assert!(
        looks >= 5 && looks as f64 <= 10.0 * minutes,
        "{looks} looks in {minutes} minutes"
    );
    let exchanges = world.sandbox.exchanges();
    assert!(
        exchanges.iter().all(|one| !matches!(one.status, 403 | 429)),
        "within the limits"
    );
    // What the last of them told is not lost.
    for number in 0..20 {
        world
            .shop
            .status(&feature.commit, &format!("ci/{number}"), State::Success, "done")
            .expect("a status");
    }
    world.passes(SignedDuration::from_secs(9)).await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_check_is_looked_at_at_once_when_all_was_quiet() {
    let mut world = World::with_pause(Some(CONFIGURATION), "8000").await;
    let feature = world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    world.passes(SignedDuration::from_secs(9)).await;
    world.status(&feature.commit, "ci", State::Success, "done").await;
    assert_eq!(world.head("staging"), feature.commit);
}

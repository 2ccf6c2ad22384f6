//! What becomes of a repository while the App is on it: taken away and given back, renamed, given to another account, archived,
//! deleted. Nothing is lost, nothing happens twice, and nobody goes on asking for what is not there.

use greenlight::sandbox::{Fault, Level};
use jiff::SignedDuration;

use crate::world::{Landed, World};

/// A feature that is merged, and asked to be promoted while its checks still run.
async fn armed() -> (World, Landed, u64, u64) {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.check(&feature.commit, "test", "in_progress").await;
    let promotion = world.promotion("staging").number;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    (world, feature, promotion, comment)
}

fn installation(world: &World) -> u64 {
    world.sandbox.installation("harbour").expect("it is installed")
}

/// Requests about this repository, and for a token.
fn asked(world: &World) -> Vec<String> {
    let exchanges = world.sandbox.exchanges();
    let about = exchanges
        .iter()
        .filter(|one| one.path.starts_with("/repos/") || one.path.ends_with("/access_tokens"));
    about
        .map(|one| format!("{} {} {}", one.method, one.path, one.status))
        .collect()
}

fn written(world: &World) -> Vec<String> {
    let mut writes = asked(world);
    writes.retain(|one| !one.starts_with("GET ") && !one.contains("access_tokens"));
    writes
}

/// Hours and sweeps later nobody has asked for it.
async fn is_left_alone(world: &mut World) {
    world.sandbox.forget_exchanges();
    for _ in 0..3 {
        world.passes(SignedDuration::from_mins(20)).await;
    }
    assert_eq!(asked(world), Vec::<String>::new());
    assert_eq!(world.dead_deliveries().await, 0);
}

type Change = fn(&World);

/// The App is taken away, and given back, in each way that GitHub has.
const WAYS: [(&str, Change, Change); 3] = [
    (
        "uninstalled",
        |world| world.sandbox.uninstall(installation(world)),
        |world| {
            world.sandbox.install("harbour", None);
        },
    ),
    (
        "suspended",
        |world| world.sandbox.suspend(installation(world), true),
        |world| world.sandbox.suspend(installation(world), false),
    ),
    (
        "taken off this repository",
        |world| world.shop.set_installed(false),
        |world| world.shop.set_installed(true),
    ),
];

#[tokio::test]
async fn what_is_taken_away_is_left_alone_and_goes_on_when_it_comes_back() {
    for (way, goes, comes) in WAYS {
        let (mut world, feature, promotion, comment) = armed().await;
        goes(&world);
        world.settle().await;
        world.green(&feature.commit).await;
        is_left_alone(&mut world).await;
        assert_eq!(world.moves("staging"), 0, "{way}");
        comes(&world);
        world.settle().await;
        assert_eq!(
            (world.head("staging"), world.moves("staging")),
            (feature.commit, 1),
            "{way}"
        );
        let answer = world.answer_to(promotion, comment).expect("an answer");
        assert!(answer.starts_with("**Promoted to staging.**"), "{way}: {answer}");
    }
}

#[tokio::test]
async fn what_waited_is_not_carried_out_when_it_comes_back_after_long() {
    for (way, goes, comes) in WAYS {
        let (world, feature, promotion, comment) = armed().await;
        goes(&world);
        world.settle().await;
        world.green(&feature.commit).await;
        world.passes(SignedDuration::from_hours(30)).await;
        comes(&world);
        world.settle().await;
        assert_eq!(world.moves("staging"), 0, "{way}");
        let answer = world.answer_to(promotion, comment).expect("an answer");
        assert!(answer.contains("it waited too long"), "{way}: {answer}");
        // Her word counts again at once.
        let answer = world.says("anna", promotion, "/promote staging").await;
        assert!(answer.starts_with("**Promoted to staging.**"), "{way}: {answer}");
    }
}

#[tokio::test]
async fn where_no_delivery_told_of_it_github_is_asked_a_few_times_and_no_more() {
    let deleted: Change = |world| world.shop.delete();
    let given_away: Change = |world| world.shop.transfer("elsewhere");
    let ways = WAYS.iter().map(|(way, goes, _)| (*way, *goes));
    for (way, goes) in ways.chain([("deleted", deleted), ("given away", given_away)]) {
        let (mut world, _, _, _) = armed().await;
        for event in ["installation", "installation_repositories", "repository"] {
            world.sandbox.delivery_fault(Fault::Lost, event, 1);
        }
        goes(&world);
        world.settle().await;
        world.sandbox.forget_exchanges();
        // The armed promotion makes it look again.
        for _ in 0..10 {
            world.passes(SignedDuration::from_hours(3)).await;
        }
        let before = asked(&world).len();
        assert!(before < 40, "{way}: {:#?}", asked(&world));
        is_left_alone(&mut world).await;
    }
}

#[tokio::test]
async fn a_repository_that_is_given_to_another_account_goes_on_there() {
    let (world, feature, promotion, comment) = armed().await;
    world.sandbox.install("quay", None);
    world.shop.transfer("quay");
    world.settle().await;
    world.green(&feature.commit).await;
    assert_eq!((world.head("staging"), world.moves("staging")), (feature.commit, 1));
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    assert!(world.promotion("production").open);
}

#[tokio::test]
async fn nothing_is_tried_in_an_archived_repository_and_it_goes_on_once_it_is_none() {
    let (mut world, feature, _, _) = armed().await;
    world.shop.archive(true);
    world.settle().await;
    world.sandbox.forget_exchanges();
    world.green(&feature.commit).await;
    world.passes(SignedDuration::from_hours(2)).await;
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(written(&world), Vec::<String>::new());
    assert_eq!(world.moves("staging"), 0);
    world.shop.archive(false);
    world.settle().await;
    assert_eq!((world.head("staging"), world.moves("staging")), (feature.commit, 1));
}

#[tokio::test]
async fn a_default_branch_that_is_renamed_is_followed() {
    let (world, feature, promotion, _) = armed().await;
    world.shop.rename_branch("main", "trunk");
    world.settle().await;
    let shown = world.promotion("staging");
    assert_eq!((shown.head.as_str(), shown.number != promotion), ("trunk", true));
    world.green(&feature.commit).await;
    assert_eq!((world.head("staging"), world.moves("staging")), (feature.commit, 1));
}

#[tokio::test]
async fn a_permission_counts_as_soon_as_it_is_accepted() {
    let (world, feature, promotion, _) = armed().await;
    let whole = world.sandbox.app().permissions;
    let mut less = whole.clone();
    less.insert("contents".to_owned(), Level::Read);
    world.sandbox.set_permissions(installation(&world), less);
    // Until the token ends, it has what it had.
    world.passes(SignedDuration::from_hours(2)).await;
    world.green(&feature.commit).await;
    assert_eq!(world.moves("staging"), 0);
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.contains("`contents: write`"), "{answer}");
    world.sandbox.accept_permissions(installation(&world), whole);
    world.settle().await;
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    assert_eq!(world.moves("staging"), 1);
}

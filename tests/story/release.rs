//! After it runs: what comes to production becomes a tag and a release, once.

use greenlight::sandbox::{Fault, ReleaseView};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, LABEL, Landed, World};

/// Monday morning in Berlin.
const MONDAY: &str = "2027-01-04T09:00:00Z";

async fn world() -> World {
    let world = World::with_configuration(Some(&format!("releases: true\n{CONFIGURATION}"))).await;
    world.it_is(MONDAY).await;
    world
}

/// Through both environments by an owner's word; gives the answer of the second.
async fn goes_live(world: &World, commit: &str) -> String {
    world.green(commit).await;
    let staging = world.promotion("staging").number;
    world.says("anna", staging, "/promote staging").await;
    let production = world.promotion("production").number;
    let answer = world.says("anna", production, "/promote production").await;
    assert_eq!(world.head("production"), commit);
    answer
}

async fn lives(world: &mut World, title: &str) -> (Landed, String) {
    let feature = world.lands(title).await;
    let answer = goes_live(world, &feature.commit).await;
    (feature, answer)
}

fn told(world: &World, release: &ReleaseView) -> String {
    let commit = release.commit.clone().unwrap_or_default();
    let body = release.body.replace(&world.sandbox.url(), "https://github.example");
    let mut body = body.replace(&commit, "COMMIT");
    for moved in world.shop.moves("production") {
        body = body.replace(&moved.after.unwrap_or_default(), "BEFORE");
    }
    // What keeps a name of another repository from becoming a link is not seen.
    let body = body.replace('\u{2060}', "");
    format!("{} by {}\n{body}", release.name, release.author)
}

#[tokio::test]
async fn what_comes_to_production_becomes_a_tag_and_a_release() {
    let mut world = world().await;
    world.shop.branch("checkout", &world.head("main"));
    world
        .shop
        .commit("checkout", "dora", "Checkout", &[("checkout.txt", "fast")]);
    let said = "It was slow.\n\nCloses #17, fixes harbour/cellar#4.";
    let opened = world
        .shop
        .open_pull("dora", "checkout", "main", "Faster *checkout*", said);
    let first = opened.expect("a pull request");
    world
        .shop
        .merge_pull("dora", first, greenlight::sandbox::Method::Squash)
        .expect("a merge");
    world.settle().await;
    let (feature, answer) = lives(&mut world, "Search by colour").await;
    let releases = world.shop.releases();
    assert_eq!(releases.len(), 1);
    assert_eq!(world.shop.tags(), [("2027-01-04.1".to_owned(), feature.commit)]);
    insta::assert_snapshot!(told(&world, &releases[0]), @r"
    2027-01-04.1 by greenlight[bot]
    **2 features came to production**, promoted by anna:

    - Faster \*checkout\* (#1, by dora): closes #17 and harbour\/cellar#4
    - Search by colour (#3, by dora)

    [See the changes in detail](https://github.example/harbour/shop/compare/BEFORE...2027-01-04.1).

    <!-- greenlight:release COMMIT -->
    ");
    insta::assert_snapshot!(answer.replace(&world.sandbox.url(), "https://github.example"), @r"
    **Promoted to production.** It now also has 2 features:

    - Faster \*checkout\* (#1, by dora)
    - Search by colour (#3, by dora)

    You can look at it on production.

    It is the release [2027-01-04.1](https://github.example/harbour/shop/releases/tag/2027-01-04.1).
    ");
}

#[tokio::test]
async fn the_next_one_tells_what_came_since() {
    let mut world = world().await;
    lives(&mut world, "Faster checkout").await;
    let (feature, _) = lives(&mut world, "Search by colour").await;
    let releases = world.shop.releases();
    assert_eq!(releases.len(), 2);
    assert_eq!(
        (releases[1].tag.as_str(), &releases[1].commit),
        ("2027-01-04.2", &Some(feature.commit))
    );
    assert!(releases[1].body.contains("Search by colour") && !releases[1].body.contains("Faster checkout"));
    world.it_is("2027-01-05T23:30:00Z").await;
    lives(&mut world, "Gift cards").await;
    // It is Wednesday in Berlin already.
    assert_eq!(world.shop.releases()[2].tag, "2027-01-06.1");
}

#[tokio::test]
async fn staging_gets_none_and_neither_does_a_repository_that_wants_none() {
    let mut world = world().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let staging = world.promotion("staging").number;
    world.says("anna", staging, "/promote staging").await;
    assert_eq!(world.shop.tags(), []);

    let mut without = World::start().await;
    lives(&mut without, "Faster checkout").await;
    assert_eq!(without.shop.tags(), []);
    let asked = without.sandbox.exchanges();
    assert!(
        !asked
            .iter()
            .any(|one| one.path.contains("/releases") || one.path.contains("/tags/"))
    );
}

#[tokio::test]
async fn a_merge_by_hand_becomes_a_release_too() {
    let merging = CONFIGURATION.replace("  - name: production\n", "  - name: production\n    strategy: merge\n");
    let mut world = World::with_configuration(Some(&format!("releases: true\n{merging}"))).await;
    world.it_is(MONDAY).await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let staging = world.promotion("staging").number;
    world.says("anna", staging, "/promote staging").await;
    let production = world.promotion("production").number;
    world
        .shop
        .merge_pull("anna", production, greenlight::sandbox::Method::Merge)
        .expect("a merge");
    world.settle().await;
    world.passes(SignedDuration::from_secs(10)).await;
    let releases = world.shop.releases();
    assert_eq!(releases.len(), 1);
    assert_eq!(releases[0].commit, Some(world.head("production")));
    assert!(releases[0].body.contains("Faster checkout"), "{}", releases[0].body);
}

#[tokio::test]
async fn a_name_that_somebody_took_is_left_to_them() {
    let mut world = world().await;
    let before = world.head("main");
    world.shop.tag("dora", "2027-01-04.1", &before).expect("a tag");
    world.shop.tag("dora", "2027-01-04.7", &before).expect("a tag");
    lives(&mut world, "Faster checkout").await;
    assert_eq!(world.shop.releases()[0].tag, "2027-01-04.8");
    assert_eq!(world.shop.releases()[0].commit, Some(world.head("production")));
}

#[tokio::test]
async fn writes_of_unknown_outcome_are_looked_for() {
    for (fault, path) in [
        (Fault::ResetAfter, "/git/refs"),
        (Fault::ResetAfter, "/releases"),
        (Fault::StatusAfter(502), "/git/refs"),
        (Fault::StatusAfter(502), "/releases"),
        (Fault::Reset, "/releases"),
    ] {
        let mut world = world().await;
        world.sandbox.fault(fault, "POST", path, 1);
        let feature = world.lands("Faster checkout").await;
        world.green(&feature.commit).await;
        let staging = world.promotion("staging").number;
        world.says("anna", staging, "/promote staging").await;
        let production = world.promotion("production").number;
        let comment = world.writes("anna", production, "/promote production");
        world.settle().await;
        for _ in 0..3 {
            world.passes(SignedDuration::from_mins(1)).await;
        }
        assert_eq!(world.shop.tags().len(), 1, "{fault:?} {path}");
        assert_eq!(world.shop.releases().len(), 1, "{fault:?} {path}");
        let answer = world.answer_to(production, comment).expect("an answer");
        assert!(answer.contains("It is the release"), "{fault:?} {path}: {answer}");
    }
}

#[tokio::test]
async fn a_refusal_harms_no_promotion_and_is_said() {
    let mut world = world().await;
    world.sandbox.fault(Fault::Status(403), "POST", "/releases", 1);
    let (_, answer) = lives(&mut world, "Faster checkout").await;
    insta::assert_snapshot!(answer, @r"
    **Promoted to production.** It now also has:

    - Faster checkout (#1, by dora)

    You can look at it on production.

    There is no release of it: GitHub refused, and said `Server Error`. A developer can make it by hand; the next promotion gets one by itself once that is mended. What was promoted is not touched by this.
    ");
    assert_eq!(world.shop.releases(), []);
    lives(&mut world, "Search by colour").await;
    assert_eq!(world.shop.releases().len(), 1);
}

#[tokio::test]
async fn going_back_is_no_release_and_what_comes_again_is_told_again() {
    let mut world = world().await;
    let (before, _) = lives(&mut world, "Faster checkout").await;
    lives(&mut world, "Search by colour").await;
    world.shop.force_push("mona", "production", &before.commit);
    world.settle().await;
    world.passes(SignedDuration::from_secs(10)).await;
    assert_eq!(world.shop.releases().len(), 2);
    lives(&mut world, "Gift cards").await;
    let releases = world.shop.releases();
    assert_eq!(releases.len(), 3);
    assert!(releases[2].body.contains("Search by colour") && releases[2].body.contains("Gift cards"));
}

#[tokio::test]
async fn every_card_of_a_promotion_turns_live_however_far_away_its_feature_is() {
    let mut world = world().await;
    let mut features = Vec::new();
    for number in 0..6 {
        let feature = world.feature(&format!("Feature {number}"));
        let head = world.shop.pull(feature).expect("it is open").head_sha;
        world.shop.label("dora", feature, LABEL).expect("a label");
        world.green(&head).await;
        world.says("anna", feature, "/accept").await;
        assert!(world.shop.pull(feature).expect("it stays").merged);
        features.push(feature);
    }
    let tip = world.head("main");
    goes_live(&world, &tip).await;
    for feature in features {
        let comments = world.bot_comments(feature);
        let card = comments
            .iter()
            .find(|one| one.body.contains("greenlight:card"))
            .expect("a card");
        assert!(card.body.contains("live"), "{}", card.body);
        assert!(card.body.contains("production"), "{}", card.body);
    }
    assert_eq!(world.shop.releases()[0].body.matches("Feature ").count(), 6);
}

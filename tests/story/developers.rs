//! What developers are told of a rollback: one issue, closed once all of it is back, and nothing that ever stops the rollback.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{Fault, IssueView, Level};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, Landed, World};

/// A Monday, so that the next working morning is Tuesday's.
const MONDAY: &str = "2027-03-01T08:00:00Z";

const LOG: &str = "https://dashboard.heroku.com/apps/shop/activity/7";

/// Features went to staging, one after the other, under the configuration with these lines before it.
async fn on_staging(titles: &[&str], lines: &str) -> (World, Vec<Landed>) {
    let mut world = World::with_configuration(Some(&format!("{lines}{CONFIGURATION}"))).await;
    world.it_is(MONDAY).await;
    let mut landed = Vec::new();
    for title in titles {
        world.passes(SignedDuration::from_mins(10)).await;
        let feature = world.lands(title).await;
        world.green(&feature.commit).await;
        let pull = world.promotion("staging").number;
        world.says("anna", pull, "/promote staging").await;
        landed.push(feature);
    }
    (world, landed)
}

const THREE: &[&str] = &["Faster checkout", "Gift cards", "Larger pictures"];

/// The issue as a person sees it, with names for what differs from day to day.
fn shown(world: &World, issue: &IssueView) -> String {
    let mut body = issue.body.replace(&world.sandbox.url(), "https://github.example");
    for (at, name) in world.shop.moves("staging").iter().rev().zip(["NOW", "BAD", "EARLIER"]) {
        body = body.replace(at.after.as_deref().unwrap_or_default(), name);
    }
    let body = body.split("<!--").next().unwrap_or_default();
    format!("{} (by {})\n\n{}", issue.title, issue.author, body.trim())
}

fn the_issue(world: &World) -> IssueView {
    let issues = world.shop.issues();
    assert_eq!(issues.len(), 1, "{issues:#?}");
    issues.into_iter().next().expect("one")
}

fn last_line(answer: &str) -> &str {
    answer.lines().last().unwrap_or_default()
}

#[tokio::test]
async fn after_a_rollback_an_issue_tells_what_was_taken_away_and_the_answer_says_where() {
    let (mut world, features) = on_staging(THREE, "").await;
    let here = features[2].number;
    let asked = world.writes("anna", here, &format!("/rollback staging to #{}", features[0].number));
    world.settle().await;
    insta::assert_snapshot!(shown(&world, &the_issue(&world)), @r"
    Taken back from staging: 2 features (by greenlight[bot])

    **anna took [staging](https://staging.shop.example) back on Monday, 1 March at 09:30 (Europe/Berlin).** staging is back at what had run there since Monday, 1 March at 09:10 (Europe/Berlin), and came with Faster checkout (#1). That was said on #6.

    Taken away: 2 features.

    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin).

    What you can do now:

    - Find the fault in [what was taken away](https://github.example/harbour/shop/compare/NOW...BAD).
    - Mend it on the default branch, by a pull request as always. It goes to staging with the next promotion.
    - What was taken away goes to staging again only after an owner's word that names it, `/confirm #4 #6`. If it should not come back as it is, revert it by a pull request.

    I close this issue once all of it is back on staging.
    ");
    let answer = world.answer_to(here, asked).expect("an answer");
    insta::assert_snapshot!(last_line(&answer), @"The developers are told of it in #8.");
    let told = world.ledger().await;
    let told = told.iter().find(|entry| entry.kind == EntryKind::DevelopersTold);
    insta::assert_snapshot!(told.expect("a line of the ledger").why, @"developers were told in #8");
    // Neither a look at everything nor a restart tells it again.
    let number = the_issue(&world).number;
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    world.passes(SignedDuration::from_hours(1)).await;
    assert_eq!(the_issue(&world).number, number);
    assert_eq!(world.answer_to(here, asked).expect("an answer"), answer);
}

#[tokio::test]
async fn after_one_that_went_by_itself_the_issue_links_to_the_log() {
    let text = "owners: [anna]\nenvironments:\n  - { name: staging, deployed_when: deployment, rollback: automatic }\n";
    let mut world = World::with_configuration(Some(text)).await;
    world.it_is(MONDAY).await;
    for (title, state) in [("Faster checkout", "success"), ("Gift cards", "failure")] {
        let feature = world.lands(title).await;
        world.green(&feature.commit).await;
        let pull = world.promotion("staging").number;
        world.writes("anna", pull, "/promote staging");
        world.settle().await;
        let id = world.shop.deploy("heroku", "staging", "staging").expect("a deployment");
        let reported = world.shop.deployment_status_at("heroku", id, state, Some(LOG));
        reported.expect("a status");
        world.settle().await;
        world.passes(SignedDuration::from_secs(5)).await;
    }
    insta::assert_snapshot!(shown(&world, &the_issue(&world)), @r"
    Taken back from staging: 1 feature (by greenlight[bot])

    **staging went back by itself on Monday, 1 March at 08:00 (UTC), because the deployment of what anna had promoted there failed ([its log](https://dashboard.heroku.com/apps/shop/activity/7)).** staging is back at what had run there since Monday, 1 March at 08:00 (UTC), and came with Faster checkout (#1). The promotion was asked for on #4.

    Taken away: 1 feature.

    - Gift cards (#3, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (UTC).

    What you can do now:

    - Find the fault in [what was taken away](https://github.example/harbour/shop/compare/NOW...BAD).
    - Mend it on the default branch, by a pull request as always. It goes to staging with the next promotion.
    - What was taken away goes to staging again only after an owner's word that names it, `/confirm #3`. If it should not come back as it is, revert it by a pull request.

    I close this issue once all of it is back on staging.
    ");
}

#[tokio::test]
async fn once_all_of_it_is_back_the_issue_is_closed_and_says_so() {
    let (world, features) = on_staging(THREE, "").await;
    let here = features[2].number;
    world
        .says("anna", here, &format!("/rollback staging to #{}", features[0].number))
        .await;
    let number = the_issue(&world).number;
    let written = format!("{}\n\nThe cards are charged twice.", the_issue(&world).body);
    world.shop.edit_issue("dora", number, &written).expect("a text");
    // Half of it comes back.
    world
        .says("anna", here, &format!("/rollback staging to #{}", features[1].number))
        .await;
    assert!(the_issue(&world).open);
    // The rest of it comes back by a word that names it.
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/unhold staging").await;
    world.says("anna", promotion, "/promote staging").await;
    world.says("anna", promotion, &format!("/confirm #{here}")).await;
    assert_eq!(world.head("staging"), features[2].commit);
    let issue = the_issue(&world);
    assert_eq!((issue.open, issue.state_reason.as_deref()), (false, Some("completed")));
    let (_, after) = issue
        .body
        .split_once("The cards are charged twice.")
        .expect("dora's words are kept");
    insta::assert_snapshot!(after.trim(), @r"
    ---

    **What was taken away is on the branch of staging again**, so I have closed this issue. If something is still to be mended, open it again.
    ");
}

#[tokio::test]
async fn an_issue_that_somebody_closed_is_left_alone() {
    let (world, features) = on_staging(THREE, "").await;
    let here = features[2].number;
    world.says("anna", here, "/rollback staging").await;
    world
        .shop
        .close_issue("dora", the_issue(&world).number)
        .expect("closed");
    let before = the_issue(&world);
    world.says("anna", here, "/rollback staging").await;
    assert_eq!(world.head("staging"), features[2].commit);
    assert_eq!(the_issue(&world), before);
}

#[tokio::test]
async fn each_rollback_has_an_issue_of_its_own() {
    let (world, features) = on_staging(THREE, "").await;
    let here = features[2].number;
    for _ in 0..2 {
        world
            .says("anna", here, &format!("/rollback staging to #{}", features[1].number))
            .await;
        world.passes(SignedDuration::from_mins(1)).await;
        world.says("anna", here, &format!("/rollback staging to #{here}")).await;
        world.passes(SignedDuration::from_mins(1)).await;
    }
    let open: Vec<bool> = world.shop.issues().iter().map(|issue| issue.open).collect();
    assert_eq!(open, [false, false]);
}

#[tokio::test]
async fn where_nothing_is_wanted_nothing_is_opened_and_an_environment_can_say_so_for_itself() {
    for configuration in [
        format!("after_rollback: nothing\n{CONFIGURATION}"),
        CONFIGURATION.replace("name: staging\n", "name: staging\n    after_rollback: nothing\n"),
    ] {
        let mut world = World::with_configuration(Some(&configuration)).await;
        let feature = world.lands("Faster checkout").await;
        world.green(&feature.commit).await;
        let pull = world.promotion("staging").number;
        world.says("anna", pull, "/promote staging").await;
        let answer = world.says("anna", pull, "/rollback staging").await;
        assert!(answer.contains("is back at"), "{answer}");
        assert!(!answer.contains("developers"), "{answer}");
        assert_eq!(world.shop.issues(), []);
    }
    let (world, features) = on_staging(THREE, "after_rollback: nothing\n").await;
    world.says("anna", features[2].number, "/rollback staging").await;
    assert_eq!(world.shop.issues(), []);
}

#[tokio::test]
async fn without_the_permission_the_answer_says_what_to_grant_and_the_rollback_goes_on() {
    let (world, features) = on_staging(THREE, "").await;
    let installation = world.sandbox.installation("harbour").expect("an installation");
    let mut permissions = world.sandbox.app().permissions;
    permissions.insert("issues".to_owned(), Level::Read);
    world.sandbox.set_permissions(installation, permissions);
    // Tokens keep what they had for an hour.
    world.passes(SignedDuration::from_hours(2)).await;
    let answer = world.says("anna", features[2].number, "/rollback staging").await;
    assert_eq!(world.head("staging"), features[1].commit);
    insta::assert_snapshot!(last_line(&answer), @"No issue tells the developers of it: I may not open one. An administrator can grant Greenlight the permission `issues: write`, and accept it for this repository. Please tell them yourself. Where no issue is wanted, `after_rollback: nothing` in `.github/greenlight.yml` says so.");
}

#[tokio::test]
async fn where_issues_are_switched_off_the_answer_says_so() {
    let (world, features) = on_staging(THREE, "").await;
    world.shop.set_issues(false);
    let answer = world.says("anna", features[2].number, "/rollback staging").await;
    assert_eq!(world.head("staging"), features[1].commit);
    insta::assert_snapshot!(last_line(&answer), @"No issue tells the developers of it: this repository has issues switched off. Please tell them yourself. Where no issue is wanted, `after_rollback: nothing` in `.github/greenlight.yml` says so.");
    // It is not tried again with every look.
    world.sandbox.forget_exchanges();
    world.says("anna", features[2].number, "/status").await;
    let tried = world.sandbox.exchanges();
    assert!(!tried.iter().any(|one| one.path.ends_with("/issues")), "{tried:#?}");
}

#[tokio::test]
async fn an_issue_of_unknown_outcome_is_looked_for_and_never_opened_twice() {
    for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
        let (world, features) = on_staging(THREE, "").await;
        let here = features[2].number;
        world
            .shop
            .open_issue("dora", "Another matter", "<!-- greenlight:taken-back staging -->");
        world.sandbox.fault(fault, "POST", "/harbour/shop/issues$", 1);
        let asked = world.writes("anna", here, "/rollback staging");
        world.settle().await;
        world.passes(SignedDuration::from_secs(10)).await;
        world.passes(SignedDuration::from_secs(10)).await;
        let by_us = world
            .shop
            .issues()
            .into_iter()
            .filter(|issue| issue.author.ends_with("[bot]"));
        let by_us: Vec<_> = by_us.collect();
        assert_eq!(by_us.len(), 1, "{fault:?}");
        let answer = world.answer_to(here, asked).expect("an answer");
        assert!(
            answer.ends_with(&format!("#{}.", by_us[0].number)),
            "{fault:?}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_closing_of_unknown_outcome_is_done_once() {
    for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
        let (world, features) = on_staging(THREE, "").await;
        let here = features[2].number;
        world.says("anna", here, "/rollback staging").await;
        let number = the_issue(&world).number;
        world.sandbox.fault(fault, "PATCH", &format!("/issues/{number}$"), 1);
        world.says("anna", here, "/rollback staging").await;
        world.passes(SignedDuration::from_secs(10)).await;
        let issue = the_issue(&world);
        assert!(!issue.open, "{fault:?}");
        assert_eq!(
            issue.body.matches("is on the branch of staging again").count(),
            1,
            "{fault:?}"
        );
    }
}

const REVERT: &str = "after_rollback: revert\n";

/// The pull requests of ours that revert something, oldest first, with names for what differs from day to day.
fn reverts(world: &World) -> Vec<(u64, String)> {
    let all = world.shop.pulls().into_iter();
    let ours = all.filter(|pull| pull.author.ends_with("[bot]") && pull.base == "main");
    let shown = ours.map(|pull| {
        let body = pull.body.split("<!--").next().unwrap_or_default().trim().to_owned();
        assert!(pull.open && !pull.draft, "people decide of it: {pull:#?}");
        (pull.number, format!("{}\n\n{body}", pull.title))
    });
    shown.collect()
}

#[tokio::test]
async fn by_the_setting_each_feature_gets_a_pull_request_that_reverts_it_the_newest_first() {
    let (mut world, features) = on_staging(THREE, REVERT).await;
    let here = features[2].number;
    let answer = world
        .says("anna", here, &format!("/rollback staging to #{}", features[0].number))
        .await;
    let opened = reverts(&world);
    insta::assert_snapshot!(opened.iter().map(|(_, shown)| shown.as_str()).collect::<Vec<_>>().join("\n\n---\n\n"), @r#"
    Revert "Larger pictures"

    This takes #6 out of main again.

    **anna took [staging](https://staging.shop.example) back on Monday, 1 March at 09:30 (Europe/Berlin).** staging is back at what had run there since Monday, 1 March at 09:10 (Europe/Berlin), and came with Faster checkout (#1). That was said on #6.

    I do not merge it: that is for a developer to decide. Merge it if the fault cannot be mended soon, and close it if it is mended otherwise. Until then the default branch has #6, and staging gets it again only after an owner's word that names it.

    ---

    Revert "Gift cards"

    This takes #4 out of main again.

    **anna took [staging](https://staging.shop.example) back on Monday, 1 March at 09:30 (Europe/Berlin).** staging is back at what had run there since Monday, 1 March at 09:10 (Europe/Berlin), and came with Faster checkout (#1). That was said on #6.

    I do not merge it: that is for a developer to decide. Merge it if the fault cannot be mended soon, and close it if it is mended otherwise. Until then the default branch has #4, and staging gets it again only after an owner's word that names it.
    "#);
    insta::assert_snapshot!(last_line(&answer), @"For the developers I have opened what takes it out of the default branch: #8 reverts #6 and #9 reverts #4. I merge none of it.");
    assert_eq!(world.shop.issues(), []);
    // Whoever merges it, the feature is out of main.
    let merged = world
        .shop
        .merge_pull("dora", opened[0].0, greenlight::sandbox::Method::Squash);
    let tip = merged.expect("it can be merged");
    assert_eq!(world.shop.file(&tip, "feature-3.txt"), None);
    assert!(world.shop.file(&tip, "feature-2.txt").is_some());
    world.settle().await;
    // Neither a look at everything nor a restart opens another.
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    let all = world
        .shop
        .pulls()
        .into_iter()
        .filter(|pull| pull.title.starts_with("Revert "));
    assert_eq!(all.count(), 2);
}

#[tokio::test]
async fn what_cannot_be_reverted_is_told_by_an_issue_that_says_why() {
    let (world, _) = on_staging(&["Faster checkout"], REVERT).await;
    for (branch, text) in [("first", "one"), ("second", "two")] {
        // The second is built on what the first has brought.
        world.shop.branch(branch, &world.head("main"));
        world.shop.commit(branch, "dora", branch, &[("price.txt", text)]);
        let number = world
            .shop
            .open_pull("dora", branch, "main", branch, "")
            .expect("a pull request");
        let merged = world
            .shop
            .merge_pull("dora", number, greenlight::sandbox::Method::Squash);
        let commit = merged.expect("a merge");
        world.settle().await;
        world.green(&commit).await;
    }
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    let answer = world.says("anna", pull, "/rollback staging").await;
    assert_eq!(reverts(&world).len(), 1);
    let body = shown(&world, &the_issue(&world));
    let why = body.split("Not all of it").nth(1).expect("it says why");
    insta::assert_snapshot!(why.split("staging is on hold").next().unwrap_or_default().trim(), @r"
    is reverted by pull requests of mine:

    - #4: GitHub could not revert it, and said `Sorry, this pull request couldn't be reverted automatically.…`.

    For the developers I have opened what takes it out of the default branch: #7 reverts #6. I merge none of it.
    ");
    insta::assert_snapshot!(last_line(&answer), @"For the developers I have opened what takes it out of the default branch: #7 reverts #6. I merge none of it. The developers are told of it in #8.");
}

#[tokio::test]
async fn more_features_than_anybody_wants_pull_requests_for_are_told_by_an_issue() {
    let (mut world, _) = on_staging(&["Faster checkout"], REVERT).await;
    let mut last = String::new();
    for count in 1..=11 {
        last = world.lands(&format!("Feature {count}")).await.commit;
    }
    world.green(&last).await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    world.says("anna", pull, "/rollback staging").await;
    assert_eq!(reverts(&world), []);
    let body = the_issue(&world).body;
    assert!(
        body.contains("more than the 10 features that I open pull requests for"),
        "{body}"
    );
}

#[tokio::test]
async fn a_revert_of_unknown_outcome_is_looked_for_and_never_opened_twice() {
    for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
        let (world, features) = on_staging(THREE, REVERT).await;
        let here = features[2].number;
        // The first mutation sets the branch back, the second one reverts.
        world.sandbox.fault(fault, "POST", "/graphql", 2);
        let asked = world.writes("anna", here, "/rollback staging");
        world.settle().await;
        for _ in 0..3 {
            world.passes(SignedDuration::from_secs(10)).await;
        }
        let answer = world.answer_to(here, asked).expect("an answer");
        assert_eq!(reverts(&world).len(), 1, "{fault:?}: {answer}");
    }
}

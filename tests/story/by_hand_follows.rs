//! A promotion pull request that somebody merged with GitHub's own button: the comment there follows what becomes of it.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{Fault, Method};
use jiff::SignedDuration;

use crate::world::World;

const DEPLOYED: &str = "\
owners: [anna]
timezone: Europe/Berlin
environments:
  - name: staging
    strategy: merge
    deployed_when: deployment
  - name: production
";

const LOG: &str = "https://dashboard.heroku.com/apps/shop/activity/7";

/// A green feature, whose promotion pull request this person merges by hand.
async fn merges(world: &mut World, login: &str, title: &str) -> u64 {
    let feature = world.lands(title).await;
    world.green(&feature.commit).await;
    let pull = world.promotion("staging").number;
    world.shop.merge_pull(login, pull, Method::Merge).expect("a merge");
    world.settle().await;
    pull
}

/// Heroku deploys what staging is at, as far as that.
async fn deploys(world: &World, state: &str) {
    let id = world.shop.deploy("heroku", "staging", "staging").expect("a deployment");
    world
        .shop
        .deployment_status_at("heroku", id, state, Some(LOG))
        .expect("a status");
    world.settle().await;
    world.passes(SignedDuration::from_secs(5)).await;
}

/// The only comment of the bot on this pull request.
fn comment(world: &World, pull: u64) -> String {
    let comments = world.bot_comments(pull);
    assert_eq!(comments.len(), 1, "{comments:#?}");
    let body = &comments[0].body;
    body.split("<!--").next().unwrap_or_default().trim().to_owned()
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

#[tokio::test]
async fn the_comment_follows_the_deployment_until_it_runs() {
    let mut world = World::with_configuration(Some(DEPLOYED)).await;
    let pull = merges(&mut world, "anna", "Faster checkout").await;
    insta::assert_snapshot!(comment(&world, pull), @r"
    **Promoted to staging by anna, with GitHub's own button.**

    staging now also has 1 feature:

    - Faster checkout (#1, by dora)

    Whether it runs there, I have not heard yet. I will say here how it goes on. If nothing comes, a developer needs to see whether what deploys there tells GitHub about it.
    ");
    deploys(&world, "in_progress").await;
    insta::assert_snapshot!(last_line(&comment(&world, pull)), @"Its deployment is under way. I will say here once it runs.");
    deploys(&world, "failure").await;
    insta::assert_snapshot!(last_line(&comment(&world, pull)), @"**Its deployment failed ([its log](https://dashboard.heroku.com/apps/shop/activity/7)).** What ran there before may still run. A developer needs to look at it. If it is run again and succeeds, I will say so here.");
    world.bot_stops().await;
    world.bot_starts().await;
    deploys(&world, "success").await;
    insta::assert_snapshot!(last_line(&comment(&world, pull)), @"You can look at it on staging. When you are content with it, say `/promote production` on the pull request that promotes to production.");
    let told = comment(&world, pull);
    world.passes(SignedDuration::from_hours(30)).await;
    assert_eq!(comment(&world, pull), told);
}

#[tokio::test]
async fn what_came_first_is_told_of_no_more() {
    let mut world = World::with_configuration(Some(DEPLOYED)).await;
    let first = merges(&mut world, "anna", "Faster checkout").await;
    let second = merges(&mut world, "anna", "Gift cards").await;
    insta::assert_snapshot!(last_line(&comment(&world, first)), @"Something else took its place before I heard that it runs there. How that goes on is told where it was asked for.");
    deploys(&world, "success").await;
    assert!(comment(&world, first).contains("took its place"));
    insta::assert_snapshot!(last_line(&comment(&world, second)), @"You can look at it on staging. When you are content with it, say `/promote production` on the pull request that promotes to production.");
}

#[tokio::test]
async fn a_failure_takes_it_back_by_itself_and_whoever_merged_is_told() {
    let automatic = DEPLOYED.replace("    deployed_when", "    rollback: automatic\n    deployed_when");
    let mut world = World::with_configuration(Some(&automatic)).await;
    world.it_is("2027-03-01T08:00:00Z").await;
    merges(&mut world, "anna", "Faster checkout").await;
    deploys(&world, "success").await;
    let good = world.head("staging");
    let pull = merges(&mut world, "anna", "Gift cards").await;
    let bad = world.head("staging");
    deploys(&world, "failure").await;
    let top = world.shop.commit_at(&world.head("staging")).expect("a commit");
    assert_eq!(top.parents, std::slice::from_ref(&bad));
    assert_eq!(world.shop.file(&top.sha, "feature-2.txt"), None);
    let told = comment(&world, pull)
        .replace(&top.sha[..7], "1a2b3c4")
        .replace(&good[..7], "2b3c4d5");
    insta::assert_snapshot!(told, @r"
    **The deployment to staging failed ([its log](https://dashboard.heroku.com/apps/shop/activity/7)), so staging goes back by itself to what ran before.**

    **The branch of staging is back at what had run there since Monday, 1 March at 09:00 (Europe/Berlin), as version 2b3c4d5.** I do not know yet whether it runs there again.

    Taken away: 1 feature.

    - Gift cards (#4, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin), so that nothing brings the fault back unnoticed. `/unhold staging` ends that sooner, `/hold staging until <time>` changes its end.

    This is a new commit, 1a2b3c4, on top of what the branch of staging had. So its history keeps both. What was taken away does not come again by itself: the branch contains it already, so promoting does not bring it. What brings it back is a developer who reverts 1a2b3c4 on the branch of staging.

    The developers are told of it in #6.
    ");
    let entries = world.ledger().await;
    let back = entries
        .iter()
        .find(|entry| entry.kind == EntryKind::RolledBack)
        .expect("it went back");
    assert_eq!(back.who.as_ref().map(|who| who.login.as_str()), Some("anna"));
    deploys(&world, "success").await;
    let told = comment(&world, pull);
    assert!(told.contains("is back at what had run there"), "{told}");
    let status = world.says("dora", pull, "/status").await;
    assert!(
        status.contains("It was rolled back by Greenlight, because a deployment failed"),
        "{status}"
    );
}

#[tokio::test]
async fn the_comment_is_written_once_although_an_answer_of_githubs_was_lost() {
    let mut world = World::with_configuration(Some(DEPLOYED)).await;
    world.sandbox.fault(Fault::ResetAfter, "POST", "/comments", 1);
    let pull = merges(&mut world, "anna", "Faster checkout").await;
    world.passes(SignedDuration::from_mins(2)).await;
    comment(&world, pull);
    deploys(&world, "success").await;
    insta::assert_snapshot!(last_line(&comment(&world, pull)), @"You can look at it on staging. When you are content with it, say `/promote production` on the pull request that promotes to production.");
}

#[tokio::test]
async fn of_a_merge_by_somebody_who_may_not_it_is_told_as_well() {
    let mut world = World::with_configuration(Some(DEPLOYED)).await;
    let pull = merges(&mut world, "dora", "Faster checkout").await;
    insta::assert_snapshot!(comment(&world, pull), @r"
    **Merged into staging by dora, who may not promote there**, because only anna may promote to staging. I have not undone it. staging is on hold from now on, until an owner says `/unhold staging`.

    staging now also has 1 feature:

    - Faster checkout (#1, by dora)

    Whether it runs there, I have not heard yet. I will say here how it goes on. If nothing comes, a developer needs to see whether what deploys there tells GitHub about it.
    ");
    deploys(&world, "success").await;
    insta::assert_snapshot!(comment(&world, pull), @r"
    **Merged into staging by dora, who may not promote there**, because only anna may promote to staging. I have not undone it. staging is on hold from now on, until an owner says `/unhold staging`.

    staging now also has 1 feature:

    - Faster checkout (#1, by dora)
    ");
}

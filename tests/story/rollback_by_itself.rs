//! `rollback: automatic`: a deployment fails, and the environment goes back by itself, once; and what a failure means without.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::CommentView;
use jiff::SignedDuration;

use crate::world::{Landed, World};

const AUTOMATIC: &str = "\
owners: [anna]
timezone: Europe/Berlin
after_rollback: nothing
environments:
  - name: staging
    deployed_when: deployment
    rollback: automatic
";

const BY_WORD: &str = "\
owners: [anna]
timezone: Europe/Berlin
after_rollback: nothing
environments:
  - name: staging
    deployed_when: deployment
";

const LOG: &str = "https://dashboard.heroku.com/apps/shop/activity/7";

/// A green feature goes to staging, and its deployment begins. Gives the comment that asked for it as well.
async fn goes(world: &mut World, title: &str) -> (Landed, u64, u64) {
    let feature = world.lands(title).await;
    world.green(&feature.commit).await;
    let pull = world.promotion("staging").number;
    let asked = world.writes("anna", pull, "/promote staging");
    world.settle().await;
    assert_eq!(world.head("staging"), feature.commit);
    (feature, pull, asked)
}

/// Heroku deploys what staging is at, and that comes to this end.
async fn deploys(world: &World, state: &str) {
    let id = world.shop.deploy("heroku", "staging", "staging").expect("a deployment");
    world
        .shop
        .deployment_status_at("heroku", id, state, Some(LOG))
        .expect("a status");
    world.settle().await;
    world.passes(SignedDuration::from_secs(5)).await;
}

fn answer(world: &World, (_, pull, asked): &(Landed, u64, u64)) -> String {
    world.answer_to(*pull, *asked).expect("an answer")
}

async fn went_back(world: &World) -> usize {
    let ledger = world.ledger().await;
    ledger
        .iter()
        .filter(|entry| entry.kind == EntryKind::RolledBack)
        .count()
}

/// One version runs on staging, and the deployment of the next one fails.
async fn one_fails(configuration: &str) -> (World, (Landed, u64, u64), (Landed, u64, u64)) {
    let mut world = World::with_configuration(Some(configuration)).await;
    world.it_is("2027-03-01T08:00:00Z").await;
    let good = goes(&mut world, "Faster checkout").await;
    deploys(&world, "success").await;
    assert!(
        answer(&world, &good).starts_with("**Promoted to staging.**"),
        "{}",
        answer(&world, &good)
    );
    world.passes(SignedDuration::from_hours(1)).await;
    let bad = goes(&mut world, "Gift cards").await;
    deploys(&world, "failure").await;
    (world, good, bad)
}

#[tokio::test]
async fn where_the_branch_has_merges_of_its_own_it_goes_back_by_a_commit_on_top() {
    let merged = AUTOMATIC.replace("deployed_when", "strategy: merge\n    deployed_when");
    let (world, good, bad) = one_fails(&merged).await;
    let top = world.shop.commit_at(&world.head("staging")).expect("a commit");
    assert_eq!(top.parents, std::slice::from_ref(&bad.0.commit));
    assert!(
        top.message.contains("The deployment of what was there failed."),
        "{}",
        top.message
    );
    let files = |at: &str| ["1", "2"].map(|n| world.shop.file(at, &format!("feature-{n}.txt")).is_some());
    assert_eq!(files(&top.sha), files(&good.0.commit));
    let told = answer(&world, &bad);
    assert!(told.starts_with("**The deployment to staging failed"), "{told}");
    assert!(told.contains("on top of what the branch of staging had"), "{told}");
    assert_eq!(went_back(&world).await, 1);
    deploys(&world, "failure").await;
    assert_eq!(world.head("staging"), top.sha, "never for the deployment of a rollback");
}

#[tokio::test]
async fn a_failed_deployment_takes_the_environment_back_by_itself_and_whoever_promoted_is_told() {
    let (world, good, bad) = one_fails(AUTOMATIC).await;
    assert_eq!(world.head("staging"), good.0.commit);
    insta::assert_snapshot!(answer(&world, &bad), @r"
    **The deployment to staging failed ([its log](https://dashboard.heroku.com/apps/shop/activity/7)), so staging goes back by itself to what ran before.**

    **The branch of staging is back at what had run there since Monday, 1 March at 09:00 (Europe/Berlin), and came with Faster checkout (#1).** I do not know yet whether it runs there again.

    Taken away: 1 feature.

    - Gift cards (#3, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin), so that nothing brings the fault back unnoticed. `/unhold staging` ends that sooner, `/hold staging until <time>` changes its end.

    What was taken away stays marked: the promotion pull request lists it apart, and it goes to staging again only after a word that names it, `/confirm #3`.
    ");
    deploys(&world, "success").await;
    insta::assert_snapshot!(answer(&world, &bad), @r"
    **The deployment to staging failed ([its log](https://dashboard.heroku.com/apps/shop/activity/7)), so staging goes back by itself to what ran before.**

    **staging is back at what had run there since Monday, 1 March at 09:00 (Europe/Berlin), and came with Faster checkout (#1).**

    Taken away: 1 feature.

    - Gift cards (#3, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin), so that nothing brings the fault back unnoticed. `/unhold staging` ends that sooner, `/hold staging until <time>` changes its end.

    What was taken away stays marked: the promotion pull request lists it apart, and it goes to staging again only after a word that names it, `/confirm #3`.
    ");
    let described = world.promotion("staging").body;
    assert!(
        described
            .contains("It was rolled back by Greenlight, because a deployment failed; taken away: Gift cards (#3)."),
        "{described}"
    );
    assert!(
        described.contains("by Greenlight, because a deployment failed:**"),
        "{described}"
    );
    assert_eq!(went_back(&world).await, 1);
}

#[tokio::test]
async fn the_failure_of_its_own_deployment_takes_it_no_further_back() {
    let (mut world, good, bad) = one_fails(AUTOMATIC).await;
    deploys(&world, "failure").await;
    assert_eq!(world.head("staging"), good.0.commit);
    let told = answer(&world, &bad);
    assert!(told.contains("but its deployment failed ([its log](https://dashboard.heroku.com/apps/shop/activity/7)).** I do not go back any further"), "{told}");
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    world.passes(SignedDuration::from_hours(2)).await;
    assert_eq!(went_back(&world).await, 1);
}

#[tokio::test]
async fn where_nothing_else_ran_there_it_stays_and_the_failure_is_told() {
    let mut world = World::with_configuration(Some(AUTOMATIC)).await;
    let first = goes(&mut world, "Faster checkout").await;
    deploys(&world, "failure").await;
    assert_eq!(world.head("staging"), first.0.commit);
    assert!(
        answer(&world, &first).contains("its deployment failed"),
        "{}",
        answer(&world, &first)
    );
}

#[tokio::test]
async fn without_the_setting_the_answer_says_how_to_take_it_back_and_that_works() {
    let (world, good, bad) = one_fails(BY_WORD).await;
    assert_eq!(world.head("staging"), bad.0.commit);
    insta::assert_snapshot!(answer(&world, &bad), @r"
    **Moved to staging, and its deployment failed ([its log](https://dashboard.heroku.com/apps/shop/activity/7)).** It brings:

    - Gift cards (#3, by dora)

    What ran on staging before may still run there. A developer needs to look at it. If it is run again and succeeds, I will say so here. To take the branch of staging back to what ran there before, say `/rollback staging`.
    ");
    let asked = world.writes("anna", bad.1, "/rollback staging");
    world.settle().await;
    assert_eq!(world.head("staging"), good.0.commit);
    let told = world.answer_to(bad.1, asked).expect("an answer");
    insta::assert_snapshot!(told.lines().next().unwrap_or_default(), @"**The branch of staging is back at what had run there since Monday, 1 March at 09:00 (Europe/Berlin), and came with Faster checkout (#1).** I do not know yet whether it runs there again.");
    deploys(&world, "success").await;
    let told = world.answer_to(bad.1, asked).expect("an answer");
    assert!(
        told.starts_with("**staging is back at what had run there since"),
        "{told}"
    );
    let own: Vec<CommentView> = world.bot_comments(bad.1);
    assert_eq!(own.len(), 2, "{own:#?}");
}

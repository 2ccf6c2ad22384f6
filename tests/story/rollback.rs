//! The way back: an environment goes back to what ran there before by one word, is held, and does not get the fault again unnoticed.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{Fault, Level, RuleKind};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, LABEL, Landed, World};

/// A Monday, so that the next working morning is Tuesday's.
const MONDAY: &str = "2027-03-01T08:00:00Z";

/// Three features went to staging, one after the other.
async fn three_on_staging() -> (World, Vec<Landed>) {
    three_with(CONFIGURATION).await
}

async fn three_with(configuration: &str) -> (World, Vec<Landed>) {
    // What developers are told is a story of its own.
    let quiet = format!("after_rollback: nothing\n{configuration}");
    let mut world = World::with_configuration(Some(&quiet)).await;
    world.it_is(MONDAY).await;
    let mut landed = Vec::new();
    for title in ["Faster checkout", "Gift cards", "Larger pictures"] {
        world.passes(SignedDuration::from_mins(10)).await;
        landed.push(goes_to_staging(&mut world, title).await);
    }
    world.passes(SignedDuration::from_hours(1)).await;
    (world, landed)
}

async fn goes_to_staging(world: &mut World, title: &str) -> Landed {
    let feature = world.lands(title).await;
    world.green(&feature.commit).await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    feature
}

/// What the description of the promotion pull request tells, without what every one says.
fn described(world: &World, environment: &str) -> String {
    let body = world.promotion(environment).body;
    let (_, text) = body.split_once("-->\n").expect("a section");
    let (told, _) = text.split_once("\n\nTo promote all of it").expect("a way to go on");
    told.to_owned()
}

async fn count(world: &World, kind: EntryKind) -> usize {
    world.ledger().await.iter().filter(|entry| entry.kind == kind).count()
}

#[tokio::test]
async fn by_one_word_an_environment_goes_back_to_what_ran_there_before_and_is_held() {
    let (mut world, features) = three_on_staging().await;
    let [_, before, bad] = &features[..] else {
        panic!("three features")
    };
    assert_eq!(world.head("staging"), bad.commit);
    let answer = world.says("anna", bad.number, "/rollback staging").await;
    assert_eq!(world.head("staging"), before.commit);
    insta::assert_snapshot!(answer, @r"
    **[staging](https://staging.shop.example) is back at what had run there since Monday, 1 March at 09:20 (Europe/Berlin), and came with Gift cards (#4).**

    Taken away: 1 feature.

    - Larger pictures (#6, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin), so that nothing brings the fault back unnoticed. `/unhold staging` ends that sooner, `/hold staging until <time>` changes its end.

    What was taken away stays marked: the promotion pull request lists it apart, and it goes to staging again only after a word that names it, `/confirm #6`. If this was a mistake, say `/rollback staging` once more.
    ");
    insta::assert_snapshot!(described(&world, "staging"), @r"
    **staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin).** It was rolled back by anna; taken away: Larger pictures (#6). What is asked for meanwhile waits, and goes by itself afterwards.

    Nothing else waits to go to [staging](https://staging.shop.example).

    **Taken back from staging on Monday, 1 March at 10:30 (Europe/Berlin) by anna:**

    - Larger pictures (#6, by dora)

    It comes back with whatever is promoted on top of it. I list what would go then, and wait for a word that names it: `/confirm #6`.
    ");
    let status = world.says("dora", bad.number, "/status").await;
    let words = status.split("**production**").next().unwrap_or_default().trim();
    insta::assert_snapshot!(words, @r"
    **[staging](https://staging.shop.example)** is behind main by 1 feature, shown in #8:

    - Larger pictures (#6, by dora)

    **staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin).** It was rolled back by anna; taken away: Larger pictures (#6). What is asked for meanwhile waits, and goes by itself afterwards.

    **Taken back from staging on Monday, 1 March at 10:30 (Europe/Berlin) by anna:**

    - Larger pictures (#6, by dora)
    ");
    assert_eq!(count(&world, EntryKind::RolledBack).await, 1);
    assert_eq!(count(&world, EntryKind::PushedDirectly).await, 0);
    // Neither a look at everything nor a restart takes it for somebody else's.
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    world.passes(SignedDuration::from_mins(2)).await;
    assert_eq!(world.head("staging"), before.commit);
    assert!(!described(&world, "staging").contains("set back"));
    let stays = world.stays("staging").await;
    assert_eq!(stays.last().expect("a stay").commit.as_str(), before.commit);
    let deployments = world.shop.deployments();
    assert_eq!(deployments.last().expect("a deployment").sha, before.commit);
}

#[tokio::test]
async fn the_answer_tells_what_is_taken_away_before_the_branch_is_moved() {
    let (world, features) = three_on_staging().await;
    let bad = &features[2];
    world.sandbox.forget_exchanges();
    world.says("anna", bad.number, "/rollback staging").await;
    let told = world.sandbox.exchanges();
    let at = |method: &str, part: &str| {
        let is_it = |one: &greenlight::sandbox::Exchange| one.method == method && one.path.ends_with(part);
        told.iter().position(is_it).unwrap_or_else(|| panic!("{method} {part}"))
    };
    let first = at("POST", "/comments");
    assert!(first < at("POST", "/graphql"));
    let body = told[first].request_body.as_ref().expect("a body")["body"]
        .as_str()
        .expect("a text")
        .to_owned();
    insta::assert_snapshot!(body.split("<!--").next().unwrap_or_default().trim(), @r"
    **Taking staging back to what had run there since Monday, 1 March at 09:20 (Europe/Berlin), and came with Gift cards (#4).**

    This takes away 1 feature:

    - Larger pictures (#6, by dora)

    I move its branch now, and tell here how it goes on.
    ");
}

#[tokio::test]
async fn it_goes_to_the_feature_or_the_commit_that_is_named_if_that_ran_there() {
    let (world, features) = three_on_staging().await;
    let [first, second, bad] = &features[..] else {
        panic!("three features")
    };
    let answer = world
        .says("anna", bad.number, &format!("/rollback staging to #{}", first.number))
        .await;
    assert_eq!(world.head("staging"), first.commit);
    assert!(
        answer.contains("Larger pictures") && answer.contains("Gift cards"),
        "{answer}"
    );
    let short = &second.commit[..7];
    let answer = world
        .says("anna", bad.number, &format!("/rollback staging to {short}"))
        .await;
    assert_eq!(world.head("staging"), second.commit);
    insta::assert_snapshot!(answer, @r"
    **[staging](https://staging.shop.example) is back at what had run there since Monday, 1 March at 09:20 (Europe/Berlin), and came with Gift cards (#4).**

    Nothing was taken away.

    Brought back: 1 feature.

    - Gift cards (#4, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin), so that nothing brings the fault back unnoticed. `/unhold staging` ends that sooner, `/hold staging until <time>` changes its end.
    ");
}

#[tokio::test]
async fn what_did_not_run_there_is_no_goal_and_what_did_is_listed() {
    let (mut world, features) = three_on_staging().await;
    let open = world.feature("Wish lists");
    let here = features[2].number;
    // What was there at the start has no name, and ran since whenever that was.
    let plain = |answer: String| {
        answer
            .lines()
            .filter(|line| !line.starts_with("- version"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(plain(world.says("anna", here, &format!("/rollback staging to #{open}")).await), @r"
    **staging was not taken back**, because nothing is known to have run there that came with #8. Nothing was moved. This did run there, the newest first:

    - Gift cards (#4), since Monday, 1 March at 09:20 (Europe/Berlin): `/rollback staging to #4`
    - Faster checkout (#1), since Monday, 1 March at 09:10 (Europe/Berlin): `/rollback staging to #1`
    ");
    insta::assert_snapshot!(plain(world.says("anna", here, "/rollback staging to 0000000").await), @r"
    **staging was not taken back**, because no version `0000000` is known to have run there. Nothing was moved. This did run there, the newest first:

    - Gift cards (#4), since Monday, 1 March at 09:20 (Europe/Berlin): `/rollback staging to #4`
    - Faster checkout (#1), since Monday, 1 March at 09:10 (Europe/Berlin): `/rollback staging to #1`
    ");
    insta::assert_snapshot!(world.says("anna", here, &format!("/rollback staging to #{here}")).await, @"**[staging](https://staging.shop.example) is at that version already.** Nothing was moved.");
    insta::assert_snapshot!(world.says("anna", here, "/rollback production").await, @"**production was not taken back, because I know of nothing else that ran there.** I remember what ran there only since I first looked, and only what is known to have worked. Nothing was moved. A developer can revert the change in a pull request, or set the branch by hand.");
    insta::assert_snapshot!(world.says("anna", here, "/rollback stagign").await, @"**Nothing was taken back, because there is no environment called `stagign`.** There are `staging` and `production`. Did you mean `/rollback staging`?");
    insta::assert_snapshot!(world.says("dora", here, "/rollback staging").await, @"**staging was not taken back**, because only anna may take staging back. Nothing has changed.");
    assert_eq!(world.head("staging"), features[2].commit);
}

#[tokio::test]
async fn a_dry_run_tells_and_moves_nothing() {
    let (world, features) = three_on_staging().await;
    let here = features[2].number;
    insta::assert_snapshot!(world.says("anna", here, "/rollback staging --dry-run").await, @r"
    **[staging](https://staging.shop.example) would go back to what had run there since Monday, 1 March at 09:20 (Europe/Berlin), and came with Gift cards (#4).** Nothing has been moved.

    This takes away 1 feature:

    - Larger pictures (#6, by dora)

    To do it, say `/rollback staging`. Afterwards staging is on hold until the next working morning.
    ");
    insta::assert_snapshot!(world.says("dora", here, &format!("/rollback staging to #{} --dry-run", features[0].number)).await, @r"
    **[staging](https://staging.shop.example) would go back to what had run there since Monday, 1 March at 09:10 (Europe/Berlin), and came with Faster checkout (#1).** Nothing has been moved.

    This takes away 2 features:

    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)

    To do it takes somebody else: only anna may take staging back.
    ");
    assert_eq!(world.head("staging"), features[2].commit);
    assert_eq!(world.moves("staging"), 3);
}

#[tokio::test]
async fn somebody_was_quicker_so_nothing_is_moved() {
    let (world, features) = three_on_staging().await;
    let here = features[2].number;
    // The first try to move it finds the branch elsewhere.
    world.sandbox.fault(Fault::Status(502), "POST", "/graphql", 1);
    let asked = world.writes("anna", here, "/rollback staging");
    world.settle().await;
    let pushed = world
        .shop
        .commit("staging", "dora", "Stop the double charge", &[("hotfix.txt", "now")]);
    world.passes(SignedDuration::from_mins(2)).await;
    assert_eq!(world.head("staging"), pushed);
    insta::assert_snapshot!(world.answer_to(here, asked).expect("an answer"), @r"
    **staging was not taken back, because somebody has moved its branch since I looked.** It has got 1 change without a pull request since:

    - Stop the double charge (pushed by dora without a pull request)

    I have left it where it is now. If it still has to go back, say `/rollback staging` again.
    ");
}

#[tokio::test]
async fn what_was_armed_or_offered_ends_with_it() {
    let (mut world, features) = three_on_staging().await;
    let first = world.lands("Wish lists").await;
    let second = world.lands("Vouchers").await;
    let promotion = world.promotion("staging").number;
    let armed = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    let offered = world.writes("anna", second.number, "/promote staging");
    world.settle().await;
    world.says("anna", features[2].number, "/rollback staging").await;
    insta::assert_snapshot!(world.answer_to(promotion, armed).expect("an answer"), @"**Not promoted to staging: anna has taken staging back to what ran there before.** What waited for it does not wait any more. Once the fault is mended, say `/promote staging` again.");
    insta::assert_snapshot!(world.answer_to(second.number, offered).expect("an answer"), @"**Not promoted to staging: anna has taken staging back to what ran there before.** What waited for it does not wait any more. Once the fault is mended, say `/promote staging` again.");
    for commit in [&first.commit, &second.commit] {
        world.green(commit).await;
    }
    assert_eq!(world.head("staging"), features[1].commit);
    let late = world.says("anna", second.number, "/confirm").await;
    insta::assert_snapshot!(late, @"**Nothing was confirmed, because anna has taken staging back to what ran there before since I made the list.** To start again, say `/promote staging`; I list again what would go then.");
}

#[tokio::test]
async fn what_was_taken_back_comes_again_only_at_a_word_that_names_it() {
    let (mut world, features) = three_on_staging().await;
    let bad = &features[2];
    let to = format!("/rollback staging to #{}", features[0].number);
    world.says("anna", bad.number, &to).await;
    let fix = world.lands("Wish lists").await;
    world.green(&fix.commit).await;
    let promotion = world.promotion("staging").number;
    insta::assert_snapshot!(described(&world, "staging"), @r"
    **staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin).** It was rolled back by anna; taken away: Gift cards (#4) and Larger pictures (#6). What is asked for meanwhile waits, and goes by itself afterwards.

    This waits to go to [staging](https://staging.shop.example), in the order it landed:

    - Wish lists (#9, by dora)

    **Taken back from staging on Monday, 1 March at 10:30 (Europe/Berlin) by anna:**

    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)

    It comes back with whatever is promoted on top of it. I list what would go then, and wait for a word that names it: `/confirm #4 #6`.
    ");
    world.says("anna", promotion, "/unhold staging").await;
    insta::assert_snapshot!(world.says("anna", promotion, "/promote staging --dry-run").await, @r"
    **This would go to [staging](https://staging.shop.example) now.** Nothing has been moved.

    It would bring 3 features:

    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)
    - Wish lists (#9, by dora)

    Some of it was taken back before, so it would be listed first, and wait for a word that names that: `/confirm #4 #6`.

    How each gate stands:

    - Your right to promote: in order.
    - The order of the stages: in order.
    - Holds: in order.
    - The times at which it may be moved: in order.
    - The checks: in order.
    - The deployment to the stage before: in order.
    - The time on the stage before: in order.
    - The branch: in order.

    To do it, say `/promote staging`. That lists it once more, and goes on after your `/confirm`.
    ");
    let asked = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    insta::assert_snapshot!(world.answer_to(promotion, asked).expect("an answer"), @r"
    **Not promoted yet, because this would bring to staging again what was taken back.**

    **Taken back from staging on Monday, 1 March at 10:30 (Europe/Berlin) by anna:**

    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)

    All in all this would go: 3 features.

    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)
    - Wish lists (#9, by dora)

    If it may come back, say so by name, here within an hour: `/confirm #4 #6`. Then just this goes to staging. `/cancel` drops it.
    ");
    assert_eq!(world.head("staging"), features[0].commit);
    insta::assert_snapshot!(world.says("anna", promotion, "/confirm").await, @"**Not confirmed yet, because this brings to staging again what was taken back:** Gift cards (#4) and Larger pictures (#6). That takes a word which names all of it, so that it does not come back by mistake. Nothing was moved; the list still waits. Please write `/confirm #4 #6` in a new comment.");
    insta::assert_snapshot!(world.says("anna", promotion, "/confirm #4").await, @"**Not confirmed yet, because this brings to staging again what was taken back:** Gift cards (#4) and Larger pictures (#6). That takes a word which names all of it, so that it does not come back by mistake. Nothing was moved; the list still waits. Please write `/confirm #4 #6` in a new comment.");
    insta::assert_snapshot!(world.says("anna", promotion, "/confirm #4 #6 #77").await, @"**Not confirmed, because `#77` is not among what I have listed for staging.** Nothing was moved; the list still waits. Please write `/confirm #4 #6` in a new comment, if all that is listed may go.");
    assert_eq!(world.head("staging"), features[0].commit);
    let answer = world
        .says(
            "anna",
            promotion,
            &format!("/confirm #{} and #{}", features[1].number, bad.number),
        )
        .await;
    assert_eq!(world.head("staging"), fix.commit, "{answer}");
    assert_eq!(count(&world, EntryKind::CameAgain).await, 1);
    // From now on it is like anything else.
    let next = goes_to_staging(&mut world, "Vouchers").await;
    assert_eq!(world.head("staging"), next.commit);
}

#[tokio::test]
async fn a_rollback_can_be_taken_back() {
    let (mut world, features) = three_on_staging().await;
    let bad = &features[2];
    world.says("anna", bad.number, "/rollback staging").await;
    world.passes(SignedDuration::from_mins(1)).await;
    let answer = world.says("anna", bad.number, "/rollback staging").await;
    assert_eq!(world.head("staging"), bad.commit);
    insta::assert_snapshot!(answer, @r"
    **[staging](https://staging.shop.example) is back at what had run there since Monday, 1 March at 09:30 (Europe/Berlin), and came with Larger pictures (#6).**

    Nothing was taken away.

    Brought back: 1 feature.

    - Larger pictures (#6, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin), so that nothing brings the fault back unnoticed. `/unhold staging` ends that sooner, `/hold staging until <time>` changes its end.
    ");
    let next = world.lands("Wish lists").await;
    world.green(&next.commit).await;
    assert!(!world.promotion("staging").body.contains("Taken back"));
    world.says("anna", next.number, "/unhold staging").await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), next.commit);
}

#[tokio::test]
async fn a_longer_hold_of_somebodys_stays() {
    let (world, features) = three_on_staging().await;
    let here = features[2].number;
    let held = world.writes("anna", here, "/hold staging until friday 7am because we give a demo");
    world.settle().await;
    let answer = world.says("anna", here, "/rollback staging").await;
    assert!(answer.contains("staging stays on hold until Friday"), "{answer}");
    let answer = world.answer_to(here, held).expect("an answer");
    assert!(answer.contains("**staging is on hold until Friday"), "{answer}");
}

#[tokio::test]
async fn the_hold_ends_by_itself_and_the_answer_stays() {
    let (world, features) = three_on_staging().await;
    let here = features[2].number;
    let asked = world.writes("anna", here, "/rollback staging");
    world.settle().await;
    let before = world.answer_to(here, asked).expect("an answer");
    world.passes(SignedDuration::from_hours(48)).await;
    assert_eq!(world.answer_to(here, asked).expect("an answer"), before);
    assert!(!described(&world, "staging").contains("on hold"));
}

#[tokio::test]
async fn the_card_of_what_was_taken_away_goes_a_step_back() {
    let mut world = World::start().await;
    world.it_is(MONDAY).await;
    goes_to_staging(&mut world, "Faster checkout").await;
    let number = world.feature("Gift cards");
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    world.green(&world.shop.pull(number).expect("it").head_sha).await;
    world.says("anna", number, "/accept").await;
    world.green(&world.head("main")).await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    let card = |world: &World| {
        let comments = world.bot_comments(number).into_iter();
        let mut cards = comments.filter(|comment| comment.body.contains("<!-- greenlight:card -->"));
        cards.next().expect("a card").body
    };
    assert!(card(&world).starts_with("**On staging.**"), "{}", card(&world));
    world.says("anna", number, "/rollback staging").await;
    insta::assert_snapshot!(card(&world).split("<!--").next().unwrap_or_default().trim(), @r"
    **In main.**

    in progress → ready → accepted → **in main** → on staging → live on production

    Accepted by anna.

    It was taken back from staging on Monday, 1 March at 09:00 (Europe/Berlin) by anna. It goes there again only after a word that names it, `/confirm #4`. The developers are told of it in #6.

    The next move is an owner's: say `/promote staging` here, or on the pull request that promotes to staging.
    ");
    world.says("anna", number, "/rollback staging").await;
    assert!(card(&world).starts_with("**On staging.**"), "{}", card(&world));
}

#[tokio::test]
async fn a_rule_against_force_pushes_is_told_with_its_remedy() {
    let (world, features) = three_on_staging().await;
    let here = features[2].number;
    world.shop.rule("staging", RuleKind::NonFastForward, false);
    insta::assert_snapshot!(world.says("anna", here, "/rollback staging").await, @"**staging was not taken back**, because a rule of the repository does not let me set its branch back (`Cannot force-push to this branch`). Going back is what GitHub calls a force push. An administrator can add Greenlight to the rule's bypass list, or switch off *Block force pushes* in it for a while. Nothing was moved; say the command again once that is mended.");
    assert_eq!(world.head("staging"), features[2].commit);
    assert!(!world.says("anna", here, "/status").await.contains("on hold"));
    world.shop.remove_rules("staging");
    world.says("anna", here, "/rollback staging").await;
    assert_eq!(world.head("staging"), features[1].commit);
}

#[tokio::test]
async fn a_promotion_pull_request_merged_by_hand_brings_it_again_and_that_is_told() {
    let text = "owners: [anna]\nenvironments:\n  - name: staging\n";
    let (world, features) = three_with(text).await;
    world.says("anna", features[2].number, "/rollback staging").await;
    let promotion = world.promotion("staging").number;
    world
        .shop
        .merge_pull("anna", promotion, greenlight::sandbox::Method::Merge)
        .expect("a merge");
    world.settle().await;
    let told = &world.bot_comments(promotion)[0].body;
    assert!(
        told.contains("**This brought to staging again what was taken back before:** Larger pictures (#5)."),
        "{told}"
    );
    let status = world.says("anna", features[2].number, "/status").await;
    assert!(!status.contains("Taken back"), "{status}");
}

#[tokio::test]
async fn without_the_permission_it_is_told_what_to_grant_and_nothing_is_held() {
    let (world, features) = three_on_staging().await;
    let here = features[2].number;
    let installation = world.sandbox.installation("harbour").expect("an installation");
    let mut permissions = world.sandbox.app().permissions;
    permissions.insert("contents".to_owned(), Level::Read);
    world.sandbox.set_permissions(installation, permissions);
    // Tokens keep what they had for an hour.
    world.passes(SignedDuration::from_hours(2)).await;
    insta::assert_snapshot!(world.says("anna", here, "/rollback staging").await, @"**staging was not taken back**, because I may not write to its branch. An administrator needs to grant Greenlight the permission `contents: write`, and accept it for this repository. Nothing was moved; say the command again once that is mended.");
    assert_eq!(world.head("staging"), features[2].commit);
    assert!(!world.says("anna", here, "/status").await.contains("on hold"));
    world
        .sandbox
        .set_permissions(installation, world.sandbox.app().permissions);
    world.passes(SignedDuration::from_hours(2)).await;
    world.says("anna", here, "/rollback staging").await;
    assert_eq!(world.head("staging"), features[1].commit);
}

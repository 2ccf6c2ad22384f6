//! What is a command and what is not, and what the answers to questions say.

use greenlight::sandbox::Fault;
use jiff::SignedDuration;

use crate::world::World;

#[tokio::test]
async fn quotes_code_plain_talk_and_bots_never_fire() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    for body in [
        "> /promote staging",
        "```\n/promote staging\n```",
        "    /promote staging",
        "shall I say /promote staging now?",
        "`/promote staging`",
        "<!-- /promote staging -->",
    ] {
        let comment = world.writes("anna", promotion, body);
        world.settle().await;
        assert_eq!(world.answer_to(promotion, comment), None, "{body:?}");
    }
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn an_edited_comment_never_fires() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let comment = world.writes("anna", promotion, "Looks good.");
    world.settle().await;
    world.passes(SignedDuration::from_secs(5)).await;
    world
        .shop
        .edit_comment("dora", comment, "/promote staging")
        .expect("an edit");
    world.settle().await;
    assert_eq!(world.moves("staging"), 0);
    assert!(world.bot_comments(promotion).is_empty());
}

#[tokio::test]
async fn a_comment_that_was_edited_before_it_was_read_is_answered_and_does_nothing() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let late = Fault::Late(SignedDuration::from_secs(10));
    world.sandbox.delivery_fault(late, "issue_comment", 1);
    let comment = world.writes("anna", promotion, "/status");
    world.passes(SignedDuration::from_secs(3)).await;
    world
        .shop
        .edit_comment("dora", comment, "/promote staging")
        .expect("an edit");
    world.passes(SignedDuration::from_secs(10)).await;
    assert_eq!(world.moves("staging"), 0);
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(
        answer.starts_with("**Nothing was done, because this was changed or deleted"),
        "{answer}"
    );
}

/// GitHub tells the times of a comment in whole seconds.
#[tokio::test]
async fn a_word_that_is_taken_back_within_its_second_moves_nothing() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    world
        .shop
        .edit_comment("anna", comment, "Never mind.")
        .expect("an edit");
    world.green(&feature.commit).await;
    assert_eq!(world.moves("staging"), 0);
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(
        answer.starts_with("**Nothing was done, because this was changed or deleted"),
        "{answer}"
    );
}

#[tokio::test]
async fn look_alikes_and_slips_are_answered_with_the_right_form() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    let mut answers = String::new();
    for body in [
        "/promot staging",
        "/promote stagign",
        "/promote",
        "/рromote staging",
        "/promote staging --dryrun",
        "/promote staging now",
    ] {
        let answer = world.says("anna", promotion, body).await;
        answers.push_str(&format!("{body}\n    {}\n", answer.replace('\n', "\n    ")));
    }
    insta::assert_snapshot!(answers, @r"
    /promot staging
        I do not know the command `/promot`, so nothing was changed. If you meant `/promote staging`, please write that in a new comment.
    /promote stagign
        **Nothing was promoted, because there is no environment called `stagign`.** There are `staging` and `production`. Did you mean `/promote staging`?
    /promote
        `/promote` does not say which environment is meant, so nothing was changed. Please write `/promote <environment>` in a new comment.
    /рromote staging
        Some characters of `/рromote staging` only look like the right ones, or cannot be seen, so nothing was changed. That happens when a text is copied from another program. Please type `/promote staging` by hand, in a new comment.
    /promote staging --dryrun
        I do not know the option `--dryrun`, so nothing was changed. The only option is `--dry-run`, which shows what would go without moving anything. Please write `/promote staging --dry-run` in a new comment.
    /promote staging now
        I cannot make sense of `now` in `/promote staging now`, so nothing was changed. Please write `/promote staging` in a new comment.
    ");
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn a_dry_run_shows_the_gates_and_moves_nothing() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.check(&feature.commit, "e2e", "failure").await;
    let promotion = world.promotion("staging").number;
    let shut = world.says("dora", promotion, "/promote staging --dry-run").await;
    insta::assert_snapshot!(shut, @r"
    **This would not go to [staging](https://staging.shop.example) now.** Nothing has been moved.

    It would bring 1 feature:

    - Faster checkout (#1, by dora)

    How each gate stands:

    - Your right to promote: in the way, because only anna may promote to staging.
    - The order of the stages: in order.
    - Holds: in order.
    - The times at which it may be moved: in order.
    - The checks: 0 of 1 checks have passed.
      - `e2e` failed
    - The deployment to the stage before: in order.
    - The time on the stage before: in order.
    - The branch: in order.
    ");
    world.check(&feature.commit, "e2e", "success").await;
    let open = world.says("anna", promotion, "/promote staging --dry-run").await;
    insta::assert_snapshot!(open, @r"
    **This would go to [staging](https://staging.shop.example) now.** Nothing has been moved.

    It would bring 1 feature:

    - Faster checkout (#1, by dora)

    How each gate stands:

    - Your right to promote: in order.
    - The order of the stages: in order.
    - Holds: in order.
    - The times at which it may be moved: in order.
    - The checks: in order.
    - The deployment to the stage before: in order.
    - The time on the stage before: in order.
    - The branch: in order.

    To do it, say `/promote staging`.
    ");
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn status_tells_what_waits_for_which_environment() {
    let mut world = World::start().await;
    let first = world.lands("Faster checkout").await;
    world.green(&first.commit).await;
    world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    world.lands("Gift cards").await;
    let answer = world.says("carl", first.number, "/status").await;
    insta::assert_snapshot!(answer, @r##"
    **[staging](https://staging.shop.example)** is behind main by 1 feature, shown in #5:

    - Gift cards (#4, by dora)

    **production** is behind staging by 1 feature, shown in #3:

    - Faster checkout (#1, by dora)

    The same as a picture:

    ```mermaid
    flowchart LR
        s0(["main"])
        s1(["staging"])
        f1["#35;4 Gift cards"]
        s0 --> f1 --> s1
        s2(["production"])
        f2["#35;1 Faster checkout"]
        s1 --> f2 --> s2
    ```
    "##);
}

#[tokio::test]
async fn several_commands_in_one_comment_get_one_reply() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging\n\n/help")
        .await;
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    assert!(answer.contains("**This is what you can say"), "{answer}");
}

#[tokio::test]
async fn an_environment_of_the_usual_name_without_its_branch_is_told_as_that_and_no_other_is_suggested() {
    let mut world = World::with_configuration(None).await;
    world.shop.delete_branch("dora", "staging").expect("a branch to delete");
    let feature = world.lands("Faster checkout").await;
    let answer = world.says("mona", feature.number, "/promote staging").await;
    assert!(answer.contains("does not exist"), "{answer}");
    assert!(!answer.contains("/promote production"), "{answer}");
}

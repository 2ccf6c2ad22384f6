//! A feature's way from the developer's label into mainline and on: the card, the owner's word, and what ends it.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{Method, RuleKind};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, LABEL, World};

/// A labelled feature with green checks.
async fn ready(world: &mut World) -> (u64, String) {
    let number = world.feature("Faster checkout");
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    let head = world.shop.pull(number).expect("it").head_sha;
    (number, head)
}

fn card(world: &World, number: u64) -> String {
    let cards: Vec<_> = world
        .bot_comments(number)
        .into_iter()
        .filter(|comment| comment.body.contains("<!-- greenlight:card -->"))
        .collect();
    assert_eq!(cards.len(), 1, "one card, not {cards:#?}");
    let head = world.shop.pull(number).expect("it").head_sha;
    let text = cards[0]
        .body
        .replace("<!-- greenlight:card -->", "")
        .replace(&head[..7], "HEAD");
    text.replace('\u{2060}', "").trim().to_owned()
}

fn is_merged(world: &World, number: u64) -> bool {
    world.shop.pull(number).expect("it").merged
}

#[tokio::test]
async fn a_label_makes_a_feature_ready_and_its_card_tells_the_way() {
    let mut world = World::start().await;
    let (number, head) = ready(&mut world).await;
    insta::assert_snapshot!(card(&world, number), @r"
    **Ready.** It waits for an owner to look at it.

    in progress → **ready** → accepted → in main → on staging → live on production

    It waits for its checks: no check has reported on this version yet.

    The next move is an owner's (anna). Look at the feature, and then write one of these in a new comment, or press its button in the check *Greenlight*:

    - `/accept`: it is what you want. It goes into main by itself once it is green.
    - `/reject` and the reason: it goes back to dora.

    This card shows version HEAD. An acceptance counts for just that; a later push asks for another look.
    ");
    world.check(&head, "test", "in_progress").await;
    world
        .status(
            &head,
            "ci/circleci: hold",
            greenlight::sandbox::State::Pending,
            "Your job is on hold on CircleCI!",
        )
        .await;
    insta::assert_snapshot!(card(&world, number), @r"
    **Ready.** It waits for an owner to look at it.

    in progress → **ready** → accepted → in main → on staging → live on production

    It waits for its checks: 0 of 2 checks have passed.

    - `ci/circleci: hold` waits for a person to approve it where it runs
    - `test` is still running

    The next move is an owner's (anna). Look at the feature, and then write one of these in a new comment, or press its button in the check *Greenlight*:

    - `/accept`: it is what you want. It goes into main by itself once it is green.
    - `/reject` and the reason: it goes back to dora.

    This card shows version HEAD. An acceptance counts for just that; a later push asks for another look.
    ");
    world.check(&head, "test", "failure").await;
    assert!(card(&world, number).contains("A check failed."));
    assert!(!is_merged(&world, number));
}

#[tokio::test]
async fn a_pull_request_without_the_label_is_left_alone() {
    let mut world = World::start().await;
    let number = world.feature("Faster checkout");
    world.shop.label("dora", number, "bug").expect("a label");
    world.settle().await;
    let head = world.shop.pull(number).expect("it").head_sha;
    world.green(&head).await;
    assert!(world.bot_comments(number).is_empty());
    let answer = world.says("anna", number, "/accept").await;
    insta::assert_snapshot!(answer, @"**Not accepted yet, because this feature is not marked as ready.** Its developer puts the label `ready-for-staging` on it; then I show here what there is to accept.");
    assert!(!is_merged(&world, number));
}

#[tokio::test]
async fn an_accepted_green_feature_is_merged_and_told() {
    let mut world = World::start().await;
    let (number, head) = ready(&mut world).await;
    let comment = world.writes("anna", number, "/accept");
    world.settle().await;
    insta::assert_snapshot!(world.answer_to(number, comment).expect("an answer").replace(&head[..7], "HEAD"), @r"
    **Accepted.** I will merge it into main by myself. It waits for its checks: no check has reported on this version yet.

    This holds for the version that you were shown. A later push ends it, and I will say so.
    ");
    insta::assert_snapshot!(card(&world, number), @r"
    **Accepted.** It goes into main by itself once its checks are green.

    in progress → ready → **accepted** → in main → on staging → live on production

    It waits for its checks: no check has reported on this version yet.

    Accepted by anna. There is nothing anybody needs to do. This card shows version HEAD.
    ");
    assert!(!is_merged(&world, number));
    world.green(&head).await;
    assert!(is_merged(&world, number));
    insta::assert_snapshot!(world.answer_to(number, comment).expect("an answer"), @"**Accepted, and merged into main.** To see it on [staging](https://staging.shop.example), say `/promote staging` here, or on the pull request that promotes to staging.");
    insta::assert_snapshot!(card(&world, number), @r"
    **In main.**

    in progress → ready → accepted → **in main** → on staging → live on production

    Accepted by anna.

    The next move is an owner's: say `/promote staging` here, or on the pull request that promotes to staging.
    ");
    let merge = world.head("main");
    world.green(&merge).await;
    world.says("anna", number, "/promote staging").await;
    assert_eq!(world.head("staging"), merge);
    insta::assert_snapshot!(card(&world, number), @r"
    **On staging.**

    in progress → ready → accepted → in main → **on staging** → live on production

    Accepted by anna.

    You can look at it on [staging](https://staging.shop.example).

    The next move is an owner's: say `/promote production` here, or on the pull request that promotes to production.
    ");
    world.says("anna", number, "/promote production").await;
    insta::assert_snapshot!(card(&world, number), @r"
    **Live on production.**

    in progress → ready → accepted → in main → on staging → **live on production**

    Accepted by anna.

    You can look at it on [staging](https://staging.shop.example) and production.

    It has arrived. There is nothing left to do.
    ");
    let kinds: Vec<EntryKind> = world.ledger().await.iter().map(|entry| entry.kind).collect();
    assert!(
        kinds.contains(&EntryKind::Accepted) && kinds.contains(&EntryKind::Merged),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn a_push_after_the_acceptance_ends_it_and_says_who_pushed() {
    let mut world = World::start().await;
    let (number, head) = ready(&mut world).await;
    let comment = world.writes("anna", number, "/accept");
    world.settle().await;
    world.passes(SignedDuration::from_secs(5)).await;
    world
        .shop
        .commit("feature-1", "dora", "One more thing", &[("more.txt", "more")]);
    world.settle().await;
    let newest = world.shop.pull(number).expect("it").head_sha;
    world.green(&head).await;
    world.green(&newest).await;
    assert!(!is_merged(&world, number));
    let answer = world.answer_to(number, comment).expect("an answer");
    insta::assert_snapshot!(answer.replace(&head[..7], "OLD").replace(&newest[..7], "NEW"), @"**This acceptance no longer counts, because dora pushed a newer version.** What was accepted was version OLD. The newest is NEW. Nothing of it was merged. Please look again, and say `/accept` once more if it is still what you want.");
    insta::assert_snapshot!(card(&world, number), @r"
    **Ready.** It waits for an owner to look at it.

    in progress → **ready** → accepted → in main → on staging → live on production

    anna had accepted an earlier version, and dora pushed a newer one since. So that word does not count any more, and anna or another owner has to look again.

    Its one check has passed.

    The next move is an owner's (anna). Look at the feature, and then write one of these in a new comment, or press its button in the check *Greenlight*:

    - `/accept`: it is what you want. It goes into main by itself once it is green.
    - `/reject` and the reason: it goes back to dora.

    This card shows version HEAD. An acceptance counts for just that; a later push asks for another look.
    ");
    world.passes(SignedDuration::from_secs(5)).await;
    world.says("anna", number, "/accept").await;
    assert!(is_merged(&world, number));
}

#[tokio::test]
async fn what_she_was_not_shown_she_cannot_accept() {
    let mut world = World::start().await;
    let (number, head) = ready(&mut world).await;
    world.green(&head).await;
    world.passes(SignedDuration::from_secs(5)).await;
    let late = greenlight::sandbox::Fault::Late(SignedDuration::from_secs(60));
    for event in ["push", "pull_request"] {
        world.sandbox.delivery_fault(late, event, 2);
    }
    world
        .shop
        .commit("feature-1", "dora", "One more thing", &[("more.txt", "more")]);
    let newest = world.shop.pull(number).expect("it").head_sha;
    world.green(&newest).await;
    let answer = world.says("anna", number, "/accept").await;
    insta::assert_snapshot!(answer.replace(&head[..7], "OLD").replace(&newest[..7], "NEW"), @"**Not accepted, because somebody pushed a newer version since you were shown this feature.** You were shown version OLD; the newest is NEW. Please look again, and say `/accept` once more if it is what you want.");
    assert!(!is_merged(&world, number));
    world.passes(SignedDuration::from_secs(90)).await;
}

#[tokio::test]
async fn a_push_that_was_taken_back_before_her_word_was_heard_voids_it_all_the_same() {
    let mut world = World::start().await;
    let (number, shown) = ready(&mut world).await;
    world.green(&shown).await;
    world.passes(SignedDuration::from_secs(5)).await;
    let late = greenlight::sandbox::Fault::Late(SignedDuration::from_secs(60));
    world.sandbox.delivery_fault(late, "issue_comment", 1);
    let word = world.writes("anna", number, "/accept");
    world.passes(SignedDuration::from_secs(5)).await;
    world
        .shop
        .commit("feature-1", "dora", "One more thing", &[("more.txt", "more")]);
    world.settle().await;
    world.passes(SignedDuration::from_secs(5)).await;
    world.shop.force_push("dora", "feature-1", &shown);
    world.settle().await;
    world.passes(SignedDuration::from_secs(90)).await;
    let answer = world.answer_to(number, word).expect("an answer");
    insta::assert_snapshot!(answer.replace(&shown[..7], "SHOWN"), @"**Not accepted, because somebody pushed something else since you were shown this feature.** It was taken back, and the newest version is SHOWN again, which you were shown. Please look once more, and say `/accept` again if it is what you want.");
    assert!(!is_merged(&world, number));
    assert!(
        world
            .says("anna", number, "/accept")
            .await
            .starts_with("**Accepted, and merged")
    );
}

#[tokio::test]
async fn only_owners_accept_and_nobody_their_own() {
    let text = CONFIGURATION.replace("owners: [anna]", "owners: [anna, dora]");
    let mut world = World::with_configuration(Some(&text)).await;
    let (number, head) = ready(&mut world).await;
    world.green(&head).await;
    let mut answers = String::new();
    for login in ["dora", "mona", "carl"] {
        answers.push_str(&format!("{login}: {}\n", world.says(login, number, "/accept").await));
    }
    insta::assert_snapshot!(answers, @r"
    dora: **Not accepted, because this feature is your own.** Somebody else who may accept has to look at it. A repository can allow it with `self_acceptance: true` in `.github/greenlight.yml`.
    mona: **Not accepted**, because only anna or dora may accept features. Nothing has changed.
    carl: **Not accepted**, because only anna or dora may accept features. Nothing has changed.
    ");
    assert!(!is_merged(&world, number));
}

#[tokio::test]
async fn the_configuration_can_let_authors_accept_or_switch_acceptance_off() {
    let text = CONFIGURATION.replace("owners: [anna]", "owners: [dora]\nself_acceptance: true");
    let mut world = World::with_configuration(Some(&text)).await;
    let (number, head) = ready(&mut world).await;
    world.green(&head).await;
    world.says("dora", number, "/accept").await;
    assert!(is_merged(&world, number));

    let text = CONFIGURATION.replace(
        "owners: [anna]",
        "owners: [anna]\nacceptance: off\nmerge_method: rebase",
    );
    let mut world = World::with_configuration(Some(&text)).await;
    let (number, head) = ready(&mut world).await;
    assert!(!is_merged(&world, number));
    insta::assert_snapshot!(card(&world, number), @r"
    **Ready.** It goes into main by itself once its checks are green.

    in progress → **ready** → in main → on staging → live on production

    It waits for its checks: no check has reported on this version yet.

    Nobody has to accept it, because this repository has acceptance switched off. This card shows version HEAD.
    ");
    world.green(&head).await;
    assert!(is_merged(&world, number));
}

#[tokio::test]
async fn sent_back_the_label_is_off_and_the_reason_stays() {
    let mut world = World::start().await;
    let (number, head) = ready(&mut world).await;
    world.green(&head).await;
    assert!(world.says("anna", number, "/reject").await.contains("does not say why"));
    let answer = world
        .says("anna", number, "/reject The button is grün, ask @carl")
        .await
        .replace('\u{2060}', "");
    insta::assert_snapshot!(answer, @r"
    **Sent back.** @dora, this is the reason:

    > The button is grün\, ask \@carl

    The label `ready-for-staging` is off. Putting it on again makes the feature ready for another look.
    ");
    assert_eq!(world.shop.pull(number).expect("it").labels, Vec::<String>::new());
    insta::assert_snapshot!(card(&world, number), @r"
    **Sent back to its developer.**

    **in progress** → ready → accepted → in main → on staging → live on production

    anna sent it back with this reason:

    > The button is grün\, ask \@carl

    The next move is the developer's. Putting the label `ready-for-staging` on again makes it ready for another look.
    ");
    world.passes(SignedDuration::from_secs(5)).await;
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    assert!(card(&world, number).starts_with("**Ready.**"));
}

#[tokio::test]
async fn taking_the_label_off_takes_it_back() {
    let mut world = World::start().await;
    let (number, head) = ready(&mut world).await;
    let comment = world.writes("anna", number, "/accept");
    world.settle().await;
    world.shop.unlabel("dora", number, LABEL).expect("off");
    world.settle().await;
    world.green(&head).await;
    assert!(!is_merged(&world, number));
    let answer = world.answer_to(number, comment).expect("an answer");
    assert!(answer.contains("was taken back"), "{answer}");
    assert!(card(&world, number).starts_with("**In progress.**"));
}

#[tokio::test]
async fn drafts_and_conflicts_are_told_and_wait() {
    let mut world = World::start().await;
    let (number, head) = ready(&mut world).await;
    world.green(&head).await;
    world.shop.set_draft("dora", number, true).expect("a draft");
    world.settle().await;
    assert!(card(&world, number).contains("still a draft"));
    world
        .shop
        .commit("main", "dora", "Beside", &[("feature-1.txt", "other")]);
    world.settle().await;
    assert!(
        card(&world, number).contains("are in conflict"),
        "{}",
        card(&world, number)
    );
    let answer = world.says("anna", number, "/accept").await;
    assert!(answer.contains("It waits, because it is still a draft."), "{answer}");
    world.shop.set_draft("dora", number, false).expect("no draft");
    world.settle().await;
    assert!(!is_merged(&world, number));
}

#[tokio::test]
async fn a_rule_of_the_repository_is_told_in_githubs_own_words() {
    let mut world = World::start().await;
    world.shop.allow_methods(&[Method::Merge]);
    let (number, head) = ready(&mut world).await;
    world.shop.rule("main", RuleKind::RequiredLinearHistory, false);
    world.green(&head).await;
    let answer = world.says("anna", number, "/accept").await;
    assert!(answer.contains("a rule of the repository is not met yet"), "{answer}");
    assert!(card(&world, number).contains("a rule of the repository is not met yet"));
    world.shop.remove_rules("main");
    world.green(&head).await;
    assert!(is_merged(&world, number));
}

#[tokio::test]
async fn promote_on_an_open_feature_accepts_merges_and_goes() {
    let mut world = World::start().await;
    let (number, head) = ready(&mut world).await;
    let refused = world.says("anna", number, "/promote production").await;
    insta::assert_snapshot!(refused, @"**Not promoted to production, because this feature is not merged yet, and staging comes first.** Say `/promote staging` here: that accepts the feature, merges it once it is green, and takes it to staging. When you have seen it there, promote it to production.");
    let comment = world.writes("anna", number, "/promote staging");
    world.settle().await;
    insta::assert_snapshot!(world.answer_to(number, comment).expect("an answer"), @r"
    **Accepted.** I will merge it into main, and then promote it to staging, by myself. It waits for its checks: no check has reported on this version yet.

    This holds for the version that you were shown. A later push ends it, and I will say so.
    ");
    world.green(&head).await;
    assert!(is_merged(&world, number));
    let merge = world.head("main");
    world.green(&merge).await;
    assert_eq!(world.head("staging"), merge);
    let answer = world.answer_to(number, comment).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
}

#[tokio::test]
async fn a_feature_from_a_fork_is_told_as_such_and_merged_all_the_same() {
    let world = World::start().await;
    let number = world
        .shop
        .open_pull_from_fork("carl", "main", "A word for sailors", &[("sailors.txt", "Ahoy")])
        .expect("a pull request");
    world.shop.label("carl", number, LABEL).expect("a label");
    world.settle().await;
    assert!(
        card(&world, number).contains("and does not count"),
        "carl may only read"
    );
    world.shop.unlabel("dora", number, LABEL).expect("off");
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    assert!(card(&world, number).contains("It comes from a copy of this repository (a fork)."));
    let head = world.shop.pull(number).expect("it").head_sha;
    world.green(&head).await;
    world.says("anna", number, "/accept").await;
    assert!(is_merged(&world, number));
}

#[tokio::test]
async fn an_acceptance_that_waits_can_be_taken_back() {
    let mut world = World::start().await;
    let (number, head) = ready(&mut world).await;
    let comment = world.writes("anna", number, "/promote staging");
    world.settle().await;
    let answer = world.says("dora", number, "/cancel").await;
    assert!(answer.starts_with("**Nothing was cancelled**"), "{answer}");
    insta::assert_snapshot!(world.says("anna", number, "/cancel").await, @"**Cancelled: this feature is not accepted any more.** It will not be merged by itself.");
    insta::assert_snapshot!(world.answer_to(number, comment).expect("an answer"), @"**This acceptance was taken back by anna.** The feature was not merged. If it is what you want after all, say `/accept` in a new comment.");
    world.green(&head).await;
    assert!(!is_merged(&world, number));
    assert!(card(&world, number).contains("anna had accepted it, and anna took that back since."));
}

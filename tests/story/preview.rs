//! Features on dev instances: who gets one, who waits, what is shown there, and that nobody's work is overwritten.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{Fault, Method, RuleKind};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, LABEL, World};

const PREVIEWS: &str = "\
previews:
  - name: dev-1
    url: https://dev-1.shop.example
  - name: dev-2
";

pub async fn world_with(previews: &str) -> World {
    let world = World::with_configuration(Some(&format!("{CONFIGURATION}{previews}"))).await;
    world.it_is("2030-01-14T09:12:00Z").await;
    world
}

pub async fn world() -> World {
    world_with(PREVIEWS).await
}

/// A feature that its developer made ready.
pub async fn ready(world: &mut World, title: &str) -> u64 {
    let number = world.feature(title);
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    number
}

pub fn head_of(world: &World, number: u64) -> String {
    world.shop.pull(number).expect("a pull request").head_sha
}

/// The paragraphs of the card that speak of a preview.
pub fn preview_on(world: &World, number: u64) -> String {
    let cards = world.bot_comments(number).into_iter().map(|comment| comment.body);
    let mut cards: Vec<String> = cards.filter(|body| body.contains("<!-- greenlight:card -->")).collect();
    assert_eq!(cards.len(), 1, "one card, not {cards:#?}");
    let card = cards.remove(0).replace('\u{2060}', "");
    let about = |part: &&str| {
        let words = ["dev-1", "dev-2", "preview", "Before it"];
        words.iter().any(|word| part.contains(word)) && !part.contains("/accept")
    };
    let about: Vec<&str> = card.split("\n\n").filter(about).collect();
    about.join("\n\n")
}

/// A push to the branch of the feature.
pub async fn pushes(world: &World, number: u64, file: &str) -> String {
    let branch = world.shop.pull(number).expect("a pull request").head;
    let commit = world.shop.commit(&branch, "dora", "More of it", &[(file, "more")]);
    world.settle().await;
    commit
}

#[tokio::test]
async fn a_ready_feature_takes_a_free_preview_and_its_card_says_where_it_is_shown() {
    let mut world = world().await;
    let first = ready(&mut world, "Faster checkout").await;
    assert_eq!(world.head("dev-1"), head_of(&world, first));
    insta::assert_snapshot!(preview_on(&world, first), @"**[dev-1](https://dev-1.shop.example)** shows this since Monday, 14 January at 10:12 (Europe/Berlin).");
    let second = ready(&mut world, "Gift cards").await;
    assert_eq!(world.head("dev-2"), head_of(&world, second));
    insta::assert_snapshot!(preview_on(&world, second), @"**dev-2** shows this since Monday, 14 January at 10:12 (Europe/Berlin).");
}

#[tokio::test]
async fn a_preview_follows_each_push_sideways_too() {
    let mut world = world().await;
    let number = ready(&mut world, "Faster checkout").await;
    let pushed = pushes(&world, number, "more.txt").await;
    assert_eq!(world.head("dev-1"), pushed);
    let branch = world.shop.pull(number).expect("it").head;
    world.shop.branch("anew", &world.head("main"));
    let rewritten = world.shop.commit("anew", "dora", "Written anew", &[("anew.txt", "1")]);
    world.shop.force_push("dora", &branch, &rewritten);
    world.settle().await;
    assert_eq!(world.head("dev-1"), rewritten);
    insta::assert_snapshot!(preview_on(&world, number), @"**[dev-1](https://dev-1.shop.example)** shows this since Monday, 14 January at 10:12 (Europe/Berlin).");
}

#[tokio::test]
async fn when_all_are_taken_features_wait_in_the_order_of_asking() {
    let mut world = world().await;
    let mut numbers = Vec::new();
    for title in ["One", "Two", "Three", "Four"] {
        numbers.push(ready(&mut world, title).await);
        world.passes(SignedDuration::from_secs(60)).await;
    }
    insta::assert_snapshot!(preview_on(&world, numbers[2]), @"All previews are taken. This feature is the next to get one.");
    insta::assert_snapshot!(preview_on(&world, numbers[3]), @"All previews are taken. Before it: #3.");

    world.shop.close_pull("dora", numbers[1]).expect("closed");
    world.settle().await;
    assert_eq!(world.head("dev-2"), head_of(&world, numbers[2]));
    insta::assert_snapshot!(preview_on(&world, numbers[2]), @"**dev-2** shows this since Monday, 14 January at 10:16 (Europe/Berlin).");
    insta::assert_snapshot!(preview_on(&world, numbers[3]), @"All previews are taken. This feature is the next to get one.");
}

#[tokio::test]
async fn a_preview_is_freed_by_every_end_of_a_feature() {
    for end in ["merge", "reject", "close", "unlabel"] {
        let mut world = world_with("previews: [{name: dev-1}]\n").await;
        let first = ready(&mut world, "One").await;
        let second = ready(&mut world, "Two").await;
        assert_eq!(world.head("dev-1"), head_of(&world, first), "{end}");
        match end {
            "merge" => {
                world.green(&head_of(&world, first)).await;
                world.says("anna", first, "/accept").await;
            }
            "reject" => drop(world.says("anna", first, "/reject Too slow").await),
            "close" => world.shop.close_pull("dora", first).expect("closed"),
            _ => world.shop.unlabel("dora", first, LABEL).expect("off"),
        }
        world.settle().await;
        assert_eq!(world.head("dev-1"), head_of(&world, second), "{end}");
        assert!(!preview_on(&world, first).contains("shows this"), "{end}");
        assert!(preview_on(&world, second).contains("shows this since"), "{end}");
        let kinds = world.ledger().await.into_iter().map(|entry| entry.kind);
        assert_eq!(
            kinds.filter(|kind| *kind == EntryKind::PreviewGiven).count(),
            2,
            "{end}"
        );
    }
}

#[tokio::test]
async fn an_acceptance_alone_frees_nothing() {
    let mut world = world().await;
    let number = ready(&mut world, "Faster checkout").await;
    world.says("anna", number, "/accept").await;
    assert!(preview_on(&world, number).contains("shows this since"));
}

#[tokio::test]
async fn commits_that_are_nobodys_feature_are_never_overwritten() {
    let mut world = world().await;
    let number = ready(&mut world, "Faster checkout").await;
    let own = world.shop.commit("dev-1", "dora", "Only tried", &[("tried.txt", "1")]);
    world.settle().await;
    insta::assert_snapshot!(preview_on(&world, number), @r"**[dev-1](https://dev-1.shop.example)** does not show this version, because its branch dev\-1 has commits that are nobody's feature, and I overwrite nobody's work. A developer can keep them on another branch and delete dev\-1; I make it anew by myself.");
    pushes(&world, number, "more.txt").await;
    assert_eq!(world.head("dev-1"), own);

    world.shop.delete_branch("dora", "dev-1").expect("deleted");
    world.settle().await;
    assert_eq!(world.head("dev-1"), head_of(&world, number));
    insta::assert_snapshot!(preview_on(&world, number), @"**[dev-1](https://dev-1.shop.example)** shows this since Monday, 14 January at 10:12 (Europe/Berlin).");
}

#[tokio::test]
async fn an_instance_with_somebodys_commits_is_passed_over_at_first_use() {
    let mut world = world().await;
    world.shop.branch("dev-1", &world.head("main"));
    let own = world.shop.commit("dev-1", "dora", "Only tried", &[("tried.txt", "1")]);
    world.shop.branch("dev-2", &world.head("production"));
    world.settle().await;
    let first = ready(&mut world, "One").await;
    assert_eq!(
        (world.head("dev-1"), world.head("dev-2")),
        (own, head_of(&world, first))
    );
    let second = ready(&mut world, "Two").await;
    insta::assert_snapshot!(preview_on(&world, second), @r"
    All previews are taken. This feature is the next to get one.

    **[dev-1](https://dev-1.shop.example)** is given to nobody, because its branch dev\-1 has commits that are nobody's feature, and I overwrite nobody's work. A developer can keep them on another branch and delete dev\-1; I make it anew by myself.
    ");

    world.shop.force_push("dora", "dev-1", &world.head("main"));
    world.settle().await;
    assert_eq!(world.head("dev-1"), head_of(&world, second));
}

/// Somebody took the branch of an instance for a pull request of their own: its commits are nowhere else.
#[tokio::test]
async fn a_feature_on_an_instances_own_branch_is_not_moved_away() {
    let mut world = world().await;
    world.shop.branch("dev-1", &world.head("main"));
    let own = world.shop.commit("dev-1", "dora", "Gift cards", &[("gift.txt", "1")]);
    let odd = world.shop.open_pull("dora", "dev-1", "main", "Gift cards", "");
    let odd = odd.expect("a pull request");
    world.shop.label("dora", odd, LABEL).expect("a label");
    world.settle().await;
    assert!(preview_on(&world, odd).contains("dev-1"));
    let number = ready(&mut world, "Faster checkout").await;
    assert_eq!(world.head("dev-2"), head_of(&world, number));
    world.shop.unlabel("dora", odd, LABEL).expect("off");
    world.settle().await;
    ready(&mut world, "Search").await;
    assert_eq!(world.head("dev-1"), own);
}

#[tokio::test]
async fn a_rule_in_the_way_is_told_and_tried_again_with_the_next_push() {
    let mut world = world_with("previews: [{name: dev-1}]\n").await;
    world.shop.branch("dev-1", &world.head("main"));
    world.shop.rule("dev-1", RuleKind::Update, false);
    let number = ready(&mut world, "Faster checkout").await;
    insta::assert_snapshot!(preview_on(&world, number), @r"
    No preview can be used at present. This feature is the next to get one.

    **dev-1** is given to nobody, because a rule of the repository forbids it to move its branch dev\-1 (`Cannot update this protected ref.`). An administrator can let me pass that rule. I try again by myself later, and with the next push.
    ");
    world.shop.remove_rules("dev-1");
    pushes(&world, number, "more.txt").await;
    assert_eq!(world.head("dev-1"), head_of(&world, number));
}

#[tokio::test]
async fn a_fork_is_never_shown() {
    let mut world = world().await;
    let files = [("gift.txt", "1")];
    let number = world.shop.open_pull_from_fork("eve", "main", "Gift cards", &files);
    let number = number.expect("a pull request");
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    assert_eq!(world.shop.head("dev-1"), None);
    let own = ready(&mut world, "Faster checkout").await;
    assert_eq!(world.head("dev-1"), head_of(&world, own));
}

#[tokio::test]
async fn instances_come_and_go_with_the_configuration() {
    let mut world = world().await;
    let first = ready(&mut world, "One").await;
    let second = ready(&mut world, "Two").await;
    let third = ready(&mut world, "Three").await;
    let write = |text: &str| {
        let text = format!("{CONFIGURATION}{text}");
        world
            .shop
            .commit("main", "mona", "Previews", &[(".github/greenlight.yml", text.as_str())]);
    };
    write("previews: [{name: dev-2}, {name: blue, branch: show/blue}]\n");
    world.settle().await;
    assert_eq!(world.head("show/blue"), head_of(&world, first), "it asked first");
    assert_eq!(world.head("dev-2"), head_of(&world, second));
    assert!(preview_on(&world, third).contains("All previews are taken"));
    write("");
    world.settle().await;
    assert_eq!(preview_on(&world, third), "");
    assert_eq!(preview_on(&world, second), "");
}

#[tokio::test]
async fn a_lost_database_takes_nothing_from_anybody() {
    let mut world = world().await;
    let first = ready(&mut world, "One").await;
    let second = ready(&mut world, "Two").await;
    world.bot_stops().await;
    world.loses_its_memory();
    pushes_unheard(&world, first);
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(world.head("dev-1"), head_of(&world, first));
    assert_eq!(world.head("dev-2"), head_of(&world, second));
}

fn pushes_unheard(world: &World, number: u64) {
    let branch = world.shop.pull(number).expect("a pull request").head;
    world
        .shop
        .commit(&branch, "dora", "More of it", &[("more.txt", "more")]);
}

#[tokio::test]
async fn a_branch_that_was_set_and_not_recorded_is_taken_for_ours() {
    for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
        let mut world = world().await;
        let number = ready(&mut world, "Faster checkout").await;
        world.sandbox.fault(fault, "POST", "/graphql", 1);
        pushes(&world, number, "more.txt").await;
        let newest = pushes(&world, number, "more-still.txt").await;
        for _ in 0..3 {
            world.passes(SignedDuration::from_secs(10)).await;
        }
        assert_eq!(world.head("dev-1"), newest, "{fault:?}");
        assert!(preview_on(&world, number).contains("shows this since"), "{fault:?}");
    }
}

#[tokio::test]
async fn a_merge_by_hand_frees_it_as_well() {
    let mut world = world().await;
    let number = ready(&mut world, "Faster checkout").await;
    world.shop.merge_pull("dora", number, Method::Squash).expect("merged");
    world.settle().await;
    let next = ready(&mut world, "Gift cards").await;
    assert_eq!(world.head("dev-1"), head_of(&world, next));
}

#[tokio::test]
async fn a_preview_is_asked_for_and_freed_by_a_comment() {
    let mut world = world().await;
    let first = ready(&mut world, "One").await;
    let second = ready(&mut world, "Two").await;
    let third = ready(&mut world, "Three").await;
    insta::assert_snapshot!(world.says("anna", third, "/preview").await, @r"
    **This feature waits for a preview.** All previews are taken. This feature is the next to get one.

    It gets one by itself when it is its turn, and its card here says so.
    ");
    insta::assert_snapshot!(world.says("anna", first, "/preview").await, @"**Nothing to do.** **[dev-1](https://dev-1.shop.example)** shows this since Monday, 14 January at 10:12 (Europe/Berlin).");
    insta::assert_snapshot!(world.says("dora", first, "/preview off").await, @"**dev-1 is free again.** #3 asked for it before, and gets it now. `/preview` asks for a preview of this feature again.");
    assert_eq!(world.head("dev-1"), head_of(&world, third));
    insta::assert_snapshot!(preview_on(&world, first), @"No preview shows this, because dora said `/preview off`. `/preview` in a new comment asks for one again.");
    pushes(&world, first, "more.txt").await;
    assert!(
        preview_on(&world, first).contains("/preview off"),
        "a push does not ask"
    );
    insta::assert_snapshot!(world.says("dora", first, "/preview off").await, @"**Nothing was changed.** This feature has no preview, and does not wait for one.");
    insta::assert_snapshot!(world.says("dora", first, "/preview dev-2").await, @r"
    **This feature waits for a preview.** It waits for the preview **dev-2**, which is taken. This feature is the next to get one.

    It gets one by itself when it is its turn, and its card here says so.
    ");
    insta::assert_snapshot!(world.says("dora", third, "/preview off").await, @"**dev-1 is free again.** Nobody waits for it. `/preview` asks for a preview of this feature again.");
    insta::assert_snapshot!(world.says("dora", first, "/preview").await, @"**This feature gets [dev-1](https://dev-1.shop.example).** It is being set to the newest version; the card here says since when it shows it.");
    assert_eq!(world.head("dev-1"), head_of(&world, first));
    insta::assert_snapshot!(world.says("dora", second, "/preview dev-9").await, @"**Nothing was changed, because there is no preview called `dev-9`.** There are `dev-1` and `dev-2`.");
    insta::assert_snapshot!(world.says("carl", second, "/preview off").await, @"**Nothing was changed**, because only anna or people with write access may say where a feature is shown.");
    assert_eq!(world.head("dev-2"), head_of(&world, second));
}

#[tokio::test]
async fn who_wants_another_one_by_name_keeps_its_own_until_then() {
    let mut world = world().await;
    let first = ready(&mut world, "One").await;
    let second = ready(&mut world, "Two").await;
    world.says("anna", first, "/preview dev-2").await;
    assert_eq!(world.head("dev-1"), head_of(&world, first));
    let third = ready(&mut world, "Three").await;
    world.says("anna", second, "/preview off").await;
    assert_eq!(world.head("dev-2"), head_of(&world, first));
    assert_eq!(world.head("dev-1"), head_of(&world, third));
}

#[tokio::test]
async fn without_previews_a_feature_or_a_label_nothing_is_asked_for() {
    let mut world = World::start().await;
    let number = ready(&mut world, "Faster checkout").await;
    insta::assert_snapshot!(world.says("anna", number, "/preview").await, @"**Nothing was changed, because this repository has no previews.** A developer can name its dev instances under `previews` in `.github/greenlight.yml`.");
    let mut world = self::world().await;
    let number = world.feature("Faster checkout");
    insta::assert_snapshot!(world.says("anna", number, "/preview").await, @"**Nothing was changed, because this feature is not ready.** Its developer puts the label `ready-for-staging` on when there is something to look at. It asks for a preview by itself then.");
    world.lands("Gift cards").await;
    let promotion = world.promotion("staging").number;
    insta::assert_snapshot!(world.says("anna", promotion, "/preview").await, @"**Nothing was changed, because this is not an open feature.** A preview shows a pull request that leads into main and is not merged yet. Say it there.");
    assert_eq!(world.shop.head("dev-1"), None);
}

#[tokio::test]
async fn a_version_from_a_fork_takes_a_word_of_its_own_by_somebody_with_write_access() {
    let world = world_with("previews: [{name: dev-1}]\npreview_forks: true\n").await;
    let files = [("gift.txt", "1")];
    let number = world.shop.open_pull_from_fork("eve", "main", "Gift cards", &files);
    let number = number.expect("a pull request");
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    insta::assert_snapshot!(preview_on(&world, number), @"No preview shows this, because it comes from a fork, and an instance would run what people outside of this repository wrote. Somebody with write access who has read the changes can say `/preview` in a new comment. That counts for this version only.");
    insta::assert_snapshot!(world.says("anna", number, "/preview").await, @"**Nothing was changed**, because only people with write access may say where a feature is shown.");
    assert_eq!(world.shop.head("dev-1"), None);
    insta::assert_snapshot!(world.says("dora", number, "/preview").await, @"**This feature gets dev-1.** It is being set to the newest version; the card here says since when it shows it.");
    let shown = head_of(&world, number);
    assert_eq!(world.head("dev-1"), shown);

    let pushed = world.shop.push_to_fork("eve", number, "More", &[("more.txt", "1")]);
    world.settle().await;
    assert_eq!(head_of(&world, number), pushed.expect("a commit"));
    assert_eq!(world.head("dev-1"), shown, "what was pushed since is not run");
    insta::assert_snapshot!(preview_on(&world, number), @"No preview shows this, because it comes from a fork, and an instance would run what people outside of this repository wrote. Somebody with write access who has read the changes can say `/preview` in a new comment. That counts for this version only.");
}

#[tokio::test]
async fn the_status_lists_the_pool() {
    let mut world = world().await;
    let first = ready(&mut world, "One").await;
    ready(&mut world, "Two").await;
    ready(&mut world, "Three").await;
    let status = world.says("anna", first, "/status").await;
    let (_, pool) = status.split_once("**Previews**").expect("the pool is listed");
    let pool = pool.split("```").next().unwrap_or_default().replace('\u{2060}', "");
    insta::assert_snapshot!(pool, @r"
    - **[dev-1](https://dev-1.shop.example)** shows #1 since Monday, 14 January at 10:12 (Europe/Berlin).
    - **dev-2** shows #2 since Monday, 14 January at 10:12 (Europe/Berlin).

    Waiting for a preview, in this order: #3.

    The same as a picture:
    ");
}

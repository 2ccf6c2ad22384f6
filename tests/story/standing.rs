//! The standing promotion pull requests: opened, kept true, closed.

use greenlight::sandbox::{Fault, Method};
use jiff::SignedDuration;

use crate::world::World;

#[tokio::test]
async fn the_pull_request_lists_features_however_they_were_merged() {
    let mut world = World::start().await;
    world.lands_by("Squashed one", Method::Squash).await;
    world.lands_by("Merged one", Method::Merge).await;
    world.lands_by("Rebased one", Method::Rebase).await;
    world
        .shop
        .commit("main", "dora", "Straight to main", &[("direct.txt", "x")]);
    world.settle().await;
    let promotion = world.promotion("staging");
    let list: Vec<&str> = promotion.body.lines().filter(|line| line.starts_with("- ")).collect();
    insta::assert_snapshot!(list.join("\n"), @r"
    - Squashed one (#1, by dora)
    - Merged one (#3, by dora)
    - Rebased one (#4, by dora)
    - Straight to main (pushed by dora without a pull request)
    ");
    assert_eq!(
        promotion.title,
        "Promote 3 features and 1 change without a pull request to staging"
    );
}

#[tokio::test]
async fn the_whole_description_reads_well() {
    let mut world = World::start().await;
    let feature = world.lands("Ask @carl about <b>#1</b>").await;
    let promotion = world.promotion("staging");
    let commit = &feature.commit;
    let base = world.head("staging");
    let body = promotion
        .body
        .replace(commit, "COMMIT")
        .replace(&commit[..7], "SHORT")
        .replace(&base, "BASE");
    let body = body
        .replace(&world.sandbox.url(), "https://github.example")
        .replace('\u{2060}', "");
    insta::assert_snapshot!(body, @r##"
    <!-- greenlight:promotion staging -->
    This waits to go to [staging](https://staging.shop.example), in the order it landed:

    - Ask \@carl about \<b\>\#1\<\/b\> (#1, by dora)

    To promote all of it, comment `/promote staging`. To see first what stands in the way, comment `/promote staging --dry-run`. What lands later is added to this list and waits for your next word.

    [See the changes in detail](https://github.example/harbour/shop/compare/BASE...COMMIT). This list shows main at SHORT.

    The same as a picture:

    ```mermaid
    flowchart LR
        s0(["main"])
        s1(["staging"])
        f1["#35;1 Ask carl about b 1 b"]
        s0 --> f1 --> s1
    ```
    <!-- /greenlight:promotion staging -->
    "##);
}

#[tokio::test]
async fn what_people_write_around_the_list_stays() {
    let mut world = World::start().await;
    world.feature("Faster checkout");
    let number = world
        .shop
        .open_pull("dora", "feature-1", "staging", "not ours", "")
        .expect("a pull request");
    world.shop.close_pull("dora", number).expect("closed");
    world
        .shop
        .commit("main", "dora", "Straight to main", &[("direct.txt", "x")]);
    // The bot has opened its own by now; a person closes it and opens another in its place.
    world.settle().await;
    world
        .shop
        .close_pull("dora", world.promotion("staging").number)
        .expect("closed");
    world.settle().await;
    let own = world
        .shop
        .open_pull("dora", "main", "staging", "Release train", "Please read the notes.")
        .expect("one");
    world.shop.commit("main", "dora", "More", &[("direct.txt", "y")]);
    world.settle().await;
    let promotion = world.promotion("staging");
    assert_eq!((promotion.number, promotion.title.as_str()), (own, "Release train"));
    assert!(
        promotion
            .body
            .starts_with("Please read the notes.\n\n<!-- greenlight:promotion staging -->")
    );
    assert!(promotion.body.contains("- More (pushed by dora"), "{}", promotion.body);
}

#[tokio::test]
async fn a_pull_request_that_never_turns_merged_is_closed_and_says_why() {
    let mut world = World::start().await;
    world.sandbox.see_merges_after(None);
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    assert!(world.shop.pull(promotion).expect("it").open);

    world.passes(SignedDuration::from_secs(61)).await;

    let closed = world.shop.pull(promotion).expect("it");
    assert!(!closed.open && !closed.merged);
    assert!(
        closed
            .body
            .contains("GitHub has not marked this pull request as merged by itself"),
        "{}",
        closed.body
    );
}

#[tokio::test]
async fn a_person_who_closes_it_is_left_in_peace_until_something_new_lands() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    world
        .shop
        .close_pull("dora", world.promotion("staging").number)
        .expect("closed");
    world.settle().await;
    assert!(world.shop.open_pulls().is_empty());
    world.lands("Gift cards").await;
    assert!(world.promotion("staging").body.contains("Faster checkout"));
}

#[tokio::test]
async fn a_list_too_long_for_a_description_is_cut_and_the_description_comes_to_rest() {
    let mut world = World::start().await;
    let main = world.head("main");
    world.shop.branch("long", &main);
    // Two hundred deliveries are not what is tested here.
    world.sandbox.delivery_fault(Fault::Lost, "push", 200);
    for index in 0..200 {
        let title = format!("{index} {}", "#-@".repeat(50));
        world
            .shop
            .commit("long", "dora", &title, &[("count.txt", &index.to_string())]);
    }
    world.shop.merge("dora", "long", "main").expect("a merge by hand");
    world.settle().await;
    let promotion = world.promotion("staging");
    assert!(promotion.body.chars().count() < 40_000, "{}", promotion.body.len());
    assert!(promotion.body.ends_with("<!-- /greenlight:promotion staging -->"));
    assert!(promotion.body.contains("comment `/promote staging`"));
    let before = writes(&world);
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    let tokens = world
        .sandbox
        .exchanges()
        .iter()
        .filter(|one| one.path.ends_with("/access_tokens"))
        .count();
    assert!(tokens >= 2, "it looked again");
    assert_eq!(writes(&world) - before, 1, "a token, and no second edit");
}

#[tokio::test]
async fn a_branch_that_was_deleted_and_made_again_gets_its_pull_request_back() {
    let mut world = World::start().await;
    let base = world.head("staging");
    world.lands("Faster checkout").await;
    world.shop.delete_branch("dora", "staging").expect("deleted");
    world.settle().await;
    assert!(world.shop.open_pulls().is_empty());
    world.shop.branch("staging", &base);
    world.settle().await;
    assert!(world.promotion("staging").body.contains("Faster checkout"));
}

fn writes(world: &World) -> usize {
    let exchanges = world.sandbox.exchanges();
    exchanges.iter().filter(|one| one.method != "GET").count()
}

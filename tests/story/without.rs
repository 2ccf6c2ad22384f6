//! Leaving a feature out: possible for what landed last; for anything else the honest answer and the way on.

use greenlight::sandbox::Method;

use crate::world::{Landed, World};

async fn landed(titles: &[&str]) -> (World, Vec<Landed>) {
    let mut world = World::start().await;
    let mut landed = Vec::new();
    for title in titles {
        let feature = world.lands(title).await;
        world.green(&feature.commit).await;
        landed.push(feature);
    }
    (world, landed)
}

/// dora writes a feature that changes this file, too, and it is merged.
async fn lands_in(world: &mut World, title: &str, file: &str) -> Landed {
    let number = world.feature(title);
    let branch = world.shop.pull(number).expect("it").head;
    world.shop.commit(&branch, "dora", title, &[(file, title)]);
    let commit = world.shop.merge_pull("dora", number, Method::Squash).expect("a merge");
    world.settle().await;
    world.green(&commit).await;
    Landed { number, commit }
}

#[tokio::test]
async fn what_landed_last_can_stay_behind_at_her_further_word() {
    let (world, features) = landed(&["Faster checkout", "Gift cards", "Larger pictures"]).await;
    let promotion = world.promotion("staging").number;
    let command = format!("/promote staging without #{}", features[2].number);
    let forecast = world.says("anna", promotion, &format!("{command} --dry-run")).await;
    assert!(forecast.contains("This would go to"), "{forecast}");
    assert!(
        forecast.ends_with(&format!(
            "To do it, say `{command}`. That lists it once more, and goes on after your `/confirm`."
        )),
        "{forecast}"
    );
    let offer = world.says("anna", promotion, &command).await;
    insta::assert_snapshot!(offer, @r"
    **Not promoted yet: without #4, this would go to staging: 2 features.**

    - Faster checkout (#1, by dora): merged without an acceptance that I know of
    - Gift cards (#3, by dora): merged without an acceptance that I know of

    This would stay behind:

    - Larger pictures (#4, by dora)

    If that is what you want, say `/confirm` here within an hour. Then just the first list goes to staging. `/cancel` drops it.
    ");
    assert_eq!(world.moves("staging"), 0);
    world.says("anna", promotion, "/confirm").await;
    assert_eq!(world.head("staging"), features[1].commit);
    assert!(world.promotion("staging").body.contains("Larger pictures"));
}

#[tokio::test]
async fn several_can_stay_behind_and_a_time_is_kept() {
    let (world, features) = landed(&["Faster checkout", "Gift cards", "Larger pictures"]).await;
    let promotion = world.promotion("staging").number;
    let command = format!(
        "/promote staging without #{} and {}, at tomorrow 9:00",
        features[2].number, features[1].number
    );
    let offer = world.says("anna", promotion, &command).await;
    assert!(
        offer.contains("without #3 and #4, this would go to staging: 1 feature"),
        "{offer}"
    );
    let answer = world.says("anna", promotion, "/confirm").await;
    assert!(answer.starts_with("**This goes to staging on "), "{answer}");
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn what_others_landed_on_top_of_cannot_and_the_way_on_is_told() {
    let mut world = World::start().await;
    let first = lands_in(&mut world, "Faster checkout", "basket.txt").await;
    let second = lands_in(&mut world, "Gift cards", "basket.txt").await;
    lands_in(&mut world, "Larger pictures", "pictures.txt").await;
    let promotion = world.promotion("staging").number;
    let command = format!("/promote staging without #{}", second.number);
    let answer = world
        .says("anna", promotion, &command)
        .await
        .replace(&world.sandbox.url(), "GITHUB");
    insta::assert_snapshot!(answer, @r"
    **Not promoted to staging, because #3 cannot be left out.** Something landed on top of it, and staging always gets a version of main as a whole: what landed later cannot go there without it.

    To go on without #3, it has to be taken back out of main first. For that, dora, who wrote it, can press *Revert* on [#3](GITHUB/harbour/shop/pull/3): GitHub then opens a pull request that undoes it. Once that is merged, `/promote staging` takes the rest.

    What landed later changes other files, so taking it back should go smoothly.

    Or leave what landed later behind as well: say `/promote staging without #3 #4`.

    Nothing was moved.
    ");
    let command = format!("/promote staging without #{}", first.number);
    let answer = world
        .says("anna", promotion, &command)
        .await
        .replace(&world.sandbox.url(), "GITHUB");
    insta::assert_snapshot!(answer, @r"
    **Not promoted to staging, because #1 cannot be left out.** Something landed on top of it, and staging always gets a version of main as a whole: what landed later cannot go there without it.

    To go on without #1, it has to be taken back out of main first. For that, dora, who wrote it, can press *Revert* on [#1](GITHUB/harbour/shop/pull/1): GitHub then opens a pull request that undoes it. Once that is merged, `/promote staging` takes the rest.

    Taking it back will probably conflict with what landed later and changes the same files:

    - Gift cards (#3, by dora): `basket.txt`

    Nothing was moved.
    ");
    let confirmed = world.says("anna", promotion, "/confirm").await;
    assert!(
        confirmed.starts_with("**There was nothing to confirm here.**"),
        "{confirmed}"
    );
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn a_direct_push_on_top_is_said_as_not_known() {
    let (world, features) = landed(&["Faster checkout", "Gift cards"]).await;
    world
        .shop
        .commit("main", "dora", "A quick one", &[("quick.txt", "quick")]);
    world.settle().await;
    let promotion = world.promotion("staging").number;
    let command = format!("/promote staging without #{}", features[1].number);
    let answer = world
        .says("anna", promotion, &command)
        .await
        .replace(&world.sandbox.url(), "GITHUB");
    insta::assert_snapshot!(answer, @r"
    **Not promoted to staging, because #3 cannot be left out.** Something landed on top of it, and staging always gets a version of main as a whole: what landed later cannot go there without it.

    To go on without #3, it has to be taken back out of main first. For that, dora, who wrote it, can press *Revert* on [#3](GITHUB/harbour/shop/pull/3): GitHub then opens a pull request that undoes it. Once that is merged, `/promote staging` takes the rest.

    I do not know whether these later changes touch the same files:

    - A quick one (pushed by dora without a pull request)

    Nothing was moved.
    ");
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn what_would_not_go_anyway_is_told_each_in_its_own_words() {
    let (mut world, features) = landed(&["Faster checkout", "Gift cards", "Larger pictures"]).await;
    let promotion = world.promotion("staging").number;
    let open = world.feature("Opening hours");
    world.says("anna", features[0].number, "/promote staging").await;
    let mut answers = String::new();
    for number in [features[0].number, open, 999, promotion] {
        let said = format!("/promote staging without #{number}");
        answers.push_str(&format!("{said}\n{}\n\n", world.says("anna", promotion, &said).await));
    }
    // On a merged feature, what landed later stays behind anyway.
    let said = format!("/promote staging without #{}", features[2].number);
    answers.push_str(&format!(
        "{said}\n{}\n\n",
        world.says("anna", features[1].number, &said).await
    ));
    let said = format!(
        "/promote staging without #{} #{}",
        features[1].number, features[2].number
    );
    answers.push_str(&format!("{said}\n{}\n\n", world.says("anna", promotion, &said).await));
    let said = format!("/promote staging without #{} #{open}", features[2].number);
    answers.push_str(&format!("{said}\n{}", world.says("anna", promotion, &said).await));
    insta::assert_snapshot!(answers, @r"
    /promote staging without #1
    **Nothing was promoted, because I cannot leave out what you named.**

    #1 is on staging already. A promotion takes nothing away; a developer would have to take it back.

    Please write the whole command again with the numbers that you mean.

    /promote staging without #5
    **Nothing was promoted, because what you named would not go anyway.**

    #5 is not merged, so it does not go to staging anyway.

    So there is nothing to leave out: `/promote staging` does what you want.

    /promote staging without #999
    **Nothing was promoted, because I cannot leave out what you named.**

    #999 is no feature that I know of. Is it another number?

    Please write the whole command again with the numbers that you mean.

    /promote staging without #2
    **Nothing was promoted, because I cannot leave out what you named.**

    #2 is no feature that I know of. Is it another number?

    Please write the whole command again with the numbers that you mean.

    /promote staging without #4
    **Nothing was promoted, because what you named would not go anyway.**

    #4 landed later than what this takes along, so it stays behind anyway.

    So there is nothing to leave out: `/promote staging` does what you want.

    /promote staging without #3 #4
    **Nothing was promoted, because nothing would be left to promote to staging.** Without what you named, there is nothing new to go there.

    /promote staging without #4 #5
    **Not promoted yet: without #4, this would go to staging: 1 feature.**

    - Gift cards (#3, by dora): merged without an acceptance that I know of

    This would stay behind:

    - Larger pictures (#4, by dora)

    #5 is not merged, so it does not go to staging anyway.

    If that is what you want, say `/confirm` here within an hour. Then just the first list goes to staging. `/cancel` drops it.
    ");
    assert_eq!(world.moves("staging"), 1);
}

#[tokio::test]
async fn on_the_next_stage_it_counts_what_the_stage_before_has() {
    let (world, features) = landed(&["Faster checkout", "Gift cards", "Larger pictures"]).await;
    world.says("anna", features[1].number, "/promote staging").await;
    world.says("anna", features[1].number, "/confirm").await;
    let promotion = world.promotion("production").number;
    let said = format!("/promote production without #{}", features[2].number);
    let answer = world.says("anna", promotion, &said).await;
    assert!(
        answer.contains("is not on staging yet, so it does not go to production anyway"),
        "{answer}"
    );
    world
        .says(
            "anna",
            promotion,
            &format!("/promote production without #{}", features[1].number),
        )
        .await;
    world.says("anna", promotion, "/confirm").await;
    assert_eq!(world.head("production"), features[0].commit);
}

#[tokio::test]
async fn who_may_not_promote_is_offered_nothing_and_an_open_feature_has_to_be_merged_first() {
    let (mut world, features) = landed(&["Faster checkout", "Gift cards"]).await;
    let promotion = world.promotion("staging").number;
    let command = format!("/promote staging without #{}", features[1].number);
    let refused = world.says("dora", promotion, &command).await;
    assert!(
        refused.starts_with("**Not promoted to staging**, because only anna"),
        "{refused}"
    );
    let open = world.feature("Opening hours");
    world.shop.label("dora", open, "ready-for-staging").expect("a label");
    world.settle().await;
    let answer = world.says("anna", open, &command).await;
    insta::assert_snapshot!(answer, @"**Nothing was done, because this feature is not merged yet.** What goes along with it is known once it is. Say `/promote staging` alone here, or leave something out on the pull request that promotes to staging.");
}

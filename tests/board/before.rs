//! The pages before the last click, and every act by their forms, with a browser that has no script.

use insta::assert_snapshot;

use crate::acting::{Acting, answers, asked, is_merged, ready, told};
use crate::world::{CONFIGURATION, World};

const STAGING: &str = "/repositories/harbour/shop/act/environment/staging";
const PRODUCTION: &str = "/repositories/harbour/shop/act/environment/production";

/// Without the commits, which are different in every run.
fn without(text: &str, commits: &[(&str, &str)]) -> String {
    let put = |text: String, (commit, name): &(&str, &str)| text.replace(&commit[..7], name);
    commits.iter().fold(text.to_owned(), put)
}

#[tokio::test]
async fn before_the_last_click_she_reads_what_would_go_and_how_each_gate_stands() {
    let mut world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let mut landed = Vec::new();
    for title in ["Faster <b>checkout</b>", "Gift cards", "Larger pictures"] {
        let one = world.lands(title).await;
        world.green(&one.commit).await;
        landed.push(one);
    }
    let mut anna = Acting::signed_in(&world, "anna").await;
    let board = anna.opens("/repositories/harbour/shop").await;
    assert!(board.body.contains(&format!("href=\"{STAGING}\"")), "{}", board.body);
    let up_to = format!("{STAGING}?up-to={}", landed[1].number);
    assert!(board.body.contains(&up_to), "{}", board.body);
    let page = anna.opens(&up_to).await;
    assert_snapshot!(page.text(), @r"
    Skip to the content
    Greenlight
    Signed in as anna
    Sign out
    Sign out everywhere
    Back to harbour/shop
    What to do with staging
    Only anna may promote, hold or roll back here.
    Promote to staging
    Free to promote
    Asked a moment ago. Greenlight is looking.
    See how it stands now
    What goes: everything up to and including
    #4 Larger pictures: all 3 that wait
    #3 Gift cards
    #1 Faster <b>checkout</b>
    See how the gates stand for this choice
    When, in the time of Europe/Berlin (leave this empty for now)
    Promote to staging
    Hold staging
    Why (others read this)
    Until when, in the time of Europe/Berlin (leave this empty for the next working morning)
    Hold staging
    Roll staging back
    It goes back to what ran there before, and is on hold afterwards, so that nothing brings the fault back unnoticed.
    See what that would take away, without moving anything
    Roll staging back
    ");
    let moves = world.moves("staging");
    let page = anna.presses(&world, &page, "look", &[]).await;
    assert_snapshot!(asked(&page).expect("how the gates stand"), @r"
    What would go, and how each gate stands
    This would go to staging now. Nothing has been moved.
    It would bring 2 features:
    Faster <b>checkout</b> (#1, by dora)
    Gift cards (#3, by dora)
    It would leave behind what landed later: 1 feature.
    How each gate stands:
    Your right to promote: in order.
    The order of the stages: in order.
    Holds: in order.
    The times at which it may be moved: in order.
    The checks: in order.
    The deployment to the stage before: in order.
    The time on the stage before: in order.
    The branch: in order.
    To do it, say /promote staging.
    ");
    assert_eq!(world.moves("staging"), moves);
    let written = world.sandbox.exchanges();
    assert!(
        !written
            .iter()
            .any(|one| one.method == "POST" && one.path.ends_with("/comments")),
        "only looked"
    );
    let page = anna.presses(&world, &page, "promote", &[]).await;
    assert!(asked(&page).expect("what came of it").contains("Promoted to staging"));
    assert_eq!(
        world.head("staging"),
        landed[1].commit,
        "what she had chosen is still chosen"
    );
    let page = anna.opens(STAGING).await;
    anna.presses(&world, &page, "promote", &[("up-to", "")]).await;
    assert_eq!(world.head("staging"), landed[2].commit);
    let page = anna.opens(STAGING).await;
    assert!(page.text().contains("Nothing waits to go there."), "{}", page.text());
}

#[tokio::test]
async fn a_page_that_has_become_old_promotes_nothing() {
    let mut world = World::start().await;
    let first = world.lands("Faster checkout").await;
    world.green(&first.commit).await;
    let second = world.lands("Gift cards").await;
    world.green(&second.commit).await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let old = anna.opens(STAGING).await;
    let up_to = first.number.to_string();
    anna.presses(&world, &old, "promote", &[("up-to", &up_to)]).await;
    assert_eq!(world.head("staging"), first.commit);
    let page = anna.presses(&world, &old, "promote", &[]).await;
    let said = asked(&page).expect("what came of it");
    assert!(said.contains("because staging has changed since you looked"), "{said}");
    assert!(said.contains("Gift cards"), "the new list: {said}");
    assert_eq!(world.head("staging"), first.commit);
}

#[tokio::test]
async fn she_accepts_or_sends_back_on_the_page_of_a_feature() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let feature = format!("/repositories/harbour/shop/act/feature/{number}?commit={commit}");
    let board = anna.opens("/repositories/harbour/shop").await;
    assert!(board.body.contains(&feature), "{}", board.body);
    let page = anna.opens(&feature).await;
    assert_snapshot!(without(&page.text(), &[(&commit, "HEAD")]), @r"
    Skip to the content
    Greenlight
    Signed in as anna
    Sign out
    Sign out everywhere
    Back to harbour/shop
    Faster checkout (#1)
    This page shows version HEAD. What you do here counts for just that version.
    No check has reported yet.
    Only anna may accept this or send it back.
    Accept
    It is what you want. It is merged into main by itself once its checks are green.
    Accept
    Accept, and promote to staging at once
    Send back
    Why (the developer reads this)
    Send back
    Preview
    This repository has no previews yet. Once its configuration names dev instances, features can be shown there before they are merged.
    ");
    anna.presses(&world, &page, "accept", &[]).await;
    let accepted = anna.opens(&feature).await;
    assert!(
        accepted.text().contains("Take the acceptance back"),
        "{}",
        accepted.text()
    );
    anna.presses(&world, &accepted, "cancel", &[]).await;
    let page = anna.opens(&feature).await;
    anna.presses(&world, &page, "send-back", &[("why", "Too+small")]).await;
    assert_eq!(answers(&world, number).len(), 3);
    let page = anna.opens(&feature).await;
    assert_snapshot!(without(&page.text(), &[(&commit, "HEAD")]), @r"
    Skip to the content
    Greenlight
    Signed in as anna
    Sign out
    Sign out everywhere
    Back to harbour/shop
    Faster checkout (#1)
    This page shows version HEAD. What you do here counts for just that version.
    Sent back by anna: “Too small”. The next move is its developer's.
    It is in progress. Once it carries the label ready-for-staging, an owner can accept it or send it back here.
    Preview
    This repository has no previews yet. Once its configuration names dev instances, features can be shown there before they are merged.
    ");
    assert!(!is_merged(&world, number));
    let page = anna.opens(&feature.replace(&commit, &world.head("main"))).await;
    assert!(
        page.text().contains("This has changed since you looked"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn she_accepts_and_promotes_with_one_click() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    world.green(&commit).await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let page = anna
        .opens(&format!("/repositories/harbour/shop/act/feature/{number}"))
        .await;
    anna.presses(&world, &page, "promote", &[]).await;
    assert!(is_merged(&world, number));
    let merged = world.head("main");
    world.green(&merged).await;
    assert_eq!(world.head("staging"), merged);
}

#[tokio::test]
async fn she_holds_an_environment_and_opens_it_again() {
    let world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let page = anna.opens(PRODUCTION).await;
    let filled = [("why", "the+fair"), ("when", "2032-03-02T10%3A00")];
    let page = anna.presses(&world, &page, "hold", &filled).await;
    assert!(
        asked(&page)
            .expect("it")
            .contains("production is on hold until Tuesday, 2 March at 10:00")
    );
    let page = anna.opens(PRODUCTION).await;
    assert_snapshot!(page.text(), @r"
    Skip to the content
    Greenlight
    Signed in as anna
    Sign out
    Sign out everywhere
    Back to harbour/shop
    What to do with production
    Only anna may promote, hold or roll back here.
    Promote to production
    On hold by anna
    Nothing waits to go there.
    Hold production anew
    On hold by anna until Tuesday, 2 March 2032 at 10:00 (Europe/Berlin)
    The reason given: “the fair”.
    End the hold
    Why (others read this)
    Until when, in the time of Europe/Berlin (leave this empty for the next working morning)
    Hold production anew
    Roll production back
    It goes back to what ran there before, and is on hold afterwards, so that nothing brings the fault back unnoticed.
    See what that would take away, without moving anything
    Roll production back
    ");
    let page = anna.presses(&world, &page, "unhold", &[]).await;
    assert!(asked(&page).expect("it").contains("production is no longer on hold"));
}

#[tokio::test]
async fn she_promotes_later_and_cancels_it_and_takes_it_back() {
    let quiet = format!("after_rollback: nothing\n{CONFIGURATION}");
    let mut world = World::with_configuration(Some(&quiet)).await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let first = world.lands("Faster checkout").await;
    world.green(&first.commit).await;
    let page = anna.opens(STAGING).await;
    anna.presses(&world, &page, "promote", &[("when", "2032-03-01T18%3A00")])
        .await;
    let page = anna.opens(STAGING).await;
    let typed = [("when", "2032-03-01T19%3A00")];
    let looked = anna.presses(&world, &page, "look", &typed).await;
    assert!(
        looked.body.contains("name=\"when\" value=\"2032-03-01T19:00\""),
        "{}",
        looked.body
    );
    let page = anna.presses(&world, &page, "cancel", &[]).await;
    assert!(
        asked(&page)
            .expect("it")
            .contains("Cancelled: the promotion to staging")
    );
    for title in ["Gift cards", "Larger pictures"] {
        let one = world.lands(title).await;
        world.green(&one.commit).await;
        let page = anna.opens(STAGING).await;
        anna.presses(&world, &page, "promote", &[]).await;
        assert_eq!(world.head("staging"), one.commit);
    }
    let bad = world.head("staging");
    let page = anna.opens(STAGING).await;
    let looked = anna.presses(&world, &page, "look-back", &[]).await;
    let said = told(&looked, "back").expect("what it would take away");
    assert!(
        said.contains("Larger pictures") && said.contains("Nothing has been moved"),
        "{said}"
    );
    assert_eq!(world.head("staging"), bad);
    let page = anna.presses(&world, &looked, "roll-back", &[]).await;
    assert_ne!(world.head("staging"), bad);
    assert!(asked(&page).expect("it").contains("is back at what had run there"));
}

#[tokio::test]
async fn what_was_taken_back_comes_again_only_with_its_box_ticked() {
    let quiet = format!("after_rollback: nothing\n{CONFIGURATION}");
    let mut world = World::with_configuration(Some(&quiet)).await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let mut landed = Vec::new();
    for title in ["Faster checkout", "Gift cards"] {
        let one = world.lands(title).await;
        world.green(&one.commit).await;
        let page = anna.opens(STAGING).await;
        assert!(!page.body.contains("name=\"again\""), "{}", page.body);
        anna.presses(&world, &page, "promote", &[]).await;
        landed.push(one);
    }
    let page = anna.opens(STAGING).await;
    let page = anna.presses(&world, &page, "roll-back", &[]).await;
    assert!(asked(&page).expect("it").contains("is back at what had run there"));
    let page = anna.opens(STAGING).await;
    anna.presses(&world, &page, "unhold", &[]).await;

    let page = anna.opens(STAGING).await;
    let box_of_it = format!("name=\"again\" value=\"{}\"", landed[1].number);
    assert!(page.body.contains(&box_of_it), "{}", page.body);
    assert!(
        page.text().contains("Taken back from staging before: #4 Gift cards."),
        "{}",
        page.text()
    );
    let said = anna.presses(&world, &page, "promote", &[]).await;
    let said = asked(&said).expect("a list");
    assert!(
        said.contains("Not promoted yet, because this would bring to staging again"),
        "{said}"
    );
    assert_eq!(world.head("staging"), landed[0].commit);

    let number = landed[1].number.to_string();
    let other = landed[0].number.to_string();
    let page = anna.opens(STAGING).await;
    anna.presses(&world, &page, "promote", &[("again", &other)]).await;
    assert_eq!(world.head("staging"), landed[0].commit, "another name is not its name");
    let page = anna.opens(STAGING).await;
    let looked = anna.presses(&world, &page, "look", &[("again", &number)]).await;
    let said = asked(&looked).expect("how the gates stand");
    assert!(!said.contains("/confirm"), "{said}");
    let page = anna.opens(STAGING).await;
    let said = anna.presses(&world, &page, "promote", &[("again", &number)]).await;
    assert!(asked(&said).expect("it").contains("Promoted to staging"));
    assert_eq!(world.head("staging"), landed[1].commit);
}

#[tokio::test]
async fn she_chooses_among_the_previews_there_are() {
    let previews = format!("{CONFIGURATION}previews: [{{name: dev-1}}, {{name: dev-2}}]\n");
    let mut world = World::with_configuration(Some(&previews)).await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let feature = format!("/repositories/harbour/shop/act/feature/{number}");
    let page = anna.opens(&feature).await;
    anna.presses(&world, &page, "preview-off", &[]).await;
    let page = anna.opens(&feature).await;
    assert!(
        !page.body.contains("preview-off"),
        "there is nothing to free: {}",
        page.body
    );
    anna.presses(&world, &page, "preview", &[("instance", "dev-2")]).await;
    assert_eq!(world.head("dev-2"), commit);
}

#[tokio::test]
async fn what_is_not_there_has_no_page() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    for path in [
        "/repositories/harbour/shop/act/environment/nowhere",
        "/repositories/harbour/shop/act/feature/1",
        "/repositories/harbour/shop/act/feature/x",
        "/repositories/harbour/secret/act/environment/staging",
    ] {
        assert_eq!(anna.browser.get(path).await.status, 404, "{path}");
    }
    let mut nobody = crate::browser::Browser::of(&world);
    assert_eq!(nobody.get(STAGING).await.status, 401);
}

//! Each act of the board, once, with a browser that has no script: what it does, what the page says of it, and what stands on the
//! pull request as if it had been typed there.

use greenlight::rules::memory::EntryKind;
use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::acting::{Acting, answers, head, is_merged, ready};
use crate::world::{CONFIGURATION, World};

async fn count(world: &World, kind: EntryKind) -> usize {
    world.ledger().await.iter().filter(|entry| entry.kind == kind).count()
}

/// Without the commits, which are different in every run.
fn without(text: &str, commits: &[(&str, &str)]) -> String {
    let put = |text: String, (commit, name): &(&str, &str)| text.replace(commit, name).replace(&commit[..7], name);
    commits.iter().fold(text.replace('\u{2060}', ""), put)
}

#[tokio::test]
async fn she_accepts_a_feature() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let said = anna
        .acts(&world, &format!("act=accept&pull={number}&commit={commit}"))
        .await;
    assert_snapshot!(without(&said, &[(&commit, "HEAD")]), @r"
    You asked for this here: /accept
    Accepted. I will merge it into main by myself. It waits for its checks: no check has reported on this version yet.
    This holds for the version that you were shown. A later push ends it, and I will say so.
    The same on #1
    See how it stands now
    ");
    assert_snapshot!(without(&answers(&world, number).concat(), &[(&commit, "HEAD")]), @r"
    On the board, anna said: `/accept`

    **Accepted.** I will merge it into main by myself. It waits for its checks: no check has reported on this version yet.

    This holds for the version that you were shown. A later push ends it, and I will say so.
    ");
    world.green(&commit).await;
    assert!(is_merged(&world, number));
    assert_eq!(count(&world, EntryKind::Accepted).await, 1);
}

#[tokio::test]
async fn she_sends_a_feature_back_with_a_reason() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let why = "The+button+%3Cb%3Eis%3C%2Fb%3E+too+%40small%0D%0A%2Faccept";
    let said = anna
        .acts(
            &world,
            &format!("act=send-back&pull={number}&commit={commit}&why={why}"),
        )
        .await;
    assert_snapshot!(said.replace('\u{2060}', ""), @r"
    You asked for this here: /reject The button <b>is</b> too @small /accept
    Sent back. @dora, this is the reason:
    The button <b>is</b> too @small /accept
    The label ready-for-staging is off. Putting it on again makes the feature ready for another look.
    The same on #1
    ");
    assert_snapshot!(answers(&world, number).concat(), @r"
    On the board, anna said: `/reject The button ‹b›is‹/b› too @small /accept`

    **Sent back.** @dora, this is the reason:

    > The button \<b\>is\<\/b\> too \@small \/accept

    The label `ready-for-staging` is off. Putting it on again makes the feature ready for another look.
    ");
    assert!(!is_merged(&world, number), "a reason is no command");
    assert_eq!(count(&world, EntryKind::SentBack).await, 1);
}

#[tokio::test]
async fn she_promotes_all_that_the_page_lists() {
    let mut world = World::start().await;
    let first = world.lands("Faster checkout").await;
    world.green(&first.commit).await;
    let (from, pull) = (world.head("staging"), world.promotion("staging").number);
    let form = format!(
        "act=promote&environment=staging&pull={pull}&from={from}&commit={}",
        first.commit
    );
    // It lands after the page was made, so it stays behind and is named.
    let later = world.lands("Gift cards").await;
    world.green(&later.commit).await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let said = anna.acts(&world, &form).await;
    assert_eq!(world.head("staging"), first.commit);
    assert_snapshot!(without(&said, &[(&first.commit, "FIRST")]), @r"
    You asked for this here: /promote staging
    Promoted to staging. It now also has:
    Faster checkout (#1, by dora)
    This landed after what you were shown, so it waits for your next word:
    Gift cards (#3, by dora)
    You can look at it on staging. When you are content with it, say /promote production on the pull request that promotes to production.
    The same on #2
    ");
    assert_snapshot!(without(&answers(&world, pull).concat(), &[(&first.commit, "FIRST")]), @r"
    On the board, anna said: `/promote staging`

    **Promoted to staging.** It now also has:

    - Faster checkout (#1, by dora)

    This landed after what you were shown, so it waits for your next word:

    - Gift cards (#3, by dora)

    You can look at it on [staging](https://staging.shop.example). When you are content with it, say `/promote production` on the pull request that promotes to production.
    ");
}

/// The page lists what goes along, so nobody is asked once more.
#[tokio::test]
async fn she_promotes_up_to_a_card() {
    let mut world = World::start().await;
    let mut landed = Vec::new();
    for title in ["Faster checkout", "Gift cards", "Larger pictures"] {
        let one = world.lands(title).await;
        world.green(&one.commit).await;
        landed.push(one);
    }
    let mut anna = Acting::signed_in(&world, "anna").await;
    let form = format!(
        "act=promote&environment=staging&pull={}&from={}",
        landed[1].number,
        world.head("staging")
    );
    let said = anna.acts(&world, &form).await;
    assert_eq!(world.head("staging"), landed[1].commit);
    assert!(
        said.contains("Faster checkout") && said.contains("Gift cards"),
        "{said}"
    );
    assert_eq!(answers(&world, landed[1].number).len(), 1);
}

#[tokio::test]
async fn what_has_changed_since_she_looked_is_not_promoted_but_listed_anew() {
    let mut world = World::start().await;
    let first = world.lands("Faster checkout").await;
    world.green(&first.commit).await;
    let second = world.lands("Gift cards").await;
    world.green(&second.commit).await;
    let (from, pull) = (world.head("staging"), world.promotion("staging").number);
    let mut anna = Acting::signed_in(&world, "anna").await;
    let form =
        |commit: &str, from: &str| format!("act=promote&environment=staging&pull={pull}&from={from}&commit={commit}");
    anna.acts(&world, &form(&first.commit, &from)).await;
    let stale = anna.acts(&world, &form(&second.commit, &from)).await;
    assert_eq!(
        world.head("staging"),
        first.commit,
        "only what was asked of a page that is right"
    );
    let commits = [(from.as_str(), "FROM"), (first.commit.as_str(), "FIRST")];
    assert_snapshot!(without(&stale, &commits), @r"
    You asked for this here: /promote staging
    Nothing was promoted, because staging has changed since you looked. Your page had shown staging at version FROM; it is at FIRST now. This would go there now: 1 feature.
    Gift cards (#3, by dora)
    Please look again, and promote from there if it is still what you want.
    The same on #2
    ");
    let again = anna.acts(&world, &form(&second.commit, &first.commit)).await;
    assert_eq!(world.head("staging"), second.commit, "{again}");
}

#[tokio::test]
async fn she_promotes_at_a_time_and_drops_it_again() {
    let mut world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let (from, pull) = (world.head("staging"), world.promotion("staging").number);
    let mut anna = Acting::signed_in(&world, "anna").await;
    let form = format!(
        "act=promote&environment=staging&pull={pull}&from={from}&commit={}&when=2032-03-01T18%3A00",
        feature.commit
    );
    let said = anna.acts(&world, &form).await;
    assert_snapshot!(without(&said, &[]), @r"
    You asked for this here: /promote staging at 2032-03-01 18:00
    This goes to staging on Monday, 1 March at 18:00 (Europe/Berlin). I will promote exactly the version that you were shown by myself then, if nothing stands in the way; if something does, I will say so here. /cancel drops it.
    The same on #2
    See how it stands now
    ");
    let cancel = |commit: &str| format!("act=cancel&pull={pull}&commit={commit}");
    assert_snapshot!(anna.acts(&world, &cancel(&from)).await, @r"
    You asked for this here: /cancel
    Nothing was cancelled, because this has changed since you looked: the promotion that your page had shown does not wait any more. It has gone, has ended, or another one has taken its place. Please look again for how it stands now.
    The same on #2
    ");
    assert_snapshot!(anna.acts(&world, &cancel(&feature.commit)).await, @r"
    You asked for this here: /cancel
    Cancelled: the promotion to staging will not go by itself any more. Nothing was moved.
    The same on #2
    ");
    world.passes(SignedDuration::from_hours(12)).await;
    assert_eq!(world.head("staging"), from);
}

#[tokio::test]
async fn she_holds_an_environment_and_ends_it() {
    let mut world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let hold = "act=hold&environment=production&when=2032-03-02T10%3A00&why=the+%3Cb%3Efair%3C%2Fb%3E";
    assert_snapshot!(anna.acts(&world, hold).await, @r"
    You asked for this here: /hold production until 2032-03-02 10:00 because the <b>fair</b>
    production is on hold until Tuesday, 2 March at 10:00 (Europe/Berlin), because: the ‹b›fair‹/b›. I will not move it before then, whoever asks. A promotion that is asked for meanwhile waits, and goes by itself afterwards.
    /unhold production ends the hold sooner; /hold production until <time> changes its end.
    See how it stands now
    ");
    assert_eq!(count(&world, EntryKind::Held).await, 1);
    assert_eq!(
        world
            .sandbox
            .exchanges()
            .iter()
            .filter(|one| one.path.ends_with("/comments") && one.method == "POST")
            .count(),
        0
    );
    let other = "act=unhold&environment=production&hold=form-00000000-0000-4000-8000-000000000000";
    assert_snapshot!(anna.acts(&world, other).await, @r"
    You asked for this here: /unhold production
    production is still on hold, because this has changed since you looked: anna has said another hold, because: the ‹b›fair‹/b›. Please look again, and end it from there if that is what you want.
    ");
    assert_eq!(count(&world, EntryKind::Unheld).await, 0);
    assert_snapshot!(anna.acts(&world, "act=unhold&environment=production").await, @r"
    You asked for this here: /unhold production
    production is no longer on hold. No promotion was waiting for it; say /promote production when you want one.
    ");
    assert_eq!(count(&world, EntryKind::Unheld).await, 1);
    // With a pull request to answer on, the answer stands there too.
    world.lands("Faster checkout").await;
    let pull = world.promotion("staging").number;
    anna.acts(&world, &format!("act=hold&environment=staging&pull={pull}"))
        .await;
    assert_snapshot!(answers(&world, pull).concat(), @r"
    On the board, anna said: `/hold staging`

    **staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin)**. You did not say until when, so it is the next working morning. I will not move it before then, whoever asks. A promotion that is asked for meanwhile waits, and goes by itself afterwards.

    `/unhold staging` ends the hold sooner; `/hold staging until <time>` changes its end.
    ");
}

/// The numbers of forms come in no order, so what is ended, or makes way, is decided now before and now after what ends it.
#[tokio::test]
async fn a_hold_that_is_ended_or_replaced_does_not_begin_again() {
    let world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    for round in 1..=6 {
        for hour in ["10", "11"] {
            let hold = format!("act=hold&environment=production&when=2032-03-02T{hour}%3A00");
            let said = anna.acts(&world, &hold).await;
            assert!(
                said.contains(&format!("is on hold until Tuesday, 2 March at {hour}:00")),
                "{round}: {said}"
            );
        }
        let page = anna.opens("/repositories/harbour/shop").await;
        assert!(
            page.text().contains("2 March 2032 at 11:00"),
            "{round}: {}",
            page.text()
        );
        anna.acts(&world, "act=unhold&environment=production").await;
        let page = anna.opens("/repositories/harbour/shop").await;
        assert!(!page.text().contains("On hold"), "{round}: {}", page.text());
        assert_eq!(count(&world, EntryKind::Held).await, 2 * round);
        assert_eq!(count(&world, EntryKind::Unheld).await, round);
    }
}

#[tokio::test]
async fn she_takes_an_environment_back() {
    let quiet = format!("after_rollback: nothing\n{CONFIGURATION}");
    let mut world = World::with_configuration(Some(&quiet)).await;
    world.it_is("2027-03-01T08:00:00Z").await;
    let mut landed = Vec::new();
    let mut anna = Acting::signed_in(&world, "anna").await;
    for title in ["Faster checkout", "Gift cards"] {
        world.passes(SignedDuration::from_mins(10)).await;
        let one = world.lands(title).await;
        world.green(&one.commit).await;
        let form = format!(
            "act=promote&environment=staging&pull={}&from={}&commit={}",
            world.promotion("staging").number,
            world.head("staging"),
            one.commit
        );
        anna.acts(&world, &form).await;
        landed.push(one);
    }
    let (good, bad) = (landed[0].clone(), landed[1].clone());
    let back = |from: &str| {
        format!(
            "act=roll-back&environment=staging&pull={}&from={from}&to={}",
            bad.number, good.commit
        )
    };
    let stale = anna.acts(&world, &back(&good.commit)).await;
    assert_eq!(world.head("staging"), bad.commit);
    assert_snapshot!(without(&stale, &[(&good.commit, "GOOD"), (&bad.commit, "BAD")]), @r"
    You asked for this here: /rollback staging to GOOD
    Nothing was taken back, because staging has changed since you looked. Your page had shown version GOOD; it is at BAD now. Please look again, and roll back from there if it is still what you want.
    The same on #4
    ");
    let said = anna.acts(&world, &back(&bad.commit)).await;
    assert_eq!(world.head("staging"), good.commit);
    assert_snapshot!(without(&said, &[(&good.commit, "GOOD"), (&bad.commit, "BAD")]), @r"
    You asked for this here: /rollback staging to GOOD
    staging is back at what had run there since Monday, 1 March at 09:10 (Europe/Berlin), and came with Faster checkout (#1).
    Taken away: 1 feature.
    Gift cards (#4, by dora)
    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin), so that nothing brings the fault back unnoticed. /unhold staging ends that sooner, /hold staging until <time> changes its end.
    What was taken away stays marked: the promotion pull request lists it apart, and it goes to staging again only after a word that names it, /confirm #4. If this was a mistake, say /rollback staging once more.
    The same on #4
    ");
}

#[tokio::test]
async fn she_takes_and_frees_a_preview() {
    let previews = format!("{CONFIGURATION}previews: [{{name: dev-1}}, {{name: dev-2}}]\n");
    let mut world = World::with_configuration(Some(&previews)).await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    assert_eq!(world.head("dev-1"), commit);
    let mut anna = Acting::signed_in(&world, "anna").await;
    assert_snapshot!(anna.acts(&world, &format!("act=preview-off&pull={number}")).await, @r"
    You asked for this here: /preview off
    dev-1 is free again. Nobody waits for it. /preview asks for a preview of this feature again.
    The same on #1
    ");
    let said = anna
        .acts(
            &world,
            &format!("act=preview&pull={number}&instance=dev-2&commit={commit}"),
        )
        .await;
    assert_eq!(world.head("dev-2"), commit);
    assert_snapshot!(without(&said, &[(&commit, "HEAD")]), @r"
    You asked for this here: /preview dev-2
    This feature gets dev-2. It is being set to the newest version; the card here says since when it shows it.
    The same on #1
    ");
}

#[tokio::test]
async fn a_push_since_she_looked_ends_it() {
    let mut world = World::start().await;
    let (number, seen) = ready(&mut world, "Faster checkout").await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    world.shop.commit("feature-1", "dora", "More", &[("more.txt", "more")]);
    world.settle().await;
    let newest = head(&world, number);
    assert_ne!(seen, newest);
    for (act, more) in [
        ("accept", ""),
        ("send-back", "&why=No"),
        ("promote", "&environment=staging"),
    ] {
        let said = anna
            .acts(&world, &format!("act={act}&pull={number}&commit={seen}{more}"))
            .await;
        assert!(
            said.contains("Nothing was done, because this has changed since you looked"),
            "{act}: {said}"
        );
    }
    world.green(&newest).await;
    assert!(!is_merged(&world, number));
    assert_eq!(count(&world, EntryKind::SentBack).await, 0);
}

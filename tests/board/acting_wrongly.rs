//! Acts that are not what they seem: of who may not, sent twice, from elsewhere, forged, or cut off by a crash.

use greenlight::rules::form::{EVENT, Form, Showed};
use greenlight::rules::id::{DeliveryId, Login, Person, PullNumber, Sha, UserId};
use greenlight::sandbox::{Fault, Role};
use greenlight::settings::Database;
use insta::assert_snapshot;

use crate::acting::{ACT, Acting, FORGED_EVENTS, answers, asked, forges, is_merged, ready};
use crate::browser::Browser;
use crate::process::{Process, until};
use crate::world::World;

#[tokio::test]
async fn who_may_not_is_told_who_may_and_nothing_changes() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    world.green(&commit).await;
    let mut dora = Acting::signed_in(&world, "dora").await;
    let said = dora
        .acts(&world, &format!("act=accept&pull={number}&commit={commit}"))
        .await;
    assert_snapshot!(said, @r"
    You asked for this here: /accept
    Not accepted, because only anna may accept features. Nothing has changed.
    The same on #1
    ");
    assert!(!is_merged(&world, number));
    let held = dora.acts(&world, "act=hold&environment=production").await;
    assert!(
        held.contains("Not held, because only anna may hold production."),
        "{held}"
    );
}

/// A reader can say much, and makes Greenlight write one reply an hour; the page answers each time.
#[tokio::test]
async fn a_reader_does_not_flood_a_conversation() {
    let mut world = World::start().await;
    world.shop.grant("carl", Role::Read);
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    let mut carl = Acting::signed_in(&world, "carl").await;
    for _ in 0..3 {
        let said = carl
            .acts(&world, &format!("act=accept&pull={number}&commit={commit}"))
            .await;
        assert!(said.contains("only anna may accept"), "{said}");
    }
    assert_eq!(answers(&world, number).len(), 1);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_counts_once() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let (from, pull) = (world.head("staging"), world.promotion("staging").number);
    let mut anna = Acting::signed_in(&world, "anna").await;
    let fields = format!(
        "token={}&key=one&act=promote&environment=staging&pull={pull}&from={from}&commit={}",
        anna.token, feature.commit
    );
    let first = anna.browser.post(ACT, &fields).await.location();
    let second = anna.browser.post(ACT, &fields).await.location();
    world.settle().await;
    let third = anna.browser.post(ACT, &fields).await;
    world.settle().await;
    assert_eq!((&first, &first), (&second, &third.location()));
    assert_eq!(world.moves("staging"), 1);
    assert_eq!(answers(&world, pull).len(), 1);
    assert!(anna.came_of(&third).await.contains("Promoted to"));
}

#[tokio::test]
async fn only_who_asked_sees_what_came_of_it() {
    let world = World::start().await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let sent = anna.sends("act=hold&environment=production&why=A+secret+reason").await;
    world.settle().await;
    assert!(anna.came_of(&sent).await.contains("A secret reason"));
    let mut dora = Browser::of(&world);
    dora.signs_in("dora").await;
    let path = sent.location();
    let page = dora.get(path.split('#').next().expect("a path")).await;
    assert_eq!(asked(&page), None);
    let nothing = anna.browser.get("/repositories/harbour/shop?asked=nonsense").await;
    assert_eq!((nothing.status, asked(&nothing)), (200, None));
}

#[tokio::test]
async fn a_form_from_elsewhere_or_without_its_token_does_nothing() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    world.green(&commit).await;
    let mut anna = Acting::signed_in(&world, "anna").await;
    let good = format!("token={}&key=k&act=accept&pull={number}&commit={commit}", anna.token);
    for origin in ["https://evil.example", "null"] {
        let from = [("origin", origin.to_owned())];
        let page = anna.browser.ask(http::Method::POST, ACT, Some(&good), &from).await;
        assert_eq!(page.status, 403, "{origin}");
    }
    let another = Acting::signed_in(&world, "anna").await.token;
    let act = format!("key=k&act=accept&pull={number}&commit={commit}");
    for fields in [
        act.clone(),
        format!("token=&{act}"),
        format!("token={another}&{act}"),
        format!("token={0}&token={0}&{act}", anna.token),
        // None of our forms is like these.
        format!("token={}&key=&act=accept&pull={number}&commit={commit}", anna.token),
        format!("token={}&key=k&act=accept&pull={number}", anna.token),
        format!("token={}&key=k&act=accept&commit={commit}", anna.token),
        format!("token={}&key=k&act=accept&pull=0&commit={commit}", anna.token),
        format!("token={}&key=k&act=promote&environment=&commit={commit}", anna.token),
        format!("token={}&key=k&act=merge&pull={number}&commit={commit}", anna.token),
    ] {
        assert_eq!(anna.browser.post(ACT, &fields).await.status, 403, "{fields}");
    }
    assert_eq!(anna.browser.get(ACT).await.status, 405, "a link does nothing");
    assert_eq!(Browser::of(&world).post(ACT, &good).await.status, 401);
    world.settle().await;
    assert!(!is_merged(&world, number));
    anna.acts(&world, &format!("act=accept&pull={number}&commit={commit}"))
        .await;
    assert!(is_merged(&world, number));
}

#[tokio::test]
async fn who_has_signed_out_or_cannot_see_the_repository_does_not_act_there() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    world.green(&commit).await;
    let act = format!("act=accept&pull={number}&commit={commit}");
    let mut anna = Acting::signed_in(&world, "anna").await;
    let mut thief = anna.browser.copy();
    anna.browser.post("/sign-out", &format!("token={}", anna.token)).await;
    let page = thief.post(ACT, &format!("token={}&key=k&{act}", anna.token)).await;
    assert_eq!(page.status, 401);
    // Not a word on whether there is such a repository.
    let mut carl = Acting::signed_in(&world, "carl").await;
    assert_eq!(carl.sends(&act).await.status, 404);
    let elsewhere = format!("token={}&key=k&{act}", carl.token);
    let nowhere = carl.browser.post("/repositories/harbour/nothing/act", &elsewhere).await;
    assert_eq!(nowhere.status, 404);
    world.settle().await;
    assert!(!is_merged(&world, number));
}

/// What she may is asked when it is carried out: the page is no right.
#[tokio::test]
async fn who_lost_their_right_between_page_and_click_does_nothing() {
    let by_role = "owners: [\"role:maintain\"]\nenvironments: [{name: staging}]\n";
    let mut world = World::with_configuration(Some(by_role)).await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    world.green(&commit).await;
    let mut mona = Acting::signed_in(&world, "mona").await;
    mona.browser.get("/repositories/harbour/shop").await;
    world.shop.revoke("mona");
    let sent = mona.sends(&format!("act=accept&pull={number}&commit={commit}")).await;
    world.settle().await;
    assert!(!is_merged(&world, number));
    let said = mona.came_of(&sent).await;
    assert!(
        said.contains("only people with at least the maintain role may accept"),
        "{said}"
    );
}

/// Whoever has stolen the webhook secret still cannot speak as somebody who is signed in.
#[tokio::test]
async fn no_webhook_passes_for_a_form() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    world.green(&commit).await;
    let anna = world.sandbox.user("anna");
    let before = world.sandbox.exchanges().len();
    for (n, event) in FORGED_EVENTS.into_iter().enumerate() {
        let guid = format!("00000000-0000-4000-8000-{n:012}");
        let form = Form {
            id: DeliveryId::parse(&guid).expect("a GUID"),
            by: Person {
                id: UserId(i64::try_from(anna).expect("a small id")),
                login: Login::from("anna"),
            },
            at: world.clock.now(),
            pull: Some(PullNumber(i64::try_from(number).expect("a small number"))),
            command: greenlight::rules::command::Command::Accept,
            showed: Showed {
                commit: Sha::parse(&commit),
                ..Showed::default()
            },
        };
        let mut body = serde_json::to_value(&form).expect("JSON");
        body["repository"] = serde_json::json!({ "id": world.shop.id(), "full_name": "harbour/shop" });
        let answer = forges(&world, event, &guid, &body.to_string()).await;
        let expected = if event == EVENT || event.contains('%') {
            "400"
        } else {
            "202"
        };
        assert!(answer.contains(expected), "{event}: {answer}");
    }
    world.settle().await;
    assert!(!is_merged(&world, number));
    let exchanges = world.sandbox.exchanges();
    assert!(
        exchanges[before..].iter().all(|one| one.method == "GET"),
        "nothing was written"
    );
    // Sent as it should be, it does something.
    let mut anna = Acting::signed_in(&world, "anna").await;
    anna.acts(&world, &format!("act=accept&pull={number}&commit={commit}"))
        .await;
    assert!(is_merged(&world, number));
}

/// What was sent is on disk before the browser is told so: the program dies before anybody has looked, and the next one carries it
/// out, once.
#[tokio::test]
async fn a_crash_between_the_click_and_the_look_neither_loses_nor_doubles_it() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world, "Faster checkout").await;
    world.green(&commit).await;
    world.bot_stops().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Database::Sqlite(file) = &world.settings().database else {
        panic!("a file")
    };
    let settings = [
        ("GITHUB_CLIENT_ID", world.sandbox.app().client_id),
        ("GITHUB_CLIENT_SECRET", world.sandbox.app().client_secret),
        ("PUBLIC_URL", "http://127.0.0.1:0".to_owned()),
        ("DATABASE_URL", format!("sqlite://{}", file.display())),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let process = Process::serving(&world.sandbox, folder.path(), &settings).await;
    let callback = format!("http://{}/sign-in/callback", process.address);
    world.sandbox.set_callback_urls(&[&callback]);
    let address = process.address.parse().expect("an address");
    let mut anna = Acting::in_browser(Browser::at(address), "anna").await;
    // Nobody gets an answer about the person, so no look comes to its end.
    let permission = "/repos/harbour/shop/collaborators/anna/permission";
    world.sandbox.fault(Fault::Hang, "GET", permission, 1_000);
    let sent = anna.sends(&format!("act=accept&pull={number}&commit={commit}")).await;
    assert_eq!(sent.status, 303);
    process.dies();
    assert!(!is_merged(&world, number));
    world.sandbox.good_days();
    let process = Process::serving(&world.sandbox, folder.path(), &settings).await;
    until("the feature is merged", || is_merged(&world, number)).await;
    until("it is answered", || !answers(&world, number).is_empty()).await;
    assert_eq!(answers(&world, number).len(), 1);
    process.dies();
}

//! `/webhook` over a real socket: what GitHub sends is kept, and nobody else gets anywhere.

mod deployments;
mod patience;
mod world;

use greenlight::rules::id::{InstallationId, RepoId, RepoName};
use greenlight::store::Status;
use jiff::{SignedDuration, Timestamp};
use world::*;

#[tokio::test]
async fn what_github_delivers_is_kept_with_whose_it_is_and_wakes_the_worker() {
    let world = world().await;
    let (status, said) = world.send(&comment()).await;
    assert_eq!((status, said.as_str()), (202, r#"{"message":"Stored."}"#));
    patiently(world.wake.notified()).await;

    let claim = world
        .store
        .claim("w", Timestamp::now(), SignedDuration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((claim.repo, claim.installation), (RepoId(71), Some(InstallationId(9))));
    assert_eq!(claim.name, RepoName::parse("local-orbit/shop"));
    let kept = &world.store.deliveries(&claim, 10).await.unwrap()[0];
    assert_eq!(kept.guid, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!(
        (kept.event.as_str(), kept.action.as_deref()),
        ("issue_comment", Some("created"))
    );
    assert_eq!(kept.body, comment().body);
}

#[tokio::test]
async fn the_same_guid_is_kept_once_however_often_it_comes() {
    let world = world().await;
    assert_eq!(world.send(&comment()).await.1, r#"{"message":"Stored."}"#);
    assert_eq!(
        world.send(&comment()).await,
        (202, r#"{"message":"Seen before."}"#.to_owned())
    );
    let at_once = comment().with("x-github-delivery", "at-once");
    let all = futures_util::future::join_all((0..16).map(|_| world.status_of(&at_once))).await;
    assert_eq!(all, [202; 16]);
    assert_eq!(world.kept().await.new, 2);
}

#[tokio::test]
async fn either_secret_will_do_while_they_are_changed() {
    let world = world().await;
    let request = comment();
    let signature = sign(NEW_SECRET, &request.body);
    assert_eq!(
        world.status_of(&request.with("x-hub-signature-256", &signature)).await,
        202
    );
}

#[tokio::test]
async fn a_signature_that_is_not_exactly_right_is_refused() {
    let world = world().await;
    let right = sign(SECRET, &comment().body);
    let digits = right.strip_prefix("sha256=").unwrap();
    let other_body = sign(SECRET, b"{}");
    let other_secret = sign("another", &comment().body);
    let mut wrong = vec![
        comment().without("x-hub-signature-256"),
        comment().and("x-hub-signature-256", &right),
    ];
    let spoilt = [
        "",
        "sha256=",
        digits,
        &format!("sha1={digits}"),
        &format!("SHA256={digits}"),
        &format!("sha256={}", &digits[1..]),
        &format!("{right}0"),
        &format!("sha256=0x{}", &digits[2..]),
        &format!("sha256={}", "0".repeat(64)),
        &format!("sha256={}", "g".repeat(64)),
        &format!("sha256={}é", &digits[2..]),
        &format!("{right},{right}"),
        &other_body,
        &other_secret,
    ];
    wrong.extend(spoilt.map(|value| comment().with("x-hub-signature-256", value)));
    for request in wrong {
        let (status, said) = world.send(&request).await;
        let head = String::from_utf8(request.head()).unwrap();
        assert_eq!(status, 401, "{head}");
        assert!(
            said.contains("GITHUB_WEBHOOK_SECRET") && !said.contains(digits),
            "{said}"
        );
    }
    assert_eq!(world.kept().await, Status::default());
    assert_eq!(
        world
            .status_of(&comment().with("x-hub-signature-256", &right.to_uppercase().replace("SHA", "sha")))
            .await,
        202
    );
}

#[tokio::test]
async fn headers_that_name_no_event_or_no_delivery_are_unusable() {
    let world = world().await;
    for name in ["x-github-event", "x-github-delivery"] {
        let long = "a".repeat(101);
        let mut unusable = vec![comment().without(name), comment().and(name, "another")];
        let spoilt = ["", "two words", "<script>", "a/b", "naïve", &long];
        unusable.extend(spoilt.map(|value| comment().with(name, value)));
        for request in unusable {
            let (status, said) = world.send(&request).await;
            assert_eq!(status, 400, "{}", String::from_utf8_lossy(&request.head()));
            assert!(said.contains("X-GitHub-Delivery") && !said.contains("script"), "{said}");
        }
    }
    assert_eq!(world.kept().await, Status::default());
}

#[tokio::test]
async fn a_form_is_refused_with_the_setting_to_change_once_its_signature_is_right() {
    let world = world().await;
    let form = post("payload=%7B%7D").with("content-type", "application/x-www-form-urlencoded");
    let (status, said) = world.send(&form).await;
    assert_eq!(status, 415);
    assert!(said.contains("content type to application/json"), "{said}");
    assert_eq!(world.status_of(&form.without("x-hub-signature-256")).await, 401);
    assert_eq!(world.status_of(&comment().without("content-type")).await, 415);
    assert_eq!(
        world
            .status_of(&comment().with("content-type", "Application/JSON; charset=utf-8"))
            .await,
        202
    );
    assert_eq!(world.kept().await.new, 1);
}

#[tokio::test]
async fn authentic_deliveries_that_cannot_be_read_are_kept_as_dead() {
    let world = world().await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let broken: [&[u8]; 6] = [b"", b"{", b"[]", b"null", b"{\"a\":\"\xff\"}", deep.as_bytes()];
    for (n, body) in broken.into_iter().enumerate() {
        let request = post(body).with("x-github-delivery", &format!("broken-{n}"));
        assert_eq!(
            world.status_of(&request).await,
            202,
            "{}",
            String::from_utf8_lossy(&body[..body.len().min(20)])
        );
    }
    let kept = world.kept().await;
    assert_eq!((kept.new, kept.dead, kept.due), (0, 6, 0));
}

#[tokio::test]
async fn events_nobody_knows_are_kept_for_the_rules_to_judge() {
    let world = world().await;
    let unknown = post("{}").with("x-github-event", "moon_phase");
    assert_eq!(world.status_of(&unknown).await, 202);
    assert_eq!(world.kept().await.new, 1);
}

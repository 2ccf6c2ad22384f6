//! Bad days: faults, limits, tokens and clocks.

use std::collections::BTreeSet;

use greenlight::github::{Address, Github, GithubError};
use greenlight::rules::effect::Effect;
use greenlight::rules::id::{CommentId, InstallationId, PullNumber, RepoId, RepoName, RequestId};
use greenlight::rules::snapshot::{Need, Snapshot};
use greenlight::sandbox::Fault;
use jiff::{SignedDuration, Timestamp};

use crate::world::{World, access, id, reply_to};

#[tokio::test]
async fn a_read_survives_two_faults_and_gives_up_at_the_third() {
    let mut world = World::start().await;
    world.sandbox.fault(Fault::Status(502), "GET", "/shop/contents/", 1);
    world.sandbox.fault(Fault::Reset, "GET", "/shop/contents/", 1);
    assert!(world.observe([Need::Config]).await.unwrap().config.is_some());

    world.sandbox.fault(Fault::Status(502), "GET", "/shop/contents/", 3);
    let error = world.observe([Need::Config]).await.unwrap_err();
    assert!(matches!(error, GithubError::Unavailable { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "GitHub did not answer GET /api/v3/repos/harbour/shop/contents/.github/greenlight.yml"
    );
}

#[tokio::test]
async fn a_read_that_hangs_is_cut_off_and_tried_again() {
    let mut world = World::start().await;
    world.sandbox.fault(Fault::Hang, "GET", "/contents/", 1);
    assert!(world.observe([Need::Config]).await.unwrap().config.is_some());
}

#[tokio::test]
async fn a_comment_that_github_does_not_show_yet_is_waited_for() {
    let mut world = World::start().await;
    let pull = world.feature("checkout", "Faster checkout");
    let comment = world.shop.comment("anna", pull, "/status").unwrap();
    let comment = CommentId(id(comment));
    world.sandbox.fault(Fault::Status(404), "GET", "/issues/comments/", 2);
    let snapshot = world.observe([Need::Comment(comment)]).await.unwrap();
    assert!(snapshot.comments[&comment].is_some());

    world.shop.delete_comment("anna", comment.0.unsigned_abs()).unwrap();
    let snapshot = world.observe([Need::Comment(comment)]).await.unwrap();
    assert_eq!(snapshot.comments[&comment], None);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_not_sent_again() {
    let faults = [
        (Fault::Status(502), false),
        (Fault::StatusAfter(502), true),
        (Fault::ResetAfter, true),
        (Fault::HangAfter, true),
    ];
    for (fault, happened) in faults {
        let mut world = World::start().await;
        let pull = world.feature("checkout", "Faster checkout");
        let request = world.shop.comment("anna", pull, "/promote staging").unwrap();
        world.sandbox.fault(fault, "POST", "/comments", 1);
        let error = world.perform(&reply_to(request, pull, "Done.")).await.unwrap_err();
        assert!(
            matches!(error, GithubError::OutcomeUnknown { .. }),
            "{fault:?}: {error:?}"
        );
        assert_eq!(world.requests("POST", "/comments"), 1, "{fault:?}");

        let need = Need::Reply {
            request: RequestId::Comment(CommentId(id(request))),
            pull: PullNumber(id(pull)),
            since: Timestamp::now() - SignedDuration::from_mins(5),
        };
        let snapshot = world.observe([need]).await.unwrap();
        let found = snapshot.replies[&RequestId::Comment(CommentId(id(request)))].is_some();
        assert_eq!(found, happened, "{fault:?}");
    }
}

#[tokio::test]
async fn a_write_that_never_left_is_known_not_to_have_happened() {
    let world = World::start().await;
    let pull = world.feature("checkout", "Faster checkout");
    let acknowledge = Effect::Acknowledge { comment: CommentId(1) };
    world.perform(&acknowledge).await.unwrap();
    let World {
        sandbox, github, at, ..
    } = world;
    sandbox.stop().await;
    let error = github.perform(&at, &reply_to(1, pull, "Done.")).await.unwrap_err();
    assert!(matches!(error, GithubError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_secondary_limit_silences_its_installation_and_no_other() {
    let mut world = World::start().await;
    let quay = world.sandbox.repository("quay/mill").create();
    let mut elsewhere = Address {
        repo: RepoId(id(quay.id())),
        installation: InstallationId(id(world.sandbox.installation("quay").unwrap())),
        name: RepoName::parse("quay/mill").unwrap(),
    };
    let limit = Fault::SecondaryLimit {
        status: 403,
        retry_after_secs: Some(90),
    };
    world.sandbox.fault(limit, "GET", "/repos/harbour/", 1);
    let before = world.clock.now();
    let error = world.observe([Need::Config]).await.unwrap_err();
    let GithubError::RateLimited { retry_at } = error else {
        panic!("{error:?}")
    };
    let wait = retry_at.duration_since(before).as_secs();
    assert!((89..=91).contains(&wait), "{wait} s");

    let sent = world.sandbox.exchanges().len();
    let error = world.observe([Need::Config]).await.unwrap_err();
    assert!(matches!(error, GithubError::RateLimited { .. }), "{error:?}");
    let acknowledge = Effect::Acknowledge { comment: CommentId(1) };
    let error = world.perform(&acknowledge).await.unwrap_err();
    assert!(matches!(error, GithubError::RateLimited { .. }), "{error:?}");
    assert_eq!(world.sandbox.exchanges().len(), sent, "nothing was sent");

    let needs = BTreeSet::from([Need::Repository]);
    let mut snapshot = Snapshot::default();
    world
        .github
        .observe(&mut elsewhere, &needs, &mut snapshot)
        .await
        .unwrap();

    world.clock.advance(SignedDuration::from_secs(91));
    world.sandbox.clock().advance(SignedDuration::from_secs(91));
    assert!(world.observe([Need::Config]).await.is_ok());
}

#[tokio::test]
async fn an_hour_that_is_used_up_is_waited_out() {
    let mut world = World::start().await;
    world.sandbox.limit_rate(world.at.installation.0.unsigned_abs(), 3);
    world.observe([Need::Config]).await.unwrap();
    let sent = world.sandbox.exchanges().len();
    let error = world.observe([Need::Config]).await.unwrap_err();
    let GithubError::RateLimited { retry_at } = error else {
        panic!("{error:?}")
    };
    assert_eq!(world.sandbox.exchanges().len(), sent, "nothing was sent");
    assert_eq!(world.github.remaining(world.at.installation), Some(0));

    let rest = retry_at.duration_since(world.clock.now()) + SignedDuration::from_secs(2);
    world.clock.advance(rest);
    world.sandbox.clock().advance(rest);
    assert!(world.observe([Need::Config]).await.is_ok());
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let mut world = World::start().await;
    world.observe([Need::Repository]).await.unwrap();
    world.observe([Need::Repository]).await.unwrap();
    assert_eq!(world.github.counts().tokens, 1);
    for clock_moves in [56, 56] {
        world.clock.advance(SignedDuration::from_mins(clock_moves));
        world.sandbox.clock().advance(SignedDuration::from_mins(clock_moves));
        world.observe([Need::Repository]).await.unwrap();
    }
    assert_eq!(world.github.counts().tokens, 3);
    assert!(world.sandbox.exchanges().iter().all(|exchange| exchange.status != 401));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let mut world = World::start().await;
    world.observe([Need::Repository]).await.unwrap();
    world.sandbox.fault(Fault::Status(401), "GET", "/repos/", 1);
    world.observe([Need::Repository]).await.unwrap();
    assert_eq!(world.github.counts().tokens, 2);

    world.sandbox.fault(Fault::Status(401), "GET", "/repos/", 2);
    let error = world.observe([Need::Repository]).await.unwrap_err();
    assert!(matches!(error, GithubError::Unauthorized { .. }), "{error:?}");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_named_as_the_cause() {
    let mut world = World::start().await;
    world.clock.advance(SignedDuration::from_mins(30));
    let error = world.observe([Need::Repository]).await.unwrap_err();
    assert!(matches!(error, GithubError::Unauthorized { .. }), "{error:?}");
    assert!(error.to_string().contains("clock differs from GitHub's by"), "{error}");
}

#[tokio::test]
async fn an_app_id_that_is_not_the_keys_is_named_as_the_cause() {
    let mut world = World::start().await;
    let mut access = access(&world.sandbox);
    access.app_id += 1;
    world.github = Github::new(&access, world.clock.clone()).unwrap();
    let error = world.observe([Need::Repository]).await.unwrap_err();
    assert!(matches!(error, GithubError::Unauthorized { .. }), "{error:?}");
}

//! The real binary under `kill -9`: whatever moment of a promotion it dies in, after the next start the feature was merged
//! once, the branch has moved once, and the command has one answer.

use std::time::{Duration, Instant};

use greenlight::sandbox::{self, Method, Options, Repository, Role, Sandbox};
use jiff::SignedDuration;

use crate::process::{Process, until};
use crate::world::{CONFIGURATION, LABEL};

const PROMOTE: &str = "promote:staging";

pub const CARD: &str = "<!-- greenlight:card -->";

/// How far a feature has come when its owner says `/promote staging`.
#[derive(Clone, Copy, Debug)]
enum Feature {
    /// In mainline and green: she says it on the promotion pull request.
    Merged,
    /// Ready and green: she says it on the feature, which is her acceptance too.
    Ready,
}

impl Feature {
    /// Requests to GitHub between the comment and the end of everything that follows from it, and some more.
    fn moments(self) -> usize {
        match self {
            Self::Merged => 22,
            Self::Ready => 40,
        }
    }
}

async fn a_shop(feature: Feature) -> (Sandbox, Repository) {
    a_shop_with(&match feature {
        Feature::Merged => CONFIGURATION.to_owned(),
        // So that the commit that the merge makes can go on by itself.
        Feature::Ready => CONFIGURATION.replace("name: staging\n", "name: staging\n    checks: none\n"),
    })
    .await
}

pub async fn a_shop_with(configuration: &str) -> (Sandbox, Repository) {
    let options = Options {
        merges_seen_after: Some(SignedDuration::ZERO),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.expect("a free port");
    let shop = sandbox
        .repository("harbour/shop")
        .file(".github/greenlight.yml", configuration)
        .create();
    let main = shop.head("main").expect("a first commit");
    shop.branch("staging", &main);
    shop.branch("production", &main);
    shop.grant("anna", Role::Read);
    shop.grant("dora", Role::Write);
    (sandbox, shop)
}

fn promotion(shop: &Repository, environment: &str) -> Option<u64> {
    shop.open_pulls()
        .into_iter()
        .find(|pull| pull.base == environment)
        .map(|pull| pull.number)
}

/// A feature that has come so far, and the pull request on which its owner says her word.
async fn prepared(shop: &Repository, feature: Feature) -> u64 {
    shop.branch("feature", &shop.head("main").expect("main"));
    let head = shop.commit("feature", "dora", "Faster checkout", &[("feature.txt", "fast")]);
    let number = shop
        .open_pull("dora", "feature", "main", "Faster checkout", "")
        .expect("a pull request");
    match feature {
        Feature::Merged => {
            let commit = shop.merge_pull("dora", number, Method::Squash).expect("a merge");
            shop.check_run("github-actions", &commit, "test", "success")
                .expect("a check run");
            until("the promotion pull request is there", || {
                promotion(shop, "staging").is_some()
            })
            .await;
            promotion(shop, "staging").expect("it is there")
        }
        Feature::Ready => {
            shop.check_run("github-actions", &head, "test", "success")
                .expect("a check run");
            shop.label("dora", number, LABEL).expect("a label");
            until("the card and the buttons are there", || {
                !marked(shop, number, CARD).is_empty() && button(shop, number).is_some()
            })
            .await;
            number
        }
    }
}

/// The comments that carry this hidden marker.
pub fn marked(shop: &Repository, pull: u64, marker: &str) -> Vec<String> {
    let comments = shop.comments(pull).into_iter().map(|found| found.body);
    comments.filter(|body| body.contains(marker)).collect()
}

/// The check run on which "Promote to staging" can be pressed.
fn button(shop: &Repository, pull: u64) -> Option<u64> {
    let checks = shop.checks(&shop.pull(pull)?.head_sha);
    let has_it = |check: &sandbox::CheckView| check.buttons.iter().any(|button| button.identifier == PROMOTE);
    checks.into_iter().find(has_it)?.run
}

/// The process dies once GitHub has seen `requests` more requests after the comment.
async fn dies_after(requests: usize, feature: Feature) {
    let (sandbox, shop) = a_shop(feature).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let process = Process::start(&sandbox, folder.path()).await;
    let pull = prepared(&shop, feature).await;

    let before = sandbox.exchanges().len();
    // A feature has a button too; every other time she presses that.
    match feature {
        Feature::Ready if requests % 2 == 1 => {
            shop.click("anna", button(&shop, pull).expect("a button"), PROMOTE)
                .expect("a click");
        }
        Feature::Ready | Feature::Merged => {
            shop.comment("anna", pull, "/promote staging").expect("a comment");
        }
    }
    sandbox.deliveries_done().await;
    until("GitHub was asked so often", || {
        sandbox.exchanges().len() >= before + requests || promotion(&shop, "production").is_some()
    })
    .await;
    process.dies();
    let process = Process::start(&sandbox, folder.path()).await;

    let answers = || marked(&shop, pull, "<!-- greenlight:answer ");
    until("the answer says that it went", || {
        answers().iter().any(|body| body.contains("**Promoted to staging.**"))
    })
    .await;
    until("the next promotion is offered", || {
        promotion(&shop, "production").is_some()
    })
    .await;
    if matches!(feature, Feature::Ready) {
        until("the card says where it is", || {
            marked(&shop, pull, CARD)
                .iter()
                .any(|body| body.contains("**On staging.**"))
        })
        .await;
        assert_eq!(marked(&shop, pull, CARD).len(), 1, "killed after {requests} requests");
    }
    process.is_told_to_stop();
    assert_eq!(answers().len(), 1, "killed after {requests} requests: {:#?}", answers());
    assert_eq!(
        shop.head("staging"),
        shop.head("main"),
        "killed after {requests} requests"
    );
    for branch in ["main", "staging"] {
        assert_eq!(
            shop.moves(branch).len(),
            2,
            "killed after {requests} requests: {branch} was made, and moved once"
        );
    }
    let offered = shop
        .pulls()
        .into_iter()
        .filter(|pull| pull.base == "production")
        .count();
    assert_eq!(offered, 1, "killed after {requests} requests");
}

async fn is_killed_at_any_moment(feature: Feature) {
    let moments: Vec<_> = (0..feature.moments())
        .map(|requests| tokio::spawn(dies_after(requests, feature)))
        .collect();
    for moment in moments {
        moment.await.expect("this moment is survived");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_a_promotion_it_goes_on_and_does_nothing_twice() {
    is_killed_at_any_moment(Feature::Merged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_an_acceptance_it_merges_once_and_goes_on() {
    is_killed_at_any_moment(Feature::Ready).await;
}

/// The process dies once GitHub has seen `requests` more requests after the word that takes staging back.
async fn dies_while_going_back(requests: usize, on_top: bool) {
    let strategy = match on_top {
        true => "name: staging\n    strategy: merge\n",
        false => "name: staging\n",
    };
    let (sandbox, shop) = a_shop_with(&CONFIGURATION.replace("name: staging\n", strategy)).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let process = Process::start(&sandbox, folder.path()).await;
    let pull = prepared(&shop, Feature::Merged).await;
    let before = shop.head("staging").expect("staging");
    shop.comment("anna", pull, "/promote staging").expect("a comment");
    until("it went, and all is told", || {
        let told = marked(&shop, pull, "<!-- greenlight:answer ");
        promotion(&shop, "production").is_some() && told.iter().any(|body| body.contains("**Promoted to staging.**"))
    })
    .await;
    sandbox.deliveries_done().await;

    let seen = sandbox.exchanges().len();
    let asked = shop.comment("anna", pull, "/rollback staging").expect("a comment");
    sandbox.deliveries_done().await;
    let answers = || marked(&shop, pull, &format!("<!-- greenlight:answer {asked} -->"));
    let is_told = || {
        answers()
            .iter()
            .any(|body| body.contains("staging](https://staging.shop.example) is back at"))
    };
    let is_over = || is_told() && answers().iter().any(|body| body.contains("The developers are told"));
    until("GitHub was asked so often", || {
        sandbox.exchanges().len() >= seen + requests || is_over()
    })
    .await;
    process.dies();
    let process = Process::start(&sandbox, folder.path()).await;
    until("the answer says that it is back", is_told).await;
    if !on_top {
        until("it is listed apart", || {
            let again = promotion(&shop, "staging").and_then(|number| shop.pull(number));
            again.is_some_and(|pull| pull.body.contains("Taken back from staging"))
        })
        .await;
    }
    until("the answer says where the developers are told", || {
        answers()
            .iter()
            .any(|body| body.contains("The developers are told of it in #"))
    })
    .await;
    process.is_told_to_stop();
    assert_eq!(shop.issues().len(), 1, "killed after {requests} requests");
    assert_eq!(answers().len(), 1, "killed after {requests} requests: {:#?}", answers());
    let now = shop.head("staging").expect("staging");
    match on_top {
        true => {
            let has_it = shop.file(&now, "feature.txt").is_some();
            assert!(
                !has_it && shop.is_ancestor(&before, &now),
                "killed after {requests} requests"
            );
        }
        false => assert_eq!(now, before, "killed after {requests} requests"),
    }
    assert_eq!(
        shop.moves("staging").len(),
        3,
        "killed after {requests} requests: staging was made, moved once, and set back once"
    );
}

/// A second commit that nobody sees is harmless, and made only where nobody could know of the first one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_a_rollback_by_a_commit_on_top_it_moves_the_branch_once() {
    let moments: Vec<_> = (0..28)
        .map(|requests| tokio::spawn(dies_while_going_back(requests, true)))
        .collect();
    for moment in moments {
        moment.await.expect("this moment is survived");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_a_rollback_it_goes_back_once_and_says_so() {
    let moments: Vec<_> = (0..26)
        .map(|requests| tokio::spawn(dies_while_going_back(requests, false)))
        .collect();
    for moment in moments {
        moment.await.expect("this moment is survived");
    }
}

#[tokio::test]
async fn told_to_stop_it_ends_in_good_order() {
    let (sandbox, _shop) = a_shop(Feature::Merged).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut process = Process::start(&sandbox, folder.path()).await;

    process.is_told_to_stop();

    let began = Instant::now();
    let mut ended = None;
    until("the process has ended", || {
        ended = process.child.try_wait().expect("its state");
        ended.is_some()
    })
    .await;
    assert!(ended.is_some_and(|status| status.success()) && began.elapsed() < Duration::from_secs(10));
}

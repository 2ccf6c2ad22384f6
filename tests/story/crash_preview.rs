//! The real binary under `kill -9`, at each moment of a preview: whoever had an instance has it afterwards, nobody has two, one
//! deployment of it is active, the queue is kept, and each feature has one card.

use std::collections::BTreeMap;

use greenlight::sandbox::{Repository, Sandbox};

use crate::crash::{CARD, a_shop_with, marked};
use crate::process::{Process, until};
use crate::world::{CONFIGURATION, LABEL};

/// What happens to the features while the process dies.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// The first is made ready, and takes an instance.
    Taking,
    /// The first is shown, and its developer pushes.
    Following,
    /// The same, and the developer pushes once more before the process is back.
    FollowingTwice,
    /// The first is closed, and the one who waits gets its instance.
    MovingOn,
    /// The first is freed by a word, and the one who waits gets its instance.
    Freeing,
}

impl Moment {
    /// Requests to GitHub from the event to the end of everything that follows from it, and some more.
    fn requests(self) -> usize {
        match self {
            Self::Taking => 18,
            Self::Following | Self::FollowingTwice => 16,
            Self::MovingOn | Self::Freeing => 24,
        }
    }
}

/// A shop with one dev instance, and features that are not ready yet.
async fn a_shop(features: usize) -> (Sandbox, Repository, Vec<u64>) {
    let previews = "previews:\n  - name: dev-1\n";
    let (sandbox, shop) = a_shop_with(&format!("{CONFIGURATION}{previews}")).await;
    let numbers = (1..=features).map(|count| {
        let branch = format!("feature-{count}");
        shop.branch(&branch, &shop.head("main").expect("main"));
        pushes(&shop, &branch);
        shop.open_pull("dora", &branch, "main", &format!("Feature {count}"), "")
            .expect("a pull request")
    });
    let numbers = numbers.collect();
    (sandbox, shop, numbers)
}

fn pushes(shop: &Repository, branch: &str) {
    let count = shop.moves(branch).len();
    let file = format!("{branch}.txt");
    shop.commit(
        branch,
        "dora",
        &format!("Step {count}"),
        &[(file.as_str(), &format!("{count}"))],
    );
}

fn head(shop: &Repository, number: u64) -> String {
    shop.pull(number).expect("a pull request").head_sha
}

fn card(shop: &Repository, number: u64) -> String {
    marked(shop, number, CARD).pop().unwrap_or_default()
}

/// The deployments of the instance that count: whatever is not inactive.
fn active(shop: &Repository) -> Vec<(String, Vec<String>)> {
    let all = shop.deployments().into_iter();
    let of_it = all.filter(|one| one.environment == "dev-1");
    let counts = of_it.filter(|one| one.states.last().is_none_or(|state| state != "inactive"));
    counts.map(|one| (one.sha, one.states)).collect()
}

/// The instance shows this feature, as its branch, its card and GitHub's list of deployments have it.
fn is_shown(shop: &Repository, number: u64) -> bool {
    let head = head(shop, number);
    let [(commit, states)] = &active(shop)[..] else {
        return false;
    };
    // A report of which no answer came is made once more; it says nothing new.
    let is_reported = !states.is_empty() && states.iter().all(|state| state == "success");
    let is_there = *commit == head && shop.head("dev-1") == Some(head);
    is_there && is_reported && card(shop, number).contains("shows this since")
}

async fn made_ready(shop: &Repository, number: u64) {
    shop.label("dora", number, LABEL).expect("a label");
}

async fn dies_after(requests: usize, moment: Moment) {
    let killed = format!("killed after {requests} requests of {moment:?}");
    let (sandbox, shop, numbers) = a_shop(2).await;
    let (first, second) = (numbers[0], numbers[1]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let process = Process::start(&sandbox, folder.path()).await;
    if !matches!(moment, Moment::Taking) {
        made_ready(&shop, first).await;
        until("the first is shown", || is_shown(&shop, first)).await;
        made_ready(&shop, second).await;
        until("the second waits", || card(&shop, second).contains("next to get one")).await;
    }
    sandbox.deliveries_done().await;

    let (shown, waits) = match moment {
        Moment::Taking | Moment::Following | Moment::FollowingTwice => (first, second),
        Moment::MovingOn | Moment::Freeing => (second, first),
    };
    let before = sandbox.exchanges().len();
    match moment {
        Moment::Taking => made_ready(&shop, first).await,
        Moment::Following | Moment::FollowingTwice => pushes(&shop, "feature-1"),
        Moment::MovingOn => shop.close_pull("dora", first).expect("closed"),
        Moment::Freeing => drop(shop.comment("dora", first, "/preview off").expect("a comment")),
    }
    sandbox.deliveries_done().await;
    until("GitHub was asked so often", || {
        sandbox.exchanges().len() >= before + requests || is_shown(&shop, shown)
    })
    .await;
    process.dies();
    if matches!(moment, Moment::FollowingTwice) {
        pushes(&shop, "feature-1");
    }
    let process = Process::start(&sandbox, folder.path()).await;
    if matches!(moment, Moment::Taking) {
        made_ready(&shop, second).await;
    }

    until(&killed, || is_shown(&shop, shown)).await;
    match moment {
        Moment::Taking | Moment::Following | Moment::FollowingTwice => {
            until(&killed, || card(&shop, waits).contains("next to get one")).await;
        }
        Moment::MovingOn => {}
        Moment::Freeing => {
            until(&killed, || card(&shop, waits).contains("/preview")).await;
            until(&killed, || {
                let answers = marked(&shop, first, "<!-- greenlight:answer ");
                answers.iter().any(|body| body.contains("dev-1"))
            })
            .await;
            assert_eq!(marked(&shop, first, "<!-- greenlight:answer ").len(), 1, "{killed}");
        }
    }
    process.is_told_to_stop();
    for number in [first, second] {
        assert_eq!(marked(&shop, number, CARD).len(), 1, "{killed}: one card");
    }
    // Each version had one deployment at most, however often it was tried.
    let mut made: BTreeMap<String, usize> = BTreeMap::new();
    for one in shop.deployments().into_iter().filter(|one| one.environment == "dev-1") {
        *made.entry(one.sha).or_default() += 1;
    }
    assert!(made.values().all(|count| *count == 1), "{killed}: {made:?}");
}

async fn is_killed_at_any(moment: Moment) {
    let moments: Vec<_> = (0..moment.requests())
        .map(|requests| tokio::spawn(dies_after(requests, moment)))
        .collect();
    for moment in moments {
        moment.await.expect("this moment is survived");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_taking_an_instance_it_is_taken_once() {
    is_killed_at_any(Moment::Taking).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_following_a_push_it_shows_the_newest_and_nothing_else() {
    is_killed_at_any(Moment::Following).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_follows_a_push_and_pushed_to_before_it_is_back_it_shows_the_newest_and_nothing_else() {
    is_killed_at_any(Moment::FollowingTwice).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_a_close_the_next_in_the_queue_has_the_instance_alone() {
    is_killed_at_any(Moment::MovingOn).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_freeing_the_next_in_the_queue_has_the_instance_alone() {
    is_killed_at_any(Moment::Freeing).await;
}

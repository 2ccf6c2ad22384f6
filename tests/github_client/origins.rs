//! What lies between two branches, and where it came from.

use greenlight::rules::id::{BranchName, Sha};
use greenlight::rules::memory::Origin;
use greenlight::rules::snapshot::{Need, Range};
use greenlight::sandbox::Method;

use crate::world::{World, sha};

#[tokio::test]
async fn a_range_longer_than_a_page_comes_whole_and_in_order() {
    let mut world = World::start().await;
    let made: Vec<String> = (0..130)
        .map(|number| {
            world.shop.commit(
                "main",
                "dev",
                &format!("Step {number}\n\nmore"),
                &[("step", &number.to_string())],
            )
        })
        .collect();
    let Range::Between(between) = world.range("staging", "main").await else {
        panic!("both are there")
    };
    let read: Vec<&str> = between.commits.iter().map(|commit| commit.sha.as_str()).collect();
    assert_eq!(read, made);
    assert_eq!(between.commits[7].title, "Step 7");
    assert_eq!(between.head_at.as_str(), made[129]);
    assert_eq!(between.base_at.as_str(), world.shop.head("staging").unwrap());
    assert_eq!(between.behind_by, 0);
}

#[tokio::test]
async fn a_range_between_two_commits_may_be_longer_than_a_page() {
    let mut world = World::start().await;
    let before = world.shop.head("main").unwrap();
    for number in 0..130 {
        let text = number.to_string();
        world.shop.commit("main", "dev", "Step", &[("step", text.as_str())]);
    }
    let after = world.shop.head("main").unwrap();
    let Range::Between(between) = world.range(&before, &after).await else {
        panic!("both are there")
    };
    assert_eq!(between.commits.len(), 130);
    assert_eq!(between.head_at.as_str(), after);
}

#[tokio::test]
async fn a_range_says_where_both_branches_are_however_they_lie() {
    let mut world = World::start().await;
    let first = sha(&world.shop.head("main").unwrap());
    let Range::Between(identical) = world.range("staging", "main").await else {
        panic!()
    };
    assert_eq!((&identical.base_at, &identical.head_at), (&first, &first));

    let hotfix = sha(&world.shop.commit("staging", "dev", "Hotfix", &[("fix", "1")]));
    let Range::Between(behind) = world.range("staging", "main").await else {
        panic!()
    };
    assert_eq!((&behind.base_at, &behind.head_at), (&hotfix, &first));
    assert_eq!((behind.commits.len(), behind.behind_by), (0, 1));

    let next = sha(&world.shop.commit("main", "dev", "Next", &[("next", "1")]));
    let Range::Between(diverged) = world.range("staging", "main").await else {
        panic!()
    };
    assert_eq!((&diverged.base_at, &diverged.head_at), (&hotfix, &next));
    assert_eq!((diverged.commits.len(), diverged.behind_by), (1, 1));
}

#[tokio::test]
async fn a_missing_branch_is_named() {
    let mut world = World::start().await;
    let missing = |branch: &str| Range::Missing {
        branch: BranchName::from(branch),
    };
    assert_eq!(world.range("production", "main").await, missing("production"));
    assert_eq!(world.range("main", "production").await, missing("production"));
}

#[tokio::test]
async fn a_branch_is_read_by_its_whole_name() {
    let mut world = World::start().await;
    world.shop.branch("release/é #1", "main");
    assert_eq!(world.head("stag").await, None);
    assert_eq!(world.head("release").await, None);
    let head = world.shop.head("main").map(|head| sha(&head));
    assert_eq!(world.head("release/é #1").await, head);
    assert!(matches!(world.range("release/é #1", "main").await, Range::Between(_)));
}

#[tokio::test]
async fn commits_are_traced_to_the_pull_requests_that_brought_them() {
    let mut world = World::start().await;
    let squashed = world.feature("one", "Squashed");
    let squash = world.shop.merge_pull("dev", squashed, Method::Squash).unwrap();
    let merged = world.feature("two", "Merged");
    let inside = world.shop.head("two").unwrap();
    let merge = world.shop.merge_pull("dev", merged, Method::Merge).unwrap();
    let rebased = world.feature("three", "Rebased");
    let rebase = world.shop.merge_pull("dev", rebased, Method::Rebase).unwrap();
    let direct = world.shop.commit("main", "dev", "Straight in", &[("direct", "1")]);

    let shas = [&squash, &inside, &merge, &rebase, &direct].map(|commit| sha(commit));
    let need = Need::Origins(BranchName::from("main"), shas.to_vec());
    let snapshot = world.observe([need]).await.unwrap();
    let titles = shas.each_ref().map(|commit| match &snapshot.origins[commit] {
        Origin::Feature(feature) => feature.title.as_str(),
        Origin::Direct => "(direct)",
        Origin::Revert(_) => panic!("only Greenlight itself knows of its rollbacks"),
    });
    assert_eq!(titles, ["Squashed", "Merged", "Merged", "Rebased", "(direct)"]);
}

#[tokio::test]
async fn reachability_is_asked_of_github() {
    let mut world = World::start().await;
    let first = sha(&world.shop.head("main").unwrap());
    let next = sha(&world.shop.commit("main", "dev", "Next", &[("next", "1")]));
    let contains = |ancestor: &Sha, descendant: &Sha| Need::Contains {
        ancestor: ancestor.clone(),
        descendant: descendant.clone(),
    };
    let needs = [contains(&first, &next), contains(&next, &first), contains(&next, &next)];
    let snapshot = world.observe(needs).await.unwrap();
    assert!(snapshot.contains[&(first.clone(), next.clone())]);
    assert!(!snapshot.contains[&(next.clone(), first)]);
    assert!(snapshot.contains[&(next.clone(), next)]);
}

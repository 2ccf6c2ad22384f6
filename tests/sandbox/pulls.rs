//! Pull requests: merged in every way, by themselves, or not.

use greenlight::sandbox::{Method, Options};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::client::World;

#[tokio::test]
async fn a_pull_request_turns_merged_by_itself_and_late() {
    let world = World::start_with(Options {
        merges_seen_after: Some(SignedDuration::from_mins(5)),
        ..Options::default()
    })
    .await;
    world.repo.branch("staging", "main");
    let tip = world.repo.commit("main", "dev", "Two", &[("a", "2")]);
    let number = world
        .repo
        .open_pull("anna", "main", "staging", "Into staging", "")
        .expect("it can be opened");
    world.repo.push("anna", "staging", &tip).expect("a fast-forward");
    let path = format!("/repos/harbour/shop/pulls/{number}");
    assert_eq!(world.get(&path).await.body["merged"], json!(false));
    world.sandbox.clock().advance(SignedDuration::from_mins(6));
    let merged = world.get(&path).await.body;
    assert_eq!(
        (&merged["merged"], &merged["state"], &merged["merge_commit_sha"]),
        (&json!(true), &json!("closed"), &json!(tip))
    );
    assert_eq!(merged["merged_by"]["login"], json!("anna"));
    assert_eq!(merged["commits"], json!(1));
}

#[tokio::test]
async fn each_way_of_merging_gives_the_commit_it_says() {
    let world = World::start().await;
    for (method, name) in [
        (Method::Merge, "merge"),
        (Method::Squash, "squash"),
        (Method::Rebase, "rebase"),
    ] {
        let number = world.feature(name, name);
        let (before, head) = (world.head("main"), world.head(name));
        world.repo.commit("main", "dev", "In between", &[("between", name)]);
        let stale = json!({ "merge_method": name, "sha": before });
        let refused = world
            .call("PUT", &format!("/repos/harbour/shop/pulls/{number}/merge"), Some(stale))
            .await;
        assert_eq!(
            (refused.status, refused.message()),
            (409, "Head branch was modified. Review and try the merge again.")
        );
        let wish = json!({ "merge_method": name, "sha": head });
        let merged = world
            .call("PUT", &format!("/repos/harbour/shop/pulls/{number}/merge"), Some(wish))
            .await;
        assert_eq!(merged.status, 200, "{method:?}: {}", merged.body);
        assert_eq!(merged.body["sha"], json!(world.head("main")));
        let pull = world.repo.pull(number).expect("it exists");
        assert_eq!((pull.merged, pull.merge_commit), (true, Some(world.head("main"))));
        let commit = world.repo.commit_at(&world.head("main")).expect("it exists");
        assert_eq!(commit.parents.len(), if method == Method::Merge { 2 } else { 1 });
        assert_eq!(
            world.repo.is_ancestor(&head, "main") || world.repo.is_ancestor(&head, &world.head("main")),
            method == Method::Merge
        );
        assert_eq!(world.repo.file("main", name).as_deref(), Some(name));
        let of_commit = world
            .get(&format!("/repos/harbour/shop/commits/{}/pulls", world.head("main")))
            .await
            .body;
        assert_eq!(of_commit[0]["number"], json!(number));
        let again = world
            .call(
                "PUT",
                &format!("/repos/harbour/shop/pulls/{number}/merge"),
                Some(json!({})),
            )
            .await;
        assert_eq!((again.status, again.message()), (405, "Pull Request is not mergeable"));
    }
}

#[tokio::test]
async fn what_conflicts_is_not_merged() {
    let world = World::start().await;
    let number = world.feature("one", "same");
    world.repo.commit("main", "dev", "Meanwhile", &[("same", "other")]);
    let path = format!("/repos/harbour/shop/pulls/{number}");
    assert_eq!(world.get(&path).await.body["mergeable"], Value::Null);
    let second = world.get(&path).await.body;
    assert_eq!(
        (&second["mergeable"], &second["mergeable_state"]),
        (&json!(false), &json!("dirty"))
    );
    let merged = world
        .call(
            "POST",
            "/repos/harbour/shop/merges",
            Some(json!({ "base": "main", "head": "one" })),
        )
        .await;
    assert_eq!((merged.status, merged.message()), (409, "Merge conflict"));
    assert_eq!(
        world
            .call("PUT", &format!("{path}/merge"), Some(json!({})))
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn an_open_pull_request_follows_its_branches() {
    let world = World::start().await;
    world.listen().await;
    let number = world.feature("one", "a");
    let before = world.head("one");
    let after = world.repo.commit("one", "dev", "More", &[("a", "more")]);
    world.sandbox.deliveries_done().await;
    let moved = world.events("pull_request").pop().expect("it was told");
    assert_eq!(
        (&moved["action"], &moved["before"], &moved["after"]),
        (&json!("synchronize"), &json!(before), &json!(after))
    );
    assert_eq!(world.repo.pull(number).map(|pull| pull.head_sha), Some(after));
    let again = world
        .repo
        .open_pull("dev", "one", "main", "Again", "")
        .expect_err("one is open");
    assert_eq!(
        again.errors[0]["message"],
        json!("A pull request already exists for harbour:one.")
    );
    world.repo.delete_branch("dev", "one").expect("it exists");
    let pull = world.repo.pull(number).expect("it exists");
    assert_eq!((pull.open, pull.merged), (false, false));
    let empty = world
        .repo
        .open_pull("dev", "main", "main", "Nothing", "")
        .expect_err("nothing to merge");
    assert_eq!(empty.errors[0]["message"], json!("No commits between main and main"));
}

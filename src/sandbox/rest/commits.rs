//! Commits: lists, single ones, and comparisons.

use jiff::Timestamp;

use super::answer::{Answer, Page, Reply, linked};
use super::call::Call;
use crate::sandbox::graph::Sha;
use crate::sandbox::payload::Comparison;
use crate::sandbox::world::{Refusal, Repo, RepoId, World};

/// Without paging, a comparison lists this many commits, the newest.
const COMPARED_COMMITS_MAX: usize = 250;

/// # Errors
/// 422 in GitHub's words for something that names no commit.
pub(super) fn resolved(repo: &Repo, name: &str) -> Result<Sha, Refusal> {
    repo.resolve(name)
        .ok_or_else(|| Refusal::new(422, format!("No commit found for SHA: {name}")))
}

pub(super) fn list(world: &World, call: &Call, repo: RepoId) -> Reply {
    let repo = world.repo(repo);
    let start = call.query("sha").unwrap_or_else(|| repo.default_branch.clone());
    let head = repo.resolve(&start).ok_or_else(Refusal::not_found)?;
    let moment = |name: &str| call.query(name).and_then(|text| text.parse::<Timestamp>().ok());
    let (since, until, path) = (moment("since"), moment("until"), call.query("path"));
    let mut commits = repo.graph.newest_first(&head);
    commits.retain(|commit| {
        since.is_none_or(|since| commit.time >= since) && until.is_none_or(|until| commit.time <= until)
    });
    if let Some(path) = path {
        let before = |commit: &crate::sandbox::graph::Commit| {
            commit
                .parents
                .first()
                .map(|parent| repo.graph.tree(parent))
                .unwrap_or_default()
        };
        commits.retain(|commit| commit.tree.get(&path) != before(commit).get(&path));
    }
    let page = Page::of(call, &world.api(), commits);
    Ok(page.answer(|commit| world.commit_json(repo, &commit.sha, false)))
}

pub(super) fn get(world: &World, repo: RepoId, name: &str) -> Reply {
    let repo = world.repo(repo);
    let sha = resolved(repo, name)?;
    Ok(Answer::ok(world.commit_json(repo, &sha, true)))
}

/// As git has it: its tree and its parents, and nothing that GitHub knows beside. A full id only.
pub(super) fn get_object(world: &World, repo: RepoId, sha: &str) -> Reply {
    let repo = world.repo(repo);
    let commit = repo.graph.get(sha).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(world.commit_object_json(repo, commit)))
}

/// Makes a commit that no branch has yet, by the App where no author is named.
pub(super) fn create_object(world: &mut World, call: &Call, repo: RepoId) -> Reply {
    let (message, tree) = (call.required("message")?.to_owned(), call.required("tree")?);
    let at = world.repo(repo);
    let tree = at.graph.tree_named(tree);
    let tree = tree.ok_or_else(|| Refusal::new(422, "Tree SHA does not exist"))?;
    let mut parents = Vec::new();
    for parent in call
        .field("parents")?
        .and_then(|found| found.as_array())
        .into_iter()
        .flatten()
    {
        let known = parent.as_str().filter(|sha| at.graph.get(sha).is_some());
        let missing = || Refusal::new(422, "Parent SHA does not exist or is not a commit object");
        parents.push(known.ok_or_else(missing)?.to_owned());
    }
    let bot = world.bot();
    let sha = world.commit(repo, tree, parents, message, bot);
    let repo = world.repo(repo);
    let commit = repo.graph.get(&sha).ok_or_else(Refusal::not_found)?;
    Ok(Answer::created(world.commit_object_json(repo, commit)))
}

pub(super) fn compare(world: &World, call: &Call, repo: RepoId, basehead: &str) -> Reply {
    let repo = world.repo(repo);
    let (base_name, head_name) = basehead.split_once("...").ok_or_else(Refusal::not_found)?;
    let owner = format!("{}:", repo.short_names().0);
    let find = |name: &str| {
        repo.resolve(name.strip_prefix(&owner).unwrap_or(name))
            .ok_or_else(Refusal::not_found)
    };
    let (base, head) = (find(base_name)?, find(head_name)?);
    let unrelated = || Refusal::new(404, format!("No common ancestor between {base_name} and {head_name}."));
    let merge_base = repo.graph.merge_base(&base, &head).ok_or_else(unrelated)?;
    let ahead = repo.graph.between(&base, &head);
    let behind = repo.graph.between(&head, &base).len();
    let found = Comparison {
        base,
        head,
        merge_base,
        ahead: ahead.len(),
        behind,
    };
    if call.query("page").is_none() && call.query("per_page").is_none() {
        let newest = &ahead[ahead.len().saturating_sub(COMPARED_COMMITS_MAX)..];
        return Ok(Answer::ok(world.comparison_json(
            repo,
            (base_name, head_name),
            newest,
            true,
            &found,
        )));
    }
    let page = Page::of(call, &world.api(), ahead);
    let first = call.query("page").is_none_or(|page| page == "1");
    let json = world.comparison_json(repo, (base_name, head_name), &page.items, first, &found);
    Ok(linked(Answer::ok(json), page.link()))
}

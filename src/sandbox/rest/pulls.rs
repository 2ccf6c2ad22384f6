//! Pull requests: listed, opened, edited, merged, and what they bring.

use serde_json::{Value, json};

use super::answer::{Answer, Page, Reply};
use super::call::Call;
use super::commits::resolved;
use crate::sandbox::world::issues::Issue;
use crate::sandbox::world::merges::MergeWish;
use crate::sandbox::world::pulls::{NewPull, Pull, PullEdit};
use crate::sandbox::world::{Method, Refusal, Repo, RepoId, World};

/// Lists of a pull request's commits end here.
const LISTED_COMMITS_MAX: usize = 250;

/// Lists of a pull request's files end here.
const LISTED_FILES_MAX: usize = 3000;

pub(super) fn list(world: &World, call: &Call, repo: RepoId) -> Reply {
    let repo = world.repo(repo);
    let state = call.query("state").unwrap_or_else(|| "open".into());
    if !["open", "closed", "all"].contains(&state.as_str()) {
        return Err(Refusal::invalid("PullRequest", "state", "invalid", None).into());
    }
    let (base, head) = (call.query("base"), call.query("head"));
    let owner = repo.short_names().0;
    // Without an owner before the branch, GitHub does not filter at all.
    let head = head.as_deref().and_then(|head| head.split_once(':'));
    let wanted = |issue: &Issue, pull: &Pull| {
        (state == "all" || (state == "open") == issue.open)
            && base.as_ref().is_none_or(|base| *base == pull.base)
            && head.is_none_or(|(user, branch)| user.eq_ignore_ascii_case(owner) && branch == pull.head)
    };
    let mut found: Vec<(&Issue, &Pull)> = repo.pulls().filter(|(issue, pull)| wanted(issue, pull)).collect();
    let sort = call.query("sort").unwrap_or_else(|| "created".into());
    match sort.as_str() {
        "updated" => found.sort_by_key(|(issue, _)| (issue.updated_at, issue.number)),
        "popularity" => found.sort_by_key(|(issue, _)| (repo.comments_of(issue.number).count(), issue.number)),
        _ => found.sort_by_key(|(issue, _)| issue.number),
    }
    // The default direction is newest first when sorted by creation or not at all, oldest first otherwise.
    if call
        .query("direction")
        .map_or(sort == "created", |direction| direction == "desc")
    {
        found.reverse();
    }
    let page = Page::of(call, &world.api(), found);
    Ok(page.answer(|(issue, pull)| world.pull_simple_json(repo, issue, pull)))
}

/// The merged pull requests that brought in a commit; for one outside the default branch the open ones that have it, too.
pub(super) fn list_of_commit(world: &World, call: &Call, repo: RepoId, name: &str) -> Reply {
    let repo = world.repo(repo);
    let sha = resolved(repo, name)?;
    let default = repo.branches.get(&repo.default_branch).map_or("", String::as_str);
    let in_default = repo.graph.is_ancestor(&sha, default);
    let has = |pull: &Pull| match &pull.merged {
        Some(merged) => merged.brought.contains(&sha) || merged.commit == sha,
        None => {
            !in_default
                && repo
                    .graph
                    .between(repo.compared_with(pull), &pull.head_sha)
                    .iter()
                    .any(|commit| commit.sha == sha)
        }
    };
    let found = repo
        .pulls()
        .filter(|(issue, pull)| (issue.open || pull.merged.is_some()) && has(pull));
    let page = Page::of(call, &world.api(), found);
    Ok(page.answer(|(issue, pull)| world.pull_simple_json(repo, issue, pull)))
}

pub(super) fn create(world: &mut World, call: &Call, repo: RepoId) -> Reply {
    let new = NewPull {
        title: call.required("title")?,
        body: call.text("body")?,
        head: call.required("head")?,
        base: call.required("base")?,
        draft: call.flag("draft")?.unwrap_or(false),
    };
    let bot = world.bot();
    let number = world.open_pull(repo, bot, &new)?;
    Ok(Answer::created(shown(world, repo, number)?))
}

pub(super) fn get(world: &mut World, repo: RepoId, number: u64) -> Reply {
    let tried = world.mergeability(repo, number);
    let (issue, pull) = world.pull(repo, number)?;
    Ok(Answer::ok(world.pull_json(
        world.repo(repo),
        issue,
        pull,
        tried.as_ref(),
    )))
}

pub(super) fn update(world: &mut World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let open = match call.text("state")? {
        Some("open") => Some(true),
        Some("closed") => Some(false),
        None => None,
        Some(_) => return Err(Refusal::invalid("PullRequest", "state", "invalid", None).into()),
    };
    let text = |field: &str| Ok::<_, Refusal>(call.text(field)?.map(str::to_owned));
    let edit = PullEdit {
        title: text("title")?,
        body: text("body")?,
        base: text("base")?,
        open,
    };
    let bot = world.bot();
    world.edit_pull(repo, number, bot, edit)?;
    Ok(Answer::ok(shown(world, repo, number)?))
}

fn shown(world: &World, repo: RepoId, number: u64) -> Result<Value, Refusal> {
    let (issue, pull) = world.pull(repo, number)?;
    Ok(world.pull_json(world.repo(repo), issue, pull, None))
}

pub(super) fn merge(world: &mut World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let text = |field: &str| Ok::<_, Refusal>(call.text(field)?.map(str::to_owned));
    let method = match call.text("merge_method")? {
        Some(name) => {
            Some(Method::named(name).ok_or_else(|| Refusal::invalid("PullRequest", "merge_method", "invalid", None))?)
        }
        None => None,
    };
    let wish = MergeWish {
        method,
        sha: text("sha")?,
        title: text("commit_title")?,
        message: text("commit_message")?,
    };
    let bot = world.bot();
    let sha = world.merge_pull(repo, number, &wish, bot)?;
    Ok(Answer::ok(
        json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" }),
    ))
}

pub(super) fn is_merged(world: &World, repo: RepoId, number: u64) -> Reply {
    let (_, pull) = world.pull(repo, number)?;
    if pull.merged.is_none() {
        return Err(Refusal::not_found().into());
    }
    Ok(Answer::empty(204))
}

pub(super) fn files(world: &World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let (at, (_, pull)) = (world.repo(repo), world.pull(repo, number)?);
    let merge_base = at
        .graph
        .merge_base(at.compared_with(pull), &pull.head_sha)
        .unwrap_or_default();
    let changes = at
        .graph
        .changes(&merge_base, &pull.head_sha)
        .into_iter()
        .take(LISTED_FILES_MAX);
    let page = Page::of(call, &world.api(), changes);
    Ok(page.answer(|change| world.file_json(at, &pull.head_sha, &change)))
}

pub(super) fn commits(world: &World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let (at, (_, pull)) = (world.repo(repo), world.pull(repo, number)?);
    let commits = at
        .graph
        .between(at.compared_with(pull), &pull.head_sha)
        .into_iter()
        .take(LISTED_COMMITS_MAX);
    let page = Page::of(call, &world.api(), commits);
    Ok(page.answer(|commit| world.commit_json(at, &commit.sha, false)))
}

pub(super) fn reviews(world: &World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let (at, (issue, pull)) = (world.repo(repo), world.pull(repo, number)?);
    let page = Page::of(call, &world.api(), &pull.reviews);
    Ok(page.answer(|review| {
        let mut json = world.review_json(at, issue, review);
        json["state"] = review.state.to_uppercase().into();
        json
    }))
}

pub(super) fn review(world: &World, repo: RepoId, number: u64, id: u64) -> Reply {
    let (at, (issue, pull)) = (world.repo(repo), world.pull(repo, number)?);
    let review = pull
        .reviews
        .iter()
        .find(|review| review.id == id)
        .ok_or_else(Refusal::not_found)?;
    let mut json = world.review_json(at, issue, review);
    json["state"] = review.state.to_uppercase().into();
    Ok(Answer::ok(json))
}

impl Repo {
    pub(super) fn pulls(&self) -> impl Iterator<Item = (&Issue, &Pull)> {
        self.issues
            .values()
            .filter_map(|issue| Some((issue, issue.pull.as_ref()?)))
    }
}

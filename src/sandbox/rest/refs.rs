//! Branches, refs, merges of branches and the rules that guard them.

use super::answer::{Answer, Page, Reply};
use super::call::Call;
use crate::sandbox::world::{Refusal, RepoId, World};

pub(super) fn list_branches(world: &World, call: &Call, repo: RepoId) -> Reply {
    let repo = world.repo(repo);
    let page = Page::of(call, &world.api(), &repo.branches);
    Ok(page.answer(|(name, sha)| world.short_branch_json(repo, name, sha)))
}

pub(super) fn get_branch(world: &World, repo: RepoId, branch: &str) -> Reply {
    let repo = world.repo(repo);
    let sha = repo
        .branches
        .get(branch)
        .ok_or_else(|| Refusal::new(404, "Branch not found"))?;
    Ok(Answer::ok(world.branch_json(repo, branch, sha)))
}

pub(super) fn get_ref(world: &World, repo: RepoId, reference: &str) -> Reply {
    let repo = world.repo(repo);
    if let Some(tag) = reference.strip_prefix("tags/") {
        let sha = repo.tags.get(tag).ok_or_else(Refusal::not_found)?;
        return Ok(Answer::ok(world.tag_ref_json(repo, tag, sha)));
    }
    let branch = reference.strip_prefix("heads/").ok_or_else(Refusal::not_found)?;
    let sha = repo.branches.get(branch).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(world.ref_json(repo, branch, sha)))
}

pub(super) fn matching_refs(world: &World, repo: RepoId, prefix: &str) -> Reply {
    let repo = world.repo(repo);
    let matching = repo
        .branches
        .iter()
        .filter(|(name, _)| format!("heads/{name}").starts_with(prefix));
    let tags = repo
        .tags
        .iter()
        .filter(|(name, _)| format!("tags/{name}").starts_with(prefix));
    let branches = matching.map(|(name, sha)| world.ref_json(repo, name, sha));
    Ok(Answer::ok(
        branches
            .chain(tags.map(|(name, sha)| world.tag_ref_json(repo, name, sha)))
            .collect(),
    ))
}

pub(super) fn create_ref(world: &mut World, call: &Call, repo: RepoId) -> Reply {
    let (reference, sha) = (call.required("ref")?, call.required("sha")?);
    if let Some(tag) = reference.strip_prefix("refs/tags/").filter(|tag| !tag.is_empty()) {
        let bot = world.bot();
        world.create_tag(repo, tag, sha, bot)?;
        let repo = world.repo(repo);
        return Ok(Answer::created(world.tag_ref_json(repo, tag, &sha.to_owned())));
    }
    let no_branch = || Refusal::new(422, "Reference name must start with 'refs/heads/' or 'refs/tags/'");
    let branch = reference
        .strip_prefix("refs/heads/")
        .filter(|branch| !branch.is_empty())
        .ok_or_else(no_branch)?;
    let bot = world.bot();
    world.create_branch(repo, branch, sha, bot)?;
    let repo = world.repo(repo);
    Ok(Answer::created(world.ref_json(repo, branch, &sha.to_owned())))
}

pub(super) fn update_ref(world: &mut World, call: &Call, repo: RepoId, reference: &str) -> Reply {
    let (sha, force) = (call.required("sha")?, call.flag("force")?.unwrap_or(false));
    let branch = reference
        .strip_prefix("heads/")
        .ok_or_else(|| Refusal::new(422, "Reference does not exist"))?;
    let bot = world.bot();
    world.update_branch(repo, branch, sha, force, bot)?;
    let repo = world.repo(repo);
    Ok(Answer::ok(world.ref_json(repo, branch, &sha.to_owned())))
}

pub(super) fn delete_ref(world: &mut World, repo: RepoId, reference: &str) -> Reply {
    let branch = reference
        .strip_prefix("heads/")
        .ok_or_else(|| Refusal::new(422, "Reference does not exist"))?;
    let bot = world.bot();
    world.delete_branch(repo, branch, bot)?;
    Ok(Answer::empty(204))
}

pub(super) fn merge(world: &mut World, call: &Call, repo: RepoId) -> Reply {
    let (base, head) = (call.required("base")?, call.required("head")?);
    let message = call.text("commit_message")?;
    let bot = world.bot();
    match world.merge_branches(repo, base, head, message, bot)? {
        Some(sha) => {
            let json = world.commit_json(world.repo(repo), &sha, true);
            Ok(Answer {
                status: 201,
                ..Answer::ok(json)
            })
        }
        None => Ok(Answer::empty(204)),
    }
}

pub(super) fn ruleset(world: &World, repo: RepoId, id: u64) -> Reply {
    let repo = world.repo(repo);
    let rule = repo
        .rules
        .iter()
        .find(|rule| rule.id == id)
        .ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(world.ruleset_json(repo, rule)))
}

pub(super) fn rules(world: &World, call: &Call, repo: RepoId, branch: &str) -> Reply {
    let repo = world.repo(repo);
    let page = Page::of(
        call,
        &world.api(),
        repo.rules.iter().filter(|rule| rule.branch == branch),
    );
    Ok(page.answer(|rule| world.rule_json(repo, rule)))
}

//! Files and folders of a commit.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::{Answer, Reply};
use super::call::Call;
use crate::sandbox::acts::repository::with_files;
use crate::sandbox::base64;
use crate::sandbox::graph::blob_sha;
use crate::sandbox::world::{Refusal, Repo, RepoId, Unusual, World};

pub(super) fn get(world: &World, call: &Call, repo: RepoId, path: &str) -> Reply {
    let repo = world.repo(repo);
    let reference = call.query("ref").unwrap_or_else(|| repo.default_branch.clone());
    let sha = repo
        .resolve(&reference)
        .ok_or_else(|| Refusal::new(404, format!("No commit found for the ref {reference}")))?;
    if let Some(unusual) = repo.unusual.get(path) {
        return Ok(Answer::ok(unusual_json(world, repo, path, &reference, unusual)));
    }
    let tree = repo.graph.tree(&sha);
    if let Some(content) = tree.get(path) {
        let mut json = entry_json(world, repo, path, &reference, Some(content));
        put_content(&mut json, content.as_bytes());
        return Ok(Answer::ok(json));
    }
    let folder = if path.is_empty() {
        String::new()
    } else {
        format!("{path}/")
    };
    let inside = tree
        .iter()
        .filter_map(|(path, content)| Some((path.strip_prefix(&folder)?, content)));
    let entries: BTreeMap<String, Option<&str>> = inside
        .map(|(rest, content)| match rest.split_once('/') {
            Some((name, _)) => (format!("{folder}{name}"), None),
            None => (format!("{folder}{rest}"), Some(content.as_ref())),
        })
        .collect();
    if entries.is_empty() {
        return Err(Refusal::not_found().into());
    }
    Ok(Answer::ok(
        entries
            .iter()
            .map(|(path, content)| entry_json(world, repo, path, &reference, *content))
            .collect(),
    ))
}

/// Makes a file on a branch, or writes one anew that the caller names.
/// Source: <https://docs.github.com/en/rest/repos/contents#create-or-update-file-contents>.
pub(super) fn put(world: &mut World, call: &Call, repo: RepoId, path: &str) -> Reply {
    let (message, content) = (call.required("message")?.to_owned(), call.required("content")?);
    let not_base64 = || Refusal::new(422, "content is not valid Base64");
    let text = base64::decode(content).and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(not_base64)?;
    let at = world.repo(repo);
    let branch = call.text("branch")?.unwrap_or(&at.default_branch).to_owned();
    let missing = || Refusal::new(404, format!("Branch {branch} not found"));
    let tip = at.branches.get(&branch).ok_or_else(missing)?.clone();
    let before = at.graph.tree(&tip).get(path).map(|text| blob_sha(text));
    match (&before, call.text("sha")?) {
        (Some(_), None) => return Err(Refusal::new(422, "Invalid request.\n\n\"sha\" wasn't supplied.").into()),
        (Some(before), Some(named)) if before != named => {
            return Err(Refusal::new(409, format!("{path} does not match {named}")).into());
        }
        _ => {}
    }
    let tree = with_files(at, &tip, &[(path, &text)]);
    let bot = world.bot();
    let commit = world.commit(repo, tree, vec![tip], message, bot);
    world.update_branch(repo, &branch, &commit, false, bot)?;
    let at = world.repo(repo);
    let made = at.graph.get(&commit).ok_or_else(Refusal::not_found)?;
    let answer = json!({
        "content": entry_json(world, at, path, &branch, Some(&text)), "commit": world.commit_object_json(at, made),
    });
    Ok(match before {
        Some(_) => Answer::ok(answer),
        None => Answer::created(answer),
    })
}

/// A file, or for `None` a folder.
fn entry_json(world: &World, repo: &Repo, path: &str, reference: &str, content: Option<&str>) -> Value {
    let url = format!("{}/contents/{path}?ref={reference}", world.repo_url(repo));
    let sha = blob_sha(content.unwrap_or(path));
    let page = world.repo_page(repo);
    let git = format!("{}/git/blobs/{sha}", world.repo_url(repo));
    let html = format!("{page}/blob/{reference}/{path}");
    json!({
        "type": if content.is_some() { "file" } else { "dir" }, "size": content.map_or(0, str::len),
        "name": path.rsplit('/').next().unwrap_or(path), "path": path, "sha": sha, "url": url, "git_url": git, "html_url": html,
        "download_url": content.map(|_| format!("{page}/raw/{reference}/{path}")),
        "_links": { "self": url, "git": git, "html": html },
    })
}

/// Up to here GitHub gives a file's content with the rest; of a larger one (up to 100 MB) it gives none.
/// Source: <https://docs.github.com/en/rest/repos/contents#get-repository-content>.
const CONTENT_MAX: usize = 1 << 20;

fn put_content(json: &mut Value, content: &[u8]) {
    let (encoding, text) = if content.len() <= CONTENT_MAX {
        ("base64", wrapped(&base64::encode(content)))
    } else {
        ("none", String::new())
    };
    json["size"] = content.len().into();
    json["encoding"] = encoding.into();
    json["content"] = text.into();
}

fn unusual_json(world: &World, repo: &Repo, path: &str, reference: &str, unusual: &Unusual) -> Value {
    let mut json = entry_json(world, repo, path, reference, Some(""));
    match unusual {
        Unusual::Link(target) => {
            json["type"] = "symlink".into();
            json["size"] = target.len().into();
            json["target"] = target.as_str().into();
        }
        Unusual::Submodule(address) => {
            json["type"] = "submodule".into();
            json["download_url"] = Value::Null;
            json["submodule_git_url"] = address.as_str().into();
        }
        Unusual::Bytes(bytes) => put_content(&mut json, bytes),
    }
    json
}

/// GitHub breaks the content into lines of 60 characters.
fn wrapped(text: &str) -> String {
    text.as_bytes()
        .chunks(60)
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
        .collect()
}

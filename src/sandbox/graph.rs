//! The commit graph of one simulated repository: which commit contains which, what merging gives, what changed between two commits.
//!
//! Always so: a commit never changes and never goes away; its id depends on everything in it, its time included; parents exist before
//! their children. Files merge whole: two sides that changed the same file differently are a conflict. Directories are only the
//! slashes in paths.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// A commit id: 40 hexadecimal digits.
pub type Sha = String;

/// The files of a commit: path to content.
pub type Tree = Arc<BTreeMap<String, Arc<str>>>;

#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub sha: Sha,
    pub tree: Tree,
    pub tree_sha: Sha,
    pub parents: Vec<Sha>,
    pub author: Signature,
    pub committer: Signature,
    pub message: String,
    pub time: Timestamp,
    /// One more than the highest of the parents: lets searches for an ancestor stop early.
    generation: u32,
    /// The order of arrival, which breaks ties among commits of one generation.
    arrival: usize,
}

/// Who wrote or applied a commit. `login` is the account GitHub would find by the e-mail address.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub name: String,
    pub email: String,
    pub login: Option<String>,
}

pub(super) struct NewCommit {
    pub tree: Tree,
    pub parents: Vec<Sha>,
    pub author: Signature,
    pub committer: Signature,
    pub message: String,
    pub time: Timestamp,
}

/// One file's difference between two commits.
pub(super) struct FileChange {
    pub path: String,
    pub before: Option<Arc<str>>,
    pub after: Option<Arc<str>>,
}

#[derive(Default)]
pub(super) struct Graph {
    commits: HashMap<Sha, Arc<Commit>>,
}

impl Graph {
    pub fn add(&mut self, new: NewCommit) -> Sha {
        let tree_sha = tree_sha(&new.tree);
        let sha = commit_sha(&new, &tree_sha);
        let generation = new
            .parents
            .iter()
            .map(|parent| self.generation(parent))
            .max()
            .unwrap_or(0)
            + 1;
        let NewCommit {
            tree,
            parents,
            author,
            committer,
            message,
            time,
        } = new;
        let arrival = self.commits.len();
        let commit = Commit {
            sha: sha.clone(),
            tree,
            tree_sha,
            parents,
            author,
            committer,
            message,
            time,
            generation,
            arrival,
        };
        self.commits.entry(sha.clone()).or_insert_with(|| Arc::new(commit));
        sha
    }

    pub fn get(&self, sha: &str) -> Option<&Arc<Commit>> {
        self.commits.get(sha)
    }

    /// The commit whose id starts with `prefix` (4 to 40 digits), if there is exactly one.
    pub fn find(&self, prefix: &str) -> Option<&Arc<Commit>> {
        if prefix.len() == 40 {
            return self.get(prefix);
        }
        let hexadecimal = prefix.len() >= 4 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut found = self
            .commits
            .values()
            .filter(|commit| hexadecimal && commit.sha.starts_with(prefix));
        found.next().filter(|_| found.next().is_none())
    }

    /// Whether `ancestor` is `descendant` or reachable from it.
    pub fn is_ancestor(&self, ancestor: &str, descendant: &str) -> bool {
        let Some(target) = self.get(ancestor) else {
            return false;
        };
        let (mut seen, mut ahead) = (HashSet::new(), vec![descendant]);
        while let Some(sha) = ahead.pop() {
            if sha == ancestor {
                return true;
            }
            let Some(commit) = self.get(sha) else {
                continue;
            };
            if commit.generation > target.generation && seen.insert(sha) {
                ahead.extend(commit.parents.iter().map(String::as_str));
            }
        }
        false
    }

    /// The nearest common ancestor, `None` for unrelated histories.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<Sha> {
        let ours = self.ancestors(one);
        self.newest_first(other)
            .into_iter()
            .find(|commit| ours.contains(commit.sha.as_str()))
            .map(|commit| commit.sha.clone())
    }

    /// The commits of `head` that `base` lacks, oldest first.
    pub fn between(&self, base: &str, head: &str) -> Vec<Arc<Commit>> {
        if base == head {
            return Vec::new();
        }
        let theirs = self.ancestors(base);
        let mut commits = self.newest_first(head);
        commits.retain(|commit| !theirs.contains(commit.sha.as_str()));
        commits.reverse();
        commits
    }

    /// Everything reachable from `head`, itself included, children before their parents.
    pub fn newest_first(&self, head: &str) -> Vec<Arc<Commit>> {
        let mut found = Vec::new();
        let mut seen = HashSet::from([head.to_owned()]);
        let rank = |sha: &str| {
            self.get(sha)
                .map(|commit| (commit.generation, commit.arrival, commit.sha.clone()))
        };
        let mut ahead: BinaryHeap<_> = rank(head).into_iter().collect();
        while let Some((_, _, sha)) = ahead.pop() {
            let Some(commit) = self.get(&sha) else {
                continue;
            };
            found.push(commit.clone());
            for parent in &commit.parents {
                if seen.insert(parent.clone()) {
                    ahead.extend(rank(parent));
                }
            }
        }
        found
    }

    /// The files that merging `theirs` into `ours` gives, or the paths in conflict.
    pub fn merge_trees(&self, ours: &str, theirs: &str) -> Result<Tree, Vec<String>> {
        let base = self
            .merge_base(ours, theirs)
            .map(|sha| self.tree(&sha))
            .unwrap_or_default();
        merge(&base, &self.tree(ours), &self.tree(theirs))
    }

    /// The files that go by this id, if a commit has just these.
    pub fn tree_named(&self, tree_sha: &str) -> Option<Tree> {
        let found = self.commits.values().find(|commit| commit.tree_sha == tree_sha);
        found.map(|commit| commit.tree.clone())
    }

    pub fn tree(&self, sha: &str) -> Tree {
        self.get(sha).map(|commit| commit.tree.clone()).unwrap_or_default()
    }

    /// What changed from `before` to `after`, by path.
    pub fn changes(&self, before: &str, after: &str) -> Vec<FileChange> {
        changes(&self.tree(before), &self.tree(after))
    }

    fn generation(&self, sha: &str) -> u32 {
        self.get(sha).map_or(0, |commit| commit.generation)
    }

    fn ancestors(&self, head: &str) -> HashSet<&str> {
        let mut seen = HashSet::new();
        let mut ahead: Vec<&str> = self
            .commits
            .get_key_value(head)
            .map(|(sha, _)| sha.as_str())
            .into_iter()
            .collect();
        while let Some(sha) = ahead.pop() {
            if let Some(commit) = self.get(sha).filter(|_| seen.insert(sha)) {
                ahead.extend(commit.parents.iter().map(String::as_str));
            }
        }
        seen
    }
}

/// A three-way merge, file by file.
pub(super) fn merge(base: &Tree, ours: &Tree, theirs: &Tree) -> Result<Tree, Vec<String>> {
    let (mut merged, mut conflicts) = (BTreeMap::new(), Vec::new());
    let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for path in paths {
        let (before, our, their) = (base.get(path), ours.get(path), theirs.get(path));
        let kept = match (our == before, their == before) {
            (_, true) => our,
            (true, false) => their,
            (false, false) if our == their => our,
            (false, false) => {
                conflicts.push(path.clone());
                continue;
            }
        };
        if let Some(content) = kept {
            merged.insert(path.clone(), content.clone());
        }
    }
    if conflicts.is_empty() {
        Ok(Arc::new(merged))
    } else {
        Err(conflicts)
    }
}

pub(super) fn changes(before: &Tree, after: &Tree) -> Vec<FileChange> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |path: &String| FileChange {
        path: path.clone(),
        before: before.get(path).cloned(),
        after: after.get(path).cloned(),
    };
    paths
        .into_iter()
        .map(change)
        .filter(|change| change.before != change.after)
        .collect()
}

impl FileChange {
    /// GitHub's word for what happened to the file.
    pub fn status(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "modified",
        }
    }

    /// Lines added and removed: what is left after the common beginning and end.
    pub fn lines(&self) -> (usize, usize) {
        let lines = |content: &Option<Arc<str>>| {
            content
                .as_deref()
                .unwrap_or("")
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let (before, after) = (lines(&self.before), lines(&self.after));
        let start = before
            .iter()
            .zip(&after)
            .take_while(|(one, other)| one == other)
            .count();
        let end = before[start..]
            .iter()
            .rev()
            .zip(after[start..].iter().rev())
            .take_while(|(one, other)| one == other)
            .count();
        (after.len() - start - end, before.len() - start - end)
    }
}

/// The id git gives a file of this content.
pub(super) fn blob_sha(content: &str) -> Sha {
    object_sha("blob", content)
}

fn tree_sha(tree: &Tree) -> Sha {
    let listing: String = tree
        .iter()
        .map(|(path, content)| format!("100644 {path}\0{}\n", blob_sha(content)))
        .collect();
    object_sha("tree", &listing)
}

fn commit_sha(commit: &NewCommit, tree_sha: &str) -> Sha {
    let parents: String = commit
        .parents
        .iter()
        .map(|parent| format!("parent {parent}\n"))
        .collect();
    let seconds = commit.time.as_second();
    let signed = |role: &str, by: &Signature| format!("{role} {} <{}> {seconds} +0000\n", by.name, by.email);
    let (author, committer) = (signed("author", &commit.author), signed("committer", &commit.committer));
    object_sha(
        "commit",
        &format!("tree {tree_sha}\n{parents}{author}{committer}\n{}", commit.message),
    )
}

fn object_sha(kind: &str, content: &str) -> Sha {
    let object = format!("{kind} {}\0{content}", content.len());
    digest(&SHA1_FOR_LEGACY_USE_ONLY, object.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

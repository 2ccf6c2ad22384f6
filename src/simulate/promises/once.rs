//! What may happen once only: an answer to a comment, a card, a deployment, a check run.

use std::collections::{BTreeMap, BTreeSet};

use super::{APP, Broken, Evidence, Promise, Tally, broken};
use crate::sandbox::What;

const ANSWER: &str = "<!-- greenlight:answer ";

/// Markers of which a pull request has at most one comment.
const SINGLE: [&str; 2] = ["<!-- greenlight:card -->", "<!-- greenlight:merged -->"];

impl Evidence {
    pub(super) fn judge_once(&self, tally: &mut Tally, found: &mut Vec<Broken>) {
        let mut answers: BTreeMap<String, u32> = BTreeMap::new();
        let mut singles: BTreeMap<(u64, &str), u32> = BTreeMap::new();
        let mut touched: BTreeSet<u64> = BTreeSet::new();
        let mut said: Vec<(u64, &str)> = Vec::new();
        for event in &self.history {
            match &event.what {
                What::Commented { pull, body, by, .. } if by == APP => {
                    if let Some(id) = marked(body, ANSWER) {
                        *answers.entry(id).or_default() += 1;
                    }
                    for marker in SINGLE.into_iter().filter(|marker| body.contains(marker)) {
                        *singles.entry((*pull, marker)).or_default() += 1;
                    }
                }
                What::Commented { comment, body, .. } => said.push((*comment, body)),
                What::CommentEdited { comment, .. } | What::CommentDeleted { comment, .. } => {
                    touched.insert(*comment);
                }
                _ => {}
            }
        }
        for (id, times) in answers.iter().filter(|(_, times)| **times > 1) {
            let how = format!("comment {id} was answered {times} times");
            found.push(broken(Promise::OneAnswer, how));
        }
        for ((pull, marker), times) in singles.iter().filter(|(_, times)| **times > 1) {
            let how = format!("#{pull} has {times} comments with {marker}");
            found.push(broken(Promise::OneEffect, how));
        }
        tally.answers += u64::try_from(answers.len()).unwrap_or(0);
        for (comment, body) in said {
            let was_heard = self.heard.contains(&comment) && !touched.contains(&comment);
            if was_heard && is_command(body) && !answers.contains_key(&comment.to_string()) && !self.reacted(comment) {
                let how = format!("comment {comment} was never answered: {body:?}");
                found.push(broken(Promise::OneAnswer, how));
            }
        }
        self.judge_deployments(found);
    }

    /// Whether a sign on the comment itself stands for the answer.
    fn reacted(&self, comment: u64) -> bool {
        let pulls = self.shop.pulls();
        pulls.iter().any(|pull| {
            let comments = self.shop.comments(pull.number);
            let of_it = comments.iter().find(|one| one.id == comment);
            of_it.is_some_and(|one| {
                let confused = |(by, content): &(String, String)| by == APP && content == "confused";
                one.reactions.iter().any(confused)
            })
        })
    }

    /// A deployment is made once for each time that a commit comes into an environment.
    fn judge_deployments(&self, found: &mut Vec<Broken>) {
        let mut latest: BTreeMap<&str, &str> = BTreeMap::new();
        for event in &self.history {
            match &event.what {
                What::Moved { branch, .. } => drop(latest.remove(branch.as_str())),
                What::Deployed {
                    sha, environment, by, ..
                } if by == APP && latest.insert(environment, sha).is_some_and(|known| known == sha) => {
                    let how = format!("{sha} was deployed to {environment} twice");
                    found.push(broken(Promise::OneEffect, how));
                }
                _ => {}
            }
        }
    }
}

/// What stands in a hidden marker.
fn marked(body: &str, begin: &str) -> Option<String> {
    let (_, rest) = body.split_once(begin)?;
    Some(rest.split_once(" -->")?.0.to_owned())
}

/// Whether a comment says something to us: a line that begins with a slash, and is neither quoted nor code.
fn is_command(body: &str) -> bool {
    let mut code = false;
    body.lines().any(|line| {
        code ^= line.starts_with("```");
        !code && line.starts_with('/')
    })
}

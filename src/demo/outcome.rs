//! What anybody could see on the simulated GitHub, compared with what it should be; the difference is told in half a sentence.

use crate::sandbox::{CommentView, Repository};

/// What people wrote on a pull request, and what Greenlight answered.
pub fn asked_and_answered(shop: &Repository, number: u64) -> (Vec<CommentView>, Vec<CommentView>) {
    let comments = shop.comments(number).into_iter();
    comments
        .filter(|comment| !is_card(comment))
        .partition(|comment| !comment.author.ends_with("[bot]"))
}

/// The card of a feature.
pub fn card(shop: &Repository, number: u64) -> Option<CommentView> {
    shop.comments(number).into_iter().find(is_card)
}

/// The hidden mark tells it from an answer.
fn is_card(comment: &CommentView) -> bool {
    comment.author.ends_with("[bot]") && comment.body.contains("<!-- greenlight:card")
}

/// The branch is at this commit.
pub fn branch_at(shop: &Repository, branch: &str, commit: &str) -> Result<(), String> {
    match shop.head(branch) {
        Some(head) if head == commit => Ok(()),
        Some(head) => Err(format!("{branch} is at {head}, not at {commit}.")),
        None => Err(format!("there is no branch {branch}.")),
    }
}

/// GitHub shows the pull request as merged.
pub fn merged(shop: &Repository, number: u64) -> Result<(), String> {
    match shop.pull(number) {
        Some(pull) if pull.merged => Ok(()),
        Some(pull) => Err(format!(
            "#{number} is {}, and not merged.",
            if pull.open { "open" } else { "closed" }
        )),
        None => Err(format!("there is no #{number}.")),
    }
}

/// It is still open.
pub fn not_merged(shop: &Repository, number: u64) -> Result<(), String> {
    match shop.pull(number) {
        Some(pull) if pull.open => Ok(()),
        _ => Err(format!("#{number} is not open any more.")),
    }
}

/// The branch has the feature of this pull request.
pub fn contains(shop: &Repository, branch: &str, number: u64) -> Result<(), String> {
    match has(shop, branch, number) {
        true => Ok(()),
        false => Err(format!("{branch} does not contain #{number}.")),
    }
}

/// The branch does not have the feature of this pull request.
pub fn lacks(shop: &Repository, branch: &str, number: u64) -> Result<(), String> {
    match has(shop, branch, number) {
        true => Err(format!("{branch} contains #{number}.")),
        false => Ok(()),
    }
}

fn has(shop: &Repository, branch: &str, number: u64) -> bool {
    let landed = shop.pull(number).and_then(|pull| pull.merge_commit);
    let head = shop.head(branch);
    landed
        .zip(head)
        .is_some_and(|(landed, head)| shop.is_ancestor(&landed, &head))
}

/// The pull request has this title.
pub fn titled(shop: &Repository, number: u64, title: &str) -> Result<(), String> {
    match shop.pull(number).map(|pull| pull.title) {
        Some(found) if found == title => Ok(()),
        found => Err(format!("it says “{}”.", found.unwrap_or_default())),
    }
}

/// Every comment of a person has one 👀 and one answer.
pub fn one_answer_each(shop: &Repository) -> Result<(), String> {
    for pull in shop.pulls() {
        let (asked, answers) = asked_and_answered(shop, pull.number);
        if asked.len() != answers.len() {
            return Err(format!(
                "#{} has {} comments and {} answers.",
                pull.number,
                asked.len(),
                answers.len()
            ));
        }
        let unseen = asked.iter().find(|comment| {
            comment
                .reactions
                .iter()
                .filter(|(_, content)| content == "eyes")
                .count()
                != 1
        });
        if let Some(comment) = unseen {
            return Err(format!(
                "“{}” on #{} has the reactions {:?}.",
                comment.body, pull.number, comment.reactions
            ));
        }
    }
    Ok(())
}

/// Since it was made, the branch was moved this often, by the bot alone, and never lost a commit.
pub fn moved_forward(shop: &Repository, branch: &str, times: usize) -> Result<(), String> {
    let moves: Vec<_> = shop
        .moves(branch)
        .into_iter()
        .filter(|moved| moved.before.is_some())
        .collect();
    let others = moves.iter().find(|moved| !moved.by.ends_with("[bot]"));
    let back = moves.iter().find(|moved| match (&moved.before, &moved.after) {
        (Some(before), Some(after)) => !shop.is_ancestor(before, after),
        _ => true,
    });
    match (others, back) {
        (Some(moved), _) => Err(format!("{} moved {branch}.", moved.by)),
        (_, Some(_)) => Err(format!(
            "{branch} was moved to a commit that does not contain what it had."
        )),
        _ if moves.len() != times => Err(format!("{branch} was moved {} times.", moves.len())),
        _ => Ok(()),
    }
}

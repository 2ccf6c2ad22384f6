//! What follows from an effect's outcome: for memory, so that it outlives a crash, and for the snapshot, so that the same
//! look can go on without asking GitHub again.

use super::effect::{Effect, Outcome, Receipt, Refusal};
use super::feature::Card;
use super::id::{BranchName, PullNumber, RequestId, Sha};
use super::memory::{Armed, Change, Entry, EntryKind, Memory, Progress, Reply, Request, Shown};
use super::snapshot::{Pull, Range, Snapshot};

/// The changes of memory that an outcome brings.
pub fn learn(effect: &Effect, outcome: &Outcome, memory: &Memory) -> Vec<Change> {
    match (effect, outcome) {
        (_, Outcome::Outdated) => Vec::new(),
        (Effect::Acknowledge { comment }, _) => {
            // A missing 👀 is a blemish, not a reason to try for ever.
            request(memory, RequestId::Comment(*comment), |request| {
                request.acknowledged = true
            })
        }
        (Effect::Reply { request: id, body, .. }, Outcome::Done(Receipt::Replied { comment })) => {
            let reply = Reply {
                comment: *comment,
                body: body.clone(),
            };
            told(memory, *id, |request| request.reply = Some(reply))
        }
        (
            Effect::EditReply {
                request: id,
                reply,
                body,
            },
            Outcome::Done(_),
        ) => {
            let reply = Reply {
                comment: *reply,
                body: body.clone(),
            };
            told(memory, *id, |request| request.reply = Some(reply))
        }
        // Somebody deleted our reply: the answer is still owed, so it is written anew.
        (Effect::EditReply { request: id, .. }, Outcome::Refused(Refusal::Missing)) => {
            request(memory, *id, |request| request.reply = None)
        }
        (Effect::Reply { request: id, .. } | Effect::EditReply { request: id, .. }, Outcome::Refused(_)) => {
            request(memory, *id, |request| request.unanswerable = true)
        }
        (Effect::MoveBranch { environment, from, .. }, outcome) => {
            let Some(armed) = memory.armed.get(environment) else {
                return Vec::new();
            };
            let progress = match outcome {
                Outcome::Refused(refusal) => Progress::Refused(refusal.clone()),
                _ => Progress::Moved { before: from.clone() },
            };
            vec![Change::Arm(Armed {
                progress,
                ..armed.clone()
            })]
        }
        (
            Effect::OpenPromotionPull { environment, shows, .. } | Effect::EditPromotionPull { environment, shows, .. },
            Outcome::Done(Receipt::PullWritten { pull, at }),
        ) => {
            let shown = Shown {
                environment: environment.clone(),
                pull: *pull,
                commit: shows.clone(),
                at: *at,
            };
            vec![Change::Shown(shown)]
        }
        (Effect::WriteCard { pull, body, shows, .. }, Outcome::Done(Receipt::CardWritten { comment, at })) => {
            card(memory, *pull, |card| card.written(*comment, body, shows, *at))
        }
        // Somebody deleted it: it is written anew.
        (
            Effect::WriteCard {
                pull, card: Some(_), ..
            },
            Outcome::Refused(Refusal::Missing),
        ) => card(memory, *pull, |card| card.comment = None),
        (Effect::WriteCard { pull, .. }, Outcome::Refused(_)) => card(memory, *pull, |card| card.unwritable = true),
        (Effect::MergePull { pull, head, .. }, Outcome::Done(Receipt::Merged { commit })) => {
            merged(memory, *pull, head, commit)
        }
        (Effect::MergePull { pull, head, .. }, Outcome::Refused(refusal)) => card(memory, *pull, |card| {
            card.merge_refused = Some((head.clone(), refusal.clone()));
        }),
        // The pull request's own state is read from GitHub again, and a refusal is tried again at the next look.
        _ => Vec::new(),
    }
}

fn request(memory: &Memory, id: RequestId, change: impl FnOnce(&mut Request)) -> Vec<Change> {
    let Some(mut request) = memory.requests.get(&id).cloned() else {
        return Vec::new();
    };
    change(&mut request);
    vec![Change::Request(request)]
}

fn card(memory: &Memory, pull: PullNumber, change: impl FnOnce(&mut Card)) -> Vec<Change> {
    let Some(mut card) = memory.cards.get(&pull).cloned() else {
        return Vec::new();
    };
    change(&mut card);
    vec![Change::Card(Box::new(card))]
}

fn merged(memory: &Memory, pull: PullNumber, head: &Sha, commit: &Sha) -> Vec<Change> {
    let acceptance = memory.cards.get(&pull).and_then(|card| card.acceptance.as_ref());
    let entry = Entry {
        kind: EntryKind::Merged,
        who: acceptance.map(|acceptance| acceptance.by.clone()),
        pull: Some(pull),
        request: acceptance.map(|acceptance| acceptance.request),
        environment: None,
        before: Some(head.clone()),
        after: Some(commit.clone()),
        why: "it was wanted and green, so it was merged into mainline".to_owned(),
        gates: Vec::new(),
    };
    vec![Change::Ledger(entry)]
}

fn told(memory: &Memory, id: RequestId, change: impl FnOnce(&mut Request)) -> Vec<Change> {
    let mut changes = request(memory, id, change);
    if let Some(Change::Request(request)) = changes.first() {
        let entry = Entry {
            kind: EntryKind::Answered,
            who: Some(request.asked_by.clone()),
            pull: Some(request.pull),
            request: Some(id),
            environment: None,
            before: None,
            after: None,
            why: request.body().lines().next().unwrap_or_default().to_owned(),
            gates: Vec::new(),
        };
        changes.push(Change::Ledger(entry));
    }
    changes
}

impl Snapshot {
    /// Brings the facts to what they are after the effect, as GitHub has confirmed it.
    pub fn after(&mut self, effect: &Effect, outcome: &Outcome) {
        if let Outcome::Refused(_) = outcome {
            self.refused.insert(effect.key());
        }
        match (effect, outcome) {
            (Effect::MoveBranch { branch, to, .. }, Outcome::Done(_)) => self.branch_moved(branch, to),
            (
                Effect::OpenPromotionPull {
                    head,
                    base,
                    title,
                    body,
                    shows,
                    ..
                },
                Outcome::Done(receipt),
            ) => {
                if let (Receipt::PullWritten { pull, at }, Some(repository)) = (receipt, &self.repository) {
                    let opened = Pull {
                        number: *pull,
                        title: title.clone(),
                        body: body.clone(),
                        author: None,
                        ours: true,
                        open: true,
                        merged: false,
                        merge_commit: None,
                        head: head.clone(),
                        head_sha: shows.clone(),
                        head_repo: Some(repository.id),
                        base: base.clone(),
                        updated_at: *at,
                        draft: false,
                        labels: Vec::new(),
                        mergeable: None,
                    };
                    self.promotion_pulls.insert((head.clone(), base.clone()), Some(opened));
                }
            }
            (
                Effect::EditPromotionPull {
                    pull: number,
                    title,
                    body,
                    ..
                },
                Outcome::Done(_),
            ) => {
                for pull in self
                    .promotion_pulls
                    .values_mut()
                    .flatten()
                    .filter(|pull| pull.number == *number)
                {
                    body.clone_into(&mut pull.body);
                    title.iter().for_each(|title| title.clone_into(&mut pull.title));
                }
            }
            (Effect::MergePull { pull, base, .. }, Outcome::Done(Receipt::Merged { commit })) => {
                if let Some(Some(pull)) = self.pulls.get_mut(pull) {
                    (pull.open, pull.merged, pull.merge_commit) = (false, true, Some(commit.clone()));
                }
                self.branch_moved(base, commit);
            }
            (Effect::RemoveLabel { pull, label }, Outcome::Done(_)) => {
                if let Some(Some(pull)) = self.pulls.get_mut(pull) {
                    pull.labels.retain(|found| found.to_lowercase() != label.to_lowercase());
                }
            }
            (Effect::ClosePromotionPull { pull: number, .. }, Outcome::Done(_)) => {
                for found in self.promotion_pulls.values_mut() {
                    found.take_if(|pull| pull.number == *number);
                }
            }
            (Effect::ReportConfiguration { commit, .. }, Outcome::Done(_)) => {
                self.configuration_runs.insert(commit.clone(), true);
            }
            _ => {}
        }
    }

    fn branch_moved(&mut self, branch: &BranchName, to: &Sha) {
        self.moved.insert(branch.clone());
        self.heads.remove(branch);
        for ((base, _), range) in &mut self.ranges {
            if base == branch
                && let Range::Between(between) = range
            {
                *between = between.after(to);
            }
        }
        // The next environment's stretch begins at this branch, so it has to be read anew.
        self.ranges.retain(|(_, head), _| head != branch);
    }
}

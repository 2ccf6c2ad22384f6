//! What follows from an effect's outcome: for memory, so that it outlives a crash, and for the snapshot, so that the same
//! look can go on without asking GitHub again.

mod developers;
mod preview;

use super::effect::{Effect, Outcome, Receipt, Refusal};
use super::feature::{Buttons, Card};
use super::id::{BranchName, EnvironmentName, PullNumber, RequestId, Sha, WorkflowRunId};
use super::memory::{Armed, Change, Entry, EntryKind, Memory, Progress, Reply, Request, Shown};
use super::offer::{Offer, Showing};
use super::outside::Outside;
use super::preview::Trouble;
use super::protection::{self, Standing};
use super::release::{self, Release};
use super::rollback::{self, Way};
use super::snapshot::{Between, Pull, Range, Snapshot};
use super::stay::{Note, Stay, Stays};
use super::welcome::{self, Welcome};

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
        (
            Effect::Reply { request: id, body, .. } | Effect::EditReply { request: id, body, .. },
            Outcome::Done(Receipt::Replied { comment, at }),
        ) => {
            let reply = Reply {
                comment: *comment,
                body: body.clone(),
            };
            let mut changes = told(memory, *id, |request| request.reply = Some(reply));
            changes.extend(offer_shown(
                memory,
                *id,
                body,
                Showing {
                    reply: *comment,
                    at: *at,
                },
            ));
            changes
        }
        // Somebody deleted our reply: the answer is still owed, so it is written anew.
        (Effect::EditReply { request: id, .. }, Outcome::Refused(Refusal::Missing)) => {
            request(memory, *id, |request| request.reply = None)
        }
        (Effect::Reply { request: id, .. } | Effect::EditReply { request: id, .. }, Outcome::Refused(_)) => {
            request(memory, *id, |request| request.unanswerable = true)
        }
        (Effect::MoveBranch { environment, from, .. } | Effect::MergeBranch { environment, from, .. }, outcome) => {
            let Some(armed) = memory.armed.get(environment) else {
                return Vec::new();
            };
            let mut changes = moved_by_us(memory, environment, effect, outcome);
            let progress = match outcome {
                Outcome::Refused(refusal) => Progress::Refused(refusal.clone()),
                Outcome::Done(Receipt::Joined { before, commit }) => Progress::Moved {
                    before: before.clone(),
                    merged_as: Some(commit.clone()),
                },
                _ => Progress::Moved {
                    before: from.clone(),
                    merged_as: None,
                },
            };
            changes.push(Change::Arm(Armed {
                progress,
                ..armed.clone()
            }));
            changes
        }
        (Effect::MakeRevert { environment, .. }, outcome) => revert_made(memory, environment, outcome),
        (Effect::RollBack { environment, to, .. }, outcome) => rolled_back(memory, environment, to, outcome),
        (Effect::OpenHotfixPull { environment, .. }, Outcome::Done(Receipt::PullWritten { pull, .. })) => {
            outside(memory, environment, |outside| {
                if let Some(hotfix) = &mut outside.standing.hotfix {
                    (hotfix.pull, hotfix.ours) = (Some(*pull), true);
                }
            })
        }
        (Effect::OpenHotfixPull { environment, .. }, Outcome::Refused(_)) => outside(memory, environment, |outside| {
            if let Some(hotfix) = &mut outside.standing.hotfix {
                hotfix.refused = true;
            }
        }),
        // Where GitHub will not take it, the promotion pull request still tells it.
        (Effect::DescribePull { environment, pull, .. }, _) => outside(memory, environment, |outside| {
            outside.to_tell.retain(|to_tell| to_tell.pull != *pull);
        }),
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
        (Effect::SetButtons { pull, head, run, says }, outcome) => {
            let buttons = match outcome {
                Outcome::Done(Receipt::ButtonsSet { run }) => Some((Some(*run), Some(says.clone()))),
                // It is not there any more, so a new one is made.
                Outcome::Refused(Refusal::Missing) if run.is_some() => None,
                _ => Some((None, Some(says.clone()))),
            };
            let buttons = buttons.map(|(run, says)| Buttons {
                head: head.clone(),
                run,
                says,
            });
            card(memory, *pull, |card| card.buttons = buttons)
        }
        (Effect::MakeTag { commit, .. }, Outcome::Done(_)) => release(memory, commit, |release| release.tagged = true),
        (Effect::MakeRelease { commit, .. }, Outcome::Done(Receipt::Released { url })) => {
            let url = url.clone();
            let mut changes = release(memory, commit, |release| {
                release.standing = release::Standing::Made { url };
            });
            changes.extend(released(memory, commit, "what came to run there became a release"));
            changes
        }
        (Effect::MakeTag { commit, .. } | Effect::MakeRelease { commit, .. }, Outcome::Refused(refusal)) => {
            let mut changes = release(memory, commit, |release| {
                release.standing = release::Standing::Refused(refusal.clone());
            });
            changes.extend(released(memory, commit, "GitHub would not let us make a release"));
            changes
        }
        (
            Effect::AnswerRun {
                run,
                environment,
                approved,
                ..
            },
            outcome,
        ) => answered(memory, *run, environment, *approved, outcome),
        (
            Effect::ReportToRun {
                run,
                environment,
                reason,
                comment,
                ..
            },
            outcome,
        ) => reported(memory, (*run, environment), reason, comment, outcome),
        (Effect::MergePull { pull, head, .. }, Outcome::Done(Receipt::Merged { commit })) => {
            merged(memory, *pull, head, commit)
        }
        (Effect::MergePull { pull, head, .. }, Outcome::Refused(refusal)) => card(memory, *pull, |card| {
            card.merge_refused = Some((head.clone(), refusal.clone()));
        }),
        (Effect::SetBranch { branch, to, .. }, outcome) => preview::ground(memory, branch, |ground| match outcome {
            Outcome::Refused(refusal) => ground.trouble = Some(Trouble::Refused(refusal.clone())),
            _ => (ground.put, ground.trouble) = (Some(to.clone()), None),
        }),
        (Effect::OpenIssue { environment, mark, .. }, outcome) => developers::told(memory, environment, mark, outcome),
        (
            Effect::RevertPull {
                environment,
                mark,
                pull,
                ..
            },
            outcome,
        ) => developers::reverted(memory, environment, mark, *pull, outcome),
        (Effect::CloseIssue { environment, issue, .. }, _) => developers::over(memory, environment, *issue),
        (Effect::CreateDeployment(new), outcome) if preview::of_mark(memory, &new.mark).is_some() => {
            preview::deployed(memory, &new.mark, outcome)
        }
        (Effect::ReportDeployment { deployment, .. }, _) if preview::is_deployment(memory, *deployment) => {
            preview::reported(memory, *deployment)
        }
        (Effect::CreateDeployment(new), outcome) => {
            let note = match outcome {
                Outcome::Done(Receipt::Deployment { id }) => Note::Ours { id: *id, told: None },
                Outcome::Refused(refusal) => Note::refused(refusal),
                _ => return Vec::new(),
            };
            // One look may put the same commit into two environments at the same moment.
            let of_it = memory.stays.get(&EnvironmentName::from(new.environment.as_str()));
            let wanted = of_it.filter(|stays| stays.newest().is_some_and(|stay| stay.mark() == new.mark));
            stays(wanted, |stay| stay.note = note)
        }
        (
            Effect::ReportDeployment {
                environment,
                deployment,
                status,
            },
            outcome,
        ) => stays(memory.stays.get(environment), |stay| match (&mut stay.note, outcome) {
            (note, Outcome::Done(_)) => note.told(*deployment, status.state),
            // It is a pity if ours stays beside theirs.
            (Note::Theirs { retire, .. }, _) => *retire = None,
            (note, Outcome::Refused(refusal)) => *note = Note::refused(refusal),
            _ => {}
        }),
        (Effect::OpenWelcome { .. }, Outcome::Done(Receipt::Welcomed { pull, commit })) => {
            let (standing, commit) = (welcome::Standing::Open { pull: *pull }, commit.clone());
            vec![Change::Welcome(Welcome { standing, commit })]
        }
        (Effect::OpenWelcome { at, .. }, Outcome::Refused(refusal)) => {
            let (refusal, at) = (refusal.clone(), *at);
            let standing = welcome::Standing::Refused { refusal, at };
            vec![Change::Welcome(Welcome { standing, commit: None })]
        }
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

/// The new tip counts as judged from now on, in the same writing as the move itself.
fn moved_by_us(memory: &Memory, environment: &EnvironmentName, effect: &Effect, outcome: &Outcome) -> Vec<Change> {
    let (before, tip) = match (effect, outcome) {
        (Effect::MoveBranch { from, to, .. }, Outcome::Done(_)) => (from, to),
        (_, Outcome::Done(Receipt::Joined { before, commit })) => (before, commit),
        _ => return Vec::new(),
    };
    outside(memory, environment, |outside| outside.moved_by_us(before, tip))
}

/// It is remembered before the branch is moved to it, so that the branch is known by it after a crash.
fn revert_made(memory: &Memory, environment: &EnvironmentName, outcome: &Outcome) -> Vec<Change> {
    let Some(mut way_back) = memory.ways_back.get(environment).cloned() else {
        return Vec::new();
    };
    let Some(rollback) = &mut way_back.under_way else {
        return Vec::new();
    };
    match outcome {
        Outcome::Done(Receipt::Committed { commit }) => {
            let commit = Some(commit.clone());
            rollback.way = Way::OnTop { commit };
        }
        Outcome::Refused(refusal) => rollback.progress = rollback::Progress::Refused(refusal.clone()),
        _ => return Vec::new(),
    }
    vec![Change::WayBack(Box::new(way_back))]
}

/// The new tip counts as judged from now on, whatever was there before: it was taken away.
fn rolled_back(memory: &Memory, environment: &EnvironmentName, to: &Sha, outcome: &Outcome) -> Vec<Change> {
    let Some(mut way_back) = memory.ways_back.get(environment).cloned() else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    if let Some(rollback) = &mut way_back.under_way {
        rollback.progress = match outcome {
            Outcome::Refused(refusal) => rollback::Progress::Refused(refusal.clone()),
            _ => {
                changes = outside(memory, environment, |outside| outside.set_by_us(to));
                rollback::Progress::Moved
            }
        };
    }
    changes.push(Change::WayBack(Box::new(way_back)));
    changes
}

fn outside(memory: &Memory, environment: &EnvironmentName, change: impl FnOnce(&mut Outside)) -> Vec<Change> {
    let Some(mut outside) = memory.outside.get(environment).cloned() else {
        return Vec::new();
    };
    change(&mut outside);
    vec![Change::Outside(Box::new(outside))]
}

/// The first writing of the reply that lists an offer is when it was shown.
fn offer_shown(memory: &Memory, id: RequestId, body: &str, shown: Showing) -> Option<Change> {
    let offer = memory.offers.values().find(|offer| offer.request == id)?;
    let answer = memory.requests.get(&id)?.answers.get(offer.command)?;
    let is_it = offer.is_open() && offer.shown.is_none() && body.contains(&answer.text);
    is_it.then(|| {
        Change::Offer(Offer {
            shown: Some(shown),
            ..offer.clone()
        })
    })
}

fn stays(known: Option<&Stays>, change: impl FnOnce(&mut Stay)) -> Vec<Change> {
    let known = known.map(|known| known.with_newest(change));
    known.map(|next| Change::Stays(Box::new(next))).into_iter().collect()
}

fn card(memory: &Memory, pull: PullNumber, change: impl FnOnce(&mut Card)) -> Vec<Change> {
    let Some(mut card) = memory.cards.get(&pull).cloned() else {
        return Vec::new();
    };
    change(&mut card);
    vec![Change::Card(Box::new(card))]
}

/// What is written down of a merge.
pub(super) fn merged(memory: &Memory, pull: PullNumber, head: &Sha, commit: &Sha) -> Vec<Change> {
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
        features: Vec::new(),
    };
    vec![Change::Ledger(entry)]
}

fn answered(
    memory: &Memory,
    run: WorkflowRunId,
    environment: &EnvironmentName,
    approved: bool,
    outcome: &Outcome,
) -> Vec<Change> {
    let Some(mut question) = memory.questions.get(&protection::key(run, environment)).cloned() else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    match outcome {
        Outcome::Refused(Refusal::PermissionMissing { permission }) => question.lacking = Some(permission.clone()),
        // GitHub takes no answer: nobody waits for ours any more, or the rule is somebody else's.
        Outcome::Refused(_) => question.standing = Standing::Ended,
        _ => {
            changes.push(Change::Ledger(protection::entry(&question, approved)));
            question.standing = match approved {
                true => Standing::Approved,
                false => Standing::Rejected,
            };
        }
    }
    changes.push(Change::Question(Box::new(question)));
    changes
}

fn release(memory: &Memory, commit: &Sha, change: impl FnOnce(&mut Release)) -> Vec<Change> {
    let Some(mut release) = memory.releases.get(commit).cloned() else {
        return Vec::new();
    };
    change(&mut release);
    vec![Change::Release(Box::new(release))]
}

fn released(memory: &Memory, commit: &Sha, why: &str) -> Option<Change> {
    let release = memory.releases.get(commit)?;
    Some(Change::Ledger(Entry {
        kind: EntryKind::Released,
        who: release.by.clone(),
        pull: None,
        request: release.asked.map(|(request, _)| request),
        environment: Some(release.environment.clone()),
        before: Some(release.since.clone()),
        after: Some(commit.clone()),
        why: why.to_owned(),
        gates: Vec::new(),
        features: Vec::new(),
    }))
}

/// A report that GitHub does not take is not tried again: it would be refused again.
fn reported(
    memory: &Memory,
    (run, environment): (WorkflowRunId, &EnvironmentName),
    reason: &str,
    comment: &str,
    outcome: &Outcome,
) -> Vec<Change> {
    let Some(mut question) = memory.questions.get(&protection::key(run, environment)).cloned() else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    match outcome {
        Outcome::Refused(Refusal::PermissionMissing { permission }) => question.lacking = Some(permission.clone()),
        Outcome::Refused(_) => question.reported.push(reason.to_owned()),
        _ => {
            question.reported.push(reason.to_owned());
            changes.push(Change::Ledger(Entry {
                kind: EntryKind::RunWaits,
                why: comment.lines().next().unwrap_or_default().to_owned(),
                ..protection::entry(&question, false)
            }));
        }
    }
    changes.push(Change::Question(Box::new(question)));
    changes
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
            features: Vec::new(),
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
            (Effect::SetBranch { branch, .. } | Effect::RollBack { branch, .. }, Outcome::Done(_)) => {
                self.branch_set(branch)
            }
            (
                Effect::MergeBranch {
                    branch, commit: merged, ..
                },
                Outcome::Done(Receipt::Joined { before, commit }),
            ) => self.branch_joined(branch, merged, before, commit),
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
                        merged_by: None,
                        head: head.clone(),
                        head_sha: shows.clone(),
                        head_repo: Some(repository.id),
                        base: base.clone(),
                        opened_at: Some(*at),
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

    /// What came in is known, unless somebody else was quicker; then the branch is read anew.
    fn branch_joined(&mut self, branch: &BranchName, merged: &Sha, before: &Sha, commit: &Sha) {
        self.moved.insert(branch.clone());
        self.heads.remove(branch);
        self.ranges.retain(|(base, head), range| {
            let is_as_read = matches!(range, Range::Between(between) if between.base_at == *before);
            head != branch && (base != branch || is_as_read)
        });
        for ((base, _), range) in &mut self.ranges {
            if base == branch
                && let Range::Between(between) = range
            {
                *between = Between {
                    base_at: commit.clone(),
                    behind_by: between.behind_by + 1,
                    ..between.after(merged)
                };
            }
        }
    }

    /// It may have gone anywhere, so whatever was read of what lies between it and others holds no more.
    fn branch_set(&mut self, branch: &BranchName) {
        self.moved.insert(branch.clone());
        self.heads.remove(branch);
        self.ranges.retain(|(base, head), _| base != branch && head != branch);
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

//! The numbered promises of `rules::plan`, held by random stories: people land commits, turn checks, write comments and
//! edit them, in any order, while the plan is carried out step by step on a pipeline that fits into a few fields.

use std::collections::{BTreeMap, BTreeSet};

use greenlight::rules::checks::{CheckRun, Checks, Conclusion, RunStatus};
use greenlight::rules::config;
use greenlight::rules::deployment::{Deployment, Listed, NewDeployment, State, Status};
use greenlight::rules::effect::{Effect, Outcome, Receipt};
use greenlight::rules::id::{
    BranchName, CommentId, DeploymentId, EnvironmentName, InstallationId, IssueNumber, Login, Person, PullNumber,
    RepoId, RepoName, RequestId, Sha, UserId,
};
use greenlight::rules::interpret::{Heard, News};
use greenlight::rules::learn::learn;
use greenlight::rules::memory::{Answer, Armed, Feature, Gap, Memory, Origin, Progress, Reply, Request};
use greenlight::rules::offer::Ended;
use greenlight::rules::plan::{Look, plan};
use greenlight::rules::snapshot::{
    Between, Comment, Commit, ConfigFile, Files, Found, Issue, Need, Pull, Range, Read, Repository, Role, Snapshot,
};
use greenlight::rules::stretch::Cargo;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

#[path = "support/soundness.rs"]
mod soundness;

use soundness::nothing_amiss;

const CONFIGURATION: &str = "owners: [anna]\nenvironments:\n  - name: staging\n  - name: production\n";
/// Whether it runs on staging is told by deployments.
const BY_DEPLOYMENT: &str =
    "owners: [anna]\nenvironments:\n  - name: staging\n    deployed_when: deployment\n  - name: production\n";
const REPOSITORY: RepoId = RepoId(1);
/// Steps in which one look has to come to its end.
const STEPS_MAX: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ci {
    Nothing,
    Running,
    Green,
    Red,
}

#[derive(Clone, Debug)]
enum Event {
    Lands,
    Turns {
        commit: usize,
        ci: Ci,
    },
    Says {
        owner: bool,
        pull: usize,
        text: &'static str,
    },
    /// On a merged feature.
    SaysOfFeature {
        owner: bool,
        commit: usize,
        text: &'static str,
    },
    Edits {
        comment: usize,
    },
    Pauses {
        minutes: i64,
    },
    MovesByHand {
        environment: usize,
    },
    /// Whoever deploys reports on one of the newest deployments.
    Reports {
        deployment: usize,
        state: State,
    },
}

/// Mainline is a line of commits, and each branch a point on it.
struct Pipeline {
    configuration: &'static str,
    deployments: Vec<(NewDeployment, Timestamp)>,
    /// The newest of each, by its place.
    reports: BTreeMap<usize, Status>,
    /// Commits that were reported to run on staging.
    ran: BTreeSet<usize>,
    commits: Vec<Ci>,
    /// Mainline, staging, production.
    tips: [usize; 3],
    pulls: Vec<Pull>,
    comments: Vec<Comment>,
    replies: BTreeMap<RequestId, Vec<String>>,
    moves: Vec<Move>,
    backs: Vec<Back>,
    /// The issues by which developers were told: each with its mark, and whether it is open.
    issues: Vec<(String, bool)>,
    /// What each environment was ever seen at, and what was taken back from it and has not come again.
    was_at: [BTreeSet<usize>; 3],
    away: [BTreeSet<usize>; 3],
    /// Every answer that could once be read: where, since when, and what.
    said: Vec<(PullNumber, Timestamp, String)>,
    by_hand: BTreeSet<usize>,
    /// Until when an owner holds which environment, by what they said alone.
    held: BTreeMap<String, Timestamp>,
    /// When the last finished plan wants to look again.
    look_again: Option<Timestamp>,
    /// The branches are further apart than GitHub is read.
    too_far: bool,
    memory: Memory,
    now: Timestamp,
}

#[derive(Debug)]
struct Move {
    from: usize,
    to: usize,
    stage_before: usize,
    was_green: bool,
    was_held: bool,
    /// What had been taken back and not come again.
    away: BTreeSet<usize>,
    /// On the stage before, where that is told.
    has_run: bool,
    /// The comment that it came from.
    asked: CommentId,
}

/// An environment was taken back.
#[derive(Debug)]
struct Back {
    stage: usize,
    from: usize,
    to: usize,
    request: RequestId,
    command: usize,
}

fn sha(index: usize) -> Sha {
    Sha::parse(&format!("{:040x}", index + 1)).expect("forty digits")
}

fn index(sha: &Sha) -> usize {
    usize::from_str_radix(sha.as_str(), 16).expect("made by `sha`") - 1
}

fn branch(which: usize) -> BranchName {
    BranchName::from(["main", "staging", "production"][which])
}

fn which(branch: &BranchName) -> usize {
    ["main", "staging", "production"]
        .iter()
        .position(|name| *name == branch.as_str())
        .expect("a known branch")
}

fn person(owner: bool) -> Person {
    let (id, login) = if owner { (7, "anna") } else { (8, "dora") };
    Person {
        id: UserId(id),
        login: Login::from(login),
    }
}

impl Pipeline {
    fn new() -> Self {
        Self {
            commits: vec![Ci::Green],
            tips: [0; 3],
            pulls: Vec::new(),
            comments: Vec::new(),
            replies: BTreeMap::new(),
            moves: Vec::new(),
            backs: Vec::new(),
            issues: Vec::new(),
            was_at: std::array::from_fn(|_| BTreeSet::from([0])),
            away: Default::default(),
            configuration: CONFIGURATION,
            deployments: Vec::new(),
            reports: BTreeMap::new(),
            ran: BTreeSet::new(),
            said: Vec::new(),
            by_hand: BTreeSet::new(),
            held: BTreeMap::new(),
            look_again: None,
            too_far: false,
            memory: Memory::default(),
            now: Timestamp::from_second(1_780_000_000).expect("a time"),
        }
    }

    fn happens(&mut self, event: &Event) -> Heard {
        self.now += SignedDuration::from_secs(30);
        let mut heard = Heard::default();
        match event {
            Event::Lands => {
                self.commits.push(Ci::Nothing);
                self.tips[0] = self.commits.len() - 1;
                heard.branches.insert(branch(0), Some(sha(self.tips[0])));
            }
            Event::Turns { commit, ci } => {
                let commit = commit % self.commits.len();
                self.commits[commit] = *ci;
                heard.checks.insert(sha(commit));
            }
            Event::Says { owner, pull, text } if !self.pulls.is_empty() => {
                let pull = self.pulls[pull % self.pulls.len()].number;
                self.says(*owner, pull, text, &mut heard);
            }
            Event::SaysOfFeature { owner, commit, text } if self.commits.len() > 1 => {
                let pull = number_of(1 + commit % (self.commits.len() - 1));
                self.says(*owner, pull, text, &mut heard);
            }
            Event::Edits { comment } if !self.comments.is_empty() => {
                let count = self.comments.len();
                let comment = &mut self.comments[comment % count];
                comment.body = "/promote production".to_owned();
                comment.updated_at = self.now;
            }
            Event::MovesByHand { environment } => {
                let (stage, before) = (1 + environment % 2, environment % 2);
                if self.tips[stage] < self.tips[before] {
                    self.tips[stage] += 1;
                    self.by_hand.insert(self.tips[stage]);
                    let tip = self.tips[stage];
                    self.away[stage].retain(|index| *index > tip);
                }
                heard.branches.insert(branch(stage), Some(sha(self.tips[stage])));
            }
            Event::Pauses { minutes } => {
                self.now += SignedDuration::from_mins(*minutes);
                heard.everything = true;
            }
            Event::Reports { deployment, state } if !self.deployments.is_empty() => {
                let place = self.deployments.len() - 1 - deployment % self.deployments.len();
                self.report(place, *state, &mut heard);
            }
            Event::Reports { .. } | Event::Says { .. } | Event::SaysOfFeature { .. } | Event::Edits { .. } => {}
        }
        heard
    }

    fn report(&mut self, place: usize, state: State, heard: &mut Heard) {
        let deployed = &self.deployments[place].0;
        let before = self.reports.get(&place).and_then(|status| status.succeeded_at);
        let succeeded_at = match state {
            State::Success => before.or(Some(self.now)),
            State::Failure => None,
            _ => before,
        };
        if state == State::Success && deployed.environment == "staging" {
            self.ran.insert(index(&deployed.commit));
        }
        heard.deployments.insert(deployed.commit.clone());
        let (log_url, at) = (None, self.now);
        self.reports.insert(
            place,
            Status {
                state,
                log_url,
                at,
                succeeded_at,
            },
        );
    }

    fn says(&mut self, owner: bool, pull: PullNumber, text: &str, heard: &mut Heard) {
        let id = CommentId(100 + self.comments.len() as i64);
        self.comments.push(Comment {
            id,
            pull,
            author: Some(person(owner)),
            by_hand: true,
            body: text.to_owned(),
            created_at: self.now,
            updated_at: self.now,
        });
        heard.comments.insert(id, text.to_owned());
        if owner {
            self.hears_of_holds(text);
        }
    }

    /// "in 2 hours" ends on a full minute, so a hold lasts two hours at least.
    fn hears_of_holds(&mut self, text: &str) {
        if let Some(rest) = text.strip_prefix("/hold ") {
            let name = rest.split(' ').next().expect("an environment");
            self.held
                .insert(name.to_owned(), self.now + SignedDuration::from_hours(2));
        } else if let Some(name) = text.strip_prefix("/unhold ") {
            self.held.remove(name);
        }
    }

    /// Carries plans out until nothing is left, and says how many effects that took.
    fn settle(&mut self, heard: &Heard) -> usize {
        let mut snapshot = Snapshot::default();
        let mut effects = 0;
        for _ in 0..STEPS_MAX {
            let next = plan(&Look {
                snapshot: &snapshot,
                memory: &self.memory,
                heard,
                now: self.now,
                welcomes: false,
            });
            if next.is_finished() {
                self.look_again = next.look_again;
                return effects;
            }
            next.changes.iter().for_each(|change| self.memory.apply(change));
            for effect in &next.effects {
                effects += 1;
                let outcome = Outcome::Done(self.perform(effect));
                let changes = learn(effect, &outcome, &self.memory);
                changes.iter().for_each(|change| self.memory.apply(change));
                snapshot.after(effect, &outcome);
            }
            if next.outdated {
                snapshot = Snapshot::default();
            } else if next.effects.is_empty() {
                self.now += SignedDuration::from_millis(20);
                if next.needs.iter().any(|need| !need.is_last_look()) {
                    snapshot.facts_at = Some(self.now);
                }
                next.needs.iter().for_each(|need| self.answer(need, &mut snapshot));
            }
        }
        panic!("no end after {STEPS_MAX} steps");
    }

    fn answer(&self, need: &Need, snapshot: &mut Snapshot) {
        match need {
            Need::Repository => snapshot.repository = Some(repository()),
            Need::Config => {
                let config = config::parse(self.configuration).expect("a valid configuration");
                snapshot.config = Some(ConfigFile::Valid {
                    config: Box::new(config),
                    branches: Vec::new(),
                });
            }
            Need::Comment(id) => {
                let found = self.comments.iter().find(|comment| comment.id == *id).cloned();
                snapshot.comments.insert(*id, found);
            }
            Need::Pull(number) => {
                let known = self.pulls.iter().find(|pull| pull.number == *number).cloned();
                let found = known.or_else(|| self.merged_feature(*number));
                snapshot.pulls.insert(*number, found);
            }
            Need::Role(id, _) => {
                snapshot.roles.insert(*id, Role::Write);
            }
            Need::PromotionPull { head, base } => {
                let is_it = |pull: &&Pull| pull.open && pull.head == *head && pull.base == *base;
                let found = self.pulls.iter().find(is_it).cloned();
                snapshot.promotion_pulls.insert((head.clone(), base.clone()), found);
            }
            Need::Range { base, head } => {
                snapshot
                    .ranges
                    .insert((base.clone(), head.clone()), self.range(base, head));
            }
            Need::Origins(_, commits) => {
                for commit in commits {
                    snapshot.origins.insert(commit.clone(), origin(commit));
                }
            }
            Need::Contains { ancestor, descendant } => {
                let is = index(ancestor) <= index(descendant);
                snapshot.contains.insert((ancestor.clone(), descendant.clone()), is);
            }
            Need::WelcomePull | Need::Surroundings(_) => panic!("everybody here has a configuration"),
            Need::Rules(branch) => {
                snapshot.rules.insert(branch.clone(), Vec::new());
            }
            Need::Checks(commit) => {
                let value = checks(self.commits[index(commit)]);
                snapshot.checks.insert(commit.clone(), Read { value, at: self.now });
            }
            Need::Head(branch) => {
                let value = Some(sha(self.tips[which(branch)]));
                snapshot.heads.insert(branch.clone(), Read { value, at: self.now });
            }
            Need::PullFiles(number) => {
                snapshot.pull_files.insert(*number, Files::default());
            }
            Need::OpenPulls(base) => {
                snapshot.open_pulls.insert(base.clone(), Vec::new());
            }
            Need::Deployments { environment, commit } => {
                let wanted = |new: &(NewDeployment, Timestamp)| {
                    new.0.environment == *environment && commit.as_ref().is_none_or(|commit| new.0.commit == *commit)
                };
                let listed = self.deployments.iter().enumerate().rev();
                let listed = listed.filter(|(_, new)| wanted(new));
                let listed = listed.map(|(place, (new, created_at))| Deployment {
                    id: DeploymentId(place as i64 + 1),
                    commit: new.commit.clone(),
                    created_at: *created_at,
                    mark: Some(new.mark.clone()),
                });
                let listed = Listed::Deployments(listed.collect());
                snapshot
                    .deployments
                    .insert((environment.clone(), commit.clone()), listed);
            }
            Need::Issue(number) => {
                let (_, open) = &self.issues[usize::try_from(number.0 - 1).expect("a place")];
                let issue = Issue {
                    open: *open,
                    body: String::new(),
                };
                snapshot.issue.insert(*number, Found::It(issue));
            }
            Need::DeploymentStatus(id) => {
                let place = usize::try_from(id.0 - 1).expect("a place");
                snapshot
                    .deployment_statuses
                    .insert(*id, self.reports.get(&place).cloned());
            }
            Need::Soundness(part) => snapshot.soundness.put(nothing_amiss(part)),
            Need::Member(..)
            | Need::Reply { .. }
            | Need::Labeller(..)
            | Need::PullsOf(_)
            | Need::LastWord(..)
            | Need::Card(_)
            | Need::ConfigAt(_)
            | Need::Review(..)
            | Need::Click(_)
            | Need::ButtonRun(..)
            | Need::WaitingRuns
            | Need::WorkflowRun(_)
            | Need::WaitingFor(_)
            | Need::Deployment(_)
            | Need::Issues(_)
            | Need::Releases
            | Need::Tags(_)
            | Need::ConfigurationRun(_) => {
                panic!("nothing here asks for {need:?}")
            }
        }
    }

    fn range(&self, base: &BranchName, head: &BranchName) -> Range {
        if self.too_far {
            return Range::TooLong { commits: 2_002 };
        }
        let at = |branch: &BranchName| {
            Sha::parse(branch.as_str()).map_or_else(|| self.tips[which(branch)], |sha| index(&sha))
        };
        let (from, to) = (at(base), at(head));
        let commit = |index: usize| Commit {
            sha: sha(index),
            parents: vec![sha(index - 1)],
            title: format!("change {index}"),
            author: None,
            reverts: None,
        };
        Range::Between(Between {
            base_at: sha(from),
            head_at: sha(to),
            commits: (from + 1..=to).map(commit).collect(),
            behind_by: from.saturating_sub(to) as u64,
        })
    }

    fn perform(&mut self, effect: &Effect) -> Receipt {
        match effect {
            Effect::Acknowledge { .. } => Receipt::Acknowledged,
            Effect::Reply { request, pull, body } => {
                self.replies.entry(*request).or_default().push(body.clone());
                let RequestId::Comment(asked) = request else {
                    panic!("nobody said anything but by comments: {request}")
                };
                self.said.push((*pull, self.now, body.clone()));
                Receipt::Replied {
                    comment: CommentId(asked.0 + 10_000),
                    at: self.now,
                }
            }
            Effect::EditReply { request, reply, body } => {
                *self
                    .replies
                    .get_mut(request)
                    .and_then(|all| all.last_mut())
                    .expect("a reply to edit") = body.clone();
                let asked = self.comments.iter().find(|comment| *request == comment.id.into());
                self.said.push((asked.expect("a comment").pull, self.now, body.clone()));
                Receipt::Replied {
                    comment: *reply,
                    at: self.now,
                }
            }
            Effect::MoveBranch { branch, to, .. } => {
                let stage = which(branch);
                let held_until = self.held.get(branch.as_str());
                let one = Move {
                    from: self.tips[stage],
                    to: index(to),
                    stage_before: self.tips[stage - 1],
                    was_green: self.commits[index(to)] == Ci::Green,
                    has_run: stage < 2
                        || self.configuration == CONFIGURATION
                        || self.ran.iter().any(|ran| *ran >= index(to)),
                    was_held: held_until.is_some_and(|until| self.now < *until),
                    asked: self.asked_for(branch),
                    away: self.away[stage].clone(),
                };
                self.away[stage].retain(|index| *index > one.to);
                self.tips[stage] = one.to;
                // It may go back again in the same breath; it was there all the same.
                self.was_at[stage].insert(one.to);
                self.moves.push(one);
                self.merged_by_reachability();
                Receipt::Moved
            }
            Effect::RollBack {
                request,
                command,
                branch,
                from,
                to,
                ..
            } => {
                let (stage, from, to) = (which(branch), index(from), index(to));
                assert_eq!(self.tips[stage], from, "R2: {effect:?}");
                self.tips[stage] = to;
                self.away[stage].extend(to + 1..=from);
                self.away[stage].retain(|index| *index > to);
                self.backs.push(Back {
                    stage,
                    from,
                    to,
                    request: *request,
                    command: *command,
                });
                Receipt::Moved
            }
            Effect::OpenIssue { mark, .. } => {
                let is_new = self.issues.iter().all(|(known, _)| known != mark);
                assert!(is_new, "V1: told twice: {mark}");
                self.issues.push((mark.clone(), true));
                Receipt::IssueOpened {
                    issue: IssueNumber(self.issues.len() as i64),
                }
            }
            Effect::CloseIssue { issue, .. } => {
                let (_, open) = &mut self.issues[usize::try_from(issue.0 - 1).expect("a place")];
                assert!(std::mem::take(open), "V3: {issue} was closed before");
                Receipt::IssueClosed
            }
            Effect::CreateDeployment(new) => {
                let is_new = self.deployments.iter().all(|(known, _)| known.mark != new.mark);
                assert!(is_new, "a second deployment for one stay: {new:?}");
                self.deployments.push((new.clone(), self.now));
                Receipt::Deployment {
                    id: DeploymentId(self.deployments.len() as i64),
                }
            }
            Effect::ReportDeployment { .. } => Receipt::DeploymentReported,
            Effect::MergeBranch { .. }
            | Effect::MakeRevert { .. }
            | Effect::SetBranch { .. }
            | Effect::OpenHotfixPull { .. }
            | Effect::AnswerRun { .. }
            | Effect::ReportToRun { .. }
            | Effect::MakeTag { .. }
            | Effect::MakeRelease { .. }
            | Effect::RevertPull { .. }
            | Effect::DescribePull { .. } => panic!("every environment here is moved forward: {effect:?}"),
            Effect::OpenPromotionPull {
                head,
                base,
                title,
                body,
                ..
            } => {
                let number = PullNumber(10 + self.pulls.len() as i64);
                self.pulls.push(Pull {
                    number,
                    title: title.clone(),
                    body: body.clone(),
                    author: None,
                    ours: true,
                    open: true,
                    merged: false,
                    merge_commit: None,
                    merged_by: None,
                    head: head.clone(),
                    head_sha: sha(self.tips[which(head)]),
                    head_repo: Some(REPOSITORY),
                    base: base.clone(),
                    opened_at: None,
                    updated_at: self.now,
                    draft: false,
                    labels: Vec::new(),
                    mergeable: None,
                });
                Receipt::PullWritten {
                    pull: number,
                    at: self.now,
                }
            }
            Effect::EditPromotionPull {
                pull: number,
                title,
                body,
                ..
            } => {
                let pull = self
                    .pulls
                    .iter_mut()
                    .find(|pull| pull.number == *number)
                    .expect("a pull request to edit");
                assert!(pull.open, "a closed pull request was edited");
                pull.body = body.clone();
                title.iter().for_each(|title| pull.title = title.clone());
                Receipt::PullWritten {
                    pull: *number,
                    at: self.now,
                }
            }
            // The others turn merged by themselves.
            Effect::ClosePromotionPull { pull: number, .. } => {
                let pull = self
                    .pulls
                    .iter_mut()
                    .find(|pull| pull.number == *number)
                    .expect("a pull request to close");
                let is_behind = self.tips[which(&pull.head)] <= self.tips[which(&pull.base)];
                assert!(
                    is_behind,
                    "only what was taken back from the stage before has to be closed: {pull:?}"
                );
                pull.open = false;
                Receipt::PullClosed
            }
            Effect::WriteCard { .. }
            | Effect::SetButtons { .. }
            | Effect::MergePull { .. }
            | Effect::RemoveLabel { .. } => {
                panic!("nobody makes a feature ready here: {effect:?}")
            }
            Effect::AnswerByReaction { .. } => panic!("nobody here is a stranger"),
            Effect::OpenWelcome { .. } | Effect::ReportConfiguration { .. } => {
                panic!("nobody here writes the configuration")
            }
        }
    }

    fn merged_feature(&self, number: PullNumber) -> Option<Pull> {
        let landed = (1..self.commits.len()).find(|index| number_of(*index) == number)?;
        Some(Pull {
            number,
            title: format!("Feature {landed}"),
            body: String::new(),
            author: None,
            ours: false,
            open: false,
            merged: true,
            merge_commit: Some(sha(landed)),
            head: BranchName::from("feature"),
            head_sha: sha(landed),
            head_repo: Some(REPOSITORY),
            base: branch(0),
            opened_at: None,
            updated_at: self.now,
            draft: false,
            labels: Vec::new(),
            mergeable: None,
            merged_by: None,
        })
    }

    fn merged_by_reachability(&mut self) {
        for pull in &mut self.pulls {
            let all_there = self.tips[which(&pull.base)] == self.tips[which(&pull.head)];
            pull.merged |= all_there;
            pull.open &= !all_there;
        }
    }

    fn asked_for(&self, environment: &BranchName) -> CommentId {
        let armed = self.memory.armed.get(&EnvironmentName::from(environment.as_str()));
        match armed.expect("only what is armed moves").request {
            RequestId::Comment(comment) => comment,
            other => panic!("nobody says anything by {other}"),
        }
    }

    /// P8, of one move: who asked was shown by a promotion pull request how far it goes, named nothing but the one feature that
    /// went, or confirmed a list, written before, of just what went.
    fn was_known(&self, one: &Move) -> bool {
        let comment = self
            .comments
            .iter()
            .find(|comment| comment.id == one.asked)
            .expect("it was said");
        let went: BTreeSet<PullNumber> = (one.from + 1..=one.to).map(number_of).collect();
        let listed = |(pull, at, text): &(PullNumber, Timestamp, String)| {
            let is_before = *pull == comment.pull && *at <= comment.created_at && text.contains("`/confirm");
            let would_go = text.split("This would stay behind:").next().unwrap_or_default();
            is_before && went.iter().all(|number| would_go.contains(&format!("#{number}")))
        };
        match comment.body.as_str() {
            text if text.starts_with("/confirm") => self.said.iter().any(listed),
            _ if comment.pull.0 > 1_000 => went == BTreeSet::from([comment.pull]),
            _ => self.shown_at(comment).contains(&one.to),
        }
    }

    /// The commit that the pull request showed when the comment was written.
    fn shown_at(&self, comment: &Comment) -> BTreeSet<usize> {
        let before =
            |shown: &&greenlight::rules::memory::Shown| shown.pull == comment.pull && shown.at <= comment.created_at;
        self.memory
            .shown
            .iter()
            .filter(before)
            .map(|shown| index(&shown.commit))
            .collect()
    }
}

fn repository() -> Repository {
    Repository {
        id: REPOSITORY,
        installation: InstallationId(2),
        name: RepoName::parse("harbour/shop").expect("two parts"),
        default_branch: branch(0),
        archived: false,
        fork: false,
        html_url: "https://github.example/harbour/shop".to_owned(),
        app_id: 5,
        merge_methods: Vec::new(),
    }
}

/// The feature that landed as this commit.
fn number_of(index: usize) -> PullNumber {
    PullNumber(1_000 + index as i64)
}

fn origin(commit: &Sha) -> Origin {
    Origin::Feature(Feature {
        number: number_of(index(commit)),
        title: format!("Feature {}", index(commit)),
        author: None,
        closes: Vec::new(),
    })
}

fn checks(ci: Ci) -> Checks {
    let (status, conclusion) = match ci {
        Ci::Nothing => {
            return Checks {
                complete: true,
                ..Checks::default()
            };
        }
        Ci::Running => (RunStatus::InProgress, None),
        Ci::Green => (RunStatus::Completed, Some(Conclusion::Success)),
        Ci::Red => (RunStatus::Completed, Some(Conclusion::Failure)),
    };
    let run = CheckRun {
        id: 1,
        name: "test".to_owned(),
        app_id: Some(15_368),
        app_slug: Some("github-actions".to_owned()),
        suite_id: Some(1),
        status,
        conclusion,
        started_at: None,
        completed_at: None,
        html_url: None,
        details_url: None,
    };
    Checks {
        statuses: Vec::new(),
        runs: vec![run],
        complete: true,
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let state = prop_oneof![
        3 => Just(State::Success),
        1 => Just(State::Failure),
        1 => Just(State::InProgress),
        1 => Just(State::Inactive),
        1 => Just(State::Unknown),
    ];
    let ci = prop_oneof![Just(Ci::Running), Just(Ci::Green), Just(Ci::Green), Just(Ci::Red)];
    let text = prop_oneof![
        Just("/promote staging"),
        Just("/promote staging"),
        Just("/promote production"),
        Just("/promote production --dry-run"),
        Just("/cancel"),
        Just("/hold staging for 2 hours"),
        Just("/hold production for 2 hours because we give a demo"),
        Just("/unhold staging"),
        Just("/promote staging in 50 minutes"),
        Just("/status\n/help"),
        Just("/promot staging"),
        Just("/promote staging without #1002"),
        Just("/confirm"),
        Just("/rollback staging"),
        Just("/rollback staging"),
        Just("/rollback production"),
        Just("/rollback staging to #1002"),
        Just("/rollback staging --dry-run"),
        Just("/confirm #1001"),
        Just("/confirm #1002"),
        Just("/confirm #1002 and #1003"),
        Just("/promote staging\n/rollback staging"),
        Just("/rollback staging\n/promote staging"),
    ];
    let of_feature = prop_oneof![
        Just("/promote staging"),
        Just("/promote staging"),
        Just("/promote production"),
        Just("/promote staging in 50 minutes"),
        Just("/promote staging without #1002, #1003"),
        Just("/confirm"),
        Just("/confirm"),
        Just("/confirm"),
        Just("/promote staging\n/confirm"),
        Just("/cancel"),
        Just("/confirm #1002"),
        Just("/confirm #1001, #1002"),
    ];
    prop_oneof![
        3 => Just(Event::Lands),
        4 => (0..8_usize, ci).prop_map(|(commit, ci)| Event::Turns { commit, ci }),
        5 => (prop::bool::weighted(0.8), 0..4_usize, text)
            .prop_map(|(owner, pull, text)| Event::Says { owner, pull, text }),
        // On few, so that a word often finds a list.
        4 => (prop::bool::weighted(0.8), 0..4_usize, of_feature)
            .prop_map(|(owner, commit, text)| Event::SaysOfFeature { owner, commit, text }),
        1 => (0..6_usize).prop_map(|comment| Event::Edits { comment }),
        1 => prop_oneof![Just(5), Just(60), Just(25 * 60)].prop_map(|minutes| Event::Pauses { minutes }),
        1 => (0..2_usize).prop_map(|environment| Event::MovesByHand { environment }),
        3 => (0..3_usize, state).prop_map(|(deployment, state)| Event::Reports { deployment, state }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// P1 order and showing, P2 green only, P3 convergence, P4 one reply, P7 holds, P8 lists and further words, P9 what runs;
    /// R1 to R4 of rollbacks; V1 developers are told once.
    #[test]
    fn every_story_keeps_the_promises(events in prop::collection::vec(any_event(), 1..40), told in any::<bool>()) {
        let mut pipeline = Pipeline::new();
        if told { pipeline.configuration = BY_DEPLOYMENT }
        let mut confirmed = BTreeMap::new();
        let mut went_back = BTreeSet::new();
        for event in &events {
            let heard = pipeline.happens(event);
            let (moves_before, backs_before) = (pipeline.moves.len(), pipeline.backs.len());
            let was_at = pipeline.was_at.clone();
            pipeline.settle(&heard);
            let everything = Heard { everything: true, ..Heard::default() };
            pipeline.merged_by_reachability();
            pipeline.settle(&everything);
            prop_assert_eq!(pipeline.settle(&everything), 0, "P3: something was left to do after {:?}", event);

            for one in &pipeline.moves[moves_before..] {
                prop_assert!(one.from < one.to && one.to <= one.stage_before, "P1: {:?}", one);
                prop_assert!(one.was_green, "P2: {:?}", one);
                prop_assert!(!one.was_held, "P7: {:?}", one);
                prop_assert!(one.has_run, "P9: {:?}", one);
                let by_an_owner = pipeline.comments.iter().any(|comment| {
                    comment.id == one.asked && comment.author == Some(person(true))
                });
                prop_assert!(by_an_owner, "P1: no owner asked for {:?}", one);
                prop_assert!(pipeline.was_known(one), "P1, P8: more went than was shown: {:?}", one);
            }
            for one in &pipeline.moves[moves_before..] {
                let again: Vec<_> = one.away.iter().filter(|index| **index > one.from && **index <= one.to).collect();
                let said = pipeline.comments.iter().find(|comment| comment.id == one.asked).expect("it was said");
                let is_named = |index: &&usize| said.body.contains(&format!("#{}", number_of(**index)));
                prop_assert!(again.iter().all(is_named), "R4: {:?} came again by {:?}", again, said);
            }
            for one in &pipeline.backs[backs_before..] {
                prop_assert!(was_at[one.stage].contains(&one.to), "R1: {:?} did not run there: {:?}", one, was_at);
                prop_assert!(went_back.insert((one.request, one.command)), "R2: twice: {:?}", one);
                let by_an_owner = pipeline.comments.iter().any(|comment| {
                    one.request == comment.id.into() && comment.author == Some(person(true)) && comment.body.contains("/rollback ")
                });
                prop_assert!(by_an_owner, "R1: no owner asked for {:?}", one);
                let name = EnvironmentName::from(branch(one.stage).as_str());
                let held = pipeline.memory.holds.get(&name);
                prop_assert!(held.is_some() && !pipeline.memory.armed.contains_key(&name), "R3: {:?}", one);
            }
            let backs: Vec<usize> = pipeline.backs[backs_before..].iter().map(|back| back.stage).collect();
            for stage in backs {
                let name = EnvironmentName::from(branch(stage).as_str());
                let until = pipeline.memory.holds[&name].until;
                pipeline.held.insert(branch(stage).as_str().to_owned(), until);
            }
            let takes_away = pipeline.backs.iter().filter(|back| back.to < back.from).count();
            prop_assert_eq!(pipeline.issues.len(), takes_away, "V1: {:?}", pipeline.backs);
            let still_told: BTreeSet<String> = pipeline.memory.ways_back.values().flat_map(|known| {
                known.tellings.iter().map(|telling| telling.mark(&known.environment))
            }).collect();
            for (mark, open) in &pipeline.issues {
                prop_assert_eq!(*open, still_told.contains(mark), "an issue is open as long as something of it is away: {}", mark);
            }
            let away = pipeline.memory.ways_back.values().map(|known| known.taken_back.len()).sum::<usize>();
            prop_assert_eq!(still_told.len(), away, "one issue for each mark");
            for stage in 1..3 {
                pipeline.was_at[stage].insert(pipeline.tips[stage]);
            }
            for hold in pipeline.memory.holds.values() {
                prop_assert!(hold.until > pipeline.now, "P7: it should have ended: {:?}", hold);
                prop_assert!(pipeline.look_again.is_some_and(|at| at <= hold.until), "P7: nobody would see the end of {:?}", hold);
            }
            for armed in pipeline.memory.armed.values() {
                prop_assert!(pipeline.look_again.is_some_and(|at| at <= armed.expires_at), "nobody would look at {:?}", armed);
            }
            for offer in pipeline.memory.offers.values() {
                let is_looked_at = pipeline.look_again.is_some_and(|at| at <= offer.dies_at());
                prop_assert!(!offer.is_open() || is_looked_at, "nobody would see the end of {:?}", offer);
                if let Some(Ended::Confirmed { request, .. }) = &offer.ended {
                    let first = *confirmed.entry(offer.request).or_insert(*request);
                    prop_assert_eq!(first, *request, "P8: it counted twice: {:?}", offer);
                }
            }
            for comment in &pipeline.comments {
                let replies = pipeline.replies.get(&RequestId::Comment(comment.id)).map_or(0, Vec::len);
                prop_assert_eq!(replies, 1, "P4: {:?}", comment);
            }
        }
    }
}

/// Production has nothing new and is remembered first, while staging's features are still being asked for.
#[test]
fn the_first_push_of_all_opens_its_pull_request_at_once() {
    let mut pipeline = Pipeline::new();
    let heard = pipeline.happens(&Event::Lands);
    pipeline.settle(&heard);
    assert_eq!(pipeline.pulls.len(), 1);
}

/// A look that cannot read a stretch still comes to its end, or nobody would be answered any more.
#[test]
fn branches_too_far_apart_to_be_read_are_said_to_be_and_hold_up_nothing() {
    let mut pipeline = Pipeline::new();
    let happens = |pipeline: &mut Pipeline, event: Event| {
        let heard = pipeline.happens(&event);
        pipeline.settle(&heard);
    };
    happens(&mut pipeline, Event::Lands);
    pipeline.too_far = true;
    happens(&mut pipeline, Event::Lands);
    for text in ["/promote staging", "/status"] {
        let (owner, pull) = (true, 0);
        happens(&mut pipeline, Event::Says { owner, pull, text });
    }
    eprintln!(
        "{:?} {:?} {:?}",
        pipeline.pulls, pipeline.comments, pipeline.memory.requests
    );
    let answers: Vec<&str> = pipeline.replies.values().flatten().map(String::as_str).collect();
    insta::assert_snapshot!(answers.join("\n\n"), @r#"
    **Nothing was promoted, because staging is 2002 commits behind main, and that is more than I can read and show you.** A developer needs to bring its branch closer by hand once; then say the command again.

    **staging** is 2002 commits behind main, and that is more than I can read and show you. A developer needs to bring its branch closer by hand once.

    **production** is 2002 commits behind staging, and that is more than I can read and show you. A developer needs to bring its branch closer by hand once.

    The same as a picture:

    ```mermaid
    flowchart LR
        s0(["main"])
        s1(["staging"])
        f1["more than can be shown"]
        s0 --> f1 --> s1
        s2(["production"])
        f2["more than can be shown"]
        s1 --> f2 --> s2
    ```
    "#);
}

/// GitHub tells of a new branch twice, by `create` without its commit and by `push` with it, in any order.
#[test]
fn a_branch_that_was_made_is_looked_at_in_whatever_order_its_news_come() {
    let missing = Gap {
        under_way: None,
        look_again: None,
        environment: EnvironmentName::from("staging"),
        base: branch(1),
        head: branch(0),
        base_at: None,
        head_at: None,
        pull: None,
        hold: None,
        waits: false,
        empty_since: None,
    };
    let memory = Memory {
        gaps: BTreeMap::from([(missing.environment.clone(), missing)]),
        ..Memory::default()
    };
    let news = |at| News::Branch {
        branch: branch(1),
        at,
        configuration: None,
    };
    for order in [[None, Some(sha(3))], [Some(sha(3)), None]] {
        let mut heard = Heard::default();
        order.into_iter().for_each(|at| heard.add(news(at)));
        let mut snapshot = Snapshot {
            repository: Some(repository()),
            ..Snapshot::default()
        };
        Pipeline::new().answer(&Need::Config, &mut snapshot);
        let next = plan(&Look {
            snapshot: &snapshot,
            memory: &memory,
            heard: &heard,
            now: Timestamp::from_second(1_780_000_000).expect("a time"),
            welcomes: false,
        });
        let range = Need::Range {
            base: branch(1),
            head: branch(0),
        };
        assert!(next.needs.contains(&range), "{heard:?}: {next:?}");
    }
}

/// The process died between the move and its telling, and somebody broke the configuration meanwhile.
#[test]
fn a_move_is_told_although_the_configuration_broke_right_after_it() {
    let now = Timestamp::from_second(1_780_000_000).expect("a time");
    let asked = RequestId::Comment(CommentId(7));
    let armed = Armed {
        environment: EnvironmentName::from("staging"),
        commit: sha(1),
        asked_by: person(true),
        request: asked,
        command: 0,
        armed_at: now,
        not_before: None,
        look_at: None,
        expires_at: now + SignedDuration::from_hours(24),
        carrying: Cargo::default(),
        leaving: Cargo::default(),
        as_listed: false,
        progress: Progress::Moved {
            before: sha(0),
            merged_as: None,
        },
    };
    let request = Request {
        id: asked,
        pull: PullNumber(10),
        asked_by: person(true),
        asked_at: now,
        answers: vec![Answer {
            text: "Waiting.".to_owned(),
            is_final: false,
        }],
        acknowledged: true,
        reply: Some(Reply {
            comment: CommentId(8),
            body: "Waiting.".to_owned(),
        }),
        said: None,
        text_sha256: None,
        unanswerable: false,
    };
    let memory = Memory {
        requests: BTreeMap::from([(asked, request)]),
        armed: BTreeMap::from([(armed.environment.clone(), armed)]),
        ..Memory::default()
    };
    let mistakes = config::parse("owner: [anna]").expect_err("a mistake");
    let snapshot = Snapshot {
        repository: Some(repository()),
        config: Some(ConfigFile::Broken(mistakes)),
        ..Snapshot::default()
    };
    let next = plan(&Look {
        snapshot: &snapshot,
        memory: &memory,
        heard: &Heard::default(),
        now,
        welcomes: false,
    });
    assert!(
        matches!(next.effects.as_slice(), [Effect::EditReply { body, .. }] if body.starts_with("**Promoted to staging.**")),
        "{next:?}"
    );
}

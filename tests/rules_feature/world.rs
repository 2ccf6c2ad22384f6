//! A GitHub that fits into a few fields: one feature, a line of commits as mainline, and two environments as points on it.
//! It carries plans out step by step, and knows what a person could see. The first environment may get one merge by hand on top.

use std::collections::{BTreeMap, BTreeSet};

use greenlight::rules::checks::{CheckRun, Checks, Conclusion, RunStatus};
use greenlight::rules::command::{self, Command};
use greenlight::rules::config;
use greenlight::rules::deployment::{Deployment, Listed, NewDeployment};
use greenlight::rules::effect::{Effect, Outcome, Receipt};
use greenlight::rules::form::{Form, Showed};
use greenlight::rules::id::{
    BranchName, CommentId, DeliveryId, DeploymentId, InstallationId, IssueNumber, Login, Person, PullNumber, RepoId,
    RepoName, RequestId, ReviewId, RunId, Sha, UserId,
};
use greenlight::rules::interpret::Heard;
use greenlight::rules::learn::learn;
use greenlight::rules::memory::{Feature, Memory, Origin};
use greenlight::rules::plan::{Look, plan};
use greenlight::rules::snapshot::{
    Between, Click, Comment, Commit, ConfigFile, Labelled, Need, Pull, Range, Read, Repository, Review, Role, Snapshot,
};
use jiff::{SignedDuration, Timestamp};

use crate::soundness::nothing_amiss;

/// Steps in which one look has to come to its end.
const STEPS_MAX: usize = 80;

pub const FEATURE: PullNumber = PullNumber(1);
pub const LABEL: &str = "ready-for-staging";

const REPOSITORY: RepoId = RepoId(1);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ci {
    Nothing,
    Running,
    Green,
    Red,
}

/// A person and what GitHub says of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Somebody {
    pub id: i64,
    pub login: &'static str,
    pub role: Role,
}

pub const fn somebody(id: i64, login: &'static str, role: Role) -> Somebody {
    Somebody { id, login, role }
}

impl Somebody {
    pub fn person(self) -> Person {
        Person {
            id: UserId(self.id),
            login: Login::from(self.login),
        }
    }
}

/// A merge as it was when GitHub was asked for it.
#[derive(Clone, Debug)]
pub struct Merge {
    pub head: Sha,
    pub at: Timestamp,
}

/// The card showed this head from this time on.
#[derive(Clone, Debug)]
pub struct Showing {
    pub head: Sha,
    pub at: Timestamp,
}

pub struct World {
    pub configuration: &'static str,
    pub people: Vec<Somebody>,
    pub feature: Pull,
    pub labelled: Option<Labelled>,
    pub ci: BTreeMap<Sha, Ci>,
    /// How many commits mainline has, and how many of them the environments have.
    pub mainline: usize,
    pub tips: [usize; 2],
    pub comments: Vec<Comment>,
    pub replies: BTreeMap<RequestId, Vec<String>>,
    /// Comments that were answered by a reaction only.
    pub reactions: BTreeSet<CommentId>,
    pub button_runs: BTreeMap<Sha, RunId>,
    reviews: BTreeMap<ReviewId, Review>,
    clicks: BTreeMap<DeliveryId, Click>,
    forms: BTreeMap<DeliveryId, Form>,
    /// The branches of the dev instances.
    pub instances: BTreeMap<BranchName, Sha>,
    /// What was told on the promotion pull request that was merged by hand.
    pub told: Vec<String>,
    /// How many commits staging had of its own line before it was merged by hand.
    joined: Option<usize>,
    pub cards: Vec<String>,
    pub showings: Vec<Showing>,
    pub merges: Vec<Merge>,
    promotions: Vec<Pull>,
    deployments: Vec<(NewDeployment, Timestamp)>,
    pub memory: Memory,
    pub now: Timestamp,
    pushes: usize,
}

/// A commit of mainline.
pub fn landed(index: usize) -> Sha {
    Sha::parse(&format!("{:040x}", index + 1)).expect("forty digits")
}

/// A head of the feature.
pub fn pushed(count: usize) -> Sha {
    Sha::parse(&format!("f{count:039x}")).expect("forty digits")
}

/// The commit by which staging was merged by hand.
fn join() -> Sha {
    Sha::parse(&"e".repeat(40)).expect("forty digits")
}

fn index(sha: &Sha) -> usize {
    usize::from_str_radix(sha.as_str(), 16).expect("made by `landed`") - 1
}

fn branch(name: &str) -> BranchName {
    BranchName::from(name)
}

impl World {
    pub fn new(configuration: &'static str, people: &[Somebody], author: Somebody) -> Self {
        let now = Timestamp::from_second(1_780_000_000).expect("a time");
        Self {
            configuration,
            people: people.to_vec(),
            feature: Pull {
                number: FEATURE,
                title: "Faster checkout".to_owned(),
                body: String::new(),
                author: Some(author.person()),
                ours: false,
                open: true,
                merged: false,
                merge_commit: None,
                merged_by: None,
                head: branch("feature"),
                head_sha: pushed(0),
                head_repo: Some(REPOSITORY),
                base: branch("main"),
                opened_at: None,
                updated_at: now,
                draft: false,
                labels: Vec::new(),
                mergeable: Some(true),
            },
            labelled: None,
            ci: BTreeMap::from([(landed(0), Ci::Green)]),
            mainline: 1,
            tips: [1; 2],
            comments: Vec::new(),
            replies: BTreeMap::new(),
            reactions: BTreeSet::new(),
            button_runs: BTreeMap::new(),
            reviews: BTreeMap::new(),
            clicks: BTreeMap::new(),
            forms: BTreeMap::new(),
            instances: BTreeMap::new(),
            told: Vec::new(),
            joined: None,
            cards: Vec::new(),
            showings: Vec::new(),
            merges: Vec::new(),
            promotions: Vec::new(),
            deployments: Vec::new(),
            memory: Memory::default(),
            now,
            pushes: 0,
        }
    }

    pub fn pushes(&mut self) {
        self.pushes += 1;
        self.feature.head_sha = pushed(self.pushes);
    }

    pub fn labels(&mut self, who: Somebody) {
        if !self.feature.has_label(LABEL) {
            self.feature.labels.push(LABEL.to_owned());
            self.labelled = Some(Labelled {
                by: Some(who.person()),
                at: self.now,
            });
        }
    }

    pub fn unlabels(&mut self) {
        self.feature.labels.clear();
    }

    /// Somebody writes a comment on this pull request; by way of an App unless `by_hand`.
    pub fn says(&mut self, who: Option<Somebody>, by_hand: bool, pull: PullNumber, text: &str) -> CommentId {
        let id = CommentId(100 + i64::try_from(self.comments.len()).expect("a few"));
        self.comments.push(Comment {
            id,
            pull,
            author: who.map(Somebody::person),
            by_hand,
            body: text.to_owned(),
            created_at: self.now,
            updated_at: self.now,
        });
        id
    }

    /// The same in the summary of a review of the feature.
    pub fn reviews(&mut self, who: Option<Somebody>, by_hand: bool, text: &str) -> RequestId {
        let id = ReviewId(300 + i64::try_from(self.reviews.len()).expect("a few"));
        let review = Review {
            id,
            pull: FEATURE,
            author: who.map(Somebody::person),
            by_hand,
            body: text.to_owned(),
            submitted_at: self.now,
            commit: Some(self.feature.head_sha.clone()),
        };
        self.reviews.insert(id, review);
        RequestId::Review(FEATURE, id)
    }

    /// Somebody presses a button that was shown on the newest head.
    pub fn presses(&mut self, who: Option<Somebody>, by_hand: bool, identifier: &str) -> RequestId {
        let guid = format!("00000000-0000-4000-8000-{:012}", self.clicks.len());
        let id = DeliveryId::parse(&guid).expect("a GUID");
        let click = Click {
            id,
            pull: FEATURE,
            by: who.map(Somebody::person),
            by_hand,
            head: self.feature.head_sha.clone(),
            identifier: identifier.to_owned(),
            at: self.now,
        };
        self.clicks.insert(id, click);
        RequestId::Click(id)
    }

    /// Somebody sends the form of the feature on the board, which shows its newest head.
    pub fn sends(&mut self, who: Somebody, text: &str) -> RequestId {
        let guid = format!("00000000-0000-4000-9000-{:012}", self.forms.len());
        let id = DeliveryId::parse(&guid).expect("a GUID");
        let command = command::read(text).remove(0).expect("a command");
        let of_the_version = matches!(
            command,
            Command::Accept | Command::Reject { .. } | Command::Promote { .. } | Command::Preview { .. }
        );
        let form = Form {
            id,
            by: who.person(),
            at: self.now,
            pull: Some(FEATURE),
            command,
            showed: Showed {
                commit: (of_the_version && self.feature.open).then(|| self.feature.head_sha.clone()),
                ..Showed::default()
            },
        };
        self.forms.insert(id, form);
        RequestId::Form(id)
    }

    /// Somebody merges the promotion pull request into staging with GitHub's own button.
    pub fn joins(&mut self, who: Option<Somebody>) {
        self.joined = Some(self.tips[0]);
        self.tips[0] = self.mainline;
        let pull = self
            .promotions
            .iter_mut()
            .find(|pull| pull.open && pull.base == branch("staging"));
        let pull = pull.expect("an open promotion pull request");
        pull.open = false;
        pull.merged = true;
        pull.merge_commit = Some(join());
        pull.merged_by = who.map(Somebody::person);
    }

    /// The feature is merged with GitHub's button, or because Greenlight asked for it.
    pub fn merges(&mut self) -> Sha {
        let commit = landed(self.mainline);
        self.mainline += 1;
        self.feature.open = false;
        self.feature.merged = true;
        self.feature.merge_commit = Some(commit.clone());
        commit
    }

    pub fn heard_of(&self, request: impl Into<RequestId>) -> Heard {
        let mut heard = Heard {
            everything: true,
            ..Heard::default()
        };
        match request.into() {
            RequestId::Comment(comment) => {
                let found = self.comments.iter().find(|one| one.id == comment);
                heard.comments.extend(found.map(|one| (comment, one.body.clone())));
            }
            RequestId::Review(pull, review) => {
                let found = self.reviews.get(&review);
                heard
                    .reviews
                    .extend(found.map(|one| ((pull, review), one.body.clone())));
            }
            RequestId::Click(click) => drop(heard.clicks.insert(click)),
            RequestId::Form(form) => heard
                .forms
                .extend(self.forms.get(&form).map(|sent| (form, sent.clone()))),
            RequestId::Merge(pull) => drop(heard.pulls.insert(pull)),
        }
        heard
    }

    /// Looks at everything until nothing is left, and says how many writes that took.
    pub fn settles(&mut self) -> usize {
        let everything = Heard {
            everything: true,
            ..Heard::default()
        };
        self.settle(&everything)
    }

    /// Carries plans out until nothing is left, and says how many writes that took.
    pub fn settle(&mut self, heard: &Heard) -> usize {
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
            Need::Review(pull, id) => {
                let found = self.reviews.get(id).cloned();
                snapshot.reviews.insert((*pull, *id), found);
            }
            Need::Click(id) => drop(snapshot.clicks.insert(*id, self.clicks.get(id).cloned())),
            Need::ButtonRun(pull, head) => {
                let run = self.button_runs.get(head).copied();
                snapshot.button_runs.insert((*pull, head.clone()), run);
            }
            Need::Pull(number) => {
                let all = self.promotions.iter().chain([&self.feature]);
                let found = all.into_iter().find(|pull| pull.number == *number).cloned();
                snapshot.pulls.insert(*number, found);
            }
            Need::OpenPulls(base) => {
                let open = Some(&self.feature).filter(|pull| pull.open && pull.base == *base);
                snapshot
                    .open_pulls
                    .insert(base.clone(), open.into_iter().cloned().collect());
            }
            Need::Soundness(part) => snapshot.soundness.put(nothing_amiss(part)),
            Need::Labeller(number, label) => {
                snapshot
                    .labellers
                    .insert((*number, label.clone()), self.labelled.clone());
            }
            Need::Card(number) => {
                let found = (!self.cards.is_empty()).then_some(CommentId(9));
                snapshot.cards.insert(*number, found);
            }
            Need::Role(id, _) => {
                let found = self.people.iter().find(|one| UserId(one.id) == *id);
                snapshot.roles.insert(*id, found.map_or(Role::None, |one| one.role));
            }
            Need::PromotionPull { head, base } => {
                let is_it = |pull: &&Pull| pull.open && pull.head == *head && pull.base == *base;
                let found = self.promotions.iter().find(is_it).cloned();
                snapshot.promotion_pulls.insert((head.clone(), base.clone()), found);
            }
            Need::Range { base, head } => {
                snapshot
                    .ranges
                    .insert((base.clone(), head.clone()), self.range(base, head));
            }
            Need::Origins(_, commits) => {
                for commit in commits {
                    snapshot.origins.insert(commit.clone(), self.origin(commit));
                }
            }
            Need::Contains { ancestor, descendant } => {
                let is = self.line(&BranchName::from(descendant.as_str())).contains(ancestor);
                snapshot.contains.insert((ancestor.clone(), descendant.clone()), is);
            }
            Need::WelcomePull | Need::Surroundings(_) => panic!("everybody here has a configuration"),
            Need::Rules(branch) => {
                snapshot.rules.insert(branch.clone(), Vec::new());
            }
            Need::Checks(commit) => {
                let value = checks(self.ci.get(commit).copied().unwrap_or(Ci::Nothing));
                snapshot.checks.insert(commit.clone(), Read { value, at: self.now });
            }
            Need::Head(branch) => {
                let value = match branch.as_str().starts_with("dev-") {
                    true => self.instances.get(branch).cloned(),
                    false => self.line(branch).pop(),
                };
                snapshot.heads.insert(branch.clone(), Read { value, at: self.now });
            }
            Need::Deployments { environment, commit } => {
                let wanted = |new: &&(NewDeployment, Timestamp)| {
                    new.0.environment == *environment && commit.as_ref().is_none_or(|commit| new.0.commit == *commit)
                };
                let listed = self.deployments.iter().rev().filter(wanted);
                let listed = listed.map(|(new, created_at)| Deployment {
                    id: DeploymentId(1),
                    commit: new.commit.clone(),
                    created_at: *created_at,
                    mark: Some(new.mark.clone()),
                });
                let listed = Listed::Deployments(listed.collect());
                snapshot
                    .deployments
                    .insert((environment.clone(), commit.clone()), listed);
            }
            Need::PullFiles(_)
            | Need::PullsOf(_)
            | Need::LastWord(..)
            | Need::DeploymentStatus(_)
            | Need::Member(..)
            | Need::Reply { .. }
            | Need::ConfigAt(_)
            | Need::WaitingRuns
            | Need::WorkflowRun(_)
            | Need::WaitingFor(_)
            | Need::Deployment(_)
            | Need::Issues(_)
            | Need::Issue(_)
            | Need::Releases
            | Need::Tags(_)
            | Need::ConfigurationRun(_) => {
                panic!("nothing here asks for {need:?}")
            }
        }
    }

    /// The commits of a branch, or all that lead to this one of them; oldest first.
    fn line(&self, branch: &BranchName) -> Vec<Sha> {
        let first = |count: usize| (0..count).map(landed).collect::<Vec<_>>();
        let staging = || {
            let mut line = first(self.tips[0]);
            line.extend(self.joined.map(|_| join()));
            line
        };
        match branch.as_str() {
            "main" => first(self.mainline),
            "staging" => staging(),
            "production" => first(self.tips[1]),
            commit if commit == join().as_str() => staging(),
            commit => first(index(&Sha::parse(commit).expect("a commit")) + 1),
        }
    }

    fn range(&self, base: &BranchName, head: &BranchName) -> Range {
        let (from, to) = (self.line(base), self.line(head));
        let parents = |sha: &Sha| match self.joined.filter(|_| *sha == join()) {
            Some(before) => vec![landed(before - 1), landed(self.tips[0] - 1)],
            None => vec![landed(index(sha) - 1)],
        };
        let commit = |sha: &Sha| Commit {
            sha: sha.clone(),
            parents: parents(sha),
            title: "a change".to_owned(),
            author: None,
            reverts: None,
        };
        let only_in = |one: &[Sha], other: &[Sha]| {
            let only = one.iter().filter(|sha| !other.contains(sha));
            only.cloned().collect::<Vec<_>>()
        };
        Range::Between(Between {
            base_at: from.last().expect("a commit").clone(),
            head_at: to.last().expect("a commit").clone(),
            commits: only_in(&to, &from).iter().map(commit).collect(),
            behind_by: u64::try_from(only_in(&from, &to).len()).expect("a few"),
        })
    }

    fn origin(&self, commit: &Sha) -> Origin {
        if self.feature.merge_commit.as_ref() != Some(commit) {
            return Origin::Direct;
        }
        Origin::Feature(Feature {
            number: FEATURE,
            title: self.feature.title.clone(),
            author: self.feature.author.as_ref().map(|author| author.login.clone()),
            closes: Vec::new(),
        })
    }

    fn perform(&mut self, effect: &Effect) -> Receipt {
        match effect {
            Effect::Acknowledge { .. } => Receipt::Acknowledged,
            Effect::AnswerByReaction { comment } => {
                self.reactions.insert(*comment);
                Receipt::Acknowledged
            }
            Effect::Reply {
                request: RequestId::Merge(_),
                body,
                ..
            } => {
                self.told.push(body.clone());
                Receipt::Replied {
                    comment: CommentId(8),
                    at: self.now,
                }
            }
            Effect::Reply { request, body, .. } => {
                self.replies.entry(*request).or_default().push(body.clone());
                Receipt::Replied {
                    comment: CommentId(10_000 + i64::try_from(self.replies.len()).expect("a few")),
                    at: self.now,
                }
            }
            Effect::SetButtons { head, run, .. } => {
                let is_new = self.button_runs.insert(head.clone(), RunId(1)).is_none();
                assert_eq!(is_new, run.is_none(), "there is one run on each head");
                Receipt::ButtonsSet { run: RunId(1) }
            }
            Effect::EditReply { request, reply, body } => {
                let replies = self.replies.get_mut(request);
                *replies.and_then(|all| all.last_mut()).expect("a reply to edit") = body.clone();
                Receipt::Replied {
                    comment: *reply,
                    at: self.now,
                }
            }
            Effect::MoveBranch { branch, to, .. } => {
                self.tips[usize::from(branch.as_str() != "staging")] = index(to) + 1;
                self.promotions_follow();
                Receipt::Moved
            }
            Effect::OpenPromotionPull {
                head,
                base,
                title,
                body,
                ..
            } => self.open_promotion(head, base, title, body),
            Effect::EditPromotionPull { pull: number, body, .. } => {
                let pull = self.promotions.iter_mut().find(|pull| pull.number == *number);
                pull.expect("a pull request to edit").body = body.clone();
                Receipt::PullWritten {
                    pull: *number,
                    at: self.now,
                }
            }
            Effect::MakeRevert { .. } => panic!("every environment here is set back: {effect:?}"),
            Effect::RollBack { branch, to, .. } => {
                self.tips[usize::from(branch.as_str() != "staging")] = index(to) + 1;
                Receipt::Moved
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
            Effect::SetBranch { branch, before, to, .. } => {
                assert_eq!(
                    self.instances.get(branch),
                    before.as_ref(),
                    "a swap that nobody was asked for"
                );
                self.instances.insert(branch.clone(), to.clone());
                Receipt::Moved
            }
            Effect::OpenIssue { .. } => Receipt::IssueOpened { issue: IssueNumber(9) },
            Effect::MergeBranch { .. }
            | Effect::OpenHotfixPull { .. }
            | Effect::AnswerRun { .. }
            | Effect::ReportToRun { .. }
            | Effect::MakeTag { .. }
            | Effect::MakeRelease { .. }
            | Effect::CloseIssue { .. }
            | Effect::RevertPull { .. }
            | Effect::DescribePull { .. } => {
                panic!("every environment here is moved forward: {effect:?}")
            }
            Effect::ClosePromotionPull { .. } => panic!("every pull request here turns merged by itself"),
            Effect::WriteCard { card, body, shows, .. } => self.write_card(*card, body, shows),
            Effect::MergePull { head, .. } => {
                assert_eq!(self.feature.head_sha, *head, "GitHub would refuse another head");
                assert!(self.feature.open, "it was merged once");
                self.merges.push(Merge {
                    head: head.clone(),
                    at: self.now,
                });
                Receipt::Merged { commit: self.merges() }
            }
            Effect::RemoveLabel { .. } => {
                self.unlabels();
                Receipt::Unlabelled
            }
            Effect::OpenWelcome { .. } | Effect::ReportConfiguration { .. } => {
                panic!("nobody here writes the configuration")
            }
        }
    }

    fn open_promotion(&mut self, head: &BranchName, base: &BranchName, title: &str, body: &str) -> Receipt {
        let number = PullNumber(10 + i64::try_from(self.promotions.len()).expect("a few"));
        self.promotions.push(Pull {
            number,
            title: title.to_owned(),
            body: body.to_owned(),
            author: None,
            ours: true,
            head: head.clone(),
            head_sha: self.line(head).pop().expect("a commit"),
            base: base.clone(),
            open: true,
            merged: false,
            merge_commit: None,
            labels: Vec::new(),
            ..self.feature.clone()
        });
        Receipt::PullWritten {
            pull: number,
            at: self.now,
        }
    }

    fn promotions_follow(&mut self) {
        let (mainline, tips) = (self.mainline, self.tips);
        for pull in &mut self.promotions {
            let all_there = match pull.base.as_str() {
                "staging" => tips[0] == mainline,
                _ => tips[1] == tips[0],
            };
            pull.merged |= all_there;
            pull.open &= !all_there;
        }
    }

    fn write_card(&mut self, card: Option<CommentId>, body: &str, shows: &Sha) -> Receipt {
        match card {
            Some(_) => *self.cards.last_mut().expect("a card to edit") = body.to_owned(),
            None => self.cards.push(body.to_owned()),
        }
        self.showings.push(Showing {
            head: shows.clone(),
            at: self.now,
        });
        Receipt::CardWritten {
            comment: CommentId(9),
            at: self.now,
        }
    }
}

fn repository() -> Repository {
    Repository {
        id: REPOSITORY,
        installation: InstallationId(2),
        name: RepoName::parse("harbour/shop").expect("two parts"),
        default_branch: branch("main"),
        archived: false,
        fork: false,
        html_url: "https://github.example/harbour/shop".to_owned(),
        app_id: 5,
        merge_methods: Vec::new(),
    }
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

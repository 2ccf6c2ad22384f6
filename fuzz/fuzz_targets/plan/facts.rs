//! GitHub at its most contradictory: every need is answered from the fuzzer's bytes, each time anew, out of a handful of people,
//! commits and branches, so that they meet.

use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::arbitrary::Unstructured;

use greenlight_fuzz::rules::checks::{CheckRun, Checks, CommitStatus, Conclusion, Required, RunStatus, StatusState};
use greenlight_fuzz::rules::config::{self, MergeMethod};
use greenlight_fuzz::rules::deployment::{Deployment, Listed, State, Status};
use greenlight_fuzz::rules::effect::{Effect, Outcome, Receipt, Refusal};
use greenlight_fuzz::rules::id::{
    BranchName, CommentId, DeliveryId, DeploymentId, EnvironmentName, InstallationId, Login, Person, PullNumber,
    RepoId, RepoName, ReviewId, RunId, Sha, UserId, WorkflowRunId,
};
use greenlight_fuzz::rules::interpret::Heard;
use greenlight_fuzz::rules::memory::{Feature, Origin};
use greenlight_fuzz::rules::snapshot::{
    self, Between, Click, Comment, Commit, ConfigFile, Files, Found, Labelled, Membership, Need, Published, Pull,
    Range, Read, Repository, Review, Role, Snapshot, WorkflowRun,
};
use greenlight_fuzz::rules::soundness::{Answer, Grant, Part, RuleSeen};

/// Who owns every configuration here.
pub const ANNA: UserId = UserId(1);

pub const CONFIGURATIONS: [&str; 4] = [
    "owners: [anna]\nenvironments: [{name: staging}, {name: production}]\n",
    "owners: [anna]\nacceptance: off\nmerge_method: squash\nenvironments: [{name: staging, deployed_when: deployment}, {name: production, soak: 30m}]\npreviews: [{name: dev-1}]\n",
    "owners: [anna]\nreleases: true\nenvironments: [{name: staging, strategy: merge, windows: [\"mon-fri 09:00-16:00\"]}, {name: production, rollback: automatic, deployed_when: {checks: [deploy]}}]\n",
    "owners: [anna]\nself_acceptance: false\nenvironments: [{name: staging, checks: [test]}]\npreviews: [{name: dev-1}]\npreview_forks: true\n",
];

const WORDS: [&str; 16] = [
    "/promote staging",
    "/promote production",
    "/accept",
    "/reject no",
    "/confirm",
    "/cancel",
    "/hold staging until friday 9am",
    "/unhold staging",
    "/rollback staging",
    "/rollback production to #1",
    "/preview",
    "/preview off",
    "/status",
    "/help",
    "/promote staging at 18:00",
    "/promote staging without #2",
];

/// The fuzzer's bytes, as choices.
pub struct Chance<'d> {
    bytes: Unstructured<'d>,
    pub now: Timestamp,
}

impl<'d> Chance<'d> {
    pub fn new(data: &'d [u8]) -> Self {
        Self {
            bytes: Unstructured::new(data),
            now: Timestamp::constant(1_800_000_000, 0),
        }
    }

    pub fn is_spent(&self) -> bool {
        self.bytes.is_empty()
    }

    /// 0 to `below`, and 0 once the bytes are spent.
    pub fn number(&mut self, below: usize) -> usize {
        self.bytes.int_in_range(0..=below.saturating_sub(1)).unwrap_or(0)
    }

    /// In one of so many cases; never once the bytes are spent.
    pub fn rarely(&mut self, one_in: usize) -> bool {
        self.number(one_in) == one_in - 1
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (!self.rarely(4)).then(|| make(self))
    }

    fn several<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.number(most + 1)).map(|_| make(self)).collect()
    }

    pub fn sha(&mut self) -> Sha {
        let digit = self.number(6) + 1;
        Sha::parse(&digit.to_string().repeat(40)).expect("forty digits")
    }

    pub fn pull_number(&mut self) -> PullNumber {
        PullNumber(self.number(4) as i64 + 1)
    }

    fn branch(&mut self) -> BranchName {
        BranchName::from(["main", "staging", "production", "dev-1", "feature"][self.number(5)])
    }

    fn person(&mut self) -> Person {
        let (id, login) = [(1, "anna"), (2, "dora"), (3, "carl")][self.number(3)];
        Person {
            id: UserId(id),
            login: Login::from(login),
        }
    }

    /// Around now, an hour before or after at most.
    fn time(&mut self) -> Timestamp {
        self.now + SignedDuration::from_mins(self.number(12) as i64 * 10 - 60)
    }

    fn text(&mut self) -> String {
        ["Faster checkout", "@dora #1 <b>", "", "/promote production", "x\n\ny"][self.number(5)].to_owned()
    }

    fn words(&mut self) -> String {
        let lines = self.several(2, |chance| WORDS[chance.number(WORDS.len())]);
        let first = WORDS[self.number(WORDS.len())];
        [&[first], &lines[..]].concat().join("\n")
    }

    /// What deliveries told: true or not.
    pub fn heard(&mut self) -> Heard {
        let mut heard = Heard {
            everything: self.rarely(3),
            ..Heard::default()
        };
        for _ in 0..self.number(4) {
            match self.number(9) {
                0..=3 => {
                    let id = CommentId(self.number(3) as i64 + 1);
                    let words = self.words();
                    heard.comments.insert(id, words);
                }
                4 => drop(heard.pulls.insert(self.pull_number())),
                5 => {
                    let pull = self.pull_number();
                    heard.pulls.insert(pull);
                    heard.labelled.insert(pull);
                }
                6 => drop(heard.checks.insert(self.sha())),
                7 => {
                    let review = (self.pull_number(), ReviewId(self.number(2) as i64 + 1));
                    let words = self.words();
                    heard.reviews.insert(review, words);
                }
                _ => {
                    let branch = self.branch();
                    let at = self.maybe(Self::sha);
                    heard.branches.insert(branch, at);
                }
            }
        }
        if self.rarely(6) {
            heard
                .clicks
                .extend(DeliveryId::parse("00000000-0000-4000-8000-000000000001"));
        }
        if self.rarely(6) {
            heard.deployments.insert(self.sha());
        }
        if self.rarely(8) {
            let question = (WorkflowRunId(1), EnvironmentName::from("staging"));
            heard.questions.entry(question).or_default();
        }
        if self.rarely(8) {
            heard.configurations.insert(self.sha());
        }
        heard
    }

    fn pull(&mut self, number: PullNumber) -> Pull {
        let merged = self.rarely(3);
        Pull {
            number,
            title: self.text(),
            body: self.text(),
            author: self.maybe(Self::person),
            ours: self.rarely(3),
            open: !merged && !self.rarely(4),
            merged,
            merge_commit: merged.then(|| self.sha()),
            merged_by: self.maybe(Self::person),
            head: self.branch(),
            head_sha: self.sha(),
            head_repo: Some(RepoId(if self.rarely(5) { 2 } else { 1 })),
            base: self.branch(),
            updated_at: self.time(),
            draft: self.rarely(6),
            labels: if self.rarely(3) {
                Vec::new()
            } else {
                vec!["ready-for-staging".to_owned()]
            },
            opened_at: None,
            mergeable: [Some(true), None, Some(false)][self.number(3)],
        }
    }

    fn comment(&mut self, id: CommentId, delivered: Option<&String>) -> Comment {
        let created_at = self.time();
        let edited = self.rarely(6);
        Comment {
            id,
            pull: self.pull_number(),
            author: self.maybe(Self::person),
            by_hand: !self.rarely(5),
            body: match delivered {
                Some(body) if !edited => body.clone(),
                _ => self.words(),
            },
            created_at,
            updated_at: if edited { self.now } else { created_at },
        }
    }

    fn checks(&mut self) -> Checks {
        let states = [
            StatusState::Success,
            StatusState::Failure,
            StatusState::Error,
            StatusState::Pending,
            StatusState::Unknown("someday".to_owned()),
        ];
        let ends = [
            Conclusion::Success,
            Conclusion::Neutral,
            Conclusion::Skipped,
            Conclusion::Failure,
            Conclusion::Cancelled,
            Conclusion::TimedOut,
            Conclusion::ActionRequired,
            Conclusion::Stale,
            Conclusion::StartupFailure,
            Conclusion::Unknown("someday".to_owned()),
        ];
        let updated_at = self.time();
        let statuses = self.several(2, |chance| CommitStatus {
            context: ["test", "deploy"][chance.number(2)].to_owned(),
            state: states[chance.number(states.len())].clone(),
            description: None,
            target_url: None,
            app_id: Some(5),
            updated_at,
        });
        let runs = self.several(2, |chance| CheckRun {
            id: chance.number(3) as i64 + 1,
            name: ["test", "deploy", "Greenlight"][chance.number(3)].to_owned(),
            app_id: Some([5, 99][chance.number(2)]),
            app_slug: None,
            suite_id: Some(1),
            status: if chance.rarely(4) {
                RunStatus::InProgress
            } else {
                RunStatus::Completed
            },
            conclusion: chance.maybe(|chance| ends[chance.number(ends.len())].clone()),
            started_at: None,
            completed_at: Some(updated_at),
            html_url: None,
            details_url: None,
        });
        Checks {
            statuses,
            runs,
            complete: !self.rarely(8),
        }
    }

    fn range(&mut self, base: &BranchName) -> Range {
        match self.number(12) {
            10 => Range::Missing { branch: base.clone() },
            11 => Range::TooLong { commits: 300 },
            _ => {
                let commits = self.several(3, |chance| Commit {
                    sha: chance.sha(),
                    parents: chance.several(2, Self::sha),
                    title: chance.text(),
                    author: None,
                    reverts: None,
                });
                let base_at = self.sha();
                let head_at = match commits.last() {
                    Some(last) if !self.rarely(6) => last.sha.clone(),
                    _ => self.sha(),
                };
                let behind_by = if self.rarely(4) { 1 } else { 0 };
                Range::Between(Between {
                    base_at,
                    head_at,
                    commits,
                    behind_by,
                })
            }
        }
    }

    fn found<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Found<T> {
        match self.number(6) {
            4 => Found::Missing,
            5 => Found::Unreadable("actions".to_owned()),
            _ => Found::It(make(self)),
        }
    }

    fn soundness(&mut self, part: &Part) -> Answer {
        match part {
            Part::Grant => Answer::Grant(self.found(|chance| Grant {
                permissions: [("checks".to_owned(), if chance.rarely(2) { "read" } else { "write" }.to_owned())].into(),
                events: ["push".to_owned()].into(),
            })),
            Part::Rulesets(branch) => Answer::Rulesets(
                branch.clone(),
                self.found(|chance| {
                    chance.several(2, |chance| RuleSeen {
                        kind: if chance.rarely(2) { "update" } else { "deletion" }.to_owned(),
                        may_bypass: chance.maybe(|chance| chance.rarely(2)),
                    })
                }),
            ),
            Part::Account(login) => Answer::Account(login.clone(), self.rarely(2)),
            Part::Team(team) => Answer::Team(team.clone(), self.found(|_| ())),
        }
    }

    fn config(&mut self) -> ConfigFile {
        let branches = vec![BranchName::from("staging"), BranchName::from("production")];
        match self.number(8) {
            6 => ConfigFile::Absent { branches },
            7 => ConfigFile::Broken(config::parse("owners: {}").expect_err("no list")),
            at => {
                let config = config::parse(CONFIGURATIONS[at % CONFIGURATIONS.len()]).expect("in order");
                ConfigFile::Valid {
                    config: Box::new(config),
                    branches: Vec::new(),
                }
            }
        }
    }

    /// Answers a need with anything that GitHub could say in that form.
    pub fn answer(&mut self, need: &Need, heard: &Heard, snapshot: &mut Snapshot) {
        match need {
            Need::Repository => snapshot.repository = Some(repository()),
            Need::Config => snapshot.config = Some(self.config()),
            Need::Comment(id) => {
                let found = self.maybe(|chance| chance.comment(*id, heard.comments.get(id)));
                snapshot.comments.insert(*id, found);
            }
            Need::Review(pull, id) => {
                let delivered = heard.reviews.get(&(*pull, *id)).cloned();
                let found = self.maybe(|chance| Review {
                    id: *id,
                    pull: *pull,
                    author: chance.maybe(Self::person),
                    by_hand: !chance.rarely(5),
                    body: delivered.unwrap_or_default(),
                    submitted_at: chance.time(),
                    commit: chance.maybe(Self::sha),
                });
                snapshot.reviews.insert((*pull, *id), found);
            }
            Need::Click(id) => {
                let found = self.maybe(|chance| Click {
                    id: *id,
                    pull: chance.pull_number(),
                    by: chance.maybe(Self::person),
                    by_hand: !chance.rarely(5),
                    head: chance.sha(),
                    identifier: ["accept", "send-back", "promote", "nothing"][chance.number(4)].to_owned(),
                    at: chance.time(),
                });
                snapshot.clicks.insert(*id, found);
            }
            Need::ButtonRun(pull, head) => {
                let run = self.maybe(|_| RunId(7));
                snapshot.button_runs.insert((*pull, head.clone()), run);
            }
            Need::Pull(number) => {
                let found = self.maybe(|chance| chance.pull(*number));
                snapshot.pulls.insert(*number, found);
            }
            Need::PullFiles(number) => {
                let names = self.several(2, Self::text).into_iter().collect();
                let complete = !self.rarely(4);
                snapshot.pull_files.insert(*number, Files { names, complete });
            }
            Need::OpenPulls(base) => {
                let found = self.several(2, |chance| {
                    let number = chance.pull_number();
                    chance.pull(number)
                });
                snapshot.open_pulls.insert(base.clone(), found);
            }
            Need::PullsOf(sha) => {
                let found = self.several(2, |chance| {
                    let number = chance.pull_number();
                    chance.pull(number)
                });
                snapshot.pulls_of.insert(sha.clone(), found);
            }
            Need::LastWord(pull, since) => {
                let at = self.maybe(Self::time);
                snapshot.last_words.insert((*pull, *since), at);
            }
            Need::Soundness(part) => snapshot.soundness.put(self.soundness(part)),
            Need::Labeller(pull, label) => {
                let found = self.maybe(|chance| Labelled {
                    by: chance.maybe(Self::person),
                    at: chance.time(),
                });
                snapshot.labellers.insert((*pull, label.clone()), found);
            }
            Need::Card(pull) => {
                let card = self.maybe(|_| CommentId(90));
                snapshot.cards.insert(*pull, card);
            }
            Need::Role(user, _) => {
                let roles = [
                    Role::Read,
                    Role::Write,
                    Role::Maintain,
                    Role::Admin,
                    Role::None,
                    Role::Triage,
                ];
                snapshot.roles.insert(*user, roles[self.number(roles.len())]);
            }
            Need::Member(team, user, _) => {
                let memberships = [Membership::No, Membership::Active, Membership::Unreadable];
                let membership = memberships[self.number(memberships.len())];
                snapshot.members.insert((team.clone(), *user), membership);
            }
            Need::PromotionPull { head, base } => {
                let found = self.maybe(|chance| Pull {
                    head: head.clone(),
                    base: base.clone(),
                    open: true,
                    merged: false,
                    merge_commit: None,
                    ..chance.pull(PullNumber(4))
                });
                snapshot.promotion_pulls.insert((head.clone(), base.clone()), found);
            }
            Need::Range { base, head } => {
                let range = self.range(base);
                snapshot.ranges.insert((base.clone(), head.clone()), range);
            }
            Need::Origins(_, commits) => {
                for commit in commits {
                    let origin = match self.maybe(Self::pull_number) {
                        Some(number) => Origin::Feature(Feature {
                            number,
                            title: self.text(),
                            author: None,
                            closes: Vec::new(),
                        }),
                        None => Origin::Direct,
                    };
                    snapshot.origins.insert(commit.clone(), origin);
                }
            }
            Need::Contains { ancestor, descendant } => {
                let contains = !self.rarely(2);
                snapshot
                    .contains
                    .insert((ancestor.clone(), descendant.clone()), contains);
            }
            Need::WaitingRuns => {
                snapshot.waiting_runs = Some(self.found(|chance| chance.several(2, |_| WorkflowRunId(1))));
            }
            Need::WorkflowRun(run) => {
                let found = self.found(|chance| WorkflowRun {
                    commit: chance.sha(),
                    event: ["push", "pull_request"][chance.number(2)].to_owned(),
                    attempt: 1,
                    suite: Some(1),
                    completed: chance.rarely(3),
                });
                snapshot.workflow_runs.insert(*run, found);
            }
            Need::WaitingFor(run) => {
                let found = self.found(|_| vec![EnvironmentName::from("staging")]);
                snapshot.waiting_for.insert(*run, found);
            }
            Need::Deployment(id) => {
                let found = self.found(|chance| snapshot::Deployment {
                    commit: chance.sha(),
                    environment: EnvironmentName::from("staging"),
                });
                snapshot.deployments_by_id.insert(*id, found);
            }
            Need::Releases => {
                snapshot.releases = Some(self.found(|chance| {
                    chance.several(2, |chance| Published {
                        tag: "v1".to_owned(),
                        url: "https://github.example/r".to_owned(),
                        of: chance.maybe(Self::sha),
                    })
                }));
            }
            Need::Tags(prefix) => {
                let tags = self.several(2, |chance| (format!("{prefix}1"), chance.sha()));
                snapshot.tags.insert(prefix.clone(), tags);
            }
            Need::Rules(branch) => {
                let required = self.several(1, |_| Required {
                    context: "test".to_owned(),
                    app_id: None,
                });
                snapshot.rules.insert(branch.clone(), required);
            }
            Need::Reply { request, .. } => {
                let reply = self.rarely(3).then_some(CommentId(91));
                snapshot.replies.insert(*request, reply);
            }
            Need::ConfigAt(sha) => {
                let file = self.maybe(|_| config::parse(CONFIGURATIONS[0]).map(Box::new));
                snapshot.configs_at.insert(sha.clone(), file);
            }
            Need::ConfigurationRun(sha) => drop(snapshot.configuration_runs.insert(sha.clone(), self.rarely(2))),
            Need::Deployments { environment, commit } => {
                let listed = match self.number(6) {
                    4 => Listed::Unreadable,
                    5 => Listed::Unclear,
                    _ => Listed::Deployments(self.several(2, |chance| Deployment {
                        id: DeploymentId(chance.number(3) as i64 + 1),
                        commit: commit.clone().unwrap_or_else(|| chance.sha()),
                        created_at: chance.time(),
                        mark: chance.maybe(|_| "staging".to_owned()),
                    })),
                };
                snapshot
                    .deployments
                    .insert((environment.clone(), commit.clone()), listed);
            }
            Need::DeploymentStatus(id) => {
                let states = [
                    State::Success,
                    State::Failure,
                    State::InProgress,
                    State::Error,
                    State::Inactive,
                    State::Queued,
                    State::Waiting,
                    State::Unknown,
                ];
                let status = self.maybe(|chance| Status {
                    state: states[chance.number(states.len())],
                    log_url: None,
                    at: chance.time(),
                    succeeded_at: chance.maybe(Self::time),
                });
                snapshot.deployment_statuses.insert(*id, status);
            }
            Need::Checks(sha) => {
                let value = self.checks();
                snapshot.checks.insert(sha.clone(), Read { value, at: self.now });
            }
            Need::Head(branch) => {
                let value = self.maybe(Self::sha);
                snapshot.heads.insert(branch.clone(), Read { value, at: self.now });
            }
            // What is asked for since this was written goes unanswered, as by a GitHub that does not answer.
            #[allow(unreachable_patterns, reason = "only where everything is answered")]
            _ => {}
        }
    }

    /// What GitHub makes of an effect: mostly what was wished.
    pub fn outcome(&mut self, effect: &Effect) -> Outcome {
        match self.number(10) {
            8 => return Outcome::Outdated,
            9 => {
                let refusals = [
                    Refusal::NotFastForward,
                    Refusal::RuleViolation {
                        lines: vec!["no".to_owned()],
                    },
                    Refusal::PermissionMissing {
                        permission: "x".to_owned(),
                    },
                    Refusal::WorkflowPermission,
                    Refusal::NotMergeable,
                    Refusal::MethodNotAllowed,
                    Refusal::MergeQueue,
                    Refusal::Missing,
                ];
                return Outcome::Refused(refusals[self.number(refusals.len())].clone());
            }
            _ => {}
        }
        let at = self.now;
        Outcome::Done(match effect {
            Effect::Acknowledge { .. } | Effect::AnswerByReaction { .. } => Receipt::Acknowledged,
            Effect::Reply { .. } | Effect::EditReply { .. } => {
                let comment = CommentId(91);
                Receipt::Replied { comment, at }
            }
            Effect::MoveBranch { .. } | Effect::RollBack { .. } | Effect::SetBranch { .. } => Receipt::Moved,
            Effect::MergeBranch { from, .. } => Receipt::Joined {
                before: from.clone(),
                commit: self.sha(),
            },
            Effect::OpenPromotionPull { .. } | Effect::OpenHotfixPull { .. } => {
                let pull = PullNumber(4);
                Receipt::PullWritten { pull, at }
            }
            Effect::EditPromotionPull { pull, .. } | Effect::DescribePull { pull, .. } => {
                Receipt::PullWritten { pull: *pull, at }
            }
            Effect::ClosePromotionPull { .. } => Receipt::PullClosed,
            Effect::WriteCard { .. } => {
                let comment = CommentId(90);
                Receipt::CardWritten { comment, at }
            }
            Effect::SetButtons { .. } => Receipt::ButtonsSet { run: RunId(7) },
            Effect::MergePull { .. } => Receipt::Merged { commit: self.sha() },
            Effect::RemoveLabel { .. } => Receipt::Unlabelled,
            Effect::CreateDeployment(_) => Receipt::Deployment { id: DeploymentId(1) },
            Effect::ReportDeployment { .. } => Receipt::DeploymentReported,
            Effect::AnswerRun { .. } | Effect::ReportToRun { .. } => Receipt::RunTold,
            Effect::MakeTag { .. } => Receipt::Tagged,
            Effect::MakeRelease { .. } => {
                let url = "https://github.example/r".to_owned();
                Receipt::Released { url }
            }
            Effect::ReportConfiguration { .. } => Receipt::Reported,
            #[allow(unreachable_patterns, reason = "only where every effect is known here")]
            _ => return Outcome::Outdated,
        })
    }
}

fn repository() -> Repository {
    Repository {
        id: RepoId(1),
        installation: InstallationId(2),
        name: RepoName::parse("harbour/shop").expect("a name"),
        default_branch: BranchName::from("main"),
        archived: false,
        fork: false,
        html_url: "https://github.example/harbour/shop".to_owned(),
        app_id: 99,
        merge_methods: vec![MergeMethod::Squash, MergeMethod::Merge],
    }
}

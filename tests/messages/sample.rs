//! The facts that the catalogue's texts are made from. What people write is kept apart, so that the same texts can be made
//! with ordinary words, for the page, and with hostile ones, for the test that nothing of them survives.

use greenlight::rules::authority::Why;
use greenlight::rules::checks::{Failure, Item, Pass, Reason, Shortfall, Source, State, Verdict, WaitingFor};
use greenlight::rules::config::{self, Config, Environment, Owner};
use greenlight::rules::effect::Refusal;
use greenlight::rules::feature::{Acceptance, Card, Ready};
use greenlight::rules::id::{
    BranchName, CommentId, EnvironmentName, Login, Person, PullNumber, RepoId, RequestId, Sha, TeamName, UserId,
};
use greenlight::rules::memory::{Armed, Feature, Hold, Progress};
use greenlight::rules::snapshot::{Between, Commit, Pull};
use greenlight::rules::stay::How;
use greenlight::rules::stretch::{Cargo, Item as Landed};
use jiff::Timestamp;

/// What people write, of each kind.
#[derive(Clone, Debug)]
pub struct Sample {
    pub title: String,
    pub anna: String,
    pub dora: String,
    pub main: String,
    pub branch: String,
    pub reason: String,
    pub label: String,
    pub check: String,
    /// A word that somebody wrote in a comment or in the configuration file.
    pub word: String,
    /// What stands in place of whole lines and times; `None`: what each case is about.
    pub line: Option<String>,
    /// What GitHub said.
    pub said: String,
    pub team: String,
}

impl Sample {
    pub fn ordinary() -> Self {
        let text = str::to_owned;
        Self {
            title: text("Faster checkout"),
            anna: text("anna"),
            dora: text("dora"),
            main: text("main"),
            branch: text("staging"),
            reason: text("the total is wrong with a gift card"),
            label: text("ready-for-staging"),
            check: text("e2e"),
            word: text("stagign"),
            line: None,
            said: text("Changes must be made through a pull request."),
            team: text("product"),
        }
    }

    /// The same text wherever somebody could write one.
    pub fn of(text: &str) -> Self {
        let text = || text.to_owned();
        Self {
            title: text(),
            anna: text(),
            dora: text(),
            main: text(),
            branch: text(),
            reason: text(),
            label: text(),
            check: text(),
            word: text(),
            line: Some(text()),
            said: text(),
            team: text(),
        }
    }

    /// A line as somebody wrote it, or the one that stands for all.
    pub fn line(&self, ordinary: &str) -> String {
        self.line.clone().unwrap_or_else(|| ordinary.to_owned())
    }

    pub fn config(&self) -> Config {
        let text = "timezone: America/Detroit\nenvironments:\n  - name: staging\n    url: https://staging.shop.example\n  - name: production\n    url: https://www.shop.example\n";
        let mut config = config::parse(text).expect("a configuration");
        config.owners = self.owners();
        config.ready_label = Some(self.label.clone());
        config
    }

    pub fn owners(&self) -> Vec<Owner> {
        vec![
            Owner::Login(Login(self.anna.clone())),
            Owner::Team(self.product()),
            Owner::Role(config::Role::Maintain),
        ]
    }

    pub fn product(&self) -> TeamName {
        TeamName {
            org: "harbour".to_owned(),
            slug: self.team.clone(),
        }
    }

    pub fn staging(&self) -> Environment {
        self.config().environments.remove(0)
    }

    pub fn production(&self) -> Environment {
        self.config().environments.remove(1)
    }

    /// Each way in which a commit that was moved may not be known to run.
    pub fn ways_not_to_run(&self) -> Vec<(&'static str, How)> {
        let log = Some(self.line("https://ci.example.com/shop/deploy/17"));
        vec![
            ("nobody has told of a deployment", How::NotHeard),
            ("its deployment is under way", How::Deploying),
            ("its deployment failed", How::Failed { log }),
            (
                "its deployment failed, and nobody says where",
                How::Failed { log: None },
            ),
            ("the App may not read deployments", How::Unreadable),
        ]
    }

    pub fn main(&self) -> BranchName {
        BranchName(self.main.clone())
    }

    pub fn branch(&self) -> BranchName {
        BranchName(self.branch.clone())
    }

    pub fn anna(&self) -> Person {
        Person {
            id: UserId(1),
            login: Login(self.anna.clone()),
        }
    }

    pub fn dora(&self) -> Person {
        Person {
            id: UserId(2),
            login: Login(self.dora.clone()),
        }
    }

    pub fn cargo(&self) -> Cargo {
        let feature = Feature {
            number: PullNumber(42),
            title: self.title.clone(),
            author: Some(Login(self.dora.clone())),
            closes: Vec::new(),
        };
        let direct = Commit {
            author: Some(Login(self.dora.clone())),
            ..self.commit()
        };
        Cargo::of(vec![Landed::Feature(feature), Landed::Direct(direct)])
    }

    pub fn later(&self) -> Cargo {
        let feature = Feature {
            number: PullNumber(43),
            title: self.title.clone(),
            author: None,
            closes: Vec::new(),
        };
        Cargo::of(vec![Landed::Feature(feature)])
    }

    fn commit(&self) -> Commit {
        Commit {
            sha: sha('b'),
            parents: vec![sha('a')],
            title: self.title.clone(),
            author: None,
            reverts: None,
        }
    }

    pub fn between(&self, own_commits: u64) -> Between {
        Between {
            base_at: sha('a'),
            head_at: sha('b'),
            commits: vec![self.commit()],
            behind_by: own_commits,
        }
    }

    pub fn armed(&self) -> Armed {
        Armed {
            environment: EnvironmentName::from("staging"),
            commit: sha('b'),
            asked_by: self.anna(),
            request: request(),
            command: 0,
            armed_at: at("2026-11-23T15:00:00Z"),
            not_before: None,
            as_listed: false,
            look_at: None,
            expires_at: at("2026-11-24T15:00:00Z"),
            carrying: self.cargo(),
            leaving: self.later(),
            progress: Progress::Waiting,
        }
    }

    pub fn hold(&self) -> Hold {
        Hold {
            environment: EnvironmentName::from("production"),
            held_by: self.anna(),
            because: Some(self.reason.clone()),
            until: at("2026-11-24T14:00:00Z"),
            request: request(),
            command: 0,
            warned: false,
            after: None,
        }
    }

    pub fn pull(&self) -> Pull {
        Pull {
            number: PullNumber(42),
            title: self.title.clone(),
            body: String::new(),
            author: Some(self.dora()),
            ours: false,
            open: true,
            merged: false,
            merge_commit: None,
            merged_by: None,
            head: self.branch(),
            head_sha: sha('b'),
            head_repo: Some(RepoId(1)),
            base: self.branch(),
            opened_at: None,
            updated_at: at("2026-11-23T15:00:00Z"),
            draft: false,
            labels: vec![self.label.clone()],
            mergeable: Some(true),
        }
    }

    pub fn card(&self) -> Card {
        Card::new(PullNumber(42), sha('b'))
    }

    pub fn acceptance(&self) -> Acceptance {
        Acceptance {
            by: self.anna(),
            head: sha('b'),
            request: request(),
            command: 0,
            then: None,
            told: false,
        }
    }

    pub fn ready(&self, checks: Verdict) -> Ready {
        Ready {
            by: self.dora(),
            checks,
            draft: false,
            conflict: false,
            fork: false,
        }
    }

    /// A check of each kind that has not passed.
    pub fn all_checks(&self) -> Verdict {
        let reasons = [
            Reason::Failed(Failure::Red),
            Reason::Failed(Failure::MustRunAgain),
            Reason::Failed(Failure::PersonMustAct),
            Reason::Failed(Failure::SkippedAfterFailure),
            Reason::WaitingFor(WaitingFor::Finish),
            Reason::WaitingFor(WaitingFor::Person),
            Reason::WaitingFor(WaitingFor::Report),
            Reason::WaitingFor(WaitingFor::ReportFrom { app_id: 7 }),
            Reason::WaitingFor(WaitingFor::RestOfSuite),
            Reason::WaitingFor(WaitingFor::Meaning(self.word.clone())),
            Reason::Passed(Pass::Success),
        ];
        Verdict {
            state: State::Red,
            passed: 1,
            total: reasons.len(),
            items: reasons.map(|reason| self.check(reason)).into(),
            shortfall: None,
        }
    }

    pub fn running(&self) -> Verdict {
        Verdict {
            state: State::Waiting,
            passed: 2,
            total: 3,
            items: vec![self.check(Reason::WaitingFor(WaitingFor::Finish))],
            shortfall: None,
        }
    }

    pub fn failed(&self) -> Verdict {
        Verdict {
            state: State::Red,
            items: vec![self.check(Reason::Failed(Failure::Red))],
            ..self.running()
        }
    }

    fn check(&self, reason: Reason) -> Item {
        Item {
            name: self.check.clone(),
            source: Source::Status,
            reason,
            link: None,
        }
    }

    pub fn whys(&self) -> Vec<(&'static str, Why)> {
        vec![
            ("somebody else may", Why::NotAnOwner(self.owners())),
            ("they cannot see the repository", Why::NoAccess),
            (
                "a team might let them in, and cannot be read",
                Why::TeamUnreadable(self.product(), self.owners()),
            ),
        ]
    }

    pub fn refusals(&self) -> Vec<(&'static str, Refusal)> {
        let text = || self.said.clone();
        vec![
            ("a conflict, or a reason GitHub keeps to itself", Refusal::NotMergeable),
            ("this way of merging is switched off", Refusal::MethodNotAllowed),
            ("the repository has a merge queue", Refusal::MergeQueue),
            (
                "a rule of the repository",
                Refusal::RuleViolation { lines: vec![text()] },
            ),
            (
                "a permission is missing",
                Refusal::PermissionMissing { permission: text() },
            ),
            ("workflow files", Refusal::WorkflowPermission),
            ("it is not there", Refusal::Missing),
            ("the branch has gone its own way", Refusal::NotFastForward),
            (
                "anything else",
                Refusal::Other {
                    status: 422,
                    message: text(),
                },
            ),
        ]
    }
}

pub fn green() -> Verdict {
    Verdict {
        state: State::Green,
        items: Vec::new(),
        passed: 3,
        total: 3,
        shortfall: None,
    }
}

pub fn nothing_reported() -> Verdict {
    Verdict {
        state: State::Waiting,
        passed: 0,
        total: 0,
        shortfall: Some(Shortfall::NothingReported),
        ..green()
    }
}

pub fn sha(digit: char) -> Sha {
    Sha::parse(&digit.to_string().repeat(40)).expect("forty digits")
}

pub fn request() -> RequestId {
    RequestId::Comment(CommentId(7))
}

pub fn at(moment: &str) -> Timestamp {
    moment.parse().expect("a moment")
}

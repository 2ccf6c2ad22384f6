//! Each question of GitHub's comes to exactly one final answer, whatever happens meanwhile, and a run is let through only while
//! every gate is open: the rules of `plan` against a small GitHub that holds, tests, promotes, crashes and repeats itself.

use greenlight::rules::checks::{CheckRun, Checks, Conclusion, RunStatus};
use greenlight::rules::config;
use greenlight::rules::effect::{Effect, Outcome, Receipt, Refusal};
use greenlight::rules::id::{
    BranchName, CommentId, DeploymentId, EnvironmentName, InstallationId, Login, Person, RepoId, RepoName, RequestId,
    Sha, UserId, WorkflowRunId,
};
use greenlight::rules::interpret::Heard;
use greenlight::rules::learn::learn;
use greenlight::rules::memory::{Hold, Memory, Unconfirmed};
use greenlight::rules::plan::{Look, plan};
use greenlight::rules::protection::REPORTS_MAX;
use greenlight::rules::snapshot::{
    Between, Commit, ConfigFile, Found, Need, Range, Read, Repository, Snapshot, WorkflowRun,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const RUN: WorkflowRunId = WorkflowRunId(7);
const STEPS_MAX: usize = 60;

fn sha(index: usize) -> Sha {
    Sha::parse(&format!("{index:040x}")).expect("forty digits")
}

fn index(commit: &Sha) -> usize {
    usize::from_str_radix(commit.as_str(), 16).expect("one of ours")
}

fn staging() -> EnvironmentName {
    EnvironmentName::from("staging")
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Asks,
    Hold,
    Unhold,
    Checks {
        commit: usize,
        green: bool,
    },
    Promoted {
        to: usize,
    },
    Passes {
        minutes: i64,
    },
    /// The next effect is carried out, and the process dies before it is recorded.
    Crash,
    /// The next effect meets an error that passes.
    Stumble,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::Asks),
        2 => Just(Event::Hold),
        2 => Just(Event::Unhold),
        3 => (1..5_usize, any::<bool>()).prop_map(|(commit, green)| Event::Checks { commit, green }),
        2 => (1..5_usize).prop_map(|to| Event::Promoted { to }),
        3 => (1..90_i64).prop_map(|minutes| Event::Passes { minutes }),
        1 => Just(Event::Crash),
        1 => Just(Event::Stumble),
    ]
}

/// Mainline is the line of commits 1 to 5; staging is somewhere on it, and the run has one of them.
struct World {
    now: Timestamp,
    memory: Memory,
    tip: usize,
    green: [bool; 6],
    commit: usize,
    /// Another rule of the environment holds the run as well, so GitHub lists it even after our answer.
    also_waits: bool,
    /// Every final answer that GitHub took.
    answers: Vec<bool>,
    /// Every final answer that was sent.
    sent: usize,
    reports: usize,
    crash: bool,
    stumble: bool,
    crashed: usize,
}

impl World {
    fn new(commit: usize, also_waits: bool) -> Self {
        Self {
            now: Timestamp::from_second(1_780_000_000).expect("a time"),
            memory: Memory::default(),
            tip: 1,
            green: [true; 6],
            commit,
            also_waits,
            answers: Vec::new(),
            sent: 0,
            reports: 0,
            crash: false,
            stumble: false,
            crashed: 0,
        }
    }

    fn happens(&mut self, event: Event) {
        let mut heard = Heard::default();
        match event {
            Event::Asks => {
                let named = heard.questions.entry((RUN, staging())).or_default();
                named.insert(DeploymentId(3));
            }
            Event::Hold => {
                let until = self.now + SignedDuration::from_hours(1);
                self.memory.holds.insert(staging(), hold(until));
            }
            Event::Unhold => drop(self.memory.holds.remove(&staging())),
            Event::Checks { commit, green } => {
                self.green[commit] = green;
                heard.checks.insert(sha(commit));
            }
            Event::Promoted { to } if to > self.tip => {
                let (before, tip) = (sha(self.tip), sha(to));
                self.tip = to;
                if let Some(outside) = self.memory.outside.get_mut(&staging()) {
                    outside.moved_by_us(&before, &tip);
                }
            }
            Event::Promoted { .. } => {}
            Event::Passes { minutes } => self.now += SignedDuration::from_mins(minutes),
            Event::Crash => self.crash = true,
            Event::Stumble => self.stumble = true,
        }
        if !self.looks(&heard) {
            // What was heard is heard again by whoever starts next.
            self.now += SignedDuration::from_secs(10);
            self.looks(&heard);
        }
    }

    /// `false` if it was cut off.
    fn looks(&mut self, heard: &Heard) -> bool {
        let mut snapshot = Snapshot::default();
        for _ in 0..STEPS_MAX {
            let next = plan(&Look {
                snapshot: &snapshot,
                memory: &self.memory,
                heard,
                now: self.now,
                welcomes: false,
            });
            if next.is_finished() {
                return true;
            }
            next.changes.iter().for_each(|change| self.memory.apply(change));
            for effect in &next.effects {
                let begun = Unconfirmed {
                    effect: effect.clone(),
                    sent_at: Some(self.now),
                };
                self.memory.unconfirmed.insert(effect.key(), begun);
                if std::mem::take(&mut self.stumble) {
                    return false;
                }
                let outcome = self.perform(effect);
                if std::mem::take(&mut self.crash) {
                    self.crashed += 1;
                    return false;
                }
                let changes = learn(effect, &outcome, &self.memory);
                changes.iter().for_each(|change| self.memory.apply(change));
                self.memory.unconfirmed.remove(&effect.key());
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

    fn perform(&mut self, effect: &Effect) -> Outcome {
        let waits = self.answers.is_empty();
        // What became of an answer, only a crash keeps from us, and only where another rule keeps the run in GitHub's list.
        assert!(
            waits || self.crashed > 0 && self.also_waits,
            "it is answered: {effect:?}"
        );
        match effect {
            Effect::AnswerRun { approved, .. } => {
                self.sent += 1;
                if !waits {
                    return nothing_waits();
                }
                if *approved {
                    assert_eq!(self.commit, self.tip, "it is what staging was brought to");
                    assert!(self.green[self.commit], "its checks are green");
                    assert!(!self.memory.holds.contains_key(&staging()), "staging is not on hold");
                } else {
                    assert!(self.commit < self.tip, "staging has gone past it");
                }
                self.answers.push(*approved);
            }
            Effect::ReportToRun { .. } => {
                self.reports += 1;
                if !waits {
                    return nothing_waits();
                }
            }
            other => panic!("nothing else is to be done: {other:?}"),
        }
        Outcome::Done(Receipt::RunTold)
    }

    fn answer(&self, need: &Need, snapshot: &mut Snapshot) {
        match need {
            Need::Repository => snapshot.repository = Some(repository()),
            Need::Config => {
                let text = "owners: [anna]\nenvironments:\n  - name: staging\n";
                snapshot.config = Some(ConfigFile::Valid {
                    config: Box::new(config::parse(text).expect("a valid configuration")),
                    branches: Vec::new(),
                });
            }
            Need::WorkflowRun(run) => {
                let found = WorkflowRun {
                    commit: sha(self.commit),
                    event: "push".to_owned(),
                    attempt: 1,
                    suite: Some(9),
                    completed: self.answers == [false],
                };
                snapshot.workflow_runs.insert(*run, Found::It(found));
            }
            Need::WaitingFor(run) => {
                let waits = self.answers.is_empty() || self.also_waits;
                let names = waits.then(staging).into_iter().collect();
                snapshot.waiting_for.insert(*run, Found::It(names));
            }
            Need::Range { base, head } => {
                let range = self.range(base, head);
                snapshot.ranges.insert((base.clone(), head.clone()), range);
            }
            Need::Contains { ancestor, descendant } => {
                let is = index(ancestor) <= index(descendant);
                snapshot.contains.insert((ancestor.clone(), descendant.clone()), is);
            }
            Need::Rules(branch) => drop(snapshot.rules.insert(branch.clone(), Vec::new())),
            Need::Head(branch) => {
                let value = Some(sha(self.at(branch)));
                snapshot.heads.insert(branch.clone(), Read { value, at: self.now });
            }
            Need::Checks(commit) => {
                let value = self.checks(index(commit));
                snapshot.checks.insert(commit.clone(), Read { value, at: self.now });
            }
            other => panic!("nothing here asks for {other:?}"),
        }
    }

    fn at(&self, branch: &BranchName) -> usize {
        match branch.as_str() {
            "main" => 5,
            "staging" => self.tip,
            commit => index(&Sha::parse(commit).expect("a commit")),
        }
    }

    fn range(&self, base: &BranchName, head: &BranchName) -> Range {
        let (from, to) = (self.at(base), self.at(head));
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

    /// A test, and the job that waits for us.
    fn checks(&self, commit: usize) -> Checks {
        let run = |id, name: &str, suite, status, conclusion| CheckRun {
            id,
            name: name.to_owned(),
            app_id: Some(15_368),
            app_slug: Some("github-actions".to_owned()),
            suite_id: Some(suite),
            status,
            conclusion,
            started_at: None,
            completed_at: None,
            html_url: None,
            details_url: None,
        };
        let ended = match self.green[commit] {
            true => Conclusion::Success,
            false => Conclusion::Failure,
        };
        let mut runs = vec![run(1, "test", 8, RunStatus::Completed, Some(ended))];
        if commit == self.commit && self.answers.is_empty() {
            runs.push(run(2, "deploy", 9, RunStatus::Waiting, None));
        }
        Checks {
            statuses: Vec::new(),
            runs,
            complete: true,
        }
    }
}

fn nothing_waits() -> Outcome {
    let message = "nothing waits for you".to_owned();
    Outcome::Refused(Refusal::Other { status: 422, message })
}

fn repository() -> Repository {
    Repository {
        id: RepoId(1),
        installation: InstallationId(1),
        name: RepoName::parse("harbour/shop").expect("a name"),
        default_branch: BranchName::from("main"),
        archived: false,
        fork: false,
        html_url: "https://github.example/harbour/shop".to_owned(),
        app_id: 1,
        merge_methods: Vec::new(),
    }
}

fn hold(until: Timestamp) -> Hold {
    Hold {
        environment: staging(),
        held_by: Person {
            id: UserId(1),
            login: Login::from("anna"),
        },
        because: None,
        until,
        request: RequestId::Comment(CommentId(1)),
        command: 0,
        warned: true,
        after: None,
    }
}

proptest! {
    #[test]
    fn each_question_comes_to_exactly_one_final_answer(
        commit in 1..5_usize,
        also_waits: bool,
        events in prop::collection::vec(event(), 0..25),
    ) {
        let mut world = World::new(commit, also_waits);
        world.happens(Event::Asks);
        for event in events {
            world.happens(event);
        }
        // In the end nothing is in the way any more, and GitHub says it once more.
        world.memory.holds.clear();
        world.green = [true; 6];
        (world.crash, world.stumble) = (false, false);
        world.happens(Event::Promoted { to: commit });
        for _ in 0..3 {
            world.happens(Event::Asks);
            world.happens(Event::Passes { minutes: 2 });
        }
        prop_assert_eq!(world.answers.len(), 1);
        // Each crash can keep from us once what became of an answer.
        let once_more = if also_waits { world.crashed } else { 0 };
        prop_assert!(world.sent <= 1 + once_more, "sent {} times", world.sent);
        prop_assert!(world.reports <= REPORTS_MAX);
    }
}

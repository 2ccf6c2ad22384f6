//! What makes a commit green, told with the shapes that CircleCI, Semaphore and GitHub Actions really report.

use greenlight::rules::checks::*;
use jiff::Timestamp;
use proptest::prelude::*;

/// Greenlight's App in these stories.
const OURS: i64 = 77;
const ACTIONS: i64 = 15368;

fn status(context: &str, state: &str, description: &str) -> CommitStatus {
    CommitStatus {
        context: context.to_owned(),
        state: state.to_owned().into(),
        description: Some(description.to_owned()),
        target_url: Some(format!("https://ci.example.com/{}", context.len())),
        app_id: None,
        updated_at: at(0),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// `result` is a conclusion, or the status of a run that has none yet.
fn run(id: i64, name: &str, suite_id: i64, result: &str) -> CheckRun {
    let unfinished = ["queued", "in_progress", "waiting", "requested", "pending"];
    let (status, conclusion) = if unfinished.contains(&result) {
        (result, None)
    } else {
        ("completed", Some(result.to_owned().into()))
    };
    CheckRun {
        id,
        name: name.to_owned(),
        app_id: Some(ACTIONS),
        app_slug: Some("github-actions".to_owned()),
        suite_id: Some(suite_id),
        status: status.to_owned().into(),
        conclusion,
        started_at: Some(at(id)),
        completed_at: None,
        html_url: Some(format!("https://github.com/shop/runs/{id}")),
        details_url: None,
    }
}

fn checks(statuses: Vec<CommitStatus>, runs: Vec<CheckRun>) -> Checks {
    Checks {
        statuses,
        runs,
        complete: true,
    }
}

fn everything() -> Wanted {
    Wanted::Auto { required: vec![] }
}

fn required(context: &str, app_id: Option<i64>) -> Wanted {
    Wanted::Auto {
        required: vec![Required {
            context: context.to_owned(),
            app_id,
        }],
    }
}

fn named(patterns: &[&str]) -> Wanted {
    let patterns = patterns.iter().map(|p| CheckPattern((*p).to_owned()));
    Wanted::Named(patterns.collect())
}

/// The state, how many passed, what falls short, then each item with its reason.
fn told(checks: &Checks, wanted: &Wanted) -> String {
    let verdict = judge(checks, wanted, OURS);
    let mut lines = vec![format!(
        "{:?} {}/{} {:?}",
        verdict.state, verdict.passed, verdict.total, verdict.shortfall
    )];
    for item in &verdict.items {
        lines.push(format!("{}: {:?}", item.name, item.reason));
    }
    lines.join("\n")
}

#[test]
fn circleci_jobs_are_statuses_and_an_approval_job_waits_for_a_person() {
    let commit = checks(
        vec![
            status("ci/circleci: test", "success", "Your tests passed on CircleCI!"),
            status("ci/circleci: hold", "pending", "Your job is on hold on CircleCI!"),
            status(
                "ci/circleci: approval-tests",
                "pending",
                "CircleCI is running your tests",
            ),
        ],
        vec![],
    );
    insta::assert_snapshot!(told(&commit, &everything()), @r"
    Waiting 1/3 None
    ci/circleci: approval-tests: WaitingFor(Finish)
    ci/circleci: hold: WaitingFor(Person)
    ci/circleci: test: Passed(Success)
    ");
    insta::assert_snapshot!(told(&commit, &named(&["ci/circleci: TEST"])), @r"
    Green 1/1 None
    ci/circleci: test: Passed(Success)
    ");
}

#[test]
fn an_approval_job_is_known_by_its_name_only_when_it_says_nothing_else() {
    let mut silent = status("ci/circleci: hold-for-qa", "pending", "");
    silent.description = None;
    let other_ci = status("hold", "pending", "");
    let commit = checks(vec![silent, other_ci], vec![]);
    insta::assert_snapshot!(told(&commit, &everything()), @r"
    Waiting 0/2 None
    ci/circleci: hold-for-qa: WaitingFor(Person)
    hold: WaitingFor(Finish)
    ");
}

#[test]
fn a_pipeline_stopped_in_semaphore_is_red_and_must_run_again() {
    let stopped = status(
        "ci/semaphoreci/push: Main",
        "error",
        "The build was canceled on Semaphore 2.0.",
    );
    let failed = status("ci/semaphoreci/pr: Main", "failure", "3 tests failed.");
    let commit = checks(vec![stopped, failed], vec![]);
    insta::assert_snapshot!(told(&commit, &everything()), @r"
    Red 0/2 None
    ci/semaphoreci/pr: Main: Failed(Red)
    ci/semaphoreci/push: Main: Failed(MustRunAgain)
    ");
}

#[test]
fn actions_jobs_pass_when_successful_neutral_or_skipped() {
    let runs = vec![
        run(1, "build", 9, "success"),
        run(2, "lint", 9, "neutral"),
        run(3, "deploy", 9, "skipped"),
    ];
    insta::assert_snapshot!(told(&checks(vec![], runs), &everything()), @r"
    Green 3/3 None
    build: Passed(Success)
    deploy: Passed(Skipped)
    lint: Passed(Neutral)
    ");
}

#[test]
fn every_other_ending_is_red_and_says_what_to_do() {
    let endings = [
        "failure",
        "cancelled",
        "timed_out",
        "startup_failure",
        "stale",
        "action_required",
        "perplexed",
    ];
    let runs = endings.iter().zip(1..).map(|(ending, id)| run(id, ending, id, ending));
    insta::assert_snapshot!(told(&checks(vec![], runs.collect()), &everything()), @r#"
    Red 0/7 None
    action_required: Failed(PersonMustAct)
    cancelled: Failed(MustRunAgain)
    failure: Failed(Red)
    perplexed: Failed(Meaning("perplexed"))
    stale: Failed(MustRunAgain)
    startup_failure: Failed(MustRunAgain)
    timed_out: Failed(MustRunAgain)
    "#);
}

#[test]
fn an_unfinished_run_waits_whatever_its_conclusion_says() {
    let mut odd = run(1, "odd", 9, "success");
    odd.status = "in_progress".to_owned().into();
    let mut new = run(2, "new", 9, "success");
    new.status = "dreaming".to_owned().into();
    let mut cleared = run(3, "cleared", 9, "success");
    cleared.conclusion = None;
    let runs = vec![odd, new, cleared, run(4, "gate", 9, "waiting")];
    insta::assert_snapshot!(told(&checks(vec![], runs), &everything()), @r#"
    Waiting 0/4 None
    cleared: WaitingFor(Finish)
    gate: WaitingFor(Person)
    new: WaitingFor(Meaning("dreaming"))
    odd: WaitingFor(Finish)
    "#);
}

#[test]
fn a_re_run_replaces_the_run_before_it_in_its_own_suite_only() {
    let healed = vec![run(1, "e2e", 9, "failure"), run(2, "e2e", 9, "success")];
    insta::assert_snapshot!(told(&checks(vec![], healed.clone()), &everything()), @r"
    Green 1/1 None
    e2e: Passed(Success)
    ");
    let mut elsewhere = healed;
    elsewhere.push(run(3, "e2e", 10, "failure"));
    insta::assert_snapshot!(told(&checks(vec![], elsewhere), &everything()), @r"
    Red 1/2 None
    e2e: Failed(Red)
    e2e: Passed(Success)
    ");
}

#[test]
fn without_a_suite_nothing_is_taken_for_a_re_run() {
    let mut runs = vec![run(1, "e2e", 9, "failure"), run(2, "e2e", 9, "success")];
    runs.iter_mut().for_each(|run| run.suite_id = None);
    assert_eq!(judge(&checks(vec![], runs), &everything(), OURS).state, State::Red);
}

#[test]
fn a_job_skipped_because_another_failed_does_not_pass_even_when_only_it_is_required() {
    let failed = vec![run(1, "build", 9, "failure"), run(2, "deploy", 9, "skipped")];
    insta::assert_snapshot!(told(&checks(vec![], failed.clone()), &required("deploy", None)), @r"
    Red 0/1 None
    deploy: Failed(SkippedAfterFailure)
    ");
    let mut again = failed;
    again.push(run(3, "build", 9, "queued"));
    insta::assert_snapshot!(told(&checks(vec![], again), &required("deploy", None)), @r"
    Waiting 0/1 None
    deploy: WaitingFor(RestOfSuite)
    ");
}

#[test]
fn only_what_the_branch_requires_counts_where_it_requires_something() {
    let commit = checks(
        vec![status("E2E", "success", ""), status("flaky", "failure", "")],
        vec![run(1, "e2e", 9, "in_progress")],
    );
    insta::assert_snapshot!(told(&commit, &required("e2e", None)), @r"
    Waiting 1/2 None
    e2e: WaitingFor(Finish)
    E2E: Passed(Success)
    ");
    insta::assert_snapshot!(told(&commit, &required("unit", None)), @r"
    Waiting 0/1 None
    unit: WaitingFor(Report)
    ");
}

/// Found by chance: a newer status of the same name hid the App's red one, and the App's green run was left alone.
#[test]
fn somebody_elses_red_status_counts_against_a_requirement_bound_to_an_app() {
    let commit = checks(
        vec![status("deploy", "failure", "")],
        vec![run(1, "deploy", 1, "success")],
    );
    assert_eq!(
        judge(&commit, &required("deploy", Some(ACTIONS)), OURS).state,
        State::Red
    );
}

#[test]
fn a_requirement_bound_to_an_app_counts_only_from_that_app() {
    let mut forged = status("build", "success", "");
    let commit = checks(vec![forged.clone()], vec![]);
    insta::assert_snapshot!(told(&commit, &required("build", Some(ACTIONS))), @r"
    Waiting 0/1 None
    build: WaitingFor(ReportFrom { app_id: 15368 })
    ");
    assert_eq!(judge(&commit, &required("build", Some(-1)), OURS).state, State::Green);
    forged.app_id = Some(ACTIONS);
    let commit = checks(vec![forged], vec![]);
    assert_eq!(
        judge(&commit, &required("build", Some(ACTIONS)), OURS).state,
        State::Green
    );
}

#[test]
fn what_greenlight_reports_itself_is_left_out() {
    let mut ours = run(1, "Acceptance", 9, "success");
    ours.app_id = Some(OURS);
    let mut our_status = status("greenlight", "success", "");
    our_status.app_id = Some(OURS);
    let commit = checks(vec![our_status], vec![ours]);
    insta::assert_snapshot!(told(&commit, &everything()), @"Waiting 0/0 Some(NothingReported)");
    insta::assert_snapshot!(told(&commit, &required("Acceptance", Some(OURS))), @"Waiting 0/0 Some(NothingReported)");
    insta::assert_snapshot!(told(&commit, &required("Acceptance", None)), @r"
    Waiting 0/1 None
    Acceptance: WaitingFor(Report)
    ");
}

#[test]
fn a_wanted_pattern_that_nothing_matches_is_waited_for() {
    let commit = checks(vec![status("ci/circleci: unit", "success", "")], vec![]);
    insta::assert_snapshot!(told(&commit, &named(&["ci/*", "deploy/*"])), @r"
    Waiting 1/2 None
    deploy/*: WaitingFor(Report)
    ci/circleci: unit: Passed(Success)
    ");
}

#[test]
fn nothing_reported_and_not_all_read_are_not_green() {
    insta::assert_snapshot!(told(&checks(vec![], vec![]), &everything()), @"Waiting 0/0 Some(NothingReported)");
    insta::assert_snapshot!(told(&checks(vec![], vec![]), &named(&[])), @"Waiting 0/0 Some(NothingReported)");
    let mut part = checks(vec![], vec![run(1, "build", 9, "success")]);
    part.complete = false;
    insta::assert_snapshot!(told(&part, &everything()), @r"
    Waiting 1/1 Some(NotAllRead)
    build: Passed(Success)
    ");
    insta::assert_snapshot!(told(&part, &Wanted::Nothing), @"Green 0/0 None");
}

#[test]
fn a_star_stands_for_anything_and_case_does_not_matter() {
    let matches = |pattern: &str, name: &str| CheckPattern(pattern.to_owned()).matches(name);
    assert!(matches("ci/*: UNIT", "ci/circleci: unit"));
    assert!(matches("*", "") && matches("**a*", "bca") && matches("e2e", "E2E"));
    assert!(!matches("e2e", "e2e-2") && !matches("*a", "ab") && !matches("", "a"));
    assert!(!matches("a.c", "abc") && !matches("a?c", "abc"));
    let hostile = "*a".repeat(100) + "b";
    assert!(!matches(&hostile, &"a".repeat(255)));
}

#[test]
fn a_word_of_github_that_is_not_known_survives_being_stored() {
    let stored = serde_json::to_string(&Conclusion::from("perplexed".to_owned())).unwrap();
    assert_eq!(stored, "\"perplexed\"");
    let read: Conclusion = serde_json::from_str("\"timed_out\"").unwrap();
    assert_eq!(read, Conclusion::TimedOut);
}

const STATES: &[&str] = &["success", "success", "success", "failure", "error", "pending", "odd"];
const NOT_PASSING_STATES: &[&str] = &["failure", "error", "pending", "odd"];
const RESULTS: &[&str] = &[
    "success",
    "success",
    "neutral",
    "skipped",
    "skipped",
    "failure",
    "cancelled",
    "queued",
    "odd",
];
const NOT_PASSING_RESULTS: &[&str] = &[
    "failure",
    "cancelled",
    "timed_out",
    "stale",
    "startup_failure",
    "action_required",
    "queued",
    "in_progress",
    "waiting",
    "requested",
    "pending",
    "odd",
];

/// Few names, suites and seconds, so that re-runs and ties happen.
fn any_status(states: &'static [&'static str]) -> impl Strategy<Value = CommitStatus> {
    let name = prop::sample::select(vec!["build", "BUILD", "e2e", "deploy"]);
    let app = prop::sample::select(vec![None, Some(ACTIONS), Some(OURS)]);
    (name, prop::sample::select(states), app, 0..3_i64).prop_map(|(name, state, app, second)| {
        let mut status = status(name, state, "");
        status.app_id = app;
        status.updated_at = at(second);
        status
    })
}

fn any_run(results: &'static [&'static str]) -> impl Strategy<Value = CheckRun> {
    let name = prop::sample::select(vec!["build", "e2e", "deploy"]);
    let app = prop::sample::select(vec![None, Some(ACTIONS), Some(OURS)]);
    let suite = prop::sample::select(vec![None, Some(1), Some(2)]);
    (0..6_i64, name, suite, prop::sample::select(results), app).prop_map(|(id, name, suite, result, app)| {
        let mut run = run(id, name, 0, result);
        run.suite_id = suite;
        run.app_id = app;
        run
    })
}

fn any_checks() -> impl Strategy<Value = Checks> {
    (
        prop::collection::vec(any_status(STATES), 0..5),
        prop::collection::vec(any_run(RESULTS), 0..6),
        prop::bool::weighted(0.9),
    )
        .prop_map(|(statuses, runs, complete)| Checks {
            statuses,
            runs,
            complete,
        })
}

fn any_wanted() -> impl Strategy<Value = Wanted> {
    let name = prop::sample::select(vec!["build", "e2e", "deploy", "missing"]);
    let app = prop::sample::select(vec![None, Some(-1), Some(ACTIONS), Some(OURS)]);
    let one = (name, app).prop_map(|(context, app_id)| Required {
        context: context.to_owned(),
        app_id,
    });
    let pattern = prop::sample::select(vec!["*", "b*", "e2e", "missing"]);
    prop_oneof![
        prop::collection::vec(one, 0..3).prop_map(|required| Wanted::Auto { required }),
        prop::collection::vec(pattern, 0..3).prop_map(|patterns| named(&patterns)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// C5, and with it that a re-run which is not done yet takes the green away.
    #[test]
    fn one_more_thing_that_does_not_pass_never_turns_a_verdict_green(
        before in any_checks(),
        wanted in any_wanted(),
        status in any_status(NOT_PASSING_STATES),
        run in any_run(NOT_PASSING_RESULTS),
    ) {
        let was = judge(&before, &wanted, OURS).state;
        let mut with_status = before.clone();
        with_status.statuses.push(status);
        let mut with_run = before;
        with_run.runs.push(run);
        for after in [with_status, with_run] {
            let is = judge(&after, &wanted, OURS).state;
            prop_assert!(was == State::Green || is != State::Green, "{was:?} became {is:?}");
        }
    }

    /// C2, C3.
    #[test]
    fn green_means_that_something_counted_that_all_of_it_passed_and_that_all_was_read(
        checks in any_checks(),
        wanted in any_wanted(),
    ) {
        let verdict = judge(&checks, &wanted, OURS);
        let all_pass = verdict.items.iter().all(|item| matches!(item.reason, Reason::Passed(_)));
        let is_green = checks.complete && verdict.total > 0 && all_pass;
        prop_assert_eq!(verdict.state == State::Green, is_green);
        prop_assert_eq!(verdict.total, verdict.items.len());
    }

    /// C2: what is not a word we know never passes, wherever GitHub puts it.
    #[test]
    fn nothing_unknown_is_green(word in "[a-z_]{1,12}", wanted in any_wanted()) {
        let known = ["success", "neutral", "skipped", "completed"];
        prop_assume!(!known.contains(&word.as_str()));
        let mut unknown_status = run(1, "build", 1, "success");
        unknown_status.status = word.clone().into();
        let unknown_end = run(2, "e2e", 1, &word);
        let commit = checks(vec![status("deploy", &word, "")], vec![unknown_status, unknown_end]);
        prop_assert_ne!(judge(&commit, &wanted, OURS).state, State::Green);
        for name in ["build", "e2e", "deploy"] {
            prop_assert_ne!(judge(&commit, &named(&[name]), OURS).state, State::Green);
        }
    }

    /// C6.
    #[test]
    fn the_order_of_things_changes_nothing(
        (checks, shuffled) in any_checks().prop_flat_map(|checks| {
            let statuses = Just(checks.statuses.clone()).prop_shuffle();
            let runs = Just(checks.runs.clone()).prop_shuffle();
            let complete = checks.complete;
            let shuffled = (statuses, runs)
                .prop_map(move |(statuses, runs)| Checks { statuses, runs, complete });
            (Just(checks), shuffled)
        }),
        wanted in any_wanted(),
    ) {
        prop_assert_eq!(judge(&checks, &wanted, OURS), judge(&shuffled, &wanted, OURS));
    }
}

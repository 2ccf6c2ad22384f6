//! What is said of the way back.

use greenlight::rules::effect::Refusal;
use greenlight::rules::id::{EnvironmentName, IssueNumber, PullNumber};
use greenlight::rules::memory::Hold;
use greenlight::rules::rollback::{After, Again, Failure, Goal, Progress, Rollback, TakenBack, Way};
use greenlight::rules::stay::State;
use greenlight::rules::stretch::Cargo;
use greenlight::rules::words::hold;
use greenlight::rules::words::rollback::{self, Forecast, Moved, Wanted};
use greenlight::rules::words::{standing, status, taken_back};

use crate::sample::{Sample, at, request, sha};
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let mut entries = on_its_way(sample);
    entries.extend(refusals(sample));
    entries.extend(taken_back(sample));
    entries.extend(by_a_commit_on_top(sample));
    entries
}

/// With `strategy: merge`.
fn by_a_commit_on_top(sample: &Sample) -> Vec<Entry> {
    let (config, environment, main) = (sample.config(), sample.staging(), sample.branch());
    let (back, forward) = (on_top(a_rollback(sample)), on_top(forward(sample)));
    let (mark, marks) = (mark_on_top(sample), [mark_on_top(sample)]);
    let moved = |rollback: &Rollback, taken_back, had_run| {
        rollback::moved(
            &staging(),
            &Moved {
                environment: Some(&environment),
                rollback,
                state: &State::Running {
                    since: at("2026-11-23T15:00:00Z"),
                },
                hold: Some(&held(sample, rollback)),
                taken_back,
                had_run,
                config: &config,
            },
        )
    };
    let forecast = rollback::forecast(&Forecast {
        environment: &environment,
        to: &back.to,
        taken_away: &back.taken_away,
        brought_back: &back.brought_back,
        way: &back.way,
        refused: None,
        command: "/rollback staging",
        config: &config,
    });
    let items = sample.cargo().items;
    let goes_away = Cargo {
        takes_away: sample.later().items,
        ..Cargo::default()
    };
    let mut entries = vec![
        entry(
            "You said `/rollback staging`, where the branch has merges of its own (`strategy: merge`)",
            rollback::begun(&staging(), &back, &config),
        ),
        entry("The same: it runs again", moved(&back, Some(&mark), true)),
        entry(
            "The same, where what was taken away never ran there",
            moved(&back, Some(&mark), false),
        ),
        entry(
            "You said it once more, which brings it back",
            moved(&forward, None, true),
        ),
        entry("You said `/rollback staging --dry-run`", forecast),
        entry(
            "The message of the commit that does it",
            rollback::commit_message(&staging(), &on_top(a_rollback(&Sample::ordinary()))),
        ),
        entry(
            "On the promotion pull request and in `/status`, of what a commit on top took away",
            taken_back::standing(&staging(), &mark, &config),
        ),
        entry(
            "On the card of such a feature",
            taken_back::on_card(&staging(), PullNumber(42), &mark, &config),
        ),
        entry(
            "In the answer to a later `/promote staging`",
            taken_back::still_away(&staging(), &marks),
        ),
        entry(
            "You said `/promote staging` of such a feature",
            taken_back::is_away(&staging(), PullNumber(42), &staging(), &mark, &config),
        ),
        entry(
            "You said `/promote production` of a version that has what staging took back since",
            taken_back::not_any_more(&EnvironmentName::from("production"), &main, &items),
        ),
        entry(
            "In `/status`, where everything else has gone there",
            status::environment(&environment, &sample.main(), Some(&Cargo::default()), None, None, true),
        ),
        entry(
            "The title of a promotion pull request that only takes something away",
            standing::title(&environment, &goes_away),
        ),
        entry(
            "On the pull request that brings a hotfix back, while something is taken back",
            taken_back::on_hotfix(&staging(), &main, &marks),
        ),
    ];
    let refused = |(when, refusal): (&str, Refusal)| {
        entry(
            format!("GitHub did not take the commit on top: {when}"),
            rollback::refused_by_github(&staging(), &refusal, &back),
        )
    };
    entries.extend(sample.refusals().into_iter().map(refused));
    entries
}

fn staging() -> EnvironmentName {
    EnvironmentName::from("staging")
}

fn goal(sample: &Sample, named: bool) -> Goal {
    Goal {
        commit: sha('a'),
        ran_since: at("2026-11-20T15:00:00Z"),
        known_as: named.then(|| sample.later().items.remove(0)),
    }
}

pub fn a_rollback(sample: &Sample) -> Rollback {
    Rollback {
        by: sample.anna(),
        failure: None,
        request: request(),
        command: 0,
        branch: sample.branch(),
        from: sha('b'),
        to: goal(sample, true),
        taken_away: sample.cargo(),
        brought_back: Cargo::default(),
        held_until: at("2026-11-24T14:00:00Z"),
        decided_at: at("2026-11-23T15:00:00Z"),
        way: Way::SetBack,
        progress: Progress::Waiting,
    }
}

fn forward(sample: &Sample) -> Rollback {
    Rollback {
        taken_away: Cargo::default(),
        brought_back: sample.cargo(),
        ..a_rollback(sample)
    }
}

fn mark(sample: &Sample) -> TakenBack {
    TakenBack {
        cargo: sample.cargo(),
        bad: sha('b'),
        back_to: sha('a'),
        by: Some(sample.anna()),
        at: at("2026-11-23T15:00:00Z"),
        request: request(),
        away_at: sha('a'),
        undone_by: None,
        told_in: None,
    }
}

/// The same, where the branch goes forward to it.
fn on_top(rollback: Rollback) -> Rollback {
    Rollback {
        way: Way::OnTop { commit: Some(sha('c')) },
        ..rollback
    }
}

fn mark_on_top(sample: &Sample) -> TakenBack {
    TakenBack {
        undone_by: Some(sha('c')),
        ..mark(sample)
    }
}

fn again(sample: &Sample) -> Again {
    Again {
        mark: mark(sample),
        items: sample.cargo().items,
    }
}

pub fn held(sample: &Sample, rollback: &Rollback) -> Hold {
    Hold {
        environment: staging(),
        because: None,
        after: Some(Box::new(After {
            by: rollback.at_the_word_of().cloned(),
            taken_away: rollback.taken_away.clone(),
            brought_back: rollback.brought_back.clone(),
        })),
        ..sample.hold()
    }
}

fn on_its_way(sample: &Sample) -> Vec<Entry> {
    let (config, environment) = (sample.config(), sample.staging());
    let (back, forward) = (a_rollback(sample), forward(sample));
    let (own, longer) = (held(sample, &back), sample.hold());
    let mark = mark(sample);
    let log = Some(sample.line("https://ci.example.com/7"));
    let alone = Rollback {
        failure: Some(Failure { log }),
        ..a_rollback(sample)
    };
    let moved = |rollback: &Rollback, state, hold, taken_back| {
        rollback::moved(
            &staging(),
            &Moved {
                environment: Some(&environment),
                rollback,
                state,
                hold,
                taken_back,
                had_run: rollback.failure.is_none(),
                config: &config,
            },
        )
    };
    let runs = State::Running {
        since: at("2026-11-23T15:00:00Z"),
    };
    let failed = State::Failed {
        at: at("2026-11-23T15:00:00Z"),
        log: Some(sample.line("https://ci.example.com/7")),
    };
    let forecast = |refused| {
        rollback::forecast(&Forecast {
            environment: &environment,
            to: &back.to,
            taken_away: &back.taken_away,
            brought_back: &back.brought_back,
            way: &back.way,
            refused,
            command: "/rollback staging",
            config: &config,
        })
    };
    let whys = sample.whys();
    vec![
        entry(
            "You said `/rollback staging`",
            rollback::begun(&staging(), &back, &config),
        ),
        entry(
            "Its branch was set back",
            moved(&back, &State::Moved, Some(&own), Some(&mark)),
        ),
        entry(
            "Its deployment is under way",
            moved(&back, &State::Deploying, Some(&own), Some(&mark)),
        ),
        entry("It runs again", moved(&back, &runs, Some(&own), Some(&mark))),
        entry("Its deployment failed", moved(&back, &failed, Some(&own), Some(&mark))),
        entry(
            "The deployment of what you promoted failed, and staging goes back by itself (`rollback: automatic`)",
            rollback::begun(&staging(), &alone, &config),
        ),
        entry(
            "It runs again, after it went back by itself",
            moved(&alone, &runs, Some(&held(sample, &alone)), None),
        ),
        entry(
            "GitHub did not let it go back by itself",
            rollback::refused_by_github(&staging(), &Refusal::NotFastForward, &alone),
        ),
        entry(
            "On a promotion, or a list, that waited for an environment which went back by itself",
            rollback::promotion_dropped(&staging(), None),
        ),
        entry(
            "On the promotion pull request and in `/status`, after it went back by itself",
            hold::standing(&held(sample, &alone), &config),
        ),
        entry(
            "It was on hold already, for longer",
            moved(&back, &runs, Some(&longer), None),
        ),
        entry(
            "You said `/rollback staging` once more, which brings it back",
            moved(&forward, &runs, Some(&held(sample, &forward)), None),
        ),
        entry("You said `/rollback staging --dry-run`", forecast(None)),
        entry("The same, where you may not do it", forecast(Some(&whys[0].1))),
        entry(
            "On the promotion pull request and in `/status`, while it is on hold because of that",
            hold::standing(&own, &config),
        ),
        entry(
            "On a promotion, or a list, that waited for the environment",
            rollback::promotion_dropped(&staging(), Some(&sample.anna())),
        ),
        entry(
            "You said `/promote staging` in the very moment",
            rollback::goes_back_first(&staging()),
        ),
    ]
}

fn refusals(sample: &Sample) -> Vec<Entry> {
    let (config, environment) = (sample.config(), sample.staging());
    let ran = [goal(sample, true), goal(sample, false)];
    let word = || sample.line("1a2b3c4");
    let mut entries = vec![
        entry(
            "You said `/rollback`, and nothing else is known to have run there",
            rollback::nothing_ran_before(&staging()),
        ),
        entry(
            "You said `/rollback staging to #44`, which did not come there",
            rollback::did_not_run(&staging(), &Wanted::Feature(PullNumber(44)), &ran, &config),
        ),
        entry(
            "You named a commit that did not run there",
            rollback::did_not_run(&staging(), &Wanted::Commit(word()), &ran, &config),
        ),
        entry(
            "You named the beginning of more than one",
            rollback::did_not_run(&staging(), &Wanted::Several(word()), &ran, &config),
        ),
        entry(
            "You named something, and nothing else is known to have run there",
            rollback::did_not_run(&staging(), &Wanted::Commit(word()), &[], &config),
        ),
        entry("It is there already", rollback::already_there(&environment)),
        entry(
            "GitHub does not know the commit any more",
            rollback::commit_gone(&staging(), &goal(sample, true)),
        ),
        entry("Too much lies between", rollback::too_far(&staging(), 2_002)),
        entry("Its branch is not there", rollback::branch_missing(&environment)),
        entry(
            "There is no such environment",
            rollback::unknown_environment(&EnvironmentName(sample.word.clone()), &config),
        ),
        entry(
            "The environment left the configuration",
            rollback::environment_gone(&staging()),
        ),
        entry(
            "Somebody said `/rollback` again before the branch was moved",
            rollback::superseded(&staging(), Some(&sample.anna())),
        ),
        entry(
            "Somebody moved the branch meanwhile",
            rollback::stale(&staging(), Some(&sample.cargo())),
        ),
        entry(
            "The same, where nothing came with that",
            rollback::stale(&staging(), None),
        ),
    ];
    let refused = |(when, refusal): (&str, Refusal)| {
        entry(
            format!("GitHub did not set the branch back: {when}"),
            rollback::refused_by_github(&staging(), &refusal, &a_rollback(sample)),
        )
    };
    entries.extend(sample.refusals().into_iter().map(refused));
    let not_allowed = |(when, why)| {
        entry(
            format!("You may not take it back: {when}"),
            rollback::not_allowed(&staging(), &why),
        )
    };
    entries.extend(sample.whys().into_iter().map(not_allowed));
    entries
}

fn taken_back(sample: &Sample) -> Vec<Entry> {
    let config = sample.config();
    let (all, items) = ([again(sample)], sample.cargo().items);
    vec![
        entry(
            "On the promotion pull request, below what else waits",
            taken_back::apart(&staging(), &all, &config),
        ),
        entry(
            "In `/status`, of what was taken back",
            taken_back::standing(&staging(), &mark(sample), &config),
        ),
        entry(
            "On the card of a feature that was taken back",
            taken_back::on_card(&staging(), PullNumber(42), &mark(sample), &config),
        ),
        entry(
            "The same, where an issue tells the developers",
            taken_back::on_card(
                &staging(),
                PullNumber(42),
                &TakenBack {
                    told_in: Some(IssueNumber(47)),
                    ..mark(sample)
                },
                &config,
            ),
        ),
        entry(
            "You said `/promote staging`, which would bring it again",
            taken_back::comes_again(&staging(), &all, &sample.cargo(), None, &config),
        ),
        entry(
            "The same with `at friday 7am`",
            taken_back::comes_again(
                &staging(),
                &all,
                &sample.cargo(),
                Some(at("2026-11-27T12:00:00Z")),
                &config,
            ),
        ),
        entry(
            "You said `/confirm` without naming it",
            taken_back::not_named(&staging(), &items),
        ),
        entry(
            "You named something that was not listed",
            taken_back::not_listed(&staging(), &sample.line("#77"), &items),
        ),
        entry("The word that names it", format!("`{}`", taken_back::confirm(&items))),
    ]
}

//! Answers to questions, and answers that end a command before it begins.

use greenlight::rules::command::{Misread, Problem};
use greenlight::rules::id::{BranchName, EnvironmentName, PullNumber};
use greenlight::rules::snapshot::Withheld;
use greenlight::rules::words::picture::{Lies, Stretch, picture};
use greenlight::rules::words::{answer, hold, misread, status};

use crate::configuration::mistakes;
use crate::sample::Sample;
use crate::{Entry, entry};

pub fn questions(sample: &Sample) -> Vec<Entry> {
    let mut bare = sample.config();
    bare.environments.clear();
    vec![
        entry("You said `/help`", answer::help(&sample.config())),
        entry(
            "You said `/help` where there are no environments yet",
            answer::help(&bare),
        ),
        entry("You said `/status`", whole(sample)),
        entry(
            "You said `/status` where a branch is missing, or the branches are far apart",
            with_gaps(sample),
        ),
        entry(
            "You said `/status` where there are no environments yet",
            status::whole(&[], None),
        ),
    ]
}

fn whole(sample: &Sample) -> String {
    let (staging, production) = (sample.staging(), sample.production());
    let (cargo, nothing) = (sample.cargo(), Default::default());
    let armed = sample.armed();
    let lines = [
        status::environment(
            &staging,
            &sample.main(),
            Some(&cargo),
            Some(PullNumber(51)),
            Some(&armed),
            false,
        ),
        status::environment(&production, &sample.branch(), Some(&nothing), None, None, false),
        hold::standing(&sample.hold(), &sample.config()),
    ];
    let ways = [
        Stretch {
            environment: &staging.name,
            lies: Lies::Cargo(&cargo),
            held: false,
            waits: true,
        },
        Stretch {
            environment: &production.name,
            lies: Lies::Cargo(&nothing),
            held: true,
            waits: false,
        },
    ];
    status::whole(&lines, picture(&sample.main(), &ways).as_deref())
}

fn with_gaps(sample: &Sample) -> String {
    let (staging, production) = (sample.staging(), sample.production());
    let lines = [
        status::environment(&staging, &sample.main(), None, None, None, false),
        status::too_far_apart(&production, &sample.branch(), 2_500),
    ];
    let way = |environment, lies| Stretch {
        environment,
        lies,
        held: false,
        waits: false,
    };
    let ways = [way(&staging.name, Lies::NoBranch), way(&production.name, Lies::TooMuch)];
    status::whole(&lines, picture(&sample.main(), &ways).as_deref())
}

pub fn refusals(sample: &Sample) -> Vec<Entry> {
    let (config, staging, production) = (sample.config(), sample.staging(), sample.production());
    let mut bare = config.clone();
    bare.environments.clear();
    let wrong = EnvironmentName(sample.word.clone());
    let mut entries = vec![
        entry("You changed your comment after writing it", answer::edited()),
        entry(
            "Greenlight heard of it more than a day after you wrote it",
            answer::too_late(),
        ),
        entry(
            "The configuration on the default branch has a mistake",
            answer::broken_configuration(&mistakes(sample)),
        ),
        entry(
            "GitHub does not let Greenlight read something",
            answer::withheld(&Withheld::Permission("checks=read".to_owned())),
        ),
        entry(
            "The same, and GitHub does not say what is missing",
            answer::withheld(&Withheld::Permission("that GitHub did not name".to_owned())),
        ),
        entry(
            "Greenlight cannot make sense of GitHub's answers",
            answer::withheld(&Withheld::Unclear),
        ),
        entry(
            "You named an environment that does not exist",
            answer::unknown_environment(&wrong, &config),
        ),
        entry(
            "You named an environment where there are none",
            answer::unknown_environment(&wrong, &bare),
        ),
        entry("You said it on an issue", answer::not_a_pull_request()),
        entry(
            "You said `/promote` before the list was there",
            answer::nothing_shown_yet(&staging),
        ),
        entry(
            "You said `/promote` on the promotion pull request of another environment",
            answer::other_promotion_pull(&staging, &production, Some(PullNumber(52))),
        ),
        entry(
            "The same, and nothing waits for the one that you named",
            answer::other_promotion_pull(&staging, &production, None),
        ),
        entry(
            "You said `/promote` on a pull request that leads somewhere else",
            answer::outside_the_pipeline(&sample.pull(), &sample.main()),
        ),
        entry(
            "GitHub does not say how a feature was merged",
            answer::merge_commit_unknown(),
        ),
        entry(
            "You said `/promote` on a feature that is neither merged nor ready",
            answer::not_in_mainline_yet(&staging),
        ),
        entry(
            "You said `/promote` on a closed feature",
            answer::closed_without_merge(),
        ),
        entry(
            "The environment's branch is missing",
            answer::branch_missing(&BranchName(sample.branch.clone())),
        ),
        entry(
            "The branches are too far apart",
            answer::too_far_apart(&staging, &sample.main(), 2_500),
        ),
        entry(
            "You said `/promote production` on a feature that is not on staging",
            answer::not_on_stage_before(PullNumber(42), &production, Some(&staging), &sample.branch()),
        ),
        entry(
            "The default branch does not have the feature any more",
            answer::not_on_stage_before(PullNumber(42), &staging, None, &sample.main()),
        ),
        entry("It is there already", answer::already_there(&staging)),
        entry(
            "You said `/cancel`",
            answer::cancel_done(&[sample.armed()], None, false),
        ),
        entry(
            "You said `/cancel` on a feature that was accepted",
            answer::cancel_done(&[], None, true),
        ),
        entry(
            "You said `/cancel`, and nothing waited",
            answer::cancel_done(&[], None, false),
        ),
        entry(
            "Somebody said `/cancel`; on your own command",
            answer::cancelled(&sample.armed(), &sample.anna()),
        ),
        entry(
            "Somebody said `/promote` after you; on your own command",
            answer::superseded(&sample.armed(), &sample.anna()),
        ),
    ];
    for (why_in_words, why) in sample.whys() {
        entries.push(entry(
            format!("You said `/promote` and may not, because {why_in_words}"),
            answer::not_allowed(&staging.name, &why),
        ));
        entries.push(entry(
            format!("You said `/cancel` and may not, because {why_in_words}"),
            answer::may_not_cancel(&why),
        ));
    }
    entries
}

pub fn misread(sample: &Sample) -> Vec<Entry> {
    let word = || sample.word.clone();
    let cases = [
        (
            "A word that is no command",
            "/stagign",
            Problem::UnknownCommand { word: word() },
            Some("/promote staging"),
        ),
        (
            "The same, and nothing is near it",
            "/stagign",
            Problem::UnknownCommand { word: word() },
            None,
        ),
        (
            "Characters that only look right",
            "/рromote staging",
            Problem::LookAlike,
            Some("/promote staging"),
        ),
        (
            "You said `/promote` alone",
            "/promote",
            Problem::MissingEnvironment,
            Some("/promote <environment>"),
        ),
        (
            "You said `/reject` alone",
            "/reject",
            Problem::MissingReason,
            Some("/reject <why>"),
        ),
        (
            "You said `/rollback staging to` and nothing more",
            "/rollback staging to",
            Problem::MissingTarget,
            Some("/rollback staging to #<number>"),
        ),
        (
            "You said where to go back to by a word that is neither a feature nor a commit",
            "/rollback staging to stagign",
            Problem::NotATarget { word: word() },
            Some("/rollback staging to #<number>"),
        ),
        (
            "A name that no preview can have",
            "/preview stag/ign",
            Problem::NotAPreview { word: word() },
            Some("/preview"),
        ),
        (
            "A name that no environment can have",
            "/promote stag/ign",
            Problem::NotAnEnvironment { word: word() },
            Some("/promote <environment>"),
        ),
        (
            "An option that does not exist",
            "/promote staging --stagign",
            Problem::UnknownOption { word: word() },
            Some("/promote staging --dry-run"),
        ),
        (
            "A word too many",
            "/promote staging stagign",
            Problem::ExtraWord { word: word() },
            Some("/promote staging"),
        ),
        (
            "A command right below a quotation",
            "/promote staging",
            Problem::InQuotation,
            Some("/promote staging"),
        ),
        (
            "A command right below a pasted picture",
            "/promote staging",
            Problem::InHtml,
            Some("/promote staging"),
        ),
        ("More commands than one comment may hold", "", Problem::TooMany, None),
    ];
    let text = |(when, written, problem, nearest): (&str, &str, Problem, Option<&str>)| {
        let misread = Misread {
            written: sample.line(written),
            problem,
            nearest: nearest.map(str::to_owned),
        };
        entry(when, misread::sentence(&misread))
    };
    cases.map(text).into()
}

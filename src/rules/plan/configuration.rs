//! A commit that touches the configuration file is told on the commit itself whether the file is in order.
//!
//! Once for each commit: our own check run on it is looked for first, so that neither a crash nor a commit that reaches a
//! second branch brings another one.

use jiff::SignedDuration;

use super::super::effect::{Effect, Report};
use super::super::id::Sha;
use super::super::memory::Change;
use super::super::snapshot::Need;
use super::super::words::configuration as words;
use super::{Draft, welcome};

/// A check run whose sending was cut off may still appear on GitHub; only after this is it looked for.
const LATE_RUN_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Reports on every commit that pushes told of, and on those whose report was begun and has no known end.
pub(super) fn report(draft: &mut Draft<'_>) {
    let begun = draft
        .memory
        .unconfirmed
        .values()
        .filter_map(|begun| match &begun.effect {
            Effect::ReportConfiguration { commit, .. } => Some(commit),
            _ => None,
        });
    let mut commits: Vec<Sha> = begun.chain(&draft.heard.configurations).cloned().collect();
    // What we have proposed ourselves needs no report before it counts; what a person makes of it does.
    let ours = draft.memory.welcome.as_ref().and_then(|welcome| welcome.commit.clone());
    commits.retain(|commit| ours.as_ref() != Some(commit) || !welcome::is_awaited(draft));
    commits.sort();
    commits.dedup();
    for commit in commits {
        report_one(draft, &commit);
    }
}

fn report_one(draft: &mut Draft<'_>, commit: &Sha) -> Option<()> {
    let key = Effect::report_configuration_key(commit);
    let begun = draft.memory.unconfirmed.get(&key).cloned();
    if let Some(sent_at) = begun.as_ref().and_then(|begun| begun.sent_at)
        && draft.now < sent_at + LATE_RUN_WAIT
    {
        draft.look_again_at(sent_at + LATE_RUN_WAIT);
        return None;
    }
    let report = match judged(draft, commit)? {
        Some(report) => {
            let found = draft.snapshot.configuration_runs.get(commit).copied();
            let is_told = draft.fact(found, || Need::ConfigurationRun(commit.clone()))?;
            Some(report).filter(|_| !is_told)
        }
        None => None,
    };
    match report {
        Some(report) => draft.effect(Effect::ReportConfiguration {
            commit: commit.clone(),
            report,
        }),
        None if begun.is_some() => draft.change(Change::Forget { effect: key }),
        None => {}
    }
    Some(())
}

/// `Some(None)`: the commit has no such file, or GitHub does not know it, so there is nothing to say.
fn judged(draft: &mut Draft<'_>, commit: &Sha) -> Option<Option<Report>> {
    let repository = draft.repository();
    let file = draft.fact(draft.snapshot.configs_at.get(commit), || Need::ConfigAt(commit.clone()))?;
    let mainline = &repository?.default_branch;
    let Some(file) = file else { return Some(None) };
    let judged = match file {
        Ok(config) => config.validate_against(mainline).map(|()| config.as_ref()),
        Err(mistakes) => Err(mistakes.clone()),
    };
    Some(Some(match judged {
        Ok(config) => words::in_order(config, mainline),
        Err(mistakes) => words::not_in_order(&mistakes, mainline),
    }))
}

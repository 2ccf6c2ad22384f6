//! Tags what came to run in the last environment, and makes a release of it, once.
//!
//! It begins in a look that has read the configuration anyway, so a repository without releases pays nothing for it.

use jiff::SignedDuration;

use super::super::effect::{Effect, Refusal};
use super::super::id::BranchName;
use super::super::memory::Change;
use super::super::release::{self, Release, Standing};
use super::super::snapshot::{Found, Need, Published, Range};
use super::super::stay::{MovedBy, State, Stay, Stays};
use super::super::stretch::Cargo;
use super::super::words::release as words;
use super::{Draft, Pipeline, outside, request};

/// A release whose making was cut off may still appear.
const LATE_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// What has been running for longer when releases are switched on is no news.
const NEWS_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Takes every release a step further.
pub(super) fn keep(draft: &mut Draft<'_>) {
    begin(draft);
    let open: Vec<Release> = draft.memory.releases.values().cloned().collect();
    for release in open.into_iter().filter(Release::is_open) {
        match release.standing {
            Standing::Wanted => drop(make(draft, release)),
            _ => tell(draft, release),
        }
    }
}

fn put(draft: &mut Draft<'_>, release: Release) {
    if draft.memory.releases.get(&release.commit) != Some(&release) {
        draft.change(Change::Release(Box::new(release)));
    }
}

/// Wants a release of what has come to run in the last environment.
fn begin(draft: &mut Draft<'_>) -> Option<()> {
    draft.snapshot.config.as_ref()?;
    let pipeline = draft.pipeline()?.ok()?;
    let last = pipeline
        .config
        .environments
        .last()
        .filter(|_| pipeline.config.releases)?;
    let stays = draft.memory.stays.get(&last.name)?.clone();
    let newest = stays.newest()?;
    let State::Running { since: at } = newest.state else {
        return None;
    };
    let is_old = draft.now.duration_since(at) > NEWS_FOR;
    if is_old || newest.moved_by == MovedBy::FoundThere || draft.memory.releases.contains_key(&newest.commit) {
        return None;
    }
    let before = ran_before(&stays)?.commit.clone();
    // Whatever it is reached by: what went back brings nothing new.
    let went_back = matches!(newest.moved_by, MovedBy::Rollback { .. });
    let is_forward = !went_back && outside::contains(draft, &before, &newest.commit)?;
    let (by, asked) = match &newest.moved_by {
        MovedBy::Promotion { by, request, command } => (Some(by.clone()), Some((*request, *command))),
        MovedBy::Merge { by, .. } => (by.clone(), None),
        _ => (None, None),
    };
    let release = Release {
        commit: newest.commit.clone(),
        environment: last.name.clone(),
        since: before,
        at,
        by,
        asked,
        tag: None,
        tagged: false,
        standing: if is_forward {
            Standing::Wanted
        } else {
            Standing::NotForward
        },
        told: !is_forward,
    };
    put(draft, release);
    Some(())
}

/// The stay before the newest that is known to have run: one whose deployment failed brought nobody anything.
fn ran_before(stays: &Stays) -> Option<&Stay> {
    let (_, earlier) = stays.stays.split_last()?;
    let ran = earlier.iter().rfind(|stay| stay.has_run());
    ran.or(earlier.first())
}

/// `None` while facts are being asked for.
fn make(draft: &mut Draft<'_>, mut release: Release) -> Option<()> {
    let pipeline = draft.pipeline()?.ok()?;
    if is_late(draft, &release) {
        return None;
    }
    let published = match draft.fact(draft.snapshot.releases.as_ref(), || Need::Releases)? {
        Found::It(published) => published,
        Found::Missing => &Vec::new(),
        Found::Unreadable(permission) => {
            let permission = permission.clone();
            release.standing = Standing::Refused(Refusal::PermissionMissing { permission });
            put(draft, release);
            return Some(());
        }
    };
    let is_it = |one: &&Published| {
        one.of.as_ref() == Some(&release.commit) || release.tagged && Some(&one.tag) == release.tag.as_ref()
    };
    if let Some(found) = published.iter().find(is_it) {
        release.tag = Some(found.tag.clone());
        (release.tagged, release.standing) = (true, Standing::Made { url: found.url.clone() });
        put(draft, release);
        return Some(());
    }
    if !release.tagged {
        return tag(draft, &pipeline, release);
    }
    let tag = release.tag.clone()?;
    let notes = notes(draft, &pipeline, &release)?;
    draft.effect(Effect::MakeRelease {
        commit: release.commit.clone(),
        body: words::body(&words::Notes {
            environment: pipeline.config.environment(&release.environment),
            release: &release,
            tag: &tag,
            brought: notes.as_ref(),
            repository: &pipeline.repository.html_url,
        }),
        tag,
    });
    Some(())
}

fn is_late(draft: &mut Draft<'_>, release: &Release) -> bool {
    let tag = release.tag.as_deref().map(Effect::make_tag_key);
    let keys = tag.into_iter().chain([Effect::make_release_key(&release.commit)]);
    let sent = keys.filter_map(|key| draft.memory.unconfirmed.get(&key)?.sent_at).max();
    let until = sent.map(|at| at + LATE_WAIT).filter(|until| *until > draft.now);
    if let Some(until) = until {
        draft.look_again_at(until);
    }
    until.is_some()
}

/// Chooses a name that nobody has taken, and puts it on the commit. One that is on the commit already is kept.
fn tag(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, mut release: Release) -> Option<()> {
    let day = release::day(release.at, &pipeline.config.timezone);
    let tags = draft.fact(draft.snapshot.tags.get(&day), || Need::Tags(day.clone()))?;
    let is_ours = |(name, at): &&(String, super::super::id::Sha)| {
        *at == release.commit && release::count_of(&day, name).is_some()
    };
    if let Some((name, _)) = tags.iter().find(is_ours) {
        (release.tag, release.tagged) = (Some(name.clone()), true);
        put(draft, release);
        return Some(());
    }
    let is_taken = |name: &String| tags.iter().any(|(taken, _)| taken == name);
    match release.tag.clone().filter(|name| !is_taken(name)) {
        Some(tag) => draft.effect(Effect::MakeTag {
            tag,
            commit: release.commit,
        }),
        None => {
            release.tag = Some(release::next_tag(&day, tags.iter().map(|(name, _)| name.as_str())));
            put(draft, release);
        }
    }
    Some(())
}

/// What came since; `None` inside where too much lies between the two, or one of them is gone.
fn notes(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, release: &Release) -> Option<Option<Cargo>> {
    // GitHub compares two commits as it does two branches.
    let base = BranchName::from(release.since.as_str());
    let head = BranchName::from(release.commit.as_str());
    match draft.range(&base, &head)? {
        Range::Between(since) => draft.cargo(since, &pipeline.repository.default_branch).map(Some),
        Range::Missing { .. } | Range::TooLong { .. } => Some(None),
    }
}

/// Says in the answer of the promotion what came of it.
fn tell(draft: &mut Draft<'_>, mut release: Release) {
    let said = match &release.standing {
        Standing::Made { url } => Some(words::made(release.tag.as_deref().unwrap_or_default(), url)),
        Standing::Refused(refusal) => Some(words::refused(refusal)),
        Standing::Wanted | Standing::NotForward => None,
    };
    if let (Some(said), Some((id, command))) = (said, release.asked) {
        let known = draft
            .memory
            .requests
            .get(&id)
            .and_then(|request| request.answers.get(command))
            .cloned();
        if let Some(answer) = known {
            request::set_answer(
                draft,
                id,
                command,
                format!("{}\n\n{said}", answer.text),
                answer.is_final,
            );
        }
    }
    release.told = true;
    put(draft, release);
}

//! A look that changes nothing: what Greenlight would do and say, with what GitHub tells now and what is remembered.
//!
//! R1 Nothing is written, neither to GitHub nor to the database.
//! R2 What would be done is only wished for, so what would follow from GitHub's answer to it is not known here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::github::{Address, Github, GithubError};
use crate::rules::effect::Effect;
use crate::rules::interpret::Heard;
use crate::rules::memory::Memory;
use crate::rules::plan::{Look, plan, sight};
use crate::rules::scene::Scene;
use crate::rules::snapshot::Snapshot;

/// Steps of one look; a look that carries its effects out has fewer.
const STEPS_MAX: u32 = 40;

/// What would come of a look.
pub struct Rehearsed {
    /// What would be done first, by key.
    pub effects: BTreeMap<String, Effect>,
    /// What would be remembered.
    pub memory: Memory,
    /// What the board would show; `None` if it shows just that already, or nobody knows the pipeline.
    pub scene: Option<Scene>,
    /// When there would be another look although nothing is heard.
    pub look_again: Option<Timestamp>,
}

/// Looks at one repository. `memory` is what is remembered of it now, `welcomes` the operator's setting.
///
/// # Errors
/// GitHub's, for what could not be read.
pub async fn rehearse(
    github: &Github,
    clock: &Clock,
    at: &mut Address,
    mut memory: Memory,
    heard: &Heard,
    welcomes: bool,
) -> Result<Rehearsed, GithubError> {
    let mut snapshot = Snapshot::default();
    let mut effects = BTreeMap::new();
    let mut look_again = None;
    for _ in 0..STEPS_MAX {
        let next = plan(&Look {
            snapshot: &snapshot,
            memory: &memory,
            heard,
            now: clock.now(),
            welcomes,
        });
        look_again = next.look_again;
        let is_new = next.effects.iter().any(|effect| !effects.contains_key(&effect.key()));
        next.changes.iter().for_each(|change| memory.apply(change));
        effects.extend(next.effects.into_iter().map(|effect| (effect.key(), effect)));
        if next.outdated {
            snapshot = Snapshot::default();
        } else if !next.needs.is_empty() {
            github.observe(at, &next.needs, &mut snapshot).await?;
        } else if !is_new && (next.changes.is_empty() || !effects.is_empty()) {
            break;
        }
    }
    let seen = |snapshot: &Snapshot| {
        sight(&Look {
            snapshot,
            memory: &memory,
            heard,
            now: clock.now(),
            welcomes,
        })
    };
    let mut found = seen(&snapshot);
    if !found.needs.is_empty() {
        github.observe(at, &found.needs, &mut snapshot).await?;
        found = seen(&snapshot);
    }
    Ok(Rehearsed {
        effects,
        scene: found.scene,
        memory,
        look_again,
    })
}

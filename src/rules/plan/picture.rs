//! The whole pipeline as a picture, from facts that are read for its words anyway.

use super::super::snapshot::Range;
use super::super::stretch::Cargo;
use super::super::words::picture::{Lies, Stretch, picture};
use super::{Draft, Pipeline, hold};

/// `None` while facts are being asked for; `None` inside where there is nothing to draw, or too much.
pub(super) fn of_pipeline(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>) -> Option<Option<String>> {
    let mainline = &pipeline.repository.default_branch;
    let stages = pipeline.stages();
    let mut loads: Vec<Result<Cargo, Lies<'static>>> = Vec::new();
    for stage in &stages {
        loads.push(match draft.range(&stage.environment.branch, stage.from)? {
            Range::Between(between) => Ok(draft.cargo(between, mainline)?),
            Range::Missing { .. } => Err(Lies::NoBranch),
            Range::TooLong { .. } => Err(Lies::TooMuch),
        });
    }
    let ways: Vec<Stretch<'_>> = stages
        .iter()
        .zip(&loads)
        .map(|(stage, load)| Stretch {
            environment: &stage.environment.name,
            lies: load.as_ref().map_or_else(|lies| *lies, Lies::Cargo),
            held: hold::is_held(draft, &stage.environment.name),
            waits: draft.memory.armed.contains_key(&stage.environment.name),
        })
        .collect();
    Some(picture(mainline, &ways))
}

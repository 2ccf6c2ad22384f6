//! `/status`: where everything stands, environment by environment, then the previews, then all of it as a picture; and for those who
//! maintain the repository, whether all is there.

use super::super::memory::Request;
use super::super::snapshot::Range;
use super::super::stay::Stays;
use super::super::words;
use super::request::Decision;
use super::{Draft, Pipeline, picture, preview, soundness, taken_back};

/// Where everything stands.
pub(super) fn tell(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, request: &Request) -> Option<Decision> {
    let soundness = soundness::tell(draft, pipeline, request);
    let mut lines = Vec::new();
    for stage in pipeline.stages() {
        let branch = &stage.environment.branch;
        let range = draft.range(branch, stage.from)?;
        let cargo = match range {
            Range::Between(between) => Some(draft.cargo(between, &pipeline.repository.default_branch)?),
            Range::Missing { .. } => None,
            Range::TooLong { commits } => {
                lines.push(words::status::too_far_apart(stage.environment, stage.from, *commits));
                continue;
            }
        };
        let armed = draft.memory.armed.get(&stage.environment.name);
        let pull = draft.memory.gaps.get(&stage.environment.name).and_then(|gap| gap.pull);
        lines.push(words::status::environment(
            stage.environment,
            stage.from,
            cargo.as_ref(),
            pull,
            armed,
            !taken_back::on_top(draft, &stage.environment.name).is_empty(),
        ));
        let offers = draft.memory.offers.values();
        let here = &stage.environment.name;
        let waiting = offers.filter(|offer| offer.is_open() && offer.environment() == here);
        lines.extend(waiting.map(words::offer::standing));
        let under_way = draft
            .memory
            .stays
            .get(&stage.environment.name)
            .and_then(Stays::under_way);
        lines.extend(under_way.as_ref().map(words::deployment::standing));
        let hold = draft.memory.holds.get(&stage.environment.name);
        lines.extend(hold.map(|hold| words::hold::standing(hold, &pipeline.config)));
        let marks = draft
            .memory
            .ways_back
            .get(here)
            .map(|found| found.taken_back.as_slice());
        let taken_back = marks.unwrap_or_default().iter();
        lines.extend(taken_back.map(|mark| words::taken_back::standing(here, mark, &pipeline.config)));
        let standing = draft
            .memory
            .outside
            .get(&stage.environment.name)
            .map(|found| &found.standing);
        let mainline = &pipeline.repository.default_branch;
        lines.extend(
            standing.and_then(|found| words::outside::standing(stage.environment, stage.from, mainline, found)),
        );
    }
    lines.extend(preview::pool(draft, pipeline));
    let drawn = picture::of_pipeline(draft, pipeline)?;
    let whole = words::status::whole(&lines, drawn.as_deref());
    Some(Decision::answer(match soundness? {
        Some(section) => format!("{whole}\n\n{section}"),
        None => whole,
    }))
}

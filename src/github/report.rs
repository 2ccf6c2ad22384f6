//! A check run as it is sent: finished, with its remarks beside the lines of the file that they are about.

use serde_json::{Value, json};

use crate::rules::effect::{Annotation, BUTTON_RUN, ButtonRun, Report};
use crate::rules::id::{PullNumber, Sha};

/// The name of the report on a configuration: by it, and by our App, it is found again.
pub(super) const CONFIGURATION_RUN: &str = "Greenlight configuration";

/// GitHub takes no more at once; a report has fewer.
const ANNOTATIONS_MAX: usize = 50;

/// GitHub's limit for a summary, in bytes.
const SUMMARY_BYTES_MAX: usize = 65_535;

/// The body that makes or sets the check run with a feature's buttons. The feature is named where only we can write.
pub(super) fn button_run(pull: PullNumber, says: &ButtonRun) -> Value {
    json!({
        "name": BUTTON_RUN,
        "status": "completed",
        "conclusion": says.conclusion,
        "external_id": format!("{FEATURE}{pull}"),
        "details_url": says.page,
        "output": { "title": says.title, "summary": fitting(&says.summary) },
        "actions": says.buttons,
    })
}

/// What our check run's `external_id` begins with, before the feature's number.
const FEATURE: &str = "feature-";

/// The feature that a check run of ours belongs to.
pub(super) fn feature_of(external_id: &str) -> Option<PullNumber> {
    external_id.strip_prefix(FEATURE)?.parse().ok().map(PullNumber)
}

/// The body that makes a completed check run whose remarks are about one file.
pub(super) fn finished_run(name: &str, file: &str, commit: &Sha, report: &Report) -> Value {
    let remarks = report.annotations.iter().take(ANNOTATIONS_MAX);
    let remarks: Vec<Value> = remarks.map(|remark| annotation(file, remark)).collect();
    json!({
        "name": name,
        "head_sha": commit,
        "status": "completed",
        "conclusion": if report.passed { "success" } else { "failure" },
        "output": {
            "title": report.title,
            "summary": fitting(&report.summary),
            "annotations": remarks,
        },
    })
}

fn annotation(file: &str, remark: &Annotation) -> Value {
    let mut json = json!({
        "path": file,
        "start_line": remark.line,
        "end_line": remark.line,
        "annotation_level": "failure",
        "message": remark.message,
    });
    if let Some(column) = remark.column {
        (json["start_column"], json["end_column"]) = (column.into(), column.into());
    }
    json
}

/// Cut at the end of a line, so that no half sentence remains.
fn fitting(text: &str) -> &str {
    if text.len() <= SUMMARY_BYTES_MAX {
        return text;
    }
    let kept = &text[..text.floor_char_boundary(SUMMARY_BYTES_MAX)];
    kept.rfind('\n').map_or(kept, |end| &kept[..end])
}

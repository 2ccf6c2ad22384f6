//! The configuration file: the check run on a commit that wrote it, and every mistake there can be.

use greenlight::rules::config::{Expected, FileOf, Found, Mistake};
use greenlight::rules::effect::Report;
use greenlight::rules::words::{configuration, mistake};

use crate::sample::Sample;
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (config, main) = (sample.config(), sample.main());
    let mut bare = config.clone();
    bare.environments.clear();
    let of_the_organisation: Vec<Mistake> = mistakes(sample)
        .into_iter()
        .map(|found| Mistake {
            file: FileOf::Organisation("harbour".to_owned()),
            ..found
        })
        .collect();
    let mut entries = vec![
        entry("The file is in order", told(&configuration::in_order(&config, &main))),
        entry("It names no environments", told(&configuration::in_order(&bare, &main))),
        entry(
            "It has a mistake",
            told(&configuration::not_in_order(&mistakes(sample), &main)),
        ),
        entry(
            "The organisation's defaults have a mistake",
            told(&configuration::not_in_order(&of_the_organisation, &main)),
        ),
    ];
    for (when, found) in every_mistake(sample) {
        entries.push(entry(when, mistake::sentence(&found)));
    }
    entries
}

fn told(report: &Report) -> String {
    let remarks = report
        .annotations
        .iter()
        .map(|remark| format!("\n\nBeside line {}: {}", remark.line, remark.message));
    format!(
        "**{}**\n\n{}{}",
        report.title,
        report.summary,
        remarks.collect::<String>()
    )
}

/// One mistake as it comes in practice.
pub fn mistakes(sample: &Sample) -> Vec<Mistake> {
    vec![mistake(sample, Expected::KeyOf(&["name", "branch", "url"]))]
}

fn mistake(sample: &Sample, expected: Expected) -> Mistake {
    Mistake {
        line: 3,
        column: 5,
        path: format!("environments[0].{}", sample.word),
        found: Found::Text(sample.word.clone()),
        expected,
        nearest: Some("name".to_owned()),
        file: FileOf::Repository,
    }
}

fn every_mistake(sample: &Sample) -> Vec<(&'static str, Mistake)> {
    let expected = [
        ("The file is too large", Expected::SmallerFile { bytes_max: 65_536 }),
        ("Something else is in its place", Expected::TextFile),
        ("It cannot be read as YAML", Expected::Yaml),
        ("A text starts with a character that YAML keeps", Expected::QuotedText),
        ("A text is a reference in YAML", Expected::NoAliases),
        ("It is far too deep or too long", Expected::FewerOrFlatter),
        ("It goes on after `---`", Expected::OneDocument),
        ("A group of settings belongs there", Expected::Keys),
        ("A list belongs there", Expected::List),
        ("A text belongs there", Expected::Text),
        ("There is no such setting", Expected::KeyOf(&["name", "branch", "url"])),
        ("A setting is there twice", Expected::KeyOnce),
        ("A setting is missing", Expected::Key("name")),
        (
            "Only certain words belong there",
            Expected::OneOf(vec!["required", "off"]),
        ),
        ("A list is empty", Expected::AnEntry),
        ("A list is too long", Expected::AtMost(20)),
        ("Somebody cannot be an owner", Expected::Owner),
        ("A label cannot be called that", Expected::Label),
        ("There is no such time zone", Expected::TimeZone),
        (
            "A length of time cannot be used",
            Expected::Duration { min: "1m", max: "30d" },
        ),
        ("An environment cannot be called that", Expected::EnvironmentName),
        ("Two environments have one name", Expected::NameOfItsOwn),
        ("A branch cannot be called that", Expected::Branch),
        ("Two environments have one branch", Expected::BranchOfItsOwn),
        ("The default branch is used as an environment", Expected::NotMainline),
        ("An address cannot be used", Expected::WebAddress),
        ("The setting `checks` is something else", Expected::Checks),
        ("A check cannot be called that", Expected::CheckName),
        ("The setting `deployed_when` is something else", Expected::DeployedWhen),
        ("An allowed time cannot be read", Expected::Window),
    ];
    let of = |expected| Mistake {
        nearest: None,
        ..mistake(sample, expected)
    };
    expected
        .into_iter()
        .map(|(when, expected)| (when, of(expected)))
        .collect()
}

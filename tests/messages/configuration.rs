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
    for found in every_mistake(sample) {
        let kind = format!("{:?}", found.expected);
        let kind = kind.split(['(', ' ']).next().unwrap_or_default().to_owned();
        entries.push(entry(format!("Mistake `{kind}`"), mistake::sentence(&found)));
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

fn every_mistake(sample: &Sample) -> Vec<Mistake> {
    let expected = [
        Expected::SmallerFile { bytes_max: 65_536 },
        Expected::TextFile,
        Expected::Yaml,
        Expected::QuotedText,
        Expected::NoAliases,
        Expected::FewerOrFlatter,
        Expected::OneDocument,
        Expected::Keys,
        Expected::List,
        Expected::Text,
        Expected::KeyOf(&["name", "branch", "url"]),
        Expected::KeyOnce,
        Expected::Key("name"),
        Expected::OneOf(vec!["required", "off"]),
        Expected::AnEntry,
        Expected::AtMost(20),
        Expected::Owner,
        Expected::Label,
        Expected::TimeZone,
        Expected::Duration { min: "1m", max: "30d" },
        Expected::EnvironmentName,
        Expected::NameOfItsOwn,
        Expected::Branch,
        Expected::BranchOfItsOwn,
        Expected::NotMainline,
        Expected::WebAddress,
        Expected::Checks,
        Expected::CheckName,
        Expected::DeployedWhen,
        Expected::Window,
        Expected::LaterVersion,
    ];
    let mistakes = expected.into_iter().map(|expected| Mistake {
        nearest: None,
        ..mistake(sample, expected)
    });
    mistakes.collect()
}

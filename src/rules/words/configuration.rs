//! What a configuration file says, in words: so that whoever wrote it sees that it was understood as it was meant.

use super::super::config::{CheckSetting, Config, Environment, FileOf, Mistake, Owner, Preview};
use super::super::effect::{Annotation, Report};
use super::super::id::BranchName;
use super::super::snapshot::Role;
use super::misread::quote;
use super::{joined, mistake};

/// The report on a commit whose file can be used.
pub fn in_order(config: &Config, mainline: &BranchName) -> Report {
    Report {
        passed: true,
        title: "The configuration is in order".to_owned(),
        summary: format!(
            "**This is what I understand.** It counts as soon as it is on the branch {}.\n\n{}",
            quote(mainline.as_str()),
            understood(config)
        ),
        annotations: Vec::new(),
    }
}

/// The report on a commit whose file has mistakes.
pub fn not_in_order(mistakes: &[Mistake], mainline: &BranchName) -> Report {
    let list: Vec<String> = mistakes
        .iter()
        .map(|found| format!("- {}", mistake::sentence(found)))
        .collect();
    let own = || mistakes.iter().filter(|found| found.file == FileOf::Repository);
    let title = match own().count() {
        0 => "The organisation's defaults have a mistake".to_owned(),
        1 => "The configuration has a mistake".to_owned(),
        many => format!("The configuration has {many} mistakes"),
    };
    Report {
        passed: false,
        title,
        summary: if own().next().is_none() {
            defaults_not_in_order(&list)
        } else {
            format!(
                "**This file cannot be used, and I do not guess what was meant.** As long as it is like this on the branch {}, \
             nothing is promoted.\n\n{}\n\nPlease correct it in another commit. `greenlight check` says the same before you commit.",
                quote(mainline.as_str()),
                list.join("\n")
            )
        },
        annotations: own().map(annotation).collect(),
    }
}

fn defaults_not_in_order(list: &[String]) -> String {
    format!(
        "**This file is in order, but the defaults below it, which hold for all repositories there, cannot be used.** Until they are \
         mended, nothing is promoted.\n\n{}",
        list.join("\n")
    )
}

fn annotation(found: &Mistake) -> Annotation {
    Annotation {
        line: found.line.max(1),
        column: (found.line > 0).then_some(found.column),
        message: mistake::without_place(found),
    }
}

/// Who may promote, through which environments, and which checks have to be green; a list in Markdown.
pub fn understood(config: &Config) -> String {
    let mut lines = vec![format!("- Those who may promote: {}.", who(&config.owners))];
    if config.environments.is_empty() {
        lines.push(
            "- The environments are `staging` and `production`, in this order, where a branch of that name exists."
                .to_owned(),
        );
    }
    lines.extend(config.environments.iter().map(environment));
    if !config.previews.is_empty() {
        lines.push(previews(config));
    }
    let zone = config.timezone.iana_name().unwrap_or("UTC");
    lines.push(format!("- Times are told in the time zone {}.", quote(zone)));
    lines.join("\n")
}

fn previews(config: &Config) -> String {
    let one = |preview: &Preview| match preview.branch.as_str() == preview.name {
        true => format!("**{}**", preview.name),
        false => format!("**{}** (the branch {})", preview.name, quote(preview.branch.as_str())),
    };
    let forks = match config.preview_forks {
        true => " A version from a fork is shown once somebody with write access says `/preview` for it.",
        false => "",
    };
    format!(
        "- Ready features are shown on {}.{forks}",
        joined(config.previews.iter().map(one).collect(), "and")
    )
}

fn environment(environment: &Environment) -> String {
    let checks = match &environment.checks {
        CheckSetting::Auto => {
            "The checks that the branch's rules require have to be green, or all checks where no rule requires any."
                .to_owned()
        }
        CheckSetting::Nothing => "No check has to be green.".to_owned(),
        CheckSetting::Named(patterns) => {
            let names = patterns.iter().map(|pattern| quote(&pattern.0)).collect();
            format!("These checks have to be green: {}.", joined(names, "and"))
        }
    };
    let who = environment.owners.as_ref().map_or_else(String::new, |own| {
        format!(" Those who may promote into it: {}.", who(own))
    });
    format!(
        "- **{}** is the branch {}. {checks}{who}",
        environment.name,
        quote(environment.branch.as_str())
    )
}

/// Names are quoted, so that nobody is called, and that it reads the same in a terminal.
fn who(owners: &[Owner]) -> String {
    let one = |owner: &Owner| match owner {
        Owner::Login(login) => quote(login.as_str()),
        Owner::Team(team) => format!("the team {}", quote(&team.to_string())),
        Owner::Role(role) => format!("everyone with at least the {} role", Role::from(*role).as_str()),
    };
    joined(owners.iter().map(one).collect(), "and")
}

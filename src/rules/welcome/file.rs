//! The proposed `.github/greenlight.yml`: what was found as keys, and what else there is as remarks.
//!
//! Names come from others: as values they stand in quotes with every odd character escaped, in remarks they lose it.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Candidate, Stages, Surroundings, stages};
use crate::rules::config::{self, MergeMethod};
use crate::rules::id::BranchName;
use crate::rules::snapshot::{Found, Repository};

/// Of more checks than this, none is named: everything that is reported has to be green then.
pub const LISTED_CHECKS_MAX: usize = 20;

/// Names that a remark lists.
const REMARKED_MAX: usize = 12;

/// A proposed file, and what it rests upon.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub text: String,
    pub stages: Stages,
    /// The checks that it names.
    pub checks: Vec<String>,
    /// Environments that have commits of their own.
    pub apart: BTreeSet<BranchName>,
}

/// The file for what was found. `apart`: the branches that have commits which the stage before them has not.
pub fn proposed(repository: &Repository, found: &Surroundings, apart: BTreeSet<BranchName>) -> File {
    let stages = stages(&found.branches, &repository.default_branch);
    let checks = named_checks(found);
    let mut text = String::from(
        "# How Greenlight works in this repository. It counts as soon as it is on the default branch.\n\
         # Every key can be left out; the settings are explained in Greenlight's docs/configuration.md.\n",
    );
    owners(&mut text, found);
    text.push_str(
        "\n# The time zone in which times are told, and in which \"friday 7am\" is meant: write yours, such as Europe/Berlin.\n\
         timezone: UTC\n",
    );
    merge_method(&mut text, &repository.merge_methods);
    environments(&mut text, &repository.default_branch, &stages, found, &checks, &apart);
    File {
        text,
        stages,
        checks,
        apart,
    }
}

/// Those that every commit with reports has, as far as the configuration can name them.
fn named_checks(found: &Surroundings) -> Vec<String> {
    let always = found.checks.iter().filter(|check| check.on == found.commits);
    let names: BTreeSet<&str> = always.map(|check| check.name.as_str()).collect();
    let can_be_named = names.iter().all(|name| config::is_check_name(name));
    match can_be_named && names.len() <= LISTED_CHECKS_MAX {
        true => names.into_iter().map(str::to_owned).collect(),
        false => Vec::new(),
    }
}

fn owners(text: &mut String, found: &Surroundings) {
    text.push_str("\n# Who may accept features and promote them.\n");
    text.push_str("# As it stands here: everybody who may maintain or administer this repository.\n");
    if let Some(Found::It(people)) = &found.people {
        remark(
            text,
            "# At the moment these are: ",
            people.iter().map(|login| login.as_str().to_owned()),
        );
    }
    text.push_str("# You can name people and teams instead, such as [anna, \"@my-organisation/product\"].\n");
    if let Some(Found::It(teams)) = &found.teams {
        let names = teams.iter().map(|team| format!("@{}/{}", team.org, team.slug));
        remark(text, "# The teams of this organisation: ", names);
    }
    text.push_str("owners: [\"role:maintain\"]\n");
}

fn merge_method(text: &mut String, allowed: &[MergeMethod]) {
    let Some(first) = allowed.first() else { return };
    text.push_str("\n# How a feature that is accepted and green is merged.\n");
    let names: Vec<String> = allowed.iter().map(|method| word(*method).to_owned()).collect();
    remark(text, "# This repository allows: ", names.into_iter());
    let _ = writeln!(text, "merge_method: {}", word(*first));
}

fn word(method: MergeMethod) -> &'static str {
    match method {
        MergeMethod::Merge => "merge",
        MergeMethod::Squash => "squash",
        MergeMethod::Rebase => "rebase",
    }
}

fn environments(
    text: &mut String,
    mainline: &BranchName,
    stages: &Stages,
    found: &Surroundings,
    checks: &[String],
    apart: &BTreeSet<BranchName>,
) {
    let _ = writeln!(
        text,
        "\n# Where the product runs, in the order in which features get there from the branch {}.",
        plain(mainline.as_str())
    );
    let others = stages.others.iter().map(|branch| branch.as_str().to_owned());
    remark(text, "# These branches are there, too, and were left out: ", others);
    remark_checks(text, found, checks);
    // Without a branch there is no environment, so the key itself is a remark where none was found.
    let key = if stages.taken.is_empty() {
        "# environments:"
    } else {
        "environments:"
    };
    let _ = writeln!(text, "{key}");
    for one in &stages.taken {
        environment(text, one, checks, apart.contains(&one.branch));
    }
    for name in &stages.missing {
        let _ = writeln!(
            text,
            "  # There is no branch for {name}. Make one named {name} and take the signs # away:\n  # - name: {name}"
        );
    }
}

fn environment(text: &mut String, one: &Candidate, checks: &[String], is_apart: bool) {
    let _ = writeln!(
        text,
        "  - name: {}\n    branch: {}",
        one.name,
        quoted(one.branch.as_str())
    );
    if checks.is_empty() {
        text.push_str("    checks: auto\n");
    } else {
        text.push_str("    checks:\n");
        for check in checks {
            let _ = writeln!(text, "      - {}", quoted(check));
        }
    }
    if is_apart {
        text.push_str(
            "    # This branch has commits of its own, so what is promoted is merged into it.\n    strategy: merge\n",
        );
    }
}

fn remark_checks(text: &mut String, found: &Surroundings, named: &[String]) {
    if found.checks.is_empty() {
        text.push_str(
            "# No check was seen on the newest commits. With \"auto\" all that report have to be green, and at least one has to report;\n\
             # where nothing is ever checked, write \"none\".\n",
        );
        return;
    }
    text.push_str("# What is promoted has to be green. \"auto\" means everything that is reported; a list means just these names.\n");
    let reported = found.checks.iter().map(|check| match &check.app {
        Some(app) => format!("{} (by {app})", check.name),
        None => check.name.clone(),
    });
    let what = match named.is_empty() {
        true => "# Seen on the newest commits: ",
        false => "# Seen on the newest commits, and named below where every commit had it: ",
    };
    remark(text, what, reported);
}

/// One line; nothing where there is nothing to list.
fn remark(text: &mut String, what: &str, names: impl Iterator<Item = String>) {
    let names: Vec<String> = names.map(|name| plain(&name)).collect();
    if names.is_empty() {
        return;
    }
    let _ = write!(text, "{what}{}", names[..names.len().min(REMARKED_MAX)].join(", "));
    let _ = match names.len().checked_sub(REMARKED_MAX).filter(|more| *more > 0) {
        Some(more) => writeln!(text, ", and {more} more."),
        None => writeln!(text, "."),
    };
}

/// Somebody's text in a remark: nothing in it ends the line, and nothing of it is invisible.
fn plain(name: &str) -> String {
    let shown = |c: char| {
        if c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ' {
            c
        } else {
            '?'
        }
    };
    name.chars().map(shown).take(100).collect()
}

/// Somebody's text as a value: in double quotes, where YAML understands escapes.
fn quoted(name: &str) -> String {
    let mut text = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            _ if c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ' => text.push(c),
            _ if u32::from(c) <= 0xffff => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => {
                let _ = write!(text, "\\U{:08x}", u32::from(c));
            }
        }
    }
    text.push('"');
    text
}

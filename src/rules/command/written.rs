//! A command as it would be typed: what was asked by a form is told in the words that a comment would have had.

use super::{Command, Named};

impl Command {
    /// Nothing is to be moved by it, whatever is found.
    pub fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Promote { dry_run: true, .. } | Self::Rollback { dry_run: true, .. }
        )
    }

    /// One line. A reason in it is somebody's own text: it is only ever shown through `quote`.
    pub fn written(&self) -> String {
        match self {
            Self::Promote {
                environment,
                at,
                without,
                dry_run,
            } => {
                let at = clause("at", at.as_deref());
                let without: Vec<String> = without.iter().map(|number| format!("#{number}")).collect();
                let without = clause(
                    "without",
                    Some(without.join(", ").as_str()).filter(|all| !all.is_empty()),
                );
                let dry_run = if *dry_run { " --dry-run" } else { "" };
                format!("/promote {environment}{at}{without}{dry_run}")
            }
            Self::Hold {
                environment,
                until,
                because,
            } => {
                let (until, because) = (clause("until", until.as_deref()), clause("because", because.as_deref()));
                format!("/hold {environment}{until}{because}")
            }
            Self::Unhold { environment } => format!("/unhold {environment}"),
            Self::Rollback {
                environment,
                to,
                dry_run,
            } => {
                let to = clause("to", to.as_ref().map(named).as_deref());
                let dry_run = if *dry_run { " --dry-run" } else { "" };
                format!("/rollback {environment}{to}{dry_run}")
            }
            Self::Accept => "/accept".to_owned(),
            Self::Reject { why } if why.is_empty() => "/reject".to_owned(),
            Self::Reject { why } => format!("/reject {why}"),
            Self::Confirm { named: all } => {
                let all: Vec<String> = all.iter().map(named).collect();
                ["/confirm".to_owned()]
                    .into_iter()
                    .chain(all)
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            Self::Cancel => "/cancel".to_owned(),
            Self::Preview { instance } => format!("/preview{}", clause("", instance.as_deref())),
            Self::PreviewOff => "/preview off".to_owned(),
            Self::Status => "/status".to_owned(),
            Self::Help => "/help".to_owned(),
        }
    }
}

/// A word and what follows it, with a blank before; nothing where nothing was said.
fn clause(word: &str, said: Option<&str>) -> String {
    match said {
        None => String::new(),
        // "in 2 hours" is a time with its "in".
        Some(said) if word.is_empty() || (word == "at" && said.starts_with("in ")) => format!(" {said}"),
        Some(said) => format!(" {word} {said}"),
    }
}

fn named(named: &Named) -> String {
    match named {
        Named::Feature(number) => format!("#{number}"),
        Named::Commit(commit) => commit.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;

    /// What is told as typed means the same when it is typed.
    #[test]
    fn a_command_comes_back_from_how_it_is_written() {
        for line in [
            "/accept",
            "/reject It is too slow",
            "/promote staging",
            "/promote staging at friday 7am",
            "/promote staging in 2 hours",
            "/promote production at 2026-11-24 18:00 without #4, #5",
            "/promote production --dry-run",
            "/hold production",
            "/hold production until monday 9am because <b>the fair</b>",
            "/unhold production",
            "/rollback production",
            "/rollback production to #4",
            "/rollback production to 1a2b3c4",
            "/confirm #4 1a2b3c4",
            "/confirm",
            "/cancel",
            "/preview",
            "/preview dev-2",
            "/preview off",
            "/status",
            "/help",
        ] {
            let command = read(line).remove(0).unwrap_or_else(|wrong| panic!("{line}: {wrong:?}"));
            assert_eq!(command.written(), line);
        }
    }
}

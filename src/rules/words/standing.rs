//! The promotion pull request: its title, and the section of its description that Greenlight keeps true.

use super::super::config::{Environment, Strategy};
use super::super::gate::Own;
use super::super::id::{BranchName, EnvironmentName};
use super::super::snapshot::Between;
use super::super::stretch::{Cargo, Item};
use super::inert::inert;
use super::picture::{Lies, Stretch, picture};
use super::{count, list, place};

/// "Promote 3 features to staging".
pub fn title(environment: &Environment, cargo: &Cargo) -> String {
    if cargo.brings_nothing() && !cargo.takes_away.is_empty() {
        return format!(
            "Take {} back from {}",
            count(&Cargo::of(cargo.takes_away.clone())),
            environment.name
        );
    }
    format!("Promote {} to {}", count(cargo), environment.name)
}

/// The part of a description that is ours, between its hidden markers.
#[derive(Clone, Debug)]
pub struct Section {
    /// With its picture.
    pub whole: String,
    /// In words only, where there is no room for both.
    pub words: String,
}

/// How the environment stands, beside what waits for it.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// Holds, and what came to it by another road; told above the list.
    pub told: &'a [String],
    /// What of it was taken back, and how it comes again; told below the list, which does not have it.
    pub apart: Option<&'a str>,
    pub taken_back: &'a [Item],
    /// Why nothing can go at all.
    pub in_the_way: Option<&'a str>,
    pub held: bool,
    /// A promotion is armed.
    pub waits: bool,
}

/// The section. It names the commit it shows, so that no two showings read alike.
pub fn section(
    environment: &Environment,
    from: &BranchName,
    repository: &str,
    between: &Between,
    cargo: &Cargo,
    state: &State<'_>,
) -> Section {
    let name = &environment.name;
    let commit = &between.head_at;
    let way = state
        .in_the_way
        .map_or_else(String::new, |why| format!("\n\n**This cannot go at present.** {why}"));
    let drawn = picture(
        from,
        &[Stretch {
            environment: name,
            lies: Lies::Cargo(cargo),
            held: state.held,
            waits: state.waits,
        }],
    );
    let told: String = state.told.iter().map(|told| format!("{told}\n\n")).collect();
    let armed = if state.waits {
        "**A promotion was asked for and waits.** It goes by itself when nothing stands in its way; the reply to it says for \
         what it waits.\n\n"
    } else {
        ""
    };
    let others = cargo.except(&Cargo::of(state.taken_back.to_vec()));
    let waits = match others.is_empty() {
        true => format!("Nothing else waits to go to {}.", place(environment)),
        false => format!(
            "This waits to go to {}, in the order it landed:\n\n{}",
            place(environment),
            list(&others)
        ),
    };
    let apart = state.apart.map_or_else(String::new, |apart| format!("\n\n{apart}"));
    let words = format!(
        "{told}{armed}{waits}{apart}{way}\n\n\
         To promote all of it, comment `/promote {name}`. To see first what stands in the way, comment \
         `/promote {name} --dry-run`. What lands later is added to this list and waits for your next word.\n\n\
         [See the changes in detail]({repository}/compare/{base}...{commit}). This list shows {from} at {short}.",
        base = between.base_at,
        from = inert(from.as_str()),
        short = commit.short(),
    );
    let drawn = drawn.map_or_else(String::new, |drawn| format!("\n\n{drawn}"));
    Section {
        whole: marked(name, &format!("{words}{drawn}")),
        words: marked(name, &words),
    }
}

/// Why the environment's branch cannot be moved to anything, and the way out.
pub fn in_the_way(environment: &Environment, from: &BranchName, own: &Own) -> Option<String> {
    let (branch, from) = (inert(environment.branch.as_str()), inert(from.as_str()));
    match own {
        // That is told above the list.
        Own { standing, .. } if standing.hotfix.is_some() || standing.copies.is_some() => None,
        Own {
            strategy: Strategy::Merge,
            ..
        }
        | Own {
            changes: 0, merges: 0, ..
        } => None,
        Own { changes: 0, .. } => Some(format!(
            "The branch {branch} was merged into by hand, which made a commit that {from} does not have. Nothing is missing on \
             either side, but {branch} cannot simply be moved forward any more. Where people merge by hand, a developer sets \
             `strategy: merge` for {} in `.github/greenlight.yml`.",
            environment.name
        )),
        Own { mainline, .. } if inert(mainline.as_str()) == from => Some(format!(
            "The branch {branch} has changes of its own that {from} does not have. A developer needs to bring them into {from} \
             with a pull request."
        )),
        Own { mainline, .. } => Some(format!(
            "The branch {branch} has changes of its own that {from} does not have. A developer needs to bring them into {} with \
             a pull request, and then they have to be promoted to {from}.",
            inert(mainline.as_str())
        )),
    }
}

/// The section of a pull request that has nothing left to promote; `taken_back` where the stage before was taken back.
pub fn nothing_left(environment: &Environment, from: &BranchName, taken_back: bool) -> String {
    let name = &environment.name;
    if taken_back {
        let from = inert(from.as_str());
        let text = format!(
            "Nothing waits to go to {name} any more: what was listed here is on {name} already, or was taken back from {from}. A new \
             pull request opens when something new lands on {from}."
        );
        return marked(name, &text);
    }
    let text = format!(
        "Everything that was listed here is on {name}. GitHub has not marked this pull request as merged by itself, so it is \
         closed instead; nothing is missing. A new one opens when something new lands on {}.",
        inert(from.as_str())
    );
    marked(name, &text)
}

fn marked(name: &EnvironmentName, text: &str) -> String {
    format!("{}\n{text}\n{}", begin(name), end(name))
}

fn begin(name: &EnvironmentName) -> String {
    format!("<!-- greenlight:promotion {name} -->")
}

fn end(name: &EnvironmentName) -> String {
    format!("<!-- /greenlight:promotion {name} -->")
}

/// GitHub takes 65,536 characters, and does not say how it counts those that need more than one byte.
const DESCRIPTION_CHARS_MAX: usize = 60_000;

/// The description with this section in the place of an earlier one; with its picture, where there is room for that.
pub fn described(description: &str, name: &EnvironmentName, section: &Section) -> String {
    let length = |text: &str| text.chars().count();
    let unix = unix_lines(description);
    let (before, after) = around(&unix, name);
    let fits = length(&before) + length(&section.whole) + length(after) <= DESCRIPTION_CHARS_MAX;
    with_section(description, name, if fits { &section.whole } else { &section.words })
}

/// The description with this section in the place of an earlier one, and whatever people wrote around it left alone, as far
/// as it fits. The section itself is never cut: without its last line it would not be found again, and be added for ever.
pub fn with_section(description: &str, name: &EnvironmentName, section: &str) -> String {
    let description = unix_lines(description);
    let (before, after) = around(&description, name);
    let room = DESCRIPTION_CHARS_MAX.saturating_sub(section.chars().count());
    let is_too_long = before.chars().count() > room;
    let before = match before.char_indices().nth(room.saturating_sub(2)) {
        Some((cut, _)) if is_too_long => format!("{}\n\n", before[..cut].trim_end()),
        _ => before,
    };
    let after = after.chars().take(room.saturating_sub(before.chars().count()));
    format!("{before}{section}{}", after.collect::<String>())
}

/// What stands before and after the section, in a description with the line ends of Unix.
fn around<'d>(description: &'d str, name: &EnvironmentName) -> (String, &'d str) {
    let (begin, end) = (begin(name), end(name));
    // The last one is ours: a first line without a last one, left by somebody's edit, must not swallow what follows it.
    let found = description.rfind(&begin).and_then(|from| {
        let to = description[from..].find(&end)? + from + end.len();
        Some((from, to))
    });
    match found {
        Some((from, to)) => (description[..from].to_owned(), &description[to..]),
        None if description.trim().is_empty() => (String::new(), ""),
        None => (format!("{}\n\n", description.trim_end()), ""),
    }
}

/// GitHub's web form saves descriptions with the line ends of Windows.
pub fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with_text(description: &str, text: &str) -> String {
        let name = EnvironmentName::from("staging");
        with_section(description, &name, &marked(&name, text))
    }

    proptest! {
        /// Whatever people make of the description, one more writing changes nothing, and the section is whole.
        #[test]
        fn a_description_comes_to_rest(
            parts in prop::collection::vec(prop_oneof![
                Just("<!-- greenlight:promotion staging -->".to_owned()),
                Just("<!-- /greenlight:promotion staging -->".to_owned()),
                Just("\r\n".to_owned()),
                Just(" ".to_owned()),
                Just("ü words ".repeat(5_000)),
                "[a-z<!> -]{0,9}",
            ], 0..6),
        ) {
            let once = with_text(&parts.concat(), "the list");
            prop_assert_eq!(&with_text(&once, "the list"), &once);
            prop_assert!(once.contains(&marked(&EnvironmentName::from("staging"), "the list")));
            prop_assert!(once.chars().count() <= DESCRIPTION_CHARS_MAX);
            let later = with_text(&once, "another list");
            prop_assert!(!later.contains("the list"), "{later:?}");
        }
    }

    #[test]
    fn the_picture_makes_room_before_anything_else_does() {
        let name = EnvironmentName::from("staging");
        let words = marked(&name, "the list");
        let whole = marked(&name, "the list\n\nthe picture");
        let section = Section { whole, words };
        let notes = "n".repeat(DESCRIPTION_CHARS_MAX - section.whole.chars().count() - 2);
        let with_picture = described(&notes, &name, &section);
        assert!(with_picture.contains("the picture") && with_picture.starts_with(&notes));
        let longer = format!("{notes}n");
        let without = described(&longer, &name, &section);
        assert!(!without.contains("the picture") && without.starts_with(&longer));
        assert_eq!(described(&without, &name, &section), without);
    }
}

//! What is wrong in the configuration file, told so that whoever wrote the line can mend it.

use super::misread::quote;
use crate::rules::config::{self, DEFAULTS_REPOSITORY, ENVIRONMENT_NAME_CHARS_MAX, Expected, FileOf, Found, Mistake};

/// One paragraph of Markdown: where, what stands there, what would be right, and the nearest right form.
pub fn sentence(mistake: &Mistake) -> String {
    let place = place(mistake);
    let what = what(mistake);
    match &mistake.nearest {
        Some(nearest) => format!("{place}: {what} Did you mean {}?", quote(nearest)),
        None => format!("{place}: {what}"),
    }
}

/// The same for whoever sees the place already: an annotation in a file, a line of a compiler's kind.
pub fn without_place(mistake: &Mistake) -> String {
    let what = what(mistake);
    let told = match mistake.path.as_str() {
        "" => what,
        path => format!("at {}, {what}", quote(path)),
    };
    match &mistake.nearest {
        Some(nearest) => format!("{told} Did you mean {}?", quote(nearest)),
        None => told,
    }
}

/// "`.github/greenlight.yml` in `harbour/.github`".
fn organisations_file(owner: &str) -> String {
    format!(
        "`{}` in {}",
        config::PATH,
        quote(&format!("{owner}/{DEFAULTS_REPOSITORY}"))
    )
}

/// The file that is to be mended first, as the subject of a sentence.
pub fn file(mistakes: &[Mistake]) -> String {
    match mistakes.first().map(|first| &first.file) {
        Some(FileOf::Organisation(owner)) => {
            format!(
                "The file {}, which holds the defaults of all repositories there,",
                organisations_file(owner)
            )
        }
        _ => format!("The file `{}`", config::PATH),
    }
}

fn place(mistake: &Mistake) -> String {
    let at = match (mistake.line, &mistake.file) {
        (0, FileOf::Repository) => "The file".to_owned(),
        (0, FileOf::Organisation(owner)) => format!("The file {}", organisations_file(owner)),
        (line, FileOf::Repository) => format!("Line {line}, column {}", mistake.column),
        (line, FileOf::Organisation(owner)) => {
            format!(
                "Line {line}, column {} of {}",
                mistake.column,
                organisations_file(owner)
            )
        }
    };
    if mistake.path.is_empty() {
        at
    } else {
        format!("{at}, at {}", quote(&mistake.path))
    }
}

fn what(mistake: &Mistake) -> String {
    let found = found(&mistake.found);
    match &mistake.expected {
        Expected::SmallerFile { bytes_max } => {
            format!("it is larger than {} KB, and so it was not read.", bytes_max / 1024)
        }
        Expected::TextFile => {
            format!("this has to be a plain text file, and {found} stands in its place.")
        }
        Expected::Yaml => format!(
            "from here on ({found}) the file cannot be read as YAML. Often a colon, a quotation mark or a bracket is missing, \
            or the spaces at the start of a line do not match those of the line above."
        ),
        Expected::QuotedText => {
            format!(
                "{found} starts with a character that YAML keeps for itself. Please put the text in quotation marks."
            )
        }
        Expected::NoAliases => {
            "a text that starts with `*` or `&` is a reference in YAML, and references are not allowed here. \
            If it is the name of a check, please put it in quotation marks."
                .to_owned()
        }
        Expected::FewerOrFlatter => {
            "the file holds more settings, or more levels of them, than a configuration needs, and so it was not read."
                .to_owned()
        }
        Expected::OneDocument => "the file goes on after a line `---`. Please keep everything in one part.".to_owned(),
        Expected::Keys => format!("there is {found}, where keys with values belong, such as `name: staging`."),
        Expected::List => format!("there is {found}, where a list belongs, such as `[one, two]`."),
        Expected::Text => {
            format!("there is {found}, where a text belongs. A number or `true` as a text needs quotation marks.")
        }
        Expected::KeyOf(keys) => format!("there is no setting {found} here. There are {}.", listed(keys)),
        Expected::KeyOnce => format!("{found} is set twice. Please keep one of the two."),
        Expected::Key(key) => format!("the setting `{key}` is missing."),
        Expected::OneOf(words) => format!("there is {found}, where one of {} belongs.", listed(words)),
        Expected::AnEntry => "the list is empty. Please name at least one, or leave the whole setting out.".to_owned(),
        Expected::AtMost(entries) => {
            format!("the list has more than {entries} entries, which is the most there can be.")
        }
        Expected::Owner => format!(
            "{found} is not an owner. An owner is a GitHub login such as `anna`, a team such as `\"@org/team\"`, or one of \
            `role:write`, `role:maintain` and `role:admin`."
        ),
        Expected::Label => {
            format!("{found} cannot be the name of a label. A label has 1 to 50 characters, and no blank at its ends.")
        }
        Expected::TimeZone => format!("{found} is not a time zone. A time zone is written as in `Europe/Berlin`."),
        Expected::Duration { min, max } => format!(
            "{found} is not a length of time that can be used. Please write a whole number with `m` for minutes, `h` for hours or `d` for days, \
            from `{min}` to `{max}`."
        ),
        Expected::EnvironmentName => format!(
            "{found} cannot be a name. A name has up to {ENVIRONMENT_NAME_CHARS_MAX} small letters, digits, `-` and `_`, \
            and starts with a letter or a digit."
        ),
        Expected::NameOfItsOwn => format!("the name {found} stands in the list twice. Each needs a name of its own."),
        Expected::Branch => format!("{found} cannot be the name of a branch."),
        Expected::BranchOfItsOwn => {
            format!("the branch {found} is used twice. Each environment and each preview needs a branch of its own.")
        }
        Expected::NotMainline => format!(
            "{found} is the repository's default branch, which features merge into. It can be neither an environment nor a preview."
        ),
        Expected::WebAddress => format!(
            "{found} is not a web address that can be used. An address starts with `https://` or `http://`, and has no blanks, brackets or passwords in it."
        ),
        Expected::Checks => format!("there is {found}, where `auto`, `none` or a list of the names of checks belongs."),
        Expected::CheckName => {
            format!("{found} cannot be the name of a check. A name has 1 to 255 characters, and no blank at its ends.")
        }
        Expected::DeployedWhen => format!(
            "there is {found}, where `pushed`, `deployment`, or `checks` with a list of the names of checks belongs."
        ),
        Expected::Window => {
            format!("{found} is not a window of time. A window is written as in `mon-thu 09:00-16:00`.")
        }
    }
}

fn found(found: &Found) -> String {
    match found {
        Found::Text(text) => quote(text),
        Found::Nothing => "nothing".to_owned(),
        Found::List => "a list".to_owned(),
        Found::Keys => "a group of settings".to_owned(),
    }
}

/// "`a`, `b` and `c`".
fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

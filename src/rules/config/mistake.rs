//! One thing that is wrong in the configuration file, where it stands, and what would be right.

/// More are not listed: whoever mends these sees the rest.
pub const MISTAKES_MAX: usize = 20;

/// `words::mistake` has its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1; 0 when the file as a whole is meant.
    pub line: u64,
    /// In characters, counted from 1.
    pub column: u64,
    /// The key it stands under, as in `environments[1].checks`; empty for the file itself. May hold what a person wrote.
    pub path: String,
    pub found: Found,
    pub expected: Expected,
    /// A right form close to what was written.
    pub nearest: Option<String>,
    pub file: FileOf,
}

/// Whose file a mistake is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FileOf {
    #[default]
    Repository,
    /// The defaults of all repositories of this account.
    Organisation(String),
}

/// What stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// What a person wrote: only ever shown through `quote`.
    Text(String),
    Nothing,
    List,
    /// Keys with values.
    Keys,
}

/// What would be right there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// At most so many bytes.
    SmallerFile {
        bytes_max: usize,
    },
    /// A plain file, not a folder or a link.
    TextFile,
    Yaml,
    /// YAML keeps `@`, `*` and the like at the start of a text for itself.
    QuotedText,
    NoAliases,
    FewerOrFlatter,
    OneDocument,
    Keys,
    List,
    Text,
    /// A key of these.
    KeyOf(&'static [&'static str]),
    /// The key only once.
    KeyOnce,
    /// A key that has to be there.
    Key(&'static str),
    OneOf(Vec<&'static str>),
    /// At least one entry.
    AnEntry,
    AtMost(usize),
    Owner,
    Label,
    TimeZone,
    /// A length of time between these, as a person writes it.
    Duration {
        min: &'static str,
        max: &'static str,
    },
    EnvironmentName,
    /// A name that nothing else in its list has.
    NameOfItsOwn,
    Branch,
    /// A branch that nothing else in the file has.
    BranchOfItsOwn,
    /// Anything but mainline.
    NotMainline,
    WebAddress,
    Checks,
    CheckName,
    DeployedWhen,
    Window,
}

impl Mistake {
    /// A mistake of the whole file, told at its beginning: something else is in its place.
    pub fn not_a_file(found: &str) -> Self {
        Self {
            line: 0,
            column: 0,
            path: String::new(),
            found: Found::Text(found.to_owned()),
            expected: Expected::TextFile,
            nearest: None,
            file: FileOf::Repository,
        }
    }
}

/// By place, and not too many.
pub(super) fn in_order(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    mistakes.truncate(MISTAKES_MAX);
    mistakes
}

/// The candidate that a slip of the fingers turns into `written`.
pub(super) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    /// No slip makes one of ours so long.
    const WRITTEN_BYTES_MAX: usize = 80;
    if written.len() > WRITTEN_BYTES_MAX {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let written = plain(written);
    let (distance, candidate) = candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&plain(candidate), &written), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= candidate.len() / 3).then(|| candidate.to_owned())
}

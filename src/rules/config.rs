//! What a repository wants of Greenlight: `.github/greenlight.yml` in, a [`Config`] or every mistake with its place, out.
//!
//! F1 A file with a mistake is refused whole; nothing is guessed, so a gate that somebody wanted is never left open.
//! F2 Every key that the file may have is acted on; one that is not known is a mistake, so nothing is passed over in silence.
//! F3 Any text is answered within milliseconds: the file's size, depth and count of things are bounded, aliases refused.
//!
//! The name of mainline and the branches that exist are not in the file; whoever knows them calls [`Config::validate_against`] and
//! [`Config::with_environments_of`].

use jiff::{SignedDuration, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::rules::checks::{CheckPattern, Required, Wanted};
use crate::rules::id::{BranchName, EnvironmentName, Login, TeamName};

mod layers;
mod mistake;
mod name;
mod read;
pub mod schema;
mod setting;
mod window;
mod yaml;

pub use layers::{DEFAULTS_REPOSITORY, File, layered};
pub use mistake::{Expected, FileOf, Found, Mistake};
pub use name::{ENVIRONMENT_NAME_CHARS_MAX, is_check as is_check_name, is_environment_name};
pub use window::{Window, next_allowed};
pub use yaml::FILE_BYTES_MAX;

use yaml::Places;

/// Where the file lies in a repository.
pub const PATH: &str = ".github/greenlight.yml";

/// The label that makes a feature ready, where the file does not say.
pub const READY_LABEL: &str = "ready-for-staging";

/// The environments of a repository that names none, where their branch exists, in this order.
pub const DEFAULT_ENVIRONMENTS: [&str; 2] = ["staging", "production"];

/// How long an armed promotion waits, where the file does not say.
pub const ARMED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How long a feature that nothing happens to keeps its preview, where the file does not say.
pub const PREVIEW_IDLE: SignedDuration = SignedDuration::from_hours(14 * 24);

#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Who may accept and promote. Never empty.
    pub owners: Vec<Owner>,
    /// `None`: the file does not say.
    pub ready_label: Option<String>,
    pub acceptance: Option<Acceptance>,
    /// Whether authors may accept their own features.
    pub self_acceptance: bool,
    pub merge_method: Option<MergeMethod>,
    /// UTC where the file does not say.
    pub timezone: TimeZone,
    /// How long an armed promotion waits for its gates, 10 minutes to 30 days.
    pub armed_for: SignedDuration,
    /// Whether what comes to run in the last environment becomes a tag and a release.
    pub releases: bool,
    /// How developers are told of a rollback, unless the environment says otherwise.
    pub after_rollback: AfterRollback,
    /// In pipeline order. Empty until [`Config::with_environments_of`] where the file names none.
    pub environments: Vec<Environment>,
    pub previews: Vec<Preview>,
    /// Whether a version from a fork may be shown, once somebody with write access asked for just that.
    pub preview_forks: bool,
    /// A preview of a feature that nothing happens to is freed after this, an hour to 90 days.
    pub preview_idle: SignedDuration,
    places: Places,
    /// Where the keys stand that came from the organisation's defaults.
    below: Option<layers::Below>,
}

/// Somebody, or everybody of some kind, who may promote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    Login(Login),
    Team(TeamName),
    /// Everybody who has at least this role in the repository.
    Role(Role),
}

/// A repository role of GitHub that can be named; the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Write,
    Maintain,
    Admin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    Required,
    Off,
}

/// How a feature enters mainline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeMethod {
    Merge,
    Squash,
    Rebase,
}

impl MergeMethod {
    /// GitHub's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    pub name: EnvironmentName,
    /// Where the file does not say: called like the environment.
    pub branch: BranchName,
    /// Starts with `http://` or `https://`, and holds nothing that means something in Markdown's link syntax or HTML.
    pub url: Option<String>,
    /// Narrower than the pipeline's. Never empty; ask [`Config::owners_of`].
    pub owners: Option<Vec<Owner>>,
    pub checks: CheckSetting,
    pub strategy: Strategy,
    pub deployed_when: DeployedWhen,
    /// How long a commit has to run on the stage before.
    pub soak: Option<SignedDuration>,
    /// In the configuration's time zone. Empty: always.
    pub windows: Vec<Window>,
    pub rollback: RollbackSetting,
    /// Instead of the pipeline's; ask [`Config::after_rollback`].
    pub after_rollback: Option<AfterRollback>,
}

/// Which checks have to be green.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CheckSetting {
    #[default]
    Auto,
    Nothing,
    /// Never empty.
    Named(Vec<CheckPattern>),
}

impl CheckSetting {
    /// `required` is what the branch's rules require, and only matters for `auto`.
    pub fn wanted(&self, required: Vec<Required>) -> Wanted {
        match self {
            Self::Auto => Wanted::Auto { required },
            Self::Nothing => Wanted::Nothing,
            Self::Named(patterns) => Wanted::Named(patterns.clone()),
        }
    }
}

/// How an environment's branch moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    #[default]
    FastForward,
    Merge,
}

/// Whether an environment goes back by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RollbackSetting {
    /// At an owner's word only.
    #[default]
    ByWord,
    /// When the deployment of what was promoted there fails, too.
    Automatic,
}

/// How developers are told what a rollback took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterRollback {
    /// By one issue.
    #[default]
    Issue,
    /// By a pull request for each feature, that takes it out of the default branch; by an issue where that cannot be.
    Revert,
    /// Not beyond what everybody sees.
    Nothing,
}

/// When a commit counts as running in an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeployedWhen {
    /// As soon as the branch holds it.
    #[default]
    Pushed,
    /// When GitHub's deployment of it has worked.
    Deployment,
    /// When these checks of it are green. Never empty.
    Checks(Vec<CheckPattern>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub name: String,
    pub branch: BranchName,
    pub url: Option<String>,
}

impl Default for Config {
    /// What an empty file says.
    fn default() -> Self {
        Self {
            owners: vec![Owner::Role(Role::Maintain)],
            ready_label: None,
            acceptance: None,
            self_acceptance: false,
            merge_method: None,
            timezone: TimeZone::UTC,
            armed_for: ARMED_FOR,
            releases: false,
            after_rollback: AfterRollback::default(),
            environments: Vec::new(),
            previews: Vec::new(),
            preview_forks: false,
            preview_idle: PREVIEW_IDLE,
            places: Places::default(),
            below: None,
        }
    }
}

/// Reads the file.
///
/// # Errors
/// Every mistake that was found, by place, at least one and at most [`mistake::MISTAKES_MAX`].
pub fn parse(text: &str) -> Result<Config, Vec<Mistake>> {
    let root = yaml::parse(text)?;
    read::config(&root)
}

/// The configuration of a repository without a file.
pub fn defaults(branches_that_exist: &[BranchName], mainline: &BranchName) -> Config {
    Config::default().with_environments_of(branches_that_exist, mainline)
}

impl Config {
    /// Where the file names no environments: those of [`DEFAULT_ENVIRONMENTS`] whose branch exists and is not mainline.
    pub fn with_environments_of(mut self, branches_that_exist: &[BranchName], mainline: &BranchName) -> Self {
        if self.environments.is_empty() {
            self.environments = DEFAULT_ENVIRONMENTS
                .map(BranchName::from)
                .into_iter()
                .filter(|branch| branches_that_exist.contains(branch) && branch != mainline)
                .map(|branch| Environment::new(EnvironmentName::from(branch.as_str()), branch))
                .collect();
        }
        self
    }

    /// What cannot be said before mainline is known: its name and its branch are its own.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn validate_against(&self, mainline: &BranchName) -> Result<(), Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut refuse = |path: String, name: &str| {
            if name == mainline.as_str() {
                let found = Found::Text(name.to_owned());
                mistakes.push(self.mistake(&path, found, Expected::NotMainline));
            }
        };
        for (index, environment) in self.environments.iter().enumerate() {
            refuse(format!("environments[{index}].name"), environment.name.as_str());
            // Where the branch is not written it is the name, which has been refused already.
            if environment.branch.as_str() != environment.name.as_str() {
                refuse(format!("environments[{index}].branch"), environment.branch.as_str());
            }
        }
        for (index, preview) in self.previews.iter().enumerate() {
            refuse(format!("previews[{index}].branch"), preview.branch.as_str());
        }
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(mistake::in_order(mistakes))
        }
    }

    /// The environment that a person means; upper and lower case are the same.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        let is_meant = |e: &&Environment| e.name.as_str().eq_ignore_ascii_case(name.as_str());
        self.environments.iter().find(is_meant)
    }

    /// The label that makes a feature ready.
    pub fn ready_label(&self) -> &str {
        self.ready_label.as_deref().unwrap_or(READY_LABEL)
    }

    /// Whether a feature needs an owner's word before it is merged.
    pub fn needs_acceptance(&self) -> bool {
        self.acceptance != Some(Acceptance::Off)
    }

    /// How developers are told of a rollback of this environment, which may have left the configuration.
    pub fn after_rollback(&self, name: &EnvironmentName) -> AfterRollback {
        let own = self
            .environment(name)
            .and_then(|environment| environment.after_rollback);
        own.unwrap_or(self.after_rollback)
    }

    /// Who may promote into an environment: its own owners where it has any, else the pipeline's.
    pub fn owners_of(&self, name: &EnvironmentName) -> &[Owner] {
        let own = self
            .environment(name)
            .and_then(|environment| environment.owners.as_deref());
        own.unwrap_or(&self.owners)
    }
}

impl Environment {
    /// With everything else as where the file does not say.
    pub fn new(name: EnvironmentName, branch: BranchName) -> Self {
        Self {
            name,
            branch,
            url: None,
            owners: None,
            checks: CheckSetting::default(),
            strategy: Strategy::default(),
            deployed_when: DeployedWhen::default(),
            soak: None,
            windows: Vec::new(),
            rollback: RollbackSetting::default(),
            after_rollback: None,
        }
    }
}

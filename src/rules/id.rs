//! The names and numbers by which GitHub's things are known, each in a type of its own so that none is taken for another.
//!
//! Numbers identify; names are for showing and for addressing, because people rename what they own.

mod request;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use request::{DeliveryId, RequestId};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The name as GitHub or the configuration spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

number!(
    /// A deployment.
    DeploymentId
);
number!(
    /// A repository, for ever: it survives renames and transfers.
    RepoId
);
number!(
    /// One installation of the App on an account.
    InstallationId
);
number!(
    /// A person or a bot; logins change, this does not.
    UserId
);
number!(
    /// A comment on a pull request (an "issue comment"); exceeds 32 bits.
    CommentId
);
number!(
    /// A pull request's number inside its repository.
    PullNumber
);
number!(
    /// The number inside its repository of an issue that is no pull request.
    IssueNumber
);
number!(
    /// A review of a pull request.
    ReviewId
);
number!(
    /// A check run.
    RunId
);
number!(
    /// A workflow run of GitHub Actions; run again, it keeps its number.
    WorkflowRunId
);
name!(
    /// A branch without `refs/heads/`.
    BranchName
);
name!(
    /// An environment's name as the configuration spells it.
    EnvironmentName
);

impl PullNumber {
    /// Where something is said of no pull request. GitHub counts from 1.
    pub const NONE: Self = Self(0);

    /// `None` for [`Self::NONE`].
    pub fn there(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }
}

/// A person's or bot's login. GitHub ignores case in logins, so equality does too.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Login(pub String);

impl Login {
    /// The login as GitHub spells it, without `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Login {}

impl From<&str> for Login {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A team of an organisation, `@org/team`. GitHub ignores case in both, so they are kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TeamName {
    pub org: String,
    pub slug: String,
}

impl TeamName {
    /// Lower-cases both parts.
    pub fn new(org: &str, slug: &str) -> Self {
        Self {
            org: org.to_lowercase(),
            slug: slug.to_lowercase(),
        }
    }
}

impl fmt::Display for TeamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}/{}", self.org, self.slug)
    }
}

/// Where a repository is found today, `owner/name`: an address, never an identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RepoName {
    pub owner: String,
    pub name: String,
}

/// GitHub allows 39 characters for an owner and 100 for a repository; other servers may allow more.
const REPO_NAME_BYTES_MAX: usize = 255;

impl RepoName {
    /// Splits `owner/name`; `None` when there is not exactly one slash between two parts that can be names. It comes from
    /// payloads too, so nothing that would make of a URL something else, or too long a one, is a name.
    pub fn parse(full_name: &str) -> Option<Self> {
        let (owner, name) = full_name.split_once('/')?;
        let usable = |part: &str| {
            let is_long = part.len() > REPO_NAME_BYTES_MAX;
            let is_dots = matches!(part, "" | "." | "..");
            !is_long && !is_dots && !part.contains(|c: char| c == '/' || c.is_whitespace() || c.is_control())
        };
        (usable(owner) && usable(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// A commit's full id in lower-case hexadecimal: 40 digits, or 64 in SHA-256 repositories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha(String);

impl Sha {
    /// Reads a full id; `None` for anything else, an abbreviation or 40 zeros (GitHub's "no commit") included.
    pub fn parse(text: &str) -> Option<Self> {
        let full = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
        (full && text.bytes().any(|b| b != b'0')).then(|| Self(text.to_ascii_lowercase()))
    }

    /// The full id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The seven digits people recognise a commit by.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }
}

impl TryFrom<String> for Sha {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not a full commit id: {text:?}"))
    }
}

impl From<Sha> for String {
    fn from(sha: Sha) -> Self {
        sha.0
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person as GitHub named them in the answer that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: UserId,
    pub login: Login,
}

impl Person {
    /// GitHub's stand-in for an account that is gone or that it will not name. Nothing is ever granted to it.
    /// Source: <https://github.com/ghost>.
    pub fn ghost() -> Self {
        Self {
            id: UserId(10_137),
            login: Login::from("ghost"),
        }
    }
}

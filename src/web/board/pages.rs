//! The way from one page of a repository to the others.

use super::address;
use crate::rules::id::RepoName;
pub use crate::rules::words::history::pages as names;

/// The pages of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Now,
    History,
    Figures,
}

/// A link to one of them.
pub struct Link {
    pub path: String,
    pub text: &'static str,
    /// It is the page that the link is on.
    pub is_here: bool,
}

/// The links, as every page of a repository has them.
pub fn links(repo: &RepoName, here: Page) -> Vec<Link> {
    let path = address::repository(repo);
    let names = names();
    let all = [
        (Page::Now, path.clone(), names.now),
        (Page::History, format!("{path}/history"), names.history),
        (Page::Figures, format!("{path}/figures"), names.figures),
    ];
    let link = |(page, path, text)| Link {
        path,
        text,
        is_here: page == here,
    };
    all.into_iter().map(link).collect()
}

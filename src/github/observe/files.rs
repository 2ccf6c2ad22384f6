//! Which files a pull request changes, as far as GitHub tells.

use serde::Deserialize;

use super::Look;
use crate::github::error::GithubError;
use crate::github::reading::PER_PAGE;
use crate::rules::id::PullNumber;
use crate::rules::snapshot::Files;

/// GitHub lists so many files of a pull request and no more.
/// Source: <https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files>.
const LISTED_MAX: usize = 3000;

#[derive(Deserialize)]
struct FileBody {
    filename: String,
    previous_filename: Option<String>,
}

impl Look<'_> {
    /// The files under their old and new names; nothing, and not complete, for a number that is no pull request's.
    pub(super) async fn pull_files(self, number: PullNumber) -> Result<Files, GithubError> {
        let path = format!("/pulls/{number}/files?per_page={PER_PAGE}");
        let Some(pages) = self.get_pages(&path, LISTED_MAX / PER_PAGE).await? else {
            return Ok(Files::default());
        };
        if !pages.complete {
            return Ok(Files::default());
        }
        let listed: Vec<FileBody> = pages.items()?;
        let complete = listed.len() < LISTED_MAX;
        let names = listed
            .into_iter()
            .flat_map(|file| [Some(file.filename), file.previous_filename]);
        Ok(Files {
            names: names.flatten().collect(),
            complete,
        })
    }
}

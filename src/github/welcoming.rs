//! Opens the welcome pull request: a branch, on it one file, and the pull request. Each part may be there already, from a
//! try that a crash has cut off.

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Complaint;
use super::perform::{Result3, refusal_of, refusal_to_move};
use super::writing::Written;
use super::{Address, Inner, base64};
use crate::rules::effect::Receipt;
use crate::rules::id::Sha;
use crate::rules::{config, welcome};

#[derive(Deserialize)]
struct FileBody {
    commit: CommitBody,
}

#[derive(Deserialize)]
struct CommitBody {
    sha: Sha,
}

impl Inner {
    /// Sources: <https://docs.github.com/en/rest/git/refs#create-a-reference>,
    /// <https://docs.github.com/en/rest/repos/contents#create-or-update-file-contents>.
    pub(super) async fn open_welcome(
        &self,
        at: &Address,
        on: &Sha,
        file: &str,
        message: &str,
        text: &Value,
    ) -> Result3<Receipt> {
        let branch = json!({ "ref": format!("refs/heads/{}", welcome::BRANCH), "sha": on });
        let written = self.write_below(at, Method::POST, "/git/refs", &branch).await?;
        if !written.answer.status.is_success() && !is_there(&written) {
            return Ok(Err(refusal_to_move(&written)));
        }
        let file = json!({ "message": message, "branch": welcome::BRANCH, "content": base64::encode(file.as_bytes()) });
        let path = format!("/contents/{}", config::PATH);
        let written = self.write_below(at, Method::PUT, &path, &file).await?;
        let commit = match written.answer.status {
            status if status.is_success() => written.read::<FileBody>()?.ok().map(|body| body.commit.sha),
            // The file is there, and GitHub wants to be told which one is to be replaced.
            StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY if is_there(&written) => None,
            _ => return Ok(Err(refusal_to_move(&written))),
        };
        Ok(match self.open_pull(at, text).await? {
            Ok(Receipt::PullWritten { pull, .. }) => Ok(Receipt::Welcomed { pull, commit }),
            Ok(_) => Err(refusal_of(&written)),
            Err(outcome) => Err(outcome),
        })
    }
}

/// GitHub words it: "Reference already exists", "\"sha\" wasn't supplied".
fn is_there(written: &Written) -> bool {
    let said = Complaint::of(&written.answer);
    said.says(&["already exists", "wasn't supplied", "was not supplied"])
}

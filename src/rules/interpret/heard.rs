//! What the deliveries of one look told, put together: doubled and reordered ones make no difference.

use std::collections::{BTreeMap, BTreeSet};

use super::super::form::Form;
use super::super::id::{
    BranchName, CommentId, DeliveryId, DeploymentId, EnvironmentName, Login, PullNumber, RequestId, ReviewId, Sha,
    WorkflowRunId,
};
use super::super::sighting::Found;
use super::News;

/// All that one look's deliveries told about one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub comments: BTreeMap<CommentId, String>,
    pub reviews: BTreeMap<(PullNumber, ReviewId), String>,
    /// Deliveries that tell of a button.
    pub clicks: BTreeSet<DeliveryId>,
    /// Forms of the board.
    pub forms: BTreeMap<DeliveryId, Form>,
    /// `None`: deleted, or not known; worth a look either way.
    pub branches: BTreeMap<BranchName, Option<Sha>>,
    pub checks: BTreeSet<Sha>,
    /// Commits whose deployments were made or reported on.
    pub deployments: BTreeSet<Sha>,
    /// Those of them that somebody else makes deployments of.
    pub deployed_elsewhere: BTreeSet<Sha>,
    /// Commits that wrote the configuration file.
    pub configurations: BTreeSet<Sha>,
    pub pulls: BTreeSet<PullNumber>,
    /// Those of them that carry labels, or have just lost one.
    pub labelled: BTreeSet<PullNumber>,
    /// Who is said to have pushed to a pull request. Repeated to people, and nothing is decided by it.
    pub pushed_by: BTreeMap<PullNumber, Login>,
    /// Workflow runs that are said to ask whether they may deploy, with the deployments that were named.
    pub questions: BTreeMap<(WorkflowRunId, EnvironmentName), BTreeSet<DeploymentId>>,
    /// What the checker found, and is not known to be held.
    pub found: BTreeMap<EnvironmentName, Found>,
    /// Everything has to be looked at: the first look, the sweep, or a change of the repository itself.
    pub everything: bool,
}

impl Heard {
    /// Nothing was heard, so it was the time that came.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The requests that deliveries spoke of.
    pub fn requests(&self) -> Vec<RequestId> {
        let comments = self.comments.keys().copied().map(RequestId::Comment);
        let reviews = self
            .reviews
            .keys()
            .map(|(pull, review)| RequestId::Review(*pull, *review));
        let clicks = self.clicks.iter().copied().map(RequestId::Click);
        let forms = self.forms.keys().copied().map(RequestId::Form);
        comments.chain(reviews).chain(clicks).chain(forms).collect()
    }

    /// Takes in the delivery that told of a click; `false` if that is no GUID, by which GitHub could not be asked for it.
    pub fn add_click(&mut self, guid: &str) -> bool {
        let id = DeliveryId::parse(guid);
        self.clicks.extend(id);
        id.is_some()
    }

    /// Takes one piece of news in. News come in any order, so when two of a branch differ it is not known where it is.
    pub fn add(&mut self, news: News) {
        match news {
            News::Comment { comment, body } => {
                self.comments.insert(comment, body);
            }
            News::Review { pull, review, body } => {
                self.reviews.insert((pull, review), body);
            }
            News::Form(form) => {
                self.forms.insert(form.id, *form);
            }
            News::Branch {
                branch,
                at,
                configuration,
            } => {
                let known = self.branches.entry(branch).or_insert_with(|| at.clone());
                if *known != at {
                    *known = None;
                }
                self.configurations.extend(configuration);
            }
            News::Checks(commit) => {
                self.checks.insert(commit);
            }
            News::Deployment { commit, elsewhere } => {
                self.deployed_elsewhere.extend(elsewhere.then(|| commit.clone()));
                self.deployments.insert(commit);
            }
            News::Pull(number) => {
                self.pulls.insert(number);
            }
            News::Labelled { pull, pushed_by } => {
                self.pulls.insert(pull);
                self.labelled.insert(pull);
                self.pushed_by.extend(pushed_by.map(|login| (pull, login)));
            }
            News::Question {
                run,
                environment,
                deployment,
            } => {
                let named = self.questions.entry((run, environment)).or_default();
                named.extend(deployment);
            }
            News::Repository | News::Unread => self.everything = true,
            // A click is known by its delivery, which whoever holds the delivery adds.
            News::Click | News::Installed { .. } | News::Removed { .. } | News::Nothing(_) => {}
        }
    }
}

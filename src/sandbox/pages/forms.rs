//! What a visitor may do: comment as somebody, decide how CI ends, merge a feature, have the developer open another.
//!
//! Every form leads back to the page it was on.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Here, Idea, Pages, html};
use crate::sandbox::Repository;
use crate::sandbox::State as Outcome;
use crate::sandbox::{Method, Refusal};

/// How often a page looks again by itself, once a second, after something was done there.
const LOOKS: u32 = 6;

#[derive(Deserialize)]
pub struct Comment {
    #[serde(rename = "as")]
    author: String,
    body: String,
}

/// A person comments on a pull request.
pub async fn comment(
    State(pages): Here,
    Path(at): Path<(String, String, u64)>,
    Form(comment): Form<Comment>,
) -> Response {
    let known = pages.visit.people.iter().any(|person| person.login == comment.author);
    done(&pages, at, |repository, number| match known {
        true => repository.comment(&comment.author, number, &comment.body).map(drop),
        false => Err(Refusal::new(422, "Nobody of that name can speak here.")),
    })
}

#[derive(Deserialize)]
pub struct Press {
    #[serde(rename = "as")]
    by: String,
    run: u64,
    button: String,
}

/// A person presses a button of the App's check run.
pub async fn press(State(pages): Here, Path(at): Path<(String, String, u64)>, Form(press): Form<Press>) -> Response {
    let known = pages.visit.people.iter().any(|person| person.login == press.by);
    done(&pages, at, |repository, _| match known {
        true => repository.click(&press.by, press.run, &press.button),
        false => Err(Refusal::new(422, "Nobody of that name can press a button here.")),
    })
}

#[derive(Deserialize)]
pub struct Report {
    /// The commit that the page showed.
    sha: String,
    name: String,
    reporter: String,
    /// `run` for a check run, `status` for a commit status.
    kind: String,
    /// `green`, `red` or `running`.
    outcome: String,
}

/// CI reports on a pull request's head commit.
pub async fn report(State(pages): Here, Path(at): Path<(String, String, u64)>, Form(report): Form<Report>) -> Response {
    done(&pages, at, |repository, _| {
        let (run, status) = match report.outcome.as_str() {
            "green" => ("success", Outcome::Success),
            "red" => ("failure", Outcome::Failure),
            _ => ("in_progress", Outcome::Pending),
        };
        let reported = if report.kind == "status" {
            repository.status_by(&report.reporter, &report.sha, &report.name, status, "")
        } else {
            repository.check_run(&report.reporter, &report.sha, &report.name, run)
        };
        reported.map(drop)
    })
}

#[derive(Deserialize)]
pub struct Merge {
    method: String,
}

/// The developer merges a feature; CI begins on what became of it.
pub async fn merge(State(pages): Here, Path(at): Path<(String, String, u64)>, Form(merge): Form<Merge>) -> Response {
    done(&pages, at, |repository, number| {
        let method = Method::named(&merge.method).ok_or_else(|| Refusal::new(422, "There is no such way to merge."))?;
        let pull = repository.pull(number).ok_or_else(Refusal::not_found)?;
        if !pages.is_feature(repository, &pull) {
            return Err(Refusal::new(422, "Only a feature is merged by hand here."));
        }
        let merged = repository.merge_pull(&pages.visit.developer, number, method)?;
        start_ci(&pages, repository, &merged)
    })
}

#[derive(Deserialize)]
pub struct Deployed {
    /// `success` or `failure`.
    state: String,
}

/// A deployment comes to its end.
pub async fn deployed(
    State(pages): Here,
    Path((owner, name, id)): Path<(String, String, u64)>,
    Form(deployed): Form<Deployed>,
) -> Response {
    let Some(repository) = pages.find(&owner, &name) else {
        return html::nothing_here();
    };
    let here = format!("/{}", repository.full_name());
    match repository.deployment_status(&pages.visit.deployer, id, &deployed.state) {
        Ok(()) => html::go_to(&format!("{here}#deployments")),
        Err(refusal) => html::refused(&refusal, &here),
    }
}

/// The developer opens the next feature she has in mind.
pub async fn open_feature(State(pages): Here, Path((owner, name)): Path<(String, String)>) -> Response {
    let Some(repository) = pages.find(&owner, &name) else {
        return html::nothing_here();
    };
    let here = format!("/{}", repository.full_name());
    match open_next(&pages, &repository) {
        Ok(number) => html::go_to(&format!("{here}/pull/{number}")),
        Err(refusal) => html::refused(&refusal, &here),
    }
}

fn open_next(pages: &Pages, repository: &Repository) -> Result<u64, Refusal> {
    let idea = next_idea(pages, repository).ok_or_else(|| Refusal::new(422, "Nobody has an idea at the moment."))?;
    let (developer, base) = (&pages.visit.developer, repository.default_branch());
    repository.branch(&idea.branch, &base);
    let (path, content) = (idea.file.0.as_str(), idea.file.1.as_str());
    let head = repository.commit(&idea.branch, developer, &idea.title, &[(path, content)]);
    let number = repository.open_pull(developer, &idea.branch, &base, &idea.title, &idea.description)?;
    start_ci(pages, repository, &head)?;
    Ok(number)
}

/// The first idea that has no pull request yet; when all have one, the list is begun again with numbers.
fn next_idea(pages: &Pages, repository: &Repository) -> Option<Idea> {
    let taken: Vec<String> = repository.pulls().into_iter().map(|pull| pull.head).collect();
    let turns = (1..).map_while(|turn| (turn <= taken.len() + 1).then_some(turn));
    let mut ideas = turns.flat_map(|turn| pages.visit.ideas.iter().map(move |idea| nth(idea, turn)));
    ideas.find(|idea| !taken.contains(&idea.branch) && repository.head(&idea.branch).is_none())
}

fn nth(idea: &Idea, turn: usize) -> Idea {
    if turn == 1 {
        return idea.clone();
    }
    let (path, ending) = idea.file.0.rsplit_once('.').unwrap_or((&idea.file.0, "txt"));
    Idea {
        title: format!("{}, part {turn}", idea.title),
        branch: format!("{}-{turn}", idea.branch),
        file: (format!("{path}-{turn}.{ending}"), idea.file.1.clone()),
        ..idea.clone()
    }
}

fn start_ci(pages: &Pages, repository: &Repository, sha: &str) -> Result<(), Refusal> {
    let (app, check) = &pages.visit.check;
    repository.check_run(app, sha, check, "in_progress").map(drop)
}

/// Does something to a pull request, and leads back to its page.
fn done(
    pages: &Pages,
    (owner, name, number): (String, String, u64),
    act: impl FnOnce(&Repository, u64) -> Result<(), Refusal>,
) -> Response {
    let Some(repository) = pages.find(&owner, &name) else {
        return html::nothing_here();
    };
    let page = format!("/{}/pull/{number}", repository.full_name());
    match act(&repository, number) {
        Ok(()) => html::go_to(&format!("{page}?look={LOOKS}#newest")),
        Err(refusal) => html::refused(&refusal, &page),
    }
}

//! The small shop that the demo is about: its people, its configuration, and the features that its developer has in mind.

use crate::sandbox::pages::{Idea, Person, Visit};
use crate::sandbox::{GitHub, NewRepository, Refusal, Repository, Role};

/// The repository.
pub const NAME: &str = "harbour/shop";
/// The product owner.
pub const ANNA: &str = "anna";
/// The developer.
pub const DORA: &str = "dora";
/// Somebody who may read, and nothing more.
pub const CARL: &str = "carl";
/// Where the shop runs: it deploys what comes to a branch.
pub const HOSTING: &str = "harbour-hosting";
/// The environments, in order; their branches are called the same.
pub const ENVIRONMENTS: [&str; 2] = ["staging", "production"];

/// Where features can be seen before they are merged; the branches are called the same.
const PREVIEWS: [&str; 2] = ["dev-1", "dev-2"];

/// The label that calls a feature ready.
pub const READY: &str = "ready-for-staging";

/// The App that reports the checks.
const CI: &str = "github-actions";
/// The check that runs on every commit.
const TEST: &str = "test";

/// Makes the shop as it is on the first day: everything that is in mainline is live.
pub fn open(github: &GitHub) -> Repository {
    furnished(new(github).create())
}

/// The same, where nobody has heard of Greenlight.
pub fn open_without_app(github: &GitHub) -> Repository {
    furnished(new(github).not_installed().create())
}

fn new(github: &GitHub) -> NewRepository {
    let new = github.repository(NAME);
    new.file(".github/greenlight.yml", &configuration(&github.url()))
        .file("shop/catalogue.md", "Customers find everything the shop sells.\n")
}

fn furnished(shop: Repository) -> Repository {
    let first = shop.default_branch();
    for environment in ENVIRONMENTS {
        shop.branch(environment, &first);
    }
    shop.grant(ANNA, Role::Read);
    shop.grant(DORA, Role::Write);
    shop.grant(CARL, Role::Read);
    shop
}

fn configuration(url: &str) -> String {
    let place = |name: &str| format!("  - name: {name}\n    url: {url}/{NAME}/tree/{name}\n");
    format!(
        "owners: [{ANNA}]\nenvironments:\n{}    deployed_when: deployment\npreviews:\n{}",
        ENVIRONMENTS.map(place).concat(),
        PREVIEWS.map(place).concat()
    )
}

/// What a visitor of the pages finds.
pub fn visit() -> Visit {
    let person = |login: &str, who: &str| Person {
        login: login.to_owned(),
        who: who.to_owned(),
    };
    Visit {
        people: vec![
            person(ANNA, "the product owner"),
            person(DORA, "a developer"),
            person(CARL, "who may only read"),
        ],
        developer: DORA.to_owned(),
        check: (CI.to_owned(), TEST.to_owned()),
        deployer: HOSTING.to_owned(),
        environments: ENVIRONMENTS.map(str::to_owned).to_vec(),
        ideas: ideas(),
    }
}

/// What dora has in mind. The story and the pages both take from here, in this order.
pub fn ideas() -> Vec<Idea> {
    let idea = |branch: &str, title: &str, sentence: &str| Idea {
        title: title.to_owned(),
        description: sentence.to_owned(),
        branch: branch.to_owned(),
        file: (format!("shop/{branch}.md"), format!("{sentence}\n")),
    };
    vec![
        idea(
            "one-click",
            "Pay with one click",
            "Customers who have bought before pay with one click.",
        ),
        idea(
            "gift-cards",
            "Gift cards",
            "Customers buy gift cards and pay with them.",
        ),
        idea(
            "larger-pictures",
            "Larger pictures",
            "Pictures of what the shop sells can be seen in large.",
        ),
        idea(
            "opening-hours",
            "Opening hours on every page",
            "Every page says when the shop is open.",
        ),
        idea(
            "kinder-search",
            "A search that forgives",
            "The search finds things although a word is misspelt.",
        ),
        idea(
            "free-delivery",
            "Free delivery",
            "From 50 on, delivery is free, and the basket says so.",
        ),
    ]
}

/// Dora opens a pull request for an idea, and CI begins on it; gives the pull request's number.
pub fn propose(shop: &Repository, idea: &Idea) -> Result<u64, Refusal> {
    let mainline = shop.default_branch();
    shop.branch(&idea.branch, &mainline);
    let file = (idea.file.0.as_str(), idea.file.1.as_str());
    let head = shop.commit(&idea.branch, DORA, &idea.title, &[file]);
    let number = shop.open_pull(DORA, &idea.branch, &mainline, &idea.title, &idea.description)?;
    test(shop, &head, "in_progress")?;
    Ok(number)
}

/// Dora thinks that it can be looked at.
pub fn call_ready(shop: &Repository, number: u64) -> Result<(), Refusal> {
    shop.label(DORA, number, READY).map(drop)
}

/// Dora pushes one more thought; gives the new head.
pub fn improve(shop: &Repository, idea: &Idea) -> String {
    let better = format!("{}And it is said so where they look first.\n", idea.file.1);
    let file = (idea.file.0.as_str(), better.as_str());
    shop.commit(&idea.branch, DORA, "Say it where customers look first", &[file])
}

/// CI says how its tests of a commit stand: `in_progress`, `success` or `failure`.
pub fn test(shop: &Repository, commit: &str, outcome: &str) -> Result<(), Refusal> {
    report(shop, commit, TEST, outcome)
}

/// The same of any check.
pub fn report(shop: &Repository, commit: &str, check: &str, outcome: &str) -> Result<(), Refusal> {
    shop.check_run(CI, commit, check, outcome).map(drop)
}

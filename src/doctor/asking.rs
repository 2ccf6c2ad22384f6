//! Reads everything that the judgement looks at, and changes nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::SystemTime;

use jiff::SignedDuration;

use super::facts::{Attempt, Facts};
use crate::github::{Address, Github, Installed};
use crate::rules::config::{self, Config, Environment, MergeMethod, Owner};
use crate::rules::id::{BranchName, RepoName};
use crate::rules::snapshot::{ConfigFile, Need, Snapshot};
use crate::rules::soundness::{self, Known, OwnerSeen, RepositoryFacts, StageFacts, named_owners};
use crate::rules::words::mistake;

/// What is asked about, beside GitHub.
#[derive(Clone, Debug)]
pub struct Asked {
    pub repository: Option<RepoName>,
    pub public_url: Option<String>,
    pub sign_in: bool,
    pub database: Known<String>,
    /// The private key's file, where it is one.
    pub key_file: Option<PathBuf>,
}

/// Asks GitHub for everything else.
pub async fn ask(github: &Github, asked: Asked) -> Facts {
    let registration = known(github.registration().await);
    // Without an answer as the App there is none to anything else; the one finding about that says what to do.
    let asks = registration.is_ok();
    let installed = match asks {
        true => known(github.installed().await),
        false => unasked(),
    };
    let repository = match (&asked.repository, &installed) {
        (Some(name), Ok(installed)) => Some(repository(github, name, installed).await),
        (Some(_), Err(why)) => Some(Err(why.clone())),
        (None, _) => None,
    };
    Facts {
        registration,
        hook: if asks { known(github.hook().await) } else { unasked() },
        attempts: if asks { attempts(github).await } else { unasked() },
        installed,
        public_url: asked.public_url,
        sign_in: asked.sign_in,
        database: asked.database,
        key_age: asked.key_file.as_deref().and_then(age),
        repository,
    }
}

fn unasked<T>() -> Known<T> {
    Err("GitHub does not answer as the App".to_owned())
}

/// Every cause of an error, in one line.
fn known<T>(read: Result<T, impl std::error::Error>) -> Known<T> {
    read.map_err(|error| {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text} ({cause_text})");
            }
            source = cause.source();
        }
        text
    })
}

fn age(file: &std::path::Path) -> Option<SignedDuration> {
    let written = std::fs::metadata(file).ok()?.modified().ok()?;
    SignedDuration::try_from(SystemTime::now().duration_since(written).ok()?).ok()
}

async fn attempts(github: &Github) -> Known<Vec<Attempt>> {
    let page = known(github.log_page(None).await)?;
    let attempt = |one: crate::github::Logged| Attempt {
        status_code: one.status_code,
    };
    Ok(page.entries.into_iter().map(attempt).collect())
}

async fn repository(github: &Github, name: &RepoName, installed: &[Installed]) -> Known<RepositoryFacts> {
    let Some(mut at) = found(github, name, installed).await? else {
        return Ok(out_of_reach(name));
    };
    let mut snapshot = Snapshot::default();
    let needs = BTreeSet::from([Need::Repository, Need::Config]);
    known(github.observe(&mut at, &needs, &mut snapshot).await)?;
    let mut facts = out_of_reach(&at.name);
    facts.is_installed = true;
    if let Some(repository) = &snapshot.repository {
        facts.is_archived = repository.archived;
        facts.merge_methods = repository.merge_methods.iter().map(|method| method.as_str()).collect();
    }
    let mainline = snapshot
        .repository
        .as_ref()
        .map(|repository| repository.default_branch.clone());
    let mainline = mainline.unwrap_or_else(|| BranchName::from("main"));
    let config = match snapshot.config.take() {
        None => {
            facts.configuration = Err("GitHub did not tell what is in it.".to_owned());
            return Ok(facts);
        }
        Some(ConfigFile::Broken(mistakes)) => {
            let told: Vec<String> = mistakes.iter().map(mistake::sentence).collect();
            facts.configuration = Err(told.join(" "));
            return Ok(facts);
        }
        Some(ConfigFile::Absent { branches }) => config::defaults(&branches, &mainline),
        Some(ConfigFile::Valid { config, branches }) => {
            facts.configuration = Ok(true);
            config.with_environments_of(&branches, &mainline)
        }
    };
    facts.merge_method = config.merge_method.map(MergeMethod::as_str);
    facts.owners = owners(github, &at, &config).await;
    facts.stages = stages(github, &mut at, &config, mainline, &mut snapshot).await?;
    Ok(facts)
}

fn out_of_reach(name: &RepoName) -> RepositoryFacts {
    RepositoryFacts {
        name: name.to_string(),
        is_installed: false,
        is_archived: false,
        configuration: Ok(false),
        owners: Vec::new(),
        stages: Vec::new(),
        merge_methods: BTreeSet::new(),
        merge_method: None,
    }
}

async fn found(github: &Github, name: &RepoName, installed: &[Installed]) -> Known<Option<Address>> {
    for one in installed.iter().filter(|one| !one.is_suspended) {
        let listed = known(github.repositories_of(one.id).await)?;
        let is_it = |listed: &RepoName| listed.to_string().eq_ignore_ascii_case(&name.to_string());
        if let Some((repo, name)) = listed.into_iter().find(|(_, name)| is_it(name)) {
            return Ok(Some(Address {
                repo,
                installation: one.id,
                name,
            }));
        }
    }
    Ok(None)
}

async fn owners(github: &Github, at: &Address, config: &Config) -> Vec<OwnerSeen> {
    let mut seen = Vec::new();
    for owner in named_owners(config) {
        seen.push(match owner {
            Owner::Login(login) => OwnerSeen {
                name: login.as_str().to_owned(),
                is_team: false,
                is_known: known(github.knows_account(at.installation, login.as_str()).await),
            },
            Owner::Team(team) => OwnerSeen {
                name: format!("{}/{}", team.org, team.slug),
                is_team: true,
                is_known: known(github.knows_team(at.installation, &team.org, &team.slug).await),
            },
            Owner::Role(_) => continue,
        });
    }
    seen
}

async fn stages(
    github: &Github,
    at: &mut Address,
    config: &Config,
    mainline: BranchName,
    snapshot: &mut Snapshot,
) -> Known<Vec<StageFacts>> {
    let mut stages = Vec::new();
    let mut before = mainline;
    for environment in &config.environments {
        let branch = &environment.branch;
        let needs = BTreeSet::from([Need::Head(branch.clone()), Need::Head(before.clone())]);
        known(github.observe(at, &needs, snapshot).await)?;
        let exists = snapshot.heads.get(branch).is_some_and(|head| head.value.is_some());
        stages.push(StageFacts {
            name: environment.name.to_string(),
            branch: branch.to_string(),
            exists,
            rules: known(github.rules_seen(at, branch.as_str()).await),
            never_seen: never_seen(github, at, environment, &before, snapshot).await,
        });
        before = branch.clone();
    }
    Ok(stages)
}

/// The checks that are wanted and that nobody has reported on the newest commit of the stage before.
async fn never_seen(
    github: &Github,
    at: &mut Address,
    environment: &Environment,
    before: &BranchName,
    snapshot: &mut Snapshot,
) -> Known<Vec<String>> {
    let Some(commit) = snapshot.heads.get(before).and_then(|head| head.value.clone()) else {
        return Ok(Vec::new());
    };
    let needs = BTreeSet::from([Need::Rules(environment.branch.clone()), Need::Checks(commit.clone())]);
    known(github.observe(at, &needs, snapshot).await)?;
    let required = snapshot.rules.get(&environment.branch).cloned().unwrap_or_default();
    let own = snapshot.repository.as_ref().map_or(0, |repository| repository.app_id);
    let Some(checks) = snapshot.checks.get(&commit) else {
        return Err("GitHub did not tell".to_owned());
    };
    Ok(soundness::never_seen(environment, required, &checks.value, own))
}

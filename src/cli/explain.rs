//! `greenlight explain`: why a pull request does or does not move, from what GitHub says now. Nothing is changed by asking.

use std::io::{self, Write};

use super::rehearsed::{aside, github, print_effects, print_text};
use crate::clock::Clock;
use crate::github::{Address, Github, GithubError};
use crate::rehearse::{Rehearsed, rehearse};
use crate::rules::command::Command;
use crate::rules::form::Form;
use crate::rules::id::{DeliveryId, EnvironmentName, Login, Person, PullNumber, RepoName, UserId};
use crate::rules::interpret::Heard;
use crate::rules::memory::Memory;
use crate::rules::scene::{Lane, Open, Scene, Stage, Way, What};
use crate::rules::words::scene as words;
use crate::settings::{Args, Settings, SettingsError};
use crate::store::StoreError;

/// A number that no account has, for who cannot see the repository.
const NOBODYS: UserId = UserId(-1);

/// How it is asked for on the command line.
#[derive(clap::Args, Clone, Debug)]
pub struct Explain {
    /// The pull request, as OWNER/NAME#NUMBER.
    pub pull: String,
    /// Whose right to promote is asked about; the author's, if nobody is named.
    #[arg(long = "as", value_name = "LOGIN")]
    pub login: Option<String>,
    #[command(flatten)]
    pub settings: Args,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    #[error("{0} is not a pull request; write it as OWNER/NAME#NUMBER")]
    NotAPull(String),
    #[error("{0} is not known here; is the App installed on it, and has `greenlight serve` run since?")]
    UnknownRepository(RepoName),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Github(#[from] GithubError),
    #[error("could not print the answer")]
    Output(#[from] io::Error),
}

/// Prints the answer.
///
/// # Errors
/// See [`ExplainError`].
pub async fn run(explain: Explain, out: &mut impl Write) -> Result<(), ExplainError> {
    let (name, number) = pull(&explain.pull).ok_or(ExplainError::NotAPull(explain.pull))?;
    let settings = Settings::check(explain.settings)?;
    let clock = Clock::default();
    let github = github(&settings, clock.clone())?;
    let mut aside = aside(&settings.database).await?;
    let Some((repo, installation)) = aside.repository_named(&name).await? else {
        return Err(ExplainError::UnknownRepository(name));
    };
    let mut asking = Asking {
        github,
        clock,
        memory: aside.memory(repo, &[]).await?,
        at: Address {
            repo,
            installation,
            name,
        },
        number,
        login: explain.login.map(Login),
        welcomes: settings.welcomes,
    };
    asking.answer(out).await
}

fn pull(text: &str) -> Option<(RepoName, PullNumber)> {
    let (name, number) = text.split_once('#')?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    Some((RepoName::parse(name)?, PullNumber(number)))
}

struct Asking {
    github: Github,
    clock: Clock,
    memory: Memory,
    at: Address,
    number: PullNumber,
    login: Option<Login>,
    /// The operator's setting.
    welcomes: bool,
}

impl Asking {
    async fn answer(&mut self, out: &mut impl Write) -> Result<(), ExplainError> {
        let mut heard = Heard::default();
        heard.pulls.insert(self.number);
        let seen = self.rehearse(&heard).await?;
        let before = self.memory.scene.clone();
        let Some(scene) = seen
            .scene
            .clone()
            .or_else(|| before.map(|scene| scene.as_ref().clone()))
        else {
            writeln!(
                out,
                "Nobody has looked at {} yet, or its configuration cannot be used.",
                self.at.name
            )?;
            print_effects(&seen, out)?;
            return Ok(());
        };
        if scene.not_set_up {
            writeln!(out, "{}", words::not_set_up(scene.welcome))?;
            print_effects(&seen, out)?;
            return Ok(());
        }
        if scene.broken {
            writeln!(out, "The configuration cannot be used at the moment, so nothing moves.")?;
        }
        let number = self.number;
        if let Some(one) = scene.open.iter().find(|one| one.number == number) {
            print_open(&scene, one, out)?;
        } else if let Some((stage, author)) = waits_for(&scene, number) {
            let name = &stage.environment;
            writeln!(out, "#{number} waits to go to {name}.")?;
            writeln!(out, "{name}: {}.", words::light(stage))?;
            let author = self.login.clone().or(author).unwrap_or_else(|| Login::from("ghost"));
            writeln!(out, "If {author} promoted it now:")?;
            let answer = self.forecast(name, author).await?;
            print_text(&answer, out)?;
        } else if scene
            .arrivals
            .iter()
            .any(|one| one.items.iter().any(|item| is(item, number)))
        {
            writeln!(out, "#{number} is live.")?;
        } else {
            writeln!(
                out,
                "#{number} is not open, and nothing that waits brings it: it was closed, or is everywhere already, or is no pull \
                 request of {}.",
                self.at.name
            )?;
        }
        print_effects(&seen, out)?;
        Ok(())
    }

    async fn rehearse(&mut self, heard: &Heard) -> Result<Rehearsed, GithubError> {
        let memory = self.memory.clone();
        rehearse(&self.github, &self.clock, &mut self.at, memory, heard, self.welcomes).await
    }

    /// How each gate stands, as a dry run tells it.
    async fn forecast(&mut self, environment: &EnvironmentName, login: Login) -> Result<String, ExplainError> {
        let id = self.github.number_of(&self.at, &login).await?.unwrap_or(NOBODYS);
        let form = Form {
            id: DeliveryId::from(0),
            by: Person { id, login },
            at: self.clock.now(),
            pull: Some(self.number),
            command: Command::Promote {
                environment: environment.clone(),
                at: None,
                without: Vec::new(),
                dry_run: true,
            },
            showed: Default::default(),
        };
        let mut heard = Heard::default();
        heard.forms.insert(form.id, form.clone());
        let seen = self.rehearse(&heard).await?;
        let request = seen.memory.requests.get(&form.request());
        let answer = request.and_then(|request| request.answers.first());
        Ok(answer.map(|answer| answer.text.clone()).unwrap_or_default())
    }
}

fn is(what: &What, number: PullNumber) -> bool {
    matches!(what, What::Feature { number: found, .. } if *found == number)
}

/// Into which environment it goes next, and who wrote it.
fn waits_for(scene: &Scene, number: PullNumber) -> Option<(&Stage, Option<Login>)> {
    scene.stages.iter().find_map(|stage| {
        if stage.pull == Some(number) {
            return Some((stage, None));
        }
        let Way::Known(load) = &stage.way else { return None };
        let found = load.items.iter().find(|item| is(&item.what, number))?;
        Some((stage, found.what.author().cloned()))
    })
}

fn print_open(scene: &Scene, one: &Open, out: &mut impl Write) -> io::Result<()> {
    let lane = match one.lane {
        Lane::InProgress => words::in_progress(&scene.mainline),
        Lane::Ready => words::ready(&scene.ready_label, scene.acceptance),
        Lane::Accepted => words::accepted(&scene.mainline),
    };
    writeln!(out, "#{} {}: {}", one.number, one.title, lane.title)?;
    let checks = one.checks.as_ref().map(words::checks);
    let preview = one.preview.as_ref().map(words::preview);
    let by = one.accepted_by.as_ref();
    let accepted = by.map(|by| words::accepted_by(by, &scene.mainline, one.checks.as_ref()));
    let waits = one.waits.iter();
    let waits = waits.map(|waits| words::waits(waits, &scene.ready_label, &scene.mainline));
    for line in checks.into_iter().chain(preview).chain(accepted).chain(waits) {
        writeln!(out, "  {line}")?;
    }
    if one.lane == Lane::Ready && scene.acceptance {
        writeln!(out, "  It waits for the word of {}.", scene.owners)?;
    }
    Ok(())
}

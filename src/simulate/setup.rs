//! How the repository of a run is set up: small pipelines, few people, and a configuration that can change while things are
//! under way. What a configuration means is kept beside its text, so that nobody who judges has to read it with our own reader.

use std::collections::BTreeMap;

use super::dice::Dice;
use super::mood::Mood;
use crate::sandbox::{GitHub, Options, Repository, Role};

/// Who there is. anna owns the product; boris owns staging only, where the configuration says so; mona maintains; dora
/// develops; carl only reads.
pub const PEOPLE: [(&str, Option<Role>); 5] = [
    ("anna", Some(Role::Read)),
    ("boris", Some(Role::Write)),
    ("mona", Some(Role::Maintain)),
    ("dora", Some(Role::Write)),
    ("carl", None),
];

pub const LABEL: &str = "ready-for-staging";

pub const CONFIGURATION: &str = ".github/greenlight.yml";

/// One environment, as the configuration describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    pub name: &'static str,
    pub owners: Option<Vec<&'static str>>,
    /// `auto`, `none` or one name.
    pub checks: &'static str,
    pub merges: bool,
    pub soak_mins: Option<i64>,
    /// From this full hour to that one, on every day, in UTC.
    pub window: Option<(i8, i8)>,
    /// Known to run there once GitHub's deployment of it succeeded.
    pub by_deployment: bool,
    /// Taken back by itself when its deployment fails.
    pub goes_back: bool,
}

/// What a configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// `None`: whoever maintains or administers.
    pub owners: Option<Vec<&'static str>>,
    pub acceptance: bool,
    pub environments: Vec<Environment>,
}

/// Every configuration that a run has used, by its text; `None` for a broken one.
pub type Meanings = BTreeMap<String, Option<Setup>>;

impl Setup {
    pub fn thrown(mood: Mood, dice: &mut Dice) -> Self {
        let owners = [Some(vec!["anna"]), Some(vec!["anna", "boris"]), None];
        let environment = |name, dice: &mut Dice| Environment {
            name,
            owners: None,
            checks: match mood {
                Mood::Red | Mood::Frozen => dice.word(&["auto", "auto", "test"]),
                _ => dice.word(&["auto", "auto", "auto", "test", "none"]),
            },
            merges: false,
            soak_mins: None,
            window: None,
            by_deployment: dice.happens(if mood == Mood::Deploys { 85 } else { 25 }),
            goes_back: false,
        };
        let mut staging = environment("staging", dice);
        let mut production = environment("production", dice);
        let merges = mood == Mood::Diverged || dice.happens(20);
        (staging.merges, production.merges) = (merges, merges);
        production.owners = dice.happens(30).then(|| vec!["anna"]);
        let (soaks, windows) = if mood == Mood::Times { (70, 60) } else { (20, 10) };
        production.soak_mins = dice.happens(soaks).then(|| dice.between(10, 40));
        production.window = dice.happens(windows).then_some((12, 17));
        let owners = dice.one_of(&owners).cloned().flatten();
        Self {
            owners: owners.filter(|_| mood != Mood::Rights),
            acceptance: matches!(mood, Mood::Hasty | Mood::Buttons) || dice.happens(50),
            environments: vec![staging, production],
        }
    }

    /// The same with one thing changed.
    pub fn changed(&self, mood: Mood, dice: &mut Dice) -> Self {
        let mut new = self.clone();
        let at = dice.below(new.environments.len());
        let other = Self::thrown(mood, dice);
        match dice.below(5) {
            0 => new.acceptance = !new.acceptance,
            1 => new.owners = other.owners,
            2 => new.environments[at].soak_mins = dice.happens(50).then(|| dice.between(5, 30)),
            3 => new.environments[at].window = dice.happens(50).then_some((8, 20)),
            _ => new.environments[at].checks = dice.word(&["auto", "test", "none"]),
        }
        // The first environment has no stage before it on which anything could run.
        new.environments[0].soak_mins = None;
        new
    }

    pub fn text(&self) -> String {
        let list = |owners: &[&str]| format!("[{}]", owners.join(", "));
        let mut text = String::new();
        if let Some(owners) = &self.owners {
            text.push_str(&format!("owners: {}\n", list(owners)));
        }
        let acceptance = if self.acceptance { "required" } else { "\"off\"" };
        text.push_str(&format!("acceptance: {acceptance}\ntimezone: UTC\nenvironments:\n"));
        for one in &self.environments {
            text.push_str(&format!("  - name: {}\n", one.name));
            if let Some(owners) = &one.owners {
                text.push_str(&format!("    owners: {}\n", list(owners)));
            }
            match one.checks {
                "test" => text.push_str("    checks: [test]\n"),
                word => text.push_str(&format!("    checks: {word}\n")),
            }
            if one.merges {
                text.push_str("    strategy: merge\n");
            }
            if let Some(mins) = one.soak_mins {
                text.push_str(&format!("    soak: {mins}m\n"));
            }
            if let Some((from, to)) = one.window {
                text.push_str(&format!("    windows: [\"mon-sun {from:02}:00-{to:02}:00\"]\n"));
            }
            let running = if one.by_deployment { "deployment" } else { "pushed" };
            text.push_str(&format!("    deployed_when: {running}\n"));
            if one.goes_back {
                text.push_str("    rollback: automatic\n");
            }
        }
        text
    }
}

/// Makes the simulated GitHub of a run, its repository, and what its first configuration means.
pub fn made(mood: Mood, dice: &mut Dice, options: Options) -> (GitHub, Repository, Meanings) {
    let setup = Setup::thrown(mood, dice);
    let began = "2027-01-04T10:00:00Z".parse().unwrap_or_default();
    let github = GitHub::in_process(options, dice.throw(), began);
    let shop = github
        .repository("harbour/shop")
        .file(CONFIGURATION, &setup.text())
        .create();
    let main = shop.head("main").unwrap_or_default();
    shop.branch("staging", &main);
    shop.branch("production", &main);
    for (login, role) in PEOPLE {
        github.user(login);
        if let Some(role) = role {
            shop.grant(login, role);
        }
    }
    let meanings = Meanings::from([(setup.text(), Some(setup))]);
    (github, shop, meanings)
}

//! From keys and texts to a [`Config`], collecting every mistake on the way.
//!
//! A reading function returns `None` where it has told a mistake; then the whole file is refused, so a missing part is never used.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::mistake::{Expected, Found, Mistake, in_order, nearest};
use super::setting::{Reader, Setting, Settings, join};
use super::yaml::{Node, Value};
use super::{
    Acceptance, AfterRollback, CheckSetting, Config, DeployedWhen, Environment, MergeMethod, Owner, Preview,
    RollbackSetting, Strategy, Window, name,
};
use crate::rules::checks::CheckPattern;
use crate::rules::id::{BranchName, EnvironmentName};

pub(super) const KEYS: &[&str] = &[
    "owners",
    "ready_label",
    "acceptance",
    "self_acceptance",
    "merge_method",
    "timezone",
    "armed_for",
    "releases",
    "after_rollback",
    "environments",
    "previews",
    "preview_forks",
    "preview_idle",
];
pub(super) const ENVIRONMENT_KEYS: &[&str] = &[
    "name",
    "branch",
    "url",
    "owners",
    "checks",
    "strategy",
    "deployed_when",
    "soak",
    "windows",
    "rollback",
    "after_rollback",
];
pub(super) const PREVIEW_KEYS: &[&str] = &["name", "branch", "url"];

const ACCEPTANCES: &[(&str, Acceptance)] = &[("required", Acceptance::Required), ("off", Acceptance::Off)];
const MERGE_METHODS: &[(&str, MergeMethod)] = &[
    ("merge", MergeMethod::Merge),
    ("squash", MergeMethod::Squash),
    ("rebase", MergeMethod::Rebase),
];
const ROLLBACKS: &[(&str, RollbackSetting)] = &[
    ("by-word", RollbackSetting::ByWord),
    ("automatic", RollbackSetting::Automatic),
];
const AFTER_ROLLBACK: &[(&str, AfterRollback)] = &[
    ("issue", AfterRollback::Issue),
    ("revert", AfterRollback::Revert),
    ("nothing", AfterRollback::Nothing),
];
const STRATEGIES: &[(&str, Strategy)] = &[("fast-forward", Strategy::FastForward), ("merge", Strategy::Merge)];

/// Each environment costs requests at every look; a pipeline has two to five.
pub(super) const ENVIRONMENTS_MAX: usize = 20;

/// # Errors
/// Every mistake, in the order of the file.
pub(super) fn config(root: &Node) -> Result<Config, Vec<Mistake>> {
    let mut reader = Reader::default();
    let config = reader.config(root);
    match config {
        Some(config) if reader.mistakes.is_empty() => {
            let config = Config {
                places: reader.places,
                ..config
            };
            match config.shared_branches() {
                shared if shared.is_empty() => Ok(config),
                shared => Err(shared),
            }
        }
        _ => Err(in_order(reader.mistakes)),
    }
}

impl Reader {
    fn config(&mut self, root: &Node) -> Option<Config> {
        if matches!(root.value, Value::Nothing) {
            return Some(Config::default());
        }
        let keys = self.keys(
            &Setting {
                path: String::new(),
                node: root,
            },
            KEYS,
        )?;
        let mut config = Config::default();
        if let Some(setting) = keys.get("owners") {
            config.owners = self.owners(&setting).unwrap_or_default();
        }
        config.ready_label = keys
            .get("ready_label")
            .and_then(|s| self.text_that(&s, name::is_label, Expected::Label));
        config.acceptance = keys.get("acceptance").and_then(|s| self.one_of(&s, ACCEPTANCES));
        let own = keys.get("self_acceptance").and_then(|s| self.truth(&s));
        config.self_acceptance = own.unwrap_or_default();
        config.merge_method = keys.get("merge_method").and_then(|s| self.one_of(&s, MERGE_METHODS));
        if let Some(timezone) = keys.get("timezone").and_then(|s| self.timezone(&s)) {
            config.timezone = timezone;
        }
        if let Some(armed_for) = keys.get("armed_for").and_then(|s| {
            self.duration(
                &s,
                ("10m", SignedDuration::from_mins(10)),
                ("30d", SignedDuration::from_hours(30 * 24)),
            )
        }) {
            config.armed_for = armed_for;
        }
        config.releases = keys.get("releases").and_then(|s| self.truth(&s)).unwrap_or_default();
        let after = keys.get("after_rollback").and_then(|s| self.one_of(&s, AFTER_ROLLBACK));
        config.after_rollback = after.unwrap_or_default();
        if let Some(setting) = keys.get("environments") {
            config.environments = self.environments(&setting).unwrap_or_default();
        }
        if let Some(setting) = keys.get("previews") {
            config.previews = self.previews(&setting).unwrap_or_default();
        }
        let forks = keys.get("preview_forks").and_then(|s| self.truth(&s));
        config.preview_forks = forks.unwrap_or_default();
        if let Some(idle) = keys.get("preview_idle").and_then(|s| {
            self.duration(
                &s,
                ("1h", SignedDuration::from_hours(1)),
                ("90d", SignedDuration::from_hours(90 * 24)),
            )
        }) {
            config.preview_idle = idle;
        }
        Some(config)
    }

    fn environments(&mut self, setting: &Setting) -> Option<Vec<Environment>> {
        let list = self.list(setting, ENVIRONMENTS_MAX)?;
        let environments = list.iter().filter_map(|one| self.environment(one)).collect();
        self.refuse_shared_names(&list);
        Some(environments)
    }

    fn environment(&mut self, setting: &Setting) -> Option<Environment> {
        let keys = self.keys(setting, ENVIRONMENT_KEYS)?;
        let name = self.name(&keys);
        let branch = self.branch(&keys);
        let url = keys
            .get("url")
            .and_then(|s| self.text_that(&s, name::is_web_address, Expected::WebAddress));
        let owners = keys.get("owners").and_then(|s| self.owners(&s));
        let checks = keys.get("checks").and_then(|s| self.checks(&s)).unwrap_or_default();
        let strategy = keys.get("strategy").and_then(|s| self.one_of(&s, STRATEGIES));
        let deployed_when = keys
            .get("deployed_when")
            .and_then(|s| self.deployed_when(&s))
            .unwrap_or_default();
        let soak = keys.get("soak").and_then(|s| {
            self.duration(
                &s,
                ("1m", SignedDuration::from_mins(1)),
                ("30d", SignedDuration::from_hours(30 * 24)),
            )
        });
        let rollback = keys.get("rollback").and_then(|s| self.one_of(&s, ROLLBACKS));
        let after_rollback = keys.get("after_rollback").and_then(|s| self.one_of(&s, AFTER_ROLLBACK));
        let windows = keys.get("windows").and_then(|s| self.windows(&s)).unwrap_or_default();
        let name = name?;
        Some(Environment {
            branch: branch.unwrap_or_else(|| BranchName::from(name.as_str())),
            name: EnvironmentName(name),
            url,
            owners,
            checks,
            strategy: strategy.unwrap_or_default(),
            deployed_when,
            soak,
            windows,
            rollback: rollback.unwrap_or_default(),
            after_rollback,
        })
    }

    fn previews(&mut self, setting: &Setting) -> Option<Vec<Preview>> {
        let list = self.list(setting, usize::MAX)?;
        let previews = list.iter().filter_map(|one| self.preview(one)).collect();
        self.refuse_shared_names(&list);
        Some(previews)
    }

    fn preview(&mut self, setting: &Setting) -> Option<Preview> {
        let keys = self.keys(setting, PREVIEW_KEYS)?;
        let name = self.name(&keys);
        let branch = self.branch(&keys);
        let url = keys
            .get("url")
            .and_then(|s| self.text_that(&s, name::is_web_address, Expected::WebAddress));
        let name = name?;
        Some(Preview {
            branch: branch.unwrap_or_else(|| BranchName::from(name.as_str())),
            name,
            url,
        })
    }

    fn name(&mut self, keys: &Settings) -> Option<String> {
        match keys.get("name") {
            Some(setting) => self.text_that(&setting, name::is_environment_name, Expected::EnvironmentName),
            None => self.refuse_at(&keys.path, Found::Keys, Expected::Key("name")),
        }
    }

    fn branch(&mut self, keys: &Settings) -> Option<BranchName> {
        let setting = keys.get("branch")?;
        self.text_that(&setting, name::is_branch, Expected::Branch)
            .map(BranchName)
    }

    fn owners(&mut self, setting: &Setting) -> Option<Vec<Owner>> {
        let list = self.list(setting, usize::MAX)?;
        Some(list.iter().filter_map(|one| self.owner(one)).collect())
    }

    fn owner(&mut self, setting: &Setting) -> Option<Owner> {
        if let Value::Keys(keys) = &setting.node.value {
            // `role: admin` with a blank is a key with a value.
            let role = keys.first().map(|(key, _, node)| match &node.value {
                Value::Text(role) => format!("{key}:{role}"),
                _ => key.clone(),
            });
            let nearest = role.filter(|role| name::owner(role).is_some());
            return self.refuse_for(setting, Expected::Owner, nearest);
        }
        let text = self.text(setting)?;
        let owner = name::owner(&text);
        if owner.is_none() {
            let is_team = name::owner(&format!("@{text}")).is_some();
            let nearest = match is_team {
                true => Some(format!("\"@{text}\"")),
                false => nearest(&text, name::ROLES.map(|(role, _)| role)),
            };
            return self.refuse_for(setting, Expected::Owner, nearest);
        }
        owner
    }

    fn checks(&mut self, setting: &Setting) -> Option<CheckSetting> {
        match &setting.node.value {
            Value::List(_) => self.patterns(setting).map(CheckSetting::Named),
            Value::Text(text) if text == "auto" => Some(CheckSetting::Auto),
            Value::Text(text) if text == "none" => Some(CheckSetting::Nothing),
            Value::Text(text) => {
                let nearest = nearest(text, ["auto", "none"]);
                self.refuse_for(setting, Expected::Checks, nearest)
            }
            _ => self.refuse(setting, Expected::Checks),
        }
    }

    fn patterns(&mut self, setting: &Setting) -> Option<Vec<CheckPattern>> {
        let list = self.list(setting, usize::MAX)?;
        let patterns = list
            .iter()
            .filter_map(|one| self.text_that(one, name::is_check, Expected::CheckName));
        Some(patterns.map(CheckPattern).collect())
    }

    fn deployed_when(&mut self, setting: &Setting) -> Option<DeployedWhen> {
        match &setting.node.value {
            Value::Keys(_) => {
                let keys = self.keys(setting, &["checks"])?;
                match keys.get("checks") {
                    Some(checks) => self.patterns(&checks).map(DeployedWhen::Checks),
                    None => self.refuse(setting, Expected::DeployedWhen),
                }
            }
            Value::Text(text) if text == "pushed" => Some(DeployedWhen::Pushed),
            Value::Text(text) if text == "deployment" => Some(DeployedWhen::Deployment),
            Value::Text(text) => {
                let nearest = nearest(text, ["pushed", "deployment"]);
                self.refuse_for(setting, Expected::DeployedWhen, nearest)
            }
            _ => self.refuse(setting, Expected::DeployedWhen),
        }
    }

    fn windows(&mut self, setting: &Setting) -> Option<Vec<Window>> {
        let list = self.list(setting, usize::MAX)?;
        let mut windows = Vec::new();
        for one in list {
            let text = self.text(&one)?;
            match Window::parse(&text) {
                Some(window) => windows.push(window),
                None => return self.refuse(&one, Expected::Window),
            }
        }
        Some(windows)
    }

    fn timezone(&mut self, setting: &Setting) -> Option<TimeZone> {
        let text = self.text(setting)?;
        // The bundled zones, so that the same file means the same on every machine.
        let zones = TimeZoneDatabase::bundled();
        match zones.get(&text) {
            Ok(zone) => Some(zone),
            Err(_) => {
                let names: Vec<String> = zones.available().map(|zone| zone.to_string()).collect();
                let nearest = nearest(&text, names.iter().map(String::as_str));
                self.refuse_for(setting, Expected::TimeZone, nearest)
            }
        }
    }

    fn refuse_shared_names(&mut self, list: &[Setting]) {
        let mut seen = BTreeSet::new();
        for one in list {
            let Value::Keys(keys) = &one.node.value else {
                continue;
            };
            let name = keys
                .iter()
                .find(|(key, _, _)| key == "name")
                .map(|(_, _, node)| &node.value);
            let Some(Value::Text(name)) = name else {
                continue;
            };
            if !seen.insert(name) {
                let _: Option<()> = self.refuse_at(
                    &join(&one.path, "name"),
                    Found::Text(name.clone()),
                    Expected::NameOfItsOwn,
                );
            }
        }
    }
}

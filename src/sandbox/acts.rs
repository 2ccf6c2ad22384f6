//! The driving side of the simulated GitHub: setting it up, its clock and its bad days, and reading its books.
//!
//! What people do inside one repository is in the submodules. People are named by login and made on first mention. What GitHub might
//! refuse gives a [`super::Refusal`]; naming a branch, commit or repository that does not exist is a mistake in the script and panics,
//! saying which.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::deliveries::{Delivery, Webhook};
use super::faults::Fault;
use super::installations::{App, Permissions};
use super::log::Exchange;
use super::people::{Kind, Membership, Team};
use super::{Clock, GitHub, rest};

mod new_repository;
mod pulls;
mod releases;
mod reports;
pub(super) mod repository;
mod workflows;

pub use new_repository::NewRepository;
pub use releases::ReleaseView;
pub use repository::Repository;
pub use workflows::RunView;

impl GitHub {
    /// Where people look: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.world().url.clone()
    }

    /// The root of the REST API, as `GITHUB_API_URL` wants it.
    pub fn api_url(&self) -> String {
        format!("{}{}", self.url(), rest::API_ROOT)
    }

    /// Sandbox time, to read and to move.
    pub fn clock(&self) -> Clock {
        self.world().clock.clone()
    }

    /// How the App is registered. Its private key is [`super::APP_PRIVATE_KEY`].
    pub fn app(&self) -> App {
        self.world().app.clone()
    }

    /// Registers the App differently, as on its settings page. What installations granted stays as it was.
    pub fn register(&self, change: impl FnOnce(&mut App)) {
        change(&mut self.world().app);
    }

    /// Sends webhooks to this address from now on, beginning with a `ping`.
    pub fn set_webhook(&self, url: &str, secret: &str) {
        let mut world = self.world();
        world.outbox.set_hook(Some(Webhook {
            url: url.to_owned(),
            secret: secret.to_owned(),
        }));
        let ping = world.ping_json();
        world.send("ping", None, None, ping);
    }

    /// Moves where webhooks go, as after a restart on another port, without a `ping`.
    pub fn move_webhook(&self, url: &str) {
        let mut world = self.world();
        let hook = world.outbox.hook().map(|hook| Webhook {
            url: url.to_owned(),
            ..hook.clone()
        });
        world.outbox.set_hook(hook);
    }

    /// Makes a person's account; people named anywhere else are made on the way.
    pub fn user(&self, login: &str) -> u64 {
        self.world().person(login)
    }

    pub fn organization(&self, login: &str) -> u64 {
        self.world().account(login, Kind::Organization)
    }

    /// Makes a person an owner of an organization, which is admin everywhere in it.
    pub fn organization_owner(&self, organization: &str, login: &str) {
        let mut world = self.world();
        let (organization, user) = (world.account(organization, Kind::Organization), world.person(login));
        let owners = world.organizations.entry(organization).or_default();
        owners.owners.push(user);
    }

    /// Makes a team of these people, or replaces who is in it.
    pub fn team(&self, organization: &str, slug: &str, logins: &[&str]) {
        let mut world = self.world();
        let organization = world.account(organization, Kind::Organization);
        let member = Membership {
            maintainer: false,
            pending: false,
        };
        let members = logins.iter().map(|login| (world.person(login), member)).collect();
        let team = Team { members };
        world
            .organizations
            .entry(organization)
            .or_default()
            .teams
            .insert(slug.to_owned(), team);
    }

    /// Invites a person into a team; until they accept, the membership is pending.
    pub fn invite_to_team(&self, organization: &str, slug: &str, login: &str) {
        let mut world = self.world();
        let (organization, user) = (world.account(organization, Kind::Organization), world.person(login));
        let teams = &mut world.organizations.entry(organization).or_default().teams;
        let team = teams.entry(slug.to_owned()).or_insert_with(|| Team {
            members: Default::default(),
        });
        team.members.insert(
            user,
            Membership {
                maintainer: false,
                pending: true,
            },
        );
    }

    /// Begins a new repository, `owner/name`, in an organization that is made with it; see [`NewRepository::create`].
    pub fn repository(&self, full_name: &str) -> NewRepository {
        NewRepository::new(self.clone(), full_name)
    }

    /// A repository that exists, by its present or a former name.
    pub fn find_repository(&self, full_name: &str) -> Option<Repository> {
        let id = *self.world().repo_names.get(&full_name.to_lowercase())?;
        Some(Repository::new(self.clone(), id))
    }

    /// Every repository, oldest first.
    pub fn repositories(&self) -> Vec<Repository> {
        self.world()
            .repos
            .keys()
            .map(|id| Repository::new(self.clone(), *id))
            .collect()
    }

    /// Installs the App on an account: everywhere, or on these repositories only. Gives the installation's id.
    pub fn install(&self, account: &str, only: Option<&[&str]>) -> u64 {
        let mut world = self.world();
        let (account, by) = (world.account(account, Kind::Organization), world.person("admin"));
        let named = |name: &&str| world.repo_names.get(&name.to_lowercase()).copied();
        let selected: Option<BTreeSet<u64>> = only.map(|names| names.iter().filter_map(named).collect());
        world.install(account, selected, by)
    }

    /// The installation on an account, if there is one.
    pub fn installation(&self, account: &str) -> Option<u64> {
        let world = self.world();
        let account = world.user_named(account)?.id;
        world
            .installations
            .values()
            .find(|installation| installation.account == account)
            .map(|installation| installation.id)
    }

    pub fn uninstall(&self, installation: u64) {
        let mut world = self.world();
        let by = world.person("admin");
        world.uninstall(installation, by);
    }

    pub fn suspend(&self, installation: u64, suspended: bool) {
        let mut world = self.world();
        let by = world.person("admin");
        world.suspend(installation, by, suspended);
    }

    /// Replaces what an installation permits, as when its account's owner accepted other permissions. Tokens keep what they had.
    pub fn set_permissions(&self, installation: u64, permissions: Permissions) {
        let mut world = self.world();
        if let Some(installation) = world.installations.get_mut(&installation) {
            installation.permissions = permissions;
        }
    }

    /// The same, told by a delivery.
    pub fn accept_permissions(&self, installation: u64, permissions: Permissions) {
        let mut world = self.world();
        let by = world.person("admin");
        world.accept_permissions(installation, permissions, by);
    }

    /// Lets `fault` strike the next `times` requests of this method whose path (below the API root) contains `path`, or ends
    /// in it where `$` follows; an empty method or path is any.
    pub fn fault(&self, fault: Fault, method: &str, path: &str, times: u32) {
        self.world().faults.plan(fault, method, path, times);
    }

    /// Lets `fault` strike the next `times` deliveries of this event; an empty event is any.
    pub fn delivery_fault(&self, fault: Fault, event: &str, times: u32) {
        self.world().faults.plan(fault, event, "", times);
    }

    /// Strews these faults over requests and deliveries, the same way again for the same seed, until [`GitHub::good_days`].
    pub fn bad_days(&self, seed: u64, faults: &[Fault]) {
        self.world().faults.bad_days(seed, faults);
    }

    /// From here on everything works.
    pub fn good_days(&self) {
        self.world().faults.good_days();
    }

    /// Gives an installation another limit of requests per hour.
    pub fn limit_rate(&self, installation: u64, per_hour: u32) {
        self.world().limits.overrides.insert(installation, per_hour);
    }

    /// Switches the secondary limits on or off.
    pub fn limit_secondarily(&self, on: bool) {
        self.world().limits.secondary = on;
    }

    /// How long merges by reachability go unnoticed from now on; `None` for ever.
    pub fn see_merges_after(&self, delay: Option<SignedDuration>) {
        self.world().merges_seen_after = delay;
    }

    /// Every request so far and the answer the client saw, oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.world().log.exchanges()
    }

    /// Starts the record of requests anew.
    pub fn forget_exchanges(&self) {
        self.world().log.clear();
    }

    /// Requests the sandbox did not know: `GET /repos/…`. A test that ends with any has found a gap in the sandbox or a bug.
    pub fn unknown_requests(&self) -> Vec<String> {
        self.world().log.unknown()
    }

    /// Every webhook so far, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.world().outbox.deliveries()
    }

    /// When the next thing will happen by itself (a merge is noticed, a late webhook goes), in sandbox time.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.world().next_due()
    }

    /// How many webhooks are not answered yet, the late ones included.
    pub fn deliveries_pending(&self) -> usize {
        *self.world().outbox.pending.borrow()
    }

    /// How many webhooks wait for their time to come, which is when this clock is moved on.
    pub fn deliveries_late(&self) -> usize {
        self.world().outbox.late()
    }

    /// Resolves once every webhook that was sent so far has its answer, good or bad.
    pub async fn deliveries_done(&self) {
        let mut pending = self.world().outbox.pending.subscribe();
        // Fails only when the sandbox is gone, and then nothing is pending either.
        drop(pending.wait_for(|pending| *pending == 0).await);
    }
}

//! The App was just installed: one pull request proposes a configuration, and nothing else happens before it is merged.

use greenlight::sandbox::{Fault, Level, Method, NewRepository, PullView, Repository, Role, Sandbox};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, LABEL, World};

const PATH: &str = ".github/greenlight.yml";
const BRANCH: &str = "greenlight-welcome";

/// A shop with a branch for staging and none for production, with CI, people and a team.
fn shop(sandbox: &Sandbox) -> Repository {
    furnished(sandbox, sandbox.repository("harbour/shop").file("README.md", "A shop."))
}

fn furnished(sandbox: &Sandbox, new: NewRepository) -> Repository {
    let shop = new.create();
    let main = shop.head("main").expect("a first commit");
    shop.branch("staging", &main);
    shop.commit("main", "dora", "Faster checkout", &[("checkout.txt", "fast")]);
    for (login, role) in [("anna", Role::Read), ("dora", Role::Write), ("mona", Role::Maintain)] {
        shop.grant(login, role);
    }
    sandbox.team("harbour", "product", &["anna"]);
    let newest = shop.head("main").expect("main");
    for name in ["test", "lint: \"strict\" #1"] {
        shop.check_run("github-actions", &newest, name, "success")
            .expect("a check run");
    }
    shop
}

/// The pull requests from the branch of the welcome, open or not.
fn welcomes(world: &World) -> Vec<PullView> {
    let pulls = world.shop.pulls().into_iter();
    pulls.filter(|pull| pull.head == BRANCH).collect()
}

fn welcome(world: &World) -> PullView {
    let found = welcomes(world);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}

/// What the App wrote, as `POST /pulls`.
fn written(world: &World) -> Vec<String> {
    let exchanges = world.sandbox.exchanges();
    let writes = exchanges
        .iter()
        .filter(|one| one.method != "GET" && one.path.starts_with("/repos/"));
    writes
        .map(|one| {
            let path: Vec<&str> = one.path.split('/').skip(4).collect();
            format!("{} /{}", one.method, path.join("/"))
        })
        .collect()
}

/// Every start looks at everything, as the sweep does.
async fn sweeps(world: &mut World) {
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
}

const WELCOMED: [&str; 3] = ["POST /git/refs", "PUT /contents/.github/greenlight.yml", "POST /pulls"];

#[tokio::test]
async fn the_welcome_proposes_what_was_found_and_says_what_will_happen() {
    let world = World::installed_on(shop).await;
    let pull = welcome(&world);
    assert_eq!((pull.base.as_str(), pull.open), ("main", true));
    insta::assert_snapshot!(pull.title, @"Set Greenlight up");
    insta::assert_snapshot!(pull.body.replace(&world.sandbox.url(), "https://github.example"), @r#"
    **Greenlight is installed here, and waits for you.** With it the product owner decides what goes live: she looks at each feature, says `/accept`, and says `/promote` when she wants it on the next environment. This pull request proposes how that works here. It adds one file, `.github/greenlight.yml`, and changes nothing else.

    **What I found**

    - Features are merged into `main`. They can come there squashed into one commit, by a merge commit or rebased; I took "squashed into one commit".
    - This branch looks like an environment: `staging`.
    - These checks reported on the newest commits: `lint: "strict" #1` (by `github-actions`) and `test` (by `github-actions`). Those that every commit had are named in the file, and have to be green.
    - mona may maintain this repository.

    **What to look at before you merge**

    [Change the file here](https://github.example/harbour/shop/edit/greenlight-welcome/.github/greenlight.yml); whatever you save is checked, and a check on this pull request says whether I understand it.

    - *Who decides?* At first everybody who may maintain this repository. Better name the product owner, or a team: `owners: [her-login]`. The teams here are `@harbour/product`.
    - *Your time zone?* It is `UTC` until you write yours at `timezone`, such as `Europe/Berlin`. Then "friday 7am" means what you mean.
    - *Is something missing?* There is no branch for `production`. I make none by myself. If you want such an environment, make the branch, [on GitHub](https://github.example/harbour/shop/branches) or with `git push origin origin/main:refs/heads/production`, and take the signs `#` before it out of the file.

    **What happens once this is merged**

    - For each environment that is behind, one pull request shows what waits for it. Nothing goes there until somebody who decides says `/promote staging` on it, and the checks are green.
    - A developer puts the label `ready-for-staging` on a pull request, and I ask for a look at it. After `/accept` it is merged, once it is green.
    - `/help` on any pull request says what else can be said.

    **What does not happen before**

    Until a configuration is on `main` I open nothing else, comment on nothing, move no branch and merge nothing. Who writes a command is told that this pull request comes first. If you do not want it, close it: I do not ask again, and whoever adds `.github/greenlight.yml` later switches me on.
    "#);
    let file = world.shop.file(BRANCH, PATH).expect("the proposed file");
    insta::assert_snapshot!(file, @r#"
    # How Greenlight works in this repository. It counts as soon as it is on the default branch.
    # Every key can be left out; the settings are explained in Greenlight's docs/configuration.md.

    # Who may accept features and promote them.
    # As it stands here: everybody who may maintain or administer this repository.
    # At the moment these are: mona.
    # You can name people and teams instead, such as [anna, "@my-organisation/product"].
    # The teams of this organisation: @harbour/product.
    owners: ["role:maintain"]

    # The time zone in which times are told, and in which "friday 7am" is meant: write yours, such as Europe/Berlin.
    timezone: UTC

    # How a feature that is accepted and green is merged.
    # This repository allows: squash, merge, rebase.
    merge_method: squash

    # Where the product runs, in the order in which features get there from the branch main.
    # What is promoted has to be green. "auto" means everything that is reported; a list means just these names.
    # Seen on the newest commits, and named below where every commit had it: lint: "strict" #1 (by github-actions), test (by github-actions).
    environments:
      - name: staging
        branch: "staging"
        checks:
          - "lint: \"strict\" #1"
          - "test"
      # There is no branch for production. Make one named production and take the signs # away:
      # - name: production
    "#);
    assert_eq!(world.shop.file("main", PATH), None);
    assert_eq!(written(&world), WELCOMED);
}

#[tokio::test]
async fn nothing_else_happens_before_the_welcome_is_merged() {
    let mut world = World::installed_on(shop).await;
    let feature = world.feature("Nicer basket");
    world.shop.label("dora", feature, LABEL).expect("a label");
    world.settle().await;
    let landed = world.lands("Later").await;
    world.green(&landed.commit).await;
    world.passes(SignedDuration::from_hours(1)).await;
    sweeps(&mut world).await;
    assert_eq!(written(&world), WELCOMED);
    assert_eq!((world.moves("staging"), world.bot_comments(feature).len()), (0, 0));
}

#[tokio::test]
async fn once_it_is_merged_the_first_look_goes_on_as_with_any_configuration() {
    let world = World::installed_on(shop).await;
    let number = welcome(&world).number;
    let merged = world.shop.merge_pull("mona", number, Method::Squash).expect("a merge");
    for name in ["test", "lint: \"strict\" #1"] {
        world.check(&merged, name, "success").await;
    }
    let report = world
        .shop
        .checks(&merged)
        .into_iter()
        .find(|check| check.reporter == "greenlight");
    insta::assert_snapshot!(report.expect("a report on the configuration").text, @r#"
    The configuration is in order

    **This is what I understand.** It counts as soon as it is on the branch `main`.

    - Those who may promote: everyone with at least the maintain role.
    - **staging** is the branch `staging`. These checks have to be green: `lint: "strict" #1` and `test`.
    - Times are told in the time zone `UTC`.
    "#);
    let promotion = world.promotion("staging").number;
    let answer = world.says("mona", promotion, "/promote staging").await;
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    assert_eq!(world.head("staging"), merged);
    assert_eq!(welcomes(&world).len(), 1);
}

#[tokio::test]
async fn a_no_is_a_no() {
    let mut world = World::installed_on(shop).await;
    let number = welcome(&world).number;
    world.shop.close_pull("anna", number).expect("closed");
    world.settle().await;
    let landed = world.lands("Later").await;
    world.green(&landed.commit).await;
    world.passes(SignedDuration::from_hours(100)).await;
    // Nor by a Greenlight that has forgotten it, where the branch is gone too.
    world.shop.delete_branch("anna", BRANCH).expect("deleted");
    world.bot_stops().await;
    world.loses_its_memory();
    world.bot_starts().await;
    world.settle().await;
    assert_eq!((welcomes(&world).len(), written(&world).len()), (1, WELCOMED.len()));
    let answer = world.says("mona", landed.number, "/promote staging").await;
    insta::assert_snapshot!(answer, @"**Nothing was done: Greenlight is not set up in this repository.** #1 proposed how it works here, and was closed. Open it again and merge it, or let a developer add `.github/greenlight.yml` to the default branch; then say this again.");
    // Whoever adds the file switches it on.
    world
        .shop
        .commit("main", "dora", "Set Greenlight up", &[(PATH, CONFIGURATION)]);
    world.settle().await;
    assert_eq!(world.promotion("staging").base, "staging");
}

#[tokio::test]
async fn commands_are_answered_with_the_welcome_that_comes_first() {
    let mut world = World::installed_on(shop).await;
    let landed = world.lands("Later").await;
    world.green(&landed.commit).await;
    let answer = world.says("mona", landed.number, "/promote staging").await;
    insta::assert_snapshot!(answer, @"**Nothing was done: Greenlight is not set up in this repository yet.** #1 proposes how it works here. Look at it and merge it; then say this again.");
    for command in ["/status", "/help", "/hold staging"] {
        assert_eq!(world.says("mona", landed.number, command).await, answer);
    }
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn there_is_one_welcome_whatever_is_cut_off_on_the_way() {
    for (method, path) in [("POST", "/git/refs$"), ("PUT", PATH), ("POST", "/pulls$")] {
        for fault in [
            Fault::Status(502),
            Fault::StatusAfter(502),
            Fault::ResetAfter,
            Fault::Reset,
        ] {
            let world = World::installed_on(|sandbox| {
                sandbox.fault(fault, method, path, 1);
                shop(sandbox)
            })
            .await;
            for _ in 0..3 {
                world.passes(SignedDuration::from_secs(10)).await;
            }
            let pull = welcome(&world);
            assert!(pull.open, "{method} {path} {fault:?}");
            let file = world.shop.file(BRANCH, PATH).unwrap_or_default();
            assert!(
                file.contains("branch: \"staging\""),
                "{method} {path} {fault:?}: {file}"
            );
            assert_eq!(world.shop.moves(BRANCH).len(), 2, "{method} {path} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_repository_that_has_or_inherits_a_configuration_is_not_welcomed() {
    let own = World::start().await;
    assert!(welcomes(&own).is_empty());
    let inherited = World::installed_on(|sandbox| {
        sandbox.repository("harbour/.github").file(PATH, CONFIGURATION).create();
        shop(sandbox)
    })
    .await;
    assert!(welcomes(&inherited).is_empty());
    assert_eq!(inherited.promotion("staging").base, "staging");
}

#[tokio::test]
async fn copies_archives_and_the_place_of_an_organisations_defaults_are_left_alone() {
    let world = World::installed_on(|sandbox| {
        let shop = furnished(sandbox, sandbox.repository("harbour/shop").fork());
        sandbox.repository("harbour/.github").create();
        shop
    })
    .await;
    assert_eq!(written(&world), Vec::<String>::new());
    let world = World::installed_on(|sandbox| {
        let shop = shop(sandbox);
        shop.archive(true);
        shop
    })
    .await;
    assert_eq!(written(&world), Vec::<String>::new());
    // It is asked once it can change again.
    world.shop.archive(false);
    world.settle().await;
    assert_eq!(written(&world), WELCOMED);
}

#[tokio::test]
async fn an_empty_repository_is_welcomed_with_its_first_commit() {
    let mut world = World::installed_on(|sandbox| sandbox.repository("harbour/shop").empty().create()).await;
    sweeps(&mut world).await;
    assert_eq!(written(&world), Vec::<String>::new());
    world.shop.first_commit("dora", &[("README.md", "A shop.")]);
    world.settle().await;
    let file = world.shop.file(BRANCH, PATH).expect("the proposed file");
    assert!(file.contains("# environments:"), "{file}");
    assert_eq!(written(&world), WELCOMED);
}

#[tokio::test]
async fn without_the_permission_it_is_tried_once_a_day_and_told_to_who_asks() {
    let mut world = World::installed_on(|sandbox| {
        sandbox.register(|app| {
            app.permissions.insert("contents".to_owned(), Level::Read);
        });
        shop(sandbox)
    })
    .await;
    for _ in 0..3 {
        world.passes(SignedDuration::from_hours(7)).await;
        sweeps(&mut world).await;
    }
    assert_eq!(written(&world), ["POST /git/refs"]);
    let landed = world.lands("Later").await;
    let answer = world.says("mona", landed.number, "/promote staging").await;
    insta::assert_snapshot!(answer, @"**Nothing was done: Greenlight is not set up in this repository yet.** I wanted to propose a configuration, and GitHub does not let me. An administrator needs to grant Greenlight the permission `contents: write`, and accept it for this repository. A developer can also add `.github/greenlight.yml` to the default branch.");
    let installation = world.sandbox.installation("harbour").expect("installed");
    let mut permissions = world.sandbox.app().permissions;
    permissions.insert("contents".to_owned(), Level::Write);
    world.sandbox.set_permissions(installation, permissions);
    world.passes(SignedDuration::from_hours(4)).await;
    sweeps(&mut world).await;
    assert!(welcome(&world).open);
}

#[tokio::test]
async fn what_a_person_makes_of_the_file_is_checked_on_the_spot() {
    let world = World::installed_on(shop).await;
    let proposed = world.shop.head(BRANCH).expect("its branch");
    let report = |commit: &str| {
        let checks = world.shop.checks(commit).into_iter();
        checks
            .filter(|check| check.reporter == "greenlight")
            .map(|check| check.outcome)
            .collect::<Vec<_>>()
    };
    assert!(report(&proposed).is_empty());
    let edited = world
        .shop
        .commit(BRANCH, "mona", "Name her", &[(PATH, "owner: [anna]\n")]);
    world.settle().await;
    assert_eq!(report(&edited), ["failure"]);
}

#[tokio::test]
async fn an_operator_can_switch_it_off() {
    let mut world = World::with_configuration(None).await;
    assert!(welcomes(&world).is_empty());
    let landed = world.lands("Faster checkout").await;
    world.green(&landed.commit).await;
    world
        .says("mona", world.promotion("staging").number, "/promote staging")
        .await;
    assert_eq!(world.head("staging"), landed.commit);
    // Where it has been at work, it goes on as it did when the switch is turned.
    world.welcomes(true);
    sweeps(&mut world).await;
    assert!(welcomes(&world).is_empty());
}

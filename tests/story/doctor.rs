//! Set-ups that are broken, each in one way: the doctor names it and says what to do; a sound one is called sound.

use std::process::{Command, Output};

use greenlight::sandbox::{self, Fault, Level, Method, RuleKind};
use serde_json::Value;

use crate::canary;
use crate::world::{CONFIGURATION, SECRET, World};

/// The doctor as an operator runs it, with the settings that the bot has, but for these.
async fn doctor(world: &World, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let app = world.sandbox.app();
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlight"));
    command
        .arg("doctor")
        .args(arguments)
        .current_dir(world.folder())
        .env("GITHUB_APP_ID", app.id.to_string())
        .env("GITHUB_PRIVATE_KEY", sandbox::APP_PRIVATE_KEY)
        .env("GITHUB_WEBHOOK_SECRET", SECRET)
        .env("GITHUB_CLIENT_ID", app.client_id)
        .env("GITHUB_CLIENT_SECRET", app.client_secret)
        .env("PUBLIC_URL", format!("http://{}", world.bot_address()))
        .env("GITHUB_API_URL", world.sandbox.api_url())
        .env("GITHUB_URL", world.sandbox.url())
        .envs(settings.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("it runs")
        .expect("the program runs");
    canary::none_in_output(&output);
    output
}

/// What it found, as `weight about: what remedy`, a line each.
async fn report(world: &World, settings: &[(&str, &str)]) -> (bool, Vec<String>) {
    let output = doctor(world, &["harbour/shop", "--json"], settings).await;
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let healthy = report["healthy"].as_bool().expect("a verdict");
    assert_eq!(output.status.success(), healthy, "the exit code is the verdict");
    let line = |one: &Value| {
        let text = |key: &str| one[key].as_str().expect("a text").to_owned();
        format!(
            "{} {}: {} {}",
            text("weight"),
            text("about"),
            text("what"),
            text("remedy")
        )
    };
    (
        healthy,
        report["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .map(line)
            .collect(),
    )
}

/// A set-up with the second wall, checks reported, and everything else as it should be.
async fn sound() -> World {
    let world = World::start().await;
    for branch in ["staging", "production"] {
        world.shop.rule(branch, RuleKind::Update, true);
    }
    let commit = world.head("main");
    world.green(&commit).await;
    world
}

#[tokio::test]
async fn a_sound_set_up_is_called_sound() {
    let mut world = sound().await;
    let (healthy, found) = report(&world, &[]).await;
    assert!(healthy, "{found:#?}");
    let not_fine: Vec<_> = found.iter().filter(|line| !line.starts_with("fine")).collect();
    assert!(not_fine.is_empty(), "{not_fine:#?}");
    let output = doctor(&world, &[], &[]).await;
    let told = String::from_utf8_lossy(&output.stdout);
    let filters = vec![
        (r"http://127\.0\.0\.1:\d+", "https://greenlight.example.com"),
        (r"SQLite [\d.]+", "SQLite VERSION"),
        (r"last \d+ deliveries", "last N deliveries"),
    ];
    insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(told, @r"
    Fine
      database: greenlight.db is SQLite VERSION with the journal wal, written with synchronous = FULL.
      credentials: GitHub knows the App by its id and key.
      clock: This machine's clock agrees with GitHub's.
      permission: The App asks for every permission and hears every event that it needs.
      webhook: GitHub sends deliveries to https://greenlight.example.com/webhook, as JSON and with a secret.
      deliveries: The last N deliveries were taken.
      installation: The App is installed on harbour.
      sign-in: People can sign in to the pages.
    ") });
    world.bot_stops().await;
}

/// What is broken, by whom, and what has to be found: its weight and subject, and fragments of what is said.
type Broken = (
    &'static str,
    fn(&World),
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

fn nothing(_: &World) {}

/// Made for this test; it opens nothing.
const OTHER_KEY: &str = include_str!("../support/key-of-nobody.pem");

const BROKEN: [Broken; 22] = [
    (
        "the key of another App",
        nothing,
        &[("GITHUB_PRIVATE_KEY", OTHER_KEY)],
        &["wrong credentials", "GITHUB_APP_ID and the private key"],
    ),
    (
        "the id of another App",
        nothing,
        &[("GITHUB_APP_ID", "1")],
        &["wrong credentials", "GITHUB_APP_ID"],
    ),
    (
        "no GitHub at that address",
        nothing,
        &[("GITHUB_API_URL", "http://127.0.0.1:9")],
        &["wrong credentials", "GITHUB_API_URL"],
    ),
    (
        "a missing permission",
        |world| {
            world.sandbox.register(|app| {
                app.permissions.remove("checks");
            })
        },
        &[],
        &["wrong permission", "checks: write"],
    ),
    (
        "a permission that is too weak",
        |world| {
            world.sandbox.register(|app| {
                app.permissions.insert("contents".into(), Level::Read);
            })
        },
        &[],
        &["wrong permission", "contents: write"],
    ),
    (
        "a missing event",
        |world| {
            world.sandbox.register(|app| {
                app.events.remove("issue_comment");
            })
        },
        &[],
        &["wrong event", "issue_comment", "Subscribe to events"],
    ),
    (
        "permissions that were not accepted",
        |world| {
            let id = world.sandbox.installation("harbour").expect("it is installed");
            let less = world
                .sandbox
                .app()
                .permissions
                .into_iter()
                .filter(|(name, _)| name != "deployments")
                .collect();
            world.sandbox.set_permissions(id, less);
        },
        &[],
        &["wrong installation", "has not accepted", "deployments: write"],
    ),
    (
        "a suspended installation",
        |world| {
            world
                .sandbox
                .suspend(world.sandbox.installation("harbour").expect("it is installed"), true)
        },
        &[],
        &["wrong installation", "suspended"],
    ),
    (
        "no installation",
        |world| {
            world
                .sandbox
                .uninstall(world.sandbox.installation("harbour").expect("it is installed"))
        },
        &[],
        &["wrong installation", "not installed anywhere"],
    ),
    (
        "a repository that was left out",
        |world| world.shop.set_installed(false),
        &[],
        &["wrong repository", "does not reach harbour/shop"],
    ),
    (
        "deliveries as forms",
        |world| world.sandbox.register(|app| app.hook_content_type = "form".into()),
        &[],
        &["wrong webhook", "application/json"],
    ),
    (
        "a webhook without a secret",
        |world| {
            world
                .sandbox
                .set_webhook(&format!("http://{}/webhook", world.bot_address()), "")
        },
        &[],
        &["wrong webhook", "has no secret"],
    ),
    (
        "a webhook with another path",
        |world| {
            world
                .sandbox
                .move_webhook(&format!("http://{}/hook", world.bot_address()))
        },
        &[],
        &["wrong webhook", "takes them at /webhook"],
    ),
    (
        "a webhook to somewhere else",
        |world| world.sandbox.move_webhook("http://127.0.0.1:9/webhook"),
        &[],
        &["doubtful webhook", "PUBLIC_URL"],
    ),
    (
        "a ruleset without bypass",
        |world| {
            world.shop.remove_rules("staging");
            world.shop.rule("staging", RuleKind::Update, false);
        },
        &[],
        &["wrong second wall", "Greenlight too", "bypass list"],
    ),
    (
        "no second wall",
        |world| world.shop.remove_rules("production"),
        &[],
        &["doubtful second wall", "move production past Greenlight"],
    ),
    (
        "a check that nobody reports",
        |world| {
            world.shop.rule(
                "staging",
                RuleKind::RequiredStatusChecks(vec![("ci/biuld".into(), None)]),
                true,
            );
        },
        &[],
        &["doubtful checks", "ci/biuld"],
    ),
    (
        "an owner who does not exist",
        |world| configured(world, &CONFIGURATION.replace("[anna]", "[anna, nobody-of-that-name]")),
        &[],
        &["wrong owners", "nobody-of-that-name"],
    ),
    (
        "a team that cannot be read",
        |world| configured(world, &CONFIGURATION.replace("[anna]", "[anna, \"@harbour/product\"]")),
        &[],
        &["wrong owners", "harbour/product", "members: read"],
    ),
    (
        "a mistake in the configuration",
        |world| configured(world, &CONFIGURATION.replace("owners:", "owner:")),
        &[],
        &["wrong configuration", "greenlight check"],
    ),
    (
        "an environment without a branch",
        |world| configured(world, &format!("{CONFIGURATION}  - name: canary\n")),
        &[],
        &["wrong environment", "canary has no branch", "git push"],
    ),
    (
        "squash only, where merges are wanted",
        |world| {
            world.shop.allow_methods(&[Method::Squash]);
            configured(world, &format!("{CONFIGURATION}merge_method: merge\n"));
        },
        &[],
        &["wrong merging", "by merge", "merge_method"],
    ),
];

fn configured(world: &World, file: &str) {
    world
        .shop
        .commit("main", "dora", "Configure", &[(".github/greenlight.yml", file)]);
}

#[tokio::test]
async fn each_of_these_broken_set_ups_is_named_with_its_remedy() {
    for (what, breaks, settings, said) in BROKEN {
        let mut world = sound().await;
        breaks(&world);
        let (healthy, found) = report(&world, settings).await;
        let found_it = found
            .iter()
            .any(|line| said.iter().all(|fragment| line.contains(fragment)));
        assert!(found_it, "{what}: {said:?} in {found:#?}");
        assert_eq!(healthy, !said[0].starts_with("wrong"), "{what}: {found:#?}");
        world.bot_stops().await;
    }
}

/// Without a file the environments are those whose branches exist, and they need the same.
#[tokio::test]
async fn a_repository_without_a_configuration_is_looked_at_as_well() {
    let mut world = World::with_configuration(None).await;
    let (_, found) = report(&world, &[]).await;
    for told in [
        "doubtful configuration: There is no .github/greenlight.yml",
        "doubtful second wall: Anybody who may push can move staging",
        "doubtful second wall: Anybody who may push can move production",
    ] {
        assert!(found.iter().any(|line| line.starts_with(told)), "{told}: {found:#?}");
    }
    world.bot_stops().await;
}

#[tokio::test]
async fn refused_deliveries_are_told_with_what_the_answer_means() {
    let mut world = sound().await;
    let url = format!("http://{}/webhook", world.bot_address());
    world
        .sandbox
        .set_webhook(&url, "another secret than the bot knows, of the right length");
    world.sandbox.deliveries_done().await;
    let (_, found) = report(&world, &[]).await;
    let told = found
        .iter()
        .find(|line| line.contains(" deliveries: "))
        .expect("it looked");
    assert!(
        told.contains("answered with 401") && told.contains("GITHUB_WEBHOOK_SECRET differ"),
        "{told}"
    );
    world.bot_stops().await;
}

/// D1: a part of GitHub that does not answer is no good news about that part, and hides nothing else.
#[tokio::test]
async fn what_could_not_be_read_is_said_and_never_called_fine() {
    let mut world = sound().await;
    world.sandbox.fault(Fault::Status(500), "GET", "/app/hook/config", 100);
    let (_, found) = report(&world, &[]).await;
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("doubtful webhook: This could not be found out")),
        "{found:#?}"
    );
    assert!(
        found.iter().any(|line| line.starts_with("fine credentials")),
        "{found:#?}"
    );
    world.sandbox.good_days();
    world.bot_stops().await;
}

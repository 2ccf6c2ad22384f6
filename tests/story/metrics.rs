//! What whoever runs Greenlight can watch: every number is served, moves when it should, and is the one that the documentation,
//! the dashboard and the alerts speak of.

use std::collections::BTreeSet;
use std::path::Path;

use crate::canary;
use crate::world::World;

/// The value of a line, by all that stands before it; zero where it is not there.
fn value(page: &str, line: &str) -> f64 {
    let found = page.lines().find_map(|one| one.strip_prefix(line)?.strip_prefix(' '));
    found.map_or(0.0, |text| text.parse().expect("a number"))
}

/// A feature came to staging, the next one cannot: what was pushed there directly has to come back first.
async fn promoted() -> World {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    world.green(&feature.commit).await;
    world.says("anna", promotion, "/promote staging").await;
    world.lands("Opening hours").await;
    world
        .shop
        .commit("staging", "dora", "Mend it here", &[("mended.txt", "yes")]);
    world.settle().await;
    let next = world.promotion("staging").number;
    world.says("anna", next, "/promote staging").await;
    world
}

#[tokio::test]
async fn a_promotion_can_be_watched_from_its_first_delivery_to_its_end() {
    let mut world = promoted().await;
    let page = world.metrics().await;
    for (line, count) in [
        ("greenlight_promotions_total{result=\"promoted\"}", 1.0),
        ("greenlight_promotions_total{result=\"refused\"}", 1.0),
        ("greenlight_gates_shut_total{gate=\"history\"}", 1.0),
        ("greenlight_effects_total{effect=\"move\",outcome=\"done\"}", 1.0),
        ("greenlight_inbox{state=\"waiting\"}", 0.0),
        ("greenlight_inbox{state=\"dead\"}", 0.0),
        ("greenlight_lease_steals_total", 0.0),
        ("greenlight_database_up", 1.0),
    ] {
        assert_eq!(value(&page, line), count, "{line}\n{page}");
    }
    for line in [
        "greenlight_deliveries_total{answer=\"stored\"}",
        "greenlight_looks_total{end=\"done\"}",
        "greenlight_look_seconds_count",
        "greenlight_github_calls_total{class=\"read\"}",
        "greenlight_github_calls_total{class=\"write\"}",
    ] {
        assert!(value(&page, line) > 0.0, "{line}\n{page}");
    }
    canary::none_in("the metrics", page.as_bytes());
    world.bot_stops().await;
}

/// The names of metrics in a text, as Prometheus knows them.
fn named(text: &str) -> BTreeSet<String> {
    let word = |one: char| one.is_ascii_alphanumeric() || one == '_';
    text.split(|one: char| !word(one))
        .filter(|name| name.starts_with("greenlight_"))
        .map(str::to_owned)
        .collect()
}

fn documented(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[tokio::test]
async fn the_documentation_names_what_is_served_and_nothing_else() {
    let mut world = promoted().await;
    let served: BTreeSet<String> = world
        .metrics()
        .await
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .filter_map(|line| line.split_once(' '))
        .map(|(name, kind)| match kind {
            "counter" => format!("{name}_total"),
            _ => name.to_owned(),
        })
        .collect();
    assert!(served.len() > 12, "{served:#?}");
    assert_eq!(named(&documented("operate.md")), served);
    for file in ["grafana.json", "alerts.yml"] {
        let used = named(&documented(file));
        assert!(used.len() > 4, "{file}: {used:#?}");
        for name in used {
            let family = name.strip_suffix("_bucket").unwrap_or(&name);
            assert!(served.contains(family), "{file} asks for {name}, which is not served");
        }
    }
    world.bot_stops().await;
}

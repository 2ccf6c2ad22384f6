//! What became of it all, from GitHub's history and the database alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use greenlight::sandbox::Repository;

use crate::storm::Engine;
use crate::town::Town;

/// What is still to be done, said in both engines' words: empty when there is nothing. An effect whose end nobody knows is none
/// of it where nothing wishes for it any more: it is only looked for when it is wished for again.
pub const AT_WORK: &str = "
    SELECT 'delivery ' || guid FROM inbox WHERE state = 'new'
    UNION ALL SELECT 'held ' || repo_id FROM work WHERE lease_until IS NOT NULL
    UNION ALL SELECT 'tried again ' || repo_id || ': ' || coalesce(last_error, '') FROM work WHERE state <> 'active'
    UNION ALL SELECT 'request ' || request_id FROM request WHERE settled = 0";

const KNOWN: &str = "SELECT guid || ' ' || state FROM inbox";

/// The damage that SQLite finds, row for row.
const SQLITE_DAMAGE: &str = "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'";

/// Every index against its table, and so every row of each; whatever is found is an error.
const POSTGRES_DAMAGE: &str = "
    CREATE EXTENSION IF NOT EXISTS amcheck;
    DO $$ BEGIN
        PERFORM bt_index_parent_check(index.oid, true) FROM pg_class AS index JOIN pg_am ON pg_am.oid = index.relam
        WHERE amname = 'btree' AND relkind = 'i' AND relnamespace = 'public'::regnamespace;
    END $$;";

#[derive(Default)]
pub struct Figures {
    pub kills: u32,
    pub freezes: u32,
    pub restarts: u32,
    pub seconds: u64,
    acknowledged: usize,
    refused: usize,
    answered: usize,
    moves: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} kills, {} freezes past the lease, {} restarts of the database in {} s: {} deliveries acknowledged and settled \
             ({} not acknowledged), {} commands answered once each, {} moves once each, database intact",
            self.kills,
            self.freezes,
            self.restarts,
            self.seconds,
            self.acknowledged,
            self.refused,
            self.answered,
            self.moves
        )
    }
}

pub async fn of(engine: &Engine, town: &Town, mut figures: Figures) -> Figures {
    let acknowledged = nothing_acknowledged_is_lost(engine, town, &mut figures).await;
    every_command_has_one_answer(town, &acknowledged, &mut figures);
    for shop in &town.shops {
        nothing_is_said_twice(shop);
        nothing_moves_twice_or_back(shop, &mut figures);
    }
    is_intact(engine).await;
    // A storm in which nothing happened would prove nothing.
    assert!(
        figures.acknowledged > 0 && figures.answered > 0 && figures.moves > 0,
        "{figures}"
    );
    figures
}

/// The ids of the comments whose deliveries were acknowledged.
async fn nothing_acknowledged_is_lost(engine: &Engine, town: &Town, figures: &mut Figures) -> BTreeSet<u64> {
    let known = engine.texts(KNOWN).await;
    let known: HashMap<&str, &str> = known.iter().filter_map(|row| row.split_once(' ')).collect();
    let mut comments = BTreeSet::new();
    for delivery in town.sandbox.deliveries() {
        if delivery.answer != Some(202) {
            figures.refused += 1;
            continue;
        }
        figures.acknowledged += 1;
        match known.get(delivery.guid.as_str()) {
            Some(&"done" | &"ignored") => {}
            Some(state) => panic!(
                "nothing came of {}: it is {state}: {}",
                delivery.event, delivery.payload
            ),
            None => panic!("{} {} is lost: {}", delivery.event, delivery.guid, delivery.payload),
        }
        if delivery.event == "issue_comment" {
            comments.extend(delivery.payload["comment"]["id"].as_u64());
        }
    }
    comments
}

fn every_command_has_one_answer(town: &Town, acknowledged: &BTreeSet<u64>, figures: &mut Figures) {
    let asked = town.asked.lock().expect("no panic under the lock");
    for &(place, pull, comment) in asked.iter() {
        let marker = format!("<!-- greenlight:answer {comment} -->");
        let comments = town.shops[place].comments(pull);
        let answers: Vec<_> = comments.iter().filter(|found| found.body.contains(&marker)).collect();
        let least = usize::from(acknowledged.contains(&comment));
        assert!(
            (least..=1).contains(&answers.len()),
            "comment {comment} on #{pull} has {} answers: {answers:#?}",
            answers.len()
        );
        figures.answered += answers.len();
    }
}

/// Answers, cards and notes each have a hidden marker of their own, and there is at most one open pull request into a stage.
fn nothing_is_said_twice(shop: &Repository) {
    for pull in shop.pulls() {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for comment in shop.comments(pull.number) {
            let marked = comment
                .body
                .rsplit_once("<!-- greenlight:")
                .map(|(_, marker)| marker.to_owned());
            if let Some(marker) = marked.filter(|_| comment.author.ends_with("[bot]")) {
                *times.entry(marker).or_default() += 1;
            }
        }
        times.retain(|_, times| *times > 1);
        assert!(times.is_empty(), "said more than once on #{}: {times:#?}", pull.number);
    }
    for stage in ["staging", "production"] {
        let open: Vec<_> = shop
            .open_pulls()
            .into_iter()
            .filter(|pull| pull.base == stage)
            .collect();
        assert!(open.len() <= 1, "{open:#?}");
    }
    let mut deployed: HashMap<(String, String), usize> = HashMap::new();
    for one in shop.deployments() {
        *deployed.entry((one.environment, one.sha)).or_default() += 1;
    }
    deployed.retain(|_, times| *times > 1);
    assert!(deployed.is_empty(), "deployed more than once: {deployed:#?}");
}

/// Nobody asks for a rollback here, so every move goes forward, to where the branch never was before.
fn nothing_moves_twice_or_back(shop: &Repository, figures: &mut Figures) {
    for stage in ["staging", "production"] {
        let moves: Vec<String> = shop.moves(stage).into_iter().filter_map(|moved| moved.after).collect();
        for (before, after) in moves.iter().zip(&moves[1..]) {
            assert!(
                before != after && shop.is_ancestor(before, after),
                "{stage} went from {before} to {after}"
            );
        }
        figures.moves += moves.len() - 1;
    }
}

async fn is_intact(engine: &Engine) {
    let sql = match engine {
        Engine::Sqlite { .. } => SQLITE_DAMAGE,
        Engine::Postgres(..) => POSTGRES_DAMAGE,
    };
    assert_eq!(engine.texts(sql).await, Vec::<String>::new());
}

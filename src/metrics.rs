//! What Greenlight counts about itself, for whoever watches it: served at `/metrics` in the OpenMetrics text format.
//!
//! Names and labels are a contract with dashboards and alerts: `docs/operate.md` lists them all, and `tests/house` holds the
//! list, the dashboard and the alert rules against what is really served. No label ever holds what people wrote, so that
//! nobody can make their number grow.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// The content type of [`Metrics::page`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How a delivery was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Delivery {
    answer: &'static str,
}

/// How a look ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Look {
    end: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Effect {
    effect: String,
    outcome: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Promotion {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Gate {
    gate: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    class: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limit {
    /// `app`, or an installation's number.
    of: String,
    /// `rest` or `graphql`: GitHub counts them apart.
    api: &'static str,
}

/// What is counted while the program works. Clones count together.
#[derive(Clone, Default)]
pub struct Metrics {
    counted: Arc<Counted>,
}

struct Counted {
    deliveries: Family<Delivery, Counter>,
    looks: Family<Look, Counter>,
    look_time: Histogram,
    steals: Counter,
    effects: Family<Effect, Counter>,
    promotions: Family<Promotion, Counter>,
    gates: Family<Gate, Counter>,
}

/// Results of promotions, so that each is there as a zero before it happened: a rate cannot be taken of what is not there.
const RESULTS: [&str; 4] = ["promoted", "refused", "deployment_failed", "rolled_back"];

impl Default for Counted {
    fn default() -> Self {
        let promotions = Family::<Promotion, Counter>::default();
        for result in RESULTS {
            drop(promotions.get_or_create(&Promotion { result }));
        }
        Self {
            deliveries: Family::default(),
            looks: Family::default(),
            // From 10 ms to 80 s.
            look_time: Histogram::new(exponential_buckets(0.01, 2.0, 14)),
            steals: Counter::default(),
            effects: Family::default(),
            promotions,
            gates: Family::default(),
        }
    }
}

impl Metrics {
    /// A delivery was answered.
    pub fn delivery(&self, answer: &'static str) {
        self.counted.deliveries.get_or_create(&Delivery { answer }).inc();
    }

    /// A look ended, however it did.
    pub fn look(&self, end: &'static str, took: Duration) {
        self.counted.looks.get_or_create(&Look { end }).inc();
        self.counted.look_time.observe(took.as_secs_f64());
    }

    /// A repository was claimed whose last holder had not been heard of for the whole of its lease.
    pub fn steal(&self) {
        self.counted.steals.inc();
    }

    /// An effect was carried out; `key` as in the ledger, of which only the kind is kept.
    pub fn effect(&self, key: &str, outcome: &'static str) {
        let effect = key.split(':').next().unwrap_or_default().to_owned();
        self.counted.effects.get_or_create(&Effect { effect, outcome }).inc();
    }

    /// A promotion came to an end, or was refused.
    pub fn promotion(&self, result: &'static str) {
        self.counted.promotions.get_or_create(&Promotion { result }).inc();
    }

    /// A promotion was refused or decided; `line` is how one gate stood, as in the ledger: `order: shut`.
    pub fn gate(&self, line: &str) {
        let Some((gate, "shut")) = line.split_once(": ") else {
            return;
        };
        let gate = gate.to_owned();
        self.counted.gates.get_or_create(&Gate { gate }).inc();
    }

    /// Everything, with what is read anew for each page.
    pub fn page(&self, now: Timestamp, reading: &Reading) -> String {
        let mut registry = Registry::with_prefix("greenlight");
        self.counted.register(&mut registry);
        reading.register(&mut registry, now);
        let mut page = String::new();
        if encode(&mut page, &registry).is_err() {
            // Writing into a text cannot fail; were it to, half a page would be taken for a whole one.
            page.clear();
            let _ = writeln!(page, "# EOF");
        }
        page
    }
}

impl Counted {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "deliveries",
            "Deliveries by how they were answered",
            self.deliveries.clone(),
        );
        registry.register("looks", "Looks at repositories by how they ended", self.looks.clone());
        registry.register_with_unit("look", "How long looks took", Unit::Seconds, self.look_time.clone());
        registry.register(
            "lease_steals",
            "Repositories that were taken over from a holder that was not heard of any more",
            self.steals.clone(),
        );
        registry.register("effects", "Changes on GitHub by kind and outcome", self.effects.clone());
        registry.register("promotions", "Promotions by result", self.promotions.clone());
        registry.register(
            "gates_shut",
            "Gates that were shut when a promotion was refused",
            self.gates.clone(),
        );
    }
}

/// What is not counted along the way but read when it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// `None`: the database did not say.
    pub work: Option<Work>,
    /// Calls to GitHub since the start, by class.
    pub calls: Vec<(&'static str, u64)>,
    /// What is left of this hour's calls: of whom, of which API, how many.
    pub left: Vec<(String, &'static str, u64)>,
}

/// How much work there is.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Deliveries by state.
    pub deliveries: Vec<(&'static str, u64)>,
    /// Repositories by state.
    pub repositories: Vec<(&'static str, u64)>,
    /// When the oldest delivery arrived that still waits.
    pub oldest_at: Option<Timestamp>,
}

impl Reading {
    fn register(&self, registry: &mut Registry, now: Timestamp) {
        let calls = Family::<Call, Counter>::default();
        for (class, count) in &self.calls {
            calls.get_or_create(&Call { class }).inc_by(*count);
        }
        registry.register("github_calls", "Calls to GitHub by class", calls);
        let left = Family::<Limit, Gauge>::default();
        for (of, api, count) in &self.left {
            let limit = Limit { of: of.clone(), api };
            left.get_or_create(&limit).set(gauge(*count));
        }
        registry.register("github_calls_left", "Calls that GitHub still allows in this hour", left);
        let up = Gauge::<i64>::default();
        up.set(self.work.is_some().into());
        registry.register("database_up", "Whether the database answers", up);
        if let Some(work) = &self.work {
            work.register(registry, now);
        }
    }
}

impl Work {
    fn register(&self, registry: &mut Registry, now: Timestamp) {
        let by_state = |counts: &[(&'static str, u64)]| {
            let family = Family::<State, Gauge>::default();
            for (state, count) in counts {
                family.get_or_create(&State { state }).set(gauge(*count));
            }
            family
        };
        registry.register(
            "inbox",
            "Deliveries in the inbox that wait, or that a person has to look at",
            by_state(&self.deliveries),
        );
        registry.register(
            "repositories",
            "Repositories by what is to be done with them",
            by_state(&self.repositories),
        );
        let oldest = Gauge::<i64>::default();
        let waits = self.oldest_at.map_or(0, |at| now.duration_since(at).as_secs().max(0));
        oldest.set(waits);
        registry.register_with_unit(
            "oldest_delivery_waits",
            "For how long the oldest delivery has waited",
            Unit::Seconds,
            oldest,
        );
    }
}

fn gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

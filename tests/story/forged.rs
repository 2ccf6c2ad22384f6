//! A stolen webhook secret buys reads, and never a move: whatever is delivered, rightly signed, counts only as far as GitHub
//! confirms it.
//!
//! All forgeries meet one busy repository, where everything that they tell would lead to something if it were so. None of them
//! makes Greenlight write one byte. Then the same things happen in earnest, and each does what it should.

mod forgeries;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use greenlight::sandbox::{Exchange, Fault};
use jiff::SignedDuration;
use ring::hmac;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{LABEL, Landed, SECRET, World};

/// What GitHub does not know is asked for five seconds long, since it may only be late; several such looks may follow each other.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Sends a delivery as GitHub would, rightly signed, under a GUID that was never seen before.
pub async fn forges(world: &World, event: &str, payload: &Value) {
    posts(world, event, payload).await;
    world.settle().await;
}

pub async fn posts(world: &World, event: &str, payload: &Value) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let guid = format!("00000000-0000-4000-8000-{:012x}", NEXT.fetch_add(1, Ordering::Relaxed));
    let body = payload.to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature: String = hmac::sign(&key, body.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let request = format!(
        "POST /webhook HTTP/1.1\r\nhost: greenlight\r\nconnection: close\r\ncontent-type: application/json\r\n\
         x-github-event: {event}\r\nx-github-delivery: {guid}\r\n\
         x-hub-signature-256: sha256={signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(world.bot_address()).await.expect("a connection");
    connection.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

/// Everything that Greenlight wrote on GitHub since the record was begun anew.
pub fn written(world: &World) -> Vec<String> {
    let is_write = |one: &&Exchange| one.method != "GET" && !one.path.ends_with("/access_tokens");
    let exchanges = world.sandbox.exchanges();
    let writes = exchanges.iter().filter(is_write);
    writes.map(|one| format!("{} {}", one.method, one.path)).collect()
}

/// A repository in the middle of things.
struct Busy {
    world: World,
    /// On staging, where its deployment is awaited; armed into production.
    moved: Landed,
    /// In main with a check that runs; armed into staging.
    armed: Landed,
    /// Labelled, green, on its card; nobody accepted it.
    ready: u64,
    /// Open, green, and without the label.
    plain: u64,
    /// A workflow run that asks whether it may deploy `armed` into production.
    run: u64,
    /// Anna's words without a command, on the promotion pull request into staging.
    remark: u64,
    /// Carl's `/promote production`, which was refused.
    refused: u64,
}

const BUSY: &str = "\
owners: [anna]
environments:
  - name: staging
    deployed_when: deployment
  - name: production
previews:
  - name: dev-1
";

impl Busy {
    async fn start() -> Self {
        let mut world = World::with_configuration(Some(BUSY)).await;
        world.shop.protect("production");
        let heroku = world.shop.deploy("heroku", &world.head("staging"), "staging");
        let heroku = heroku.expect("a deployment");
        world
            .shop
            .deployment_status("heroku", heroku, "success")
            .expect("a state");
        world.settle().await;
        let moved = world.lands("Faster checkout").await;
        world.green(&moved.commit).await;
        world
            .says("anna", world.promotion("staging").number, "/promote staging")
            .await;
        assert_eq!(world.head("staging"), moved.commit);
        world
            .says("anna", world.promotion("production").number, "/promote production")
            .await;
        assert_eq!(world.moves("production"), 0, "its deployment to staging is awaited");
        let armed = world.lands("Gift cards").await;
        world.check(&armed.commit, "test", "in_progress").await;
        world
            .says("anna", world.promotion("staging").number, "/promote staging")
            .await;
        let ready = world.feature("Search by colour");
        world.shop.label("dora", ready, LABEL).expect("a label");
        let plain = world.feature("Wish lists");
        for pull in [ready, plain] {
            let head = world.shop.pull(pull).expect("it").head_sha;
            world.green(&head).await;
        }
        let run = world
            .shop
            .workflow_run("dora", "push", &armed.commit, "production")
            .expect("a run");
        world.settle().await;
        let remark = world.writes("anna", world.promotion("staging").number, "Looks good.");
        world.settle().await;
        let refused = world.writes("carl", world.promotion("production").number, "/promote production");
        world.settle().await;
        let busy = Self {
            world,
            moved,
            armed,
            ready,
            plain,
            run,
            remark,
            refused,
        };
        // Until everything is written that is to be written in any case.
        busy.world.passes(SignedDuration::from_mins(2)).await;
        busy.world.sandbox.forget_exchanges();
        busy
    }

    async fn wrote_nothing_after(&self, what: &str) {
        self.world.settle_within(PATIENCE).await;
        assert_eq!(written(&self.world), Vec::<String>::new(), "after {what}");
        assert_eq!(self.world.moves("staging"), 1, "after {what}");
        assert_eq!(self.world.moves("production"), 0, "after {what}");
    }

    /// What every payload says of itself. The attacker knows all the numbers.
    fn payload(&self, action: &str, more: Value) -> Value {
        let world = &self.world;
        let anna = world.sandbox.user("anna");
        let mut payload = json!({
            "action": action,
            "repository": { "id": world.shop.id(), "full_name": world.shop.full_name() },
            "installation": { "id": world.sandbox.installation("harbour").expect("installed") },
            "sender": { "id": anna, "login": "anna", "type": "User" },
        });
        let more = more.as_object().expect("an object").clone();
        payload.as_object_mut().expect("an object").extend(more);
        payload
    }
}

#[tokio::test]
async fn nothing_that_is_forged_makes_greenlight_write() {
    let busy = Busy::start().await;
    for (kind, forged) in forgeries::all(&busy) {
        for (_, event, payload) in &forged {
            posts(&busy.world, event, payload).await;
        }
        let told: Vec<&str> = forged.iter().map(|(what, _, _)| what.as_str()).collect();
        busy.wrote_nothing_after(&format!("{kind}: {}", told.join(", "))).await;
    }
    // Nor later, when whatever was put off comes due.
    busy.world.passes(SignedDuration::from_mins(10)).await;
    busy.wrote_nothing_after("all of them").await;

    // What they told happens in earnest, and everything was there to be had.
    let Busy {
        mut world,
        moved,
        armed,
        ready,
        plain,
        ..
    } = busy;
    let deployments = world.shop.deployments();
    let ours = deployments.iter().rfind(|one| one.sha == moved.commit);
    let ours = match ours {
        Some(one) => one.id,
        None => world
            .shop
            .deploy("heroku", &moved.commit, "staging")
            .expect("a deployment"),
    };
    world
        .shop
        .deployment_status("heroku", ours, "success")
        .expect("a state");
    world.settle().await;
    assert_eq!(world.head("production"), moved.commit, "its deployment is seen now");
    world.green(&armed.commit).await;
    assert_eq!(world.head("staging"), armed.commit, "its check is seen now");
    world.says("anna", ready, "/accept").await;
    assert!(world.shop.pull(ready).expect("it").merged, "her word counts now");
    world.shop.label("dora", plain, LABEL).expect("a label");
    world.settle().await;
    assert!(!world.bot_comments(plain).is_empty(), "the label is seen now");
    assert_eq!(world.lands("One more").await.commit, world.head("main"));
}

/// Every delivery that GitHub ever sent, once more under another GUID: each is old news.
#[tokio::test]
async fn old_deliveries_under_new_guids_repeat_nothing() {
    let busy = Busy::start().await;
    let told = busy.world.sandbox.deliveries();
    assert!(
        told.iter()
            .any(|one| one.payload["comment"]["body"] == "/promote staging")
    );
    for one in &told {
        let Some(payload) = one.payload.as_object() else {
            continue;
        };
        forges(&busy.world, &one.event, &Value::Object(payload.clone())).await;
    }
    busy.wrote_nothing_after("every delivery once more").await;

    // Nor do they bring anything back that was taken away since.
    let Busy { world, moved, .. } = busy;
    world.says("anna", world.promotion("staging").number, "/cancel").await;
    let moves = world.shop.moves("staging");
    let before = moves[0].after.clone().expect("where it began");
    world
        .says("anna", world.promotion("production").number, "/rollback staging")
        .await;
    assert_eq!(world.head("staging"), before, "{moved:?}");
    world.passes(SignedDuration::from_mins(2)).await;
    world.sandbox.forget_exchanges();
    for one in &told {
        forges(&world, &one.event, &one.payload).await;
    }
    assert_eq!(world.head("staging"), before);
    assert_eq!(written(&world), Vec::<String>::new());
}

/// A delivery that names another installation, or another place, leads nowhere and to no standstill.
#[tokio::test]
async fn a_delivery_that_leads_elsewhere_is_made_up_for_by_the_next_true_one() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let others = world.sandbox.repository("eve/trap").file("README.md", "Hers.").create();
    others.branch("staging", &others.head("main").expect("main"));
    let elsewhere = others.head("staging");
    for (installation, name) in [
        (json!(999_999_999), "harbour/shop"),
        (
            json!(world.sandbox.installation("eve").expect("installed")),
            "harbour/shop",
        ),
        (json!(world.sandbox.installation("eve").expect("installed")), "eve/trap"),
        (
            json!(world.sandbox.installation("harbour").expect("installed")),
            "harbour/gone",
        ),
        (
            json!(world.sandbox.installation("harbour").expect("installed")),
            "eve/trap",
        ),
    ] {
        let payload = json!({
            "ref": "refs/heads/staging", "after": feature.commit,
            "repository": { "id": world.shop.id(), "full_name": name },
            "installation": { "id": installation },
            "sender": { "id": 1, "login": "anna", "type": "User" },
        });
        forges(&world, "push", &payload).await;
    }
    let promotion = world.promotion("staging").number;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    for _ in 0..6 {
        world.passes(SignedDuration::from_mins(1)).await;
    }
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    assert_eq!(others.head("staging"), elsewhere);
}

#[tokio::test]
async fn an_app_that_was_not_removed_goes_on() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    // Her command is stored, and waits for GitHub to come back.
    world.sandbox.fault(Fault::Status(503), "GET", "", 20);
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    let payload = json!({
        "action": "deleted",
        "installation": { "id": world.sandbox.installation("harbour").expect("installed") },
        "sender": { "id": 1, "login": "anna", "type": "User" },
    });
    forges(&world, "installation", &payload).await;
    for _ in 0..6 {
        world.passes(SignedDuration::from_mins(10)).await;
    }
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
}

//! Requests that GitHub never sends, each with the answer it gets and what is kept of it: nothing, or a delivery that waits for
//! a look, or a dead one. After all of them the server is as well as before.

mod bodies;
mod framing;
mod headers;
mod signatures;

use greenlight::store::Status;

use super::world::*;

/// What is left on disk of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Nothing,
    /// To be looked at.
    New,
    /// Authentic, and not to be read.
    Dead,
}

/// One request, byte for byte, and what is to come of it.
pub struct Attack {
    name: String,
    bytes: Vec<u8>,
    /// `None`: the connection ends without an answer.
    answer: Option<u16>,
    kept: Kept,
}

impl Attack {
    /// Refused with this status, and nothing is kept.
    pub fn refused(name: impl Into<String>, bytes: impl Into<Vec<u8>>, status: u16) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            answer: Some(status),
            kept: Kept::Nothing,
        }
    }

    /// Taken, as GitHub itself could have sent it.
    pub fn taken(name: impl Into<String>, bytes: impl Into<Vec<u8>>, kept: Kept) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            answer: Some(202),
            kept,
        }
    }

    /// Not even answered.
    pub fn cut_off(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            answer: None,
            kept: Kept::Nothing,
        }
    }
}

/// What a status was, one request later.
fn kept_since(before: &Status, after: &Status) -> Vec<Kept> {
    let new = (before.new..after.new).map(|_| Kept::New);
    let dead = (before.dead..after.dead).map(|_| Kept::Dead);
    new.chain(dead).collect()
}

/// Sends all of them, one after the other, each on a connection of its own.
async fn withstand(attacks: Vec<Attack>) {
    let world = world().await;
    let mut otherwise = Vec::new();
    for attack in attacks {
        let before = world.kept().await;
        let mut connection = world.connect().await;
        connection.write(&attack.bytes).await;
        if attack.answer.is_none() {
            connection.ends_its_sending().await;
        }
        let answer = connection.answer().await;
        let status = answer.as_ref().map(|(status, _)| *status);
        let kept = kept_since(&before, &world.kept().await);
        let expected: Vec<Kept> = Some(attack.kept)
            .filter(|kept| *kept != Kept::Nothing)
            .into_iter()
            .collect();
        if (status, &kept) != (attack.answer, &expected) {
            otherwise.push(format!("{}: {answer:?}, kept {kept:?}", attack.name));
        }
    }
    assert_eq!(otherwise, Vec::<String>::new());
    assert_eq!(world.get("/healthz").await.0, 200);
    let honest = comment().with("x-github-delivery", "after-all-of-them");
    assert_eq!(world.send(&honest).await, (202, r#"{"message":"Stored."}"#.to_owned()));
}

#[tokio::test]
async fn signatures_that_are_not_exactly_right() {
    withstand(signatures::all()).await;
}

#[tokio::test]
async fn headers_that_are_not_as_github_sends_them() {
    withstand(headers::all()).await;
}

#[tokio::test]
async fn bodies_in_every_shape() {
    withstand(bodies::all()).await;
}

#[tokio::test]
async fn requests_that_lie_about_where_they_end() {
    withstand(framing::all()).await;
}

/// What a refusal says helps the operator, and nobody who guesses.
#[tokio::test]
async fn a_refusal_names_the_setting_and_repeats_nothing_of_the_request() {
    let world = world().await;
    let right = sign(SECRET, &comment().body);
    let digits = right.strip_prefix("sha256=").expect("its prefix");
    let spoilt = comment().with("x-hub-signature-256", &format!("{right}<script>"));
    let (status, said) = world.send(&spoilt).await;
    assert_eq!(status, 401);
    assert!(said.contains("GITHUB_WEBHOOK_SECRET"), "{said}");
    assert!(!said.contains(digits) && !said.contains("script"), "{said}");
    let (status, said) = world.send(&comment().with("x-github-event", "<script>")).await;
    assert_eq!(status, 400);
    assert!(said.contains("X-GitHub-Delivery") && !said.contains("script"), "{said}");
    let (status, said) = world
        .send(&post("payload=%7B%7D").with("content-type", "text/plain"))
        .await;
    assert_eq!(status, 415);
    assert!(said.contains("content type to application/json"), "{said}");
}

/// The first one counts: who repeats a GUID changes nothing of what was acknowledged under it.
#[tokio::test]
async fn the_same_guid_with_another_body_changes_nothing() {
    let world = world().await;
    let first = comment();
    let second = post(r#"{"action":"created","repository":{"id":72,"full_name":"eve/shop"},"installation":{"id":10}}"#);
    assert_eq!(world.send(&first).await.1, r#"{"message":"Stored."}"#);
    assert_eq!(world.send(&second).await.1, r#"{"message":"Seen before."}"#);
    assert_eq!(world.bodies().await, [first.body]);
}

/// Unless the first one could not be read at all: then a redelivery is another chance, whatever it brings.
#[tokio::test]
async fn the_same_guid_with_another_body_revives_what_could_not_be_read() {
    let world = world().await;
    assert_eq!(world.status_of(&post("{")).await, 202);
    assert_eq!(world.kept().await.dead, 1);
    assert_eq!(world.status_of(&comment()).await, 202);
    let kept = world.kept().await;
    assert_eq!((kept.new, kept.dead), (1, 0));
    assert_eq!(world.bodies().await, [comment().body]);
}

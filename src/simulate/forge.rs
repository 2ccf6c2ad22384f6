//! Deliveries that GitHub never sent, from somebody who has the webhook's secret: rightly signed, and of a comment that says
//! something else, by somebody else, than the payload does.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::dice::Dice;
use crate::sandbox::Outgoing;

/// The number of a delivery that is in nobody's log.
pub const FORGED: u64 = 0;

/// Makes a delivery of the comment that a true one told of, with an owner's words in it; `None` where that is not of a comment.
pub fn forged(true_one: &Outgoing, secret: &str, dice: &mut Dice) -> Option<Outgoing> {
    let mut payload: Value = serde_json::from_slice(&true_one.body).ok()?;
    let words = [
        "/promote production",
        "/promote staging",
        "/accept",
        "/rollback production",
    ];
    payload["comment"]["body"] = json!(dice.word(&words));
    for (of, login) in [("comment", "user"), ("issue", "user")] {
        payload[of][login]["login"] = json!("anna");
    }
    payload["sender"]["login"] = json!("anna");
    if dice.happens(30) {
        // Nobody wrote such a comment.
        payload["comment"]["id"] = json!(4_000_000_000_u64 + dice.throw() % 1_000_000);
    }
    let body = Bytes::from(payload.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(&body);
    let signature: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let (high, low) = (dice.throw(), dice.throw());
    let guid = format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    );
    let headers = true_one.headers.iter().map(|(name, value)| {
        let value = match name.to_lowercase().as_str() {
            "x-github-delivery" => guid.clone(),
            "x-hub-signature-256" => format!("sha256={signature}"),
            _ => value.clone(),
        };
        (*name, value)
    });
    Some(Outgoing {
        id: FORGED,
        guid: guid.clone(),
        event: true_one.event.clone(),
        headers: headers.collect(),
        body,
    })
}

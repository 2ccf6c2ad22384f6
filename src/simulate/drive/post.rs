//! The way of the webhooks from GitHub to a replica: lost, late, twice, in another order, or forged.

use axum::body::Body;
use jiff::SignedDuration;
use tower::ServiceExt;

use super::{Run, RunError, SECRET};
use crate::sandbox::Outgoing;
use crate::simulate::forge::{FORGED, forged};
use crate::simulate::promises::Pressed;
use crate::simulate::sky::Carried;
use crate::store::Store;

impl Run {
    /// GitHub has something for us: it is on its way, or lost, or late.
    pub(super) fn takes(&mut self, outgoing: Outgoing) {
        let now = self.now();
        if outgoing.event == "check_run" {
            let body: serde_json::Value = serde_json::from_slice(&outgoing.body).unwrap_or_default();
            if body["action"] == "requested_action" {
                self.clicks.insert(outgoing.guid.clone(), Pressed::told_by(&body, now));
            }
        }
        let is_word = outgoing.event == "issue_comment";
        let carried = match is_word && std::mem::take(&mut self.people.loses_next) {
            true => Carried::Lost,
            false => self.sky.of_delivery(),
        };
        match carried {
            Carried::Well => self.post.push_back((now, outgoing)),
            Carried::Lost => {
                self.tally.lost_deliveries += 1;
                self.github.delivered(outgoing.id, None);
            }
            Carried::Twice => {
                self.post.push_back((now, outgoing.clone()));
                self.post.push_back((now, outgoing));
            }
            Carried::Late { secs } => {
                let at = now + SignedDuration::from_secs(secs);
                self.post.push_back((at, outgoing));
            }
        }
    }

    /// One webhook arrives at one replica; mostly the oldest.
    pub(super) async fn deliver(&mut self) -> Result<(), RunError> {
        let now = self.now();
        let ready: Vec<usize> = (0..self.post.len()).filter(|at| self.post[*at].0 <= now).collect();
        let place = match self.dice.happens(80) {
            true => ready.first().copied(),
            false => self.dice.one_of(&ready).copied(),
        };
        let Some((_, outgoing)) = place.and_then(|place| self.post.remove(place)) else {
            return Ok(());
        };
        let replica = self.dice.below(self.replicas.len());
        let mut request = http::Request::post("http://greenlight.sandbox/webhook");
        for (name, value) in &outgoing.headers {
            request = request.header(*name, value);
        }
        let Ok(request) = request.body(Body::from(outgoing.body.clone())) else {
            return Ok(());
        };
        let answered = self.replicas[replica].web.clone().oneshot(request).await;
        let status = answered.map_or(500, |response| response.status().as_u16());
        if outgoing.id != FORGED {
            self.github.delivered(outgoing.id, Some(status));
        }
        self.tally.deliveries += 1;
        if status == 202 {
            let guid = outgoing.guid.clone();
            let lacking = self.store()?.lacking(std::slice::from_ref(&guid)).await?;
            self.forgotten.extend(lacking);
        }
        let body: serde_json::Value = serde_json::from_slice(&outgoing.body).unwrap_or_default();
        let is_comment = outgoing.event == "issue_comment" && body["action"] == "created";
        if status == 202 && is_comment && outgoing.id != FORGED {
            self.heard.extend(body["comment"]["id"].as_u64());
            self.sample = Some(outgoing.clone());
        }
        self.tell(|| format!("{} {} arrives: {status}", outgoing.event, body["action"]));
        self.pass(SignedDuration::from_millis(3));
        Ok(())
    }

    /// Somebody has the webhook's secret.
    pub(super) fn forge(&mut self) {
        let made = self
            .sample
            .take()
            .and_then(|sample| forged(&sample, SECRET, &mut self.dice));
        if let Some(forged) = made {
            self.tally.forged += 1;
            let body: serde_json::Value = serde_json::from_slice(&forged.body).unwrap_or_default();
            self.forged.extend(body["comment"]["id"].as_u64());
            self.tell(|| format!("{} is forged", forged.guid));
            let now = self.now();
            self.post.push_back((now, forged));
        }
    }
}

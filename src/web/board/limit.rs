//! How much one address may ask: enough for anybody who reads, too little for who tries out.
//!
//! Each address has points that come back with time; signing in costs more than reading. Memory is bounded: what has all its points
//! back is forgotten, and when there are more addresses than are remembered, the new ones share one allowance.
//!
//! Accepted: behind a proxy the address is the last one that the proxy wrote to `X-Forwarded-For`. It is believed only where the
//! connection comes from a private address, so who shares a private network with Greenlight can choose his.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::Board;
use super::page::Trouble;
use crate::web::Peer;

/// Points of an address that has been quiet; they come back within a minute.
const POINTS: f64 = 300.0;
const POINTS_PER_SEC: f64 = POINTS / 60.0;

/// So that 20 sign-ins a minute are possible, each of which takes two requests.
const SIGN_IN_COST: f64 = 7.5;

/// One page may show many faces, and a browser keeps them for a day.
const FACE_COST: f64 = 0.1;

/// Addresses remembered at the same time, some 100 bytes each.
const ADDRESSES_MAX: usize = 10_000;

/// Whom those share who come when there is no room.
const EVERYBODY_ELSE: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// What each address has left.
#[derive(Default)]
pub struct Limit {
    left: Mutex<HashMap<IpAddr, (f64, Timestamp)>>,
}

impl Limit {
    /// Takes points; `false` if there are too few.
    pub fn take(&self, address: IpAddr, cost: f64, now: Timestamp) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if left.len() >= ADDRESSES_MAX && !left.contains_key(&address) {
            left.retain(|_, (points, at)| present(*points, *at, now) < POINTS);
        }
        let address = if left.len() >= ADDRESSES_MAX && !left.contains_key(&address) {
            EVERYBODY_ELSE
        } else {
            address
        };
        let (points, at) = left.entry(address).or_insert((POINTS, now));
        let has = present(*points, *at, now);
        let enough = has >= cost;
        (*points, *at) = (if enough { has - cost } else { has }, now);
        enough
    }
}

fn present(points: f64, at: Timestamp, now: Timestamp) -> f64 {
    let seconds = now.duration_since(at).as_secs_f64().max(0.0);
    (points + seconds * POINTS_PER_SEC).min(POINTS)
}

/// Lets through who has points left.
pub(super) async fn keep(State(board): State<Board>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let address = whose(peer, request.headers());
    let cost = match request.uri().path() {
        path if path.starts_with("/sign-in") => SIGN_IN_COST,
        path if path.starts_with("/faces/") => FACE_COST,
        _ => 1.0,
    };
    if !board.inner.limit.take(address, cost, board.inner.clock.now()) {
        return Trouble::TooFast.into_response();
    }
    next.run(request).await
}

/// Whose points a request takes.
pub fn whose(peer: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
    peer.map_or(EVERYBODY_ELSE, |peer| asking(peer, headers))
}

/// Whose request it is. Of IPv6 addresses the first half counts: one household has all that begin so.
fn asking(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let peer = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter();
    let told = lines
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .last()
        .and_then(|last| last.trim().parse::<IpAddr>().ok());
    let address = told.filter(|_| is_private(peer)).unwrap_or(peer).to_canonical();
    match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use jiff::SignedDuration;

    const NOON: Timestamp = Timestamp::constant(1_790_000_000, 0);

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0100_0000 + n))
    }

    #[test]
    fn points_come_back_with_time() {
        let limit = Limit::default();
        let taken = (0..400).filter(|_| limit.take(address(1), 1.0, NOON)).count();
        assert_eq!(taken, 300);
        assert!(limit.take(address(2), 1.0, NOON), "another address has its own");
        let later = NOON + SignedDuration::from_secs(2);
        let taken = (0..400).filter(|_| limit.take(address(1), 1.0, later)).count();
        assert_eq!(taken, 10);
    }

    #[test]
    fn a_crowd_of_addresses_does_not_fill_memory() {
        let limit = Limit::default();
        for n in 0..30_000 {
            limit.take(address(n), 1.0, NOON);
        }
        assert!(limit.left.lock().unwrap().len() <= ADDRESSES_MAX + 1);
        let later = NOON + SignedDuration::from_mins(2);
        assert!(limit.take(address(40_000), 1.0, later));
        assert!(limit.left.lock().unwrap().len() <= 2, "who was quiet is forgotten");
    }

    #[test]
    fn a_proxy_is_believed_only_next_door() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("6.6.6.6, 2.2.2.2"));
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(asking(ip("10.0.0.1"), &headers), ip("2.2.2.2"));
        assert_eq!(asking(ip("9.9.9.9"), &headers), ip("9.9.9.9"));
        assert_eq!(asking(ip("::ffff:10.0.0.1"), &headers), ip("2.2.2.2"));
        assert_eq!(asking(ip("2001:db8::1:2:3:4"), &HeaderMap::new()), ip("2001:db8::"));
    }
}

//! Holds us to GitHub's published contract, and the contract's judge to its word.

#[path = "../support/contract/mod.rs"]
mod contract;

use contract::Contract;
use std::time::Instant;

#[test]
fn probe() {
    let t = Instant::now();
    let contract = Contract::published();
    println!("load {:?}", t.elapsed());
    let t = Instant::now();
    let ex = contract.examples();
    println!("examples {} {:?}", ex.len(), t.elapsed());
    for e in ["check_run","status","pull_request","issue_comment","push","installation"] { println!("{e} {:?}", contract.permission_for_event(e)); }
    let t = Instant::now();
    let mut n = 0;
    for (event, body) in ex {
        let v: serde_json::Value = serde_json::from_slice(&body).unwrap();
        if let Err(f) = contract.check_webhook(&event, &v) {
            let f: Vec<_> = f.into_iter().filter(|f| !f.contains("installation/id is missing")).collect();
            if !f.is_empty() { n += 1; println!("{event} {}: {} {}", v["action"], f.len(), f[0]); }
        }
    }
    println!("bad {n} {:?}", t.elapsed());
}

//! Holds us to GitHub's published contract, and the contract's judge to its word.

#[path = "../support/contract/mod.rs"]
mod contract;

mod examples;
mod exchanges;
mod fixtures;
mod graphql;
mod webhooks;

/// The faults of a check that must not pass, joined for a look at their words.
fn refused(checked: Result<(), Vec<String>>) -> String {
    match checked {
        Ok(()) => panic!("this should have been refused"),
        Err(faults) => faults.join("\n"),
    }
}

/// Fails with every fault, one a line.
fn passes(checked: Result<(), Vec<String>>) {
    if let Err(faults) = checked {
        panic!("{}", faults.join("\n"));
    }
}

//! What is read of the headers of GitHub's answers.

#[path = "../../src/github/address.rs"]
mod address;
#[path = "../../src/github/header.rs"]
pub mod header;

/// Where a redirect or a next page of the API at `root` leads; `None` for anywhere else.
pub fn follow(root: &str, target: &str) -> Option<String> {
    address::ApiUrl::parse(root).ok()?.follow(target)
}

//! Payloads: whose they are and what they tell. Whatever is said to be readable can be read later, and no number is one that
//! GitHub does not give.

#![no_main]

use serde::de::IgnoredAny;

use greenlight_fuzz::rules::command::mentions_command;
use greenlight_fuzz::rules::interpret::{Heard, News, interpret};
use greenlight_fuzz::store::Readable;
use greenlight_fuzz::web::envelope::Envelope;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check(data));

const EVENTS: [&str; 16] = [
    "issue_comment",
    "pull_request_review",
    "push",
    "create",
    "delete",
    "status",
    "check_run",
    "check_suite",
    "deployment",
    "deployment_status",
    "pull_request",
    "deployment_protection_rule",
    "repository",
    "installation",
    "installation_repositories",
    "ping",
];

/// The first byte chooses the event, the rest is the body.
fn check(data: &[u8]) {
    let Some((event, body)) = data.split_first() else {
        return;
    };
    let envelope = Envelope::read(body);
    assert!(envelope.repo.is_none_or(|repo| repo.0 > 0));
    assert!(envelope.installation.is_none_or(|installation| installation.0 > 0));
    if let Some(name) = &envelope.name {
        assert!(!name.to_string().contains(['\n', ' ', '\0']) && name.to_string().matches('/').count() == 1);
    }
    if envelope.readable == Readable::Yes {
        assert!(serde_json::from_slice::<IgnoredAny>(body).is_ok());
    } else {
        assert_eq!(
            (envelope.action, envelope.repo, envelope.installation),
            (None, None, None)
        );
    }
    let event = EVENTS[usize::from(*event) % EVENTS.len()];
    let news = interpret(event, body);
    assert_eq!(news, interpret(event, body));
    if let News::Comment { body, .. } | News::Review { body, .. } = &news {
        assert!(mentions_command(body), "news without a command");
    }
    let mut heard = Heard::default();
    heard.add(news.clone());
    let once = heard.clone();
    heard.add(news);
    assert_eq!(heard, once, "heard twice is heard once");
}

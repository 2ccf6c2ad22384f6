//! What the pages say where somebody acts, and of what came of it. Plain text, no Markdown, as in `board`.

use super::super::id::PullNumber;
use super::super::memory::{Request, Said};

/// Above what came of an act that nobody has looked at yet.
pub fn asked_just_now() -> String {
    "Asked a moment ago. Greenlight is looking.".to_owned()
}

/// Above what came of an act: what was asked, as it would be typed.
pub fn asked(request: &Request) -> String {
    match &request.said {
        Some(Said::OnBoard { command, .. }) => format!("You asked for this here: {}", command.written()),
        _ => "You asked for this".to_owned(),
    }
}

/// It was taken up, and nothing is decided yet.
pub fn looking() -> String {
    "Greenlight has taken it up, and is looking.".to_owned()
}

/// It was taken up so late that it does not count any more.
pub fn came_too_late() -> String {
    "Nothing was done, because Greenlight heard of this more than three days after you asked. If you still want it, please ask for it \
     again."
        .to_owned()
}

/// The link for who has no script.
pub fn look_again() -> &'static str {
    "See how it stands now"
}

/// The link to the reply on GitHub.
pub fn see_reply(pull: PullNumber) -> String {
    format!("The same on #{pull}")
}

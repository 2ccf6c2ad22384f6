//! Who may set Greenlight up: the one-time code, the browser that it let in, and what that browser began.

use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

/// How long the code lets somebody in.
const CODE_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// How long the browser that was let in may go on.
const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(4);

/// GitHub's codes hold as long.
const BEGUN_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// Ways to GitHub that one browser may have open, in as many windows.
const BEGUN_MAX: usize = 8;

/// Random bytes of a code: more than anybody can try.
const CODE_BYTES: usize = 10;

/// SHA-256 of something that only the browser has. Digests are compared, so that how long it takes tells nothing.
type Digest = [u8; 32];

/// What is known of who sets up.
pub struct Guard {
    code: Digest,
    code_ends_at: Timestamp,
    session: Option<(Digest, Timestamp)>,
    begun: Vec<Begun>,
    /// An App was made.
    pub is_done: bool,
}

/// A way to GitHub and back.
#[derive(Clone)]
pub struct Begun {
    state: Digest,
    ends_at: Timestamp,
    /// What was chosen on the form.
    pub public_url: String,
    pub show: bool,
}

/// Why a code lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRefused {
    Wrong,
    Expired,
    Used,
}

impl Guard {
    /// With a new code, to be read by people. `None` if the system has no random numbers.
    pub fn new(now: Timestamp) -> Option<(Self, String)> {
        let mut bytes = [0; CODE_BYTES];
        SystemRandom::new().fill(&mut bytes).ok()?;
        let digits = hex(&bytes);
        let parts: Vec<&str> = (0..digits.len()).step_by(5).map(|at| &digits[at..at + 5]).collect();
        let guard = Self {
            code: of(&plain(&digits)),
            code_ends_at: now + CODE_LIFE,
            session: None,
            begun: Vec::new(),
            is_done: false,
        };
        Some((guard, parts.join("-")))
    }

    /// Lets the browser with this new session in.
    ///
    /// # Errors
    /// Why not. What is wrong is told as wrong, whether or not the right code is still good.
    pub fn admit(&mut self, code: &str, session: &str, now: Timestamp) -> Result<(), CodeRefused> {
        if of(&plain(code)) != self.code {
            Err(CodeRefused::Wrong)
        } else if self.session.is_some() {
            Err(CodeRefused::Used)
        } else if now >= self.code_ends_at {
            Err(CodeRefused::Expired)
        } else {
            self.session = Some((of(session), now + SESSION_LIFE));
            Ok(())
        }
    }

    /// Whether this is the session of the browser that was let in.
    pub fn knows(&self, session: &str, now: Timestamp) -> bool {
        self.session
            .as_ref()
            .is_some_and(|(known, ends_at)| *known == of(session) && now < *ends_at)
    }

    /// Remembers a way to GitHub; the oldest one makes room.
    pub fn begin(&mut self, state: &str, public_url: String, show: bool, now: Timestamp) {
        if self.begun.len() == BEGUN_MAX {
            self.begun.remove(0);
        }
        self.begun.push(Begun {
            state: of(state),
            ends_at: now + BEGUN_LIFE,
            public_url,
            show,
        });
    }

    /// The way that this browser began with this state, while it holds.
    pub fn begun(&self, session: &str, state: &str, now: Timestamp) -> Option<Begun> {
        let state = of(state);
        let found = self
            .begun
            .iter()
            .find(|begun| begun.state == state && now < begun.ends_at);
        found.filter(|_| self.knows(session, now)).cloned()
    }

    /// It led to an answer, and counts no more.
    pub fn spend(&mut self, begun: &Begun) {
        self.begun.retain(|one| one.state != begun.state);
    }
}

/// As people may write it: with or without the hyphens, in capitals.
fn plain(code: &str) -> String {
    let digits = code.chars().filter(char::is_ascii_alphanumeric);
    digits.map(|c| c.to_ascii_lowercase()).collect()
}

fn of(text: &str) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    bytes
}

/// 32 random bytes as hexadecimal digits. `None` if the system has no random numbers.
pub fn random() -> Option<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_790_000_000, 0);

    #[test]
    fn a_code_lets_one_browser_in_within_its_hour() {
        let (mut guard, code) = Guard::new(NOON).unwrap();
        assert_eq!(code.len(), 23, "four times five digits");
        assert_eq!(guard.admit("", "one", NOON), Err(CodeRefused::Wrong));
        assert_eq!(guard.admit(&format!("{code}0"), "one", NOON), Err(CodeRefused::Wrong));
        let late = NOON + CODE_LIFE;
        assert_eq!(guard.admit(&code, "one", late), Err(CodeRefused::Expired));
        assert_eq!(guard.admit(&code.to_uppercase().replace('-', " "), "one", NOON), Ok(()));
        assert_eq!(guard.admit(&code, "two", NOON), Err(CodeRefused::Used));
        assert!(guard.knows("one", late) && !guard.knows("two", NOON));
        assert!(!guard.knows("one", NOON + SESSION_LIFE));
    }

    #[test]
    fn a_way_counts_for_its_browser_with_its_state_and_once() {
        let (mut guard, code) = Guard::new(NOON).unwrap();
        guard.admit(&code, "one", NOON).unwrap();
        guard.begin("state", "https://a.example".to_owned(), false, NOON);
        assert!(guard.begun("two", "state", NOON).is_none());
        assert!(guard.begun("one", "other", NOON).is_none());
        assert!(guard.begun("one", "state", NOON + BEGUN_LIFE).is_none());
        let begun = guard.begun("one", "state", NOON).unwrap();
        guard.spend(&begun);
        assert!(guard.begun("one", "state", NOON).is_none());
        for n in 0..20 {
            guard.begin(&n.to_string(), String::new(), false, NOON);
        }
        assert!(guard.begun("one", "11", NOON).is_none() && guard.begun("one", "12", NOON).is_some());
    }
}

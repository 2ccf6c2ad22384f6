//! After good days nothing is left over: no work, no delivery, no effect whose end nobody knows.

use super::{Broken, Evidence, Promise, broken};

impl Evidence {
    pub(super) fn judge_ends(&self, found: &mut Vec<Broken>) {
        let mut end = |is_so: bool, how: String| {
            if !is_so {
                found.push(broken(Promise::EverythingEnds, how));
            }
        };
        let status = &self.status;
        end(self.settled, "it never came to rest".to_owned());
        end(status.new == 0, format!("{} deliveries were never read", status.new));
        end(status.dead == 0, format!("{} deliveries are dead", status.dead));
        let open = status.due + status.leased + status.parked + status.postponed;
        end(open == 0, format!("work is left over: {status:?}"));
        // The buttons of a head that is gone are a courtesy: nothing waits for their end.
        let courtesy = |key: &&String| key.starts_with("buttons:");
        let unconfirmed = self.memory.unconfirmed.keys().filter(|key| !courtesy(key));
        let unconfirmed: Vec<&String> = unconfirmed.collect();
        end(
            unconfirmed.is_empty(),
            format!("nobody knows the end of {unconfirmed:?}"),
        );
        // What waits for something real (a check that failed, a draft) says so; nothing is left without a word.
        let silent = self.memory.requests.values().filter(|request| {
            let says_nothing = request.answers.iter().any(|answer| answer.text.is_empty());
            says_nothing && !request.unanswerable
        });
        let silent: Vec<_> = silent.map(|request| request.id).collect();
        end(silent.is_empty(), format!("a day later nothing was said to {silent:?}"));
        // A hold lets what waits wait for as long after it.
        let armed = self
            .memory
            .armed
            .values()
            .filter(|armed| armed.expires_at <= self.ended_at);
        let armed: Vec<_> = armed.map(|armed| &armed.environment).collect();
        end(armed.is_empty(), format!("{armed:?} are armed past their time"));
        end(
            self.unknown.is_empty(),
            format!("GitHub has no such thing: {:?}", self.unknown),
        );
    }
}

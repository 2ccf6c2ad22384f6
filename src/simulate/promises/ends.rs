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
        // A sign on a comment and the buttons of a head that is gone are courtesies: nothing waits for their end.
        let courtesy = |key: &&String| key.starts_with("acknowledge:") || key.starts_with("buttons:");
        let unconfirmed = self.memory.unconfirmed.keys().filter(|key| !courtesy(key));
        let unconfirmed: Vec<&String> = unconfirmed.collect();
        end(
            unconfirmed.is_empty(),
            format!("nobody knows the end of {unconfirmed:?}"),
        );
        let armed: Vec<_> = self.memory.armed.keys().collect();
        end(armed.is_empty(), format!("a day later {armed:?} are still armed"));
        end(
            self.unknown.is_empty(),
            format!("GitHub has no such thing: {:?}", self.unknown),
        );
    }
}

//! When people act: how likely it is, and how a story waits for its next step.

use jiff::SignedDuration;

use super::Run;
use crate::simulate::plots::Cue;

/// So often a story waits for what is due soon, before its next step.
const STORY_WAITS_MAX: u32 = 3;

impl Run {
    /// How likely it is that the story goes on.
    pub(super) fn urge(&self, rests: bool) -> usize {
        match self.people.cue() {
            None => 0,
            Some(Cue::AtOnce) => 500,
            Some(_) if rests => 500,
            Some(_) => 0,
        }
    }

    /// Plays the next step, or waits for its time. Rest means that nothing is due soon either: between two looks there may be
    /// some seconds.
    pub(super) fn goes_on_with_the_story(&mut self) {
        let now = self.now();
        let Some(cue) = self.people.cue() else { return };
        if cue != Cue::AtOnce {
            let soon = now + SignedDuration::from_secs(12);
            let due = self.due.filter(|due| *due > now && *due <= soon);
            let frozen = self.replicas.iter().filter_map(|replica| replica.frozen_until).min();
            let wakes = self
                .replicas
                .iter()
                .filter_map(|replica| replica.clock.next_wake())
                .min();
            let next = due.into_iter().chain(frozen).chain(wakes).filter(|at| *at > now).min();
            if let Some(next) = next.filter(|_| self.story_waits < STORY_WAITS_MAX) {
                self.story_waits += 1;
                return self.pass_until(next);
            }
        }
        if let Cue::After(time) = cue {
            let until = *self.story_until.get_or_insert(now + time);
            if until > now {
                return self.wait_until(until);
            }
        }
        self.story_waits = 0;
        self.story_until = None;
        match cue {
            Cue::AtTheMove | Cue::InTheLook => self.people.skips(),
            _ => self.plays(),
        }
    }

    pub(super) fn plays(&mut self) {
        if let Some(told) = self.people.plays(&mut self.tally) {
            self.tell(|| format!("~ {told}"));
        }
    }

    /// How likely it is that somebody acts: some wait until everything is told, others do not.
    pub(super) fn haste(&self, rests: bool) -> usize {
        // Who plays a story is disturbed now and then.
        match (self.people.cue().is_some(), self.manner.patient, rests) {
            (true, true, true) => 6,
            (true, true, false) => 0,
            (true, false, true) => 50,
            (true, false, false) => 2,
            (false, true, true) => 60,
            (false, true, false) => 2,
            (false, false, true) => 30,
            (false, false, false) => 9,
        }
    }
}

//! Short stories that people play, each about one thing that has to stop a move: everything else is made right first, so that a
//! program which forgets just that one thing does what it must not. They are made of steps that wait for their cue, and what
//! else happens in the world happens in between.

mod acceptances;
mod branches;
mod checks;
mod holds;
mod owners;
mod ready;
mod times;

use std::collections::VecDeque;

use jiff::SignedDuration;

use super::mood::Mood;
use super::people::People;
use super::tally::Tally;

/// When the next step of a story is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cue {
    AtOnce,
    /// Once nothing is left to be told, and nobody works.
    AtRest,
    /// So long after that.
    After(SignedDuration),
    /// Right before a request goes out that moves a branch; left out where none does.
    AtTheMove,
    /// In the middle of a look, after it has read checks; whoever looks stands still for a while. Left out where nobody looks.
    InTheLook,
}

/// What came of a step.
pub(super) enum Played {
    Told(String),
    /// There is more to do, after the next rest.
    Again(String),
    /// There is more to do, so much later.
    Later(SignedDuration),
    /// There was nothing to do.
    Nothing,
    /// What this story is about cannot be had.
    Over,
}

type Doing = Box<dyn FnMut(&mut People, &mut Tally) -> Played + Send>;

/// One step of a story.
pub(super) struct Step {
    cue: Cue,
    doing: Doing,
}

/// What is yet to be played.
pub(super) type Plot = VecDeque<Step>;

pub(super) const PENDING: &str = "in_progress";

/// A step.
pub(super) fn step(cue: Cue, doing: impl FnMut(&mut People, &mut Tally) -> Played + Send + 'static) -> Step {
    Step {
        cue,
        doing: Box::new(doing),
    }
}

/// Nothing is done, but everybody waits until all is told.
pub(super) fn rest() -> Step {
    step(Cue::AtRest, |_, _| Played::Nothing)
}

/// Nothing is done for so many minutes.
pub(super) fn minutes(mins: i64) -> Step {
    step(Cue::After(SignedDuration::from_mins(mins)), |_, _| Played::Nothing)
}

type Made = fn(&mut People) -> Vec<Step>;

/// What the stories are about.
const ABOUT: [&[Made]; 6] = [
    checks::PLOTS,
    acceptances::PLOTS,
    holds::PLOTS,
    owners::PLOTS,
    branches::PLOTS,
    times::PLOTS,
];

impl People {
    /// What the next step waits for; `None` between two stories.
    pub fn cue(&self) -> Option<Cue> {
        self.plot.front().map(|step| step.cue)
    }

    /// Begins another story, mostly one of those that this world is about.
    pub(super) fn begins_a_story(&mut self) {
        let of_mood = match self.mood {
            Mood::Red | Mood::Frozen => Some(checks::PLOTS),
            Mood::Hasty | Mood::Buttons => Some(acceptances::PLOTS),
            Mood::Holds | Mood::Storm => Some(holds::PLOTS),
            Mood::Edits | Mood::Rights => Some(owners::PLOTS),
            Mood::Diverged => Some(branches::PLOTS),
            Mood::Times | Mood::Deploys => Some(times::PLOTS),
            Mood::Plain => None,
        };
        let of_mood = of_mood.filter(|_| self.dice.happens(50));
        let about = of_mood.or_else(|| self.dice.one_of(&ABOUT).copied());
        if let Some(made) = about.and_then(|plots| self.dice.one_of(plots).copied()) {
            (self.tries, self.probed) = (0, false);
            self.plot = made(self).into();
        }
    }

    /// Plays the next step.
    pub fn plays(&mut self, tally: &mut Tally) -> Option<String> {
        let mut step = self.plot.pop_front()?;
        match (step.doing)(self, tally) {
            Played::Told(told) => {
                tally.acts += 1;
                return Some(told);
            }
            Played::Again(told) => {
                tally.acts += 1;
                step.cue = Cue::AtRest;
                self.plot.push_front(step);
                return Some(told);
            }
            Played::Later(time) => {
                step.cue = Cue::After(time);
                self.plot.push_front(step);
            }
            Played::Nothing => {}
            Played::Over => {
                self.plot.clear();
                return Some("that cannot be had now".to_owned());
            }
        }
        if self.plot.is_empty() {
            tally.plots += 1;
        }
        None
    }

    /// The next step came to nothing, and the story goes on without it.
    pub fn skips(&mut self) {
        self.plot.pop_front();
    }

    /// A stage that this story is about.
    fn stage_of_it(&mut self) -> &'static str {
        self.dice.word(&["staging", "production", "production"])
    }
}

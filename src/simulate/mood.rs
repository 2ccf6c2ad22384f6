//! What a world is mostly about: each mood makes one kind of trouble dense.

/// What people mostly do in this world: each makes one kind of trouble dense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Plain,
    /// Checks fail, or are under way, or say what nobody knows, and owners promote all the same.
    Red,
    /// Pushes come right behind an owner's word.
    Hasty,
    /// What was said is edited into something else.
    Edits,
    /// Who may changes right behind the word.
    Rights,
    /// Everything has to run for a while, and there are times for it.
    Times,
    /// Holds and rollbacks.
    Holds,
    /// Environments get commits of their own.
    Diverged,
    /// Processes stand still in the middle of what they do, and meanwhile everything changes.
    Frozen,
    /// GitHub fails after it did what it was asked for.
    Storm,
    /// What runs is what was deployed, and deployments fail.
    Deploys,
    /// Everything is said by buttons.
    Buttons,
}

impl Mood {
    /// Each has its turn, so that a handful of worlds that follow each other comes past them all.
    const ALL: [Self; 12] = [
        Self::Plain,
        Self::Red,
        Self::Hasty,
        Self::Edits,
        Self::Rights,
        Self::Times,
        Self::Holds,
        Self::Diverged,
        Self::Frozen,
        Self::Storm,
        Self::Deploys,
        Self::Buttons,
    ];

    pub fn of(seed: u64) -> Self {
        let all = u64::try_from(Self::ALL.len()).unwrap_or(1);
        usize::try_from(seed % all).map_or(Self::Plain, |at| Self::ALL[at])
    }
}

//! Mistakes that can be planted, so that the simulation has to show that it would find them. Only `greenlight simulate --fault`
//! plants one, in its own process and once; anywhere else every question here is answered with no.

use std::sync::OnceLock;

static PLANTED: OnceLock<Fault> = OnceLock::new();

/// Whether this mistake is to be made. Each stands as near to GitHub and the disk as it can.
pub fn planted(fault: Fault) -> bool {
    PLANTED.get() == Some(&fault)
}

/// Plants a mistake for the rest of this process; a second one is not planted.
pub fn plant(fault: Fault) {
    // The first stays.
    let _ = PLANTED.set(fault);
}

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident = $name:literal,)*) => {
        /// A mistake that somebody could make.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $($(#[$doc])* $fault,)*
        }

        impl Fault {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$fault,)*];

            /// As `--fault` takes it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$fault => $name,)*
                }
            }
        }
    };
}

faults! {
    /// What was read at first counts as the last look.
    SkipLastLook = "skip-last-look",
    /// Whoever lost a repository goes on writing.
    DropTheFence = "drop-the-fence",
    /// 202, whatever became of the delivery.
    AnswerBeforeCommit = "answer-before-commit",
    /// A write without an answer is sent again.
    RepeatAPost = "repeat-a-post",
    /// A check is known by its name, whichever suite it ran in.
    CheckByNameOnly = "check-by-name-only",
    /// A list ends with its first page.
    ReadOnePage = "read-one-page",
    /// A feature is merged at whatever head it has.
    MergeWithoutHead = "merge-without-head",
    /// The acceptance goes along with a push.
    KeepAcceptance = "keep-acceptance",
    /// A comment that was edited counts like a new one.
    CountEdited = "count-edited",
    /// Holds are not looked at.
    IgnoreHolds = "ignore-holds",
    /// A rollback, or a word, leaves no hold.
    LeaveNoHold = "leave-no-hold",
    /// A check that failed counts as passed.
    IgnoreRed = "ignore-red",
    /// A check that is under way counts as passed.
    PendingIsGreen = "pending-is-green",
    /// An outcome that nobody knows counts as passed.
    UnknownIsGreen = "unknown-is-green",
    /// An answer without a known end is not looked for.
    NoMarkerSearch = "no-marker-search",
    /// What was begun before is forgotten.
    ForgetUnconfirmed = "forget-unconfirmed",
    /// An effect is not on disk as sent when it is sent.
    EffectBeforeIntent = "effect-before-intent",
    /// All deliveries are settled, those that came during the look too.
    SettleUnread = "settle-unread",
    /// Of several deliveries one is read.
    OneNewsALook = "one-news-a-look",
    /// Branches are moved by force.
    ForceMove = "force-move",
    /// What the stage before has by now goes along, not what was seen.
    PromoteTheTip = "promote-the-tip",
    /// What somebody may do is asked once.
    StaleRights = "stale-rights",
    /// The configuration is read once.
    StaleConfiguration = "stale-configuration",
    /// Who may is not read again, however long a look takes.
    OldAuthority = "old-authority",
    /// Everybody maintains.
    AnybodyOwns = "anybody-owns",
    /// Nothing has to run anywhere for a while.
    SkipSoak = "skip-soak",
    /// Any time is right.
    IgnoreWindows = "ignore-windows",
    /// A deployment that was made is not found again.
    DeployAgain = "deploy-again",
    /// The ledger is not told of what was done.
    SilentLedger = "silent-ledger",
    /// One failure is enough.
    GiveUpSoon = "give-up-soon",
}

//! Random stories: people push, label, comment, edit and lose their rights in any order, the process dies between a write and
//! its record, and what must never happen does not.

use greenlight::rules::id::CommentId;
use greenlight::rules::snapshot::Role;
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::world::{Ci, FEATURE, Somebody, World, somebody};

const CONFIGURATION: &str = "owners: [anna, dora]\nenvironments:\n  - name: staging\n  - name: production\n";

const ANNA: Somebody = somebody(1, "anna", Role::Read);
/// An owner too, and the author of the feature.
const DORA: Somebody = somebody(2, "dora", Role::Write);
const CARL: Somebody = somebody(3, "carl", Role::Read);
const PEOPLE: [Somebody; 3] = [ANNA, DORA, CARL];

#[derive(Clone, Debug)]
enum Event {
    Pushes,
    Turns(Ci),
    Labels(usize),
    Unlabels,
    Says(usize, &'static str),
    /// Somebody changes the newest comment.
    Edits,
    Draft(bool),
    Conflict(bool),
    /// Anna may, or may not, see the repository.
    MayRead(bool),
    Closes,
    Opens,
    /// Memory of everything that is not a request is lost.
    Forgets,
    Pauses,
}

fn any_event() -> impl Strategy<Value = Event> {
    let ci = prop_oneof![Just(Ci::Running), Just(Ci::Green), Just(Ci::Red)];
    let text = prop_oneof![
        4 => Just("/accept"),
        1 => Just("/reject too slow"),
        2 => Just("/promote staging"),
        1 => Just("/promote production"),
        1 => Just("/cancel"),
        1 => Just("/status"),
    ];
    prop_oneof![
        3 => Just(Event::Pushes),
        4 => ci.prop_map(Event::Turns),
        2 => prop_oneof![Just(1_usize), Just(1), Just(2)].prop_map(Event::Labels),
        1 => Just(Event::Unlabels),
        6 => (prop_oneof![4 => Just(0_usize), 1 => Just(1), 1 => Just(2)], text).prop_map(|(who, text)| Event::Says(who, text)),
        2 => Just(Event::Edits),
        1 => any::<bool>().prop_map(Event::Draft),
        1 => any::<bool>().prop_map(Event::Conflict),
        2 => any::<bool>().prop_map(Event::MayRead),
        1 => Just(Event::Closes),
        1 => Just(Event::Opens),
        1 => Just(Event::Forgets),
        1 => Just(Event::Pauses),
    ]
}

fn happens(world: &mut World, event: &Event) -> Option<CommentId> {
    world.now += SignedDuration::from_secs(30);
    match event {
        Event::Pushes => world.pushes(),
        Event::Turns(ci) => {
            world.ci.insert(world.feature.head_sha.clone(), *ci);
            world
                .ci
                .extend(world.feature.merge_commit.clone().map(|commit| (commit, *ci)));
        }
        Event::Labels(who) => world.labels(PEOPLE[*who]),
        Event::Unlabels => world.unlabels(),
        Event::Says(who, text) => return Some(world.says(Some(PEOPLE[*who]), true, FEATURE, text)),
        Event::Edits => {
            if let Some(comment) = world.comments.last_mut() {
                comment.body = "/accept".to_owned();
                comment.updated_at = world.now;
            }
        }
        Event::Draft(draft) => world.feature.draft = *draft,
        Event::Conflict(conflict) => world.feature.mergeable = Some(!conflict),
        Event::MayRead(may) => world.people[0].role = if *may { Role::Read } else { Role::None },
        Event::Closes => world.feature.open = false,
        Event::Opens => world.feature.open = !world.feature.merged,
        Event::Forgets => world.memory.cards.clear(),
        Event::Pauses => world.now += SignedDuration::from_hours(1),
    }
    None
}

/// An owner other than the author said so, in a comment that nobody changed, after the card had shown her this very head.
fn was_wanted(world: &World, merge: &crate::world::Merge) -> bool {
    world.comments.iter().any(|comment| {
        let says_so = comment.body == "/accept" || comment.body == "/promote staging";
        let shown = world.showings.iter().rev().find(|shown| shown.at <= comment.created_at);
        says_so
            && comment.author == Some(ANNA.person())
            && comment.updated_at == comment.created_at
            && comment.created_at <= merge.at
            && shown.is_some_and(|shown| shown.head == merge.head)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// T1 only what was accepted and is green, T2 whatever ends an acceptance, T3 nothing without a label; P3 and P4 with them.
    #[test]
    fn every_story_of_a_feature_keeps_the_promises(
        events in prop::collection::vec((any_event(), prop::bool::weighted(0.8)), 1..40),
    ) {
        let mut world = World::new(CONFIGURATION, &PEOPLE, DORA);
        world.labels(DORA);
        world.settles();
        for (event, is_heard) in &events {
            let comment = happens(&mut world, event);
            if comment.is_none() && !is_heard {
                // Its delivery is late: the next look finds it.
                continue;
            }
            let before = world.merges.len();
            match comment {
                Some(comment) => world.settle(&world.heard_of(comment)),
                None => world.settles(),
            };
            world.settles();
            prop_assert_eq!(world.settles(), 0, "P3: something was left to do after {:?}", event);

            prop_assert!(world.merges.len() <= 1, "it was merged twice");
            for merge in &world.merges[before..] {
                prop_assert_eq!(world.ci.get(&merge.head), Some(&Ci::Green), "T1: {:?}", merge);
                prop_assert!(was_wanted(&world, merge), "T1: nobody wanted {:?}", merge);
                prop_assert!(world.people[0].role >= Role::Read, "T2: she may not even see it any more");
                let by = world.labelled.as_ref().and_then(|labelled| labelled.by.clone());
                prop_assert_eq!(by, Some(DORA.person()), "T1: who called it ready may not");
                prop_assert!(!world.feature.draft && world.feature.mergeable != Some(false), "T1: {:?}", merge);
            }
            prop_assert!(world.cards.len() <= 1, "one card: {:?}", world.cards);
            for comment in &world.comments {
                let replies = world.replies.get(&comment.id.into()).map_or(0, Vec::len);
                let reactions = usize::from(world.reactions.contains(&comment.id));
                prop_assert_eq!(replies + reactions, 1, "P4: {:?}", comment);
            }
            if world.feature.merged {
                break;
            }
        }
    }
}

/// T3
#[test]
fn a_pull_request_without_the_label_is_not_touched() {
    let mut world = World::new(CONFIGURATION, &PEOPLE, DORA);
    world.ci.insert(world.feature.head_sha.clone(), Ci::Green);
    world.settles();
    let comment = world.says(Some(ANNA), true, FEATURE, "/accept");
    world.settle(&world.heard_of(comment));
    world.pushes();
    assert_eq!((world.settles(), world.merges.len(), world.cards.len()), (0, 0, 0));
}

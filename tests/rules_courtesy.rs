//! The numbered promises of `rules::plan::courtesy`, held by random floods of comments, with the program dying at any effect.

use std::collections::BTreeMap;

use greenlight::rules::config;
use greenlight::rules::effect::{Effect, Outcome, Receipt};
use greenlight::rules::id::{
    BranchName, CommentId, InstallationId, Login, Person, PullNumber, RepoId, RepoName, RequestId, TeamName, UserId,
};
use greenlight::rules::interpret::Heard;
use greenlight::rules::learn::learn;
use greenlight::rules::memory::{Memory, Unconfirmed};
use greenlight::rules::plan::{Look, plan};
use greenlight::rules::snapshot::{Comment, ConfigFile, Membership, Need, Repository, Role, Snapshot};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const CONFIGURATION: &str = "owners: [anna]\nenvironments:\n  - name: staging\n  - name: production\n    owners: [bert, \"@harbour/product\"]\n";

/// anna and bert own something, tina has the triage role, otto belongs to a team of owners; carl and eve are strangers.
const PEOPLE: [(&str, Role); 6] = [
    ("anna", Role::Read),
    ("bert", Role::Read),
    ("tina", Role::Triage),
    ("otto", Role::Read),
    ("carl", Role::Read),
    ("eve", Role::None),
];
const STRANGERS: [usize; 2] = [4, 5];
const STEPS_MAX: usize = 80;

#[derive(Clone, Debug)]
struct Said {
    person: usize,
    pull: i64,
    minutes_later: i64,
    edited: bool,
    /// Whether it is heard together with what comes next.
    is_held_back: bool,
}

struct Github {
    comments: Vec<Comment>,
    replies: BTreeMap<CommentId, usize>,
    reactions: BTreeMap<CommentId, usize>,
    reads: usize,
    memory: Memory,
    now: Timestamp,
}

impl Github {
    fn is_said(&mut self, said: &Said) -> CommentId {
        self.now += SignedDuration::from_mins(said.minutes_later);
        let id = CommentId(1 + self.comments.len() as i64);
        let edited_later = SignedDuration::from_secs(i64::from(said.edited));
        self.comments.push(Comment {
            id,
            pull: PullNumber(said.pull),
            author: Some(Person {
                id: UserId(said.person as i64),
                login: Login::from(PEOPLE[said.person].0),
            }),
            by_hand: true,
            body: "/help".to_owned(),
            created_at: self.now,
            updated_at: self.now + edited_later,
        });
        id
    }

    /// One look; `deaths` says after how many effects the program dies, and whether GitHub has seen the last one.
    fn look(&mut self, heard: &Heard, mut deaths: Option<(usize, bool)>) {
        let mut snapshot = Snapshot::default();
        for _ in 0..STEPS_MAX {
            let next = plan(&Look {
                snapshot: &snapshot,
                memory: &self.memory,
                heard,
                now: self.now,
                welcomes: false,
            });
            if next.is_finished() {
                return;
            }
            next.changes.iter().for_each(|change| self.memory.apply(change));
            for effect in &next.effects {
                let begun = Unconfirmed {
                    effect: effect.clone(),
                    sent_at: None,
                };
                self.memory.unconfirmed.entry(effect.key()).or_insert(begun);
            }
            for effect in &next.effects {
                if let Some(begun) = self.memory.unconfirmed.get_mut(&effect.key()) {
                    begun.sent_at = Some(self.now);
                }
                match &mut deaths {
                    Some((0, was_seen)) => {
                        if *was_seen {
                            self.perform(effect);
                        }
                        return;
                    }
                    Some((left, _)) => *left -= 1,
                    None => {}
                }
                let outcome = Outcome::Done(self.perform(effect));
                let changes = learn(effect, &outcome, &self.memory);
                changes.iter().for_each(|change| self.memory.apply(change));
                self.memory.unconfirmed.remove(&effect.key());
                snapshot.after(effect, &outcome);
            }
            if next.effects.is_empty() {
                next.needs.iter().for_each(|need| self.answer(need, &mut snapshot));
            }
        }
        panic!("no end after {STEPS_MAX} steps");
    }

    fn perform(&mut self, effect: &Effect) -> Receipt {
        match effect {
            Effect::Acknowledge { .. } => Receipt::Acknowledged,
            Effect::AnswerByReaction { comment } => {
                // The second one is the first.
                self.reactions.insert(*comment, 1);
                Receipt::Acknowledged
            }
            Effect::Reply { request, .. } => {
                let asked = comment_of(*request);
                *self.replies.entry(asked).or_default() += 1;
                Receipt::Replied {
                    comment: CommentId(asked.0 + 10_000),
                    at: self.now,
                }
            }
            Effect::EditReply { reply, .. } => Receipt::Replied {
                comment: *reply,
                at: self.now,
            },
            other => panic!("nobody asked for {other:?}"),
        }
    }

    fn answer(&mut self, need: &Need, snapshot: &mut Snapshot) {
        self.reads += 1;
        match need {
            Need::Repository => snapshot.repository = Some(repository()),
            Need::Config => {
                snapshot.config = Some(ConfigFile::Valid {
                    config: Box::new(config::parse(CONFIGURATION).expect("a valid configuration")),
                    branches: Vec::new(),
                });
            }
            Need::Comment(id) => {
                let found = self.comments.iter().find(|comment| comment.id == *id).cloned();
                snapshot.comments.insert(*id, found);
            }
            Need::Role(id, _) => {
                snapshot.roles.insert(*id, PEOPLE[id.0 as usize].1);
            }
            Need::Member(team, id, login) => {
                assert_eq!(*team, TeamName::new("harbour", "product"));
                let is_in = if login == "otto" {
                    Membership::Active
                } else {
                    Membership::No
                };
                snapshot.members.insert((team.clone(), *id), is_in);
            }
            Need::Reply { request, .. } => {
                let asked = comment_of(*request);
                let found = self.replies.contains_key(&asked);
                let reply = found.then_some(CommentId(asked.0 + 10_000));
                snapshot.replies.insert(*request, reply);
            }
            other => panic!("nothing here asks for {other:?}"),
        }
    }
}

fn comment_of(request: RequestId) -> CommentId {
    match request {
        RequestId::Comment(comment) => comment,
        other => panic!("nobody here asks by {other:?}"),
    }
}

fn repository() -> Repository {
    Repository {
        id: RepoId(1),
        installation: InstallationId(1),
        name: RepoName::parse("harbour/shop").expect("a name"),
        default_branch: BranchName::from("main"),
        archived: false,
        fork: false,
        html_url: "https://github.example/harbour/shop".to_owned(),
        app_id: 1,
        merge_methods: Vec::new(),
    }
}

fn github() -> Github {
    Github {
        comments: Vec::new(),
        replies: BTreeMap::new(),
        reactions: BTreeMap::new(),
        reads: 0,
        memory: Memory::default(),
        now: Timestamp::from_second(1_780_000_000).expect("a time"),
    }
}

fn any_said() -> impl Strategy<Value = Said> {
    let later = prop_oneof![4 => Just(0), 3 => 1..30_i64, 1 => 55..70_i64];
    (
        0..PEOPLE.len(),
        1..3_i64,
        later,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.4),
    )
        .prop_map(|(person, pull, minutes_later, edited, is_held_back)| Said {
            person,
            pull,
            minutes_later,
            edited,
            is_held_back,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// C1 no owner or developer is silenced, C2 an hour between two replies, C3 one answer, in words or by a reaction.
    #[test]
    fn a_flood_of_comments_keeps_the_promises(
        flood in prop::collection::vec((any_said(), prop::option::of((0..4_usize, any::<bool>()))), 1..30),
    ) {
        let mut github = github();
        let mut heard = Heard::default();
        let last = flood.len() - 1;
        for (index, (said, death)) in flood.iter().enumerate() {
            let id = github.is_said(said);
            heard.comments.insert(id, "/help".to_owned());
            if said.is_held_back && index != last {
                continue;
            }
            github.look(&heard, *death);
            // The next start finds the delivery unread, after the time in which a reply may still appear.
            github.now += SignedDuration::from_secs(6);
            github.look(&heard, None);
            heard = Heard::default();
        }
        let mut last_reply: BTreeMap<(UserId, PullNumber), Timestamp> = BTreeMap::new();
        for comment in &github.comments {
            let replies = github.replies.get(&comment.id).copied().unwrap_or_default();
            let reactions = github.reactions.get(&comment.id).copied().unwrap_or_default();
            prop_assert_eq!(replies + reactions, 1, "C3: {:?}", comment);
            let author = comment.author.as_ref().expect("everybody has an account").id;
            if !STRANGERS.map(|index| UserId(index as i64)).contains(&author) {
                prop_assert_eq!(replies, 1, "C1: {:?}", comment);
                continue;
            }
            let before = last_reply.get(&(author, comment.pull)).copied();
            let is_soon = before.is_some_and(|at| comment.created_at < at + SignedDuration::from_hours(1));
            prop_assert_eq!(replies == 0, is_soon, "C2: {:?}, the last reply was to {:?}", comment, before);
            if replies == 1 {
                last_reply.insert((author, comment.pull), comment.created_at);
            }
        }
    }
}

/// What somebody may do is read once for a whole flood, and not at all for a first comment.
#[test]
fn a_flood_reads_little() {
    let mut github = github();
    let said = Said {
        person: 4,
        pull: 1,
        minutes_later: 0,
        edited: false,
        is_held_back: false,
    };
    let mut heard = Heard::default();
    heard.comments.insert(github.is_said(&said), "/help".to_owned());
    github.look(&heard, None);
    assert_eq!(github.reads, 3, "the comment, the repository, the configuration");
    let mut heard = Heard::default();
    for _ in 0..50 {
        heard.comments.insert(github.is_said(&said), "/help".to_owned());
    }
    github.look(&heard, None);
    assert_eq!(github.reads, 3 + 50 + 4, "the comments, and four facts for them all");
}

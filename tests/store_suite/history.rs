//! The ledger as pages read it: by position, by filter, and with names instead of numbers.

use std::sync::Arc;

use greenlight::rules::id::{EnvironmentName, Login, Person, PullNumber, UserId};
use greenlight::rules::memory::{Change, Entry, EntryKind, Feature, Origin};
use greenlight::store::{Claim, Filter, Line, Store};

use super::memory::entry;
use super::*;

fn person(id: i64, login: &str) -> Person {
    Person {
        id: UserId(id),
        login: Login::from(login),
    }
}

/// Writes lines into the shop's ledger, a second apart.
async fn write(store: &Arc<dyn Store>, lines: &[Entry]) -> Claim {
    store.schedule(SHOP, Some(INSTALLATION), None, at(0)).await.unwrap();
    let look = claim(store, 0).await.unwrap();
    for (second, line) in (1..).zip(lines) {
        add(store, &look, line.clone(), second).await;
    }
    look
}

async fn add(store: &Arc<dyn Store>, look: &Claim, line: Entry, second: i64) {
    let change = [Change::Ledger(line)];
    store.remember(look, &change, &[], at(second)).await.unwrap();
}

fn whys(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.entry.why.as_str()).collect()
}

pub async fn a_history_is_read_page_by_page_while_it_grows(store: Arc<dyn Store>) {
    let look = write(&store, &["one", "two", "three", "four"].map(entry)).await;
    let everything = Filter::default();
    let first = store.history(SHOP, &everything, None, 2).await.unwrap();
    assert_eq!(whys(&first), ["four", "three"]);
    assert_eq!((first[0].at, &first[0].entry), (at(4), &entry("four")));
    add(&store, &look, entry("five"), 5).await;
    let second = store
        .history(SHOP, &everything, Some(first[1].position), 2)
        .await
        .unwrap();
    assert_eq!(whys(&second), ["two", "one"]);
    let last = store.history(SHOP, &everything, Some(second[1].position), 2).await;
    assert_eq!(last.unwrap(), []);
    assert_eq!(store.history(BLOG, &everything, None, 2).await.unwrap(), []);
}

pub async fn a_history_is_filtered_by_all_that_is_asked_for(store: Arc<dyn Store>) {
    let line = |why: &str, who: i64, environment: &str, pull: i64, features: &[i64]| Entry {
        who: Some(person(who, "anna")),
        environment: Some(EnvironmentName::from(environment)),
        pull: Some(PullNumber(pull)),
        features: features.iter().copied().map(PullNumber).collect(),
        ..entry(why)
    };
    let nobody = Entry {
        who: None,
        environment: None,
        pull: None,
        features: Vec::new(),
        ..entry("nobody's")
    };
    let lines = [
        line("a", 1, "staging", 12, &[]),
        line("b", 2, "staging", 40, &[3, 12]),
        line("c", 1, "production", 41, &[112, 121]),
        line("d", 2, "production", 42, &[12]),
        nobody,
    ];
    write(&store, &lines).await;
    for (environment, person, feature, expected) in [
        (None, None, None, vec!["nobody's", "d", "c", "b", "a"]),
        (Some("staging"), None, None, vec!["b", "a"]),
        (None, Some(1), None, vec!["c", "a"]),
        (None, None, Some(12), vec!["d", "b", "a"]),
        (None, None, Some(1), vec![]),
        (Some("production"), Some(2), Some(12), vec!["d"]),
        (Some("' OR 1 = 1 --"), None, None, vec![]),
    ] {
        let filter = Filter {
            environment: environment.map(EnvironmentName::from),
            person: person.map(UserId),
            feature: feature.map(PullNumber),
        };
        let found = store.history(SHOP, &filter, None, 10).await.unwrap();
        assert_eq!(whys(&found), expected, "{filter:?}");
    }
}

pub async fn a_history_knows_names_and_titles(store: Arc<dyn Store>) {
    let of = |who: Person, environment: &str| Entry {
        who: Some(who),
        environment: Some(EnvironmentName::from(environment)),
        ..entry("x")
    };
    let ready = Entry {
        kind: EntryKind::Ready,
        pull: Some(PullNumber(5)),
        ..of(person(2, "dora"), "staging")
    };
    let titled = |why: &str| Entry {
        why: why.to_owned(),
        ..ready.clone()
    };
    let lines = [
        of(person(1, "anna"), "staging"),
        of(person(1, "Anna-B"), "production"),
        titled("Wish lists"),
    ];
    let look = write(&store, &lines).await;
    let origin = Change::Origin {
        commit: greenlight::rules::id::Sha::parse(&"c".repeat(40)).unwrap(),
        origin: Origin::Feature(Feature {
            number: PullNumber(6),
            title: "Opening hours".to_owned(),
            author: None,
            closes: Vec::new(),
        }),
    };
    store.remember(&look, &[origin], &[], at(9)).await.unwrap();

    let mut names = store.history_names(SHOP).await.unwrap();
    names.environments.sort();
    assert_eq!(names.environments, ["production", "staging"].map(EnvironmentName::from));
    assert_eq!(
        names.people,
        [(Login::from("Anna-B"), UserId(1)), (Login::from("dora"), UserId(2))]
    );
    let asked = [5, 6, 7].map(PullNumber);
    let titles = store.titles(SHOP, &asked).await.unwrap();
    let expected = [
        (PullNumber(5), "Wish lists".to_owned()),
        (PullNumber(6), "Opening hours".to_owned()),
    ];
    assert_eq!(titles.into_iter().collect::<Vec<_>>(), expected);
    let told = store.told_since(SHOP, &[EntryKind::Ready], at(3)).await.unwrap();
    assert_eq!(whys(&told), ["Wish lists"]);
    let told = store.told_since(SHOP, &[EntryKind::Ready], at(4)).await.unwrap();
    assert_eq!(told, []);
}

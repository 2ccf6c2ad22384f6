//! Every link to a file of the repository leads to one, and every link to a place in a page to a heading of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::page::{Page, all};
use super::top;

/// The file that a target names, from the top of the repository, and the place in it.
fn resolved<'t>(page: &Page, target: &'t str) -> (String, Option<&'t str>) {
    let (file, place) = match target.split_once('#') {
        Some((file, place)) => (file, Some(place)),
        None => (target, None),
    };
    if file.is_empty() {
        return (page.name.clone(), place);
    }
    let mut parts: Vec<&str> = page.name.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{}: {target} leaves the repository", page.name),
            "." => {}
            part => parts.push(part),
        }
    }
    (parts.join("/"), place)
}

#[test]
fn every_link_leads_to_a_file_and_to_a_place_in_it() {
    let pages: BTreeMap<String, Page> = all().into_iter().map(|page| (page.name.clone(), page)).collect();
    let mut places = 0;
    for page in pages.values() {
        for target in page.targets.iter().filter(|target| !target.contains("://")) {
            let (file, place) = resolved(page, target);
            assert!(
                top().join(&file).is_file(),
                "{} links to {target}, which is not there",
                page.name
            );
            let Some(place) = place else { continue };
            let anchors = pages.get(&file).map(|page| &page.anchors);
            assert!(
                anchors.is_some_and(|anchors| anchors.contains(place)),
                "{} links to {target}, and {file} has no such heading: {anchors:?}",
                page.name
            );
            places += 1;
        }
    }
    assert!(
        places >= 8,
        "only {places} links to places: this test reads the wrong thing"
    );
}

/// A page that nothing leads to is read by nobody.
#[test]
fn every_page_is_led_to() {
    let pages = all();
    for page in &pages {
        let led_to = pages.iter().filter(|other| other.name != page.name).any(|other| {
            other
                .targets
                .iter()
                .any(|target| !target.contains("://") && resolved(other, target).0 == page.name)
        });
        assert!(led_to || page.name == "README.md", "nothing links to {}", page.name);
    }
    let pictures = std::fs::read_dir(top().join("docs/pictures")).expect("a folder");
    for picture in pictures {
        let name = format!(
            "docs/pictures/{}",
            picture.expect("an entry").file_name().to_string_lossy()
        );
        let is_shown = pages.iter().any(|page| {
            page.targets
                .iter()
                .any(|target| !target.contains("://") && resolved(page, target).0 == name)
        });
        assert!(is_shown, "no page shows {name}");
        let bytes = std::fs::metadata(top().join(Path::new(&name))).expect("a file").len();
        assert!(bytes < 160_000, "{name} has {bytes} bytes, which is much for a page");
    }
}

//! axe-core, which finds what keeps people out of a page. It is fetched from npm once for each target folder, pinned to its bytes;
//! under its own licence (MPL 2.0) it is used as it is, and is no part of Greenlight.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::chrome::Chrome;

const VERSION: &str = "4.14.1";

/// The SHA-512 of the package, as npm states it.
const INTEGRITY: &str =
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==";

/// What WCAG 2.2 asks for at the levels A and AA, and what axe-core itself calls good practice.
const RULES: &str =
    "{resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}";

/// What is wrong with the page that is open; empty if nothing is.
pub async fn complaints(chrome: &Chrome, source: &str) -> Vec<String> {
    chrome.finds(source).await;
    let ask =
        format!("axe.run(document, {RULES}).then((found) => done(found.violations), (error) => done(String(error)));");
    let found = chrome.finds_later(&ask).await;
    let violations = found.as_array().unwrap_or_else(|| panic!("axe-core failed: {found}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |violation: &Value| {
        let nodes = violation["nodes"].as_array().into_iter().flatten();
        let nodes: Vec<String> = nodes.map(|node| text(&node["html"])).collect();
        format!(
            "{}: {} {}",
            text(&violation["id"]),
            text(&violation["help"]),
            nodes.join(" ")
        )
    };
    violations.iter().map(one).collect()
}

/// The program, after making sure that it is there.
pub fn source() -> String {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let home = scratch.parent().unwrap_or(scratch).join("axe-core");
    fs::create_dir_all(&home).expect("a folder");
    let finished = home.join(format!("axe-{VERSION}.js"));
    let lock = File::create(home.join("lock")).expect("a file");
    lock.lock().expect("a lock");
    if !finished.is_file() {
        fetch(&home, &finished);
    }
    fs::read_to_string(finished).expect("axe-core can be read")
}

/// `npm pack` only downloads: it installs nothing and runs no script of a package.
fn fetch(home: &Path, finished: &Path) {
    let packed = Command::new("npm")
        .args([
            "pack",
            "--json",
            "--ignore-scripts",
            "--fetch-retries=2",
            "--pack-destination",
            ".",
        ])
        .arg(format!("axe-core@{VERSION}"))
        .current_dir(home)
        .output()
        .expect("npm runs; `bash .ci/prepare` installs it");
    let said = String::from_utf8_lossy(&packed.stderr);
    assert!(packed.status.success(), "axe-core cannot be fetched: {said}");
    let told: Value = serde_json::from_slice(&packed.stdout).expect("npm tells JSON");
    assert_eq!(told[0]["integrity"], INTEGRITY, "not the bytes that were pinned");
    let tar = Command::new("tar")
        .args(["xzf", &format!("axe-core-{VERSION}.tgz"), "package/axe.min.js"])
        .current_dir(home)
        .status();
    assert!(tar.is_ok_and(|status| status.success()), "axe-core can be unpacked");
    fs::rename(home.join("package/axe.min.js"), finished).expect("a file can be moved");
}

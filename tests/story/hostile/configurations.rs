//! Configurations that no person would write, and things in the file's place that are no file: nothing is promoted, and the answer
//! says why. A broken file never falls back to the defaults.

use greenlight::sandbox::Unusual;

use crate::world::World;

const PATH: &str = ".github/greenlight.yml";

/// Commits a file to main, says `/promote staging`, and gives the answer.
async fn answer_with(world: &World, promotion: u64, text: &str) -> String {
    world.shop.commit("main", "dora", "Set Greenlight up", &[(PATH, text)]);
    world.settle().await;
    world.says("anna", promotion, "/promote staging").await
}

fn alias_bomb() -> String {
    let levels = (1..30).map(|n| {
        let before = format!("*a{}, ", n - 1).repeat(9);
        format!("a{n}: &a{n} [{before}x]\n")
    });
    format!("a0: &a0 [x]\n{}", levels.collect::<String>())
}

fn texts() -> Vec<(&'static str, String, &'static str)> {
    vec![
        (
            "references that double and double",
            alias_bomb(),
            "references are not allowed here",
        ),
        (
            "a thing within itself",
            "owners: &all [*all]\n".to_owned(),
            "references are not allowed here",
        ),
        (
            "a merged key",
            "x: &x {owners: [eve]}\n<<: *x\n".to_owned(),
            "references are not allowed here",
        ),
        ("brackets without an end", "[".repeat(60_000), "cannot be read"),
        ("60,000 levels", "- ".repeat(30_000), "The file"),
        (
            "more than is read",
            format!("owners: [anna]\n{}", "#".repeat(70_000)),
            "larger than 64 KB",
        ),
        (
            "more than GitHub gives",
            format!("owners: [anna]\n{}", "#".repeat(1_100_000)),
            "a file that is far too large",
        ),
        (
            "two documents",
            "owners: [anna]\n---\nowners: [eve]\n".to_owned(),
            "Please keep everything in one part",
        ),
        ("a key twice", "owners: [anna]\nowners: [eve]\n".to_owned(), "`owners`"),
        (
            "another file",
            "owners: !include /etc/passwd\n".to_owned(),
            "cannot be read as YAML",
        ),
        (
            "code",
            "owners: !!python/object/apply:os.system [id]\n".to_owned(),
            "Line 1",
        ),
        ("a NUL", "owners: [anna]\0\n".to_owned(), "Line 1"),
        (
            "an owner with a look-alike letter",
            "owners: [аnna]\n".to_owned(),
            "Line 1",
        ),
        (
            "an owner that turns the line",
            "owners: [\"\u{202e}anna\"]\n".to_owned(),
            "Line 1",
        ),
        (
            "an environment that leads elsewhere",
            "environments: [{name: staging, branch: ../../main}]\n".to_owned(),
            "Line 1",
        ),
        (
            "mainline as an environment",
            "environments: [{name: staging, branch: main}]\n".to_owned(),
            "default branch",
        ),
        ("nothing but a text", "anna".to_owned(), "where keys with values belong"),
        (
            "an answer of a server",
            "<!DOCTYPE html><html><body>404</body></html>".to_owned(),
            "Line 1",
        ),
        (
            "a mention in a key",
            "\"@everybody <!-- x -->\": 1\n".to_owned(),
            "there is no setting",
        ),
    ]
}

#[tokio::test]
async fn a_file_that_cannot_be_used_shuts_every_gate_and_says_why() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let mut otherwise = Vec::new();
    for (what, text, why) in texts() {
        let answer = answer_with(&world, promotion, &text).await;
        let is_short = answer.chars().count() < 6_000;
        if !(is_short && answer.contains(why) && answer.contains("greenlight.yml")) {
            otherwise.push(format!("{what}: {answer:.300}"));
        }
    }
    assert_eq!(otherwise, Vec::<String>::new());
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn something_that_is_no_text_file_is_told_as_what_it_is() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let outside = Unusual::Link("../../etc/passwd".to_owned());
    let elsewhere = Unusual::Submodule("https://github.com/eve/trap.git".to_owned());
    let latin = Unusual::Bytes(b"owners: [anna] # gr\xfc\xdfe".to_vec());
    let utf16 = "owners: [anna]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nothing = Unusual::Bytes(b"\xff\xfe\x00\xd8".to_vec());
    for (unusual, told) in [
        (outside, "a symbolic link"),
        (elsewhere, "a submodule"),
        (latin, "a file that is not text in UTF-8"),
        (nothing, "a file that is not text in UTF-8"),
        (Unusual::Bytes(utf16), "Line 1"),
    ] {
        world.shop.stands_at(PATH, unusual);
        let answer = world.says("anna", promotion, "/promote staging").await;
        assert!(answer.contains(told) && !answer.contains("passwd"), "{told}: {answer}");
    }
    // A folder: `.github/greenlight.yml/` with something in it.
    let mut world = World::with_configuration(None).await;
    world.shop.commit(
        "main",
        "dora",
        "Set Greenlight up",
        &[(".github/greenlight.yml/owners", "eve")],
    );
    world.shop.grant("anna", greenlight::sandbox::Role::Admin);
    world.lands("Faster checkout").await;
    let answer = world.says("anna", 1, "/promote staging").await;
    assert!(answer.contains("a folder"), "{answer}");
    assert_eq!(world.moves("staging"), 0);
}

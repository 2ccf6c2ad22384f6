//! The pictures of the README and of the owner's page: the board of the demo, as the demo has it. The test looks whether it still
//! shows what is said of it there; with `UPDATE_PICTURES=1` it writes the pictures anew.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::pages::pictures;
use crate::somebody::{SHOP, Somebody, Way};

/// The demo as a visitor starts it; it ends with the test.
struct Demo {
    child: Child,
    /// Where the board is, without a slash at the end.
    board: String,
}

impl Demo {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_greenlight"))
            .arg("demo")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo starts");
        let output = child.stdout.take().expect("its output");
        let board = BufReader::new(output).lines().find_map(|line| {
            let line = line.expect("text");
            let (_, board) = line.split_once("own pages, as anna: ")?;
            Some(board.trim().trim_end_matches('/').to_owned())
        });
        Self {
            child,
            board: board.expect("it tells where the board is"),
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // As by Ctrl-C, so that it takes away what it wrote.
        let told = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        if told.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demos_board_is_as_the_pictures_show_it() {
    let demo = Demo::start();
    let anna = Somebody::at(&demo.board, Way::Mouse).await;
    let chrome = &anna.chrome;
    anna.signs_in("anna").await;
    chrome
        .develops("Emulation.setScrollbarsHidden", json!({"hidden": true}))
        .await;
    for (name, scheme, width, height) in [
        ("board.png", "light", 1280, 1100),
        ("board-phone.png", "dark", 390, 844),
    ] {
        chrome.prefers(scheme).await;
        chrome.is_of_size(width, height).await;
        anna.opens(SHOP).await;
        for (place, words) in [
            ("environment-staging", "Free to promote"),
            ("environment-staging", "3 changes"),
            ("environment-production", "Nothing waits to come here"),
        ] {
            anna.is_told(place, words).await;
        }
        chrome.is_pictured(&folder().join(name)).await;
    }
    chrome.prefers("light").await;
    chrome.is_of_size(760, 900).await;
    she_takes_a_feature_along(&anna).await;
}

/// The story of docs/owner.md, in three pictures: a feature to look at, what would go to staging, and the answer.
async fn she_takes_a_feature_along(anna: &Somebody) {
    let chrome = &anna.chrome;
    let pictured = async |name: &str| chrome.is_pictured_part("main", &folder().join(name)).await;
    anna.opens(SHOP).await;
    anna.goes_by(".card .acts a[href*='/act/feature/']").await;
    for button in ["accept", "send-back"] {
        chrome
            .sees(&format!("document.querySelector('button[name=act][value={button}]')"))
            .await;
    }
    pictured("owner-feature.png").await;
    anna.opens(SHOP).await;
    anna.goes_by("#environment-staging .acts a").await;
    anna.is_told("asked", "The checks: in order.").await;
    // How to hold and to roll back is another part of the story.
    chrome
        .finds("document.querySelectorAll('section[aria-labelledby=hold], section[aria-labelledby=roll-back]').forEach(one => one.hidden = true);")
        .await;
    pictured("owner-promote.png").await;
    anna.presses("promote").await;
    anna.is_told("asked", "Promoted to staging").await;
    chrome
        .is_pictured_part("#asked", &folder().join("owner-answer.png"))
        .await;
}

/// Where the pages find them, if they are to be written anew; else beside all others.
fn folder() -> PathBuf {
    match std::env::var_os("UPDATE_PICTURES") {
        Some(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures"),
        None => pictures(),
    }
}

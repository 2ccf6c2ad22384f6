//! The pictures of the README: the board of the demo, as the demo has it. The test looks whether it still shows what the README says
//! of it; with `UPDATE_PICTURES=1` it writes the pictures anew.

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
async fn the_demos_board_is_as_the_readme_shows_it() {
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
}

/// Where the README finds them, if they are to be written anew; else beside all others.
fn folder() -> PathBuf {
    match std::env::var_os("UPDATE_PICTURES") {
        Some(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures"),
        None => pictures(),
    }
}

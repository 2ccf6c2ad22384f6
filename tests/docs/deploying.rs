//! What is told of programs that are not on the machines that run tests: held against the files that they are given.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::programs::{Line, Program, lines_for};
use super::{read, settings};

/// What stands in the head of a file, as remarks.
fn head_of(file: &str) -> Vec<String> {
    let text = read(file);
    let head = text.lines().take_while(|line| line.starts_with('#'));
    head.map(|line| {
        line.trim_start_matches('#')
            .split(" # ")
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    })
    .collect()
}

#[test]
fn the_lines_for_fly_are_those_at_the_top_of_its_file() {
    let head = head_of("fly.toml");
    let shown: Vec<String> = head.into_iter().filter(|line| line.starts_with("fly ")).collect();
    let lines: Vec<Line> = lines_for(Program::Fly);
    let in_blocks: Vec<&str> = lines
        .iter()
        .filter(|line| line.place.contains(", line "))
        .map(|line| line.text.as_str())
        .collect();
    assert_eq!(in_blocks, shown);
    // A command of theirs that a sentence names is one of these.
    for line in &lines {
        assert!(
            shown.iter().any(|known| known.starts_with(&line.text)),
            "{}: {}",
            line.place,
            line.text
        );
    }
}

#[test]
fn the_lines_for_docker_fit_the_image() {
    let dockerfile = read("Dockerfile");
    let known = settings::known();
    let mut runs = 0;
    for line in lines_for(Program::Docker) {
        let words: Vec<&str> = line.text.split_whitespace().collect();
        let place = &line.place;
        match words[1] {
            "build" => assert!(head_of("Dockerfile").contains(&line.text), "{place}: {}", line.text),
            "logs" => assert_eq!(words[2..], ["greenlight"], "{place}"),
            "run" if words.len() > 2 => {
                assert_eq!(words.last(), Some(&"greenlight"), "{place}: the image is named last");
                for pair in words.windows(2) {
                    match pair {
                        ["-e", setting] => {
                            let name = setting.split('=').next().unwrap_or_default();
                            assert!(known.contains(name) || name == "SSL_CERT_FILE", "{place}: {name}");
                        }
                        ["-p", ports] => {
                            let inside = ports.split(':').next_back().unwrap_or_default();
                            assert!(dockerfile.contains(&format!("EXPOSE {inside}\n")), "{place}: {ports}");
                        }
                        ["-v", "greenlight:/data"] => assert!(dockerfile.contains("VOLUME /data\n")),
                        _ => {}
                    }
                }
                runs += 1;
            }
            // Only named in a sentence.
            "run" | "stop" => {}
            other => panic!("{place}: nothing here holds docker {other}"),
        }
    }
    assert!(runs >= 2, "only {runs} lines run the image");
    // The README's and the page's are the same.
    let of = |page: &str| -> Vec<String> {
        let lines = lines_for(Program::Docker).into_iter();
        let lines = lines.filter(|line| line.place.starts_with(page) && line.text.contains("--restart"));
        lines
            .map(|line| line.text.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    };
    assert_eq!(of("README.md"), of("docs/deploy.md"));
}

#[test]
fn the_compose_file_is_one_and_takes_what_its_env_file_has() {
    const FILE: &str = "docs/deploy/compose.yml";
    let text = read(FILE);
    let compose: Value = serde_saphyr::from_str(&text).expect("YAML");
    let services = compose["services"].as_object().expect("services");
    let names: BTreeSet<&str> = services.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["greenlight", "postgres", "proxy"]));
    for service in services.values() {
        let others = service["depends_on"].as_object().into_iter().flat_map(|on| on.keys());
        let listed = service["depends_on"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        for other in others.map(String::as_str).chain(listed) {
            assert!(names.contains(other), "{other} is no service");
        }
        let volumes = service["volumes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        for volume in volumes.filter_map(|volume| volume.split(':').next()) {
            assert!(compose["volumes"].get(volume).is_some(), "{volume} is no volume");
        }
    }
    assert_eq!(services["greenlight"]["deploy"]["replicas"], 2);
    let own = format!("--file {FILE} --project-directory .");
    assert!(head_of(FILE).join("\n").contains(&own), "it is started by its own name");
    // What it wants of the file beside it is what set-up prints, and the two that its own head names.
    let head = head_of(FILE).join(" ");
    let wanted = text
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split([':', '}']).next());
    for name in wanted {
        let printed = name.starts_with("GITHUB_") && settings::known().contains(name);
        assert!(printed || head.contains(name), "nobody is told of {name}");
    }
}

/// systemd's own check takes the unit as it is, but for the path of a program that is not there.
#[test]
fn the_unit_is_one_that_systemd_takes() {
    let unit = read("docs/deploy/greenlight.service");
    let program = "ExecStart=/usr/local/bin/greenlight ";
    assert!(unit.contains(program), "{unit}");
    // Whoever follows its head puts program and settings where it looks for them.
    let head = head_of("docs/deploy/greenlight.service").join(" ");
    let settings = unit.lines().find_map(|line| line.strip_prefix("EnvironmentFile="));
    for place in ["/usr/local/bin/greenlight", settings.expect("a file with settings")] {
        assert!(
            head.contains(&format!(" {place} ")),
            "its head does not tell of {place}"
        );
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let here = folder.path().join("greenlight.service");
    let mine = format!("ExecStart={} ", env!("CARGO_BIN_EXE_greenlight"));
    let said_of = |text: &str| {
        std::fs::write(&here, text).expect("a new file");
        let output = Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .arg(&here)
            .output()
            .expect("systemd-analyze is missing; .ci/prepare installs it (Debian: apt-get install systemd)");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let of_ours = said.lines().filter(|line| line.contains("greenlight.service"));
        of_ours.map(str::to_owned).collect::<Vec<String>>()
    };
    let unit = unit.replace(program, &mine);
    assert_eq!(said_of(&unit), Vec::<String>::new());
    assert!(
        !said_of(&unit.replace("ProtectHome=", "ProtectHomes=")).is_empty(),
        "it looks"
    );
}

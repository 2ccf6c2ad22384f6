//! `greenlight check` and `greenlight schema`, as whoever writes a configuration runs them.

use std::path::Path;
use std::process::{Command, Output};

#[path = "support/canary.rs"]
mod canary;

fn greenlight(folder: &Path, args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_greenlight"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the binary runs");
    canary::none_in_output(&output);
    output
}

/// What `check` says of this text at the usual place, and its exit code.
fn checked(text: &[u8], args: &[&str]) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join(".github")).expect("a new folder");
    std::fs::write(folder.path().join(".github/greenlight.yml"), text).expect("a new file");
    let output = greenlight(folder.path(), &[&["check"], args].concat());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (String::from_utf8(output.stdout).expect("text"), output.status.code())
}

#[test]
fn a_file_in_order_is_told_with_what_it_says_and_what_has_no_effect_yet() {
    let (told, code) = checked(
        b"owners: [anna, \"@harbour/product\"]
timezone: Europe/Berlin
merge_method: squash
environments:
  - name: staging
  - name: production
    branch: live
    owners: [role:admin]
    checks: [e2e, \"ci/circleci: *\"]
  - { name: demo, checks: none }
",
        &["--default-branch", "main"],
    );
    insta::assert_snapshot!(told, @r"
    .github/greenlight.yml is in order.

    - Those who may promote: `anna` and the team `@harbour/product`.
    - **staging** is the branch `staging`. The checks that the branch's rules require have to be green, or all checks where no rule requires any.
    - **production** is the branch `live`. These checks have to be green: `e2e` and `ci/circleci: *`. Those who may promote into it: everyone with at least the admin role.
    - **demo** is the branch `demo`. No check has to be green.
    - Times are told in the time zone `Europe/Berlin`.
    ");
    assert_eq!(code, Some(0));
}

#[test]
fn an_empty_file_says_the_defaults() {
    insta::assert_snapshot!(checked(b"", &[]).0, @r"
    .github/greenlight.yml is in order.

    - Those who may promote: everyone with at least the maintain role.
    - The environments are `staging` and `production`, in this order, where a branch of that name exists.
    - Times are told in the time zone `UTC`.
    ");
}

#[test]
fn each_mistake_is_a_line_with_its_place() {
    let (told, code) = checked(
        b"owner: [anna]\nenvironments:\n  - name: staging\n    checks: atuo\n  - name: staging\n",
        &[],
    );
    insta::assert_snapshot!(told, @r"
    .github/greenlight.yml:1:1: at `owner`, there is no setting `owner` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`. Did you mean `owners`?
    .github/greenlight.yml:4:13: at `environments[0].checks`, there is `atuo`, where `auto`, `none` or a list of the names of checks belongs. Did you mean `auto`?
    .github/greenlight.yml:5:11: at `environments[1].name`, the name `staging` stands in the list twice. Each needs a name of its own.
    ");
    assert_eq!(code, Some(1));
}

#[test]
fn an_environment_on_mainline_is_found_when_mainline_is_told() {
    let text = b"environments: [{name: main}]";
    assert_eq!(checked(text, &[]).1, Some(0));
    let (told, code) = checked(text, &["--default-branch", "main"]);
    insta::assert_snapshot!(told, @".github/greenlight.yml:1:23: at `environments[0].name`, `main` is the repository's default branch, which features merge into. It can be neither an environment nor a preview.");
    assert_eq!(code, Some(1));
}

#[test]
fn what_is_no_text_or_too_large_is_told_as_such() {
    insta::assert_snapshot!(checked(b"owners: [\xff]", &[]).0, @".github/greenlight.yml: this has to be a plain text file, and `a file that is not text in UTF-8` stands in its place.");
    let large = "é".repeat(40_000);
    insta::assert_snapshot!(checked(large.as_bytes(), &[]).0, @".github/greenlight.yml: it is larger than 64 KB, and so it was not read.");
}

#[test]
fn a_file_that_is_not_there_is_an_error_and_no_verdict() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = greenlight(folder.path(), &["check", "elsewhere.yml"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.starts_with("greenlight: could not check elsewhere.yml: "),
        "{said}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn the_schema_is_printed_as_it_is_kept() {
    let output = greenlight(Path::new(env!("CARGO_MANIFEST_DIR")), &["schema"]);
    let kept = include_str!("../docs/greenlight.schema.json");
    assert!(
        String::from_utf8(output.stdout).expect("text") == kept,
        "write it anew: greenlight schema > docs/greenlight.schema.json"
    );
}

#[test]
fn a_backup_is_a_whole_database_and_never_writes_over_another_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = folder.path().join("greenlight.db");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // In use: it holds its lock, and writes.
    let store = runtime
        .block_on(greenlight::store::SqliteStore::open(&database))
        .expect("a new database");
    let url = format!("--database-url=sqlite://{}", database.display());
    let copied = greenlight(folder.path(), &["backup", "copy.db", &url]);
    assert!(copied.status.success(), "{copied:?}");
    let told = String::from_utf8_lossy(&copied.stdout);
    assert!(
        told.starts_with("copy.db is whole: 0 deliveries and 0 lines of the ledger"),
        "{told}"
    );
    let again = greenlight(folder.path(), &["backup", "copy.db", &url]);
    assert!(!again.status.success());
    assert_eq!(
        String::from_utf8_lossy(&again.stderr).trim(),
        "greenlight: there is already something at copy.db; name a new file; a backup never writes over an earlier one"
    );
    let opened = runtime.block_on(greenlight::store::SqliteStore::open(&folder.path().join("copy.db")));
    assert!(opened.is_ok(), "it can be used in place of the database");
    drop(store);
    let none = greenlight(
        folder.path(),
        &["backup", "other.db", "--database-url=sqlite://nothing.db"],
    );
    assert!(!none.status.success());
    assert!(!folder.path().join("nothing.db").exists() && !folder.path().join("other.db").exists());
    let postgres = greenlight(
        folder.path(),
        &["backup", "other.db", "--database-url=postgres://u:secret@host/db"],
    );
    let told = String::from_utf8_lossy(&postgres.stderr);
    assert!(told.contains("pg_dump") && !told.contains("secret"), "{told}");
}

/// Every secret that can be set, in the environment as an operator sets it, with something else wrong so that the program says so.
#[test]
fn no_output_shows_a_secret_that_is_set() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = greenlight::sandbox::APP_PRIVATE_KEY;
    let secret = "5f2b8c1e9d4a7036f1e8b2c5d9a4073e6b1f8c2d5e9a0b47";
    let cut = &key[..key.len() / 2];
    for (arguments, key, database) in [
        (
            &["serve", "--help"][..],
            key,
            "postgres://u:the-database-password@db/greenlight",
        ),
        (&["serve"], cut, "postgres://u:the-database-password@"),
        (&["serve"], key, "the-database-password"),
        (&["serve", "--port", "many"], key, "sqlite://the-database-password?x"),
        (&["serve", "--no-such-flag"], key, "sqlite://x"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_greenlight"))
            .args(arguments)
            .current_dir(folder.path())
            .env("GITHUB_APP_ID", "none")
            .env("GITHUB_PRIVATE_KEY", key)
            .env("GITHUB_WEBHOOK_SECRET", format!("{secret},short"))
            .env("GITHUB_CLIENT_SECRET", "the-client-secret")
            .env("DATABASE_URL", database)
            .output()
            .expect("the binary runs");
        let told = output.stdout.len() + output.stderr.len();
        assert!(told > 100, "{arguments:?} says nothing");
        canary::none_in_output(&output);
    }
}

//! Set-up, from the code in the log to the first delivery, with a browser without script.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use greenlight::sandbox;
use greenlight::settings::{self, Args, Settings, Start};
use http::Method;
use insta::assert_snapshot;

use crate::canary;
use crate::site::{Site, between, fields, value};

fn masked(text: &str, hidden: &[&str]) -> String {
    hidden
        .iter()
        .fold(text.to_owned(), |text, hidden| text.replace(hidden, "…"))
}

fn others_in(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).expect("a folder");
    let paths = files.map(|file| file.expect("a file").path());
    paths.filter(|path| !path.ends_with("github-app.json")).collect()
}

#[tokio::test]
async fn from_the_code_in_the_log_to_a_running_app() {
    let mut site = Site::start().await;
    for (path, status) in [("/readyz", 503), ("/healthz", 200), ("/", 503), ("/sign-in", 503)] {
        assert_eq!(site.browser.get(path).await.status, status, "{path}");
    }
    assert_eq!(site.browser.post("/webhook", "x=y").await.status, 503);

    let (begin_at, url) = (site.begin_at.clone(), site.sandbox.url());
    let folder = site.folder.path().display().to_string();
    let form = site.browser.get(&begin_at).await;
    assert_eq!(value(&form, "code"), site.code());
    assert_snapshot!(masked(&form.text(), &[&url, &folder]), @r"
    Skip to the content
    Greenlight
    Set Greenlight up
    I act on GitHub as a GitHub App, and there is none yet. Say whose it shall be. You then go to …, where you press one button to make it, and come back here. It asks for just what stands in app-manifest.yml, with the reason for each.
    The one-time code from my log
    The App's credentials
    Keep them in …/github-app.json, which only the user I run as can read.
    Show them to me once, as lines for fly.io and Docker. I keep nothing.
    The name of your organisation on GitHub
    Make it for this organisation
    Make it for my own account
    ");

    let filled = site.form();
    let go_on = site.browser.post("/setup", &filled).await;
    assert_snapshot!(masked(&go_on.text(), &[&url]), @r"
    Skip to the content
    Greenlight
    On to GitHub
    The App will be made for the organisation harbour, at …. Press the button here, and there the one that makes the App. If its name is taken, write another one. You have an hour.
    Make it on GitHub
    Begin again
    ");
    assert!(
        go_on
            .header("content-security-policy")
            .contains(&format!("form-action {url};")),
        "{}",
        go_on.header("content-security-policy")
    );
    let set = go_on.header("set-cookie");
    assert!(
        set.starts_with("greenlight-setup=") && set.ends_with("; HttpOnly; SameSite=Lax"),
        "{set}"
    );

    let back = site.through_github(&go_on).await;
    let done = site.browser.get(&back).await;
    assert_snapshot!(masked(&done.text(), &[&url, &folder]), @r"
    Skip to the content
    Greenlight
    The App is made
    GitHub made the App Greenlight. Its credentials are in …/github-app.json, which only the user I run as can read. One thing is left: install it on the repositories that I shall look after.
    Install it on your repositories
    ");
    let mode = std::fs::metadata(site.file()).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for other in others_in(site.folder.path()) {
        canary::none_in(&other.display().to_string(), &std::fs::read(&other).expect("a file"));
    }

    let app = site.app().await;
    assert_eq!(site.browser.get("/readyz").await.status, 200);
    let install = between(&done.body, "<a class=\"button\" href=\"", "\"");
    assert_eq!(install, format!("{url}/apps/greenlight/installations/new"));
    let choice = site.browser.get(&install).await;
    assert!(choice.text().contains("Install on harbour."), "{}", choice.text());
    let installed = site
        .browser
        .ask(Method::POST, &install, Some("selection=all"), &[])
        .await;
    let landed = installed.location();
    assert!(
        landed.starts_with(&format!("{}/?installation_id=", site.browser.board)),
        "{landed}"
    );
    assert_eq!(site.browser.get(&landed).await.status, 200);
    site.sandbox.deliveries_done().await;
    let told = site.sandbox.deliveries();
    let answers: Vec<_> = told.iter().map(|one| (one.event.as_str(), one.answer)).collect();
    assert_eq!(answers, [("ping", Some(503)), ("installation", Some(202))]);

    let already = site.browser.get("/setup").await;
    assert_eq!(already.status, 404);
    assert_snapshot!(already.text(), @r"
    Skip to the content
    Greenlight
    Greenlight is set up
    There is an App, so there is nothing to set up here. To make another one, stop me, take away what says which App I am (the settings, or the file github-app.json beside the database), and start me again.
    Your repositories
    ");
    app.stop().await;
    let found = Settings::check(site.args.clone()).expect("what was kept is found");
    assert_eq!(
        found.app_id,
        i64::try_from(site.sandbox.app().id).expect("a small number")
    );
    assert_eq!(found.client.expect("a client").id, site.sandbox.app().client_id);
    assert_eq!(
        found.public_url,
        Some(site.args.public_url.clone().expect("an address"))
    );
    site.keeps_its_promises();
}

#[tokio::test]
async fn what_github_is_asked_for_is_the_manifest() {
    let mut site = Site::start().await;
    let form = site.form();
    let go_on = site.browser.post("/setup", &form).await;
    let manifest: serde_json::Value = serde_json::from_str(&value(&go_on, "manifest")).expect("JSON");
    assert_eq!(
        manifest["hook_attributes"]["url"],
        format!("{}/webhook", site.browser.board)
    );
    let back = site.through_github(&go_on).await;
    site.browser.get(&back).await;
    let app = site.app().await;
    let (made, asked) = (site.sandbox.app(), sandbox::App::default());
    assert_eq!((made.permissions, made.events), (asked.permissions, asked.events));
    assert_eq!(made.callback_urls, [format!("{}/sign-in/callback", site.browser.board)]);
    assert_eq!((made.name.as_str(), made.owner.as_str()), ("Greenlight", "harbour"));
    app.stop().await;
    site.keeps_its_promises();
}

#[tokio::test]
async fn for_ones_own_account_and_under_another_name() {
    let mut site = Site::start().await;
    let form = format!("code={}&organization=&for=person", site.code());
    let go_on = site.browser.post("/setup", &form).await;
    let action = between(&go_on.body, "method=\"post\" action=\"", "\"");
    let page = format!("{}/settings/apps/new?state=", site.sandbox.url());
    assert!(action.starts_with(&page), "{action}");
    let sent = fields(&[("manifest", &value(&go_on, "manifest"))]);
    let confirm = site.browser.ask(Method::POST, &action, Some(&sent), &[]).await;
    let unnamed = site.makes(&confirm, " ").await;
    assert!(unnamed.text().contains("Name can't be blank"), "{}", unnamed.text());
    let back = site.makes(&unnamed, "Harbour's Greenlight").await.location();
    let done = site.browser.get(&back).await;
    assert!(
        done.text().contains("GitHub made the App Harbour's Greenlight."),
        "{}",
        done.text()
    );
    site.app().await.stop().await;
    site.keeps_its_promises();
}

/// What stands behind this name in the lines, without the quotation marks.
fn quoted(line: &str, name: &str) -> String {
    between(line, &format!("{name}='"), "'")
}

#[tokio::test]
async fn shown_once_they_are_lines_that_work() {
    let mut site = Site::start().await;
    let form = format!("{}&credentials=show", site.form());
    let go_on = site.browser.post("/setup", &form).await;
    let back = site.through_github(&go_on).await;
    let done = site.browser.get(&back).await;
    let text = done.text();
    let line = text
        .lines()
        .find(|line| line.starts_with("fly secrets set "))
        .expect("a line for fly.io");
    assert!(
        text.lines().any(|line| line.starts_with("-e GITHUB_APP_ID='")),
        "{text}"
    );
    assert!(!site.file().exists());
    site.app().await.stop().await;
    let by_hand = Args {
        github_app_id: Some(quoted(line, "GITHUB_APP_ID")),
        github_private_key: Some(quoted(line, "GITHUB_PRIVATE_KEY").into()),
        github_webhook_secret: Some(quoted(line, "GITHUB_WEBHOOK_SECRET").into()),
        github_client_id: Some(quoted(line, "GITHUB_CLIENT_ID")),
        github_client_secret: Some(quoted(line, "GITHUB_CLIENT_SECRET").into()),
        public_url: Some(quoted(line, "PUBLIC_URL")),
        ..site.args.clone()
    };
    let found = Settings::check(by_hand).expect("usable settings");
    assert_eq!(found.public_url.as_deref(), Some(site.browser.board.as_str()));
    assert!(
        matches!(settings::begin(site.args.clone()), Ok(Start::SetUp(_))),
        "nothing was kept"
    );
    site.keeps_its_promises();
}

#[tokio::test]
async fn without_a_lasting_folder_they_can_only_be_shown() {
    let mut site = Site::with(|args| args.database_url = "sqlite:///dev/null/greenlight.db".to_owned().into()).await;
    let page = site.browser.get("/setup").await;
    assert!(page.text().contains("I have no lasting folder"), "{}", page.text());
    assert!(!page.body.contains("name=\"credentials\""));
    site.stops();
}

#[tokio::test]
async fn the_address_is_asked_for_where_it_is_not_known() {
    let mut site = Site::with(|args| args.public_url = None).await;
    let page = site.browser.get("/setup").await;
    assert_eq!(value(&page, "address"), site.browser.board, "as the browser sees it");
    for (address, told) in [
        ("harbour", "Write the address at which"),
        ("ftp://harbour.example", "Write the address at which"),
        ("https://x@harbour.example", "Write the address at which"),
        ("http://harbour.example", "others could read along"),
    ] {
        let form = format!("{}&{}", site.form(), fields(&[("address", address)]));
        let page = site.browser.post("/setup", &form).await;
        assert_eq!(page.status, 422, "{address}");
        assert!(page.text().contains(told), "{address}: {}", page.text());
    }
    let form = format!(
        "{}&{}",
        site.form(),
        fields(&[("address", &format!("{}/", site.browser.board))])
    );
    let go_on = site.browser.post("/setup", &form).await;
    let back = site.through_github(&go_on).await;
    site.browser.get(&back).await;
    site.app().await.stop().await;
    let found = Settings::check(site.args.clone()).expect("what was kept is found");
    assert_eq!(found.public_url.as_deref(), Some(site.browser.board.as_str()));
    site.keeps_its_promises();
}

//! Without what signing in needs, the board says what to set, and everything else works.

use greenlight::app::App;
use greenlight::clock::Clock;
use greenlight::sandbox::{self, Options, Sandbox};
use greenlight::settings::{Args, Settings};
use insta::assert_snapshot;

use crate::browser::Page;
use crate::world::SECRET;

/// Starts Greenlight with these settings changed, and asks for a page.
async fn asked(path: &str, change: impl FnOnce(&mut Args)) -> Page {
    let sandbox = Sandbox::start(Options::default()).await.expect("a free port");
    let directory = tempfile::tempdir().expect("a temporary folder");
    let mut args = Args {
        github_app_id: Some(sandbox.app().id.to_string()),
        github_private_key: Some(sandbox::APP_PRIVATE_KEY.to_owned().into()),
        github_webhook_secret: Some(SECRET.to_owned().into()),
        github_api_url: sandbox.api_url(),
        github_url: sandbox.url(),
        database_url: format!("sqlite://{}", directory.path().join("greenlight.db").display()).into(),
        host: "127.0.0.1".to_owned(),
        port: "0".to_owned(),
        ..Args::default()
    };
    change(&mut args);
    let settings = Settings::check(args).expect("usable settings");
    let app = App::start(&settings, Clock::default()).await.expect("it starts");
    let mut browser = crate::browser::Browser::at(app.address);
    let page = browser.get(path).await;
    assert_eq!(browser.get("/healthz").await.status, 200);
    app.stop().await;
    page
}

#[tokio::test]
async fn without_its_settings_the_board_says_what_to_set() {
    let page = asked("/", |_| {}).await;
    assert_eq!(page.status, 503);
    assert_snapshot!(page.text(), @r"
    Skip to the content
    Greenlight
    Nobody can sign in here yet
    Everything else works: commands in comments are answered as always. For the pages, whoever runs Greenlight has to set this, and start it again:
    GITHUB_CLIENT_ID
    GITHUB_CLIENT_SECRET
    PUBLIC_URL
    ");
    let page = asked("/sign-in", |args| {
        args.github_client_id = Some("Iv23li".to_owned());
        args.github_client_secret = Some("a secret".to_owned().into());
    });
    let text = page.await.text();
    assert!(text.contains("PUBLIC_URL") && !text.contains("GITHUB_CLIENT"), "{text}");
}

#[tokio::test]
async fn over_plain_http_nobody_signs_in_but_on_the_own_machine() {
    let page = asked("/", |args| {
        args.github_client_id = Some("Iv23li".to_owned());
        args.github_client_secret = Some("a secret".to_owned().into());
        args.public_url = Some("http://greenlight.example.com".to_owned());
    });
    assert_snapshot!(page.await.text(), @r"
    Skip to the content
    Greenlight
    Nobody can sign in here yet
    This address begins with http://, so others could read along. Whoever runs Greenlight has to put it behind an address that begins with https://, and set this to it:
    PUBLIC_URL
    ");
}

/// Behind TLS a browser is told to keep the cookie to this host and to TLS.
#[tokio::test]
async fn over_tls_cookies_are_bound_to_the_host() {
    let page = asked("/sign-in", |args| {
        args.github_client_id = Some("Iv23li".to_owned());
        args.github_client_secret = Some("a secret".to_owned().into());
        args.public_url = Some("https://greenlight.example.com".to_owned());
    });
    let page = page.await;
    let set = page.header("set-cookie");
    assert!(
        set.starts_with("__Host-greenlight-sign-in=") && set.ends_with("; HttpOnly; SameSite=Lax; Secure"),
        "{set}"
    );
    assert!(
        page.location()
            .contains("redirect_uri=https%3A%2F%2Fgreenlight.example.com%2Fsign-in%2Fcallback")
    );
}

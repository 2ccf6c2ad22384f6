//! What set-up says: to whoever installs Greenlight, before there is an App. Plain text, as on all pages.

use std::borrow::Cow;

use super::board::Said;

fn said(title: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Said {
    Said {
        title: title.into(),
        text: text.into(),
    }
}

/// Above the form.
pub fn begin(github_url: &str) -> Said {
    said(
        "Set Greenlight up",
        format!(
            "I act on GitHub as a GitHub App, and there is none yet. Say whose it shall be. You then go to {github_url}, where you \
             press one button to make it, and come back here. It asks for just what stands in app-manifest.yml, with the \
             reason for each."
        ),
    )
}

/// The labels of the form and of the pages behind it.
#[derive(Clone, Copy, Debug)]
pub struct Labels {
    pub code: &'static str,
    pub organization: &'static str,
    pub address: &'static str,
    pub address_why: &'static str,
    pub for_organization: &'static str,
    pub for_person: &'static str,
    pub credentials: &'static str,
    pub show: &'static str,
    pub show_only: &'static str,
    pub go_on: &'static str,
    pub install: &'static str,
    pub begin_again: &'static str,
    pub try_again: &'static str,
    pub fly: &'static str,
    pub docker: &'static str,
}

/// What stands on fields, buttons and links.
pub fn labels() -> Labels {
    Labels {
        code: "The one-time code from my log",
        organization: "The name of your organisation on GitHub",
        address: "The address at which GitHub and people reach me",
        address_why: "It begins with https://. Open this page at that address too, so that you come back to it.",
        for_organization: "Make it for this organisation",
        for_person: "Make it for my own account",
        credentials: "The App's credentials",
        show: "Show them to me once, as lines for fly.io and Docker. I keep nothing.",
        show_only: "I have no lasting folder to keep the App's credentials in. I will show them to you once, as lines for fly.io and \
                    Docker.",
        go_on: "Make it on GitHub",
        install: "Install it on your repositories",
        begin_again: "Begin again",
        try_again: "Try again",
        fly: "On fly.io",
        docker: "With Docker",
    }
}

/// The choice to keep the credentials in this file.
pub fn keep_in(file: &str) -> String {
    format!("Keep them in {file}, which only the user I run as can read.")
}

/// Before the button that leads to GitHub.
pub fn go_on(whose: Option<&str>, github_url: &str) -> Said {
    let whose = match whose {
        Some(organization) => format!("for the organisation {organization}"),
        None => "for your own account".to_owned(),
    };
    said(
        "On to GitHub",
        format!(
            "The App will be made {whose}, at {github_url}. Press the button here, and there the one that makes the App. If its \
             name is taken, write another one. You have an hour."
        ),
    )
}

/// The code was not right.
pub fn code_wrong() -> &'static str {
    "This is not the code that stands in my log. Copy it from the newest start; an earlier start had another one."
}

/// The code had its time.
pub fn code_expired() -> &'static str {
    "The code in my log has expired: it is good for an hour. Start me again for a new one."
}

/// Somebody used the code in another browser.
pub fn code_used() -> &'static str {
    "The code in my log was used in another browser, and is good for one. Go on there, or start me again for a new code. If you do \
     not know who used it, start me again and see to it that nobody else reads my log."
}

/// The organisation's name is none.
pub fn organization_wrong() -> &'static str {
    "Write the name of your organisation as it stands in its address on GitHub: letters, digits and hyphens."
}

/// The address is none.
pub fn address_wrong() -> &'static str {
    "Write the address at which GitHub and people reach me, like https://greenlight.example.com, without a question mark."
}

/// At this address others could read along.
pub fn address_unprotected() -> &'static str {
    "This address begins with http://, so others could read along. Put me behind an address that begins with https://, and open this \
     page there."
}

/// The return fits to nothing that this browser began.
pub fn begun_elsewhere() -> Said {
    said(
        "This does not belong to a set-up in this browser",
        "It was begun in another browser, at another address of mine, more than an hour ago, or before I was started again. I have \
         taken nothing from it. If an App was made on GitHub meanwhile, delete it there, and begin again.",
    )
}

/// GitHub sent her back without a code.
pub fn no_code() -> Said {
    said(
        "GitHub did not make an App",
        "You came back without the code that GitHub gives for a new App, so nothing has changed. You can begin again.",
    )
}

/// GitHub does not take its own code.
pub fn code_refused() -> Said {
    said(
        "GitHub does not take the code any more",
        "The code with which you came back is good once, and for an hour. I have no credentials from it. If the App is there on \
         GitHub, delete it, and begin again.",
    )
}

/// GitHub cannot be asked.
pub fn github_away() -> Said {
    said(
        "GitHub does not answer",
        "The App is made, and I could not fetch its credentials yet. Try again within the hour; my log says what went wrong. If \
         GitHub then does not take the code any more, delete the App there and begin again.",
    )
}

/// The App has no webhook secret, so its deliveries could not be told from forged ones.
pub fn no_webhook_secret() -> Said {
    said(
        "The App has no webhook secret",
        "GitHub made the App without a secret for its webhook, and without one anybody could pass for GitHub. I have kept nothing. \
         Delete the App on GitHub, begin again, and leave the webhook switched on there.",
    )
}

/// The App is made and its credentials are kept.
pub fn kept(name: &str, file: &str) -> Said {
    said(
        "The App is made",
        format!(
            "GitHub made the App {name}. Its credentials are in {file}, which only the user I run as can read. One thing is left: \
             install it on the repositories that I shall look after."
        ),
    )
}

/// The credentials could not be kept, though that was wanted.
pub fn not_kept(file: &str) -> String {
    format!("They could not be kept in {file}; my log says why.")
}

/// The App is made and its credentials follow.
pub fn shown(name: &str) -> Said {
    said(
        "The App is made",
        format!(
            "GitHub made the App {name}. These are its credentials. They are shown this once: copy them now to where you run me. I go \
             on with them until I am stopped, and find them nowhere after that unless you set them. Then install the App on the \
             repositories that I shall look after."
        ),
    )
}

/// The App is made, and the terminal has the rest.
pub fn in_terminal(name: &str) -> Said {
    said(
        "The App is made",
        format!(
            "GitHub made the App {name}. Its credentials are in the terminal in which you began. Install it on the repositories \
             that I shall look after, and start me."
        ),
    )
}

/// There is an App.
pub fn already() -> Said {
    said(
        "Greenlight is set up",
        "There is an App, so there is nothing to set up here. To make another one, stop me, take away what says which App I am (the \
         settings, or the file github-app.json beside the database), and start me again.",
    )
}

/// To everybody who comes before there is an App.
pub fn not_yet() -> Said {
    said(
        "Greenlight is not set up yet",
        "There is no GitHub App yet. Whoever runs me finds the address and the code to make one in my log.",
    )
}

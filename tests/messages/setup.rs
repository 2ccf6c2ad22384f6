//! What set-up says to whoever installs Greenlight.

use greenlight::rules::words::setup;

use crate::Entry;
use crate::board::{page, plain};

const GITHUB: &str = "https://github.com";
const FILE: &str = "/data/github-app.json";

/// The pages before there is an App, in the order of the way.
pub fn entries() -> Vec<Entry> {
    let labels = setup::labels();
    let on_fields = [
        labels.code,
        labels.organization,
        labels.address,
        labels.address_why,
        labels.credentials,
        labels.show,
        labels.show_only,
    ];
    let on_buttons = [
        labels.for_organization,
        labels.for_person,
        labels.go_on,
        labels.install,
        labels.begin_again,
        labels.try_again,
        labels.fly,
        labels.docker,
    ];
    vec![
        page("Above the form", setup::begin(GITHUB)),
        plain("On its fields", &on_fields.join(" · ")),
        plain("The credentials can be kept", &setup::keep_in(FILE)),
        plain("On buttons, links and headings", &on_buttons.join(" · ")),
        plain("The code is not right", setup::code_wrong()),
        plain("It has expired", setup::code_expired()),
        plain("Somebody else used it", setup::code_used()),
        plain("The organisation's name is none", setup::organization_wrong()),
        plain("The address is none", setup::address_wrong()),
        plain("The address is not protected", setup::address_unprotected()),
        page(
            "Before GitHub, for an organisation",
            setup::go_on(Some("harbour"), GITHUB),
        ),
        page("Before GitHub, for oneself", setup::go_on(None, GITHUB)),
        page("The return belongs to nothing here", setup::begun_elsewhere()),
        page("The return has no code", setup::no_code()),
        page("GitHub does not take the code", setup::code_refused()),
        page("GitHub cannot be asked", setup::github_away()),
        page("The App has no webhook secret", setup::no_webhook_secret()),
        page(
            "The App is made, and its credentials are kept",
            setup::kept("Greenlight", FILE),
        ),
        page("They are shown; the lines follow", setup::shown("Greenlight")),
        plain("They were to be kept, and could not be", &setup::not_kept(FILE)),
        page("They are in the terminal", setup::in_terminal("Greenlight")),
        page("There is an App already", setup::already()),
        page("Any other page, before there is one", setup::not_yet()),
    ]
}

//! The page of one pull request: what it brings, its checks, what was said, and what a visitor can do about it.

use axum::response::Response;

use super::html::{self, Again, escape};
use super::{Pages, markdown};
use crate::sandbox::{Action, CheckView, CommentView, PullView, Repository};

/// `looks` says how many more times the page looks again by itself.
pub fn page(pages: &Pages, at: &Repository, pull: &PullView, looks: u32) -> Response {
    let here = format!("/{}", at.full_name());
    let comments = at.comments(pull.number);
    let again = next_look(&here, pull.number, &comments, looks);
    let body = [
        head(at, &here, pull),
        format!(
            "<div class=\"box\"><div class=\"text\">{}</div></div>",
            described(pull, &here)
        ),
        checks(pages, at, pull, &here),
        if pull.open && pages.is_feature(at, pull) {
            merging(pages, &here, pull.number)
        } else {
            String::new()
        },
        said(pages, &comments, &here, again.is_some()),
        speaking(pages, &here, pull.number),
    ]
    .concat();
    html::page(&format!("{} · #{}", pull.title, pull.number), again.as_ref(), &body)
}

/// Nobody who begins to write wants the page to turn: it stops once somebody else has answered.
fn next_look(here: &str, number: u64, comments: &[CommentView], looks: u32) -> Option<Again> {
    let answered = comments.len() > 1 && comments.last().is_some_and(|comment| comment.author.ends_with("[bot]"));
    // An answer may still be edited right after it came, so there is one more look at it.
    let left = if answered { looks.min(2) } else { looks };
    let next = left.checked_sub(1)?;
    let url = format!("{here}/pull/{number}?look={next}#newest");
    Some(Again { after_secs: 1, url })
}

fn head(at: &Repository, here: &str, pull: &PullView) -> String {
    let branch = |name: &str| format!("<code>{}</code>", escape(name));
    let does = if pull.merged { "has brought" } else { "wants to bring" };
    let by = pull
        .merged_by
        .as_ref()
        .map_or_else(String::new, |by| format!(" Merged by {}.", escape(by)));
    let before = {
        let world = at.github.world();
        // The pull request is at hand, so it exists.
        world
            .pull(at.id, pull.number)
            .map(|(_, found)| world.repo(at.id).compared_with(found).clone())
            .unwrap_or_default()
    };
    format!(
        "<p class=\"soft\"><a href=\"{0}\">{1}</a></p><h1>{2} <span class=\"soft\">#{3}</span></h1>\
         <p>{4} {5} {does} {6} into {7}.{by} <a href=\"{0}/compare/{8}...{9}\">See what it changes.</a></p>",
        escape(here),
        escape(here.trim_start_matches('/')),
        escape(&pull.title),
        pull.number,
        state(pull),
        escape(&pull.author),
        branch(&pull.head),
        branch(&pull.base),
        escape(&before),
        escape(&pull.head_sha),
    )
}

/// The state as a coloured word.
pub fn state(pull: &PullView) -> &'static str {
    match (pull.merged, pull.open, pull.draft) {
        (true, ..) => "<span class=\"state violet\">Merged</span>",
        (_, false, _) => "<span class=\"state red\">Closed</span>",
        (_, _, true) => "<span class=\"state\">Draft</span>",
        _ => "<span class=\"state green\">Open</span>",
    }
}

fn described(pull: &PullView, here: &str) -> String {
    match pull.body.trim() {
        "" => "<p class=\"soft\">No description.</p>".to_owned(),
        body => markdown::render(body, here),
    }
}

/// The checks on the head commit, each with buttons that decide how it ends.
fn checks(pages: &Pages, at: &Repository, pull: &PullView, here: &str) -> String {
    let (app, name) = &pages.visit.check;
    let mut checks = at.checks(&pull.head_sha);
    if !checks.iter().any(|check| check.name == *name) {
        checks.push(CheckView {
            name: name.clone(),
            reporter: app.clone(),
            outcome: String::new(),
            text: String::new(),
            run: Some(0),
            buttons: Vec::new(),
        });
    }
    let of_the_app = at.github.world().app.slug.clone();
    let (own, others): (Vec<_>, Vec<_>) = checks.iter().partition(|check| check.reporter == of_the_app);
    let rows = others.into_iter().map(|check| row(check, pull, here));
    let own_rows = own.into_iter().map(|check| own_row(pages, check, pull, here));
    format!(
        "<h2 id=\"checks\">Checks</h2><p class=\"soft\">For the commit {}. In this simulation you decide how a check ends.</p>\
         <ul class=\"plain\">{}</ul>",
        escape(short(&pull.head_sha)),
        rows.chain(own_rows).collect::<String>()
    )
}

/// A check run of the App: nobody else decides how it ends, but people can press its buttons.
fn own_row(pages: &Pages, check: &CheckView, pull: &PullView, here: &str) -> String {
    let (class, word) = outcome(&check.outcome);
    let title = escape(check.text.lines().next().unwrap_or_default());
    let name = escape(&check.name);
    let what = format!(
        "<span class=\"grow\"><strong>{name}</strong> <span class=\"{class}\">{word}</span> <span class=\"soft\">{title}</span></span>"
    );
    if check.buttons.is_empty() {
        return format!("<li class=\"row\">{what}</li>");
    }
    let person = |person: &super::Person| {
        let login = escape(&person.login);
        format!("<option value=\"{login}\">as {login}</option>")
    };
    let button = |button: &Action| {
        format!(
            "<button name=\"button\" value=\"{}\" title=\"{}\">{}</button>",
            escape(&button.identifier),
            escape(&button.description),
            escape(&button.label)
        )
    };
    let people: String = pages.visit.people.iter().map(person).collect();
    let buttons: String = check.buttons.iter().map(button).collect();
    format!(
        "<li><form class=\"row\" method=\"post\" action=\"{}/pull/{}/buttons\">{what}\
         <input type=\"hidden\" name=\"run\" value=\"{}\"><select name=\"as\" aria-label=\"Who presses\">{people}</select>\
         {buttons}</form></li>",
        escape(here),
        pull.number,
        check.run.unwrap_or_default(),
    )
}

fn row(check: &CheckView, pull: &PullView, here: &str) -> String {
    let (class, word) = outcome(&check.outcome);
    let kind = if check.run.is_some() { "run" } else { "status" };
    let button = |outcome: &str, label: &str| {
        format!(
            "<button name=\"outcome\" value=\"{outcome}\" aria-label=\"{}: {label}\">{label}</button>",
            escape(&check.name)
        )
    };
    let hidden =
        |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    let parts = [
        format!(
            "<li><form class=\"row\" method=\"post\" action=\"{}/pull/{}/checks\">",
            escape(here),
            pull.number
        ),
        format!(
            "<span class=\"grow\"><strong>{}</strong> <span class=\"{class}\">{word}</span></span>",
            escape(&check.name)
        ),
        hidden("sha", &pull.head_sha),
        hidden("name", &check.name),
        hidden("reporter", &check.reporter),
        hidden("kind", kind),
        button("green", "Green"),
        button("red", "Red"),
        button("running", "Running"),
        "</form></li>".to_owned(),
    ];
    parts.concat()
}

/// A check's outcome as a colour and a word.
pub fn outcome(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "success" | "neutral" | "skipped" => ("green", "green"),
        "" => ("soft", "has not reported"),
        "action_required" => ("amber", "waits for a person"),
        "pending" | "queued" | "in_progress" | "waiting" | "requested" => ("amber", "running"),
        _ => ("red", "red"),
    }
}

fn merging(pages: &Pages, here: &str, number: u64) -> String {
    let button = |method: &str, label: &str, class: &str| {
        format!("<button class=\"{class}\" name=\"method\" value=\"{method}\">{label}</button>")
    };
    format!(
        "<h2>Merge, as {}</h2><form class=\"row\" method=\"post\" action=\"{}/pull/{number}/merge\">{}{}{}</form>",
        escape(&pages.visit.developer),
        escape(here),
        button("squash", "Squash and merge", "main"),
        button("merge", "Create a merge commit", ""),
        button("rebase", "Rebase and merge", ""),
    )
}

fn said(pages: &Pages, comments: &[CommentView], here: &str, looking: bool) -> String {
    let list: String = comments.iter().map(|comment| one(pages, comment, here)).collect();
    let nothing = if comments.is_empty() {
        "<p class=\"soft\">Nobody has said anything yet.</p>"
    } else {
        ""
    };
    let note = if looking {
        "<p class=\"soft\">This page looks for news by itself for a few seconds.</p>"
    } else {
        ""
    };
    format!("<h2>Comments</h2>{nothing}{list}<div id=\"newest\"></div>{note}")
}

fn one(pages: &Pages, comment: &CommentView, here: &str) -> String {
    let who = pages.visit.people.iter().find(|person| person.login == comment.author);
    let who = who.map_or_else(String::new, |person| format!(", {}", escape(&person.who)));
    let edited = if comment.edits > 0 { " · edited" } else { "" };
    let reactions: String = comment
        .reactions
        .iter()
        .map(|(by, content)| reaction(by, content))
        .collect();
    format!(
        "<article class=\"box\" id=\"issuecomment-{}\"><header><strong>{}</strong>{who} <span class=\"soft\">· {}{edited}</span></header>\
         <div class=\"text\">{}{reactions}</div></article>",
        comment.id,
        escape(&comment.author),
        comment.created_at.strftime("%A at %H:%M UTC"),
        markdown::render(&comment.body, here),
    )
}

fn reaction(by: &str, content: &str) -> String {
    let shown = match content {
        "+1" => "👍",
        "-1" => "👎",
        "laugh" => "😄",
        "confused" => "😕",
        "heart" => "❤️",
        "hooray" => "🎉",
        "rocket" => "🚀",
        "eyes" => "👀",
        other => other,
    };
    format!("<p class=\"soft\">{} {}</p>", escape(shown), escape(by))
}

fn speaking(pages: &Pages, here: &str, number: u64) -> String {
    let person = |(index, person): (usize, &super::Person)| {
        let checked = if index == 0 { " checked" } else { "" };
        format!(
            "<label><input type=\"radio\" name=\"as\" value=\"{}\"{checked}> {0}, {}</label>",
            escape(&person.login),
            escape(&person.who)
        )
    };
    let people: String = pages.visit.people.iter().enumerate().map(person).collect();
    format!(
        "<h2>Say something</h2><form method=\"post\" action=\"{}/pull/{number}/comments\">\
         <fieldset><legend>You speak as</legend>{people}</fieldset>\
         <textarea name=\"body\" aria-label=\"Comment\" required placeholder=\"For example: /help\"></textarea>\
         <p><button class=\"main\">Comment</button></p></form>",
        escape(here)
    )
}

/// The first digits of a commit's id, enough to be told apart by.
pub fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

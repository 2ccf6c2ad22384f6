//! What a branch holds, which in the demo stands for the product as it runs there.

use axum::response::Response;

use super::html::{self, escape};
use super::{Pages, markdown};
use crate::sandbox::Repository;

/// `None` when there is no such branch or commit.
pub fn page(pages: &Pages, at: &Repository, branch: &str) -> Option<Response> {
    let mut files: Vec<(String, String)> = {
        let world = at.github.world();
        let repo = world.repo(at.id);
        let tree = repo.graph.tree(&repo.resolve(branch)?);
        tree.iter()
            .map(|(path, content)| (path.clone(), content.to_string()))
            .collect()
    };
    // What is there for the machinery comes last.
    files.sort_by_key(|(path, _)| path.starts_with('.'));
    let name = at.full_name();
    let heading = match pages.visit.environments.iter().any(|place| place == branch) {
        true => format!("What runs on {}", escape(branch)),
        false => format!("What is on {}", escape(branch)),
    };
    let shown: String = files.iter().map(|(path, content)| file(path, content, &name)).collect();
    let body = format!(
        "<p class=\"soft\"><a href=\"/{0}\">{0}</a></p><h1>{heading}</h1>\
         <p class=\"soft\">A page for each file stands for the product, so that you can see what has arrived.</p>{shown}",
        escape(&name)
    );
    Some(html::page(&format!("{branch} · {name}"), None, &body))
}

fn file(path: &str, content: &str, name: &str) -> String {
    let text = match path.ends_with(".md") {
        true => markdown::render(content, &format!("/{name}")),
        false => format!("<pre>{}</pre>", escape(content)),
    };
    format!(
        "<div class=\"box\"><header>{}</header><div class=\"text\">{text}</div></div>",
        escape(path)
    )
}

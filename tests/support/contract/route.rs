//! Finds the operation of a request by its path, as GitHub's router would.
//!
//! Two of GitHub's habits matter: a slash may stand as it is in some parameters (`git/ref/heads/main`), and every
//! `/repos/{owner}/{repo}/...` is also reached as `/repositories/{id}/...`, which is where `Link` headers and the
//! redirects of a renamed repository point.

use super::reduced::ReducedRoute;

pub struct Route {
    pub method: String,
    pub template: String,
    pub operation: String,
    segments: Vec<Segment>,
}

enum Segment {
    Literal(String),
    One(String),
    OneOrMore(String),
}

/// The path parameters of one match, decoded, as (name, value).
pub type Arguments = Vec<(String, String)>;

impl Route {
    pub fn new(route: ReducedRoute) -> Route {
        let segment = |text: &str| match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => Segment::Literal(text.to_owned()),
            Some(name) => match name.strip_prefix('+') {
                Some(name) => Segment::OneOrMore(name.to_owned()),
                None => Segment::One(name.to_owned()),
            },
        };
        let segments = route.template.trim_start_matches('/').split('/').map(segment).collect();
        Route {
            method: route.method,
            template: route.template,
            operation: route.operation,
            segments,
        }
    }

    fn literals(&self) -> usize {
        self.segments
            .iter()
            .filter(|segment| matches!(segment, Segment::Literal(_)))
            .count()
    }
}

/// The routes whose path fits, whatever their method, closest first: the more of a template is spelled out, the closer.
pub fn fitting<'a>(routes: &'a [Route], path: &str) -> Vec<(&'a Route, Arguments)> {
    let by_name = by_owner_and_name(path);
    let segments: Vec<&str> = by_name.trim_start_matches('/').split('/').collect();
    let fit = |route: &'a Route| arguments(&route.segments, &segments).map(|arguments| (route, arguments));
    let mut found: Vec<_> = routes.iter().filter_map(fit).collect();
    found.sort_by_key(|(route, _)| std::cmp::Reverse(route.literals()));
    found
}

/// Spells `/repositories/17/pulls` as a path that `/repos/{owner}/{repo}/pulls` fits.
fn by_owner_and_name(path: &str) -> String {
    let id_and_rest = path
        .strip_prefix("/repositories/")
        .map(|rest| rest.split_once('/').unwrap_or((rest, "")));
    match id_and_rest {
        Some((id, rest)) if id.parse::<u64>().is_ok() => format!("/repos/owner-of-{id}/name-of-{id}/{rest}")
            .trim_end_matches('/')
            .to_owned(),
        _ => path.to_owned(),
    }
}

fn arguments(template: &[Segment], path: &[&str]) -> Option<Arguments> {
    let Some((first, rest_of_template)) = template.split_first() else {
        return path.is_empty().then(Vec::new);
    };
    match first {
        Segment::Literal(text) => {
            let (head, rest) = path.split_first()?;
            if head == text {
                arguments(rest_of_template, rest)
            } else {
                None
            }
        }
        Segment::One(name) => {
            let (head, rest) = path.split_first()?;
            if head.is_empty() {
                None
            } else {
                with(name, head, arguments(rest_of_template, rest))
            }
        }
        Segment::OneOrMore(name) => (1..=path.len()).find_map(|count| {
            with(
                name,
                &path[..count].join("/"),
                arguments(rest_of_template, &path[count..]),
            )
        }),
    }
}

fn with(name: &str, value: &str, rest: Option<Arguments>) -> Option<Arguments> {
    let mut arguments = rest?;
    arguments.insert(0, (name.to_owned(), decoded(value)));
    Some(arguments)
}

/// The (name, value) pairs of a query string, decoded; `+` is a space there.
pub fn query_pairs(query: &str) -> Vec<(String, String)> {
    let pair = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
    };
    query
        .trim_start_matches('?')
        .split('&')
        .filter(|text| !text.is_empty())
        .map(pair)
        .collect()
}

/// Undoes percent-encoding; what is no valid escape stays as it is, as browsers and servers do.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

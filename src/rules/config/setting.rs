//! Reading one setting: what kind of value stands there, whether it may, and the mistake where it may not.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::mistake::{Expected, FileOf, Found, MISTAKES_MAX, Mistake, nearest};
use super::name;
use super::yaml::{Node, Place, Places, Value};

#[derive(Default)]
pub(super) struct Reader {
    pub(super) mistakes: Vec<Mistake>,
    pub(super) places: Places,
}

/// The value of a key, and the path by which people find it.
pub(super) struct Setting<'a> {
    pub(super) path: String,
    pub(super) node: &'a Node,
}

pub(super) struct Settings<'a> {
    pub(super) path: String,
    keys: &'a [(String, Place, Node)],
}

impl<'a> Settings<'a> {
    pub(super) fn get(&self, key: &str) -> Option<Setting<'a>> {
        let (_, _, node) = self.keys.iter().find(|(name, _, _)| name == key)?;
        Some(Setting {
            path: join(&self.path, key),
            node,
        })
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

impl Reader {
    pub(super) fn duration(
        &mut self,
        setting: &Setting,
        (min, shortest): (&'static str, SignedDuration),
        (max, longest): (&'static str, SignedDuration),
    ) -> Option<SignedDuration> {
        let expected = Expected::Duration { min, max };
        // `90` alone is a number in YAML: its unit is missing, not its quotes.
        let Value::Text(text) = &setting.node.value else {
            return self.refuse(setting, expected);
        };
        match name::duration(text).filter(|duration| (shortest..=longest).contains(duration)) {
            None => self.refuse(setting, expected),
            duration => duration,
        }
    }

    /// A word that stands for a value.
    pub(super) fn one_of<T: Copy>(&mut self, setting: &Setting, values: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(setting)?;
        if let Some((_, value)) = values.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words: Vec<&str> = values.iter().map(|(word, _)| *word).collect();
        let nearest = nearest(&text, words.iter().copied());
        self.refuse_for(setting, Expected::OneOf(words), nearest)
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self, setting: &Setting) -> Option<bool> {
        match &setting.node.value {
            Value::Other(text) if text == "true" => Some(true),
            Value::Other(text) if text == "false" => Some(false),
            _ => self.refuse(setting, Expected::OneOf(vec!["true", "false"])),
        }
    }

    pub(super) fn text_that(
        &mut self,
        setting: &Setting,
        is_right: fn(&str) -> bool,
        expected: Expected,
    ) -> Option<String> {
        let text = self.text(setting)?;
        if is_right(&text) {
            return Some(text);
        }
        let simpler = text.trim().to_lowercase().replace(' ', "-");
        let nearest = (expected == Expected::EnvironmentName && is_right(&simpler)).then_some(simpler);
        let nearest = nearest.or_else(|| {
            text.strip_prefix("refs/heads/")
                .filter(|name| is_right(name))
                .map(str::to_owned)
        });
        self.refuse_for(setting, expected, nearest)
    }

    pub(super) fn text(&mut self, setting: &Setting) -> Option<String> {
        match &setting.node.value {
            Value::Text(text) => Some(text.clone()),
            Value::Other(text) => {
                let quoted = format!("\"{text}\"");
                self.refuse_for(setting, Expected::Text, Some(quoted))
            }
            _ => self.refuse(setting, Expected::Text),
        }
    }

    /// A list with at least one and at most `entries_max` entries.
    pub(super) fn list<'a>(&mut self, setting: &Setting<'a>, entries_max: usize) -> Option<Vec<Setting<'a>>> {
        let Value::List(nodes) = &setting.node.value else {
            return self.refuse(setting, Expected::List);
        };
        if nodes.is_empty() {
            return self.refuse(setting, Expected::AnEntry);
        }
        if nodes.len() > entries_max {
            return self.refuse(setting, Expected::AtMost(entries_max));
        }
        let settings = nodes.iter().enumerate().map(|(index, node)| {
            let path = format!("{}[{index}]", setting.path);
            self.places.note(&path, node.place);
            Setting { path, node }
        });
        Some(settings.collect())
    }

    /// Keys with values; unknown and repeated ones are told.
    pub(super) fn keys<'a>(&mut self, setting: &Setting<'a>, known: &'static [&'static str]) -> Option<Settings<'a>> {
        let Value::Keys(keys) = &setting.node.value else {
            return self.refuse(setting, Expected::Keys);
        };
        let mut seen = BTreeSet::new();
        for (key, place, node) in keys {
            let path = join(&setting.path, key);
            let mut refuse = |expected, nearest| {
                let found = Found::Text(key.clone());
                let Place { line, column } = *place;
                self.mistakes.push(Mistake {
                    line,
                    column,
                    path: path.clone(),
                    found,
                    expected,
                    nearest,
                    file: FileOf::Repository,
                });
            };
            if !known.contains(&key.as_str()) {
                refuse(Expected::KeyOf(known), nearest(key, known.iter().copied()));
            } else if !seen.insert(key) {
                refuse(Expected::KeyOnce, None);
            } else {
                self.places.note(&path, node.place);
            }
            if self.mistakes.len() > MISTAKES_MAX {
                return None;
            }
        }
        Some(Settings {
            path: setting.path.clone(),
            keys,
        })
    }

    pub(super) fn refuse<T>(&mut self, setting: &Setting, expected: Expected) -> Option<T> {
        self.refuse_for(setting, expected, None)
    }

    pub(super) fn refuse_for<T>(
        &mut self,
        setting: &Setting,
        expected: Expected,
        nearest: Option<String>,
    ) -> Option<T> {
        let Place { line, column } = setting.node.place;
        let found = setting.node.value.found();
        self.mistakes.push(Mistake {
            line,
            column,
            path: setting.path.clone(),
            found,
            expected,
            nearest,
            file: FileOf::Repository,
        });
        None
    }

    pub(super) fn refuse_at<T>(&mut self, path: &str, found: Found, expected: Expected) -> Option<T> {
        let mistake = self.places.mistake(path, found, expected);
        self.mistakes.push(mistake);
        None
    }
}

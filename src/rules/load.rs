//! From a TOML file to a [`Rule`], with every mistake told by line and column.
//!
//! Three passes over one text: its syntax, its keys (an unknown one is a mistake, with the nearest
//! known one named), its values. What remains are the laws of a rule, which `check` knows and
//! names by key; here the key is turned into a place.

use std::{
    ffi::OsStr,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

use super::{
    check::{self, Step},
    document,
    error::{Error, Problem},
    rule::Rule,
};

/// Larger files are no rules.
const LARGEST_FILE: u64 = 1 << 20;
/// How alike an unknown key and a known one must be to be taken for one another, of 1.
pub(super) const ALIKE: f64 = 0.6;

/// What a file holds.
#[derive(Debug)]
pub(super) enum Loaded {
    /// A rule that keeps all laws.
    Rule(Box<Rule>),
    /// `disabled = true`: the rule of this id is to be removed.
    Disabled(String),
}

impl Loaded {
    pub(super) fn id(&self) -> &str {
        match self {
            Loaded::Rule(rule) => &rule.id,
            Loaded::Disabled(id) => id,
        }
    }
}

/// The rules of a folder, in the order of their file names.
pub(super) fn dir(dir: &Path) -> Result<Vec<Loaded>, Error> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |cause| Error::Read { path, cause }
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>())
        .map_err(unreadable(dir))?;
    paths.retain(|path| path.extension() == Some(OsStr::new("toml")));
    paths.sort();
    let mut loaded = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        match rule(&path, &read(&path).map_err(unreadable(&path))?) {
            Ok(rule) => loaded.push(rule),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(loaded) } else { Err(Error::Invalid(problems)) }
}

fn read(path: &Path) -> io::Result<String> {
    // Looked at before it is opened: opening a FIFO would wait for a writer.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file; remove it or rename it"));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(io::Error::other(
            "it is larger than 1 MiB, which no rule is; remove it or rename it",
        ));
    }
    String::from_utf8(fs::read(path)?)
        .map_err(|_| io::Error::other("it is no UTF-8 text; save it as UTF-8"))
}

/// The text of a rule file, for whoever quotes from it; `None` if it cannot be read.
pub fn text_of(path: &Path) -> Option<String> {
    read(path).ok()
}

/// One file's rule. `path` gives the id it must have.
pub(super) fn rule(path: &Path, text: &str) -> Result<Loaded, Vec<Problem>> {
    let file = File { path, text };
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => return Err(vec![file.refused(&error)]),
    };
    let mut problems = file.unknown_keys(&table);
    let given = table.get("disabled");
    let disabled = given.and_then(|value| value.get_ref().as_bool());
    if let Some(value) = given.filter(|_| disabled.is_none()) {
        let message = "`disabled` is `true` or `false`, without quotes";
        return Err(vec![file.problem(value.span().start, message)]);
    }
    if disabled != Some(true) {
        problems.extend(file.missing_keys(&table));
    }
    problems.extend(file.misnamed(&table));
    if !problems.is_empty() {
        return Err(problems);
    }
    if disabled == Some(true) {
        return Ok(Loaded::Disabled(file.stem()));
    }
    let rule: Rule = toml::from_str(text).map_err(|error| vec![file.refused(&error)])?;
    let broken: Vec<Problem> = check::laws(&rule)
        .into_iter()
        .map(|broken| file.problem(place(&table, &broken.at), broken.message))
        .collect();
    if broken.is_empty() { Ok(Loaded::Rule(Box::new(rule))) } else { Err(broken) }
}

/// Line and column, from 1, of an example's text in a rule file. `number` counts from 1 among the
/// examples or, `counter`, among the counter-examples. `None` if the file has none of that number.
pub fn place_of_example(path: &Path, counter: bool, number: usize) -> Option<(usize, usize)> {
    let text = text_of(path)?;
    let table = DeTable::parse(&text).ok()?.into_inner();
    let key = if counter { "counter_examples" } else { "examples" };
    let index = number.checked_sub(1)?;
    table.get(key)?.get_ref().get(index)?;
    let at = place(&table, &[Step::Key(key), Step::Index(index), Step::Key("text")]);
    let Problem { line, column, .. } = File { path, text: &text }.problem(at, "");
    Some((line, column))
}

/// A file being read.
struct File<'f> {
    path: &'f Path,
    text: &'f str,
}

impl File<'_> {
    fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn problem(&self, at: usize, message: impl Into<String>) -> Problem {
        let before = self.text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Problem {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }

    /// What the TOML reader itself did not like.
    fn refused(&self, error: &toml::de::Error) -> Problem {
        let at = error.span().unwrap_or_default().start;
        self.problem(at, error.message().trim().replace('\n', ", "))
    }

    fn unknown_keys(&self, table: &DeTable<'_>) -> Vec<Problem> {
        let known: Vec<&str> =
            document::REQUIRED.iter().chain(document::OPTIONAL).copied().collect();
        self.unknown_keys_in(table, &known, "a rule")
    }

    /// The same of a table and of the tables in it, as deep as there are known keys.
    fn unknown_keys_in(&self, table: &DeTable<'_>, known: &[&str], of: &str) -> Vec<Problem> {
        let mut problems = self.unknown_keys_of(table, known, of);
        for (key, value) in table {
            let name = key.get_ref();
            if !known.contains(&name.as_ref()) {
                continue;
            }
            let Some(known) = document::keys_within(name) else { continue };
            let inside = match value.get_ref() {
                DeValue::Array(items) => items.iter().map(|item| item.get_ref()).collect(),
                other => vec![other],
            };
            for table in inside.into_iter().filter_map(DeValue::as_table) {
                problems.extend(self.unknown_keys_in(table, known, &format!("`{name}`")));
            }
        }
        problems
    }

    fn unknown_keys_of(&self, table: &DeTable<'_>, known: &[&str], of: &str) -> Vec<Problem> {
        let unknown = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        unknown
            .map(|key| {
                let name = key.get_ref();
                let advice = match nearest(name, known) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("remove it; there are {}", known.join(", ")),
                };
                self.problem(key.span().start, format!("{of} has no key `{name}`; {advice}"))
            })
            .collect()
    }

    fn missing_keys(&self, table: &DeTable<'_>) -> Vec<Problem> {
        let has = |key: &str| {
            // A key that is only misspelt has been complained of already.
            let meant = |name: &str| nearest(name, document::REQUIRED) == Some(key);
            table.contains_key(key) || table.keys().any(|name| meant(name.get_ref()))
        };
        // A rule of attributes checks nothing itself; each of its forms may say its own checks.
        let is_only_typed = has("terraform")
            && !["anchors", "names", "vocabulary"].iter().any(|key| table.contains_key(*key));
        document::REQUIRED
            .iter()
            .filter(|key| !(has(key) || is_only_typed && **key == "checks"))
            .map(|key| {
                let how = match *key {
                    "examples" | "counter_examples" => format!("add at least one `[[{key}]]`"),
                    "checks" => format!("add `{key} = [\"…\"]`"),
                    _ => format!("add `{key} = \"…\"`"),
                };
                self.problem(0, format!("the key `{key}` is missing; {how}"))
            })
            .collect()
    }

    fn misnamed(&self, table: &DeTable<'_>) -> Option<Problem> {
        let value = table.get("id")?;
        let (id, stem) = (value.get_ref().as_str()?, self.stem());
        (id != stem).then(|| {
            let message = format!(
                "the id `{id}` is not the file's name; write `{stem}`, or name the file `{id}.toml`"
            );
            self.problem(value.span().start, message)
        })
    }
}

/// The known key most like this one, if any is like it at all.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let likeness = |key: &str| strsim::normalized_damerau_levenshtein(name, key);
    known
        .iter()
        .copied()
        .map(|key| (likeness(key), key))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, key)| key)
}

/// Where the value at these steps starts; where a step leads nowhere, the value before it.
fn place(table: &DeTable<'_>, steps: &[Step]) -> usize {
    let Some((Step::Key(first), rest)) = steps.split_first() else { return 0 };
    // What is not written is told where the form begins.
    let goes_by = || ["anchors", "names", "vocabulary"].iter().find_map(|key| table.get(*key));
    let Some(mut value) = table.get(*first).or_else(goes_by) else { return 0 };
    let mut span: Range<usize> = value.span();
    for step in rest {
        let next = match step {
            Step::Key(key) => {
                let inner = value.get_ref();
                let stand_in = || (*key == "encoded_anchors").then(|| inner.get("anchors"))?;
                inner.get(*key).or_else(stand_in)
            }
            Step::Index(index) => value.get_ref().get(*index),
        };
        let Some(next) = next else { break };
        value = next;
        span = value.span();
    }
    span.start
}

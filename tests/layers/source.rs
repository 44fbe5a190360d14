//! Reads the paths out of Rust source: those after `use` and those that stand in the code.
//!
//! Not a parser of Rust. It knows comments, literals, braces and `mod` blocks, which is enough to
//! find every path that begins with `crate`, `super`, `self` or a name, groups included.

/// One path in a source, resolved: `["crate", "model", "Span"]`, `["std", "env", "var"]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    /// Its steps; the first is `crate` or the name of a crate (or of whatever is in scope).
    pub(crate) steps: Vec<String>,
    /// The line it stands on, from 1.
    pub(crate) line: usize,
    /// Whether it stands in a `mod` block marked `#[cfg(test)]`.
    pub(crate) in_test: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    text: String,
    line: usize,
}

/// What a source says.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// All its paths of at least two steps.
    pub(crate) paths: Vec<Path>,
    /// The modules it declares as `#[cfg(test)] mod name;`, by their steps below `crate`.
    pub(crate) test_files: Vec<Vec<String>>,
}

/// Reads `source`, which is the file of module `module` (its steps below `crate`, empty for the
/// crate's root).
pub(crate) fn read(source: &str, module: &[String]) -> Source {
    let tokens = tokens(source);
    let mut reader = Reader {
        tokens: &tokens,
        module: module.to_vec(),
        blocks: Vec::new(),
        depth: 0,
        test_next: false,
        found: Source::default(),
    };
    reader.read();
    reader.found
}

struct Reader<'t> {
    tokens: &'t [Token],
    module: Vec<String>,
    /// Open `mod name {` blocks: the depth of braces at which each ends, and whether it is a test.
    blocks: Vec<(usize, bool)>,
    depth: usize,
    test_next: bool,
    found: Source,
}

impl Reader<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    fn read(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            at = match self.text(at) {
                "#" if (1..=6).map(|n| self.text(at + n)).collect::<String>() == "[cfg(test)]" => {
                    self.test_next = true;
                    at + 7
                }
                "mod" if self.text(at + 2) == "{" => {
                    self.module.push(self.text(at + 1).to_owned());
                    self.blocks.push((self.depth, self.test_next));
                    self.test_next = false;
                    self.depth += 1;
                    at + 3
                }
                "mod" if self.text(at + 2) == ";" => {
                    if std::mem::take(&mut self.test_next) {
                        let mut file = self.module.clone();
                        file.push(self.text(at + 1).to_owned());
                        self.found.test_files.push(file);
                    }
                    at + 3
                }
                "{" => {
                    self.depth += 1;
                    self.test_next = false;
                    at + 1
                }
                "}" => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.blocks.last().is_some_and(|(depth, _)| *depth == self.depth) {
                        self.blocks.pop();
                        self.module.pop();
                    }
                    at + 1
                }
                ";" => {
                    self.test_next = false;
                    at + 1
                }
                text if is_name(text) && (at == 0 || self.text(at - 1) != "::") => {
                    let mut start = Vec::new();
                    self.path(at, &mut start)
                }
                _ => at + 1,
            };
        }
    }

    /// Reads the path (or the tree of paths) at `at` that goes on from `before`; returns where it
    /// ends.
    fn path(&mut self, mut at: usize, before: &mut Vec<String>) -> usize {
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        let length = before.len();
        loop {
            match self.text(at) {
                "{" if !before.is_empty() => {
                    at += 1;
                    while at < self.tokens.len() && self.text(at) != "}" {
                        let start = at;
                        at = self.path(at, before);
                        if self.text(at) == "as" {
                            at += 2;
                        }
                        at = if self.text(at) == "," { at + 1 } else { at.max(start + 1) };
                    }
                    before.truncate(length);
                    return at + 1;
                }
                "*" if !before.is_empty() => {
                    before.push("*".to_owned());
                    at += 1;
                }
                name if is_name(name) => {
                    before.push(name.to_owned());
                    at += 1;
                }
                _ => {}
            }
            let goes_on = self.text(at) == "::"
                && (is_name(self.text(at + 1)) || matches!(self.text(at + 1), "{" | "*"));
            if !goes_on {
                break;
            }
            at += 1;
        }
        if before.len() > 1 {
            self.keep(before, line);
        }
        before.truncate(length);
        at
    }

    fn keep(&mut self, steps: &[String], line: usize) {
        let mut resolved = match steps[0].as_str() {
            "crate" | "super" | "self" => vec!["crate".to_owned()],
            _ => Vec::new(),
        };
        let mut rest = steps;
        if matches!(steps[0].as_str(), "super" | "self") {
            let mut module = self.module.clone();
            while let Some((first, others)) = rest.split_first() {
                match first.as_str() {
                    "super" => drop(module.pop()),
                    "self" => {}
                    _ => break,
                }
                rest = others;
            }
            resolved.extend(module);
        } else if steps[0] == "crate" {
            rest = &steps[1..];
        }
        // `model::{self}` names the module.
        resolved.extend(rest.iter().filter(|step| *step != "self").cloned());
        let in_test = self.blocks.iter().any(|(_, test)| *test);
        self.found.paths.push(Path { steps: resolved, line, in_test });
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && !matches!(text, "as" | "use")
}

/// The names, `::` and single signs of a source, without comments and literals.
fn tokens(source: &str) -> Vec<Token> {
    let bytes = source.as_bytes();
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while at < bytes.len() {
        let rest = &source[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = string(rest) {
            length
        } else if rest.starts_with('\'') {
            quote(rest)
        } else {
            let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let length = match name {
                0 if rest.starts_with("::") => 2,
                0 => first,
                name => name,
            };
            if !rest.starts_with(char::is_whitespace) {
                tokens.push(Token { text: rest[..length].to_owned(), line });
            }
            length
        };
        line += rest[..length].matches('\n').count();
        at += length;
    }
    tokens
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of the string literal at the start, if one stands there.
fn string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|rest| {
            rest.starts_with('"') || prefix.ends_with('r') && rest.starts_with('#')
        })
    })?;
    let body = &rest[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        // `r#name` is a name.
        body[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = body[hashes + 1..].find(&end).map_or(body.len(), |at| at + hashes + 1);
        return Some((prefix.len() + length + end.len()).min(rest.len()));
    }
    let mut escaped = false;
    for (at, character) in body.char_indices().skip(1) {
        match character {
            '"' if !escaped => return Some(prefix.len() + at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Some(rest.len())
}

/// The length of a character literal, or of a lifetime's quote and name.
fn quote(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            characters.next();
            rest[3.min(rest.len())..].find('\'').map_or(rest.len(), |at| at + 4)
        }
        Some((at, character)) if rest[at + character.len_utf8()..].starts_with('\'') => {
            at + character.len_utf8() + 1
        }
        _ => 1 + rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(0),
    }
}

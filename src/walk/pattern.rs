//! One line of a `.gitignore` file: what it says, and whether a path matches.
//!
//! Ours rather than a crate's, because the line may be hostile. Matchers that turn patterns into one
//! regular expression take memory by the square of the patterns when a tree is made to: a
//! `.gitignore` of 128 KiB asked for 26 GB. This one takes memory by the length of the line, none
//! while it matches, and counts its steps against an allowance.
//!
//! The syntax is that of gitignore(5), the matching that of git's `wildmatch`, which the tests
//! compare it with.

/// How many steps of matching are allowed for one path; each is about a nanosecond.
#[derive(Debug)]
pub(super) struct Steps(u32);

impl Steps {
    /// Enough for twenty thousand lines of the usual kind.
    pub(super) fn for_one_path() -> Steps {
        Steps(250_000)
    }

    fn take(&mut self) -> Result<(), TooManySteps> {
        self.0 = self.0.checked_sub(1).ok_or(TooManySteps)?;
        Ok(())
    }
}

/// The allowance was used up before it was known whether the path matches.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManySteps;

/// One pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    /// `!`: takes back what earlier lines ignore.
    pub(super) takes_back: bool,
    /// Ends with `/`: matches folders only.
    folders_only: bool,
    /// Has no other `/`: matches a name in any folder below.
    name_only: bool,
}

/// A piece of a pattern.
#[derive(Debug, PartialEq)]
enum Part {
    /// This byte.
    Byte(u8),
    /// `?`: any byte but `/`.
    Any,
    /// `[a-z]`: one of these bytes, and not `/`.
    Class(Box<[u64; 4]>),
    /// `*`: any bytes but `/`, or none.
    Star,
    /// `**`: any bytes, or none.
    Deep,
    /// `**/`: nothing, or any bytes that end with `/`.
    DeepFolders,
}

impl Part {
    fn matches(&self, byte: u8) -> bool {
        match self {
            Part::Byte(own) => *own == byte,
            Part::Any => byte != b'/',
            Part::Class(set) => byte != b'/' && set[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1,
            Part::Star | Part::Deep | Part::DeepFolders => false,
        }
    }
}

impl Pattern {
    /// Reads one line, without its line break. `None` if it says nothing: it is empty, a comment,
    /// or a pattern that can match no path.
    pub(super) fn new(line: &[u8]) -> Option<Pattern> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"#") {
            return None;
        }
        let line = without_trailing_spaces(line);
        let (takes_back, line) = stripped(line, |line| line.strip_prefix(b"!"));
        let (folders_only, line) = stripped(line, |line| line.strip_suffix(b"/"));
        let name_only = !line.contains(&b'/');
        let line = line.strip_prefix(b"/").unwrap_or(line);
        let parts = parts(line, name_only)?;
        (!parts.is_empty()).then_some(Pattern { parts, takes_back, folders_only, name_only })
    }

    /// Whether it matches `path`, which is below the folder that the pattern's file stands in.
    pub(super) fn matches(
        &self,
        path: &[u8],
        is_folder: bool,
        steps: &mut Steps,
    ) -> Result<bool, TooManySteps> {
        if self.folders_only && !is_folder {
            steps.take()?;
            return Ok(false);
        }
        let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        glob(&self.parts, if self.name_only { &path[start..] } else { path }, steps)
    }
}

/// What `strip` leaves of `line`, and whether it took anything.
fn stripped<'l>(line: &'l [u8], strip: impl Fn(&'l [u8]) -> Option<&'l [u8]>) -> (bool, &'l [u8]) {
    strip(line).map_or((false, line), |rest| (true, rest))
}

/// Spaces at the end do not count, unless a backslash stands before them.
fn without_trailing_spaces(line: &[u8]) -> &[u8] {
    let (mut end, mut at) = (0, 0);
    while at < line.len() {
        match line[at] {
            b'\\' => {
                at += 2;
                end = at.min(line.len());
            }
            b' ' => at += 1,
            _ => {
                at += 1;
                end = at;
            }
        }
    }
    &line[..end]
}

/// Takes a pattern apart; `None` if it is broken in a way that makes it match nothing.
fn parts(mut line: &[u8], name_only: bool) -> Option<Vec<Part>> {
    let mut parts = Vec::with_capacity(line.len());
    let mut is_plain = true;
    while let [first, rest @ ..] = line {
        line = rest;
        let part = match first {
            b'\\' => {
                let (&escaped, rest) = rest.split_first()?;
                line = rest;
                Part::Byte(escaped)
            }
            b'?' => Part::Any,
            b'[' => {
                let (class, rest) = class(rest)?;
                line = rest;
                class
            }
            b'*' => {
                let more = rest.iter().take_while(|&&byte| byte == b'*').count();
                line = &rest[more..];
                // `**` counts after a `/`, or where the pattern begins; and for git it begins after
                // the plain text at its start, so that `a**/b` matches `a/x/b`.
                let begins = is_plain
                    || matches!(parts.last(), None | Some(Part::Byte(b'/') | Part::DeepFolders));
                match line {
                    _ if more == 0 || name_only || !begins => Part::Star,
                    [] => Part::Deep,
                    [b'/', after @ ..] | [b'\\', b'/', after @ ..] => {
                        line = after;
                        Part::DeepFolders
                    }
                    _ => Part::Star,
                }
            }
            byte => Part::Byte(*byte),
        };
        is_plain &= matches!(part, Part::Byte(_)) && *first != b'\\';
        // Several in a row are as one, and one costs less.
        if !matches!(part, Part::Star | Part::DeepFolders) || parts.last() != Some(&part) {
            parts.push(part);
        }
    }
    Some(parts)
}

/// Reads a class after its `[`; returns it and what follows. `None` if it is not closed.
fn class(mut line: &[u8]) -> Option<(Part, &[u8])> {
    let mut set = [0u64; 4];
    let (negated, rest) =
        stripped(line, |line| line.strip_prefix(b"!").or_else(|| line.strip_prefix(b"^")));
    line = rest;
    let mut is_first = true;
    // The last single byte, which may begin a range.
    let mut before: Option<u8> = None;
    loop {
        let (&byte, rest) = line.split_first()?;
        line = rest;
        match byte {
            b']' if !is_first => break,
            b'-' if before.is_some() && rest.first().is_some_and(|&next| next != b']') => {
                let (end, rest) = maybe_escaped(rest)?;
                line = rest;
                (before.take().unwrap_or(end)..=end).for_each(|byte| insert(&mut set, byte));
            }
            b'[' if rest.first() == Some(&b':') => match named(&rest[1..]) {
                Named::Class(matches, rest) => {
                    (0..=255u8).filter(matches).for_each(|byte| insert(&mut set, byte));
                    line = rest;
                    before = None;
                }
                Named::Unknown => return None,
                Named::None => {
                    insert(&mut set, b'[');
                    before = Some(b'[');
                }
            },
            _ => {
                let (byte, rest) = if byte == b'\\' { rest.split_first()? } else { (&byte, rest) };
                line = rest;
                insert(&mut set, *byte);
                before = Some(*byte);
            }
        }
        is_first = false;
    }
    if negated {
        set = set.map(|word| !word);
    }
    Some((Part::Class(Box::new(set)), line))
}

fn insert(set: &mut [u64; 4], byte: u8) {
    set[usize::from(byte >> 6)] |= 1 << (byte & 63);
}

fn maybe_escaped(line: &[u8]) -> Option<(u8, &[u8])> {
    match line {
        [b'\\', byte, rest @ ..] | [byte, rest @ ..] => Some((*byte, rest)),
        [] => None,
    }
}

/// What stands after `[:` within a class.
enum Named<'l> {
    /// The bytes of a known name, and what follows its `:]`.
    Class(fn(&u8) -> bool, &'l [u8]),
    /// A name that git does not know, which spoils the pattern.
    Unknown,
    /// No name: the `[` stands for itself.
    None,
}

fn named(line: &[u8]) -> Named<'_> {
    let Some(end) = line.iter().position(|&byte| byte == b']') else { return Named::Unknown };
    let Some(name) = line[..end].strip_suffix(b":") else { return Named::None };
    let matches: fn(&u8) -> bool = match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return Named::Unknown,
    };
    Named::Class(matches, &line[end + 1..])
}

/// Whether the parts match all of `text`.
///
/// Goes forward, and on a mismatch back to the last `*`, which takes one byte more, or else to the
/// last `**`. Going back further is never needed: what an earlier one could take more, the last one
/// can take too, and `*` cannot leave its folder.
fn glob(parts: &[Part], text: &[u8], steps: &mut Steps) -> Result<bool, TooManySteps> {
    let (mut part, mut at) = (0, 0);
    // Where to go on after each, and up to where it has taken the text.
    let mut star: Option<(usize, usize)> = None;
    let mut deep: Option<(usize, usize)> = None;
    loop {
        steps.take()?;
        match parts.get(part) {
            None if at == text.len() => return Ok(true),
            Some(Part::Star) => {
                part += 1;
                star = Some((part, at));
                continue;
            }
            Some(Part::Deep) => return Ok(true), // It only stands at the end.
            Some(Part::DeepFolders) => {
                part += 1;
                star = None;
                deep = Some((part, at));
                continue;
            }
            Some(single) if text.get(at).is_some_and(|&byte| single.matches(byte)) => {
                part += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        if let Some((after, taken)) = star
            && text.get(taken).is_some_and(|&byte| byte != b'/')
        {
            star = Some((after, taken + 1));
            (part, at) = (after, taken + 1);
        } else if let Some((after, taken)) = deep
            && let Some(slash) = text[taken..].iter().position(|&byte| byte == b'/')
        {
            star = None;
            deep = Some((after, taken + slash + 1));
            (part, at) = (after, taken + slash + 1);
        } else {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(line: &str, path: &str) -> bool {
        Pattern::new(line.as_bytes()).is_some_and(|pattern| {
            pattern.matches(path.as_bytes(), false, &mut Steps::for_one_path()).unwrap()
        })
    }

    #[test]
    fn a_hostile_line_ends_soon_and_takes_little_memory() {
        let stars = "*a".repeat(2000) + "b";
        let deep = "**/*a*a/".repeat(500) + "b";
        let text = "a".repeat(4000);
        let folders = "aa/".repeat(1300) + "c";
        for (line, path) in [(&stars, &text), (&deep, &folders)] {
            let pattern = Pattern::new(line.as_bytes()).unwrap();
            assert!(pattern.parts.len() <= line.len());
            let outcome = pattern.matches(path.as_bytes(), false, &mut Steps::for_one_path());
            assert_ne!(outcome, Ok(true));
        }
        assert_eq!(glob(&[Part::Any], b"a", &mut Steps(1)), Err(TooManySteps));
    }

    #[test]
    fn braces_are_plain_however_deep() {
        assert!(matches("{a,b}", "{a,b}") && !matches("{a,b}", "a"));
        assert!(matches(&"{".repeat(3000), &"{".repeat(3000)));
    }

    #[test]
    fn the_manual_s_own_examples() {
        for (line, path, expected) in [
            ("hello.*", "a/hello.c", true),
            ("/hello.*", "a/hello.c", false),
            ("doc/frotz", "a/doc/frotz", false),
            ("foo/*", "foo/test.json", true),
            ("foo/*", "foo/bar/hello.c", false),
            ("**/foo", "a/b/foo", true),
            ("**/foo/bar", "foo/bar", true),
            ("abc/**", "abc/x/y", true),
            ("abc/**", "abc", false),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a**b", "a/b", false),
            ("\\!x", "!x", true),
            ("x\\ ", "x ", true),
            ("x  ", "x", true),
        ] {
            assert_eq!(matches(line, path), expected, "{line} {path}");
        }
    }
}

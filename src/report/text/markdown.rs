//! The little Markdown that rules' helps are written in, as plain text.
//!
//! Paragraphs, lists, headings and fenced code; links become `text (address)`, emphasis is dropped,
//! code keeps its backticks. Whatever else there may be is shown as it stands.

use super::super::escape::human;

/// A piece of a help text.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    /// Running text, joined to one line, and how many of its bytes at its start were set in bold:
    /// `**What it opens.** Whatever …`.
    Paragraph(String, usize),
    /// A list item: its marker and its text, joined to one line.
    Item(String, String),
    /// A line of code, never wrapped.
    Code(String),
    /// The end of a paragraph or list.
    Break,
}

/// The whole text, unwrapped: one line a paragraph or list item.
pub(in crate::report) fn plain(source: &str) -> String {
    let lines = blocks(source).into_iter().map(|block| match block {
        Block::Paragraph(text, _) => text,
        Block::Item(marker, text) => format!("{marker} {text}"),
        Block::Code(text) => format!("    {text}"),
        Block::Break => String::new(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The first paragraph, unwrapped.
pub(in crate::report) fn first_paragraph(source: &str) -> String {
    let first = blocks(source).into_iter().find_map(|block| match block {
        Block::Paragraph(text, _) | Block::Item(_, text) => Some(text),
        Block::Code(_) | Block::Break => None,
    });
    first.unwrap_or_default()
}

/// One line of wrapped text.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::report) struct Line {
    /// How many bytes at its start are what the paragraph is about, to be made to stand out.
    pub(in crate::report) lead: usize,
    pub(in crate::report) text: String,
}

/// The whole text as lines of at most `width` columns (longer words stand alone).
pub(in crate::report) fn lines(source: &str, width: usize) -> Vec<Line> {
    let plain = |text: String| Line { lead: 0, text };
    let mut lines = Vec::new();
    for block in blocks(source) {
        match block {
            Block::Paragraph(text, lead) => {
                let first = lines.len();
                lines.extend(wrap(&text, width).into_iter().map(plain));
                if let Some(line) = lines.get_mut(first).filter(|line| line.text.len() >= lead) {
                    line.lead = lead;
                }
            }
            Block::Item(marker, text) => {
                let indent = marker.chars().count() + 1;
                let wrapped = wrap(&text, width.saturating_sub(indent));
                for (at, line) in wrapped.into_iter().enumerate() {
                    lines.push(plain(match at {
                        0 => format!("{marker} {line}"),
                        _ => format!("{:indent$}{line}", ""),
                    }));
                }
            }
            Block::Code(text) => lines.push(plain(format!("  {text}"))),
            Block::Break => lines.push(plain(String::new())),
        }
    }
    lines
}

/// Fills lines of at most `width` characters with the text's words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if used + 1 + length <= width => {
                line.push(' ');
                line.push_str(word);
                used += 1 + length;
            }
            _ => {
                lines.push(word.to_owned());
                used = length;
            }
        }
    }
    lines
}

fn blocks(source: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut in_code = false;
    for line in source.trim().lines() {
        let text = line.trim();
        if text.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            blocks.push(Block::Code(human(line.trim_end().as_bytes())));
        } else if text.is_empty() {
            if !matches!(blocks.last(), None | Some(Block::Break)) {
                blocks.push(Block::Break);
            }
        } else if text.starts_with('#') {
            let text = inline(text.trim_start_matches('#').trim());
            let lead = text.len();
            blocks.push(Block::Paragraph(text, lead));
            blocks.push(Block::Break);
        } else if let Some((marker, rest)) = list_item(text) {
            blocks.push(Block::Item(marker, inline(rest)));
        } else {
            match blocks.last_mut() {
                Some(Block::Paragraph(before, _) | Block::Item(_, before)) => {
                    before.push(' ');
                    before.push_str(&inline(text));
                }
                _ => blocks.push(Block::Paragraph(inline(text), lead(text))),
            }
        }
    }
    blocks
}

/// How long the bold words are that a paragraph begins with, once they are plain.
fn lead(text: &str) -> usize {
    let bold = text.strip_prefix("**").and_then(|rest| rest.split_once("**"));
    bold.map_or(0, |(bold, _)| inline(bold.trim_end()).len())
}

/// Splits `- text`, `* text` or `12. text`.
fn list_item(text: &str) -> Option<(String, &str)> {
    let (marker, rest) = text.split_once(' ')?;
    let number = marker.strip_suffix('.').is_some_and(|digits| {
        !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit())
    });
    match marker {
        "-" | "*" | "+" => Some(("-".to_owned(), rest.trim_start())),
        _ if number => Some((marker.to_owned(), rest.trim_start())),
        _ => None,
    }
}

/// Drops emphasis and writes links out, except within backticks. What is not closed on the same
/// line stays as it is.
fn inline(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '[', '<', '*']) {
        let (before, marked) = rest.split_at(at);
        plain.push_str(before);
        let code = marked.strip_prefix('`').and_then(|inner| inner.find('`'));
        if let Some(length) = code {
            let (code, tail) = marked.split_at(length + 2);
            plain.push_str(code);
            rest = tail;
        } else if let Some((label, address, tail)) = link(marked) {
            match label {
                "" => plain.push_str(address),
                _ if label == address => plain.push_str(address),
                _ => plain.push_str(&format!("{label} ({address})")),
            }
            rest = tail;
        } else {
            let (mark, tail) = marked.split_at(1);
            plain.push_str(if mark == "*" { "" } else { mark });
            rest = tail;
        }
    }
    plain.push_str(rest);
    human(plain.as_bytes())
}

/// Splits `[label](address)tail` or `<https://address>tail`.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    if let Some(inner) = text.strip_prefix('<') {
        let (address, tail) = inner.split_once('>')?;
        return address.starts_with("https://").then_some(("", address, tail));
    }
    let (label, tail) = text.strip_prefix('[')?.split_once("](")?;
    let (address, tail) = tail.split_once(')')?;
    (!label.contains('[')).then_some((label, address, tail))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HELP: &str = "Opens *all* of **it**, e.g. the zones. See\n[the docs](https://x.test/a).\n\n\
        1. Go to <https://dash.test>.\n2. Press `Roll`\n   twice.\n\n```\nwrangler  x\n```\n";

    #[test]
    fn blocks_become_plain_text() {
        assert_eq!(
            plain(HELP),
            "Opens all of it, e.g. the zones. See the docs (https://x.test/a).\n\n\
             1. Go to https://dash.test.\n2. Press `Roll` twice.\n\n    wrangler  x"
        );
        assert_eq!(first_paragraph("# Title\n\ntext"), "Title");
        assert_eq!(first_paragraph(""), "");
    }

    fn texts(source: &str, width: usize) -> Vec<String> {
        lines(source, width).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn what_a_paragraph_is_about_stands_out() {
        let lines = lines("**What *it* opens.** All\nof it.\n\n# Title\nx **y** z", 20);
        let leads: Vec<&str> = lines.iter().map(|line| &line.text[..line.lead]).collect();
        assert_eq!(leads, ["What it opens.", "", "", "Title", "", ""]);
        let narrow = super::lines("**What it opens.** All", 8);
        assert_eq!((narrow[0].lead, narrow[0].text.as_str()), (0, "What it"));
    }

    #[test]
    fn lines_are_filled_and_items_hang() {
        assert_eq!(
            texts("one two three four\n\n- five six seven", 9),
            ["one two", "three", "four", "", "- five", "  six", "  seven"]
        );
        assert_eq!(wrap("a overlongword b", 5), ["a", "overlongword", "b"]);
    }

    #[test]
    fn code_stays_as_it_is() {
        assert_eq!(plain("`a*[b](c)*` *x* [`l`](u) `open"), "`a*[b](c)*` x `l` (u) `open");
    }

    proptest! {
        #[test]
        fn any_text_is_shown_safely(text in any::<String>(), width in 0usize..100) {
            for line in texts(&text, width) {
                prop_assert!(!line.chars().any(crate::report::escape::is_unsafe));
            }
            first_paragraph(&text);
        }

        #[test]
        fn markup_of_any_kind_ends(text in "[-<>\\[\\]()*#` a.1\n]{0,60}") {
            plain(&text);
        }
    }
}

//! Colours, few and calm, and only when asked for.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Color, Style};

use crate::model::Severity;

/// Paints text, or leaves it plain.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    color: bool,
}

/// Text with a style, to be displayed. The text must be safe to print already.
pub(super) struct Painted<T> {
    style: Style,
    text: T,
}

impl Paint {
    pub(super) fn new(color: bool) -> Self {
        Paint { color }
    }

    fn with<T: Display>(self, style: Style, text: T) -> Painted<T> {
        Painted { style: if self.color { style } else { Style::new() }, text }
    }

    /// A severity's colour.
    pub(super) fn severity<T: Display>(self, severity: Severity, text: T) -> Painted<T> {
        let fg = |color: AnsiColor| Style::new().bold().fg_color(Some(Color::Ansi(color)));
        let style = match severity {
            Severity::Critical | Severity::High => fg(AnsiColor::Red),
            Severity::Medium => fg(AnsiColor::Yellow),
            Severity::Low => fg(AnsiColor::Cyan),
            Severity::Note => Style::new().dimmed(),
        };
        self.with(style, text)
    }

    /// What to look at first.
    pub(super) fn strong<T: Display>(self, text: T) -> Painted<T> {
        self.with(Style::new().bold(), text)
    }

    /// What matters less.
    pub(super) fn dim<T: Display>(self, text: T) -> Painted<T> {
        self.with(Style::new().dimmed(), text)
    }

    /// What needs care but is no finding.
    pub(super) fn warn<T: Display>(self, text: T) -> Painted<T> {
        self.with(Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow))), text)
    }

    /// What is well.
    pub(super) fn good<T: Display>(self, text: T) -> Painted<T> {
        self.with(Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green))), text)
    }
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A plain style renders as nothing on both sides.
        write!(f, "{}{}{}", self.style.render(), self.text, self.style.render_reset())
    }
}

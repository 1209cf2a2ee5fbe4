//! The styles of text for a terminal.

use anstyle::{AnsiColor, Color, Style};

/// What matters most.
pub(super) const HOT: Style = Style::new()
    .fg_color(Some(Color::Ansi(AnsiColor::Red)))
    .bold();
/// What matters, but less.
pub(super) const WARM: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
/// What stands out by its kind and not by its cost: a place, a remark, a call that panics.
pub(super) const ACCENT: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan)));
/// What is there for completeness.
pub(super) const FAINT: Style = Style::new().dimmed();
/// A heading.
pub(super) const TITLE: Style = Style::new().bold();

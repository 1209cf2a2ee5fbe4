//! The styles of text for a terminal.

use anstyle::{AnsiColor, Color, Style};

/// What matters most.
pub(super) const HOT: Style = Style::new()
    .fg_color(Some(Color::Ansi(AnsiColor::Red)))
    .bold();
/// What matters, but less.
pub(super) const WARM: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
/// A place or a remark beside the source.
pub(super) const PLACE: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan)));
/// What is there for completeness.
pub(super) const FAINT: Style = Style::new().dimmed();
/// A heading.
pub(super) const TITLE: Style = Style::new().bold();

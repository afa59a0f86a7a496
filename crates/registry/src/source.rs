//! Sources: the texts that a registry is read from, with their lines for excerpts. It reads no files.

use crate::visible;

/// One text with the name that diagnostics show for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path as the user wrote it.
    pub name: String,
    pub text: String,
}

impl Source {
    /// Wraps a text under a name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// Makes of the text what is read: without a byte order mark, lines end with a line feed (YAML 1.2.2, 5.4), and the
    /// name can be printed.
    pub(crate) fn prepare(&mut self) {
        self.name = visible::text(&self.name);
        if let Some(text) = self.text.strip_prefix('\u{feff}') {
            self.text = text.to_owned();
        }
        if self.text.contains('\r') {
            self.text = with_line_feeds(&self.text);
        }
    }

    /// Returns a line by its number from 1, without its line break; empty beyond the end.
    pub(crate) fn line(&self, number: u32) -> &str {
        let index = (number as usize).saturating_sub(1);
        self.text.lines().nth(index).unwrap_or_default()
    }
}

/// Replaces the line ends of Windows and of old Macs.
pub(crate) fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Where something stands in the sources: columns count characters from 1, `end` is exclusive and on the same
/// line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Place {
    pub(crate) file: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end: u32,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

impl<T> At<T> {
    pub(crate) fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

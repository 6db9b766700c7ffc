//! What is wrong with a configuration, and where.
//!
//! Owns how a problem reads. Refuses to know what makes a value right.

use std::{fmt, path::PathBuf};

use thiserror::Error;

/// A place in a text file; both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character of that line.
    pub column: usize,
}

impl Position {
    /// The place of a byte of `text`.
    #[must_use]
    pub fn of_byte(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Where in the file; `None` when the file itself is the problem.
    pub at: Option<Position>,
    /// The key with the tables around it, like `mqtt.keep_alive`; empty when no key is to blame.
    pub key: String,
    /// What is wrong, in one plain sentence without its full stop.
    pub message: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(Position { line, column }) = self.at {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

/// Everything that is wrong with a configuration, in the order of the file; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    /// One line a problem, without a newline after the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            let before = if n == 0 { "" } else { "\n" };
            write!(f, "{before}{problem}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_not_bytes() {
        let text = "a = 1\nż = \"ó\" # x";
        let byte = text.find('#').expect("a comment");
        assert_eq!(Position::of_byte(text, byte), Position { line: 2, column: 9 });
        assert_eq!(Position::of_byte(text, 0), Position { line: 1, column: 1 });
    }

    #[test]
    fn a_problem_reads_as_compilers_write_it() {
        let problem = Problem {
            file: "b.toml".into(),
            at: Some(Position { line: 12, column: 5 }),
            key: "mqtt.keepalive".into(),
            message: "unknown key `keepalive` in [mqtt]".into(),
            hint: Some("did you mean `keep_alive`?".into()),
        };
        let line = "b.toml:12:5: unknown key `keepalive` in [mqtt]; did you mean `keep_alive`?";
        assert_eq!(problem.to_string(), line);
        let whole_file = Problem { at: None, hint: None, message: "cannot be read".into(), ..problem };
        assert_eq!(whole_file.to_string(), "b.toml: cannot be read");
    }
}

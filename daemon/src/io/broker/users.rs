//! Who may connect to the embedded broker.
//!
//! Owns the users file: `name:password` lines, empty ones and those that start with `#` left
//! out. Refuses to know MQTT.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;

/// The longest password, in bytes: each is compared over this whole length, so that the time
/// it takes says nothing about it.
const MAX_PASSWORD_LEN: usize = 256;

/// Names and passwords; never empty.
pub struct Users(BTreeMap<String, Padded>);

impl std::fmt::Debug for Users {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Why a users file was refused.
#[derive(Debug, Error)]
pub enum UsersError {
    /// It could not be read.
    #[error("cannot read the users file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is wrong.
    #[error("{}:{line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: LineProblem,
    },
    /// It names nobody.
    #[error("the users file {} names nobody; write one name:password a line", path.display())]
    Nobody {
        /// The file.
        path: PathBuf,
    },
}

/// What is wrong with a line of a users file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LineProblem {
    /// There is no colon.
    #[error("a line has to be name:password")]
    NoColon,
    /// There is nothing before the colon.
    #[error("the name is missing")]
    NoName,
    /// There is nothing behind the colon.
    #[error("the password is missing")]
    NoPassword,
    /// The password is too long.
    #[error("the password is longer than {MAX_PASSWORD_LEN} bytes")]
    LongPassword,
    /// An earlier line has the same name.
    #[error("this name has a password on an earlier line")]
    Twice,
}

impl Users {
    /// Reads a users file.
    pub fn read(path: &Path) -> Result<Self, UsersError> {
        let text =
            fs::read_to_string(path).map_err(|source| UsersError::Read { path: path.to_owned(), source })?;
        let users = Self::parse(&text).map_err(|(line, problem)| UsersError::Line {
            path: path.to_owned(),
            line,
            problem,
        })?;
        if users.0.is_empty() { Err(UsersError::Nobody { path: path.to_owned() }) } else { Ok(users) }
    }

    fn parse(text: &str) -> Result<Self, (usize, LineProblem)> {
        let mut users = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, password) = user(line).map_err(|problem| (index + 1, problem))?;
            if users.insert(name, password).is_some() {
                return Err((index + 1, LineProblem::Twice));
            }
        }
        Ok(Self(users))
    }

    /// Whether this is the user's password. Takes as long for a wrong one as for the right
    /// one, and as long for an unknown name as for a known one but for the look at the list.
    #[must_use]
    pub fn admits(&self, name: &str, password: &[u8]) -> bool {
        let given = Padded::new(password);
        let nobody = Padded::default();
        let (known, expected) = self.0.get(name).map_or((false, &nobody), |password| (true, password));
        let fits = Choice::from(u8::from(password.len() <= MAX_PASSWORD_LEN));
        (given.ct_eq(expected) & fits & Choice::from(u8::from(known))).into()
    }
}

fn user(line: &str) -> Result<(String, Padded), LineProblem> {
    let (name, password) = line.split_once(':').ok_or(LineProblem::NoColon)?;
    if name.is_empty() {
        Err(LineProblem::NoName)
    } else if password.is_empty() {
        Err(LineProblem::NoPassword)
    } else if password.len() > MAX_PASSWORD_LEN {
        Err(LineProblem::LongPassword)
    } else {
        Ok((name.to_owned(), Padded::new(password.as_bytes())))
    }
}

/// A password at a fixed length.
struct Padded {
    bytes: [u8; MAX_PASSWORD_LEN],
    len: u64,
}

impl Default for Padded {
    fn default() -> Self {
        Self { bytes: [0; MAX_PASSWORD_LEN], len: 0 }
    }
}

impl Padded {
    fn new(password: &[u8]) -> Self {
        let mut padded = Self { len: password.len() as u64, ..Self::default() };
        let kept = password.len().min(MAX_PASSWORD_LEN);
        padded.bytes[..kept].copy_from_slice(&password[..kept]);
        padded
    }
}

impl ConstantTimeEq for Padded {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.bytes.ct_eq(&other.bytes) & self.len.ct_eq(&other.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_right_password_of_that_name_is_admitted() {
        let users = Users::parse("# floor 2\n\ndesk:s3cret:with colon\nboard:pass\n").unwrap();
        assert!(users.admits("desk", b"s3cret:with colon"));
        assert!(users.admits("board", b"pass"));
        for (name, password) in [
            ("desk", &b"s3cret"[..]),
            ("desk", b"pass"),
            ("desk", b""),
            ("board", b"pass\0"),
            ("board", b"passs"),
            ("nobody", b""),
            ("nobody", b"pass"),
            ("", b""),
        ] {
            assert!(!users.admits(name, password), "{name} {password:?}");
        }
    }

    #[test]
    fn a_password_that_only_starts_like_the_longest_one_is_refused() {
        let longest = "p".repeat(MAX_PASSWORD_LEN);
        let users = Users::parse(&format!("desk:{longest}")).unwrap();
        assert!(users.admits("desk", longest.as_bytes()));
        assert!(!users.admits("desk", format!("{longest}p").as_bytes()));
    }

    #[test]
    fn each_bad_line_is_named_with_its_number() {
        let long = format!("desk:{}", "p".repeat(MAX_PASSWORD_LEN + 1));
        for (text, expected) in [
            ("desk", (1, LineProblem::NoColon)),
            ("a:b\n:secret", (2, LineProblem::NoName)),
            ("a:b\r\n# c\r\ndesk:\r\n", (3, LineProblem::NoPassword)),
            (&long, (1, LineProblem::LongPassword)),
            ("a:b\nc:d\na:e", (3, LineProblem::Twice)),
        ] {
            assert_eq!(Users::parse(text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn errors_name_the_file_and_the_line_and_no_password() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("users");
        assert!(Users::read(&path).unwrap_err().to_string().contains("cannot read the users file"));
        fs::write(&path, "# nobody yet\n").unwrap();
        assert!(Users::read(&path).unwrap_err().to_string().contains("names nobody"));
        fs::write(&path, "desk:first\ndesk:hunter2\n").unwrap();
        let error = Users::read(&path).unwrap_err().to_string();
        assert!(error.ends_with("users:2: this name has a password on an earlier line"), "{error}");
        fs::write(&path, "desk:hunter2\n").unwrap();
        assert!(!format!("{:?}", Users::read(&path).unwrap()).contains("hunter2"));
    }
}

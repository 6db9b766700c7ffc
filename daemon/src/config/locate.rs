//! Which configuration file is the one.
//!
//! Owns the order in which places are looked at. Refuses to read what it finds.

use std::{
    env, fmt,
    path::{Path, PathBuf},
};

/// The environment variable that names the configuration file.
pub const VARIABLE: &str = "BELLBOARD_CONFIG";
/// The configuration file of the system.
pub const SYSTEM_FILE: &str = "/etc/bellboard/bellboard.toml";

/// Where the configuration came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line named it.
    Flag(PathBuf),
    /// The environment named it.
    Environment(PathBuf),
    /// Nobody named one, and the system has one.
    System(PathBuf),
    /// There is none.
    Defaults,
}

impl fmt::Display for Origin {
    /// For the log, as in "configuration: ...".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(path) => write!(f, "{} (--config)", path.display()),
            Self::Environment(path) => write!(f, "{} (${VARIABLE})", path.display()),
            Self::System(path) => write!(f, "{}", path.display()),
            Self::Defaults => {
                write!(f, "the defaults (no --config, no ${VARIABLE}, no {SYSTEM_FILE})")
            }
        }
    }
}

/// The configuration file: the one from the command line, else from the environment, else the
/// system's; `None` for the defaults.
#[must_use]
pub fn locate(flag: Option<PathBuf>) -> (Option<PathBuf>, Origin) {
    let variable = env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    choose(flag, variable, Path::new(SYSTEM_FILE))
}

fn choose(flag: Option<PathBuf>, variable: Option<PathBuf>, system: &Path) -> (Option<PathBuf>, Origin) {
    if let Some(path) = flag {
        return (Some(path.clone()), Origin::Flag(path));
    }
    if let Some(path) = variable {
        return (Some(path.clone()), Origin::Environment(path));
    }
    // A file that is there and cannot be seen is an error to report, not one to pass over.
    if system.try_exists().unwrap_or(true) {
        return (Some(system.into()), Origin::System(system.into()));
    }
    (None, Origin::Defaults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_comes_before_the_environment_and_that_before_the_system() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let (flag, variable) = (PathBuf::from("a.toml"), PathBuf::from("b.toml"));
        let pick = |flag: Option<&PathBuf>, variable: Option<&PathBuf>, system: &Path| {
            choose(flag.cloned(), variable.cloned(), system).1
        };
        assert_eq!(pick(Some(&flag), Some(&variable), file.path()), Origin::Flag(flag.clone()));
        assert_eq!(pick(None, Some(&variable), file.path()), Origin::Environment(variable.clone()));
        assert_eq!(pick(None, None, file.path()), Origin::System(file.path().into()));
        assert_eq!(pick(None, None, Path::new("/nonexistent/bellboard.toml")), Origin::Defaults);
    }

    #[test]
    fn the_log_says_which_file_it_was() {
        assert_eq!(Origin::Flag("x.toml".into()).to_string(), "x.toml (--config)");
        assert!(Origin::Defaults.to_string().contains("$BELLBOARD_CONFIG"));
    }
}

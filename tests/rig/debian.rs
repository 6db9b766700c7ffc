//! The programs of the distribution that tests need.
//!
//! Owns what is said when one is missing. Refuses to do without it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Where programs for administrators are, which is not in everybody's path.
const SYSTEM_FOLDER: &str = "/usr/sbin";

/// The program `name`.
///
/// # Panics
/// It is not there; `package` of Debian has it.
#[must_use]
pub fn tool(name: &str, package: &str) -> Command {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from(SYSTEM_FOLDER)]);
    let program = folders.map(|folder| folder.join(name)).find(|program| is_program(program));
    let program =
        program.unwrap_or_else(|| panic!("{name} is missing: install it with `apt-get install {package}`"));
    Command::new(program)
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}

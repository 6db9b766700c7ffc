//! The product's own binary, as it is shipped.
//!
//! Owns where it is and that it is built. Refuses to know what it does.

use std::{env, path::PathBuf, process::Command, sync::OnceLock};

/// The release binary: `$BELLBOARD_BIN` when set, else built here, once for each run of a test
/// program.
///
/// # Panics
/// It cannot be built.
#[must_use]
pub fn binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| env::var_os("BELLBOARD_BIN").map_or_else(build, PathBuf::from)).clone()
}

fn build() -> PathBuf {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "-p", "bellboard"])
        .current_dir(&workspace)
        .status()
        .expect("cargo can be started");
    assert!(status.success(), "the release binary cannot be built: {status}");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    target.join("release").join("bellboard")
}

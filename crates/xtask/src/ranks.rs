//! The program with MPI, beside the one without.

use std::path::PathBuf;
use std::process::Command;

use crate::command;
use crate::workspace::Workspace;

/// The folder below Cargo's target folder in which it lies, by profile. What it is built of lies where that of the other
/// does: only the program itself differs.
const FOLDER: &str = "mpi";

/// What builds it with `profile`.
pub fn build(workspace: &Workspace, profile: &str) -> Command {
    let mut cargo = command::new("cargo");
    cargo
        .current_dir(&workspace.root)
        .args(["build", "--profile", profile, "--workspace"])
        .args(["--bin", "stylewalk", "--features", "stylewalk/mpi"])
        .arg("--target-dir")
        .arg(workspace.target.join(FOLDER))
        .env("CARGO_BUILD_BUILD_DIR", &workspace.target);
    cargo
}

/// Where it is then.
pub fn program(workspace: &Workspace, profile: &str) -> PathBuf {
    workspace
        .target
        .join(FOLDER)
        .join(profile)
        .join("stylewalk")
}

//! The program with MPI, beside the one without.

use std::path::PathBuf;
use std::process::Command;

use crate::command;
use crate::setup::MPICH_COMPILER;
use crate::workspace::Workspace;

/// Which MPI it is built with.
#[derive(Clone, Copy, Debug)]
pub enum Library {
    OpenMpi,
    Mpich,
}

impl Library {
    /// The folder below Cargo's target folder in which the program lies, by profile. What it is built of lies where that of
    /// the others does: only the program itself differs.
    fn folder(self) -> &'static str {
        match self {
            Self::OpenMpi => "mpi",
            Self::Mpich => "mpich",
        }
    }
}

/// What builds it with `profile`.
pub fn build(workspace: &Workspace, profile: &str, library: Library) -> Command {
    let mut cargo = command::new("cargo");
    cargo
        .current_dir(&workspace.root)
        .args(["build", "--profile", profile, "--workspace"])
        .args(["--bin", "stylewalk", "--features", "stylewalk/mpi"])
        .arg("--target-dir")
        .arg(workspace.target.join(library.folder()))
        .env("CARGO_BUILD_BUILD_DIR", &workspace.target);
    if matches!(library, Library::Mpich) {
        cargo.env("MPICC", MPICH_COMPILER);
        // Cargo takes a binding for up to date that was made for another MPI. With another setting it is another one.
        let setting = format!("profile.{profile}.package.mpi-sys.opt-level=1");
        cargo.args(["--config", &setting]);
    }
    cargo
}

/// Where it is with Open MPI then.
pub fn program(workspace: &Workspace, profile: &str) -> PathBuf {
    workspace
        .target
        .join(Library::OpenMpi.folder())
        .join(profile)
        .join("stylewalk")
}

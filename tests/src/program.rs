//! The real program `stylewalk`, built from this checkout.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use machine::root;

/// Runs `stylewalk` with `arguments` on the CPU's own code and waits for it.
pub fn stylewalk<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Output {
    command(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", path().display()))
}

/// `stylewalk` with `arguments`, to be started.
pub fn command<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).current_dir(root());
    command
}

/// Runs `stylewalk` with `arguments`, which must succeed, and returns what it printed.
pub fn printed<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let arguments: Vec<&str> = arguments.into_iter().collect();
    eprintln!("stylewalk {}", arguments.join(" "));
    succeeded(stylewalk(arguments))
}

/// What a program that must have succeeded printed.
pub fn succeeded(output: Output) -> String {
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The same as [`printed`] for a command that prints JSON.
pub fn printed_json<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Value {
    serde_json::from_str(&printed(arguments)).unwrap()
}

/// What the program wrote to stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Where the program is. Cargo gives other packages' tests no path to it, so it is built here, which costs a moment
/// when it is up to date; `STYLEWALK_BIN` names one that is built already.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| match std::env::var_os("STYLEWALK_BIN") {
        Some(path) => PathBuf::from(path),
        None => build(Build::Plain),
    })
}

/// Where the program with Open MPI is, beside the other.
pub fn path_with_mpi() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| build(Build::OpenMpi))
}

/// Where the program with MPICH is.
pub fn path_with_mpich() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| build(Build::Mpich))
}

enum Build {
    Plain,
    OpenMpi,
    Mpich,
}

/// Builds the program where and how this test was built: TARGET/PROFILE/deps/test-HASH.
fn build(what: Build) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let target = profile.parent().unwrap();
    // Cargo's folder for the profile `dev` has another name; every other one has the profile's.
    let name = match profile.file_name().and_then(|name| name.to_str()).unwrap() {
        "debug" => "dev",
        name => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // All packages, so that their dependencies have the features that `cargo test --workspace` builds them with:
    // otherwise Burn would be compiled a second time.
    let mut build = Command::new(cargo);
    build
        .args(["build", "--profile", name, "--workspace"])
        .args(["--bin", "stylewalk"])
        .current_dir(root());
    let with_mpi = |build: &mut Command| {
        // What it is built of lies with that of the other; only the program has a place of its own.
        build.args(["--features", "stylewalk/mpi"]);
        build.env("CARGO_BUILD_BUILD_DIR", target);
    };
    let folder = match what {
        Build::Plain => target.to_owned(),
        Build::OpenMpi => {
            with_mpi(&mut build);
            target.join("mpi")
        }
        Build::Mpich => {
            with_mpi(&mut build);
            build.env("MPICC", machine::MPICH_COMPILER);
            // Cargo takes a binding for up to date that was made for another MPI. With another setting it is another one.
            let setting = format!("profile.{name}.package.mpi-sys.opt-level=1");
            build.args(["--config", &setting]);
            target.join("mpich")
        }
    };
    let built = build.arg("--target-dir").arg(&folder).output().unwrap();
    assert!(built.status.success(), "{}", stderr(&built));
    let file = format!("stylewalk{}", std::env::consts::EXE_SUFFIX);
    folder.join(profile.file_name().unwrap()).join(file)
}

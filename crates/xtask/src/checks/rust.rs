//! The checks of the Rust code: formatting, clippy natively and for wasm, tests, documentation.

use super::Bench;
use super::outcome::Counts;
use crate::bench::gpu;
use crate::command;
use crate::kill;
use crate::ranks::{self, Library};
use crate::setup::{self, Mpi, Mpich, PageTools, WASM_TARGET};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler whose warnings count as errors. Another one's clippy may know new lints, which should not fail the
/// first test of someone who has just installed Rust.
const CHECKED_WITH: &str = "1.95.";
/// Every check builds in the profile of the demo page, so that each dependency is compiled once.
const PROFILE: &str = "--profile=quick";
/// clippy in the compiler's place, of the toolchain on the PATH.
const CLIPPY: &str = "clippy-driver";
/// The profile's folder below Cargo's target folder.
const FOLDER: &str = "quick";

fn cargo(bench: &Bench<'_>, arguments: &[&str]) -> Command {
    let mut command = command::new("cargo");
    command.current_dir(&bench.workspace.root).args(arguments);
    command
}

/// Where the tests leave the program `stylewalk`.
pub fn program(bench: &Bench<'_>) -> PathBuf {
    let name = format!("stylewalk{}", std::env::consts::EXE_SUFFIX);
    bench.workspace.target.join(FOLDER).join(name)
}

/// rustfmt, changing nothing.
pub fn formatting(bench: &Bench<'_>) -> Result<Counts> {
    command::run(&mut cargo(bench, &["fmt", "--all", "--check"]))
        .context("`cargo fmt --all` sets it right")?;
    Ok(Counts::ONE)
}

/// clippy over everything native, tests included.
pub fn clippy(bench: &Bench<'_>) -> Result<Counts> {
    let mut build = tests_command(bench);
    build.arg("--no-run");
    let version = command::text(command::new("rustc").arg("--version"))?;
    lint(&mut build, Path::new(CLIPPY), &version)?;
    if Mpi::is_found() {
        let mut with_mpi = ranks::build(bench.workspace, FOLDER, Library::OpenMpi);
        lint(&mut with_mpi, Path::new(CLIPPY), &version)?;
    }
    if Mpich::is_found() {
        let mut with_mpich = ranks::build(bench.workspace, FOLDER, Library::Mpich);
        lint(&mut with_mpich, Path::new(CLIPPY), &version)?;
    }
    Ok(Counts::ONE)
}

/// clippy over what the page runs, with a configuration that also bans files, clocks and threads.
pub fn clippy_for_wasm(bench: &Bench<'_>, tools: &PageTools) -> Result<Counts> {
    let mut build = tools.command("cargo");
    build
        .current_dir(&bench.workspace.root)
        .args(["build", PROFILE, "--target", WASM_TARGET])
        // The examples are the benchmark's; nothing else builds them before it runs.
        .args(["-p", "compute", "-p", "inference"])
        .args(["-p", "web", "-p", "viewer", "-p", "workshop"])
        .args(["--lib", "--examples"])
        .env(
            "CLIPPY_CONF_DIR",
            bench.workspace.root.join("crates/xtask/wasm-clippy"),
        );
    lint(&mut build, &tools.wasm.clippy, &tools.rustc_version()?)
}

/// Builds with clippy in the compiler's place. `cargo clippy` would go through all of Burn once more, only to check it;
/// this is the build that the next check needs anyway.
fn lint(build: &mut Command, clippy: &Path, rustc_version: &str) -> Result<Counts> {
    lint_with(build, clippy);
    let (succeeded, said) = command::tee_errors(build)?;
    let warnings = said.lines().filter(|line| is_warning(line)).count();
    if !succeeded {
        bail!("clippy found errors");
    }
    if warnings > 0 && warnings_are_errors(rustc_version) {
        bail!("clippy has {warnings} warnings, which count as errors");
    }
    Ok(Counts::ONE)
}

/// Cargo calls this compiler for the workspace's own packages.
fn lint_with(build: &mut Command, clippy: &Path) {
    build.env("RUSTC_WORKSPACE_WRAPPER", clippy);
}

/// `warning: unused variable`, but not cargo's count of them at the end of a package.
fn is_warning(line: &str) -> bool {
    line.starts_with("warning") && !line.contains(" generated ")
}

/// Unit tests and the workspace's tests.
pub fn tests(bench: &Bench<'_>) -> Result<Counts> {
    let mut test = tests_command(bench);
    lint_with(&mut test, Path::new(CLIPPY));
    let (succeeded, printed) = command::tee(test.arg("--no-fail-fast"))?;
    Ok(Counts::of_cargo_test(&printed).with_status(succeeded))
}

/// Every shader in the languages of all graphics interfaces: a workspace of its own, in the profile that builds fastest.
pub fn translations(bench: &Bench<'_>) -> Result<Counts> {
    let mut test = bench.tests.command("cargo");
    test.args(["test", "--locked"])
        .current_dir(bench.workspace.root.join("tests/shaders"))
        .env("CARGO_TARGET_DIR", &bench.workspace.target);
    lint_with(&mut test, Path::new(CLIPPY));
    let (succeeded, printed) = command::tee(&mut test)?;
    Ok(Counts::of_cargo_test(&printed).with_status(succeeded))
}

/// A few moments of `cargo xtask kill`, of the program that the tests have built.
pub fn killed(bench: &Bench<'_>) -> Result<Counts> {
    kill::try_out(bench.workspace, &program(bench), kill::FEW, 0)?;
    Ok(Counts::ONE)
}

/// `cargo xtask bench gpu`, very small, on an emulated adapter, by programs that the tests have built.
pub fn graphics(bench: &Bench<'_>) -> Result<Counts> {
    if !setup::has_emulated_vulkan() {
        println!(
            "ignored: needs a Vulkan driver: install chromium, or name one in STYLEWALK_VK_DRIVER"
        );
        return Ok(Counts::IGNORED);
    }
    gpu::try_out(bench.workspace, FOLDER)?;
    Ok(Counts::ONE)
}

fn tests_command(bench: &Bench<'_>) -> Command {
    let mut test = bench.tests.command("cargo");
    test.current_dir(&bench.workspace.root)
        .args(["test", PROFILE, "--workspace"]);
    test
}

/// rustdoc: links that lead nowhere are errors.
pub fn documentation(bench: &Bench<'_>) -> Result<Counts> {
    let mut doc = cargo(
        bench,
        &["doc", "--quiet", PROFILE, "--workspace", "--no-deps"],
    );
    command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Counts::ONE)
}

fn warnings_are_errors(rustc_version: &str) -> bool {
    rustc_version
        .split_whitespace()
        .nth(1)
        .is_some_and(|version| version.starts_with(CHECKED_WITH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_counted_without_their_sums() {
        assert!(is_warning("warning: unused variable: `x`"));
        assert!(!is_warning("warning: `bigan` (lib) generated 1 warning"));
        assert!(!is_warning("   Compiling bigan v0.1.0"));
    }

    #[test]
    fn only_the_known_compilers_warnings_are_errors() {
        assert!(warnings_are_errors("rustc 1.95.0 (f2d3ce0bd 2026-03-21)"));
        assert!(!warnings_are_errors("rustc 1.96.0 (ac68faa20 2026-05-25)"));
        assert!(!warnings_are_errors(""));
    }

    #[test]
    fn it_is_the_compiler_that_the_workspace_names() {
        let manifest = include_str!("../../../../Cargo.toml");
        let oldest = CHECKED_WITH.trim_end_matches('.');
        assert!(manifest.contains(&format!("rust-version = \"{oldest}\"")));
    }
}

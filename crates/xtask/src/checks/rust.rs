//! The checks of the Rust code: formatting, clippy natively and for wasm, tests, documentation.

use super::Bench;
use super::outcome::Counts;
use crate::command;
use crate::setup::PageTools;
use anyhow::{Context, Result};
use std::process::Command;

/// The compiler whose warnings count as errors. Another one's clippy may know new lints, which should not fail the
/// first test of someone who has just installed Rust.
const CHECKED_WITH: &str = "1.95.";
/// Every native check builds in this profile, so that each dependency is compiled once.
const PROFILE: &str = "--release";

fn cargo(bench: &Bench<'_>, arguments: &[&str]) -> Command {
    let mut command = command::new("cargo");
    command.current_dir(&bench.workspace.root).args(arguments);
    command
}

/// rustfmt, changing nothing.
pub fn formatting(bench: &Bench<'_>) -> Result<Counts> {
    command::run(&mut cargo(bench, &["fmt", "--all", "--check"]))
        .context("`cargo fmt --all` sets it right")?;
    Ok(Counts::ONE)
}

/// clippy over everything native, tests included.
pub fn clippy(bench: &Bench<'_>) -> Result<Counts> {
    let mut clippy = cargo(
        bench,
        &[
            "clippy",
            "--quiet",
            PROFILE,
            "--workspace",
            "--exclude",
            "web",
            "--all-targets",
        ],
    );
    if warnings_are_errors(&command::text(command::new("rustc").arg("--version"))?) {
        clippy.args(["--", "-D", "warnings"]);
    }
    command::run(&mut clippy)?;
    Ok(Counts::ONE)
}

/// clippy over what the page runs, with a configuration that also bans files, clocks and threads.
pub fn clippy_for_wasm(bench: &Bench<'_>, tools: &PageTools) -> Result<Counts> {
    let mut clippy = tools.command(&tools.wasm.cargo_clippy.to_string_lossy());
    clippy
        .current_dir(&bench.workspace.root)
        .args([
            "clippy",
            "--quiet",
            PROFILE,
            "--target",
            "wasm32-unknown-unknown",
        ])
        .args(["-p", "web", "-p", "bigan", "-p", "images", "-p", "kernels"])
        .env(
            "CLIPPY_CONF_DIR",
            bench.workspace.root.join("crates/xtask/wasm-clippy"),
        );
    // What cannot work in a browser is an error with every compiler.
    clippy.args([
        "--",
        "-D",
        "clippy::disallowed_types",
        "-D",
        "clippy::disallowed_methods",
    ]);
    if warnings_are_errors(&tools.rustc_version()?) {
        clippy.args(["-D", "warnings"]);
    }
    command::run(&mut clippy)?;
    Ok(Counts::ONE)
}

/// Unit tests and the workspace's tests.
pub fn tests(bench: &Bench<'_>) -> Result<Counts> {
    let mut test = bench.tests.command("cargo");
    test.current_dir(&bench.workspace.root).args([
        "test",
        PROFILE,
        "--workspace",
        "--exclude",
        "web",
        "--no-fail-fast",
    ]);
    let (succeeded, printed) = command::tee(&mut test)?;
    Ok(Counts::of_cargo_test(&printed).with_status(succeeded))
}

/// rustdoc: links that lead nowhere are errors.
pub fn documentation(bench: &Bench<'_>) -> Result<Counts> {
    let mut doc = cargo(
        bench,
        &[
            "doc",
            "--quiet",
            PROFILE,
            "--workspace",
            "--exclude",
            "web",
            "--no-deps",
        ],
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

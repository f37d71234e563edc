//! `cargo xtask animation`: the README's moving picture, made from the running page.

use anyhow::{Context, Result, ensure};
use std::fs;

use crate::command;
use crate::page::{self, Build};
use crate::setup;
use crate::workspace::Workspace;

/// What the README shows.
const PICTURE: &str = "docs/page.png";
/// A README is to open at once.
const MOST_BYTES: u64 = 1_000_000;

/// Builds the page, has Chromium visit it, and makes one file of what was seen.
pub fn run(workspace: &Workspace) -> Result<()> {
    let tools = setup::for_page(workspace)?;
    let tests = setup::for_tests(workspace)?;
    page::build(workspace, &tools, Build::Quick, None)?;
    let pictures = workspace.target.join("animation");
    if pictures.exists() {
        fs::remove_dir_all(&pictures)
            .with_context(|| format!("could not empty {}", pictures.display()))?;
    }
    let mut visit = tests.command("node");
    visit
        .current_dir(&workspace.root)
        .args(["tests/browser/animation.mjs", "--out"])
        .arg(&pictures);
    command::run(&mut visit)?;
    let mut build = command::new("cargo");
    build.current_dir(&workspace.root).args([
        "build",
        "--profile=quick",
        "--package=images",
        "--package=stylewalk",
        "--example=animate",
    ]);
    command::run(&mut build)?;
    let program = format!("animate{}", std::env::consts::EXE_SUFFIX);
    let program = workspace.target.join("quick/examples").join(program);
    let picture = workspace.root.join(PICTURE);
    command::run(command::new(&program).arg(&pictures).arg(&picture))?;
    let bytes = fs::metadata(&picture)?.len();
    println!("{PICTURE}: {} kB", bytes / 1000);
    ensure!(
        bytes <= MOST_BYTES,
        "{PICTURE} is {bytes} bytes, too large for a README: show less in tests/browser/animation.mjs"
    );
    Ok(())
}

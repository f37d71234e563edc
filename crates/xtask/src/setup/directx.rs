//! What has DirectX's compiler run on Debian: wine, and what builds a program for it.

use super::{Need, apt};
use crate::command;
use anyhow::{Context, Result, bail};

/// The target of the program that calls the compiler.
pub const WINDOWS: &str = "x86_64-pc-windows-gnu";
const PACKAGES: [&str; 3] = ["gcc-mingw-w64-x86-64", "wine", "wine64"];

/// wine, and a linker for Windows.
pub struct Wine;

impl Need for Wine {
    fn name(&self) -> String {
        "wine with a linker for Windows".to_owned()
    }

    fn plan(&self) -> String {
        format!("installing the packages {}", PACKAGES.join(", "))
    }

    fn is_there(&self) -> Result<bool> {
        let programs = ["wine", "x86_64-w64-mingw32-gcc"];
        Ok(programs
            .iter()
            .all(|program| command::find(program).is_some()))
    }

    fn make(&self) -> Result<()> {
        if !apt::is_here() {
            bail!("install wine and mingw-w64, and try again");
        }
        apt::install(&PACKAGES, "install wine and mingw-w64")
    }
}

/// Rust's library for Windows.
pub struct WindowsTarget;

impl Need for WindowsTarget {
    fn name(&self) -> String {
        format!("the target {WINDOWS}")
    }

    fn plan(&self) -> String {
        format!("`rustup target add {WINDOWS}`")
    }

    fn is_there(&self) -> Result<bool> {
        let mut rustc = command::new("rustc");
        rustc.args(["--print", "target-libdir", "--target", WINDOWS]);
        let folder = command::text(&mut rustc)?;
        Ok(std::path::Path::new(folder.trim()).is_dir())
    }

    fn make(&self) -> Result<()> {
        let rustup = command::find("rustup");
        let rustup = rustup.context("there is no rustup to add it")?;
        command::run(command::new(rustup).args(["target", "add", WINDOWS]))
    }
}

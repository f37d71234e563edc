//! Debian's Rust compiler for wasm32, for machines where rustup cannot download the target.
//!
//! Debian ships the compiler and the standard library's sources, not the library built for wasm32. So it is built
//! once, by that compiler, into a sysroot of our own in the cache; nothing is written into /usr.

use super::apt;
use super::wasm_compiler::{TARGET, WasmCompiler, holds_std};
use crate::command;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const PACKAGES: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-clippy",
    "lld-22",
];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
/// The oldest minor version of Rust 1 that builds this workspace (`rust-version` in Cargo.toml).
const OLDEST: u32 = 95;

/// Can this machine go this way?
pub fn is_possible() -> bool {
    cfg!(target_os = "linux") && apt::is_here()
}

/// The compiler, if everything is there already.
pub fn find(workspace: &Workspace) -> Result<Option<WasmCompiler>> {
    if !is_possible() || !Path::new(RUSTC).is_file() || !apt::missing(&PACKAGES).is_empty() {
        return Ok(None);
    }
    let sysroot = sysroot(workspace, &rustc_version()?);
    if !holds_std(&library_folder(&sysroot)) {
        return Ok(None);
    }
    compiler(&sysroot).map(Some)
}

/// Installs the packages, builds the standard library, and returns the compiler.
pub fn make(workspace: &Workspace) -> Result<WasmCompiler> {
    apt::install(
        &PACKAGES,
        &format!("make `rustup target add {TARGET}` work"),
    )?;
    let version = rustc_version()?;
    if !is_new_enough(&version) {
        bail!(
            "Debian's compiler here is \"{version}\", and 1.{OLDEST} or later is needed; `apt-get upgrade` may bring one"
        );
    }
    let sysroot = sysroot(workspace, &version);
    if !holds_std(&library_folder(&sysroot)) {
        println!(
            "set-up: building Rust's standard library for {TARGET} with Debian's {version} (about a minute, once)"
        );
        let started = Instant::now();
        build_std(&sysroot).context("building the standard library with Debian's compiler")?;
        println!(
            "set-up: the standard library is ready ({:.0} s)",
            started.elapsed().as_secs_f64()
        );
    }
    compiler(&sysroot)
}

fn rustc_version() -> Result<String> {
    let version = command::text(command::new(RUSTC).arg("--version"))?;
    Ok(version.trim().to_owned())
}

/// `rustc 1.96.0 (ac68faa20 2026-05-25)` and the like.
fn is_new_enough(version: &str) -> bool {
    let number = version.split_whitespace().nth(1).unwrap_or_default();
    let mut parts = number
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    (major, minor) >= (1, OLDEST)
}

/// One sysroot for each compiler: a library works with the very compiler that built it.
fn sysroot(workspace: &Workspace, version: &str) -> PathBuf {
    let plain: Vec<_> = version
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .filter(|word| !word.is_empty() && *word != "rustc")
        .take(2)
        .collect();
    workspace.tool("wasm-sysroot", &plain.join("-"))
}

fn library_folder(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

/// Builds any crate with `-Z build-std`, and takes the standard library's files from its build folder.
fn build_std(sysroot: &Path) -> Result<()> {
    let part = sysroot.with_extension("part");
    let scratch = part.join("build");
    if part.exists() {
        fs::remove_dir_all(&part).with_context(|| format!("removing {}", part.display()))?;
    }
    fs::create_dir_all(scratch.join("src"))
        .with_context(|| format!("making {}", scratch.display()))?;
    fs::write(
        scratch.join("Cargo.toml"),
        "[package]\nname = \"std-for-wasm\"\nedition = \"2024\"\n\n[workspace]\n",
    )?;
    fs::write(scratch.join("src/lib.rs"), "")?;
    command::run(
        debian(CARGO)
            .current_dir(&scratch)
            .args(["build", "--quiet", "--release", "--target", TARGET])
            .args(["-Z", "build-std=std,panic_abort"])
            // -Z is for nightly compilers only, unless the compiler is told to do without that check.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", scratch.join("target"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS"),
    )?;
    copy_libraries(
        &scratch.join("target").join(TARGET).join("release/deps"),
        &library_folder(&part),
    )?;
    fs::remove_dir_all(&scratch).with_context(|| format!("removing {}", scratch.display()))?;
    // Last, so that a build that was cut off is never taken for a whole one.
    fs::rename(&part, sysroot)
        .with_context(|| format!("moving the library to {}", sysroot.display()))
}

fn copy_libraries(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for file in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let file = file?.path();
        let is_ours = file
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("libstd_for_wasm"));
        if let Some(name) = file.file_name()
            && !is_ours
            && file.extension().is_some_and(|end| end == "rlib")
        {
            fs::copy(&file, to.join(name))
                .with_context(|| format!("copying {}", file.display()))?;
        }
    }
    Ok(())
}

/// A command for Debian's compiler, whatever toolchain rustup has chosen.
fn debian(program: &str) -> Command {
    let mut command = command::new(program);
    command
        .env("RUSTC", RUSTC)
        .env("CARGO", CARGO)
        .env_remove("RUSTUP_TOOLCHAIN");
    command
}

fn compiler(sysroot: &Path) -> Result<WasmCompiler> {
    let sysroot = sysroot.display().to_string();
    if sysroot.contains(char::is_whitespace) {
        bail!(
            "the path \"{sysroot}\" has a space, which compiler flags cannot; set STYLEWALK_CACHE to another folder"
        );
    }
    let linker = newest_linker(Path::new("/usr/lib")).context(
        "Debian's lld has no wasm-ld under /usr/lib/llvm-*/bin; reinstall the package lld-22",
    )?;
    Ok(WasmCompiler {
        variables: vec![
            ("RUSTC", RUSTC.into()),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.into()),
            // Cargo adds these to the flags of .cargo/config.toml.
            (
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                format!("--sysroot={sysroot}").into(),
            ),
        ],
        clippy: PathBuf::from("/usr/bin/clippy-driver"),
    })
}

/// `wasm-ld` of the newest LLVM in `llvm-*` folders. It is called by its full path, because rustc knows what a linker
/// understands by its name, and Debian has only `wasm-ld-22` on the PATH.
fn newest_linker(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let version = entry
                .file_name()
                .to_str()?
                .strip_prefix("llvm-")?
                .parse()
                .ok()?;
            let linker = entry.path().join("bin/wasm-ld");
            linker.exists().then_some((version, linker))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, linker)| linker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_compilers_are_told_from_new_ones() {
        assert!(is_new_enough(
            "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"
        ));
        assert!(is_new_enough("rustc 1.95.0"));
        assert!(!is_new_enough("rustc 1.85.0 (4d91de4e4 2025-02-17)"));
        assert!(!is_new_enough("nonsense"));
    }

    #[test]
    fn each_compiler_has_its_own_sysroot() {
        let workspace = Workspace {
            root: "/r".into(),
            cache: "/c".into(),
            target: "/t".into(),
        };
        let folder = sysroot(
            &workspace,
            "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)",
        );
        assert_eq!(folder, Path::new("/c/tools/wasm-sysroot-1.96.0-ac68faa20"));
    }

    #[test]
    fn the_newest_linker_is_taken_by_number() {
        let folder = std::env::temp_dir().join(format!("stylewalk-llvm-{}", std::process::id()));
        for version in ["llvm-9", "llvm-22", "llvm-21", "llvm"] {
            fs::create_dir_all(folder.join(version).join("bin")).unwrap();
            fs::write(folder.join(version).join("bin/wasm-ld"), "").unwrap();
        }
        fs::create_dir_all(folder.join("llvm-23/bin")).unwrap();
        assert_eq!(
            newest_linker(&folder),
            Some(folder.join("llvm-22/bin/wasm-ld"))
        );
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(newest_linker(&folder), None);
    }

    #[test]
    fn a_path_with_a_space_is_refused_in_one_sentence() {
        let error = compiler(Path::new("/a b/c")).unwrap_err().to_string();
        assert!(error.contains("STYLEWALK_CACHE"), "{error}");
    }
}

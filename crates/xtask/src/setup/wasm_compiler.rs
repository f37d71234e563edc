//! A Rust compiler for wasm32: the user's own with the target added by rustup, or Debian's where that download fails.

use super::debian_wasm;
use crate::command;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The page's target.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How to call cargo for wasm32.
#[derive(Debug)]
pub struct WasmCompiler {
    /// Variables for cargo and for programs that call cargo.
    pub variables: Vec<(&'static str, OsString)>,
    /// The clippy that belongs to this compiler.
    pub clippy: PathBuf,
}

impl WasmCompiler {
    /// The compiler itself, as `RUSTC` would name it.
    pub fn rustc(&self) -> String {
        let named = self.variables.iter().find(|(name, _)| *name == "RUSTC");
        named.map_or_else(
            || "rustc".to_owned(),
            |(_, path)| path.to_string_lossy().into_owned(),
        )
    }

    /// Puts the compiler into a command's environment.
    pub fn apply(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
    }
}

/// Which way to a wasm target: `STYLEWALK_WASM` may name one, otherwise what is there is taken, then rustup is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Any,
    Rustup,
    Debian,
}

impl Way {
    fn chosen(variable: Option<&str>) -> Result<Self> {
        match variable {
            None | Some("") => Ok(Self::Any),
            Some("rustup") => Ok(Self::Rustup),
            Some("debian") => Ok(Self::Debian),
            Some(other) => {
                bail!("STYLEWALK_WASM is \"{other}\"; it can be \"rustup\", \"debian\" or unset")
            }
        }
    }
}

/// Finds a compiler for wasm32, or sets one up.
pub fn ensure(workspace: &Workspace) -> Result<WasmCompiler> {
    let way = Way::chosen(std::env::var("STYLEWALK_WASM").ok().as_deref())?;
    if way != Way::Debian && has_own_target()? {
        return own();
    }
    if way != Way::Rustup
        && let Some(found) = debian_wasm::find(workspace)?
    {
        return Ok(found);
    }
    let refused = match way {
        Way::Debian => None,
        Way::Any | Way::Rustup => match add_with_rustup() {
            Ok(()) => return own(),
            Err(error) => Some(error),
        },
    };
    if way == Way::Rustup || !debian_wasm::is_possible() {
        return Err(refused.unwrap_or_else(|| anyhow::anyhow!("this is not a Debian machine")))
            .context(format!(
                "there is no compiler for {TARGET}: run `rustup target add {TARGET}` and try again"
            ));
    }
    if let Some(error) = refused {
        println!(
            "set-up: rustup did not add {TARGET} ({error:#}); taking Debian's compiler instead"
        );
    }
    debian_wasm::make(workspace)
}

/// Does the compiler on the PATH come with wasm32's standard library?
fn has_own_target() -> Result<bool> {
    let folder =
        command::text(command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))
            .context("there is no working Rust compiler; install Rust from https://rustup.rs")?;
    Ok(holds_std(Path::new(folder.trim())))
}

/// Is there a standard library in this folder?
pub fn holds_std(folder: &Path) -> bool {
    let Ok(files) = std::fs::read_dir(folder) else {
        return false;
    };
    files.flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

fn own() -> Result<WasmCompiler> {
    Ok(WasmCompiler {
        variables: Vec::new(),
        clippy: PathBuf::from("clippy-driver"),
    })
}

fn add_with_rustup() -> Result<()> {
    let rustup = command::find("rustup").context("rustup is not installed")?;
    println!("set-up: the target {TARGET} is missing; `rustup target add {TARGET}` (20 MB)");
    command::run_within(
        command::new(rustup).args(["target", "add", TARGET]),
        Duration::from_secs(300),
    )?;
    if !has_own_target()? {
        bail!("rustup added it to another toolchain than the one on the PATH");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_named_or_free() {
        assert_eq!(Way::chosen(None).unwrap(), Way::Any);
        assert_eq!(Way::chosen(Some("debian")).unwrap(), Way::Debian);
        let error = Way::chosen(Some("nix")).unwrap_err().to_string();
        assert!(error.contains("STYLEWALK_WASM is \"nix\""), "{error}");
    }

    #[test]
    fn a_standard_library_is_recognised() {
        let folder = std::env::temp_dir().join(format!("stylewalk-std-{}", std::process::id()));
        assert!(!holds_std(&folder), "an absent folder holds nothing");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("libcore-1.rlib"), "").unwrap();
        assert!(!holds_std(&folder));
        std::fs::write(folder.join("libstd-1.rlib"), "").unwrap();
        assert!(holds_std(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

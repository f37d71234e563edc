//! Programs from crates.io, each in its own folder of the cache: trunk and wasm-bindgen.

use super::Need;
use crate::command;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The newest Trunk that Rust 1.95 builds; 0.22 asks for 1.96.1.
const TRUNK: &str = "0.21.14";

/// A program that `cargo install` builds.
pub struct CargoTool {
    package: &'static str,
    program: &'static str,
    version: String,
    options: &'static [&'static str],
    /// As little optimisation as its work bears: 0 builds fastest.
    opt_level: &'static str,
    minutes: u32,
    home: PathBuf,
    scratch: PathBuf,
}

impl CargoTool {
    /// wasm-bindgen's command line, of exactly the locked library's version.
    pub fn wasm_bindgen(workspace: &Workspace, version: &str) -> Self {
        Self {
            // It reads and writes tens of megabytes.
            opt_level: "1",
            minutes: 3,
            ..Self::new(workspace, "wasm-bindgen-cli", "wasm-bindgen", version)
        }
    }

    /// Trunk, which builds the page.
    pub fn trunk(workspace: &Workspace) -> Self {
        // --locked: it does not compile with the newest versions of what it uses.
        Self {
            options: &["--locked", "--no-default-features"],
            minutes: 5,
            ..Self::new(workspace, "trunk", "trunk", TRUNK)
        }
    }

    fn new(
        workspace: &Workspace,
        package: &'static str,
        program: &'static str,
        version: &str,
    ) -> Self {
        Self {
            package,
            program,
            version: version.to_owned(),
            // Neither tool downloads anything here, so they are built without TLS.
            options: &["--no-default-features"],
            opt_level: "0",
            minutes: 1,
            home: workspace.tool(package, version),
            scratch: workspace.target.join("tools"),
        }
    }

    /// The folder to put on the PATH; none where the user's own program is the right version already.
    pub fn folder(&self) -> Result<Option<PathBuf>> {
        let ours = self.home.join("bin");
        Ok(self.is_version(&self.ours()).then_some(ours))
    }

    fn ours(&self) -> PathBuf {
        let file = format!("{}{}", self.program, std::env::consts::EXE_SUFFIX);
        self.home.join("bin").join(file)
    }

    fn is_version(&self, program: &Path) -> bool {
        let answer = command::text(command::new(program).arg("--version"));
        answer.is_ok_and(|answer| names_version(&answer, &self.version))
    }
}

impl Need for CargoTool {
    fn name(&self) -> String {
        format!("{} {}", self.program, self.version)
    }

    fn plan(&self) -> String {
        format!(
            "building it with `cargo install` into {} (about {} minutes on two cores, once)",
            self.home.display(),
            self.minutes
        )
    }

    fn is_there(&self) -> Result<bool> {
        let users = command::find(self.program);
        Ok(self.is_version(&self.ours()) || users.is_some_and(|program| self.is_version(&program)))
    }

    fn make(&self) -> Result<()> {
        command::run(
            command::new("cargo")
                .args([
                    "install",
                    "--quiet",
                    self.package,
                    "--version",
                    &self.version,
                    "--root",
                ])
                .arg(&self.home)
                .args(self.options)
                .env("CARGO_TARGET_DIR", &self.scratch)
                // Their release profiles optimise and link for minutes to make a smaller program; a quick one will do.
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level)
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_DEBUG", "false"),
        )
        .context("is crates.io reachable, and a C compiler installed?")?;
        // A gigabyte that only a second build of the same tool would use.
        std::fs::remove_dir_all(&self.scratch)
            .with_context(|| format!("removing the build folder {}", self.scratch.display()))
    }
}

/// `trunk 0.21.14` and `wasm-bindgen 0.2.130 (abcdef)` name their version as a word.
fn names_version(answer: &str, version: &str) -> bool {
    answer.split_whitespace().any(|word| word == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_whole_word() {
        assert!(names_version("wasm-bindgen 0.2.130\n", "0.2.130"));
        assert!(names_version("trunk 0.21.14 (abc)\n", "0.21.14"));
        assert!(!names_version("wasm-bindgen 0.2.130\n", "0.2.13"));
        assert!(!names_version("", "0.2.130"));
    }

    #[test]
    fn every_version_has_a_folder_of_its_own() {
        let workspace = Workspace {
            root: "/r".into(),
            cache: "/c".into(),
            target: "/t".into(),
        };
        let tool = CargoTool::wasm_bindgen(&workspace, "0.2.130");
        assert_eq!(tool.home, Path::new("/c/tools/wasm-bindgen-cli-0.2.130"));
    }
}

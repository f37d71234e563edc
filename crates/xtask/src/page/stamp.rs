//! Whether the wasm in dist/ was made from what is in the repository now.
//!
//! Trunk runs wasm-bindgen over the whole module every time, 8 seconds for 35 MB, even when only a style sheet changed.

use super::Build;
use crate::setup::PageTools;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Everything the wasm is made from.
const INPUTS: [&str; 10] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "crates/bigan",
    "crates/images",
    "crates/kernels",
    "crates/outfits",
    "crates/web",
    "shaders",
    "trunk.toml",
];

/// A number that changes whenever the wasm would.
pub fn of_inputs(workspace: &Workspace, tools: &PageTools, build: Build) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    build.hash(&mut hasher);
    tools.wasm.variables.hash(&mut hasher);
    tools.rustc_version()?.hash(&mut hasher);
    for input in INPUTS {
        let path = workspace.root.join(input);
        if path.exists() {
            hash_files(&path, &mut hasher)?;
        }
    }
    Ok(hasher.finish())
}

fn hash_files(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    path.hash(hasher);
    if !path.is_dir() {
        let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        bytes.hash(hasher);
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("reading {}", path.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    paths.iter().try_for_each(|path| hash_files(path, hasher))
}

/// Where it is noted what a wasm file was built from.
pub struct Stamp {
    file: PathBuf,
    wasm: PathBuf,
}

impl Stamp {
    /// For the page's wasm. The note is not in dist/, which is published as it is.
    pub fn new(workspace: &Workspace) -> Self {
        Self {
            file: workspace.target().join("page-stamp.txt"),
            wasm: workspace.root.join("dist/wasm/web_bg.wasm"),
        }
    }

    /// Is the wasm the one that was built from these inputs?
    pub fn is_current(&self, inputs: u64) -> bool {
        let written = fs::read_to_string(&self.file).ok();
        written.is_some() && written == self.line(inputs)
    }

    /// Notes that the wasm was built from these inputs.
    pub fn write(&self, inputs: u64) -> Result<()> {
        let line = self
            .line(inputs)
            .with_context(|| format!("{} was not built", self.wasm.display()))?;
        fs::write(&self.file, line).with_context(|| format!("writing {}", self.file.display()))
    }

    /// The inputs, and the size and time of what came of them: another build may have replaced it since.
    fn line(&self, inputs: u64) -> Option<String> {
        let facts = fs::metadata(&self.wasm).ok()?;
        let time = facts
            .modified()
            .ok()?
            .duration_since(std::time::UNIX_EPOCH)
            .ok()?;
        Some(format!(
            "{inputs:016x} {} {}\n",
            facts.len(),
            time.as_nanos()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(path: &Path) -> u64 {
        let mut hasher = DefaultHasher::new();
        hash_files(path, &mut hasher).unwrap();
        hasher.finish()
    }

    #[test]
    fn a_change_in_any_file_changes_the_number() {
        let folder = std::env::temp_dir().join(format!("stylewalk-inputs-{}", std::process::id()));
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("src/lib.rs"), "a").unwrap();
        let before = hash(&folder);
        assert_eq!(hash(&folder), before);
        fs::write(folder.join("src/lib.rs"), "b").unwrap();
        let changed = hash(&folder);
        assert_ne!(changed, before);
        fs::rename(folder.join("src/lib.rs"), folder.join("src/main.rs")).unwrap();
        assert_ne!(hash(&folder), changed);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_stamp_holds_until_the_wasm_or_its_inputs_change() {
        let folder = std::env::temp_dir().join(format!("stylewalk-stamp-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let stamp = Stamp {
            file: folder.join("stamp.txt"),
            wasm: folder.join("web_bg.wasm"),
        };
        assert!(stamp.write(7).is_err(), "there is no wasm");
        assert!(!stamp.is_current(7));
        fs::write(&stamp.wasm, "one").unwrap();
        stamp.write(7).unwrap();
        assert!(stamp.is_current(7));
        assert!(!stamp.is_current(8));
        fs::write(&stamp.wasm, "three").unwrap();
        assert!(!stamp.is_current(7));
        fs::remove_file(&stamp.wasm).unwrap();
        assert!(!stamp.is_current(7));
        fs::remove_dir_all(&folder).unwrap();
    }
}

//! Files: read with their names in errors, written so that nobody ever sees half of one, hashed.

mod folder;
mod lock;
mod log;
mod pictures;
mod whole;

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

pub use folder::{
    check_replaceable, exists_in, read_in, remove_dir_if_empty, write_dir, write_into,
};
pub use lock::{Lock, lock};
pub use log::Log;
pub use pictures::check_picture_out;
pub use whole::{sha256, write};

use whole::beside;

/// Prints on standard output. A reader that has seen enough, as `head` has, is no error.
pub fn print(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// A path as text, for JSON: what is not Unicode in a name is replaced.
pub fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Reads a file, naming it when that fails.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

/// Removes a file of ours, where there is one.
pub fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Whether two paths lead to the same file or folder, which is there.
pub fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

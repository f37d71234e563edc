//! Locks that end with the program that holds them, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};

/// Held while this lives.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

/// Locks the file `path`, which is made where it is missing; none where another program has locked it.
///
/// # Errors
/// The file cannot be made.
pub fn lock(path: &Path) -> Result<Option<Lock>> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(path);
    let file = file.with_context(|| format!("could not make {}", path.display()))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // Some network file systems have no locks; there, people must not start two programs.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(Lock(file))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_program_holds_a_lock_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = lock(&path).unwrap();
        assert!(held.is_some() && lock(&path).unwrap().is_none());
        drop(held);
        assert!(lock(&path).unwrap().is_some());
        assert!(lock(&folder.path().join("absent/lock")).is_err());
    }
}

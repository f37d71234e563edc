//! Writing so that a reader, or a machine that stops halfway, never sees half a file.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Writes `bytes` beside `path` and renames them into place.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = beside(path, "partial");
    let put = || -> std::io::Result<()> {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    put().with_context(|| format!("could not write {}", path.display()))
}

/// Writes a whole directory beside `path` and puts it in place of what was there.
pub fn write_dir<N: AsRef<str>>(path: &Path, files: &[(N, Vec<u8>)]) -> Result<()> {
    let (partial, old) = (beside(path, "partial"), beside(path, "old"));
    let put = || -> Result<()> {
        remove_if_there(&partial)?;
        remove_if_there(&old)?;
        fs::create_dir_all(&partial)?;
        for (name, bytes) in files {
            write(&partial.join(name.as_ref()), bytes)?;
        }
        if path.exists() {
            fs::rename(path, &old)?;
        }
        fs::rename(&partial, path)?;
        remove_if_there(&old)
    };
    put().with_context(|| format!("could not write the folder {}", path.display()))
}

/// Refuses a directory to write that holds anything but what an earlier run of the command has `written`.
pub fn check_replaceable(out: &Path, what: &str, written: fn(&Path) -> bool) -> Result<()> {
    let holds_other = out.is_dir() && out.read_dir()?.next().is_some() && !written(out);
    ensure!(
        !holds_other && !out.is_file(),
        "{} is there and is not a directory of {what}; name another --out",
        out.display()
    );
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path)?;
    }
    Ok(())
}

/// A hidden neighbour of `path`, on the same file system so that renaming is one step.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{ending}"))
}

/// Prints on standard output. A reader that has seen enough, as `head` has, is no error.
pub fn print(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Reads a file, naming it when that fails.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

//! Files: read with their names in errors, written so that nobody ever sees half of one, hashed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::weights::hexadecimal;
use sha2::{Digest, Sha256};

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

/// Refuses to write the directory `out` where it holds anything but `what` this command writes; `written` tells.
pub fn check_replaceable(out: &Path, what: &str, written: fn(&Path) -> bool) -> Result<()> {
    let holds_other = out.is_dir() && out.read_dir()?.next().is_some() && !written(out);
    ensure!(
        !holds_other && !out.is_file(),
        "{} exists and does not hold {what}; name another --out",
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

/// A path as text, for JSON: what is not Unicode in a name is replaced.
pub fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Reads a file, naming it when that fails.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

/// The SHA-256 of a file, in lower-case hexadecimal, whatever its length: it is read a piece at a time.
pub fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

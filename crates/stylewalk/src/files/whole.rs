//! One file: written so that nobody ever sees half of it, and hashed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use inference::weights::hexadecimal;
use sha2::{Digest, Sha256};

/// How many links lead to others before they count as a circle.
const MOST_LINKS: usize = 40;

/// Writes `bytes` beside `path` and renames them into place; what `path` links to is what changes.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let target = behind_links(path);
    let put = || match is_stream(&target) {
        true => fs::OpenOptions::new()
            .write(true)
            .open(&target)?
            .write_all(bytes),
        false => put_whole(&target, bytes),
    };
    put().with_context(|| format!("could not write {}", path.display()))
}

fn put_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = beside(path, "partial");
    let put = || {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    put().inspect_err(|_| {
        // Half a file would keep a full disk full.
        let _ = fs::remove_file(&partial);
    })
}

/// Where the links that start at `path` end.
fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(&path).join(next);
    }
    path
}

/// A device or a pipe, `/dev/stdout` for example: it has no place beside it for a file that replaces it.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// A hidden neighbour of `path`, on the same file system so that renaming is one step.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{ending}"))
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_a_link_leads_to_is_written_and_the_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let [real, link, dangling] =
            ["real.png", "link.png", "dangling.png"].map(|name| folder.path().join(name));
        fs::write(&real, "old").unwrap();
        symlink("real.png", &link).unwrap();
        symlink("new.png", &dangling).unwrap();
        write(&link, b"new").unwrap();
        write(&dangling, b"made").unwrap();
        assert!(link.is_symlink() && dangling.is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert_eq!(fs::read(folder.path().join("new.png")).unwrap(), b"made");
    }

    #[test]
    fn a_device_is_written_to_and_what_fails_leaves_nothing() {
        write(Path::new("/dev/null"), b"nothing").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        fs::write(taken.join("mine"), "mine").unwrap();
        let told = format!("{:#}", write(&taken, b"a file").unwrap_err());
        assert!(
            told.contains("could not write") && told.contains("taken"),
            "{told}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

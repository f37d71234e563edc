//! Folders that are written as one: those that are ours alone, and those where others may keep files too.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::{beside, write};

/// Where files that are to replace others grow.
const GROWING: &str = ".stylewalk-partial";
/// Where they are once all are whole, until each is in its place: from then on they count, and not those that they replace.
const WHOLE: &str = ".stylewalk-new";

/// Writes a whole directory, which is ours alone, beside `path` and puts it in place of what was there.
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
    let put = put().inspect_err(|_| {
        // Half a folder would keep a full disk full.
        let _ = remove_if_there(&partial);
    });
    put.with_context(|| format!("could not write the folder {}", path.display()))
}

/// Writes `files` into the folder `path`, beside what others keep there: whoever reads by [`read_in`], also after the
/// program was ended at any moment, finds all of them or none. Nothing is needed but the right to write into the folder
/// itself, which may be a mounted disk or a link.
pub fn write_into<N: AsRef<str>>(path: &Path, files: &[(N, Vec<u8>)]) -> Result<()> {
    let (growing, whole) = (path.join(GROWING), path.join(WHOLE));
    let is_new = !path.exists();
    let put = || -> Result<()> {
        fs::create_dir_all(path)?;
        // What an earlier program was ended in the middle of.
        move_up(path)?;
        remove_if_there(&growing)?;
        fs::create_dir(&growing)?;
        for (name, bytes) in files {
            write(&growing.join(name.as_ref()), bytes)?;
        }
        fs::rename(&growing, &whole)?;
        Ok(move_up(path)?)
    };
    let put = put().inspect_err(|_| {
        let _ = remove_if_there(&growing);
        if is_new {
            remove_dir_if_empty(path);
        }
    });
    put.with_context(|| format!("could not write into the folder {}", path.display()))
}

/// Moves new files to their places.
fn move_up(path: &Path) -> std::io::Result<()> {
    let whole = path.join(WHOLE);
    if !whole.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(&whole)? {
        let entry = entry?;
        fs::rename(entry.path(), path.join(entry.file_name()))?;
    }
    fs::remove_dir(whole)
}

/// Reads the file `name` of a folder that [`write_into`] has written.
pub fn read_in(folder: &Path, name: &str) -> Result<Vec<u8>> {
    match fs::read(folder.join(WHOLE).join(name)) {
        Ok(bytes) => Ok(bytes),
        Err(_) => super::read(&folder.join(name)),
    }
}

/// Whether a folder that [`write_into`] has written has the file `name`.
pub fn exists_in(folder: &Path, name: &str) -> bool {
    folder.join(WHOLE).join(name).is_file() || folder.join(name).is_file()
}

/// Refuses to write into the directory `out` where it holds anything but `what` this command writes; `written` tells.
pub fn check_replaceable(out: &Path, what: &str, written: fn(&Path) -> bool) -> Result<()> {
    let holds_other = out.is_dir() && holds_files(out)? && !written(out);
    ensure!(
        !holds_other && !out.is_file(),
        "{} exists and does not hold {what}; name another --out",
        out.display()
    );
    Ok(())
}

/// Whether somebody keeps something in a folder; a fresh disk has `lost+found`, and a folder that was looked at hidden
/// files of whoever showed it.
fn holds_files(folder: &Path) -> Result<bool> {
    let entries = folder.read_dir();
    let mut entries = entries.with_context(|| format!("could not read {}", folder.display()))?;
    let counts = |name: &OsStr| name != "lost+found" && !name.as_encoded_bytes().starts_with(b".");
    Ok(entries.any(|entry| entry.is_ok_and(|entry| counts(&entry.file_name()))))
}

/// Removes a folder in which nobody keeps anything.
pub fn remove_dir_if_empty(path: &Path) {
    // Where somebody does, this fails, as it should.
    let _ = fs::remove_dir(path);
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: [&str; 2], bytes: &str) -> Vec<(String, Vec<u8>)> {
        let named = names.map(|name| (name.to_owned(), bytes.as_bytes().to_vec()));
        named.into()
    }

    #[test]
    fn what_others_keep_in_a_folder_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        write_into(&path, &named(["a", "b"], "old")).unwrap();
        fs::write(path.join("README.md"), "mine").unwrap();
        fs::create_dir(path.join("photos")).unwrap();
        write_into(&path, &named(["a", "c"], "new")).unwrap();
        let read = |name: &str| String::from_utf8(read_in(&path, name).unwrap()).unwrap();
        let found = ["a", "b", "c", "README.md"].map(read);
        assert_eq!(found, ["new", "old", "new", "mine"]);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 5);
    }

    #[test]
    fn a_program_that_was_ended_leaves_all_new_files_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        write_into(path, &named(["a", "b"], "old")).unwrap();
        // While the new ones are written.
        fs::create_dir(path.join(GROWING)).unwrap();
        fs::write(path.join(GROWING).join("a"), "ne").unwrap();
        let read = |name: &str| String::from_utf8(read_in(path, name).unwrap()).unwrap();
        assert_eq!(["a", "b"].map(read), ["old", "old"]);
        // While they are moved: one is in its place.
        fs::remove_dir_all(path.join(GROWING)).unwrap();
        fs::create_dir(path.join(WHOLE)).unwrap();
        fs::write(path.join("a"), "new").unwrap();
        fs::write(path.join(WHOLE).join("b"), "new").unwrap();
        assert_eq!(["a", "b"].map(read), ["new", "new"]);
        assert!(exists_in(path, "b") && !exists_in(path, "c"));
        write_into(path, &named(["c", "d"], "newer")).unwrap();
        assert_eq!(["a", "b", "c"].map(read), ["new", "new", "newer"]);
        assert!(!path.join(WHOLE).exists() && !path.join(GROWING).exists());
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        let none = [("absent/a", b"a".to_vec())];
        for write in [write_dir, write_into] {
            assert!(write(&path, &none).is_err());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn only_files_that_count_make_a_folder_somebodys() {
        let folder = tempfile::tempdir().unwrap();
        let check = || check_replaceable(folder.path(), "a model", |_| false);
        fs::create_dir(folder.path().join("lost+found")).unwrap();
        fs::write(folder.path().join(".DS_Store"), "").unwrap();
        assert!(check().is_ok());
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        assert!(check().unwrap_err().to_string().contains("a model"));
    }
}

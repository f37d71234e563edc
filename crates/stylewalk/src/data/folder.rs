//! Walking a folder: pictures and archives by their names' endings, labels by the folders they lie in.

use anyhow::{Context, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Endings of pictures. Those of formats that cannot be read are here too, so that they are reported, not skipped.
const PICTURES: [&str; 16] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif",
    "avif", "jxl", "dng", "svg",
];
/// Endings of archives that hold pictures.
const ARCHIVES: [&str; 3] = [".tar", ".tar.gz", ".tgz"];

/// What lies under a folder.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    /// Files with a picture's ending, relative to the folder, sorted.
    pub pictures: Vec<PathBuf>,
    /// Tar files, relative to the folder, sorted.
    pub archives: Vec<PathBuf>,
    /// How many other files there are; lists and licences are expected beside pictures.
    pub others: usize,
}

/// Finds pictures in `root` and all folders below it; hidden files and folders are skipped, links to
/// folders are not followed.
///
/// # Errors
/// `root` is missing or not a folder, or a folder cannot be read.
pub fn find(root: &Path) -> anyhow::Result<Found> {
    ensure!(
        root.is_dir(),
        "{} is not a folder; name one that holds photos",
        root.display()
    );
    let mut found = Found::default();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        let path = root.join(&folder);
        let entries = fs::read_dir(&path)
            .with_context(|| format!("cannot read the folder {}", path.display()))?;
        for entry in entries {
            let entry =
                entry.with_context(|| format!("cannot read the folder {}", path.display()))?;
            let name = entry.file_name();
            if is_hidden(&name) {
                continue;
            }
            let relative = folder.join(&name);
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(relative);
            } else if is_picture(&name) {
                found.pictures.push(relative);
            } else if is_archive(&name) {
                found.archives.push(relative);
            } else {
                found.others += 1;
            }
        }
    }
    found.pictures.sort();
    found.archives.sort();
    Ok(found)
}

/// The pictures in `root` and all folders below it, relative to it, sorted.
///
/// # Errors
/// As [`find`].
pub fn picture_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    find(root).map(|found| found.pictures)
}

/// The first-level folder a picture lies in: its label. None for one that lies in the folder itself.
pub fn label(relative: &Path) -> Option<String> {
    let mut parts = relative.components();
    let first = parts.next()?;
    parts.next()?;
    Some(first.as_os_str().to_string_lossy().into_owned())
}

/// Whether a file is hidden: `.DS_Store`, and `._shirt.jpg`, which macOS puts beside a photo.
pub fn is_hidden(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with('.')
}

/// Whether a name ends as pictures' names do.
pub fn is_picture(name: &OsStr) -> bool {
    let ending = Path::new(name).extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| {
        PICTURES
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// Whether a name ends as tar files' names do.
pub fn is_archive(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    ARCHIVES.iter().any(|ending| name.ends_with(ending))
}

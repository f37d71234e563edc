//! Walking a folder: pictures and archives by their names' endings, labels by the folders they lie in.

use anyhow::{Context, ensure};
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

/// Endings of pictures. Those of formats that cannot be read are here too, so that they are reported, not skipped.
const PICTURES: [&str; 16] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif",
    "avif", "jxl", "dng", "svg",
];
/// Endings of archives that hold pictures.
const ARCHIVES: [&str; 4] = [".tar", ".tar.gz", ".tgz", ".zip"];
/// Folders that systems and network drives leave beside photographs: small copies, and what was deleted.
const SYSTEM: [&str; 7] = [
    "@eaDir",
    "#recycle",
    "#snapshot",
    "$RECYCLE.BIN",
    "__MACOSX",
    "lost+found",
    "System Volume Information",
];

/// What lies under a folder.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    /// Files with a picture's ending, relative to the folder, sorted.
    pub pictures: Vec<PathBuf>,
    /// Tar and ZIP files, relative to the folder, sorted.
    pub archives: Vec<PathBuf>,
    /// How many other files there are; lists and licences are expected beside pictures.
    pub others: usize,
    /// What is passed over, relative to the folder, each with the reason; sorted.
    pub refused: Vec<(PathBuf, String)>,
}

/// Finds pictures in `root` and all folders below it. Hidden files and folders, and those of systems, are skipped. Links
/// to folders are followed, but no folder is read twice.
///
/// # Errors
/// `root` is missing, not a folder, or cannot be read.
pub fn find(root: &Path) -> anyhow::Result<Found> {
    ensure!(
        root.is_dir(),
        "{} is not a folder; name one that holds photos",
        root.display()
    );
    fs::read_dir(root).with_context(|| format!("cannot read the folder {}", root.display()))?;
    let mut walk = Walk {
        root,
        found: Found::default(),
        seen: HashSet::new(),
        links: BTreeSet::new(),
    };
    walk.tree(PathBuf::new());
    // After all folders that really lie there: what is linked within them keeps its own place.
    while let Some(link) = walk.links.pop_first() {
        walk.tree(link);
    }
    let mut found = walk.found;
    found.pictures.sort();
    found.archives.sort();
    found.refused.sort();
    Ok(found)
}

/// A walk under way.
struct Walk<'a> {
    root: &'a Path,
    found: Found,
    /// The folders that were read, without links in their paths.
    seen: HashSet<PathBuf>,
    /// Links to folders, not followed yet.
    links: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    /// Reads `first` and all that lies below it, links to folders excepted.
    fn tree(&mut self, first: PathBuf) {
        let mut open = vec![first];
        while let Some(folder) = open.pop() {
            if let Err(error) = self.folder(&folder, &mut open) {
                let reason = format!("the folder cannot be read ({error})");
                self.found.refused.push((folder, reason));
            }
        }
    }

    /// Reads one folder; those in it are to be read next.
    fn folder(&mut self, folder: &Path, open: &mut Vec<PathBuf>) -> io::Result<()> {
        let path = self.root.join(folder);
        if !self.seen.insert(fs::canonicalize(&path)?) {
            let reason = "the link leads to a folder that is read already".to_owned();
            self.found.refused.push((folder.to_owned(), reason));
            return Ok(());
        }
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            let name = entry.file_name();
            if is_hidden(&name) {
                continue;
            }
            let relative = folder.join(&name);
            match Kind::of(&entry) {
                Kind::Folder => open.push(relative),
                Kind::Link => drop(self.links.insert(relative)),
                kind => self.file(relative, &name, &kind),
            }
        }
        Ok(())
    }

    fn file(&mut self, relative: PathBuf, name: &OsStr, kind: &Kind) {
        let found = &mut self.found;
        let list = match (is_picture(name), is_archive(name)) {
            (true, _) => &mut found.pictures,
            (false, true) => &mut found.archives,
            (false, false) => {
                found.others += 1;
                return;
            }
        };
        match kind {
            // Opening a pipe would wait for ever for somebody to write into it.
            Kind::Other => found.refused.push((
                relative,
                "this is a pipe, a socket or a device, not a file".to_owned(),
            )),
            _ => list.push(relative),
        }
    }
}

/// What an entry of a folder is.
enum Kind {
    File,
    Folder,
    /// To a folder.
    Link,
    /// A pipe, a socket or a device.
    Other,
}

impl Kind {
    fn of(entry: &DirEntry) -> Self {
        let own = entry.file_type().ok();
        let is_link = own.is_some_and(|kind| kind.is_symlink());
        let kind = match is_link {
            true => fs::metadata(entry.path())
                .ok()
                .map(|target| target.file_type()),
            false => own,
        };
        match kind {
            // What cannot be looked at is told of when it is opened.
            None => Self::File,
            Some(kind) if kind.is_file() => Self::File,
            Some(kind) if kind.is_dir() && is_link => Self::Link,
            Some(kind) if kind.is_dir() => Self::Folder,
            Some(_) => Self::Other,
        }
    }
}

/// The pictures in `root` and all folders below it, relative to it, sorted. Says what is passed over.
///
/// # Errors
/// As [`find`].
pub fn picture_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let found = find(root)?;
    for (path, reason) in found.refused {
        let path = path.to_string_lossy();
        eprintln!("skipped {}: {reason}", crate::terminal::plain(&path));
    }
    Ok(found.pictures)
}

/// The first-level folder a picture lies in: its label. None for one that lies in the folder itself.
pub fn label(relative: &Path) -> Option<String> {
    let mut parts = relative.components();
    let first = parts.next()?;
    parts.next()?;
    Some(first.as_os_str().to_string_lossy().into_owned())
}

/// Whether a file is hidden: `.DS_Store`, and `._shirt.jpg`, which macOS puts beside a photo; or a system's folder.
pub fn is_hidden(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with('.') || SYSTEM.iter().any(|system| name == *system)
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

/// Whether a name ends as those of tar and ZIP files do.
pub fn is_archive(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    ARCHIVES.iter().any(|ending| name.ends_with(ending))
}

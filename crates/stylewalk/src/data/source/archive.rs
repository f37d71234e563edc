//! Archives: ZIP files, and tar files, compressed or not, whose members are read by their offsets.

use super::zip::Zip;
use crate::data::folder::{is_hidden, is_picture};
use crate::data::read_at::read_exact_at;
use crate::data::split::Split;
use anyhow::Context;
use flate2::read::MultiGzDecoder;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

/// An open archive.
#[derive(Debug)]
pub enum Archive {
    Tar(Tar),
    Zip(Zip),
}

/// An open tar file.
///
/// Members are read by their offset, so that threads need not read it from its beginning. A compressed one has no such
/// offsets: it is unpacked first, to a file without a name in the folder for temporary files.
#[derive(Debug)]
pub struct Tar(File);

/// What an archive holds.
#[derive(Debug, Default)]
pub struct Members {
    /// Files with a picture's name, in the archive's order.
    pub pictures: Vec<Member>,
    /// How many other files there are.
    pub others: usize,
}

/// A file in an archive.
#[derive(Debug)]
pub struct Member {
    /// Its path, without a leading `./`, `../` or `/`.
    pub path: PathBuf,
    /// Where its bytes begin in a tar file; its number in a ZIP file.
    pub offset: u64,
    /// How many there are, as its header says.
    pub bytes: u64,
}

impl Archive {
    /// Opens the archive at `path`.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let ends = |with: &str| {
            path.extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case(with))
        };
        if ends("zip") {
            return Ok(Self::Zip(Zip::open(file)?));
        }
        if ends("tar") {
            return Ok(Self::Tar(Tar(file)));
        }
        let name = path.to_string_lossy();
        eprintln!("unpacking {}", crate::terminal::plain(&name));
        let mut unpacked = tempfile::tempfile().context("cannot make a temporary file")?;
        io::copy(&mut MultiGzDecoder::new(file), &mut unpacked).with_context(|| {
            format!(
                "cannot unpack {} into {} (the variable TMPDIR names another folder)",
                path.display(),
                std::env::temp_dir().display()
            )
        })?;
        Ok(Self::Tar(Tar(unpacked)))
    }

    /// Lists the members, as far as the list can be read.
    pub fn list(&self) -> (Members, io::Result<()>) {
        let (mut members, ended) = match self {
            Self::Tar(tar) => {
                let mut members = Members::default();
                let ended = tar.list_into(&mut members);
                (members, ended)
            }
            Self::Zip(zip) => zip.list(),
        };
        strip_common_folder(&mut members.pictures);
        (members, ended)
    }

    /// The contents of a member; nothing is allocated that the archive does not hold.
    pub fn read(&self, member_offset: u64, bytes: u64) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Tar(tar) => tar.read(member_offset, bytes),
            Self::Zip(zip) => zip.read(member_offset),
        }
    }
}

impl Tar {
    fn list_into(&self, members: &mut Members) -> io::Result<()> {
        let mut file = &self.0;
        io::Seek::rewind(&mut file)?;
        let mut archive = tar::Archive::new(file);
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let path = normal(&entry.path()?);
            if is_hidden_in(&path) {
                continue;
            }
            if is_picture(file_name(&path)) {
                members.pictures.push(Member {
                    path,
                    offset: entry.raw_file_position(),
                    bytes: entry.size(),
                });
            } else {
                members.others += 1;
            }
        }
        Ok(())
    }

    fn read(&self, offset: u64, bytes: u64) -> anyhow::Result<Vec<u8>> {
        let end = offset.checked_add(bytes);
        let length = self.0.metadata()?.len();
        if end.is_none_or(|end| end > length) {
            anyhow::bail!("the archive is cut off inside this picture; copy or download it again");
        }
        let mut contents = vec![0; usize::try_from(bytes)?];
        read_exact_at(&self.0, &mut contents, offset)?;
        Ok(contents)
    }
}

/// A member's path without what leads out of the archive: nothing is ever unpacked to where it points.
pub fn normal(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect()
}

/// Whether a file or a folder of this path is hidden.
pub fn is_hidden_in(path: &Path) -> bool {
    path.components().any(|part| is_hidden(part.as_os_str()))
}

/// The last part of a path.
pub fn file_name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}

/// `clothing/train/a.jpg` becomes `train/a.jpg` where everything lies in `clothing`: archives are often made of a folder
/// from outside it.
fn strip_common_folder(pictures: &mut [Member]) {
    let Some(first) = pictures.first().and_then(|member| {
        let mut parts = member.path.components();
        let first = parts.next()?.as_os_str().to_owned();
        parts.next().is_some().then_some(first)
    }) else {
        return;
    };
    let rest = |member: &Member| member.path.strip_prefix(&first).ok().map(Path::to_owned);
    let below: Option<Vec<PathBuf>> = pictures.iter().map(rest).collect();
    let is_train = |path: &PathBuf| matches!(Split::of(path), Some((Split::Train, _)));
    let Some(below) = below.filter(|below| below.iter().any(is_train)) else {
        return;
    };
    for (member, path) in pictures.iter_mut().zip(below) {
        member.path = path;
    }
}

/// The folder that members of an archive of this name count as lying in: the archive's own, and `train` for
/// `train.tar` and `train-0001.tar` beside `test.tar`.
pub fn logical_folder(archive: &Path) -> PathBuf {
    let folder = archive.parent().unwrap_or(Path::new(""));
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let word: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
    let inside = Path::new(&word).join("member");
    let is_split = Split::of(&inside).is_some() || Split::of_validation(&inside).is_some();
    match is_split && folder == Path::new("") {
        true => PathBuf::from(word),
        false => folder.to_owned(),
    }
}

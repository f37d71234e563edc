//! Tar files, compressed or not, whose members are read by their offsets.

use crate::data::folder::{is_hidden, is_picture};
use crate::data::read_at::read_exact_at;
use anyhow::Context;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

/// An open tar file.
///
/// Members are read by their offset, so that threads need not read it from its beginning. A compressed one has no such
/// offsets: it is unpacked first, to a file without a name in the folder for temporary files.
#[derive(Debug)]
pub struct Archive(File);

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
    /// Its path, without a leading `./`.
    pub path: PathBuf,
    /// Where its bytes begin in the archive.
    pub offset: u64,
    /// How many there are, as its header says.
    pub bytes: u64,
}

impl Archive {
    /// Opens the archive at `path`.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        if path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("tar"))
        {
            return Ok(Self(file));
        }
        eprintln!("unpacking {}", path.display());
        let mut unpacked = tempfile::tempfile().context("cannot make a temporary file")?;
        io::copy(&mut MultiGzDecoder::new(file), &mut unpacked).with_context(|| {
            format!(
                "cannot unpack {} into {} (the variable TMPDIR names another folder)",
                path.display(),
                std::env::temp_dir().display()
            )
        })?;
        Ok(Self(unpacked))
    }

    /// Lists the members, as far as the headers can be read.
    pub fn list(&self) -> (Members, io::Result<()>) {
        let mut members = Members::default();
        let ended = self.list_into(&mut members);
        strip_common_folder(&mut members.pictures);
        (members, ended)
    }

    fn list_into(&self, members: &mut Members) -> io::Result<()> {
        let mut file = &self.0;
        io::Seek::rewind(&mut file)?;
        let mut archive = tar::Archive::new(file);
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let path = entry.path()?;
            let parts = || path.components().filter(|part| *part != Component::CurDir);
            if parts().any(|part| is_hidden(part.as_os_str())) {
                continue;
            }
            let name = path.file_name().unwrap_or_default();
            if is_picture(name) {
                members.pictures.push(Member {
                    path: parts()
                        .filter(|part| matches!(part, Component::Normal(_)))
                        .collect(),
                    offset: entry.raw_file_position(),
                    bytes: entry.size(),
                });
            } else {
                members.others += 1;
            }
        }
        Ok(())
    }

    /// The `bytes` bytes from `offset` on; nothing is allocated that the file does not hold.
    pub fn read(&self, offset: u64, bytes: u64) -> anyhow::Result<Vec<u8>> {
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
    let Some(below) = below.filter(|below| below.iter().any(|path| path.starts_with("train")))
    else {
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
    match word.as_str() {
        "train" | "test" if folder == Path::new("") => PathBuf::from(word),
        _ => folder.to_owned(),
    }
}

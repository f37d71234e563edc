//! Where photographs come from: a tree of folders, archives in it, or one archive.

mod archive;
mod division;
mod zip;

use super::folder::{Found, find, is_archive, label};
use super::photo::{decode_within_limits, open};
use super::split::Split;
use crate::terminal::plain;
use anyhow::{Context, ensure};
use archive::Archive;
use bigan::weights::hexadecimal;
use division::Division;
use images::RgbImage;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Everything under a path that may be a photograph, listed but not yet decoded.
#[derive(Debug)]
pub struct Source {
    root: PathBuf,
    archives: Vec<Archive>,
    /// What may be photographs, in an order that depends on their names alone.
    pub candidates: Vec<Candidate>,
    /// How many other files there are, by their names.
    pub others: usize,
    /// Archives that could not be listed to their end, folders that cannot be read, and what is no file.
    pub damaged: Vec<Refused>,
    /// How folders' names were understood, where somebody may have meant it otherwise: a sentence each.
    pub notes: Vec<String>,
}

/// A file or an archive's member with a picture's name.
#[derive(Debug, PartialEq)]
pub struct Candidate {
    /// Where it lies, relative to the source; a member's path follows that of its archive.
    pub path: PathBuf,
    /// The split it lies in. None where the source is not divided, or outside both.
    pub split: Option<Split>,
    /// The first folder it lies in, below that of its split.
    pub label: Option<String>,
    bytes: u64,
    place: Place,
}

/// What is not used, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Where it lies, relative to the source.
    pub file: String,
    /// One sentence.
    pub reason: String,
}

#[derive(Debug, PartialEq)]
enum Place {
    File,
    Member { archive: usize, offset: u64 },
}

/// A picture's file, before it is known whether the source is divided.
struct Listed {
    path: PathBuf,
    /// The path that decides split and label: a member's without its archive's name.
    logical: PathBuf,
    bytes: u64,
    place: Place,
}

impl Source {
    /// Lists what lies under `path`.
    ///
    /// # Errors
    /// `path` is neither a folder nor an archive, or cannot be read.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        if path.is_file() {
            Self::of_archive(path)
        } else {
            Self::of_folder(path)
        }
    }

    /// One archive: paths begin inside it.
    fn of_archive(path: &Path) -> anyhow::Result<Self> {
        ensure!(
            is_archive(path.as_os_str()),
            "{} is neither a folder nor a tar or ZIP file (.tar, .tar.gz, .tgz, .zip); name one that holds photos",
            path.display()
        );
        let (mut source, mut found) = (Self::empty(PathBuf::new()), Vec::new());
        let nowhere = Path::new("");
        source.add_archive(path.to_owned(), nowhere, nowhere, &mut found);
        source.divide(found);
        Ok(source)
    }

    fn of_folder(path: &Path) -> anyhow::Result<Self> {
        let Found {
            pictures,
            archives,
            others,
            refused,
        } = find(path)?;
        let refused = refused.into_iter().map(|(file, reason)| Refused {
            file: slashed(&file),
            reason,
        });
        let mut source = Self {
            others,
            damaged: refused.collect(),
            ..Self::empty(path.to_owned())
        };
        let mut found: Vec<Listed> = pictures
            .into_iter()
            .map(|picture| Listed {
                logical: picture.clone(),
                // A file deleted in the meantime is reported when it is opened.
                bytes: fs::metadata(path.join(&picture)).map_or(0, |file| file.len()),
                path: picture,
                place: Place::File,
            })
            .collect();
        for archive in archives {
            let logical = archive::logical_folder(&archive);
            source.add_archive(archive.clone(), &archive, &logical, &mut found);
        }
        source.divide(found);
        Ok(source)
    }

    fn empty(root: PathBuf) -> Self {
        Self {
            root,
            archives: Vec::new(),
            candidates: Vec::new(),
            others: 0,
            damaged: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Lists the archive `file`; its members' paths begin with `path`, what tells their split with `logical`.
    fn add_archive(&mut self, file: PathBuf, path: &Path, logical: &Path, found: &mut Vec<Listed>) {
        let mut refuse = |reason: String| {
            self.damaged.push(Refused {
                file: file.display().to_string(),
                reason,
            });
        };
        let archive = match Archive::open(&self.root.join(&file)) {
            Ok(archive) => archive,
            Err(error) => return refuse(format!("{error:#}")),
        };
        let (members, ended) = archive.list();
        if let Err(error) = ended {
            refuse(format!(
                "the archive is damaged after {} pictures ({error}); copy or download it again",
                members.pictures.len()
            ));
        }
        self.others += members.others;
        let number = self.archives.len();
        for member in members.pictures {
            found.push(Listed {
                path: path.join(&member.path),
                logical: logical.join(&member.path),
                bytes: member.bytes,
                place: Place::Member {
                    archive: number,
                    offset: member.offset,
                },
            });
        }
        self.archives.push(archive);
    }

    /// Assigns splits and labels.
    fn divide(&mut self, found: Vec<Listed>) {
        let mut division = Division::of(found.iter().map(|found| found.logical.as_path()));
        self.notes = std::mem::take(&mut division.notes);
        let candidate = |found: Listed| {
            let (split, rest) = division.split(&found.logical);
            Candidate {
                path: found.path,
                split,
                label: label(&rest),
                bytes: found.bytes,
                place: found.place,
            }
        };
        self.candidates = found.into_iter().map(candidate).collect();
    }

    /// The photographs of a split; all are to train on where the source is not divided.
    pub fn split(&self, split: Split) -> Vec<&Candidate> {
        let divided = self.is_divided();
        let wanted = |found: &&Candidate| match divided {
            true => found.split == Some(split),
            false => split == Split::Train,
        };
        self.candidates.iter().filter(wanted).collect()
    }

    /// Whether the source has a folder `train`, and so splits of its own.
    pub fn is_divided(&self) -> bool {
        self.candidates.iter().any(|found| found.split.is_some())
    }

    /// How many pictures of a divided source lie in neither split.
    pub fn outside_splits(&self) -> usize {
        let inside = self.candidates.iter().filter(|found| found.split.is_some());
        match inside.count() {
            0 => 0,
            inside => self.candidates.len() - inside,
        }
    }

    /// Reads and decodes a photograph at its full size, upright.
    ///
    /// # Errors
    /// It cannot be read or decoded.
    pub fn read(&self, candidate: &Candidate) -> anyhow::Result<RgbImage> {
        match candidate.place {
            Place::File => open(&self.root.join(&candidate.path)),
            Place::Member { archive, offset } => {
                let failed = || format!("cannot use {}", candidate.path.display());
                let archive = self.archives.get(archive).with_context(failed)?;
                decode_within_limits(candidate.bytes, || archive.read(offset, candidate.bytes))
                    .with_context(failed)
            }
        }
    }

    /// A hash over all names and lengths; it changes when the photographs do.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for candidate in &self.candidates {
            hash.update(candidate.name());
            hash.update([0]);
            hash.update(candidate.bytes.to_le_bytes());
        }
        hexadecimal(&hash.finalize())
    }
}

impl Candidate {
    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its path as text, with `/` between folders on every system.
    pub fn name(&self) -> String {
        slashed(&self.path)
    }

    /// Refused for `reason`.
    pub fn refused(&self, reason: String) -> Refused {
        Refused {
            file: self.name(),
            reason,
        }
    }
}

/// A path as text, with `/` between folders on every system.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// For a terminal: without the codes that a name may hold.
impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", plain(&self.file), plain(&self.reason))
    }
}

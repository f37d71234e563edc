//! ZIP files, whose members are read one by one, each checked by its own checksum.

use super::archive::{Member, Members, file_name, is_hidden_in, normal};
use crate::data::folder::is_picture;
use anyhow::{Context, anyhow, bail, ensure};
use flate2::read::DeflateDecoder;
use rawzip::{
    CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
    ZipFileHeaderRecord,
};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// An open ZIP file and its list of pictures.
#[derive(Debug)]
pub struct Zip {
    archive: ZipArchive<FileReader>,
    pictures: Vec<Picture>,
    others: usize,
    /// Why the list ends before its end, where it does.
    damage: Option<String>,
}

/// A member with a picture's name.
#[derive(Debug)]
struct Picture {
    path: PathBuf,
    bytes: u64,
    place: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    encrypted: bool,
}

impl Zip {
    /// Opens a ZIP file and reads its list, which lies at its end.
    pub fn open(file: File) -> anyhow::Result<Self> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = ZipArchive::from_file(file, &mut buffer).map_err(|error| {
            anyhow!("it is no whole ZIP file ({error}); copy or download it again")
        })?;
        let mut zip = Self {
            archive,
            pictures: Vec::new(),
            others: 0,
            damage: None,
        };
        if let Err(error) = zip.read_list(&mut buffer) {
            zip.damage = Some(error.to_string());
        }
        Ok(zip)
    }

    fn read_list(&mut self, buffer: &mut [u8]) -> Result<(), rawzip::Error> {
        let mut entries = self.archive.entries(buffer);
        while let Some(entry) = entries.next_entry()? {
            if entry.is_dir() {
                continue;
            }
            let picture = Picture::of(&entry);
            if is_hidden_in(&picture.path) {
                continue;
            }
            match is_picture(file_name(&picture.path)) {
                true => self.pictures.push(picture),
                false => self.others += 1,
            }
        }
        Ok(())
    }

    /// The pictures, each at its place in the list.
    pub fn list(&self) -> (Members, io::Result<()>) {
        let member = |(number, picture): (usize, &Picture)| Member {
            path: picture.path.clone(),
            offset: number as u64,
            bytes: picture.bytes,
        };
        let members = Members {
            pictures: self.pictures.iter().enumerate().map(member).collect(),
            others: self.others,
        };
        let ended = match &self.damage {
            Some(reason) => Err(io::Error::new(io::ErrorKind::InvalidData, reason.clone())),
            None => Ok(()),
        };
        (members, ended)
    }

    /// The contents of the picture at this place in the list. What it unpacks to never grows beyond what was announced.
    pub fn read(&self, number: u64) -> anyhow::Result<Vec<u8>> {
        let picture = usize::try_from(number)
            .ok()
            .and_then(|number| self.pictures.get(number))
            .context("the archive has no such picture")?;
        ensure!(
            !picture.encrypted,
            "it is encrypted; make the archive again without a password"
        );
        let damaged = |error: &dyn std::fmt::Display| {
            anyhow!("the archive is damaged at this picture ({error}); copy or download it again")
        };
        let entry = self.archive.get_entry(picture.place);
        let entry = entry.map_err(|error| damaged(&error))?;
        let mut contents = Vec::new();
        // One byte more than announced: the checksum is compared where the contents end.
        let most = picture.bytes.saturating_add(1);
        let read = match picture.method {
            CompressionMethod::STORE => entry
                .verifying_reader(entry.reader())
                .take(most)
                .read_to_end(&mut contents),
            CompressionMethod::DEFLATE => entry
                .verifying_reader(DeflateDecoder::new(entry.reader()))
                .take(most)
                .read_to_end(&mut contents),
            other => bail!(
                "it is compressed by the method {other}, which is not read here; make the archive again with the usual \
                 one, deflate"
            ),
        };
        read.map_err(|error| damaged(&error))?;
        ensure!(
            contents.len() as u64 == picture.bytes,
            damaged(&"its length is another than announced")
        );
        Ok(contents)
    }
}

impl Picture {
    fn of(entry: &ZipFileHeaderRecord<'_>) -> Self {
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        // Old programs on Windows write its own separators.
        let name = match name.contains('/') {
            true => name,
            false => name.replace('\\', "/"),
        };
        Self {
            path: normal(Path::new(&name)),
            bytes: entry.uncompressed_size_hint(),
            place: entry.wayfinder(),
            method: entry.compression_method(),
            encrypted: entry.flags().is_encrypted(),
        }
    }
}

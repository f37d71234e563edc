//! Photographs ready for the networks, on disk: each is read by its number, so that memory does not grow with them.
//!
//! All records have one length, so that the offset of number `n` can be computed. A prepared folder's shards
//! are read where they are. Photographs from a folder or an archive are decoded once and kept in a file without a name
//! in the folder for temporary files; while there is memory to spare the system keeps such a file in it.

use super::index::Index;
use super::read_at::read_exact_at;
use super::sample::{About, Layout};
use super::split::Split;
use anyhow::{Context, Result, ensure};
use images::RgbImage;
use rayon::prelude::*;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Photographs by number.
#[derive(Debug)]
pub struct Store {
    side: u32,
    /// Bytes from one photograph to the next in a file.
    stride: u64,
    /// Bytes before the first one's pixels.
    start: u64,
    files: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    file: File,
    path: PathBuf,
    /// Photographs in this file and all before it.
    end: u64,
}

impl Store {
    /// The photographs of `split` in the prepared folder `folder`, all shards checked against their hashes. None when
    /// the split has none.
    ///
    /// # Errors
    /// A shard is missing or damaged.
    pub fn prepared(folder: &Path, index: &Index, split: Split) -> Result<Option<Self>> {
        let Some(contents) = index.splits.get(&split) else {
            return Ok(None);
        };
        let paths = contents
            .shards
            .par_iter()
            .map(|shard| index.verify(folder, shard))
            .collect::<Result<Vec<_>>>()?;
        let layout = Layout::new(index.side);
        let mut store = Self {
            side: index.side,
            stride: layout.stride(),
            start: layout.pixels_at(0),
            files: Vec::with_capacity(paths.len()),
        };
        for (path, shard) in paths.into_iter().zip(&contents.shards) {
            let file =
                File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
            let end = store.end() + shard.photographs;
            store.files.push(Piece { file, path, end });
        }
        Ok(Some(store))
    }

    /// The photographs of all splits that the prepared folder `folder` has.
    ///
    /// # Errors
    /// As [`Store::prepared`].
    pub fn all_prepared(folder: &Path, index: &Index) -> Result<Vec<Self>> {
        let splits = Split::ALL.into_iter();
        splits
            .filter_map(|split| Self::prepared(folder, index, split).transpose())
            .collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.end() as usize
    }

    fn end(&self) -> u64 {
        self.files.last().map_or(0, |piece| piece.end)
    }

    /// Reads photograph `number`.
    ///
    /// # Errors
    /// There is none of this number, or its file can no longer be read.
    pub fn read(&self, number: usize) -> Result<RgbImage> {
        let (piece, place) = self.place(number)?;
        let mut picture = RgbImage::new(self.side, self.side);
        let offset = place * self.stride + self.start;
        read_exact_at(&piece.file, &mut picture, offset).with_context(|| {
            format!(
                "photograph {number} can no longer be read from {}",
                piece.path.display()
            )
        })?;
        Ok(picture)
    }

    /// The file that photograph `number` is in, and its place in it.
    fn place(&self, number: usize) -> Result<(&Piece, u64)> {
        let number = number as u64;
        let file = self.files.partition_point(|piece| piece.end <= number);
        let piece = self
            .files
            .get(file)
            .with_context(|| format!("there is no photograph {number} among {}", self.end()))?;
        let before = file.checked_sub(1).map_or(0, |file| self.files[file].end);
        Ok((piece, number - before))
    }

    /// `count` pictures spread evenly over all, so that they come from different labels.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn spread(&self, count: usize) -> Result<Vec<RgbImage>> {
        let count = count.min(self.len());
        (0..count)
            .map(|index| self.read(index * self.len() / count))
            .collect()
    }

    /// The description of photograph `number` in a prepared folder.
    ///
    /// # Errors
    /// It cannot be read, or the photographs are not from a prepared folder.
    pub fn about(&self, number: usize) -> Result<About> {
        let layout = Layout::new(self.side);
        ensure!(
            self.stride == layout.stride(),
            "only a prepared folder describes its photographs"
        );
        let (piece, place) = self.place(number)?;
        let mut json = vec![0; About::LONGEST];
        read_exact_at(&piece.file, &mut json, layout.about_at(place))?;
        serde_json::from_slice(&json).with_context(|| {
            format!(
                "{} has no description of photograph {number}",
                piece.path.display()
            )
        })
    }
}

/// Takes decoded photographs, in order, into a file without a name.
pub struct Spool {
    side: u32,
    count: u64,
    file: BufWriter<File>,
}

impl Spool {
    /// An empty one for pictures of `side` x `side`.
    pub fn new(side: u32) -> Result<Self> {
        let file = tempfile::tempfile().with_context(no_room)?;
        Ok(Self {
            side,
            count: 0,
            file: BufWriter::with_capacity(1 << 20, file),
        })
    }

    /// Adds one.
    pub fn push(&mut self, picture: &RgbImage) -> Result<()> {
        debug_assert_eq!(picture.dimensions(), (self.side, self.side));
        self.count += 1;
        self.file.write_all(picture).with_context(no_room)
    }

    /// All of them. None when there are none.
    pub fn finish(self) -> Result<Option<Store>> {
        let file = self
            .file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .with_context(no_room)?;
        let piece = Piece {
            file,
            path: std::env::temp_dir(),
            end: self.count,
        };
        let store = Store {
            side: self.side,
            stride: 3 * u64::from(self.side) * u64::from(self.side),
            start: 0,
            files: vec![piece],
        };
        Ok((self.count > 0).then_some(store))
    }
}

fn no_room() -> String {
    format!(
        "cannot keep the decoded photographs in {}; set TMPDIR to a folder with 12 KiB for each, or prepare them with \
         `stylewalk data prepare`",
        std::env::temp_dir().display()
    )
}

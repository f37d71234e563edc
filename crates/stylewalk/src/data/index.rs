//! `index.json` of a prepared folder: what its shards hold and how they were made.

use super::cropped::Crop;
use super::sample::Layout;
use super::split::Split;
use crate::files;
use anyhow::{Context, Result, bail, ensure};
use images::Fit;
use inference::NetworkConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// The file's name.
pub const NAME: &str = "index.json";
/// The file beside it that names every picture left out, with the reason: one JSON object a line.
pub const REFUSED: &str = "refused.jsonl";
/// The folder beside it with the network that cut the garments out, where one did.
pub const CUTOUT: &str = "cutout";
/// What the file says it is.
const FORMAT: &str = "stylewalk photographs";
/// Goes up when an older program would misread a newer folder.
const VERSION: u32 = 1;
/// Bytes of the longest index that is read: that of a thousand million photographs.
const LONGEST: u64 = 64 << 20;

/// What a prepared folder holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    format: String,
    version: u32,
    /// Width and height of every picture in pixels.
    pub side: u32,
    /// How the pictures were made.
    pub settings: Settings,
    /// What they were made from.
    pub source: Origin,
    /// Pictures that were not used; `refused.jsonl` names them.
    pub refused: u64,
    /// Photographs and shards of each split that has any.
    pub splits: BTreeMap<Split, Contents>,
}

/// The settings that decide what photographs become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How pictures became square.
    pub fit: Fit,
    /// What was cut out first.
    pub crop: Crop,
    /// The share drawn for testing; 0 where the source has a test split of its own.
    pub test_share: f64,
    /// The seed that drew it.
    pub seed: u64,
    /// Most photographs in a shard.
    pub shard_size: u64,
}

/// What a prepared folder was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The path that was named.
    pub path: String,
    /// Pictures found there, used or not.
    pub pictures: u64,
    /// How many of them lie outside `train` and `test`, and were left out.
    pub left_out: u64,
    /// Hash over all their names and lengths.
    pub sha256: String,
}

/// One split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// How many there are.
    pub photographs: u64,
    /// How many were kept whole because nothing to crop to was found.
    pub whole: u64,
    /// How many there are of each label; those without one are under "".
    pub labels: BTreeMap<String, u64>,
    /// The files, in order.
    pub shards: Vec<Shard>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Its name in the prepared folder.
    pub file: String,
    /// How many photographs it holds.
    pub photographs: u64,
    /// Its length.
    pub bytes: u64,
    /// Its hash.
    pub sha256: String,
}

impl Index {
    /// Whether `folder` is a prepared one.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(NAME).is_file()
    }

    /// The index of a folder just made.
    pub fn new(
        side: u32,
        settings: Settings,
        source: Origin,
        refused: u64,
        splits: BTreeMap<Split, Contents>,
    ) -> Self {
        Self {
            format: FORMAT.into(),
            version: VERSION,
            side,
            settings,
            source,
            refused,
            splits,
        }
    }

    /// Reads the index in `folder` and checks that it is consistent, without looking at the shards.
    ///
    /// # Errors
    /// There is none, it is longer than 64 MiB, or what it says cannot be true.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let read = || -> Result<Self> {
            let mut text = Vec::new();
            File::open(&path)?
                .take(LONGEST + 1)
                .read_to_end(&mut text)?;
            ensure!(
                text.len() as u64 <= LONGEST,
                "it is longer than {LONGEST} bytes"
            );
            let index: Self = serde_json::from_slice(&text)?;
            index.check()?;
            Ok(index)
        };
        read().with_context(|| {
            format!(
                "{} cannot be used; copy the prepared folder again, or make a new one with \
                 `stylewalk data prepare`",
                path.display()
            )
        })
    }

    /// Writes the index into `folder`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        files::write(&folder.join(NAME), &[&text[..], b"\n"].concat())
    }

    fn check(&self) -> Result<()> {
        ensure!(
            self.format == FORMAT,
            "its format is `{}`, not `{FORMAT}`",
            self.format
        );
        ensure!(
            self.version == VERSION,
            "it has version {}, and this program reads version {VERSION}",
            self.version
        );
        let networks = NetworkConfig {
            side: self.side as usize,
            ..NetworkConfig::PAPER
        };
        networks
            .validate()
            .context("no networks take its pictures")?;
        ensure!(
            self.splits.contains_key(&Split::Train),
            "it has no photographs to train on"
        );
        for (split, contents) in &self.splits {
            contents
                .check(Layout::new(self.side))
                .with_context(|| format!("its entry for {split} is wrong"))?;
        }
        Ok(())
    }

    /// The path of `shard` in `folder`, once its length and its hash are checked.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub fn verify(&self, folder: &Path, shard: &Shard) -> Result<PathBuf> {
        let path = folder.join(&shard.file);
        verify_file(&path, shard).with_context(|| {
            format!(
                "the shard {} cannot be used; copy it again from where it is whole, or prepare the photographs \
                 again into a new folder",
                path.display()
            )
        })?;
        Ok(path)
    }
}

impl Contents {
    fn check(&self, layout: Layout) -> Result<()> {
        let mut total = 0u64;
        for shard in &self.shards {
            let name = Path::new(&shard.file);
            let plain = matches!(
                name.components().collect::<Vec<_>>()[..],
                [Component::Normal(_)]
            );
            ensure!(plain, "`{}` is not a plain file name", shard.file);
            ensure!(
                shard.photographs > 0 && layout.length(shard.photographs) == Some(shard.bytes),
                "{} photographs do not take {} bytes in {}",
                shard.photographs,
                shard.bytes,
                shard.file
            );
            total = total
                .checked_add(shard.photographs)
                .context("it lists more photographs than can be counted")?;
        }
        ensure!(
            total == self.photographs && total > 0,
            "it announces {} photographs and lists {total}",
            self.photographs
        );
        Ok(())
    }
}

fn verify_file(path: &Path, shard: &Shard) -> Result<()> {
    let length = match std::fs::metadata(path) {
        Ok(file) => file.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!("it is missing"),
        Err(error) => return Err(error.into()),
    };
    ensure!(
        length == shard.bytes,
        "it has {length} bytes instead of {}",
        shard.bytes
    );
    ensure!(
        files::sha256(path)? == shard.sha256,
        "its contents have changed: their sha256 differs"
    );
    Ok(())
}

//! Photographs for training and measuring, from a folder, an archive or a prepared folder.

use super::index::{CUTOUT, Index};
use super::listing::Listing;
use super::oddities::{Look, Oddities};
use super::photo::reason;
use super::progress::Progress;
use super::source::{Candidate, Refused, Source};
use super::split::Split;
use super::store::{Spool, Store};
use crate::cutout::Stored;
use crate::terminal::plain;
use anyhow::{Context, bail, ensure};
use bigan::cutout::{Preprocess, Seen};
use images::{RgbImage, Subject};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Photographs that each thread decodes between two updates of the progress.
const CHUNK: usize = 32;

/// Photographs in memory: `3 * side * side` bytes each.
#[derive(Debug, Default)]
pub struct Photos {
    /// The pictures, in the order of their paths.
    pub pixels: Vec<RgbImage>,
    /// Where each came from, relative to the folder.
    pub names: Vec<PathBuf>,
    /// The kind of each, where its folder names one.
    pub labels: Vec<Option<String>>,
    /// Files that could not be used, relative to the folder, each with a sentence that says why.
    pub refused: Vec<(PathBuf, String)>,
}

/// Photographs on disk, to train on and to look at.
#[derive(Debug)]
pub struct Splits {
    /// Trained on.
    pub train: Store,
    /// Kept apart. None where the data is not divided.
    pub test: Option<Store>,
    /// Which photographs those to train on are.
    pub listing: Listing,
    /// What could not be used.
    pub refused: Vec<Refused>,
}

impl Splits {
    /// Both, as far as they are there.
    fn stores(&self) -> impl Iterator<Item = &Store> {
        std::iter::once(&self.train).chain(&self.test)
    }
}

/// Opens the data at `path`: a prepared folder, a folder of photographs, a tar or ZIP file. Where it has `train`, that and
/// `test` are the two splits; otherwise all of it is trained on.
///
/// # Errors
/// There is nothing usable at `path`, or a prepared folder is damaged or was made otherwise than `preprocess` says.
pub fn open_splits(path: &Path, preprocess: &Preprocess) -> anyhow::Result<Splits> {
    if Index::is_in(path) {
        let splits = open_prepared(path, preprocess)?;
        Oddities::in_prepared(splits.stores())?.tell();
        return Ok(splits);
    }
    let source = Source::open(path)?;
    for note in &source.notes {
        eprintln!("{}", plain(note));
    }
    let mut refused = source.damaged.clone();
    let read_square = |candidate: &Candidate| {
        let seen = preprocess.see(&source.read(candidate)?);
        let look = Look::at(&seen.picture);
        Ok((seen, look))
    };
    let (mut whole, mut oddities) = (Whole::default(), Oddities::default());
    let mut read = |split: Split| {
        let candidates = source.split(split);
        let mut spool = Spool::new(preprocess.side as u32)?;
        in_order(&candidates, read_square, |candidate, picture| {
            match picture {
                Ok((seen, look)) => {
                    whole.count(&seen);
                    oddities.see(candidate.name(), look);
                    spool.push(&seen.picture)?;
                }
                Err(error) => refused.push(candidate.refused(reason(&error))),
            }
            Ok(())
        })?;
        spool.finish()
    };
    let (train, test) = (read(Split::Train)?, read(Split::Test)?);
    let train = train.with_context(|| nothing_usable(path, &refused))?;
    whole.tell();
    oddities.tell();
    Ok(Splits {
        train,
        test,
        listing: Listing::of_photographs(source.split(Split::Train)),
        refused,
    })
}

/// The network that cut the garments out of a prepared folder; none where `path` is no such folder.
///
/// # Errors
/// It cannot be read.
pub fn prepared_cutout(path: &Path) -> anyhow::Result<Option<Stored>> {
    match Index::is_in(path) {
        true => Stored::find(&path.join(CUTOUT)),
        false => Ok(None),
    }
}

fn open_prepared(path: &Path, preprocess: &Preprocess) -> anyhow::Result<Splits> {
    let index = Index::read(path)?;
    let (made, fit) = (index.settings.fit, preprocess.fit);
    let (subject, wanted) = (index.settings.crop.subject(), preprocess.subject());
    ensure!(
        subject == wanted,
        "the photographs in {} were prepared {}, but here {} asked for; {}",
        path.display(),
        match subject {
            Subject::Whole => "whole",
            Subject::Garment => "as garments on white",
        },
        match wanted {
            Subject::Whole => "whole photographs are",
            Subject::Garment => "garments on white are",
        },
        match wanted {
            Subject::Whole => "name the photographs themselves",
            Subject::Garment =>
                "prepare them again with --crop garment, or name the photographs themselves",
        }
    );
    let (prepared, side) = (index.side as usize, preprocess.side);
    ensure!(
        prepared == side,
        "the photographs in {} were prepared as {prepared}x{prepared} pixels, but these networks take {side}x{side}; \
         prepare them again with --side {side}, or train with --side {prepared}",
        path.display()
    );
    ensure!(
        made == fit,
        "the photographs in {} were prepared with --fit {made}, but this command asks for --fit {fit}; use --fit {made}, \
         or prepare them again",
        path.display()
    );
    let train = Store::prepared(path, &index, Split::Train)?;
    let contents = index.splits.get(&Split::Train);
    Ok(Splits {
        train: train.context("the index lists no photographs to train on")?,
        listing: contents.map(Listing::of_shards).unwrap_or_default(),
        test: Store::prepared(path, &index, Split::Test)?,
        refused: Vec::new(),
    })
}

/// Reads every picture under `path`, the folders and archives below it included, as `preprocess` makes it; of a prepared
/// folder, those to test on where it has any.
///
/// As [`load`].
///
/// # Errors
/// `path` cannot be read, or holds no usable picture.
pub fn load_folder(path: &Path, preprocess: &Preprocess) -> anyhow::Result<Photos> {
    load(path, preprocess, |source| {
        source.candidates.iter().collect()
    })
}

/// Reads the photographs under `path` to measure a model on: as [`load_folder`], but of data that is divided only those
/// to test on, which is told, since models were trained on the others.
///
/// # Errors
/// As [`load_folder`].
pub fn load_test(path: &Path, preprocess: &Preprocess) -> anyhow::Result<Photos> {
    let mut only_test = Index::is_in(path) && Index::read(path)?.splits.contains_key(&Split::Test);
    let photos = load(path, preprocess, |source| {
        let test = source.split(Split::Test);
        only_test = !test.is_empty();
        match only_test {
            true => test,
            false => source.candidates.iter().collect(),
        }
    })?;
    if only_test {
        eprintln!(
            "of {} the {} photographs to test on are used, not those to train on",
            path.display(),
            photos.pixels.len()
        );
    }
    Ok(photos)
}

/// Reads the pictures under `path` that `choose` chooses.
///
/// Damaged files are skipped and listed in [`Photos::refused`]. The order is that of the sorted paths, however many
/// threads decode.
///
/// # Errors
/// `path` cannot be read, or holds no usable picture.
fn load(
    path: &Path,
    preprocess: &Preprocess,
    choose: impl FnOnce(&Source) -> Vec<&Candidate>,
) -> anyhow::Result<Photos> {
    if Index::is_in(path) {
        return load_prepared(path, preprocess);
    }
    let source = Source::open(path)?;
    let mut photos = Photos::default();
    for refused in &source.damaged {
        let file = PathBuf::from(&refused.file);
        photos.refused.push((file, refused.reason.clone()));
    }
    let candidates = choose(&source);
    let read = |candidate: &Candidate| Ok(preprocess.see(&source.read(candidate)?));
    let mut whole = Whole::default();
    in_order(&candidates, read, |candidate, picture| {
        match picture {
            Ok(seen) => {
                whole.count(&seen);
                photos.pixels.push(seen.picture);
                photos.names.push(candidate.path.clone());
                photos.labels.push(candidate.label.clone());
            }
            Err(error) => photos
                .refused
                .push((candidate.path.clone(), reason(&error))),
        }
        Ok(())
    })?;
    whole.tell();
    if photos.pixels.is_empty() {
        let refused = photos.refused.iter().map(|(file, reason)| Refused {
            file: file.display().to_string(),
            reason: reason.clone(),
        });
        bail!(nothing_usable(path, &refused.collect::<Vec<_>>()));
    }
    Ok(photos)
}

fn load_prepared(path: &Path, preprocess: &Preprocess) -> anyhow::Result<Photos> {
    let splits = open_prepared(path, preprocess)?;
    let store = splits.test.as_ref().unwrap_or(&splits.train);
    let mut photos = Photos::default();
    for number in 0..store.len() {
        photos.pixels.push(store.read(number)?);
        let about = store.about(number)?;
        photos.names.push(about.name.into());
        photos.labels.push(about.label);
    }
    Ok(photos)
}

/// Photographs in which no garment was found, and that are used whole.
#[derive(Default)]
struct Whole(u64);

impl Whole {
    fn count(&mut self, seen: &Seen) {
        self.0 += u64::from(matches!(seen.cut, Some(Err(_))));
    }

    fn tell(&self) {
        if self.0 > 0 {
            eprintln!(
                "no garment was found in {} photographs, which are used whole; `data prepare --crop garment \
                 --require-crop` leaves such out",
                self.0
            );
        }
    }
}

/// Works on all candidates, on all threads, and hands the results over in the candidates' order, a few at a time.
pub fn in_order<T: Send>(
    candidates: &[&Candidate],
    work: impl Fn(&Candidate) -> anyhow::Result<T> + Sync,
    mut take: impl FnMut(&Candidate, anyhow::Result<T>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut progress = Progress::new("reading photographs", 0, candidates.len() as u64);
    for chunk in candidates.chunks(chunk()) {
        let done: Vec<_> = chunk.par_iter().map(|candidate| work(candidate)).collect();
        for (candidate, done) in chunk.iter().zip(done) {
            take(candidate, done)?;
        }
        progress.add(chunk.len() as u64);
    }
    progress.end();
    Ok(())
}

/// How many photographs are worked on before the results are handed over: enough to keep all threads busy.
pub fn chunk() -> usize {
    CHUNK * rayon::current_num_threads()
}

/// One sentence for data without any usable photograph.
pub fn nothing_usable(path: &Path, refused: &[Refused]) -> String {
    let folder = path.display();
    match refused.first() {
        None => format!(
            "there are no photos under {folder}; name a folder with JPEG, PNG, WebP, TIFF, BMP or GIF files, or make one with \
             `stylewalk data draw`"
        ),
        Some(first) => format!(
            "none of the {} pictures under {folder} can be used; the first, {}: {}",
            refused.len(),
            first.file,
            first.reason
        ),
    }
}

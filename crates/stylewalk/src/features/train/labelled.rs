//! Photographs with labels: the folders they lie in.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use bigan::burn::tensor::Device;
use bigan::cutout::Preprocess;
use bigan::features::{Accuracy, Classifier};
use bigan::pictures::pack;
use images::RgbImage;
use inference::weights::hexadecimal;
use sha2::{Digest, Sha256};

use crate::data;
use crate::terminal::plain;

/// Pictures measured at a time.
const BATCH: usize = 64;

/// A photograph, and which class it is of.
pub type Example = (RgbImage, usize);

/// A folder of labelled photographs.
pub struct Labelled {
    /// The labels, sorted: a picture's class is an index into this list.
    pub classes: Vec<String>,
    /// Trained on.
    pub train: Vec<Example>,
    /// Kept apart; empty where the folder has no `test`.
    pub test: Vec<Example>,
}

impl Labelled {
    /// Reads `folder`, whose labels are those folders that hold pictures and are not in `leave_out`.
    pub fn read(folder: &Path, preprocess: &Preprocess, leave_out: &[String]) -> Result<Self> {
        let (train, test) = (folder.join("train"), folder.join("test"));
        let split = train.is_dir();
        let train = labelled(if split { &train } else { folder }, preprocess, leave_out)?;
        let test = if split && test.is_dir() {
            labelled(&test, preprocess, leave_out)?
        } else {
            Vec::new()
        };
        let classes: BTreeSet<&String> = train.iter().map(|(_, label)| label).collect();
        let classes: Vec<String> = classes.into_iter().cloned().collect();
        ensure!(
            classes.len() > 1,
            "{} holds photographs of {} kind{}; training needs at least two folders of different kinds",
            folder.display(),
            classes.len(),
            if classes.len() == 1 { "" } else { "s" }
        );
        let numbered = |pictures: Vec<(RgbImage, String)>| {
            let class = |label: &String| classes.binary_search(label).ok();
            let known = pictures
                .into_iter()
                .filter_map(|(p, label)| Some((p, class(&label)?)));
            known.collect()
        };
        Ok(Self {
            train: numbered(train),
            test: numbered(test),
            classes: classes.clone(),
        })
    }

    /// A hash over what is trained on and the names of its kinds.
    pub fn mark(&self) -> String {
        let mut hash = Sha256::new();
        for class in &self.classes {
            hash.update(class);
            hash.update([0]);
        }
        for (picture, class) in &self.train {
            hash.update(picture.as_raw());
            hash.update((*class as u64).to_le_bytes());
        }
        hexadecimal(&hash.finalize())
    }

    /// The accuracy of `network` on both splits, from 0 to 1.
    pub fn accuracy(&self, network: &Classifier, device: &Device) -> Result<Accuracy> {
        let test = match self.test.is_empty() {
            true => None,
            false => Some(right(network, &self.test, device)?),
        };
        Ok(Accuracy {
            train: right(network, &self.train, device)?,
            test,
            test_images: self.test.len() as u64,
        })
    }
}

/// All pictures under `folder` that have a label, saying which were refused.
fn labelled(
    folder: &Path,
    preprocess: &Preprocess,
    leave_out: &[String],
) -> Result<Vec<(RgbImage, String)>> {
    let photos = data::load_folder(folder, preprocess)?;
    for (path, reason) in &photos.refused {
        let name = plain(&path.to_string_lossy());
        eprintln!("skipped {name}: {}", plain(reason));
    }
    let all = photos.pixels.into_iter().zip(photos.labels);
    let labelled = all.filter_map(|(picture, label)| Some((picture, label?)));
    Ok(labelled
        .filter(|(_, label)| !leave_out.contains(label))
        .collect())
}

/// The share of `examples` whose most likely class is the right one.
fn right(network: &Classifier, examples: &[Example], device: &Device) -> Result<f64> {
    let mut right = 0;
    for batch in examples.chunks(BATCH) {
        let pictures = pack(batch.iter().map(|(picture, _)| picture), device);
        let chosen = network.logits(pictures).argmax(1).try_into_data();
        let chosen = chosen.context("the device failed while the network was measured")?;
        let pairs = chosen.iter::<i64>().zip(batch);
        right += pairs
            .filter(|(chosen, (_, class))| *chosen == *class as i64)
            .count();
    }
    Ok(right as f64 / examples.len() as f64)
}

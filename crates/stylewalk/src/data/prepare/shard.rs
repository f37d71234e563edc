use super::super::crop::Cropper;
use super::super::index::Shard;
use super::super::photo::reason;
use super::super::photos::chunk;
use super::super::progress::Progress;
use super::super::sample::{About, END, Layout};
use super::super::source::{Candidate, Refused, Source};
use super::super::split::Split;
use super::begun::Begun;
use crate::files;
use anyhow::{Context, Result};
use images::{Fit, square};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// A shard to be made.
#[derive(Debug)]
pub struct ShardPlan<'a> {
    /// What its photographs are for.
    pub split: Split,
    /// Its name.
    pub file: String,
    /// The number of its first candidate in the split.
    pub first: u64,
    /// What goes into it, as far as it is usable.
    pub candidates: Vec<&'a Candidate>,
}

/// How far a shard is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Candidates worked through.
    pub done: u64,
    /// Photographs written.
    pub photographs: u64,
    /// How many of them were kept whole because nothing to crop to was found.
    pub whole: u64,
    /// How many there are of each label.
    pub labels: BTreeMap<String, u64>,
    /// What was not used.
    pub refused: Vec<Refused>,
    /// The finished file.
    pub made: Option<Made>,
}

/// A finished file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// Its length.
    pub bytes: u64,
    /// Its hash.
    pub sha256: String,
}

/// What making a shard needs.
pub struct Work<'a> {
    pub source: &'a Source,
    pub cropper: &'a Cropper,
    pub fit: Fit,
    pub layout: Layout,
    pub begun: &'a Begun,
    pub stop: &'a AtomicBool,
}

/// A photograph as it will lie in the shard.
struct Sample {
    bytes: Vec<u8>,
    label: String,
    whole: bool,
}

impl Work<'_> {
    /// Goes on with a shard from `part` to its end. None when it was stopped before; what was done is kept.
    pub fn make(
        &self,
        plan: &ShardPlan<'_>,
        mut part: Part,
        progress: &mut Progress,
    ) -> Result<Option<Part>> {
        if part.made.is_none() {
            let path = self.begun.growing(&plan.file);
            let told = || format!("could not write {}", path.display());
            let mut file = self.reopen(plan, &part).with_context(told)?;
            while (part.done as usize) < plan.candidates.len() {
                let before = part.done;
                let bytes = self.next(plan, &mut part);
                file.write_all(&bytes).with_context(told)?;
                file.sync_data().with_context(told)?;
                self.begun.save(&plan.file, &part)?;
                progress.add(part.done - before);
                if self.stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
            }
            part.made = Some(self.close(plan, &part, file).with_context(told)?);
            self.begun.save(&plan.file, &part)?;
        }
        if part.photographs > 0 {
            self.begun.put_in_place(&plan.file)?;
        }
        Ok(Some(part))
    }

    /// Opens the growing file without what was written after the last note.
    fn reopen(&self, plan: &ShardPlan<'_>, part: &Part) -> Result<File> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.begun.growing(&plan.file))?;
        file.set_len(part.bytes(self.layout))?;
        file.seek(SeekFrom::End(0))?;
        Ok(file)
    }

    /// Works on the next candidates, on all threads, and returns what goes into the file. Stops at the first that was
    /// not worked on any more.
    fn next(&self, plan: &ShardPlan<'_>, part: &mut Part) -> Vec<u8> {
        let begin = part.done as usize;
        let end = (begin + chunk()).min(plan.candidates.len());
        let candidates = &plan.candidates[begin..end];
        let samples: Vec<Option<Result<Sample>>> = candidates
            .par_iter()
            .zip(begin..end)
            .map(|(candidate, number)| {
                let go_on = !self.stop.load(Ordering::Relaxed);
                go_on.then(|| self.sample(plan, plan.first + number as u64, candidate))
            })
            .collect();
        let mut bytes = Vec::new();
        for (candidate, sample) in candidates.iter().zip(samples) {
            match sample {
                None => break,
                Some(Ok(sample)) => {
                    part.photographs += 1;
                    part.whole += u64::from(sample.whole);
                    *part.labels.entry(sample.label).or_default() += 1;
                    bytes.extend(sample.bytes);
                }
                Some(Err(error)) => part.refused.push(candidate.refused(reason(&error))),
            }
            part.done += 1;
        }
        bytes
    }

    fn sample(&self, plan: &ShardPlan<'_>, number: u64, candidate: &Candidate) -> Result<Sample> {
        let picture = self.source.read(candidate)?;
        let mut about = About {
            name: candidate.name(),
            label: candidate.label.clone(),
            size: picture.dimensions(),
            kept: None,
        };
        let cropped = self.cropper.cut(picture)?;
        if let Some(kept) = cropped.kept {
            about.keep(kept);
        }
        let picture = square(&cropped.picture, self.layout.side(), self.fit);
        let bytes = self.layout.encode(plan.split, number, &picture, &about)?;
        Ok(Sample {
            bytes,
            label: about.label.unwrap_or_default(),
            whole: self.cropper.crops() && about.kept.is_none(),
        })
    }

    /// Writes the archive's end and takes its hash; a shard without photographs is no file.
    fn close(&self, plan: &ShardPlan<'_>, part: &Part, mut file: File) -> Result<Made> {
        let path = self.begun.growing(&plan.file);
        if part.photographs == 0 {
            std::fs::remove_file(&path)?;
            return Ok(Made {
                bytes: 0,
                sha256: String::new(),
            });
        }
        file.write_all(&END)?;
        file.sync_all()?;
        Ok(Made {
            bytes: file.metadata()?.len(),
            sha256: files::sha256(&path).context("its hash could not be taken")?,
        })
    }
}

impl Part {
    /// The length of the growing file.
    pub fn bytes(&self, layout: Layout) -> u64 {
        self.photographs * layout.stride()
    }

    /// The finished shard, as the index lists it. None when nothing in it could be used.
    pub fn shard(&self, file: &str) -> Option<Shard> {
        let made = self.made.as_ref().filter(|_| self.photographs > 0)?;
        Some(Shard {
            file: file.to_owned(),
            photographs: self.photographs,
            bytes: made.bytes,
            sha256: made.sha256.clone(),
        })
    }
}

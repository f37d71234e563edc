//! Making one shard: photographs read, cut, resized and appended, in pieces that survive a stop.

use super::progress::{Made, ShardPlan, ShardProgress};
use super::unfinished::Unfinished;
use crate::data::crop::Cropper;
use crate::data::photo::reason;
use crate::data::photos::chunk;
use crate::data::progress::Progress;
use crate::data::sample::{About, END, Layout};
use crate::data::source::{Candidate, Source};
use crate::files;
use anyhow::{Context, Result};
use images::{Fit, square};
use rayon::prelude::*;
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Everything that making a shard needs.
pub struct Work<'a> {
    pub source: &'a Source,
    pub cropper: &'a Cropper,
    pub fit: Fit,
    pub layout: Layout,
    pub unfinished: &'a Unfinished,
    pub stop: &'a AtomicBool,
}

/// A photograph as it will lie in the shard.
struct Sample {
    bytes: Vec<u8>,
    label: String,
    whole: bool,
}

impl Work<'_> {
    /// Continues a shard from `progress` to its end. None when it was stopped before; what was done is kept.
    pub fn make(
        &self,
        plan: &ShardPlan<'_>,
        mut progress: ShardProgress,
        bar: &mut Progress,
    ) -> Result<Option<ShardProgress>> {
        if progress.made.is_none() {
            let path = self.unfinished.growing(&plan.file);
            let failed = || format!("could not write {}", path.display());
            let mut file = self.reopen(plan, &progress).with_context(failed)?;
            while (progress.done as usize) < plan.candidates.len() {
                let before = progress.done;
                let bytes = self.next(plan, &mut progress);
                file.write_all(&bytes).with_context(failed)?;
                file.sync_data().with_context(failed)?;
                self.unfinished.save(&plan.file, &progress)?;
                bar.add(progress.done - before);
                if self.stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
            }
            progress.made = Some(self.close(plan, &progress, file).with_context(failed)?);
            self.unfinished.save(&plan.file, &progress)?;
        }
        if progress.photographs > 0 {
            self.unfinished.move_into_place(&plan.file)?;
        }
        Ok(Some(progress))
    }

    /// Opens the growing file, cut to what was recorded.
    fn reopen(&self, plan: &ShardPlan<'_>, progress: &ShardProgress) -> Result<File> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.unfinished.growing(&plan.file))?;
        file.set_len(progress.bytes(self.layout))?;
        file.seek(SeekFrom::End(0))?;
        Ok(file)
    }

    /// Works on the next candidates, on all threads, and returns what goes into the file. Stops at the first that was
    /// not worked on any more.
    fn next(&self, plan: &ShardPlan<'_>, progress: &mut ShardProgress) -> Vec<u8> {
        let begin = progress.done as usize;
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
                    progress.photographs += 1;
                    progress.whole += u64::from(sample.whole);
                    *progress.labels.entry(sample.label).or_default() += 1;
                    bytes.extend(sample.bytes);
                }
                Some(Err(error)) => progress.refused.push(candidate.refused(reason(&error))),
            }
            progress.done += 1;
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
    fn close(
        &self,
        plan: &ShardPlan<'_>,
        progress: &ShardProgress,
        mut file: File,
    ) -> Result<Made> {
        let path = self.unfinished.growing(&plan.file);
        if progress.photographs == 0 {
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
            sha256: files::sha256(&path).context("could not hash it")?,
        })
    }
}

//! Batches prefetched on threads of their own.
//!
//! The sampler alone decides what a batch holds: with n threads, each makes every n-th batch, and they are taken in turn.
//! Queues are bounded, so that memory does not grow however slow the steps are.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context, Result};
use bigan::trainer::{Pick, Sampler};

use super::store::Store;

/// Threads that read: more than one, so that a disk can be asked for several photographs at once.
const THREADS: usize = 4;
/// Batches that each may have ready.
const AHEAD: usize = 2;

/// The batches of a run, in order.
pub struct Batches {
    sampler: Sampler,
    /// Which pictures of each batch are read; none for all.
    rows: Option<Range<usize>>,
    readers: Vec<Reader>,
    /// The next batch to ask for, and the next to take.
    asked: u64,
    taken: u64,
}

struct Reader {
    picks: SyncSender<Vec<Pick>>,
    batches: Receiver<Result<Vec<f32>>>,
}

impl Batches {
    /// The batches from step `first` on.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn new(photos: &Arc<Store>, sampler: Sampler, first: u64) -> Result<Self> {
        Ok(Self {
            sampler,
            rows: None,
            readers: (0..THREADS)
                .map(|_| Reader::start(photos.clone()))
                .collect::<Result<_>>()?,
            asked: first,
            taken: first,
        })
    }

    /// The same, but only `rows` of each batch.
    #[must_use]
    pub fn of_rows(mut self, rows: Range<usize>) -> Self {
        self.rows = Some(rows);
        self
    }

    /// The next batch: `[batch, 3, 64, 64]` in `[-1, 1]`, flat.
    ///
    /// # Errors
    /// A photograph can no longer be read.
    pub fn next(&mut self) -> Result<Vec<f32>> {
        let stopped = "a thread that reads photographs has stopped";
        while self.asked < self.taken + (THREADS * AHEAD) as u64 {
            let mut picks = self.sampler.batch(self.asked);
            if let Some(rows) = &self.rows {
                picks = picks[rows.clone()].to_vec();
            }
            let reader = self.reader(self.asked);
            reader.picks.send(picks).context(stopped)?;
            self.asked += 1;
        }
        let batch = self.reader(self.taken).batches.recv().context(stopped)?;
        self.taken += 1;
        batch
    }

    fn reader(&self, step: u64) -> &Reader {
        &self.readers[step as usize % THREADS]
    }
}

impl Reader {
    /// Starts a thread, which ends when the reader is dropped.
    fn start(photos: Arc<Store>) -> Result<Self> {
        let (picks, asked) = sync_channel::<Vec<Pick>>(AHEAD);
        let (made, batches) = sync_channel(AHEAD);
        thread::Builder::new()
            .name("photographs".into())
            .spawn(move || {
                for picks in asked {
                    if made.send(batch(&photos, &picks)).is_err() {
                        break;
                    }
                }
            })
            .context("could not start a thread to read photographs")?;
        Ok(Self { picks, batches })
    }
}

fn batch(photos: &Store, picks: &[Pick]) -> Result<Vec<f32>> {
    let mut values = Vec::new();
    for pick in picks {
        let mut picture = photos.read(pick.index)?;
        if pick.flip {
            image::imageops::flip_horizontal_in_place(&mut picture);
        }
        values.extend(images::to_signed(&picture));
    }
    Ok(values)
}

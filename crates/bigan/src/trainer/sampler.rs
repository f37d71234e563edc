//! Which pictures a step trains on: a function of the seed and the step alone, so that resuming needs no state.
//!
//! An epoch's order is a permutation of all pictures, because any of them is read as fast as the next one: every record
//! of a `Store` has the same length and lies on its own. Shuffling shards, and pictures within a window of some shards,
//! is for archives that can only be read through, and mixes less. The order takes four bytes a picture, 2 MB for
//! 520,000; a cipher that permutes without memory would save those, and would have to be shown to mix as well.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Draws batches: every picture once an epoch, in an order that differs from epoch to epoch.
#[derive(Debug)]
pub struct Sampler {
    seed: u64,
    images: usize,
    batch: usize,
    flips: bool,
    /// The epoch last drawn, and its order.
    epoch: Option<(u64, Vec<u32>)>,
}

/// One picture of a batch, and whether it is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// Which picture.
    pub index: usize,
    /// Whether it is mirrored.
    pub flip: bool,
}

impl Sampler {
    /// Batches of `batch` out of `images` pictures; `images` is above 0 and below 2^32.
    pub fn new(seed: u64, images: usize, batch: usize, flips: bool) -> Self {
        Self {
            seed,
            images,
            batch,
            flips,
            epoch: None,
        }
    }

    /// The pictures of step `step`, counted from 0.
    pub fn batch(&mut self, step: u64) -> Vec<Pick> {
        let (images, batch) = (self.images as u64, self.batch as u64);
        // Odd streams mirror, even ones order: apart from each other.
        let mut mirror = self.rng(2 * step + 1);
        (step * batch..(step + 1) * batch)
            .map(|position| Pick {
                index: self.order(position / images)[(position % images) as usize] as usize,
                flip: self.flips && mirror.random(),
            })
            .collect()
    }

    fn order(&mut self, epoch: u64) -> &[u32] {
        if self.epoch.as_ref().is_none_or(|(drawn, _)| *drawn != epoch) {
            let mut order: Vec<u32> = (0..self.images as u32).collect();
            order.shuffle(&mut self.rng(2 * epoch));
            self.epoch = Some((epoch, order));
        }
        self.epoch.as_ref().map_or(&[], |(_, order)| order)
    }

    fn rng(&self, stream: u64) -> impl Rng + use<> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream);
        rng
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_has_every_picture_once_and_the_next_another_order() {
        let mut sampler = Sampler::new(3, 10, 5, true);
        let mut epoch = |first: u64| -> Vec<usize> {
            let steps = [sampler.batch(first), sampler.batch(first + 1)];
            steps.concat().iter().map(|pick| pick.index).collect()
        };
        let (one, two) = (epoch(0), epoch(2));
        assert_ne!(one, two);
        for mut order in [one, two] {
            order.sort_unstable();
            assert_eq!(order, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_step_is_the_same_whatever_came_before() {
        let mut straight = Sampler::new(3, 7, 4, true);
        let all: Vec<_> = (0..6).map(|step| straight.batch(step)).collect();
        assert_eq!(Sampler::new(3, 7, 4, true).batch(5), all[5]);
    }

    #[test]
    fn mirroring_happens_to_about_half_and_only_when_asked() {
        let mirrored = |flips| {
            let mut sampler = Sampler::new(1, 50, 1000, flips);
            sampler.batch(0).iter().filter(|pick| pick.flip).count()
        };
        assert_eq!(mirrored(false), 0);
        assert!((400..600).contains(&mirrored(true)));
    }
}

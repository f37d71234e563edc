//! Tiles of a batch in blocks, and what a block reads, with all channels of a position side by side.

use std::ops::Range;

use super::super::matrix::interleave;

/// How the tiles of a batch are cut: into several samples, or into rows of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks {
    batch: usize,
    /// Rows and columns of tiles in a sample.
    pub tiles: [usize; 2],
    /// Samples in a block.
    samples: usize,
    /// Rows of tiles in a block: all, where it has several samples.
    rows: usize,
}

/// Some tiles.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub samples: Range<usize>,
    /// Rows of tiles, of each sample.
    pub rows: Range<usize>,
    /// Columns of tiles.
    pub columns: usize,
}

impl Blocks {
    /// Of `tiles`, rows and columns, in each of `batch` samples: at most `most` in a block, but a row at least.
    pub fn new(batch: usize, tiles: [usize; 2], most: usize) -> Self {
        let [rows, columns] = tiles;
        let most = (most / columns).max(1);
        Self {
            batch,
            tiles,
            samples: (most / rows).clamp(1, batch),
            rows: most.min(rows),
        }
    }

    /// Whether blocks have whole samples.
    pub fn whole(&self) -> bool {
        self.rows == self.tiles[0]
    }

    /// Blocks of a sample, or of several.
    fn pieces(&self) -> usize {
        self.tiles[0].div_ceil(self.rows)
    }

    pub fn count(&self) -> usize {
        self.batch.div_ceil(self.samples) * self.pieces()
    }

    /// The most tiles of a block.
    pub fn most(&self) -> usize {
        self.samples * self.rows * self.tiles[1]
    }

    pub fn block(&self, index: usize) -> Block {
        let (sample, row) = (
            index / self.pieces() * self.samples,
            index % self.pieces() * self.rows,
        );
        Block {
            samples: sample..(sample + self.samples).min(self.batch),
            rows: row..(row + self.rows).min(self.tiles[0]),
            columns: self.tiles[1],
        }
    }

    pub fn all(&self) -> impl Iterator<Item = Block> + '_ {
        (0..self.count()).map(|index| self.block(index))
    }

    /// The blocks of `sample`, in order.
    pub fn of_sample(&self, sample: usize) -> Range<usize> {
        let first = sample / self.samples * self.pieces();
        first..first + self.pieces()
    }
}

impl Block {
    pub fn len(&self) -> usize {
        self.samples.len() * self.rows.len() * self.columns
    }

    /// Sample, row and column of each tile, in order.
    #[inline(always)]
    pub fn tiles(&self) -> impl Iterator<Item = [usize; 3]> + use<> {
        let Self {
            samples,
            rows,
            columns,
        } = self.clone();
        samples.flat_map(move |sample| {
            rows.clone()
                .flat_map(move |row| (0..columns).map(move |column| [sample, row, column]))
        })
    }
}

/// Samples `[channels, height, width]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planes<'a> {
    pub values: &'a [f32],
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

/// What tiles read in one direction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// From a tile's first value to the next one's.
    pub step: usize,
    /// Values that the first tile reads before the first there is.
    pub before: usize,
    /// Values that a tile reads.
    pub values: usize,
}

/// Where what a block reads lies: positions of its samples' rows, with some channels side by side, filled up to
/// `pitch`. After the last position there is one of zeros, for what lies outside.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    samples: Range<usize>,
    /// Rows of the planes.
    rows: Range<usize>,
    height: usize,
    width: usize,
    pitch: usize,
}

impl Lines {
    pub fn new(planes: &Planes<'_>, block: &Block, reach: Reach, pitch: usize) -> Self {
        let start = (block.rows.start * reach.step).saturating_sub(reach.before);
        let end = ((block.rows.end - 1) * reach.step + reach.values).saturating_sub(reach.before);
        Self {
            samples: block.samples.clone(),
            rows: start..end.min(planes.height),
            height: planes.height,
            width: planes.width,
            pitch,
        }
    }

    /// Values of all positions.
    pub fn len(&self) -> usize {
        self.zeros() + self.pitch
    }

    fn zeros(&self) -> usize {
        self.samples.len() * self.rows.len() * self.width * self.pitch
    }

    /// Writes `channels` of the planes.
    #[inline(always)]
    pub fn fill(&self, planes: &Planes<'_>, channels: Range<usize>, lines: &mut [f32]) {
        let area = self.height * self.width;
        let count = self.rows.len() * self.width;
        if channels.len() < self.pitch {
            lines.fill(0.0);
        }
        let samples = lines.chunks_exact_mut(count * self.pitch);
        for (sample, lines) in self.samples.clone().zip(samples) {
            let plane = sample * planes.channels + channels.start;
            let values = &planes.values[plane * area + self.rows.start * self.width..];
            interleave(values, [channels.len(), area, count], lines, self.pitch);
        }
        lines[self.zeros()..self.len()].fill(0.0);
    }

    /// Where a position lies, `None` before the first row or column.
    #[inline(always)]
    pub fn place(&self, sample: usize, row: Option<usize>, column: Option<usize>) -> usize {
        match (row, column) {
            (Some(row), Some(column)) if row < self.height && column < self.width => {
                let row = (sample - self.samples.start) * self.rows.len() + row - self.rows.start;
                (row * self.width + column) * self.pitch
            }
            _ => self.zeros(),
        }
    }
}

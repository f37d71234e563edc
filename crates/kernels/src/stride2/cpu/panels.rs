//! Columns side by side in panels of a few, in each of which the rows follow one another: what a product reads of a
//! panel then lies together, fits the first-level cache, and need not be copied into another order.

use std::ops::Range;

/// Columns of a panel: a whole number of the widest vectors, and what the product's innermost loop keeps in registers.
pub(super) const PANEL: usize = 64;
/// Rows of a panel that a product should read at a time: 32 KiB.
pub(super) const DEPTH: usize = 128;

/// `width` columns in panels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panels {
    width: usize,
    size: usize,
}

impl Panels {
    /// Such that runs of `run` columns, which make up the width, are not torn; one panel where that cannot be.
    pub fn of_runs(width: usize, run: usize) -> Self {
        let size = if PANEL.is_multiple_of(run) {
            PANEL
        } else {
            width
        };
        Self { width, size }
    }

    /// All columns in one panel: rows as they usually lie.
    pub fn one(width: usize) -> Self {
        Self { width, size: width }
    }

    /// The columns of each panel.
    pub fn iter(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let Self { width, size } = *self;
        (0..width)
            .step_by(size)
            .map(move |start| start..(start + size).min(width))
    }

    /// Where, of `rows` rows, the first one of `column` lies, and how far its rows are apart.
    #[inline(always)]
    pub fn place(&self, rows: usize, column: usize) -> (usize, usize) {
        let start = column / self.size * self.size;
        let size = self.size.min(self.width - start);
        (start * rows + column - start, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_place_of_its_own() {
        for (width, run) in [(64, 8), (160, 32), (130, 1), (99, 33), (16, 4)] {
            let panels = Panels::of_runs(width, run);
            let rows = 3;
            let mut places: Vec<usize> = (0..width)
                .flat_map(|column| {
                    let (first, apart) = panels.place(rows, column);
                    (0..rows).map(move |row| first + row * apart)
                })
                .collect();
            places.sort_unstable();
            assert!(places.into_iter().eq(0..rows * width), "{width} {run}");
        }
    }
}

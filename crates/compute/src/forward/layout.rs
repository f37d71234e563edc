//! Where values lie in a buffer.

use super::BLOCK;

/// Where the values of feature maps lie in a buffer of f32: sample, channel, row and column, the last one contiguous,
/// with zero padding between them. The shaders that read a feature map rely on the padding; the shader that writes it
/// leaves the padding alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Channels of a sample.
    pub channels: usize,
    /// Rows of a channel.
    pub height: usize,
    /// Values of a row.
    pub width: usize,
    /// Where the first value of the first sample lies.
    pub first: usize,
    /// From a sample to the next.
    pub sample: usize,
    /// From a channel to the next.
    pub plane: usize,
    /// From a row to the next.
    pub row: usize,
}

impl Layout {
    /// Without padding.
    #[must_use]
    pub fn dense(channels: usize, height: usize, width: usize) -> Self {
        Self::with_padding([channels, height, width], 0, [height, width])
    }

    /// Padded as `shaders/conv2d.wgsl` reads its input: 2 rows and columns of zeros before, whole blocks after.
    #[must_use]
    pub fn for_conv2d(channels: usize, height: usize, width: usize) -> Self {
        let [rows, columns] =
            [height, width].map(|side| 2 * BLOCK * side.div_ceil(2).div_ceil(BLOCK));
        Self::with_padding([channels, height, width], 2, [rows + 3, columns + 4])
    }

    /// Padded as `shaders/conv_transpose2d.wgsl` reads its input: 1 row and column of zeros before, whole blocks after.
    #[must_use]
    pub fn for_conv_transpose2d(channels: usize, height: usize, width: usize) -> Self {
        let [rows, columns] = [height, width].map(|side| BLOCK * side.div_ceil(BLOCK));
        Self::with_padding([channels, height, width], 1, [rows + 2, columns + BLOCK])
    }

    fn with_padding(
        [channels, height, width]: [usize; 3],
        before: usize,
        [rows, row]: [usize; 2],
    ) -> Self {
        Self {
            channels,
            height,
            width,
            first: before * row + before,
            sample: channels * rows * row,
            plane: rows * row,
            row,
        }
    }

    /// The same from sample `count` on.
    #[must_use]
    pub fn after(self, count: usize) -> Self {
        Self {
            first: self.first + count * self.sample,
            ..self
        }
    }

    /// Where the first sample begins, its padding included.
    pub fn start(&self) -> usize {
        self.first - self.first % self.sample.max(1)
    }

    /// Values of a sample, without padding.
    #[must_use]
    pub fn values(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Rows and columns of zeros before, rows after, and columns after. Only for layouts that the functions above made.
    pub fn padding(&self) -> [usize; 3] {
        let before = (self.first - self.start()) / (self.row + 1);
        let rows = self.plane / self.row;
        [
            before,
            rows - before - self.height,
            self.row - before - self.width,
        ]
    }

    /// `values` of one sample (`[channels, height, width]`), spread out with zeros as the layout says.
    #[must_use]
    pub fn spread(&self, values: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.sample];
        for (index, row) in values.chunks_exact(self.width).enumerate() {
            let at = self.row_start(index);
            out[at..at + self.width].copy_from_slice(row);
        }
        out
    }

    /// The values of one sample (`[channels, height, width]`) out of `buffer`, which starts where the sample does.
    #[must_use]
    pub fn gather(&self, buffer: &[f32]) -> Vec<f32> {
        let rows = self.channels * self.height;
        let row = |index| {
            let at = self.row_start(index);
            buffer.get(at..at + self.width).unwrap_or_default()
        };
        (0..rows).flat_map(row).copied().collect()
    }

    /// Where row `index` of a sample lies, counted through all channels.
    fn row_start(&self, index: usize) -> usize {
        self.first - self.start()
            + index / self.height * self.plane
            + index % self.height * self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_values_are_gathered_back() {
        for (channels, height, width) in [(1, 1, 1), (3, 64, 64), (2, 7, 9), (5, 4, 4)] {
            let values: Vec<f32> = (1..=channels * height * width).map(|v| v as f32).collect();
            for layout in [
                Layout::dense(channels, height, width),
                Layout::for_conv2d(channels, height, width),
                Layout::for_conv_transpose2d(channels, height, width),
            ] {
                let spread = layout.spread(&values);
                assert_eq!(layout.gather(&spread), values);
                let zeros = spread.iter().filter(|value| **value == 0.0).count();
                assert_eq!(zeros, layout.sample - values.len());
                let [before, below, right] = layout.padding();
                assert_eq!((before + height + below) * layout.row, layout.plane);
                assert_eq!(before + width + right, layout.row);
            }
        }
    }
}

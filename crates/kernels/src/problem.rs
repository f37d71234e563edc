//! A stride-2 convolution to compute: which operation, at which sizes.

use std::fmt;

use crate::geometry::Geometry;

/// The three operations of a stride-2 convolution; each is part of another's gradient.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::Display, strum::EnumString,
)]
pub enum ConvolutionOperation {
    /// Image `[n, in, h, w]` to feature map `[n, out, h / 2, w / 2]`.
    #[strum(serialize = "conv2d")]
    Conv2d,
    /// Feature map `[n, in, h, w]` to image `[n, out, 2h, 2w]`.
    #[strum(serialize = "conv_transpose2d")]
    ConvTranspose2d,
    /// Image and feature map to the gradient of the weight.
    #[strum(serialize = "conv2d_weight")]
    WeightGradient,
}

impl ConvolutionOperation {
    /// All three operations.
    pub const ALL: [Self; 3] = [Self::Conv2d, Self::ConvTranspose2d, Self::WeightGradient];
}

/// An operation at one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvolutionProblem {
    /// The operation.
    pub operation: ConvolutionOperation,
    pub(crate) geometry: Geometry,
}

impl ConvolutionProblem {
    /// `operation` on `batch` samples, between images `[image_channels, side, side]` and feature maps
    /// `[map_channels, side / 2, side / 2]`, with a kernel of `kernel` x `kernel`. `None` where a size is zero, the
    /// kernel's side is even, or the side of a transposed convolution's image is odd.
    #[must_use]
    pub fn new(
        operation: ConvolutionOperation,
        batch: usize,
        [image_channels, map_channels]: [usize; 2],
        side: usize,
        kernel: usize,
    ) -> Option<Self> {
        let image = [batch, image_channels, side, side];
        let weight = [map_channels, image_channels, kernel, kernel];
        let geometry = Geometry::of_image(image, weight)?;
        let exists = operation != ConvolutionOperation::ConvTranspose2d || side.is_multiple_of(2);
        exists.then_some(Self {
            operation,
            geometry,
        })
    }

    /// How many samples it is on.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.geometry.batch
    }

    /// Everything that makes the problem, in one line that [`ConvolutionProblem::of_key`] reads. Users' tuning caches
    /// hold such lines.
    pub(crate) fn key(&self) -> String {
        let g = &self.geometry;
        let sizes = [
            g.batch,
            g.image_channels,
            g.map_channels,
            g.height,
            g.width,
            g.kernel,
        ];
        let sizes = sizes.map(|size| size.to_string());
        format!("{} {}", self.operation, sizes.join(" "))
    }

    /// The problem that has this key; `None` where no problem has it.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        let (name, sizes) = key.split_once(' ')?;
        let operation = name.parse().ok()?;
        let sizes: Vec<usize> = sizes
            .split(' ')
            .map(|size| size.parse().ok())
            .collect::<Option<_>>()?;
        let [batch, image_channels, map_channels, height, width, kernel] = sizes[..] else {
            return None;
        };
        let image = [batch, image_channels, height, width];
        let weight = [map_channels, image_channels, kernel, kernel];
        let geometry = Geometry::of_image(image, weight)?;
        Some(Self {
            operation,
            geometry,
        })
    }

    /// Multiply-adds of the textbook form, those with the zero padding included.
    #[must_use]
    pub fn multiply_adds(&self) -> f64 {
        let g = &self.geometry;
        let map: usize = g.map_shape().iter().product();
        (map * g.image_channels * g.taps()) as f64
    }
}

impl fmt::Display for ConvolutionProblem {
    /// `conv2d 3 -> 64, 64x64, 5x5, batch 1`: channels in and out, and the image's side.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let g = &self.geometry;
        let [inputs, outputs] = match self.operation {
            ConvolutionOperation::ConvTranspose2d => [g.map_channels, g.image_channels],
            _ => [g.image_channels, g.map_channels],
        };
        let (name, kernel) = (self.operation, g.kernel);
        let (height, width, batch) = (g.height, g.width, g.batch);
        write!(
            f,
            "{name} {inputs} -> {outputs}, {height}x{width}, {kernel}x{kernel}, batch {batch}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back() {
        for operation in ConvolutionOperation::ALL {
            let problem = ConvolutionProblem::new(operation, 2, [3, 5], 8, 5).expect("a problem");
            assert_eq!(ConvolutionProblem::of_key(&problem.key()), Some(problem));
        }
        for key in [
            "",
            "conv2d",
            "conv2d 1 2",
            "conv2d 1 1 1 0 8 5",
            "other 2 3 5 8 8 5",
        ] {
            assert_eq!(ConvolutionProblem::of_key(key), None, "{key}");
        }
    }
}

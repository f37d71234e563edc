//! The convolutions at given shapes, to be measured: each of the three operations, ours and Burn's.

use std::fmt;

use burn::backend::Dispatch;
use burn::backend::ops::ModuleOps;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Distribution, ExecutionError, Tensor, module};

use crate::stride2::{Geometry, conv_transpose2d, conv2d, weight_gradient};

/// One of the operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    /// An image to a map of half its side.
    Conv2d,
    /// A map to an image of twice its side.
    ConvTranspose2d,
    /// Image and map to the gradient of the weight.
    WeightGradient,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Conv2d, Self::ConvTranspose2d, Self::WeightGradient];

    /// As files and tables name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conv2d => "conv2d",
            Self::ConvTranspose2d => "conv_transpose2d",
            Self::WeightGradient => "conv2d_weight",
        }
    }
}

/// An operation at one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Case {
    /// The operation.
    pub task: Task,
    pub(crate) geometry: Geometry,
}

/// Two operands: image or map and the weight, or image and map.
pub type Operands = [Tensor<4>; 2];

impl Case {
    /// Of `batch` samples between an image `[image_channels, side, side]` and a map of half its side. `None` where a
    /// size is zero, the kernel's side even, or the side of a transposed convolution's image odd.
    #[must_use]
    pub fn new(
        task: Task,
        batch: usize,
        [image_channels, map_channels]: [usize; 2],
        side: usize,
        kernel: usize,
    ) -> Option<Self> {
        let image = [batch, image_channels, side, side];
        let weight = [map_channels, image_channels, kernel, kernel];
        let geometry = Geometry::of_image(image, weight)?;
        let doubles = task != Task::ConvTranspose2d || side.is_multiple_of(2);
        doubles.then_some(Self { task, geometry })
    }

    /// Every number that makes the case, as [`Case::of_key`] reads it.
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
        format!("{} {}", self.task.name(), sizes.join(" "))
    }

    /// The case that has this key.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        let (name, sizes) = key.split_once(' ')?;
        let task = Task::ALL.into_iter().find(|task| task.name() == name)?;
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
        Some(Self { task, geometry })
    }

    /// Multiply-adds, those with the zeros around an image among them.
    #[must_use]
    pub fn multiply_adds(&self) -> f64 {
        let g = &self.geometry;
        let map: usize = g.map_shape().iter().product();
        (map * g.image_channels * g.taps()) as f64
    }

    /// Random operands.
    #[must_use]
    pub fn operands(&self, device: &Device) -> Operands {
        let g = &self.geometry;
        let shapes = match self.task {
            Task::Conv2d => [g.image_shape(), g.weight_shape()],
            Task::ConvTranspose2d => [g.map_shape(), g.weight_shape()],
            Task::WeightGradient => [g.image_shape(), g.map_shape()],
        };
        shapes.map(|shape| Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), device))
    }

    /// The operation as the networks call it; of the weight gradient, what their backward pass does.
    #[must_use]
    pub fn run(&self, operands: Operands) -> Tensor<4> {
        let [left, right] = operands;
        match self.task {
            Task::Conv2d => conv2d(left, right, None),
            Task::ConvTranspose2d => conv_transpose2d(left, right, None),
            Task::WeightGradient => weight_gradient(left, right, self.geometry),
        }
    }

    /// Burn's own.
    #[must_use]
    pub fn run_burns(&self, operands: Operands) -> Tensor<4> {
        let padding = [self.geometry.padding(); 2];
        let [left, right] = operands;
        match self.task {
            Task::Conv2d => module::conv2d(left, right, None, self.options()),
            Task::ConvTranspose2d => {
                let options = ConvTransposeOptions::new([2, 2], padding, [1, 1], [1, 1], 1);
                module::conv_transpose2d(left, right, None, options)
            }
            Task::WeightGradient => {
                // Burn looks at its shape alone.
                let weight = Tensor::<4>::empty(self.geometry.weight_shape(), &left.device());
                let [image, weight, map] = [left, weight, right].map(Tensor::into_dispatch);
                let options = self.options();
                Tensor::from_dispatch(Dispatch::conv2d_weight_backward(
                    image, weight, map, options,
                ))
            }
        }
    }

    fn options(&self) -> ConvOptions<2> {
        ConvOptions::new([2, 2], [self.geometry.padding(); 2], [1, 1], 1)
    }
}

impl fmt::Display for Case {
    /// `conv2d 3 -> 64, 64x64, 5x5, batch 1`: channels in and out, and the image's side.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let g = &self.geometry;
        let [inputs, outputs] = match self.task {
            Task::ConvTranspose2d => [g.map_channels, g.image_channels],
            _ => [g.image_channels, g.map_channels],
        };
        let (name, kernel) = (self.task.name(), g.kernel);
        let (height, width, batch) = (g.height, g.width, g.batch);
        write!(
            f,
            "{name} {inputs} -> {outputs}, {height}x{width}, {kernel}x{kernel}, batch {batch}"
        )
    }
}

/// Milliseconds that `run` takes, repeated until that is at least `least` of them, after one run that compiles. `now` is
/// a clock in milliseconds; waiting for the device happens without blocking a browser.
///
/// # Errors
/// Where the device is lost, or its memory is at an end.
pub async fn time<const D: usize>(
    run: impl Fn() -> Tensor<D>,
    now: &dyn Fn() -> f64,
    least: f64,
) -> Result<f64, ExecutionError> {
    finish(run()).await?;
    let mut repeats = 1_usize;
    loop {
        let start = now();
        for _ in 1..repeats {
            drop(run());
        }
        finish(run()).await?;
        let taken = now() - start;
        if taken >= least || repeats >= MOST_REPEATS {
            return Ok(taken / repeats as f64);
        }
        let wanted = (1.2 * least / taken.max(1e-3)).ceil() as usize;
        repeats = (repeats * wanted.clamp(2, 16)).min(MOST_REPEATS);
    }
}

/// Keeps a clock that stands still from going on for ever.
const MOST_REPEATS: usize = 1 << 12;

/// Waits for the device by reading one value. Natively what is read is on its way until somebody looks at it: a clock
/// that is stopped before that has measured how long it takes to queue the work.
async fn finish<const D: usize>(made: Tensor<D>) -> Result<(), ExecutionError> {
    let first = [(); D].map(|()| 0..1);
    let value = made.slice(first).into_data_async().await?;
    std::hint::black_box(value.iter::<f32>().next());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::emulated::on_emulated_gpu;
    use crate::product;

    #[needs::gpu]
    fn a_timing_waits_for_the_work() {
        on_emulated_gpu("case::tests::a_timing_waits_for_the_work", |gpu| {
            let random = || {
                let numbers = Distribution::Uniform(-1.0, 1.0);
                Tensor::<2>::random([192, 192], numbers, &gpu.device)
            };
            let (left, right) = (random(), random());
            let run = || product(left.clone(), right.clone());
            drop(run());
            gpu.device.sync().expect("a healthy device");
            let start = Instant::now();
            let now = || start.elapsed().as_secs_f64() * 1e3;
            let made = run();
            let queued = now();
            gpu.device.sync().expect("a healthy device");
            let whole = now();
            drop(made);
            // Otherwise the test would see nothing.
            assert!(whole > 10.0 * queued, "{queued} of {whole} ms");
            let timed = pollster::block_on(time(run, &now, 1.0)).expect("a time");
            // Queueing takes a hundredth of it; machines that do other work vary by less than that.
            assert!(
                timed > 4.0 * queued,
                "{timed} ms timed, {whole} ms synced, {queued} ms queued"
            );
        });
    }

    #[test]
    fn keys_are_read_back() {
        for task in Task::ALL {
            let case = Case::new(task, 2, [3, 5], 8, 5).expect("a case");
            assert_eq!(Case::of_key(&case.key()), Some(case));
        }
        for key in [
            "",
            "conv2d",
            "conv2d 1 2",
            "conv2d 1 1 1 0 8 5",
            "other 2 3 5 8 8 5",
        ] {
            assert_eq!(Case::of_key(key), None, "{key}");
        }
    }
}

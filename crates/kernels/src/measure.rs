//! Runs and times convolution problems on a device, with our operations and with Burn's.

use burn::backend::Dispatch;
use burn::backend::ops::ModuleOps;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Distribution, ExecutionError, Tensor, module};

use crate::problem::{ConvolutionOperation, ConvolutionProblem};
use crate::stride2::{conv_transpose2d, conv2d, weight_gradient};

/// Two operands: image or feature map and the weight, or image and feature map.
pub(crate) type Operands = [Tensor<4>; 2];

impl ConvolutionProblem {
    /// Random operands.
    pub(crate) fn operands(&self, device: &Device) -> Operands {
        let g = &self.geometry;
        let shapes = match self.operation {
            ConvolutionOperation::Conv2d => [g.image_shape(), g.weight_shape()],
            ConvolutionOperation::ConvTranspose2d => [g.map_shape(), g.weight_shape()],
            ConvolutionOperation::WeightGradient => [g.image_shape(), g.map_shape()],
        };
        shapes.map(|shape| Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), device))
    }

    /// Runs our operation, as the networks and their backward pass do.
    pub(crate) fn run(&self, operands: Operands) -> Tensor<4> {
        let [left, right] = operands;
        match self.operation {
            ConvolutionOperation::Conv2d => conv2d(left, right, None),
            ConvolutionOperation::ConvTranspose2d => conv_transpose2d(left, right, None),
            ConvolutionOperation::WeightGradient => weight_gradient(left, right, self.geometry),
        }
    }

    /// Runs Burn's operation.
    pub(crate) fn run_with_burn(&self, operands: Operands) -> Tensor<4> {
        let padding = [self.geometry.padding(); 2];
        let [left, right] = operands;
        match self.operation {
            ConvolutionOperation::Conv2d => module::conv2d(left, right, None, self.options()),
            ConvolutionOperation::ConvTranspose2d => {
                let options = ConvTransposeOptions::new([2, 2], padding, [1, 1], [1, 1], 1);
                module::conv_transpose2d(left, right, None, options)
            }
            ConvolutionOperation::WeightGradient => {
                // Burn reads only its shape.
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

/// Milliseconds that `run` takes, repeated until that is at least `least` of them, after one run that compiles. `now`
/// is a clock in milliseconds; waiting for the device happens without blocking a browser.
///
/// # Errors
/// Where the device is lost, or its memory is used up.
pub(crate) async fn time<const D: usize>(
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

/// The median of three such timings: one alone tells of what else the machine does.
///
/// # Errors
/// Where the device is lost, or its memory is used up.
pub(crate) async fn median_time<const D: usize>(
    run: impl Fn() -> Tensor<D>,
    now: &dyn Fn() -> f64,
    least: f64,
) -> Result<f64, ExecutionError> {
    let mut times = [0.0; 3];
    for taken in &mut times {
        *taken = time(&run, now, least).await?;
    }
    times.sort_by(f64::total_cmp);
    Ok(times[1])
}

/// Ends the loop on a clock that stands still.
const MOST_REPEATS: usize = 1 << 12;

/// Waits for the device by reading one value. Natively a read returns before its value is there: stopping the clock
/// then would measure how long it takes to queue the work.
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
        on_emulated_gpu("measure::tests::a_timing_waits_for_the_work", |gpu| {
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
}

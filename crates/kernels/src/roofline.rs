//! The speed of the networks' convolutions, ours and Burn's, beside plain matrix products on the same device. The
//! fastest product is the roofline: what the device reaches in practice. `cargo xtask bench kernels` makes tables of
//! it.

use burn::tensor::{Device, Distribution, ExecutionError, Tensor};

use crate::measure::{Operands, time};
use crate::tune::tune;
use crate::{ConvolutionProblem, DeviceKindName, OpenDevice, product};

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// How many times everything is timed, in turns.
    pub runs: usize,
    /// Least milliseconds that a run repeats its operation for.
    pub least: f64,
}

/// The measured speed of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Speed {
    /// The operation and its shape.
    pub name: String,
    /// Whose operation it is: `ours` or `Burn's`.
    pub who: &'static str,
    /// Of each run, in 10^9 multiplications and additions a second, those with the zero padding included.
    pub gflops: Vec<f64>,
}

/// Something to time.
struct Entry {
    speed: Speed,
    multiply_adds: f64,
    work: Work,
}

enum Work {
    Convolution(ConvolutionProblem, Operands, bool),
    Product([Tensor<2>; 2], bool),
}

/// Tunes the shaders, and times every one of `problems` and products. `now` is a clock in milliseconds.
///
/// # Errors
/// Where the device is lost, or its memory is used up.
pub async fn measure(
    open: &OpenDevice,
    problems: &[ConvolutionProblem],
    settings: &Settings,
    now: &dyn Fn() -> f64,
) -> Result<Vec<Speed>, ExecutionError> {
    tune(open, problems, now).await?;
    let sides: &[usize] = match open.kind {
        // Larger matrices take an emulated GPU minutes.
        DeviceKindName::SoftwareGpu => &[256],
        _ => &[512, 1024, 2048],
    };
    let mut entries = entries(problems, sides, &open.device);
    for _ in 0..settings.runs.max(1) {
        for entry in &mut entries {
            let milliseconds = entry.work.time(now, settings.least).await?;
            let gflops = 2e-6 * entry.multiply_adds / milliseconds;
            entry.speed.gflops.push(gflops);
        }
    }
    Ok(entries.into_iter().map(|entry| entry.speed).collect())
}

/// The things to time: products of square matrices with these `sides`, and the convolutions.
fn entries(problems: &[ConvolutionProblem], sides: &[usize], device: &Device) -> Vec<Entry> {
    let mut entries = Vec::new();
    for &side in sides {
        let random = || Tensor::random([side, side], Distribution::Uniform(-1.0, 1.0), device);
        let operands: [Tensor<2>; 2] = [random(), random()];
        for (who, ours) in [("ours", true), ("Burn's", false)] {
            let name = format!("matrix product {side}x{side}x{side}");
            entries.push(Entry {
                speed: Speed::new(name, who),
                multiply_adds: (side as f64).powi(3),
                work: Work::Product(operands.clone(), ours),
            });
        }
    }
    for problem in problems {
        let operands = problem.operands(device);
        for (who, ours) in [("ours", true), ("Burn's", false)] {
            entries.push(Entry {
                speed: Speed::new(problem.to_string(), who),
                multiply_adds: problem.multiply_adds(),
                work: Work::Convolution(*problem, operands.clone(), ours),
            });
        }
    }
    entries
}

impl Speed {
    fn new(name: String, who: &'static str) -> Self {
        Self {
            name,
            who,
            gflops: Vec::new(),
        }
    }
}

impl Work {
    async fn time(&self, now: &dyn Fn() -> f64, least: f64) -> Result<f64, ExecutionError> {
        match self {
            Self::Convolution(problem, operands, true) => {
                time(|| problem.run(operands.clone()), now, least).await
            }
            Self::Convolution(problem, operands, false) => {
                time(|| problem.run_with_burn(operands.clone()), now, least).await
            }
            Self::Product([left, right], true) => {
                time(|| product(left.clone(), right.clone()), now, least).await
            }
            Self::Product([left, right], false) => {
                time(|| left.clone().matmul(right.clone()), now, least).await
            }
        }
    }
}

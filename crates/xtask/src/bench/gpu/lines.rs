//! What `crates/bigan/examples/gpu` prints, a JSON object a line, and `cargo xtask bench gpu` makes tables of. Both compile
//! this file.

use serde::{Deserialize, Serialize};

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The device; the first line of each part.
    Adapter(Adapter),
    /// What a variant computes, beside the CPU.
    Compared(Compared),
    /// Losses of a training step, beside Burn's.
    Losses(Losses),
    /// What a variant takes.
    Timed(Timed),
    /// What a plain matrix product takes.
    Product(Product),
    /// What a batch norm takes.
    Norm(Norm),
    /// What a shader takes in a training step.
    Kernel(Kernel),
    /// What was not measured, because time was over.
    LeftOut {
        /// What all of a kind have in common.
        part: String,
        /// What tells it from the others.
        what: String,
    },
    /// How two folders of pictures differ.
    Pixels(Pixels),
    /// What whole training steps take.
    Steps(Steps),
    /// A run of the program.
    Trained(Trained),
}

/// A device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adapter {
    /// Its name.
    pub name: String,
    /// Whether it is the CPU, or emulated on it.
    pub emulated: bool,
    /// What is known of it besides: names and values.
    pub facts: Vec<(String, String)>,
}

/// What a variant computes, beside the CPU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Operation and shape.
    pub what: String,
    /// The variant.
    pub variant: String,
    /// Whether the device's compiler refuses it.
    pub refused: bool,
    /// The largest difference as a part of the largest value; `None` where something is no number.
    pub apart: Option<f64>,
    /// What rounding may make of it.
    pub allowed: f64,
}

/// Losses after so many training steps, ours and Burn's: D's, and that of G and E.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Losses {
    /// Steps taken.
    pub step: usize,
    /// With our operations; `None` for what is no number.
    pub ours: [Option<f32>; 2],
    /// By Burn as it comes.
    pub burns: [Option<f32>; 2],
    /// What rounding may make of the difference.
    pub allowed: f32,
}

/// What a variant takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// Whether it is the training's shader, not that of inference.
    pub training: bool,
    /// Operation and kernel: variants of the same operation are the same.
    pub operation: String,
    /// Channels and sides.
    pub shape: String,
    /// Samples.
    pub batch: usize,
    /// The variant.
    pub variant: String,
    /// Milliseconds; `None` where the device's compiler refuses it.
    pub milliseconds: Option<f64>,
    /// Multiplications of the textbook form.
    pub multiply_adds: f64,
    /// Whether it is taken before anything is measured.
    pub guessed: bool,
    /// Whether tuning takes it.
    pub taken: bool,
}

/// What a plain matrix product takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Its sides.
    pub name: String,
    /// `ours` or `Burn's`.
    pub who: String,
    /// Of each run.
    pub gflops: Vec<f64>,
}

/// What a batch norm with its activation takes, on the device's clock where it has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Norm {
    /// Samples, channels, height and width.
    pub shape: [usize; 4],
    /// Milliseconds of the forward pass and of the backward pass, medians.
    pub milliseconds: [Option<f64>; 2],
}

/// What a shader takes in one training step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kernel {
    /// Channels of the first convolution.
    pub width: usize,
    /// Pictures.
    pub batch: usize,
    /// The shader.
    pub name: String,
    /// How often it is dispatched.
    pub dispatches: usize,
    /// Milliseconds of all of them; `None` where the device did not say.
    pub milliseconds: Option<f64>,
    /// Whether the clock was the device's own.
    pub on_device: bool,
}

/// How the pictures of two folders differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pixels {
    /// Pictures compared.
    pub pictures: usize,
    /// The largest difference of a colour, of 255.
    pub largest: u8,
    /// The part of the colours that differ.
    pub differing: f64,
}

/// Whole training steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// Who took them.
    pub name: String,
    /// Channels of the first convolution.
    pub width: usize,
    /// Pictures.
    pub batch: usize,
    /// Of each step.
    pub milliseconds: Vec<f64>,
}

/// A run of `stylewalk train`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// Of each step, with its pictures read.
    pub images_per_second: Vec<f64>,
    /// Why it ended early, if it did of itself: a loss that is no number, for example.
    pub failed: Option<String>,
}

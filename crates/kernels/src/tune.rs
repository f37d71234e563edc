//! Tunes the shaders for a device: measures the variants of each convolution problem, and Burn's own operation, and has
//! the fastest taken from then on.
//!
//! The choices live in `registry.rs`, for the whole process. Files are the caller's: [`to_text`] is what to keep,
//! and [`from_text`] takes it back for the device whose [`identity`] it was kept under. Nothing is measured unasked:
//! until [`tune`] is called, and in browsers it never is, each operation takes its first guess.

use burn::backend::CubeDevice;
use burn::tensor::ExecutionError;

use crate::measure::{Operands, median_time, time};
use crate::problem::ConvolutionProblem;
use crate::{OpenDevice, backend, gpu, registry};

/// Milliseconds that each of a variant's three timings takes.
const MEASURED: f64 = 10.0;
/// What a variant may take of the first guess's time, to be worth leaving it: less differs from run to run.
const WORTH: f64 = 0.9;
/// A first guess that takes longer than these milliseconds stands, for measuring the others would take minutes.
/// Emulated GPUs are that slow.
const SLOW: f64 = 200.0;

/// Indices of what can be chosen on the device: those of our variants that it offers, and then Burn's own operation.
/// Empty where only Burn computes the problem.
pub(crate) fn choices(device: &CubeDevice, problem: &ConvolutionProblem) -> Vec<usize> {
    let ours = gpu::offered(problem, registry::facts(device).subgroups);
    if ours.is_empty() {
        return Vec::new();
    }
    let burns = ours.len();
    let offered = (0..burns).filter(|at| ours[*at]);
    offered.chain([burns]).collect()
}

/// Measures each of `problems` that has variants and was not measured on this device before, and takes the fastest from
/// then on. Returns how many problems were measured: 0 on devices that our shaders do not run on. `now` is a clock in
/// milliseconds.
///
/// # Errors
/// Where the device is lost, or its memory is used up.
pub async fn tune(
    open: &OpenDevice,
    problems: &[ConvolutionProblem],
    now: &dyn Fn() -> f64,
) -> Result<usize, ExecutionError> {
    let Some(device) = backend::wgpu(&open.device) else {
        return Ok(0);
    };
    let mut measured = 0;
    for problem in problems {
        if registry::chosen(&device, problem).is_some() {
            continue;
        }
        measured += usize::from(measure(open, &device, *problem, now).await?);
    }
    Ok(measured)
}

/// Chooses the fastest variant where it is clearly faster than the first guess. Returns whether there was a choice that was worth measuring.
async fn measure(
    open: &OpenDevice,
    device: &CubeDevice,
    problem: ConvolutionProblem,
    now: &dyn Fn() -> f64,
) -> Result<bool, ExecutionError> {
    let choices = choices(device, &problem);
    if choices.is_empty() {
        return Ok(false);
    }
    let operands = problem.operands(&open.device);
    let run = || problem.run(operands.clone());
    if time(run, now, MEASURED).await? > SLOW {
        return Ok(false);
    }
    let guess = gpu::guess(device, &problem);
    let times = times(device, problem, operands, &choices, now).await?;
    registry::choose(device, problem, fastest(&times, guess));
    Ok(true)
}

/// Milliseconds of each of `choices` that the device's compiler takes. The last of them stays the problem's.
pub(crate) async fn times(
    device: &CubeDevice,
    problem: ConvolutionProblem,
    operands: Operands,
    choices: &[usize],
    now: &dyn Fn() -> f64,
) -> Result<Vec<(usize, f64)>, ExecutionError> {
    let run = || problem.run(operands.clone());
    let mut times = Vec::new();
    for variant in choices {
        if gpu::compiles(device, &problem, *variant) {
            registry::choose(device, problem, *variant);
            times.push((*variant, median_time(run, now, MEASURED).await?));
        }
    }
    Ok(times)
}

/// The fastest variant, where it is clearly faster than the first guess.
pub(crate) fn fastest(times: &[(usize, f64)], guess: usize) -> usize {
    let guessed = times.iter().find(|(variant, _)| *variant == guess);
    let guessed = guessed.map_or(f64::INFINITY, |(_, taken)| *taken);
    let best = times.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let worth = best.filter(|(_, taken)| *taken <= WORTH * guessed);
    worth.map_or(guess, |(variant, _)| *variant)
}

/// What the device's choices depend on, in one line: adapter, driver and shaders. `None` for devices without variants.
#[must_use]
pub fn identity(open: &OpenDevice) -> Option<String> {
    backend::wgpu(&open.device)?;
    let info = open.adapter_info()?;
    // FNV-1a.
    let version = gpu::TUNED_SHADERS
        .concat()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let line = format!(
        "{} / {} {} / shaders {version:016x}",
        open.name, info.driver, info.driver_info
    );
    Some(line.replace(['\n', '\r'], " "))
}

/// The choices for the device as text to keep, a line for each problem.
#[must_use]
pub fn to_text(open: &OpenDevice) -> String {
    let Some(device) = backend::wgpu(&open.device) else {
        return String::new();
    };
    let mut lines: Vec<String> = registry::choices(&device)
        .into_iter()
        .map(|(problem, variant)| format!("{} {variant}\n", problem.key()))
        .collect();
    lines.sort();
    lines.concat()
}

/// Takes the choices that [`to_text`] gave. A line that cannot be read, or names a variant that the device does not
/// offer, is passed over: its problem is measured again. Returns how many lines were taken.
pub fn from_text(open: &OpenDevice, kept: &str) -> usize {
    let Some(device) = backend::wgpu(&open.device) else {
        return 0;
    };
    let read = |line: &str| {
        let (key, variant) = line.rsplit_once(' ')?;
        let (problem, variant) = (ConvolutionProblem::of_key(key)?, variant.parse().ok()?);
        let offered = choices(&device, &problem).contains(&variant);
        offered.then_some((problem, variant))
    };
    let taken: Vec<_> = kept.lines().filter_map(read).collect();
    for (problem, variant) in &taken {
        registry::choose(&device, *problem, *variant);
    }
    taken.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConvolutionOperation;
    use crate::emulated::on_emulated_gpu;

    #[test]
    fn the_guess_stands_where_nothing_is_clearly_faster() {
        assert_eq!(fastest(&[(0, 10.0), (1, 9.5), (2, 30.0)], 0), 0);
        assert_eq!(fastest(&[(0, 10.0), (1, 8.5), (2, 30.0)], 0), 1);
        assert_eq!(fastest(&[(1, 8.5), (2, 30.0)], 0), 1, "it did not compile");
        assert_eq!(fastest(&[], 3), 3);
    }

    #[needs::gpu]
    fn a_choice_is_measured_once_and_kept() {
        on_emulated_gpu("tune::tests::a_choice_is_measured_once_and_kept", |gpu| {
            let problem = |operation, kernel| {
                ConvolutionProblem::new(operation, 2, [3, 5], 8, kernel).expect("a problem")
            };
            let problems = ConvolutionOperation::ALL.map(|operation| problem(operation, 5));
            // A machine's own clock would tell a busy machine's story.
            let ticks = std::cell::Cell::new(0.0);
            let now = || {
                ticks.set(ticks.get() + MEASURED);
                ticks.get()
            };
            let tuned = |problems: &[ConvolutionProblem]| {
                pollster::block_on(tune(&gpu, problems, &now)).expect("times")
            };
            assert_eq!((tuned(&problems), tuned(&problems)), (3, 0));
            let only_burns = problem(ConvolutionOperation::ConvTranspose2d, 7);
            assert_eq!(tuned(&[only_burns]), 0);

            let kept = to_text(&gpu);
            assert_eq!(kept.lines().count(), 3, "{kept}");
            assert!(kept.contains("conv2d_weight 2 3 5 8 8 5 "), "{kept}");
            let other =
                pollster::block_on(crate::open(crate::DeviceChoice::Vulkan)).expect("another");
            assert_eq!(to_text(&other), "");
            let damaged = "conv2d_weight 2 3 5 8 8 5 99\nnonsense\nconv2d_weight 1 1 1 0 0 5 1\n";
            assert_eq!(from_text(&other, damaged), 0);
            assert_eq!(from_text(&other, &kept), 3);
            assert_eq!(to_text(&other), kept);
            assert!(identity(&gpu).is_some_and(|line| line.contains(&gpu.name)));
        });
    }
}

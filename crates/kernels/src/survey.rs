//! All that tuning chooses from, variant by variant: whether each computes what the CPU does, and what it takes.
//! `cargo xtask bench gpu` prints it.

use burn::backend::CubeDevice;
use burn::tensor::{Device, ExecutionError, Tensor};

use crate::measure::{Operands, median_time};
use crate::problem::ConvolutionProblem;
use crate::{OpenDevice, backend, gpu, registry, tune};

/// What Burn's own operation is called among the variants.
pub const BURNS: &str = "Burn's";
/// Least milliseconds of a timing of Burn's operation where nothing is tuned.
const MEASURED: f64 = 10.0;

/// What was measured of a way to compute a problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// Nothing: the device's compiler refuses it.
    Refused,
    /// It makes what is no number, or not as many numbers as the CPU.
    NoNumber,
    /// This.
    Is(f64),
}

/// A way to compute a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// The variant in words, or [`BURNS`].
    pub name: String,
    /// What was measured of it.
    pub measured: Measured,
    /// Whether it is taken before anything is measured.
    pub guessed: bool,
    /// Whether tuning takes it.
    pub taken: bool,
}

/// How far what each variant that the device offers computes is from what the CPU does: the largest difference as a part of
/// the largest value.
///
/// # Errors
/// Where the device is lost, or its memory is used up.
pub async fn differences(
    open: &OpenDevice,
    problem: ConvolutionProblem,
) -> Result<Vec<Way>, ExecutionError> {
    let on_cpu = problem.operands(&Device::flex());
    let expected = values(problem.run(on_cpu.clone())).await?;
    let operands = moved(on_cpu, &open.device).await?;
    let Some(device) = backend::wgpu(&open.device) else {
        let found = values(problem.run(operands)).await?;
        return Ok(vec![only_burns(apart(&expected, &found))]);
    };
    let before = registry::chosen(&device, &problem);
    let guess = gpu::guess(&device, &problem);
    let mut ways = Vec::new();
    for variant in tune::choices(&device, &problem) {
        let mut measured = Measured::Refused;
        if gpu::compiles(&device, &problem, variant) {
            registry::choose(&device, problem, variant);
            measured = apart(&expected, &values(problem.run(operands.clone())).await?);
        }
        ways.push(way(&problem, variant, measured, [guess, guess]));
    }
    match before {
        Some(variant) => registry::choose(&device, problem, variant),
        None => registry::forget(&device, &problem),
    }
    Ok(ways)
}

/// Milliseconds of each variant that the device offers and compiles, and of Burn's operation. The device takes the fastest
/// from then on, as [`tune::tune`] would have it.
///
/// # Errors
/// Where the device is lost, or its memory is used up.
pub async fn times(
    open: &OpenDevice,
    problem: ConvolutionProblem,
    now: &dyn Fn() -> f64,
) -> Result<Vec<Way>, ExecutionError> {
    let operands = problem.operands(&open.device);
    let Some(device) = backend::wgpu(&open.device) else {
        let run = || problem.run_with_burn(operands.clone());
        let taken = median_time(run, now, MEASURED).await?;
        return Ok(vec![only_burns(Measured::Is(taken))]);
    };
    measured(&device, problem, operands, now).await
}

async fn measured(
    device: &CubeDevice,
    problem: ConvolutionProblem,
    operands: Operands,
    now: &dyn Fn() -> f64,
) -> Result<Vec<Way>, ExecutionError> {
    let guess = gpu::guess(device, &problem);
    let choices = tune::choices(device, &problem);
    let times = tune::times(device, problem, operands, &choices, now).await?;
    let taken = tune::fastest(&times, guess);
    if !choices.is_empty() {
        registry::choose(device, problem, taken);
    }
    let time = |variant: usize| match times.iter().find(|(one, _)| *one == variant) {
        Some((_, milliseconds)) => Measured::Is(*milliseconds),
        None => Measured::Refused,
    };
    let ways = choices.into_iter();
    Ok(ways
        .map(|variant| way(&problem, variant, time(variant), [guess, taken]))
        .collect())
}

fn name(problem: &ConvolutionProblem, variant: usize) -> String {
    gpu::name(problem, variant).unwrap_or_else(|| BURNS.to_owned())
}

fn way(
    problem: &ConvolutionProblem,
    variant: usize,
    measured: Measured,
    [guess, taken]: [usize; 2],
) -> Way {
    Way {
        name: name(problem, variant),
        measured,
        guessed: variant == guess,
        taken: variant == taken,
    }
}

/// On a device that does not run our shaders.
fn only_burns(measured: Measured) -> Way {
    Way {
        name: BURNS.to_owned(),
        measured,
        guessed: true,
        taken: true,
    }
}

async fn moved(operands: Operands, device: &Device) -> Result<Operands, ExecutionError> {
    let [left, right] = operands;
    Ok([
        Tensor::from_data(left.into_data_async().await?, device),
        Tensor::from_data(right.into_data_async().await?, device),
    ])
}

async fn values(made: Tensor<4>) -> Result<Vec<f32>, ExecutionError> {
    Ok(made.into_data_async().await?.iter::<f32>().collect())
}

/// The largest difference as a part of the largest expected value.
fn apart(expected: &[f32], found: &[f32]) -> Measured {
    let largest = expected
        .iter()
        .fold(0.0_f64, |most, value| most.max(f64::from(value.abs())));
    let mut worst = 0.0_f64;
    for (a, b) in expected.iter().zip(found) {
        let difference = f64::from((a - b).abs());
        if !difference.is_finite() {
            return Measured::NoNumber;
        }
        worst = worst.max(difference);
    }
    match expected.len() == found.len() {
        true => Measured::Is(worst / largest.max(f64::MIN_POSITIVE)),
        false => Measured::NoNumber,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConvolutionOperation;
    use crate::emulated::on_emulated_gpu;
    use pollster::block_on;

    #[test]
    fn what_is_no_number_is_no_difference() {
        assert_eq!(apart(&[1.0, -4.0], &[1.5, -4.0]), Measured::Is(0.125));
        assert_eq!(apart(&[1.0, -4.0], &[f32::NAN, -4.0]), Measured::NoNumber);
        assert_eq!(apart(&[1.0], &[]), Measured::NoNumber);
    }

    #[needs::gpu]
    fn every_variant_is_compared_and_timed() {
        on_emulated_gpu(
            "survey::tests::every_variant_is_compared_and_timed",
            |gpu| {
                let ticks = std::cell::Cell::new(0.0);
                let now = || {
                    ticks.set(ticks.get() + MEASURED);
                    ticks.get()
                };
                for operation in ConvolutionOperation::ALL {
                    let problem = ConvolutionProblem::new(operation, 2, [3, 5], 8, 5);
                    let problem = problem.expect("a problem");
                    let compared = block_on(differences(&gpu, problem)).expect("differences");
                    // SwiftShader has subgroups of 4.
                    assert!(compared.len() > 6, "{compared:?}");
                    for way in &compared {
                        let agrees = matches!(way.measured, Measured::Is(apart) if apart < 1e-5);
                        assert!(agrees, "{way:?}");
                    }
                    assert_eq!(tune::to_text(&gpu).matches(&problem.key()).count(), 0);
                    let timed = block_on(times(&gpu, problem, &now)).expect("times");
                    let names = |ways: &[Way]| -> Vec<String> {
                        ways.iter().map(|way| way.name.clone()).collect()
                    };
                    assert_eq!(names(&timed), names(&compared));
                    assert_eq!(timed.last().map(|way| &way.name[..]), Some(BURNS));
                    // A clock that tells every run the same time has the guess taken.
                    for way in timed {
                        let timed = matches!(way.measured, Measured::Is(_));
                        assert!(timed && way.guessed == way.taken, "{way:?}");
                    }
                    assert_eq!(tune::to_text(&gpu).matches(&problem.key()).count(), 1);
                }
            },
        );
    }
}

//! Choosing between the variants of an operation, and Burn's own, by measuring them on the device.
//!
//! What is chosen counts for the whole process. Files are the caller's: [`remembered`] is what to keep, and [`remember`]
//! takes it back, for the device whose [`identity`] it was kept under. Nothing is measured that was not asked for: until
//! then, and in browsers that nobody asks, each operation's first guess is taken.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use burn::backend::CubeDevice;
use burn::tensor::{Device, ExecutionError};

use crate::OpenDevice;
use crate::case::{Case, Task, time};
use crate::forward::Operation;
use crate::stride2::WEIGHT_VARIANTS;

/// What is known of the devices of this process.
#[derive(Default)]
struct Known {
    /// The variant's index; Burn's own comes after the last of ours.
    choices: HashMap<(CubeDevice, Case), usize>,
    /// GPUs emulated on the CPU.
    emulated: HashSet<CubeDevice>,
    /// The fewest and the most invocations of a subgroup, on devices that have them.
    subgroups: HashMap<CubeDevice, [u32; 2]>,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// Milliseconds that a variant is measured for.
const MEASURED: f64 = 20.0;
/// Where the first guess takes as many milliseconds, measuring the others would take minutes: it stands. An emulated GPU
/// is like that.
const SLOW: f64 = 200.0;
/// Choices are only worth keeping between programs with these shaders; one that changes is another version.
const SHADERS: [&str; 9] = [
    include_str!("../../../shaders/conv2d.wgsl"),
    include_str!("../../../shaders/pack_conv2d.wgsl"),
    include_str!("../../../shaders/conv_transpose2d.wgsl"),
    include_str!("../../../shaders/pack_conv_transpose2d.wgsl"),
    include_str!("../../../shaders/conv2d_weight.wgsl"),
    include_str!("../../../shaders/sum_parts.wgsl"),
    include_str!("../../../shaders/parts/activation.wgsl"),
    include_str!("../../../shaders/parts/slices_in_workgroup.wgsl"),
    include_str!("../../../shaders/parts/slices_in_subgroup.wgsl"),
];

/// Nothing is left half done by a thread that panicked.
fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Remembers a device's subgroups, and whether it is a GPU emulated on the CPU: first guesses differ.
pub(crate) fn is_opened(device: &Device, subgroups: Option<[u32; 2]>, emulated: bool) {
    let Some(device) = crate::shader::wgpu(device) else {
        return;
    };
    let mut known = known();
    if emulated {
        known.emulated.insert(device.clone());
    }
    if let Some(sizes) = subgroups {
        known.subgroups.insert(device, sizes);
    }
}

/// Whether the device is such a GPU.
pub(crate) fn emulated(device: &CubeDevice) -> bool {
    known().emulated.contains(device)
}

/// The index of the variant that was chosen, or of the one that `guess` finds, given whether the GPU is emulated. After
/// the last variant comes Burn's own.
pub(crate) fn variant(device: &CubeDevice, case: Case, guess: impl FnOnce(bool) -> usize) -> usize {
    let known = known();
    let chosen = known.choices.get(&(device.clone(), case));
    let emulated = known.emulated.contains(device);
    chosen.copied().unwrap_or_else(|| guess(emulated))
}

/// Of each variant of ours, whether the device offers it: none where only Burn computes the case.
fn offered(device: &CubeDevice, case: &Case) -> Vec<bool> {
    let subgroups = known().subgroups.get(device).copied();
    let forward = |operation: Operation| {
        let variants = operation.variants().iter();
        variants.map(|one| one.is_offered(subgroups)).collect()
    };
    let kernel = case.geometry.kernel;
    match case.task {
        _ if kernel != 3 && kernel != 5 => vec![],
        Task::Conv2d => forward(Operation::Conv2d { kernel }),
        Task::ConvTranspose2d if kernel == 3 => vec![],
        Task::ConvTranspose2d => forward(Operation::ConvTranspose2d),
        Task::WeightGradient => vec![true; WEIGHT_VARIANTS.len()],
    }
}

/// What can be chosen on the device: the variants of ours that it offers, and then Burn's own.
fn choices(device: &CubeDevice, case: &Case) -> Vec<usize> {
    let ours = offered(device, case);
    let burns = ours.len();
    let offered = (0..burns).filter(|at| ours[*at]);
    offered.chain([burns]).collect()
}

fn choose(device: &CubeDevice, case: Case, variant: usize) {
    known().choices.insert((device.clone(), case), variant);
}

fn wgpu(open: &OpenDevice) -> Option<CubeDevice> {
    crate::shader::wgpu(&open.device)
}

/// Measures every variant of each of `cases` that has any and has not been measured on this device, and Burn's own, and
/// takes the fastest from then on. Returns how many were measured: none on devices that shaders of ours do not run on.
/// `now` is a clock in milliseconds.
///
/// # Errors
/// Where the device is lost, or its memory is at an end.
pub async fn tune(
    open: &OpenDevice,
    cases: &[Case],
    now: &dyn Fn() -> f64,
) -> Result<usize, ExecutionError> {
    let Some(device) = wgpu(open) else {
        return Ok(0);
    };
    let mut measured = 0;
    for case in cases
        .iter()
        .filter(|case| !offered(&device, case).is_empty())
    {
        if known().choices.contains_key(&(device.clone(), *case)) {
            continue;
        }
        measured += usize::from(measure(open, &device, *case, now).await?);
    }
    Ok(measured)
}

/// Whether the case was worth measuring.
async fn measure(
    open: &OpenDevice,
    device: &CubeDevice,
    case: Case,
    now: &dyn Fn() -> f64,
) -> Result<bool, ExecutionError> {
    let operands = case.operands(&open.device);
    let run = || case.run(operands.clone());
    let guessed = time(run, now, MEASURED).await?;
    if guessed > SLOW {
        return Ok(false);
    }
    let mut best = (f64::INFINITY, 0);
    for variant in choices(device, &case) {
        choose(device, case, variant);
        let taken = time(run, now, MEASURED).await?;
        if taken < best.0 {
            best = (taken, variant);
        }
    }
    choose(device, case, best.1);
    Ok(true)
}

/// What the device's choices depend on, in one line: adapter, driver and shaders. `None` for devices that have none.
#[must_use]
pub fn identity(open: &OpenDevice) -> Option<String> {
    let info = open.adapter_info()?;
    // FNV-1a.
    let version = SHADERS
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

/// What has been chosen for the device, a line for each case, to be kept.
#[must_use]
pub fn remembered(open: &OpenDevice) -> String {
    let Some(device) = wgpu(open) else {
        return String::new();
    };
    let mut lines: Vec<String> = known()
        .choices
        .iter()
        .filter(|((on, _), _)| *on == device)
        .map(|((_, case), variant)| format!("{} {variant}\n", case.key()))
        .collect();
    lines.sort();
    lines.concat()
}

/// Takes back what [`remembered`] gave. Lines that are none of its are passed over: they cost a measurement. Returns how
/// many were taken.
pub fn remember(open: &OpenDevice, kept: &str) -> usize {
    let Some(device) = wgpu(open) else {
        return 0;
    };
    let read = |line: &str| {
        let (case, variant) = line.rsplit_once(' ')?;
        let (case, variant) = (Case::of_key(case)?, variant.parse().ok()?);
        let offered = choices(&device, &case).contains(&variant);
        offered.then_some((case, variant))
    };
    let taken: Vec<(Case, usize)> = kept.lines().filter_map(read).collect();
    for (case, variant) in &taken {
        choose(&device, *case, *variant);
    }
    taken.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulated::on_emulated_gpu;

    #[needs::gpu]
    fn a_choice_is_measured_once_and_remembered() {
        on_emulated_gpu(
            "tune::tests::a_choice_is_measured_once_and_remembered",
            |gpu| {
                let case = |task, kernel| Case::new(task, 2, [3, 5], 8, kernel).expect("a case");
                let cases = Task::ALL.map(|task| case(task, 5));
                // A machine's own clock would tell a busy machine's story.
                let ticks = std::cell::Cell::new(0.0);
                let now = || {
                    ticks.set(ticks.get() + MEASURED);
                    ticks.get()
                };
                let tuned =
                    |cases: &[Case]| pollster::block_on(tune(&gpu, cases, &now)).expect("times");
                assert_eq!((tuned(&cases), tuned(&cases)), (3, 0));
                let only_burns = case(Task::ConvTranspose2d, 3);
                assert_eq!(tuned(&[only_burns]), 0);

                let kept = remembered(&gpu);
                assert_eq!(kept.lines().count(), 3, "{kept}");
                assert!(kept.contains("conv2d_weight 2 3 5 8 8 5 "), "{kept}");
                let other =
                    pollster::block_on(crate::open(crate::DeviceChoice::Vulkan)).expect("another");
                assert_eq!(remembered(&other), "");
                let damaged =
                    "conv2d_weight 2 3 5 8 8 5 99\nnonsense\nconv2d_weight 1 1 1 0 0 5 1\n";
                assert_eq!(remember(&other, damaged), 0);
                assert_eq!(remember(&other, &kept), 3);
                assert_eq!(remembered(&other), kept);
                assert!(identity(&gpu).is_some_and(|line| line.contains(&gpu.name)));
            },
        );
    }
}

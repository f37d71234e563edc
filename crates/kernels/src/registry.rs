//! The wgpu devices of this process: what kind of GPU each is, and which variant was chosen for each convolution
//! problem.
//!
//! This is the crate's one piece of global state. It has to be global: Burn gives an operation tensors, and a tensor
//! knows its device by an id and nothing else. `device::open` enters a device, `tune` writes the choices, and the
//! operations read both. Burn gives every opened device an id of its own, so an entry never goes stale.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use burn::backend::CubeDevice;
use compute::Gpu;
use compute::shader::Shader;

use crate::problem::ConvolutionProblem;

/// What the choice between variants depends on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DeviceFacts {
    /// Whether the GPU is emulated on the CPU.
    pub emulated: bool,
    /// The fewest and the most invocations of a subgroup, where shaders have subgroups.
    pub subgroups: Option<[u32; 2]>,
}

#[derive(Default)]
struct Entry {
    facts: DeviceFacts,
    /// wgpu's handles.
    gpu: Option<Gpu>,
    /// Whether the device's compiler takes a shader, for those that it was asked about.
    compiles: HashMap<Shader, bool>,
    /// Multiply-adds that were queued since the device was last told to begin.
    queued: f64,
    /// Index of the chosen variant; Burn's own operation comes after the last of ours.
    chosen: HashMap<ConvolutionProblem, usize>,
}

static DEVICES: LazyLock<Mutex<HashMap<CubeDevice, Entry>>> = LazyLock::new(Mutex::default);

/// A thread that panicked has left no entry half written, so its lock is taken over.
fn devices() -> MutexGuard<'static, HashMap<CubeDevice, Entry>> {
    DEVICES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Enters a device that has just been opened.
pub(crate) fn enter(device: CubeDevice, gpu: Gpu) {
    let mut devices = devices();
    let entry = devices.entry(device).or_default();
    entry.facts = DeviceFacts {
        emulated: gpu.is_software(),
        subgroups: gpu.subgroups(),
    };
    entry.gpu = Some(gpu);
}

/// Whether the device's compiler takes the shader: CubeCL, which compiles it again, would tell of an error only when
/// results are read. Drivers keep what they have compiled. In browsers, which compile behind the page's back, nobody
/// knows: there it is `true`.
pub(crate) fn compiles(device: &CubeDevice, shader: &Shader, text: fn(&Shader) -> String) -> bool {
    let known = |entry: &Entry| entry.compiles.get(shader).copied();
    if let Some(known) = devices().get(device).and_then(known) {
        return known;
    }
    // Compiling takes up to seconds, in which the lock would hold everybody up.
    let gpu = devices().get(device).and_then(|entry| entry.gpu.clone());
    let compiles = gpu.is_none_or(|gpu| gpu.compile(shader.entry, text(shader)).is_ok());
    let mut devices = devices();
    let entry = devices.entry(device.clone()).or_default();
    entry.compiles.insert(shader.clone(), compiles);
    compiles
}

/// Multiply-adds that are submitted together, at most: half a second's on the slowest phones. Longer submissions are taken for
/// a driver that hangs, after two seconds on Windows. A fast card pays some 30 microseconds for each. Operations that have
/// more are dispatched in parts.
pub(crate) const SUBMITTED: f64 = 4e9;

/// Counts an operation that is about to be queued. Returns whether what was queued before it is to be submitted first.
pub(crate) fn submits_before(device: &CubeDevice, multiply_adds: f64) -> bool {
    let mut devices = devices();
    let queued = &mut devices.entry(device.clone()).or_default().queued;
    let full = *queued + multiply_adds > SUBMITTED && *queued > 0.0;
    *queued = multiply_adds + if full { 0.0 } else { *queued };
    full
}

/// The facts of `device`; the defaults for a device that nobody entered.
pub(crate) fn facts(device: &CubeDevice) -> DeviceFacts {
    devices()
        .get(device)
        .map_or_else(DeviceFacts::default, |entry| entry.facts)
}

/// The variant that was chosen for `problem`, if one was.
pub(crate) fn chosen(device: &CubeDevice, problem: &ConvolutionProblem) -> Option<usize> {
    devices().get(device)?.chosen.get(problem).copied()
}

/// Makes `variant` the one that operations take for `problem` from now on.
pub(crate) fn choose(device: &CubeDevice, problem: ConvolutionProblem, variant: usize) {
    let mut devices = devices();
    let entry = devices.entry(device.clone()).or_default();
    entry.chosen.insert(problem, variant);
}

/// Has operations take their first guess for `problem` again.
pub(crate) fn forget(device: &CubeDevice, problem: &ConvolutionProblem) {
    if let Some(entry) = devices().get_mut(device) {
        entry.chosen.remove(problem);
    }
}

/// All choices on `device`, in no particular order.
pub(crate) fn choices(device: &CubeDevice) -> Vec<(ConvolutionProblem, usize)> {
    let devices = devices();
    let entry = devices.get(device).into_iter();
    entry
        .flat_map(|entry| &entry.chosen)
        .map(|(problem, variant)| (*problem, *variant))
        .collect()
}

/// The chosen variant, or the one that `guess` gives when it is told whether the GPU is emulated.
pub(crate) fn variant(
    device: &CubeDevice,
    problem: &ConvolutionProblem,
    guess: impl FnOnce(bool) -> usize,
) -> usize {
    chosen(device, problem).unwrap_or_else(|| guess(facts(device).emulated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_work_is_submitted_in_parts() {
        let device = CubeDevice::Wgpu(burn_wgpu::WgpuDevice::default());
        let submits = |parts: &[f64]| {
            let each = parts
                .iter()
                .map(|part| submits_before(&device, part * SUBMITTED));
            each.collect::<Vec<bool>>()
        };
        // One that is too long by itself goes alone.
        let parts = [0.3, 0.3, 0.3, 0.3, 2.0, 0.1, 0.9];
        let expected = [false, false, false, true, true, true, false];
        assert_eq!(submits(&parts), expected);
    }
}

//! The wgpu devices of this process: what kind of GPU each is, and which variant was chosen for each convolution
//! problem.
//!
//! This is the crate's one piece of global state. It has to be global: Burn gives an operation tensors, and a tensor
//! knows its device by an id and nothing else. `device::open` enters a device, `tune` writes the choices, and the
//! operations read both. Burn gives every opened device an id of its own, so an entry never goes stale.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use burn::backend::CubeDevice;

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
    /// Index of the chosen variant; Burn's own operation comes after the last of ours.
    chosen: HashMap<ConvolutionProblem, usize>,
}

static DEVICES: LazyLock<Mutex<HashMap<CubeDevice, Entry>>> = LazyLock::new(Mutex::default);

/// A thread that panicked has left no entry half written, so its lock is taken over.
fn devices() -> MutexGuard<'static, HashMap<CubeDevice, Entry>> {
    DEVICES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Enters a device that has just been opened.
pub(crate) fn enter(device: CubeDevice, facts: DeviceFacts) {
    devices().entry(device).or_default().facts = facts;
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

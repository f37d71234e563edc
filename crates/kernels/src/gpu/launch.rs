//! Queues a WGSL file of `shaders/` on tensors of Burn's wgpu device.

use burn::backend::CubeDevice;
use burn::tensor::{DType, Shape};
use burn_wgpu::CubeTensor;
use cubecl::{
    CubeKernel, PrecompiledSource,
    ir::{UIntKind, metadata::Info},
    prelude::*,
    server::{Handle, KernelArguments, MetadataBindingInfo},
};

use crate::registry;
use compute::shader::{Shader, grid};
use compute::shaders::{Parameters, Source};

/// Whether the device compiles our WGSL. CUDA does not, nor does wgpu where Burn was built with a native shader
/// compiler.
pub(crate) fn runs_on(client: &Client) -> bool {
    client.name() == "wgpu<wgsl>"
}

/// The first of `variants` whose shader the device's compiler takes.
pub(crate) fn first_that_compiles<V: Copy>(
    device: &CubeDevice,
    variants: impl Iterator<Item = V>,
    shader: impl Fn(V) -> Shader,
) -> Option<V> {
    let mut variants = variants;
    variants.find(|variant| compiles(device, &shader(*variant)))
}

/// Whether the device's compiler takes the shader.
pub(crate) fn compiles(device: &CubeDevice, shader: &Shader) -> bool {
    registry::compiles(device, shader, text)
}

/// As [`grid`], on `client`'s device.
pub(crate) fn grid_on(client: &Client, invocations: u32, workgroup: u32) -> (u32, u32) {
    let most = client.properties().hardware.max_cube_count.0;
    grid(invocations, workgroup, most)
}

/// A new f32 tensor of `shape` on the device of `other`; its values are arbitrary.
pub(crate) fn empty(other: &CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    let shape = shape.into();
    let bytes = shape.num_elements() * size_of::<f32>();
    CubeTensor::new_contiguous(
        other.client.clone(),
        other.device.clone(),
        shape,
        other.client.empty(bytes),
        DType::F32,
    )
}

/// Values from one place in memory to the next at which a buffer can be bound.
pub(crate) fn alignment(on: &CubeTensor) -> usize {
    on.client.properties().memory.alignment as usize / size_of::<f32>()
}

/// The `count` values of `whole` from `at` on, in the same memory. `at` is a multiple of [`alignment`].
pub(crate) fn part(whole: &CubeTensor, at: usize, count: usize) -> CubeTensor {
    let after = whole.meta.shape().num_elements() - at - count;
    let [before, after] = [at, after].map(|count| (count * size_of::<f32>()) as u64);
    let handle = whole.handle.clone();
    flat(whole, handle.offset_start(before).offset_end(after), count)
}

/// The `count` values behind `handle`, on the device of `other`.
pub(crate) fn flat(other: &CubeTensor, handle: Handle, count: usize) -> CubeTensor {
    CubeTensor::new_contiguous(
        other.client.clone(),
        other.device.clone(),
        Shape::new([count]),
        handle,
        DType::F32,
    )
}

/// Queues `shader`, which is `source` with its settings. All tensors are contiguous, and at least one is written.
pub(crate) fn queue<P: Parameters, const R: usize, const W: usize>(
    source: &Source<P, R, W>,
    shader: Shader,
    grid: (u32, u32),
    read: [CubeTensor; R],
    written: [&CubeTensor; W],
    parameters: P,
) {
    queue_layers(source, shader, grid, 1, read, written, parameters);
}

/// Has the device begin with what is queued where so many multiply-adds would make that too long for one submission. A device
/// that cannot begin tells so when results are read.
pub(crate) fn make_room(on: &CubeTensor, multiply_adds: f64) {
    if registry::submits_before(&on.device, multiply_adds) {
        let _ = on.client.flush();
    }
}

/// `whole` in parts that begin at a multiple of `step` and are as long as `most` lets them be: where each begins, and how long
/// it is.
pub(crate) fn parts(whole: usize, most: f64, step: usize) -> Vec<[usize; 2]> {
    // More than there is, is all of it.
    let most = most.min(whole as f64) as usize;
    let each = if most >= whole {
        whole
    } else {
        (most / step * step).max(step)
    };
    let starts = (0..whole).step_by(each.max(1));
    starts
        .map(|start| [start, each.min(whole - start)])
        .collect()
}

/// As [`queue`], with `layers` of the grid along z.
pub(crate) fn queue_layers<P: Parameters, const R: usize, const W: usize>(
    _: &Source<P, R, W>,
    shader: Shader,
    (columns, rows): (u32, u32),
    layers: u32,
    read: [CubeTensor; R],
    written: [&CubeTensor; W],
    parameters: P,
) {
    let mut arguments = KernelArguments::new();
    for tensor in read {
        arguments = arguments.with_buffer_io(tensor.handle.binding(), BufferIOAttr::ReadOnly);
    }
    for tensor in written {
        let binding = tensor.handle.clone().binding();
        arguments = arguments.with_buffer_io(binding, BufferIOAttr::WriteOnly);
    }
    let bytes = bytemuck::bytes_of(&parameters);
    arguments = arguments.with_info(MetadataBindingInfo::custom(words(bytes)));
    let count = CubeCount::Static(columns, rows, layers);
    written[0]
        .client
        .launch(Box::new(Kernel(shader)), count, arguments);
}

/// CubeCL sends parameters as u64; the shader reads the same bytes as what they are.
fn words(bytes: &[u8]) -> Vec<u64> {
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_ne_bytes(word)
    };
    bytes.chunks(8).map(word).collect()
}

struct Kernel(Shader);

impl KernelMetadata for Kernel {
    /// The kernel's name in CubeCL's profile.
    fn name(&self) -> &'static str {
        self.0.entry
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>()
            .cube_dim(CubeDim::new_1d(self.0.workgroup).into())
            .info(self.0.clone())
    }

    fn address_type(&self) -> ElemType {
        ElemType::UInt(UIntKind::U32)
    }
}

impl CubeKernel for Kernel {
    /// Empty: the text below is what runs.
    fn define(&self) -> KernelDefinition {
        let workgroup = CubeDim::new_1d(self.0.workgroup).into();
        let settings = KernelSettings::new(workgroup, ExecutionMode::Checked, AddressType::U32);
        KernelDefinition {
            body: Scope::root(settings.clone()),
            settings,
            info: Info::default(),
        }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        Some(PrecompiledSource {
            source: text(&self.0),
            entrypoint_name: self.0.entry.to_string(),
            lang: "wgsl",
        })
    }
}

/// Natively Burn puts several tensors into one buffer. In the browser every tensor has one.
fn text(shader: &Shader) -> String {
    match cfg!(target_family = "wasm") {
        true => shader.text(),
        false => shader.text_for_shared_buffers(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_begin_where_they_may_and_make_the_whole() {
        assert_eq!(parts(10, 1e9, 4), [[0, 10]]);
        assert_eq!(parts(10, 10.0, 4), [[0, 10]]);
        assert_eq!(parts(10, 9.9, 4), [[0, 8], [8, 2]]);
        assert_eq!(parts(10, 0.5, 4), [[0, 4], [4, 4], [8, 2]]);
        assert_eq!(parts(3, 0.5, 4), [[0, 3]]);
    }

    #[test]
    fn parameters_keep_their_order_in_memory() {
        let bytes: Vec<u8> = [1_u32, 2, 3].map(u32::to_ne_bytes).concat();
        let memory: Vec<u8> = words(&bytes)
            .into_iter()
            .flat_map(u64::to_ne_bytes)
            .collect();
        assert_eq!(memory[..12], bytes);
        assert_eq!(memory[12..], [0; 4]);
    }
}

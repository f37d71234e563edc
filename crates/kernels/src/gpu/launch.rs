//! Queues a WGSL file of `shaders/` on tensors of Burn's wgpu device.

use burn::tensor::{DType, Shape};
use burn_wgpu::CubeTensor;
use cubecl::{
    CubeKernel, PrecompiledSource,
    ir::{UIntKind, metadata::Info},
    prelude::*,
    server::{KernelArguments, MetadataBindingInfo},
};

use crate::shader::{Shader, grid};

/// Whether the device compiles our WGSL. CUDA does not, nor does wgpu where Burn was built with a native shader
/// compiler.
pub(crate) fn runs_on(client: &Client) -> bool {
    client.name() == "wgpu<wgsl>"
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

/// Queues the shader. All tensors are contiguous, and at least one is written.
pub(crate) fn queue<const R: usize, const W: usize>(
    shader: Shader,
    grid: (u32, u32),
    read: [CubeTensor; R],
    written: [&CubeTensor; W],
    sizes: &[u32],
) {
    queue_layers(shader, grid, 1, read, written, sizes);
}

/// As [`queue`], with `layers` of the grid along z.
pub(crate) fn queue_layers<const R: usize, const W: usize>(
    shader: Shader,
    (columns, rows): (u32, u32),
    layers: u32,
    read: [CubeTensor; R],
    written: [&CubeTensor; W],
    sizes: &[u32],
) {
    let mut arguments = KernelArguments::new();
    for tensor in read {
        arguments = arguments.with_buffer_io(tensor.handle.binding(), BufferIOAttr::ReadOnly);
    }
    for tensor in written {
        let binding = tensor.handle.clone().binding();
        arguments = arguments.with_buffer_io(binding, BufferIOAttr::WriteOnly);
    }
    arguments = arguments.with_info(MetadataBindingInfo::custom(pairs(sizes)));
    let count = CubeCount::Static(columns, rows, layers);
    written[0]
        .client
        .launch(Box::new(Kernel(shader)), count, arguments);
}

/// CubeCL sends sizes as u64; the shader reads the same bytes as u32.
fn pairs(values: &[u32]) -> Vec<u64> {
    let pair = |pair: &[u32]| {
        let low = u64::from(pair[0]);
        let high = u64::from(pair.get(1).copied().unwrap_or(0));
        low | high << 32
    };
    values.chunks(2).map(pair).collect()
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
            .info((
                self.0.entry,
                self.0.parts.clone(),
                self.0.constants.clone(),
                self.0.f16,
            ))
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

/// Binds every tensor as `read_write` natively: Burn puts several tensors into one buffer there, and WebGPU forbids to
/// bind a buffer that is written as anything else. Only the last binding, the sizes, has a buffer of its own. In the
/// browser every tensor has one.
fn bound(source: &str) -> String {
    if cfg!(target_family = "wasm") {
        return source.to_string();
    }
    let shared = "var<storage, read>";
    match source.rsplit_once(shared) {
        Some((tensors, sizes)) => {
            let tensors = tensors.replace(shared, "var<storage, read_write>");
            format!("{tensors}{shared}{sizes}")
        }
        None => source.to_string(),
    }
}

/// The text to compile. CubeCL does not set `override` constants when it makes a pipeline, so they become literals
/// here.
fn text(shader: &Shader) -> String {
    let line = |line: &str| {
        let Some(rest) = line.strip_prefix("override ") else {
            return line.to_owned();
        };
        let set = shader
            .constants
            .iter()
            .find(|(name, _)| rest.split(':').next() == Some(name));
        match set {
            Some((name, value)) => format!("const {name}: u32 = {value}u;"),
            None => format!("const {rest}"),
        }
    };
    let lines: Vec<String> = shader.wgsl().lines().map(line).collect();
    bound(&lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_their_order_in_memory() {
        assert_eq!(pairs(&[1, 2, 3]), [1 | 2 << 32, 3]);
    }

    #[test]
    fn only_the_sizes_stay_read_only() {
        let file = "var<storage, read> a; var<storage, read_write> b; var<storage, read> c;";
        let expected =
            "var<storage, read_write> a; var<storage, read_write> b; var<storage, read> c;";
        assert_eq!(super::bound(file), expected);
    }

    #[test]
    fn constants_are_written_into_the_text() {
        let source = "override SIDE: u32 = 5u;\noverride SIDES: u32 = 1u;\nlet a = SIDE;";
        let shader = Shader::new("a", source).with("SIDE", 3);
        let expected = "const SIDE: u32 = 3u;\nconst SIDES: u32 = 1u;\nlet a = SIDE;";
        assert_eq!(text(&shader), expected);
    }
}

//! Running a WGSL file of `shaders/` on tensors of Burn's wgpu device.

use burn::backend::{CubeDevice, DispatchDevice};
use burn::tensor::{DType, Device, Shape};
use burn_wgpu::CubeTensor;
use cubecl::{
    CubeKernel, PrecompiledSource,
    ir::{UIntKind, metadata::Info},
    prelude::*,
    server::{KernelArguments, MetadataBindingInfo},
};

/// A WGSL file with one entry point. Its bindings, in order: the buffers read, those written, and a struct of u32 and
/// f32.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Shader {
    /// The entry point.
    pub entry: &'static str,
    /// The file's text.
    pub source: &'static str,
    /// Invocations in a workgroup, in one row.
    pub workgroup: u32,
    /// The file's `override` constants that are not to be what the file says.
    pub constants: Vec<(&'static str, u32)>,
    /// What follows the file's text: functions that it calls, of `shaders/parts/`.
    parts: Vec<&'static str>,
    /// Whether `Number` is f16, not f32.
    f16: bool,
}

/// The line that says what a file's `Number` is, and what takes its place.
const F32: &str = "alias Number = f32;";
const F16: &str = "alias Number = f16;";

/// Invocations in a workgroup, where nothing speaks for another number: as many as run together on any GPU.
pub(crate) const WORKGROUP: u32 = 64;

impl Shader {
    /// The file as it stands.
    pub fn new(entry: &'static str, source: &'static str) -> Self {
        Self {
            entry,
            source,
            workgroup: WORKGROUP,
            constants: Vec::new(),
            parts: Vec::new(),
            f16: false,
        }
    }

    /// The same, with functions that it calls.
    pub fn with_part(mut self, text: &'static str) -> Self {
        self.parts.push(text);
        self
    }

    /// The same, with what the file calls `Number` in 16 bits.
    pub fn in_f16(self) -> Self {
        Self { f16: true, ..self }
    }

    /// The whole text, constants as the files have them.
    pub fn wgsl(&self) -> String {
        let texts = [&[self.source], &self.parts[..]].concat();
        let text = texts.join("\n");
        match self.f16 {
            true => format!("enable f16;\n{}", text.replace(F32, F16)),
            false => text,
        }
    }

    /// The same, with the constant `name` set.
    pub fn with(mut self, name: &'static str, value: u32) -> Self {
        self.constants.push((name, value));
        self
    }

    /// The same, in workgroups of `size`, a power of two.
    pub fn in_workgroups_of(self, size: u32) -> Self {
        Self {
            workgroup: size,
            ..self.with("WORKGROUP", size)
        }
    }

    /// The text to compile. CubeCL does not set constants when it makes a pipeline, so the text has them as numbers.
    fn text(&self) -> String {
        let line = |line: &str| {
            let Some(rest) = line.strip_prefix("override ") else {
                return line.to_owned();
            };
            let set = self
                .constants
                .iter()
                .find(|(name, _)| rest.split(':').next() == Some(name));
            match set {
                Some((name, value)) => format!("const {name}: u32 = {value}u;"),
                None => format!("const {rest}"),
            }
        };
        let lines: Vec<String> = self.wgsl().lines().map(line).collect();
        bound(&lines.join("\n"))
    }
}

/// The wgpu device behind `device`, with autodiff or without. `None` for others.
pub(crate) fn wgpu(device: &Device) -> Option<CubeDevice> {
    let device = device.clone().without_autodiff();
    match device.as_dispatch() {
        DispatchDevice::Cube(device @ CubeDevice::Wgpu(_)) => Some(device.clone()),
        _ => None,
    }
}

/// Whether tensors on `device` can be given to shaders of our own, with autodiff or without.
pub(crate) fn takes(device: &Device) -> bool {
    wgpu(device).is_some()
}

/// Whether the device takes WGSL of our own. CUDA does not, nor wgpu where Burn was built with a native shader compiler.
pub(crate) fn runs_on(client: &Client) -> bool {
    client.name() == "wgpu<wgsl>"
}

/// Columns and rows of workgroups, so that no more than `most` stand in a row. Invocations beyond the last are left idle
/// by the shader.
pub(crate) fn grid(invocations: u32, workgroup: u32, most: u32) -> (u32, u32) {
    let workgroups = invocations.div_ceil(workgroup).max(1);
    let columns = workgroups.min(most);
    (columns, workgroups.div_ceil(columns))
}

/// As [`grid`], on `client`'s device.
pub(crate) fn grid_on(client: &Client, invocations: u32, workgroup: u32) -> (u32, u32) {
    let most = client.properties().hardware.max_cube_count.0;
    grid(invocations, workgroup, most)
}

/// A new f32 tensor of `shape` beside `other`, which holds anything.
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
pub(crate) fn launch<const R: usize, const W: usize>(
    shader: Shader,
    grid: (u32, u32),
    read: [CubeTensor; R],
    written: [&CubeTensor; W],
    sizes: &[u32],
) {
    launch_layers(shader, grid, 1, read, written, sizes);
}

/// As [`launch`], with `layers` of the grid along z.
pub(crate) fn launch_layers<const R: usize, const W: usize>(
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

/// Burn sends its numbers as u64; the shader reads the same bytes as u32.
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
    /// What CubeCL's profile calls it.
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
            source: self.0.text(),
            entrypoint_name: self.0.entry.to_string(),
            lang: "wgsl",
        })
    }
}

/// In the browser every tensor has a buffer to itself. Natively Burn puts several into one, and WebGPU's rules allow a
/// buffer that is written to be bound for nothing but `read_write`; only the last binding, the sizes, lies elsewhere.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_covers_every_invocation_within_the_limit() {
        for invocations in [0, 1, 63, 64, 65, 64 * 7, 64 * 7 + 1, 4_194_241, u32::MAX] {
            for most in [1, 3, 7, 65_535] {
                let (columns, rows) = grid(invocations, 64, most);
                assert!(columns <= most && columns > 0 && rows > 0);
                let covered = u64::from(columns) * u64::from(rows) * 64;
                assert!(covered >= u64::from(invocations));
                assert!(covered < u64::from(invocations) + 64 * u64::from(columns) + 64);
            }
        }
    }

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
        assert_eq!(shader.text(), expected);
    }

    #[test]
    fn sixteen_bits_are_asked_for_where_the_text_begins() {
        let shader = Shader::new("a", "// A file.\nalias Number = f32;").with_part("fn f() {}");
        let expected = "// A file.\nalias Number = f32;\nfn f() {}";
        assert_eq!(shader.wgsl(), expected);
        let expected = "enable f16;\n// A file.\nalias Number = f16;\nfn f() {}";
        assert_eq!(shader.in_f16().wgsl(), expected);
    }
}

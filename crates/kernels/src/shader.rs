//! Running a WGSL file of `shaders/` on tensors of Burn's wgpu device.

use std::marker::PhantomData;

use burn_wgpu::CubeTensor;
use cubecl::{
    CubeKernel, PrecompiledSource,
    ir::{UIntKind, metadata::Info},
    prelude::*,
    server::{KernelArguments, MetadataBindingInfo},
};

/// A WGSL file with one entry point. Its bindings, in order: the buffers read, the one written, and a struct of u32.
pub(crate) trait Shader: Send + Sync + 'static {
    /// The entry point.
    const ENTRY: &'static str;
    /// The file's text.
    const SOURCE: &'static str;
    /// Invocations in a workgroup, in one row.
    const WORKGROUP: u32;
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

/// Queues the shader. All tensors are contiguous.
pub(crate) fn launch<S: Shader>(
    (columns, rows): (u32, u32),
    read: [CubeTensor; 3],
    written: &CubeTensor,
    sizes: &[u32],
) {
    let mut arguments = KernelArguments::new();
    for tensor in read {
        arguments = arguments.with_buffer_io(tensor.handle.binding(), BufferIOAttr::ReadOnly);
    }
    arguments = arguments.with_buffer_io(written.handle.clone().binding(), BufferIOAttr::WriteOnly);
    arguments = arguments.with_info(MetadataBindingInfo::custom(pairs(sizes)));
    written.client.launch(
        Box::new(Kernel::<S>(PhantomData)),
        CubeCount::Static(columns, rows, 1),
        arguments,
    );
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

struct Kernel<S>(PhantomData<S>);

impl<S: Shader> KernelMetadata for Kernel<S> {
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().cube_dim(CubeDim::new_1d(S::WORKGROUP).into())
    }

    fn address_type(&self) -> ElemType {
        ElemType::UInt(UIntKind::U32)
    }
}

impl<S: Shader> CubeKernel for Kernel<S> {
    /// Empty: the text below is what runs.
    fn define(&self) -> KernelDefinition {
        let workgroup = CubeDim::new_1d(S::WORKGROUP).into();
        let settings = KernelSettings::new(workgroup, ExecutionMode::Checked, AddressType::U32);
        KernelDefinition {
            body: Scope::root(settings.clone()),
            settings,
            info: Info::default(),
        }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        Some(PrecompiledSource {
            source: text(S::SOURCE),
            entrypoint_name: S::ENTRY.to_string(),
            lang: "wgsl",
        })
    }
}

/// In the browser every tensor has a buffer to itself. Natively Burn puts several into one, and WebGPU's rules allow a
/// buffer that is written to be bound for nothing but `read_write`; only the last binding, the sizes, lies elsewhere.
fn text(source: &str) -> String {
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
        let bound = "var<storage, read_write> a; var<storage, read_write> b; var<storage, read> c;";
        assert_eq!(text(file), bound);
    }
}

//! What a device is.

use compute::wgpu::{Features, Limits};
use compute::{Gpu, wgpu};
use kernels::{DeviceKindName, OpenDevice};

use crate::lines::Adapter;

/// All that matters to our shaders.
pub fn described(open: &OpenDevice) -> Adapter {
    Adapter {
        name: open.name.clone(),
        emulated: open.kind != DeviceKindName::Gpu,
        facts: open.gpu.as_ref().map_or_else(Vec::new, facts),
    }
}

fn facts(gpu: &Gpu) -> Vec<(String, String)> {
    let info = gpu.adapter.get_info();
    let mut facts = vec![
        ("kind".to_owned(), format!("{:?}", info.device_type)),
        ("interface".to_owned(), info.backend.to_string()),
        (
            "driver".to_owned(),
            format!("{} {}", info.driver, info.driver_info),
        ),
        ("subgroups".to_owned(), subgroups(gpu)),
    ];
    let features = gpu.device.features();
    for (name, feature) in FEATURES {
        let is = if features.contains(feature) {
            "yes"
        } else {
            "no"
        };
        facts.push((name.to_owned(), is.to_owned()));
    }
    facts.push(("cooperative matrices".to_owned(), matrices(&gpu.adapter)));
    let limits = gpu.device.limits();
    for (name, limit) in LIMITS {
        facts.push((name.to_owned(), limit(&limits).to_string()));
    }
    facts
}

const FEATURES: [(&str, Features); 3] = [
    ("16-bit numbers (SHADER_F16)", Features::SHADER_F16),
    ("subgroup operations", Features::SUBGROUP),
    ("timestamp queries", Features::TIMESTAMP_QUERY),
];

type Limit = (&'static str, fn(&Limits) -> u64);

const LIMITS: [Limit; 6] = [
    ("largest buffer, bytes", |of| of.max_buffer_size),
    ("largest binding, bytes", |of| {
        of.max_storage_buffer_binding_size
    }),
    ("storage buffers of a shader", |of| {
        of.max_storage_buffers_per_shader_stage.into()
    }),
    ("workgroup memory, bytes", |of| {
        of.max_compute_workgroup_storage_size.into()
    }),
    ("invocations of a workgroup", |of| {
        of.max_compute_invocations_per_workgroup.into()
    }),
    ("workgroups in a row", |of| {
        of.max_compute_workgroups_per_dimension.into()
    }),
];

fn subgroups(gpu: &Gpu) -> String {
    match gpu.subgroups() {
        Some([fewest, most]) if fewest == most => format!("of {most} invocations"),
        Some([fewest, most]) => format!("of {fewest} to {most} invocations"),
        None => "none".to_owned(),
    }
}

/// Rows by columns by inner side, and data types.
fn matrices(adapter: &wgpu::Adapter) -> String {
    let one = |of: &wgpu::CooperativeMatrixProperties| {
        let [m, n, k] = [of.m_size, of.n_size, of.k_size];
        format!("{m}x{n}x{k} {:?} to {:?}", of.ab_type, of.cr_type)
    };
    let all: Vec<String> = adapter
        .cooperative_matrix_properties()
        .iter()
        .map(one)
        .collect();
    match all.is_empty() {
        true => "none".to_owned(),
        false => all.join(", "),
    }
}

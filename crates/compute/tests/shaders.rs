//! Every file in `shaders/` is in the table and is valid WGSL: one entry point, its bindings in order, and the parameters
//! that the table says, by itself or with the parts that it calls, in each form that they have.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use compute::shader::Shader;
use compute::shaders::{self, Row, TABLE};
use compute::{DataType, LEAKY_SLOPE, Operation, Reduction};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ScalarKind, StorageAccess, TypeInner};

/// Valid with what every WebGPU device offers and `beyond`, and as its row says.
fn check(row: &Row, shader: &Shader, beyond: Capabilities) {
    let (name, text) = (row.entry, shader.text());
    let module = naga::front::wgsl::parse_str(&text)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&text)));
    Validator::new(ValidationFlags::all(), beyond)
        .validate(&module)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&text)));
    assert!(
        module.overrides.is_empty(),
        "{name}: constants are in the text"
    );
    let [entry] = &module.entry_points[..] else {
        panic!("{name}: one entry point per file");
    };
    assert_eq!(entry.name, name, "the entry point is named as the file");
    assert_eq!(entry.workgroup_size, [shader.workgroup, 1, 1], "{name}");
    check_bindings(row, &module);
}

/// Buffers that are read, then those that are written, then the parameters, which mirror a struct of ours.
fn check_bindings(row: &Row, module: &Module) {
    let name = row.entry;
    let variables = module.global_variables.iter().map(|(_, variable)| variable);
    let bound: Vec<_> = variables
        .filter(|variable| variable.binding.is_some())
        .collect();
    assert_eq!(bound.len(), row.read + row.written + 1, "{name}: bindings");
    for (index, variable) in bound.iter().enumerate() {
        let binding = variable.binding.as_ref().map(|binding| binding.binding);
        assert_eq!(
            binding,
            Some(index as u32),
            "{name}: bindings are numbered in order"
        );
        let written = (row.read..row.read + row.written).contains(&index);
        let AddressSpace::Storage { access } = variable.space else {
            panic!("{name}: binding {index} is a storage buffer");
        };
        assert_eq!(
            access.contains(StorageAccess::STORE),
            written,
            "{name}: binding {index}"
        );
    }
    let parameters = &module.types[bound[bound.len() - 1].ty].inner;
    let TypeInner::Struct { members, .. } = parameters else {
        panic!("{name}: the last binding is a struct");
    };
    assert_eq!(members.len(), row.fields.len(), "{name}: fields");
    for (member, field) in members.iter().zip(row.fields) {
        assert_eq!(member.name.as_deref(), Some(field.name), "{name}");
        assert_eq!(
            member.offset as usize, field.offset,
            "{name}, {}",
            field.name
        );
        let scalar = module.types[member.ty].inner.scalar();
        let kind = match scalar.map(|scalar| (scalar.kind, scalar.width)) {
            Some((ScalarKind::Uint, 4)) => "u32",
            Some((ScalarKind::Float, 4)) => "f32",
            other => panic!("{name}, {}: {other:?}", field.name),
        };
        assert_eq!(kind, field.kind, "{name}, {}", field.name);
    }
}

fn row(entry: &str) -> &'static Row {
    let mut rows = TABLE.iter();
    rows.find(|row| row.entry == entry)
        .expect("a row of the table")
}

#[test]
fn the_table_holds_every_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shaders");
    let files = fs::read_dir(folder).expect("the shaders' folder");
    let stems: BTreeSet<String> = files
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.is_file())
        .map(|path| {
            let kind = path.extension().and_then(|kind| kind.to_str());
            assert_eq!(kind, Some("wgsl"), "{} is no WGSL", path.display());
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let rows: BTreeSet<String> = TABLE.iter().map(|row| row.entry.to_owned()).collect();
    assert_eq!(rows, stems);
}

#[test]
fn shaders_by_themselves_are_valid_and_have_the_tables_parameters() {
    let alone = [
        shaders::ADAM.shader(),
        shaders::CHANNEL_SUM.shader(),
        shaders::CONV2D_WEIGHT.shader(),
        shaders::LEAKY.shader(),
        shaders::NORM_LEAKY.shader(),
        shaders::NORM_LEAKY_GRADIENT.shader(),
        shaders::PACK_CONV2D.shader(),
        shaders::PACK_CONV_TRANSPOSE2D.shader(),
        shaders::PAD.shader(),
        shaders::PRESENT.shader(),
        shaders::PRODUCT.shader(),
        shaders::SUM_SPLIT_K.shader(),
    ];
    for shader in &alone {
        check(row(shader.entry), shader, Capabilities::empty());
    }
    assert_eq!(alone.len() + 3, TABLE.len(), "the other three have parts");
}

#[test]
fn every_variant_of_a_forward_shader_is_valid_and_has_the_tables_parameters() {
    for operation in [
        Operation::Conv2d { kernel: 5 },
        Operation::Conv2d { kernel: 3 },
        Operation::ConvTranspose2d,
        Operation::Dense,
    ] {
        for variant in operation.variants() {
            let reduction = match variant.reduction {
                Reduction::Workgroup => Capabilities::empty(),
                Reduction::Subgroup => Capabilities::SUBGROUP,
            };
            for (data_type, beyond) in [
                (DataType::F32, reduction),
                (DataType::F16, reduction | Capabilities::SHADER_FLOAT16),
            ] {
                let shader = operation.shader(variant.with_data_type(data_type));
                check(row(shader.entry), &shader, beyond);
            }
        }
    }
}

#[test]
fn the_slope_is_the_same_in_rust_and_in_wgsl() {
    let text = include_str!("../../../shaders/parts/activation.wgsl");
    let line = format!("const SLOPE: f32 = {LEAKY_SLOPE:?};");
    assert!(text.contains(&line), "{line}");
}

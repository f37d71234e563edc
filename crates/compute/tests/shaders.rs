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

use compute::LEAKY_SLOPE;
use compute::catalogue::every_shader;
use compute::shader::Shader;
use compute::shaders::{Row, TABLE};
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
fn every_shader_is_valid_and_has_the_tables_parameters() {
    for item in every_shader() {
        let mut beyond = Capabilities::empty();
        beyond.set(Capabilities::SUBGROUP, item.subgroups);
        beyond.set(Capabilities::SHADER_FLOAT16, item.f16);
        check(row(item.shader.entry), &item.shader, beyond);
    }
}

#[test]
fn the_slope_is_the_same_in_rust_and_in_wgsl() {
    let text = include_str!("../../../shaders/parts/activation.wgsl");
    let line = format!("const SLOPE: f32 = {LEAKY_SLOPE:?};");
    assert!(text.contains(&line), "{line}");
}

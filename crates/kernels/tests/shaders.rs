//! Every file in `shaders/` is valid WGSL by itself, with one entry point and its bindings in order.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use std::{fs, path::Path};

use naga::valid::{Capabilities, ValidationFlags, Validator};

#[test]
fn every_shader_is_valid_and_stands_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shaders");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the shaders' folder") {
        let path = entry.expect("a file").path();
        let name = path.display();
        assert_eq!(
            path.extension().and_then(|e| e.to_str()),
            Some("wgsl"),
            "{name} is no WGSL"
        );
        let source = fs::read_to_string(&path).expect("text");

        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&source)));
        // No capabilities: what every WebGPU device offers.
        Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&source)));

        assert_eq!(
            module.entry_points.len(),
            1,
            "{name}: one entry point per file"
        );
        let entry = &module.entry_points[0].name;
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        assert_eq!(
            Some(entry.as_str()),
            stem,
            "{name}: the entry point is named as the file"
        );

        let bindings: Vec<u32> = module
            .global_variables
            .iter()
            .filter_map(|(_, variable)| variable.binding.map(|binding| binding.binding))
            .collect();
        let in_order: Vec<u32> = (0..bindings.len() as u32).collect();
        assert_eq!(bindings, in_order, "{name}: bindings are numbered in order");
        seen += 1;
    }
    assert!(seen > 0, "no shader found");
}

//! Every file in `shaders/` is valid WGSL, with one entry point and its bindings in order: by itself, or with the parts
//! that it calls, in each form that they have.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use std::fs;
use std::path::{Path, PathBuf};

use naga::valid::{Capabilities, ValidationFlags, Validator};

/// The WGSL files of a folder below `shaders/`, and their text.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shaders")
        .join(folder);
    let paths = fs::read_dir(folder).expect("the shaders' folder");
    let mut files = Vec::new();
    for path in paths.map(|entry| entry.expect("a file").path()) {
        if path.is_dir() {
            continue;
        }
        let kind = path.extension().and_then(|kind| kind.to_str());
        assert_eq!(kind, Some("wgsl"), "{} is no WGSL", path.display());
        let text = fs::read_to_string(&path).expect("text");
        files.push((path, text));
    }
    files
}

/// `beyond` what every WebGPU device offers.
fn check(path: &Path, source: &str, beyond: Capabilities) {
    let name = path.display();
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));
    Validator::new(ValidationFlags::all(), beyond)
        .validate(&module)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));

    let entries = module.entry_points.len();
    assert_eq!(entries, 1, "{name}: one entry point per file");
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
}

#[test]
fn every_shader_is_valid() {
    let (mut alone, mut together) = (0, 0);
    for (path, source) in files("") {
        if !source.contains("share_of(invocation)") {
            check(&path, &source, Capabilities::empty());
            alone += 1;
            continue;
        }
        let part = |name: &str| {
            let parts = files("parts").into_iter();
            let mut named = parts.filter(|(path, _)| path.ends_with(name));
            named.next().expect("the part").1
        };
        for (slices, beyond) in [
            ("slices_in_workgroup.wgsl", Capabilities::empty()),
            ("slices_in_subgroup.wgsl", Capabilities::SUBGROUP),
        ] {
            let whole = [source.clone(), part("activation.wgsl"), part(slices)].concat();
            check(&path, &whole, beyond);
            let halves = whole.replace("alias Scalar = f32;", "alias Scalar = f16;");
            assert_ne!(whole, halves, "{} has its Scalar", path.display());
            let halves = format!("enable f16;\n{halves}");
            check(&path, &halves, beyond | Capabilities::SHADER_FLOAT16);
            together += 1;
        }
    }
    assert!(alone > 0 && together == 3 * 2, "{alone} {together}");
}

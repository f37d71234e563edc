//! Every shader, in every setting and for both kinds of buffers, translates; what an interface lacks is named.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use std::io::Write;
use std::process::{Command, Stdio};

use compute::catalogue::{Item, every_shader};
use translations::{Read, argument_without_source};

/// Calls `check` with each item's two texts, and fails with all that it found.
fn all(check: impl Fn(&Item, &Read) -> Result<(), String>) {
    let mut found = Vec::new();
    for item in every_shader() {
        for text in [item.shader.text(), item.shader.text_for_shared_buffers()] {
            let result = Read::new(&item, &text).and_then(|read| check(&item, &read));
            found.extend(result.err());
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn to_spirv() {
    all(|_, read| read.spirv().map(drop));
}

#[needs::spirv_val]
fn to_spirv_that_vulkans_validator_accepts() {
    all(|_, read| {
        let bytes: Vec<u8> = read
            .spirv()?
            .into_iter()
            .flat_map(u32::to_le_bytes)
            .collect();
        let mut validator = Command::new("spirv-val")
            .args(["--target-env", "vulkan1.1", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = validator.stdin.take();
        let written = input.map(|mut input| input.write_all(&bytes));
        let output = validator.wait_with_output().unwrap();
        written.unwrap().unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("{}: {said}", read.name)),
        }
    });
}

#[test]
fn to_metal() {
    all(|_, read| read.metal().map(drop));
}

#[test]
fn to_directx_with_a_source_for_every_argument() {
    all(|item, read| {
        let text = read.hlsl()?;
        match argument_without_source(&text, item.shader.entry) {
            Some(argument) => Err(format!(
                "{} in HLSL: nothing says where `{argument}` comes from",
                read.name
            )),
            None => Ok(()),
        }
    });
}

/// OpenGL ES has neither 16 bits nor, in version 3.1, subgroups: such variants are offered by no device of it.
#[test]
fn to_opengl_but_for_what_it_lacks() {
    all(|item, read| match (item.f16, read.glsl()) {
        _ if item.subgroups => Ok(()),
        (true, Ok(_)) => Err(format!("{} translates to GLSL after all", read.name)),
        (true, Err(_)) => Ok(()),
        (false, text) => text.map(drop),
    });
}

#[test]
fn an_argument_from_nowhere_is_found() {
    let fine =
        "struct In {\n    uint a : SV_GroupIndex;\n};\nvoid f(uint3 g : SV_GroupID, In i)\n{";
    assert_eq!(argument_without_source(fine, "f"), None);
    let bare = "struct In {\n    uint a;\n};\nvoid f(uint3 g : SV_GroupID, In i)\n{";
    assert_eq!(argument_without_source(bare, "f").as_deref(), Some("In i"));
}

//! Modules for browsers: what cargo compiles from crates/web, as wasm-bindgen leaves it.
//!
//! Trunk would run wasm-bindgen every time, 8 seconds for 35 MB, even when only a style sheet has changed; here it runs
//! only over a module that cargo has made anew.

use super::Build;
use crate::command;
use crate::setup::{PageTools, WASM_TARGET};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The page's module; returns the folder that holds `web.js`, `web.d.ts` and `web_bg.wasm`.
pub fn page(workspace: &Workspace, tools: &PageTools, build: Build) -> Result<PathBuf> {
    let made = compile(workspace, tools, build, &["--lib".to_owned()])?;
    let out = workspace.target.join("page").join(build.profile());
    bind(tools, &made.join("web.wasm"), &out)?;
    Ok(out)
}

/// Examples of crates/web, for benchmarks, into `out`.
pub fn examples(
    workspace: &Workspace,
    tools: &PageTools,
    build: Build,
    names: &[&str],
    out: &Path,
) -> Result<()> {
    let targets: Vec<_> = names
        .iter()
        .map(|name| format!("--example={name}"))
        .collect();
    let made = compile(workspace, tools, build, &targets)?.join("examples");
    names
        .iter()
        .try_for_each(|name| bind(tools, &made.join(format!("{name}.wasm")), out))
}

/// Compiles targets of crates/web; returns the folder in which cargo leaves them.
fn compile(
    workspace: &Workspace,
    tools: &PageTools,
    build: Build,
    targets: &[String],
) -> Result<PathBuf> {
    let mut cargo = tools.command("cargo");
    cargo
        .current_dir(&workspace.root)
        .args(["build", "--profile", build.profile()])
        .args(["--target", WASM_TARGET, "--package=web"])
        .args(targets);
    command::run(&mut cargo)?;
    Ok(workspace.target.join(WASM_TARGET).join(build.profile()))
}

/// Runs wasm-bindgen over `module`, unless what is in `out` was made from it.
fn bind(tools: &PageTools, module: &Path, out: &Path) -> Result<()> {
    let note = out
        .join(module.file_name().unwrap_or_default())
        .with_extension("made-from");
    let facts = facts(module)?;
    if fs::read_to_string(&note).is_ok_and(|noted| noted == facts) {
        return Ok(());
    }
    let mut bindgen = tools.command("wasm-bindgen");
    bindgen
        .args(["--target", "web", "--out-dir"])
        .args([out, module]);
    command::run(&mut bindgen)?;
    fs::write(&note, facts).with_context(|| format!("writing {}", note.display()))
}

/// Size and time of a file. Cargo makes the module anew when sources, Cargo.lock, profile, flags or compiler change,
/// and builds of several checkouts may replace it in turns, so that newer is not enough.
fn facts(module: &Path) -> Result<String> {
    let reading = || format!("reading {}", module.display());
    let metadata = fs::metadata(module).with_context(reading)?;
    let changed = metadata.modified().with_context(reading)?;
    Ok(format!("{} bytes, {changed:?}\n", metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::WasmCompiler;

    #[cfg(unix)]
    #[test]
    fn a_module_is_bound_again_only_when_it_has_changed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("stylewalk-bind-{}", std::process::id()));
        let (bin, out) = (folder.join("bin"), folder.join("out"));
        fs::create_dir_all(&bin).unwrap();
        fs::create_dir_all(&out).unwrap();
        // Stands for wasm-bindgen: notes each call. Its fourth argument is the folder, its fifth the module.
        let program = bin.join("wasm-bindgen");
        fs::write(&program, "#!/bin/sh\necho \"$5\" >> \"$4/calls\"\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let tools = PageTools {
            folders: vec![bin],
            wasm: WasmCompiler {
                variables: Vec::new(),
                clippy: PathBuf::new(),
            },
        };
        let calls = || fs::read_to_string(out.join("calls")).map_or(0, |text| text.lines().count());
        let module = folder.join("web.wasm");
        assert!(bind(&tools, &module, &out).is_err(), "there is no module");
        fs::write(&module, "one").unwrap();
        bind(&tools, &module, &out).unwrap();
        bind(&tools, &module, &out).unwrap();
        assert_eq!(calls(), 1);
        fs::write(&module, "three").unwrap();
        bind(&tools, &module, &out).unwrap();
        assert_eq!(calls(), 2);
        fs::remove_dir_all(&folder).unwrap();
    }
}

//! `cargo xtask package`: the viewer as an npm package, for other people's pages.

mod tarball;

use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

use crate::modules;
use crate::page::{self, Build};
use crate::setup;
use crate::workspace::Workspace;
use tarball::Entry;

/// What pages import; the rest follows from these.
const ENTRANCES: [&str; 2] = ["embed/load.js", "embed/element.js"];
/// What no module names: files of the package, and where they are in the repository.
const OTHERS: [(&str, &str); 5] = [
    ("README.md", "web/embed/README.md"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("embed/stylewalk.d.ts", "web/embed/stylewalk.d.ts"),
    ("embed/style-walk.d.ts", "web/embed/style-walk.d.ts"),
];

/// Options of `cargo xtask package`.
#[derive(clap::Args)]
pub struct Options {
    /// The folder to put it into, instead of package/ in Cargo's target folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Build the program small, as it is published: takes some minutes
    #[arg(long)]
    release: bool,
}

/// Builds the viewer and packs it.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let tools = setup::for_page(workspace)?;
    let program = page::bind_viewer(workspace, &tools, Build::of_release(options.release))?;
    let packed = tarball::pack(&entries(workspace, &program)?)?;
    let default = workspace.target.join("package");
    let out = options.out.as_ref().unwrap_or(&default);
    let file = out.join(format!("stylewalk-{}.tgz", env!("CARGO_PKG_VERSION")));
    fs::create_dir_all(out)
        .and_then(|()| fs::write(&file, &packed))
        .with_context(|| format!("writing {}", file.display()))?;
    let megabytes = packed.len() as f64 / 1e6;
    println!("package: {} ({megabytes:.2} MB)", file.display());
    Ok(())
}

/// All files of the package: what is reached from its entrances, with the program from `program`, and what is not.
fn entries(workspace: &Workspace, program: &Path) -> Result<Vec<Entry>> {
    let web = workspace.root.join("web");
    let place = |name: &str| match name.strip_prefix("wasm/") {
        Some(file) => program.join(file),
        None => web.join(name),
    };
    let mut entries = vec![("package.json".to_owned(), manifest().into_bytes())];
    for name in modules::reached(&ENTRANCES, &modules::NAMED, place)? {
        let bytes = read(&place(&name))?;
        entries.push((name, bytes));
    }
    for (name, file) in OTHERS {
        entries.push((name.to_owned(), read(&workspace.root.join(file))?));
    }
    Ok(entries)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("reading {}", file.display()))
}

/// `package.json`
fn manifest() -> String {
    let entrance = |types: &str, module: &str| json!({ "types": types, "default": module });
    let manifest = json!({
        "name": "stylewalk",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Photographs of clothes to 100 numbers and back, by a bidirectional GAN in a worker, on the CPU or WebGPU",
        "license": env!("CARGO_PKG_LICENSE"),
        "keywords": ["gan", "bigan", "webgpu", "wasm", "fashion", "web-component"],
        "type": "module",
        "exports": {
            ".": entrance("./embed/stylewalk.d.ts", "./embed/load.js"),
            "./element": entrance("./embed/style-walk.d.ts", "./embed/element.js"),
        },
        // What does something by being imported: bundlers drop the rest where nobody uses it.
        "sideEffects": ["./embed/element.js", "./js/worker.js"],
    });
    format!("{manifest:#}\n")
}

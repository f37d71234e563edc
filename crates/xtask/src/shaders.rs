//! `cargo xtask shaders`: registers, spills and waves of every shader on GPUs that are not there.
//!
//! Mesa's compiler for AMD cards needs no card (`RADV_FORCE_FAMILY`), and says what it made. It stands in for others: what
//! spills there, or leaves one wave, is no better where a lane has fewer registers still. With `--dxc` DirectX's compiler says
//! instead what it refuses, which the translator's own checks do not tell.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command;
use crate::setup::{self, WINDOWS};
use crate::workspace::Workspace;

/// Families of GPUs as Mesa names them, and what people know of them.
const FAMILIES: [(&str, &str); 3] = [
    ("gfx1100", "RX 7900 (RDNA 3)"),
    ("navi21", "RX 6800 (RDNA 2)"),
    ("renoir", "Ryzen 4000's own (Vega)"),
];
/// Where Mesa's drivers have their manifests, and how that for AMD cards begins.
const MESA: &str = "/usr/share/vulkan/icd.d";
const DRIVER: &str = "radeon_icd.";
/// Where the table goes.
const TABLE: &str = "docs/shaders.md";

/// What a compiler says of a shader: registers of a lane, spilled registers, waves of a SIMD.
type Said = [String; 3];

/// `cargo xtask shaders`
#[derive(Args)]
pub struct Options {
    /// All shaders, those with weights in 16 bits too, not the convolutions in 32 alone
    #[arg(long)]
    all: bool,
    /// Have DirectX's compiler, DXC, compile every shader instead, under wine, and name those that it refuses
    #[arg(long, conflicts_with = "all")]
    dxc: bool,
}

/// Compiles the shaders for each family, and writes the table.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.dxc {
        return directx(workspace);
    }
    setup::for_shaders()?;
    build(workspace, &[])?;
    let program = workspace.target.join("release/registers");
    let driver = driver()?;
    let mut made = Vec::new();
    for (family, people) in FAMILIES {
        println!("compiling for {people}");
        let mut compile = command::new(&program);
        compile
            .args(options.all.then_some("all"))
            .env("RADV_FORCE_FAMILY", family)
            .env("VK_DRIVER_FILES", &driver)
            .env("VK_ICD_FILENAMES", &driver);
        made.push(rows(&command::text(&mut compile)?)?);
    }
    let text = table(&made)?;
    print!("{text}");
    let file = workspace.root.join(TABLE);
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))
}

/// Builds a program of the shaders' own workspace.
fn build(workspace: &Workspace, more: &[&str]) -> Result<()> {
    let mut cargo = command::new("cargo");
    cargo
        .args(["build", "--release", "--locked"])
        .args(more)
        .current_dir(workspace.root.join("tests/shaders"))
        .env("CARGO_TARGET_DIR", &workspace.target);
    command::run(&mut cargo)
}

/// Has DXC compile all shaders.
fn directx(workspace: &Workspace) -> Result<()> {
    let compiler = setup::for_directx(workspace)?;
    let target = ["--target", WINDOWS];
    // What old versions of wine lack lies beside the program, whose folder is looked through first.
    for made in [["--bin", "dxc"], ["--package", "bcryptprimitives"]] {
        build(workspace, &[target, made].concat())?;
    }
    let program = workspace.target.join(WINDOWS).join("release/dxc.exe");
    // wine's own files; it makes no folder to have them in.
    let home = workspace.cache.join("wine");
    fs::create_dir_all(&home).with_context(|| format!("making {}", home.display()))?;
    let mut wine = command::new("wine");
    wine.env("WINEPREFIX", home).env("WINEDEBUG", "-all");
    command::run(wine.arg(program).arg(compiler))
}

fn driver() -> Result<PathBuf> {
    let manifests = fs::read_dir(MESA).into_iter().flatten().flatten();
    let mut paths = manifests.map(|entry| entry.path());
    let found = paths.find(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with(DRIVER))
    });
    found.context("Mesa's Vulkan driver for AMD cards is absent: install mesa-vulkan-drivers")
}

/// The shaders in their order, without the first line, which names the device.
fn rows(printed: &str) -> Result<Vec<(String, Said)>> {
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, registers, spilled, waves] = columns[..] else {
            bail!("the compiler's program printed `{line}`");
        };
        let said = [registers, spilled, waves].map(str::to_owned);
        Ok((name.to_owned(), said))
    };
    printed.lines().skip(1).map(row).collect()
}

fn table(made: &[Vec<(String, Said)>]) -> Result<String> {
    let mut text = "Registers of a lane, spilled registers, and waves of a SIMD, as Mesa's compiler for AMD cards makes them of \
        each variant of the convolutions: `cargo xtask shaders`, which needs no card; with `--all` of every shader. Apple's GPUs have at most 128 registers \
        to a lane, Mali 64.\n\n|"
        .to_owned();
    for (_, people) in FAMILIES {
        write!(text, " | {people}")?;
    }
    text.push_str(" |\n|---");
    text.push_str(&"|---".repeat(FAMILIES.len()));
    text.push_str("|\n");
    let maps: Vec<BTreeMap<&String, &Said>> = made
        .iter()
        .map(|rows| rows.iter().map(|(name, said)| (name, said)).collect())
        .collect();
    let most = made.iter().max_by_key(|rows| rows.len());
    for (name, _) in most.context("no family")? {
        write!(text, "| {name}")?;
        for map in &maps {
            let cell = map
                .get(name)
                .map_or_else(String::new, |said| said.join(", "));
            write!(text, " | {cell}")?;
        }
        text.push_str(" |\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_cell_for_each_family() {
        let printed = "Null hardware\nconv2d, f32\t184\t0\t4\nconv2d, f16\t144\t0\t6\n";
        let some = rows(printed).unwrap();
        let none = rows("Null hardware\nconv2d, f32\t64\t12\t10\n").unwrap();
        let text = table(&[some.clone(), some, none]).unwrap();
        assert!(text.contains("| conv2d, f32 | 184, 0, 4 | 184, 0, 4 | 64, 12, 10 |\n"));
        assert!(text.ends_with("| conv2d, f16 | 144, 0, 6 | 144, 0, 6 |  |\n"));
        assert!(rows("a\nb\tc").is_err());
    }
}

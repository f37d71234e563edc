//! Set-up: what a task needs on this machine, whether it is there, and how to make it.
//!
//! Every need is a small module. A need that is there costs one look; one that is missing is made, with a line that
//! says so, and looked for again. Nothing here ever asks a question.

mod apt;
mod browser;
mod cargo_tool;
mod debian_wasm;
mod directx;
mod mpi;
mod node;
mod other_browsers;
mod rust_tools;
mod spirv_tools;
mod wasm_compiler;

use crate::command;
use crate::workspace::{self, Workspace};
use anyhow::{Context, Result, anyhow, bail};
pub use browser::{emulated_vulkan, has_emulated_vulkan};
use cargo_tool::CargoTool;
pub use directx::WINDOWS;
pub use mpi::{MPICH_COMPILER, Mpi, Mpich};
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Instant;
pub use wasm_compiler::{TARGET as WASM_TARGET, WasmCompiler};

/// Names ONNX Runtime's library to the program's detector.
const ONNX_RUNTIME: &str = "ORT_DYLIB_PATH";

/// One thing a task needs on this machine.
trait Need {
    /// What it is, as a line of set-up names it.
    fn name(&self) -> String;
    /// How it is made, and about how long that takes.
    fn plan(&self) -> String;
    /// Is it there?
    fn is_there(&self) -> Result<bool>;
    /// Make it.
    fn make(&self) -> Result<()>;
}

/// Makes a need that is not there, and says so.
fn ensure(need: &dyn Need) -> Result<()> {
    if need.is_there()? {
        return Ok(());
    }
    let name = need.name();
    println!("set-up: {name} is missing; {}", need.plan());
    let started = Instant::now();
    need.make().with_context(|| format!("set-up of {name}"))?;
    if !need.is_there()? {
        bail!("set-up of {name} ended without an error, but it is still not found");
    }
    println!(
        "set-up: {name} is ready ({:.0} s)",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// The same for what the tests can do without: where it cannot be had, they show as ignored.
fn ensure_if_possible(need: &dyn Need) {
    if let Err(error) = ensure(need) {
        println!("set-up: {error:#}; its tests are ignored");
    }
}

/// What the page is built with.
pub struct PageTools {
    /// Folders with trunk and wasm-bindgen, before everything else on the PATH.
    pub folders: Vec<PathBuf>,
    /// The compiler for wasm32.
    pub wasm: WasmCompiler,
}

impl PageTools {
    /// The version of the compiler for wasm32, as it says it.
    pub fn rustc_version(&self) -> Result<String> {
        command::text(self.command(&self.wasm.rustc()).arg("--version"))
    }

    /// A command with these tools on its PATH and this compiler in its environment.
    pub fn command(&self, program: &str) -> Command {
        let mut command = command::new(program);
        command.env("PATH", command::search_path(&self.folders));
        self.wasm.apply(&mut command);
        command
    }
}

/// What the page's tests run with.
pub struct TestTools {
    /// The folder with Node.js, where it is not the user's own.
    node: Option<PathBuf>,
    /// Where browsers, a Vulkan driver without a GPU and ONNX Runtime are.
    variables: Vec<(&'static str, OsString)>,
}

impl TestTools {
    /// A command that finds Node.js, and is told where the browser and the driver are.
    pub fn command(&self, program: &str) -> Command {
        let mut command = command::new(program);
        command.env("PATH", command::search_path(self.node.as_slice()));
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
        command
    }
}

/// Sets up what building the page needs.
pub fn for_page(workspace: &Workspace) -> Result<PageTools> {
    for_page_beside(workspace, |_| Ok(()))
}

/// The same, with some work beside it that needs the compiler for wasm32 alone: what is missing of the tools takes minutes.
pub fn for_page_beside(
    workspace: &Workspace,
    work: impl FnOnce(&WasmCompiler) -> Result<()> + Send,
) -> Result<PageTools> {
    let wasm = wasm_compiler::ensure(workspace)?;
    // Trunk builds offline, so that it downloads no tools of its own; the crates' sources come here.
    let mut fetch = command::new("cargo");
    wasm.apply(&mut fetch);
    fetch.args(["fetch", "--quiet", "--locked"]);
    command::run(fetch.current_dir(&workspace.root))
        .context("the crates' sources cannot be downloaded; is crates.io reachable?")?;
    let folders = thread::scope(|scope| {
        let work = scope.spawn(|| work(&wasm));
        let folders = page_tools(workspace);
        work.join()
            .map_err(|_| anyhow!("the work beside set-up ended early"))??;
        folders
    })?;
    Ok(PageTools { folders, wasm })
}

/// Trunk and wasm-bindgen: the folders with those that are not the user's own.
fn page_tools(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let tools = [
        CargoTool::wasm_bindgen(workspace, &workspace::locked_version("wasm-bindgen")?),
        CargoTool::trunk(workspace),
    ];
    let mut folders = Vec::new();
    for tool in &tools {
        ensure(tool)?;
        folders.extend(tool.folder()?);
    }
    Ok(folders)
}

/// Sets up rustfmt and clippy.
pub fn for_lints() -> Result<()> {
    for component in &rust_tools::COMPONENTS {
        ensure(component)?;
    }
    Ok(())
}

/// Sets up what the tests need beyond the page: Node, its packages, browsers, Vulkan drivers.
pub fn for_tests(workspace: &Workspace) -> Result<TestTools> {
    for_lints()?;
    let node = node::Node::new(workspace);
    ensure(&node)?;
    let packages = node::Packages::of_tests(workspace);
    ensure(&packages)?;
    ensure(&browser::Chromium)?;
    ensure(&browser::Vulkan)?;
    ensure_if_possible(&other_browsers::Firefox);
    ensure_if_possible(&other_browsers::WebKit);
    ensure_if_possible(&mpi::Mpi);
    ensure_if_possible(&mpi::Mpich);
    ensure_if_possible(&spirv_tools::SpirvTools);
    let mut variables = browser::variables();
    variables.extend(other_browsers::variables());
    if env::var_os(ONNX_RUNTIME).is_none()
        && let Some(library) = packages.onnx_runtime()
    {
        variables.push((ONNX_RUNTIME, library.into_os_string()));
    }
    Ok(TestTools {
        node: node.folder(),
        variables,
    })
}

/// Sets up what compiles shaders for GPUs that are not there.
pub fn for_shaders() -> Result<()> {
    ensure(&browser::Vulkan)
}

/// Sets up what has DirectX's compiler run, and returns where the compiler is.
pub fn for_directx(workspace: &Workspace) -> Result<PathBuf> {
    ensure(&directx::Wine)?;
    ensure(&directx::WindowsTarget)?;
    ensure(&node::Node::new(workspace))?;
    let packages = node::Packages::of_directx(workspace);
    ensure(&packages)?;
    Ok(packages.file("webgpu/dist/win32-x64/dxcompiler.dll"))
}

/// esbuild, which puts modules together.
pub struct Bundler {
    /// The folder with Node.js, where it is not the user's own.
    node: Option<PathBuf>,
    script: PathBuf,
}

impl Bundler {
    /// It, without arguments.
    pub fn command(&self) -> Command {
        let mut command = command::new("node");
        command.env("PATH", command::search_path(self.node.as_slice()));
        command.arg(&self.script);
        command
    }
}

/// Sets up what pages to publish are put together by.
pub fn for_bundling(workspace: &Workspace) -> Result<Bundler> {
    let node = node::Node::new(workspace);
    ensure(&node)?;
    let packages = node::Packages::of_bundler(workspace);
    ensure(&packages)?;
    Ok(Bundler {
        node: node.folder(),
        script: packages.file("esbuild/bin/esbuild"),
    })
}

/// Sets up what benchmarks in a browser need: what the tests need, and the programs to compare with.
pub fn for_web_bench(workspace: &Workspace) -> Result<TestTools> {
    let tools = for_tests(workspace)?;
    ensure(&node::Packages::of_bench(workspace))?;
    Ok(tools)
}

/// Sets up what trainings of several processes need.
pub fn for_ranks() -> Result<()> {
    ensure(&mpi::Mpi)
}

/// Sets up what Lighthouse needs: what the tests need, and itself.
pub fn for_lighthouse(workspace: &Workspace) -> Result<TestTools> {
    let tools = for_tests(workspace)?;
    ensure(&node::Packages::of_lighthouse(workspace))?;
    Ok(tools)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    struct Fake {
        there: Cell<bool>,
        made: Cell<u32>,
        works: bool,
    }

    impl Need for Fake {
        fn name(&self) -> String {
            "a fake".into()
        }
        fn plan(&self) -> String {
            "making it".into()
        }
        fn is_there(&self) -> Result<bool> {
            Ok(self.there.get())
        }
        fn make(&self) -> Result<()> {
            self.made.set(self.made.get() + 1);
            self.there.set(self.works);
            Ok(())
        }
    }

    fn fake(there: bool, works: bool) -> Fake {
        Fake {
            there: Cell::new(there),
            made: Cell::new(0),
            works,
        }
    }

    #[test]
    fn a_missing_need_is_made_once() {
        let need = fake(false, true);
        ensure(&need).unwrap();
        ensure(&need).unwrap();
        assert_eq!(need.made.get(), 1);
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let need = fake(true, true);
        ensure(&need).unwrap();
        assert_eq!(need.made.get(), 0);
    }

    #[test]
    fn what_the_tests_can_do_without_may_be_missing() {
        let need = fake(false, false);
        ensure_if_possible(&need);
        assert_eq!(need.made.get(), 1);
    }

    #[test]
    fn making_that_makes_nothing_is_an_error() {
        let error = ensure(&fake(false, false)).unwrap_err().to_string();
        assert!(error.contains("still not found"), "{error}");
    }
}

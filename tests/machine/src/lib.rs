//! What this machine has that some tests need: Vulkan drivers, photographs, programs.

mod gpu;

pub use gpu::{in_child, lavapipe, swiftshader};

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable that names the folder of shared data, if it is not `../shared` beside the checkout.
pub const SHARED: &str = "STYLEWALK_SHARED";
/// The variable that names ONNX Runtime's library.
pub const ONNX_RUNTIME: &str = "ORT_DYLIB_PATH";
/// The variable that names a Vulkan driver's manifest, if it is not Chromium's in Debian.
pub const DRIVER: &str = gpu::DRIVER;

/// The checkout.
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest)
}

/// The folder `data/photos` of the shared data, sample photographs, where it is there.
pub fn photos() -> Option<PathBuf> {
    shared("data/photos")
}

/// The folder `data/clothing` of the shared data, the training set in small, where it is there.
pub fn clothing() -> Option<PathBuf> {
    shared("data/clothing")
}

/// The folder `cases` of the shared data, files that went wrong before, where it is there.
pub fn cases() -> Option<PathBuf> {
    shared("cases")
}

fn shared(folder: &str) -> Option<PathBuf> {
    let shared = named(SHARED).or_else(|| Some(root().parent()?.join("shared")))?;
    Some(shared.join(folder)).filter(|folder| folder.is_dir())
}

/// ONNX Runtime's library, where [`ONNX_RUNTIME`] names one.
pub fn onnx_runtime() -> Option<PathBuf> {
    named(ONNX_RUNTIME).filter(|library| library.is_file())
}

/// Whether `program` can be started.
pub fn has(program: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg("--version").stdin(Stdio::null());
    asked.output().is_ok()
}

/// The program that starts processes by MPI: Open MPI's, where a machine has several.
pub fn mpirun() -> Option<&'static str> {
    ["mpirun.openmpi", "mpirun"]
        .into_iter()
        .find(|name| has(name))
}

/// MPICH's program of the same kind, as Debian names it beside Open MPI's.
pub const MPICH_LAUNCHER: &str = "mpirun.mpich";
/// What compiles against MPICH.
pub const MPICH_COMPILER: &str = "mpicc.mpich";

/// The path in an environment variable that is set to one.
fn named(variable: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

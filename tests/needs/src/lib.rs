//! Attributes instead of `#[test]` for tests that need what not every machine has: where it is absent when the tests are
//! built, the test is ignored, and `cargo test` says why.
//!
//! The test harness of stable Rust cannot ignore a test once it runs. Tests are built anew when one of the environment
//! variables that they look at changes; after installing something that they look for in a fixed place, `touch` the test.

use proc_macro::TokenStream;

/// A test on an emulated GPU.
#[proc_macro_attribute]
pub fn gpu(_: TokenStream, test: TokenStream) -> TokenStream {
    let driver = machine::swiftshader().is_some();
    needing(test, driver, SWIFTSHADER, Some(machine::DRIVER))
}

/// A test on an emulated GPU that has numbers of 16 bits.
#[proc_macro_attribute]
pub fn gpu_with_f16(_: TokenStream, test: TokenStream) -> TokenStream {
    needing(test, machine::lavapipe().is_some(), LAVAPIPE, None)
}

/// A test on both kinds of emulated GPU.
#[proc_macro_attribute]
pub fn gpus(_: TokenStream, test: TokenStream) -> TokenStream {
    let drivers = [machine::swiftshader(), machine::lavapipe()];
    let why = match drivers[0] {
        None => SWIFTSHADER,
        Some(_) => LAVAPIPE,
    };
    let both = drivers.iter().all(Option::is_some);
    needing(test, both, why, Some(machine::DRIVER))
}

/// A test of sample photographs, which lie beside the checkout.
#[proc_macro_attribute]
pub fn photos(_: TokenStream, test: TokenStream) -> TokenStream {
    let why = "photographs: put them into ../shared/data/photos, or set STYLEWALK_SHARED";
    needing(
        test,
        machine::photos().is_some(),
        why,
        Some(machine::SHARED),
    )
}

/// A test of files that went wrong before.
#[proc_macro_attribute]
pub fn cases(_: TokenStream, test: TokenStream) -> TokenStream {
    let why = "files that went wrong: put them into ../shared/cases, or set STYLEWALK_SHARED";
    needing(test, machine::cases().is_some(), why, Some(machine::SHARED))
}

/// A test that compares sample photographs with the training set that was made from them.
#[proc_macro_attribute]
pub fn photos_and_clothing(_: TokenStream, test: TokenStream) -> TokenStream {
    let why = "the training set: put ../shared/data/clothing beside ../shared/data/photos, or set STYLEWALK_SHARED";
    let both = machine::photos().and(machine::clothing()).is_some();
    needing(test, both, why, Some(machine::SHARED))
}

/// A test that runs a network in ONNX Runtime.
#[proc_macro_attribute]
pub fn onnx_runtime(_: TokenStream, test: TokenStream) -> TokenStream {
    let why = "ONNX Runtime: name its library in ORT_DYLIB_PATH, as `cargo xtask test` does";
    let found = machine::onnx_runtime().is_some();
    needing(test, found, why, Some(machine::ONNX_RUNTIME))
}

/// A test that downloads with curl.
#[proc_macro_attribute]
pub fn curl(_: TokenStream, test: TokenStream) -> TokenStream {
    needing(test, machine::has("curl"), "curl: install it", None)
}

/// A test that starts several processes by MPI.
#[proc_macro_attribute]
pub fn mpi(_: TokenStream, test: TokenStream) -> TokenStream {
    let why = "MPI: install Open MPI with its compiler, and clang, as `cargo xtask test` does";
    let all = [
        machine::mpirun().is_some(),
        machine::has("mpicc"),
        machine::has("clang"),
    ];
    needing(test, !all.contains(&false), why, None)
}

/// A test that starts several processes by MPICH, and by Open MPI.
#[proc_macro_attribute]
pub fn both_mpis(_: TokenStream, test: TokenStream) -> TokenStream {
    let why = "two MPIs: install MPICH beside Open MPI, as `cargo xtask test` does";
    let all = [
        machine::MPICH_LAUNCHER,
        machine::MPICH_COMPILER,
        "mpicc",
        "clang",
    ];
    let found = machine::mpirun().is_some() && all.into_iter().all(machine::has);
    needing(test, found, why, None)
}

/// A test that asks Vulkan's own validator.
#[proc_macro_attribute]
pub fn spirv_val(_: TokenStream, test: TokenStream) -> TokenStream {
    let why = "spirv-val: install spirv-tools";
    needing(test, machine::has("spirv-val"), why, None)
}

/// A test that runs a script in bash.
#[proc_macro_attribute]
pub fn bash(_: TokenStream, test: TokenStream) -> TokenStream {
    needing(test, machine::has("bash"), "bash: install it", None)
}

const SWIFTSHADER: &str = "a Vulkan driver: install chromium, or name one in STYLEWALK_VK_DRIVER";
const LAVAPIPE: &str = "Mesa's lavapipe: install mesa-vulkan-drivers";

/// `test` with `#[test]`, and with `#[ignore]` unless what it needs is `found`.
fn needing(test: TokenStream, found: bool, what: &str, variable: Option<&str>) -> TokenStream {
    // Names the variable to the compiler, which tells Cargo to look at it.
    let watched = variable.map_or_else(String::new, |variable| {
        format!("const _: Option<&str> = option_env!({variable:?});")
    });
    let ignored = match found {
        true => String::new(),
        false => format!("#[ignore = {:?}]", format!("needs {what}")),
    };
    let added: TokenStream = format!("{watched} #[test] {ignored}")
        .parse()
        .unwrap_or_default();
    added.into_iter().chain(test).collect()
}

//! Chromium, for the page's tests, and Vulkan drivers that need no GPU, for the native ones.

use super::{Need, apt};
use crate::command;
use anyhow::{Result, bail};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Names under which Chromium, or Chrome, is installed.
const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];
/// Where it is on macOS, which has no program on the PATH.
const ON_MACOS: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/// SwiftShader, which Debian's Chromium brings: Vulkan on the processor.
const SWIFTSHADER: &str = "/usr/lib/chromium/vk_swiftshader_icd.json";
const BY_HAND: &str =
    "install Chromium or Chrome, and name its program in CHROMIUM if it is not on the PATH";

/// The browser.
pub struct Chromium;

impl Need for Chromium {
    fn name(&self) -> String {
        "Chromium".to_owned()
    }

    fn plan(&self) -> String {
        "installing the package chromium".to_owned()
    }

    fn is_there(&self) -> Result<bool> {
        if let Some(chosen) = chosen()
            && !chosen.is_file()
        {
            bail!(
                "CHROMIUM names {}, which is not a program",
                chosen.display()
            );
        }
        Ok(program().is_some())
    }

    fn make(&self) -> Result<()> {
        if !apt::is_here() {
            bail!("the page's tests drive a real browser: {BY_HAND}");
        }
        // The page's layout is tested in both families.
        apt::install(
            &["chromium", "fonts-liberation", "fonts-dejavu-core"],
            BY_HAND,
        )
    }
}

/// The library through which native programs find Vulkan drivers, and Mesa's driver, which computes in 16 bits as
/// SwiftShader does not; only where apt can bring them, elsewhere the tests on graphics are ignored.
pub struct Vulkan;

const VULKAN: [&str; 2] = ["libvulkan1", "mesa-vulkan-drivers"];

impl Need for Vulkan {
    fn name(&self) -> String {
        "Vulkan without a GPU".to_owned()
    }

    fn plan(&self) -> String {
        format!("installing the packages {}", VULKAN.join(" and "))
    }

    fn is_there(&self) -> Result<bool> {
        Ok(!apt::is_here() || apt::missing(&VULKAN).is_empty())
    }

    fn make(&self) -> Result<()> {
        apt::install(&VULKAN, "install a Vulkan loader and Mesa's Vulkan drivers")
    }
}

fn chosen() -> Option<PathBuf> {
    env::var_os("CHROMIUM")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

fn program() -> Option<PathBuf> {
    let on_macos = ON_MACOS
        .iter()
        .map(PathBuf::from)
        .find(|path| path.is_file());
    chosen()
        .or_else(|| PROGRAMS.iter().find_map(|name| command::find(name)))
        .or(on_macos)
}

/// What the tests are told: `CHROMIUM`, and `STYLEWALK_VK_DRIVER` for Vulkan's `VK_DRIVER_FILES`.
pub fn variables() -> Vec<(&'static str, OsString)> {
    let mut variables = Vec::new();
    if let Some(program) = program() {
        variables.push(("CHROMIUM", program.into_os_string()));
    }
    if env::var_os("STYLEWALK_VK_DRIVER").is_none() && Path::new(SWIFTSHADER).is_file() {
        variables.push(("STYLEWALK_VK_DRIVER", SWIFTSHADER.into()));
    }
    variables
}

/// Whether Vulkan has a driver that needs no GPU, or one that the user has named.
pub fn has_emulated_vulkan() -> bool {
    env::var_os("VK_DRIVER_FILES").is_some() || !emulated_vulkan().is_empty()
}

/// What tells Vulkan's loader to use the driver that needs no GPU; nothing where it is not installed, or where the user
/// has named a driver.
pub fn emulated_vulkan() -> Vec<(&'static str, OsString)> {
    let driver = env::var_os("STYLEWALK_VK_DRIVER").unwrap_or_else(|| SWIFTSHADER.into());
    if env::var_os("VK_DRIVER_FILES").is_some() || !Path::new(&driver).is_file() {
        return Vec::new();
    }
    vec![
        ("VK_DRIVER_FILES", driver.clone()),
        ("VK_ICD_FILENAMES", driver),
    ]
}

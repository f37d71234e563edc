//! A GPU on machines without one.
//!
//! Vulkan's loader reads its driver from the environment when it is first used, and a running test cannot change the
//! environment safely. So a test starts itself once more, as a child whose environment names a driver that emulates a GPU
//! on the processor. A crash of a driver then fails this test instead of ending all of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

pub(crate) const DRIVER: &str = "STYLEWALK_VK_DRIVER";
const DEBIAN: &str = "/usr/lib/chromium/vk_swiftshader_icd.json";
/// Where Mesa's drivers have their manifests, and how that of its emulated GPU begins, before the processor's name.
const MESA: &str = "/usr/share/vulkan/icd.d";
const LAVAPIPE: &str = "lvp_icd.";
/// Set in the child.
const CHILD: &str = "STYLEWALK_TEST_CHILD";
/// What the child prints, so that a child in which no test ran is not taken for a success.
const RAN: &str = "the body ran";

/// SwiftShader, which Debian's Chromium brings, or the driver that [`crate::DRIVER`] names: the manifest's path.
pub fn swiftshader() -> Option<PathBuf> {
    let driver = crate::named(DRIVER).unwrap_or_else(|| PathBuf::from(DEBIAN));
    Some(driver).filter(|driver| driver.is_file())
}

/// Mesa's lavapipe, which has larger subgroups and numbers of 16 bits: the manifest's path.
pub fn lavapipe() -> Option<PathBuf> {
    let manifests = fs::read_dir(MESA).into_iter().flatten().flatten();
    let mut paths = manifests.map(|entry| entry.path());
    paths.find(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(LAVAPIPE))
    })
}

/// Runs `body` on each of `drivers`, each time in a child process that runs the calling test alone. `test` is that test's
/// full name.
///
/// # Panics
/// Where a driver is absent, which `#[needs::gpu]` and its like keep from happening, and where the child fails.
pub fn in_child(test: &str, drivers: &[Option<PathBuf>], body: impl FnOnce()) {
    if env::var_os(CHILD).is_some() {
        body();
        println!("{RAN}");
        return;
    }
    for driver in drivers {
        let Some(driver) = driver else {
            panic!(
                "a Vulkan driver is absent: install chromium and mesa-vulkan-drivers, or set {DRIVER}"
            );
        };
        run(test, driver);
    }
}

#[expect(clippy::expect_used, reason = "a test says where it cannot go on")]
fn run(test: &str, driver: &Path) {
    let child = Command::new(env::current_exe().expect("the test's own path"))
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .arg("--include-ignored")
        .env(CHILD, "1")
        .env("VK_DRIVER_FILES", driver)
        .env("VK_ICD_FILENAMES", driver)
        .output()
        .expect("the test's own program");
    let [out, err] =
        [child.stdout, child.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    print!("{out}");
    assert!(
        child.status.success() && out.contains(RAN),
        "{test} in the child process with {}, {}:\n{out}{err}",
        driver.display(),
        child.status
    );
}

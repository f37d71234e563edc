//! Firefox and WebKit, for the page's main paths. Nothing fails without them: their tests show as ignored.

use super::{Need, apt};
use crate::command;
use anyhow::Result;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Names under which Firefox is installed.
const FIREFOXES: [&str; 2] = ["firefox-esr", "firefox"];
/// Where it is on macOS, which has no program on the PATH.
const ON_MACOS: &str = "/Applications/Firefox.app/Contents/MacOS/firefox";
/// What drives WebKitGTK, and the screen that nobody sees.
const WEBKIT: [&str; 2] = ["WebKitWebDriver", "Xvfb"];
const WEBKIT_PACKAGES: [&str; 2] = ["webkit2gtk-driver", "xvfb"];

/// Firefox as it is released.
pub struct Firefox;

impl Need for Firefox {
    fn name(&self) -> String {
        "Firefox".to_owned()
    }

    fn plan(&self) -> String {
        "installing the package firefox-esr".to_owned()
    }

    fn is_there(&self) -> Result<bool> {
        Ok(!apt::is_here() || firefox().is_some())
    }

    fn make(&self) -> Result<()> {
        apt::install(
            &["firefox-esr"],
            "install Firefox, and name its program in FIREFOX",
        )
    }
}

/// WebKit as GTK has it.
pub struct WebKit;

impl Need for WebKit {
    fn name(&self) -> String {
        "WebKitGTK".to_owned()
    }

    fn plan(&self) -> String {
        format!("installing the packages {}", WEBKIT_PACKAGES.join(" and "))
    }

    fn is_there(&self) -> Result<bool> {
        Ok(!apt::is_here()
            || WEBKIT
                .iter()
                .all(|program| command::find(program).is_some()))
    }

    fn make(&self) -> Result<()> {
        apt::install(&WEBKIT_PACKAGES, "install WebKitGTK's WebDriver and Xvfb")
    }
}

fn chosen() -> Option<PathBuf> {
    env::var_os("FIREFOX")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

fn firefox() -> Option<PathBuf> {
    let on_macos = Some(PathBuf::from(ON_MACOS)).filter(|path| path.is_file());
    chosen()
        .or_else(|| FIREFOXES.iter().find_map(|name| command::find(name)))
        .or(on_macos)
}

/// What the tests are told: `FIREFOX`, and `WEBKIT_DRIVER`.
pub fn variables() -> Vec<(&'static str, OsString)> {
    let programs = [
        ("FIREFOX", firefox()),
        ("WEBKIT_DRIVER", command::find(WEBKIT[0])),
    ];
    let there = programs
        .into_iter()
        .filter_map(|(name, path)| Some((name, path?.into_os_string())));
    there.collect()
}

//! What Mesa's driver would say before this program does.

use std::env;
use std::ffi::OsString;
use std::path::Path;

/// Switches off a layer of Vulkan's.
const SWITCH: &str = "NODEVICE_SELECT";

/// Keeps Mesa from asking Wayland's server for the screen's GPU where there can be none: it prints `error: XDG_RUNTIME_DIR is
/// invalid or not set`, twice, for what is no error of anybody's. Call it before anything else is started.
#[cfg(target_os = "linux")]
#[allow(
    unsafe_code,
    reason = "no other thread is running yet that could read the environment"
)]
pub fn hush() {
    if is_headless(env::var_os) {
        // SAFETY: `main` calls this first, when there is one thread.
        unsafe { env::set_var(SWITCH, "1") };
    }
}

/// Other systems have no such layer.
#[cfg(not(target_os = "linux"))]
pub fn hush() {}

/// Whether there is no folder where a Wayland server would listen, and nobody chose a GPU by what the layer reads.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn is_headless(variable: impl Fn(&'static str) -> Option<OsString>) -> bool {
    let listens =
        variable("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).is_absolute());
    let chosen = [SWITCH, "DRI_PRIME", "MESA_VK_DEVICE_SELECT"];
    !listens && chosen.iter().all(|name| variable(name).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layer_stays_on_where_it_has_something_to_ask_or_to_do() {
        let with = |name: &'static str, value: &'static str| {
            is_headless(move |asked| (asked == name).then(|| value.into()))
        };
        assert!(is_headless(|_| None));
        assert!(with("XDG_RUNTIME_DIR", ""));
        assert!(!with("XDG_RUNTIME_DIR", "/run/user/1000"));
        assert!(!with("DRI_PRIME", "1"));
        assert!(!with(SWITCH, "0"));
    }
}

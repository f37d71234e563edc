//! libFuzzer, which looks for bytes that reach new code of the target that STYLEWALK_FUZZ names.

#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("STYLEWALK_FUZZ").unwrap_or_default();
    fuzz::target(&name).unwrap_or_else(|| panic!("STYLEWALK_FUZZ names no target: `{name}`"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));

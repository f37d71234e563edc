//! libFuzzer, which looks for bytes that reach new code of the target that STYLEWALK_FUZZ names.

#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::LazyLock;

/// The largest piece of memory that may be asked for, in bytes.
const MOST: usize = 1_000_000_000;

/// The system's allocator, which ends the program where too much is asked for: the engine's own limit of that kind works
/// with sanitizers alone, and memory that nobody touches never shows in the other.
struct Bounded;

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

fn check(size: usize) {
    if size > MOST {
        eprintln!("{size} bytes of memory were asked for at once");
        std::process::abort();
    }
}

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        check(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        check(size);
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("STYLEWALK_FUZZ").unwrap_or_default();
    fuzz::target(&name).unwrap_or_else(|| panic!("STYLEWALK_FUZZ names no target: `{name}`"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));

//! What happens once, when the program has been loaded.

use wasm_bindgen::prelude::*;

#[allow(
    unsafe_code,
    reason = "the linker makes the function: it takes nothing, returns nothing, and may be called at any time"
)]
unsafe extern "C" {
    /// Initializes what crates register before a program begins.
    safe fn __wasm_call_ctors();
}

/// A program that does not call them by itself gets them called by its linker: before each and every call from JavaScript.
#[wasm_bindgen(start)]
fn start() {
    __wasm_call_ctors();
    console_error_panic_hook::set_once();
}

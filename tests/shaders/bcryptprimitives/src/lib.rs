//! `bcryptprimitives.dll` for versions of wine before 9, which have none: without it no program of Rust's starts there.
//! `cargo xtask shaders --dxc` puts it beside one.

#![cfg(windows)]
#![no_std]

#[link(name = "advapi32")]
unsafe extern "system" {
    /// `RtlGenRandom`, under the name that the library has it by.
    #[link_name = "SystemFunction036"]
    fn generate(buffer: *mut u8, length: u32) -> u8;
}

/// Fills `length` bytes from `buffer` on with random ones.
///
/// # Safety
/// They are the caller's to write.
#[unsafe(no_mangle)]
#[allow(non_snake_case, reason = "Windows' name")]
pub unsafe extern "system" fn ProcessPrng(buffer: *mut u8, length: usize) -> i32 {
    // SAFETY: as the caller says. Rust's library asks for a few bytes.
    unsafe { generate(buffer, length as u32) }.into()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

//! What the program says. A reader that has gone away, a closed terminal or a full disk ends neither a training nor a
//! picture half made, as it would by the standard library's macros of these names, which panic.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

/// Why standard output did not take something, for [`finish`].
static FAILED: Mutex<Option<io::Error>> = Mutex::new(None);

/// As `std::print`, without its panic.
macro_rules! print {
    ($($words:tt)*) => { $crate::say::out(format_args!($($words)*)) };
}

/// As `std::println`, without its panic.
macro_rules! println {
    () => { $crate::say::out(format_args!("\n")) };
    ($($words:tt)*) => { $crate::say::out(format_args!("{}\n", format_args!($($words)*))) };
}

/// As `std::eprintln`, without its panic.
macro_rules! eprintln {
    ($($words:tt)*) => {
        if !$crate::say::is_hushed() {
            $crate::say::err(format_args!("{}\n", format_args!($($words)*)));
        }
    };
}

/// Whether another process says what there is to say.
static HUSHED: AtomicBool = AtomicBool::new(false);

/// Has the macros say nothing from now on.
#[cfg(feature = "mpi")]
pub fn hush() {
    HUSHED.store(true, Ordering::Relaxed);
}

/// Whether nothing is said.
pub fn is_hushed() -> bool {
    HUSHED.load(Ordering::Relaxed)
}

/// Says `words` on standard output.
pub fn out(words: Arguments<'_>) {
    if is_hushed() {
        return;
    }
    note(io::stdout().lock().write_fmt(words));
}

/// Says `words` on standard error, in whichever process: in one write, so that lines of several programs in one file stay whole. Nobody is left
/// to tell where that fails.
pub fn err(words: Arguments<'_>) {
    let _ = io::stderr().lock().write_all(words.to_string().as_bytes());
}

/// Ends what was said on standard output.
///
/// # Errors
/// It did not take all, for another reason than that its reader has seen enough, as `head` has.
pub fn finish() -> Result<()> {
    note(io::stdout().lock().flush());
    let failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner).take();
    failed
        .map_or(Ok(()), Err)
        .context("could not write to standard output")
}

fn note(result: io::Result<()>) {
    if let Err(error) = result
        && error.kind() != ErrorKind::BrokenPipe
    {
        let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_has_gone_is_no_failure_and_a_full_disk_is_told_once() {
        note(Err(ErrorKind::BrokenPipe.into()));
        assert!(finish().is_ok());
        note(Err(ErrorKind::StorageFull.into()));
        note(Err(ErrorKind::QuotaExceeded.into()));
        let told = format!("{:#}", finish().unwrap_err());
        assert!(
            told.contains("standard output") && told.contains("no storage space"),
            "{told}"
        );
        assert!(finish().is_ok());
    }
}

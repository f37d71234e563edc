//! Ctrl-C as a request to stop at the next good moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

/// A flag that the first Ctrl-C sets, printing `sentence`; a second one ends the program at once. Call it once.
///
/// # Errors
/// The system does not pass Ctrl-C on.
pub fn stop_on_interrupt(sentence: &'static str) -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("{sentence}");
    })
    .context("could not listen for Ctrl-C")?;
    Ok(stop)
}

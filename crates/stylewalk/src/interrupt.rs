//! Ctrl-C as a wish to stop at the next good moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

/// A flag that Ctrl-C sets, saying `sentence`. A second Ctrl-C ends the program at once. To be called once.
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

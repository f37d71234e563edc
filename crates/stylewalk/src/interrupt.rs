//! Signals that end programs, as requests to stop at the next good moment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// One request may come twice: a terminal that closes tells its programs, and so does the shell in it; `timeout` tells
/// its program, and the group that the program is in.
const TOLD_TWICE: Duration = Duration::from_millis(300);
/// The exit status of a program that a signal has ended is this and the signal's number.
const ENDED_BY: i32 = 128;
/// Ctrl-C's number.
const INTERRUPT: i32 = 2;

/// A flag that the first Ctrl-C, request to terminate or closed terminal sets, printing `sentence`; a second one ends the
/// program at once. Call it once.
///
/// # Errors
/// The system does not pass signals on.
pub fn stop_on_interrupt(sentence: &'static str) -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let (flag, asked) = (stop.clone(), Mutex::new(Asked::default()));
    let see = move |signal: i32| {
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        match asked.see(signal, Instant::now()) {
            Wish::Stop => {
                flag.store(true, Ordering::Relaxed);
                eprintln!("{sentence}");
            }
            Wish::Nothing => {}
            Wish::End => std::process::exit(ENDED_BY + signal),
        }
    };
    listen(Arc::new(see)).context("could not listen for Ctrl-C")?;
    Ok(stop)
}

/// Has `see` called with the number of each signal that is to end the program.
fn listen(see: Arc<dyn Fn(i32) + Send + Sync>) -> Result<()> {
    #[cfg(unix)]
    listen_for_others(see.clone())?;
    Ok(ctrlc::set_handler(move || see(INTERRUPT))?)
}

/// What a signal asks for.
#[derive(Debug, PartialEq)]
enum Wish {
    Stop,
    Nothing,
    End,
}

/// When the first request came.
#[derive(Default)]
struct Asked(Option<Instant>);

impl Asked {
    fn see(&mut self, signal: i32, now: Instant) -> Wish {
        match self.0 {
            None => {
                self.0 = Some(now);
                Wish::Stop
            }
            Some(first) if signal != INTERRUPT && now - first < TOLD_TWICE => Wish::Nothing,
            Some(_) => Wish::End,
        }
    }
}

/// Has writing beyond a limit on the size of files fail, as on a full disk, where the system would end the program.
pub fn survive_limits() {
    #[cfg(unix)]
    {
        let seen = Arc::new(AtomicBool::new(false));
        // Where that cannot be had, the limit ends the program as it does by default.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen);
    }
}

#[cfg(unix)]
fn listen_for_others(see: Arc<dyn Fn(i32) + Send + Sync>) -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGTERM};

    let mut wanted = vec![SIGTERM];
    // `nohup` and `trap '' HUP` ask for a program that goes on without its terminal.
    if !hangup_is_ignored() {
        wanted.push(SIGHUP);
    }
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || signals.forever().for_each(|signal| see(signal)))?;
    Ok(())
}

/// Whether whoever started the program asked it to ignore that its terminal closes.
#[cfg(target_os = "linux")]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored(&status) & 1 != 0
}

/// The set of ignored signals in Linux's account of a process, the first signal in the lowest bit.
#[cfg(target_os = "linux")]
fn ignored(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or_default()
}

/// Elsewhere nothing safe tells; `nohup` leaves a program no terminal.
#[cfg(all(unix, not(target_os = "linux")))]
fn hangup_is_ignored() -> bool {
    use std::io::IsTerminal;

    let terminals = [
        std::io::stdin().is_terminal(),
        std::io::stdout().is_terminal(),
        std::io::stderr().is_terminal(),
    ];
    !terminals.contains(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINATE: i32 = 15;

    #[test]
    fn the_first_signal_stops_and_a_second_ends() {
        let (mut asked, start) = (Asked::default(), Instant::now());
        assert_eq!(asked.see(TERMINATE, start), Wish::Stop);
        // The same request, told by two.
        assert_eq!(asked.see(1, start + TOLD_TWICE / 2), Wish::Nothing);
        assert_eq!(asked.see(TERMINATE, start + TOLD_TWICE), Wish::End);
        // A person who presses twice means it.
        assert_eq!(asked.see(INTERRUPT, start), Wish::End);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn ignored_signals_are_read() {
        let status = "Name:\tstylewalk\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignored(status), 0x1001);
        assert_eq!(ignored("Name:\tstylewalk\n"), 0);
    }
}

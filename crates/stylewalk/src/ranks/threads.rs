//! How many threads a rank computes with, where several share a machine's cores.

use std::{env, fs};

/// What sets the number of threads by hand.
const THREADS: &str = "RAYON_NUM_THREADS";
/// Linux' list of cores, `0-7` for example.
const CORES: &str = "/sys/devices/system/cpu/online";

/// Divides the machine's cores among its `ranks`, unless the number of threads was set by hand. Says so where the launcher
/// leaves cores unused.
pub fn share(ranks: usize) {
    if env::var_os(THREADS).is_some() {
        return;
    }
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    let there = fs::read_to_string(CORES).ok();
    let there = there.and_then(|list| counted(&list)).unwrap_or(allowed);
    let share = Share::of(allowed, there, ranks);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(share.threads);
    // Where threads were started already, they stay.
    let _ = pool.build_global();
    if share.unused {
        eprintln!(
            "each rank may use {allowed} of the machine's {there} cores; `mpirun --bind-to none` gives them all"
        );
    }
}

#[derive(Debug, PartialEq)]
struct Share {
    threads: usize,
    /// Whether the launcher has pinned ranks to cores such that others are left over.
    unused: bool,
}

impl Share {
    /// Of a rank that may use `allowed` of the cores that are `there`.
    fn of(allowed: usize, there: usize, ranks: usize) -> Self {
        // Ranks that are pinned have their share already.
        let pinned = allowed < there;
        Self {
            threads: match pinned {
                true => allowed,
                false => (allowed / ranks).max(1),
            },
            unused: pinned && allowed * ranks < there,
        }
    }
}

/// The number of cores in a list such as `0-3,8`.
fn counted(list: &str) -> Option<usize> {
    let parts = list.trim().split(',').map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        (last + 1).checked_sub(first)
    });
    parts.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_divided_unless_the_launcher_has_done_so() {
        let share = |threads, unused| Share { threads, unused };
        assert_eq!(Share::of(16, 16, 4), share(4, false));
        assert_eq!(Share::of(2, 2, 4), share(1, false));
        // Open MPI gives one or two ranks a core each.
        assert_eq!(Share::of(1, 16, 2), share(1, true));
        assert_eq!(Share::of(8, 16, 2), share(8, false));
    }

    #[test]
    fn lists_of_cores_are_counted() {
        assert_eq!(counted("0-7\n"), Some(8));
        assert_eq!(counted("0-3,8,10-11\n"), Some(7));
        assert_eq!(counted(""), None);
    }
}

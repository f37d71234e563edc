//! Whether a training fits into this machine's memory, told before any of it is asked for: a system ends programs that
//! took too much without a word.

use std::fs;

use anyhow::{Result, ensure};
use bigan::RunConfig;
use kernels::{DeviceKindName, OpenDevice};

use super::dry_run;
use crate::ranks::Team;

/// Batches of pictures that the host holds at once: those read ahead, and that under way.
const BATCHES: u64 = 4;
/// More than any machine has, for systems that do not tell how much they have.
const MOST: u64 = 1 << 46;

/// Refuses settings that need more memory than there is for the ranks on this machine.
///
/// # Errors
/// Names the flags that decide, and both figures.
pub fn check(config: &RunConfig, device: &OpenDevice, team: Team) -> Result<()> {
    let rows = team.rows(config.batch)?.len();
    let own = RunConfig {
        batch: rows,
        ..config.clone()
    };
    let (_, here) = team.local();
    compare(
        config,
        needed(&own, device).saturating_mul(here as u64),
        limit(),
    )
}

/// Bytes that one process needs.
fn needed(config: &RunConfig, device: &OpenDevice) -> u64 {
    let picture = 4 * config.trainer.networks.values() as u64;
    let pictures = (config.batch as u64).saturating_mul(picture * BATCHES);
    let networks = match device.kind {
        DeviceKindName::Cpu | DeviceKindName::SoftwareGpu => dry_run::needed(config),
        // A card has memory of its own, of whose size its driver does not tell.
        DeviceKindName::Gpu => 0,
    };
    pictures.saturating_add(networks)
}

fn compare(config: &RunConfig, needed: u64, limit: u64) -> Result<()> {
    ensure!(
        needed <= limit,
        "--batch {} and --width {} need about {} of memory, and this machine gives {}; a smaller one of the two needs less",
        config.batch,
        config.trainer.networks.width,
        gigabytes(needed),
        gigabytes(limit)
    );
    Ok(())
}

fn gigabytes(bytes: u64) -> String {
    match bytes {
        u64::MAX => "more GB than can be counted".to_owned(),
        bytes if bytes >= MOST => format!("{:.0} TB", bytes as f64 / 1e12),
        bytes => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// The bytes that this process may have, swapping included.
fn limit() -> u64 {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let limits = [
        of_machine(&read("/proc/meminfo")),
        of_process(&read("/proc/self/limits")),
        of_group(&read("/sys/fs/cgroup/memory.max")),
        of_group(&read("/sys/fs/cgroup/memory/memory.limit_in_bytes")),
    ];
    limits.into_iter().flatten().fold(MOST, u64::min)
}

/// Memory and swap space, of Linux' `meminfo`.
fn of_machine(meminfo: &str) -> Option<u64> {
    let kilobytes = |field: &str| -> Option<u64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(field))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    let total = kilobytes("MemTotal:")? + kilobytes("SwapTotal:").unwrap_or(0);
    total.checked_mul(1024)
}

/// What `ulimit -v` allows.
fn of_process(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A container's limit; `max` is none.
fn of_group(limit: &str) -> Option<u64> {
    limit.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_linux_writes_them() {
        let meminfo = "MemTotal:       16000000 kB\nMemFree: 12 kB\nSwapTotal:       1000000 kB\n";
        assert_eq!(of_machine(meminfo), Some(17_000_000 * 1024));
        assert_eq!(of_machine(""), None);
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
            Max address space         4000000000           unlimited            bytes\n";
        assert_eq!(of_process(limits), Some(4_000_000_000));
        assert_eq!(
            of_process(&limits.replace("4000000000", "unlimited ")),
            None
        );
        assert_eq!((of_group("max\n"), of_group("5000\n")), (None, Some(5000)));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_both_figures() {
        let mut config = RunConfig::default();
        compare(&config, dry_run::needed(&config), 8_000_000_000).unwrap();
        config.batch = 100_000;
        let said = compare(&config, dry_run::needed(&config), 8_000_000_000);
        let said = said.unwrap_err().to_string();
        assert!(
            said.starts_with("--batch 100000 and --width 64 need about"),
            "{said}"
        );
        assert!(said.contains("gives 8.0 GB"), "{said}");
        // Larger than any number of bytes.
        config.batch = usize::MAX;
        assert_eq!(dry_run::needed(&config), u64::MAX);
        assert!(compare(&config, u64::MAX, MOST).is_err());
    }
}

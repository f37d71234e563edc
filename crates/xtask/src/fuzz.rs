//! `cargo xtask fuzz`: libFuzzer looks for bytes at which what reads them panics, hangs or asks for too much memory.
//!
//! `tests/fuzz` has the targets and the bytes to begin with, `tests/fuzz/engine` the program. The counters that guide the
//! engine are LLVM's, for which any compiler will do. Links are read in JavaScript: `tests/fuzz/links.mjs` is their engine.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::command;
use crate::workspace::Workspace;

/// What can be chosen; the same as in tests/fuzz.
const TARGETS: [&str; 9] = [
    "pictures", "models", "weights", "pickles", "torch", "shards", "archives", SETTINGS, LINKS,
];
/// What stands beside Burn, so that the engine is built with it.
const SETTINGS: &str = "settings";
/// The crates that read, check and write settings, serde's generic functions in them. Those with a build script would need
/// the engine in it.
const AROUND_SETTINGS: [&str; 4] = ["bigan", "fuzz", "inference", "serde_path_to_error"];
/// What the page reads.
const LINKS: &str = "links";
/// What has rustc put a counter at each edge of the code, and tell the engine what is compared.
const COUNTERS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
/// How much memory may be held, in MB, the engine's own with it. The engine's program bounds each piece.
const MOST_IN_ALL: u32 = 1500;
/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";
/// Seconds that one input may take.
const SLOWEST: u32 = 60;

/// `cargo xtask fuzz`
#[derive(Args)]
pub struct Options {
    /// What to try: pictures, models (directories), weights (safetensors), pickles, torch (.pth), shards (prepared
    /// folders), archives (tar, ZIP), settings (config.json), links (of the page) [default: all]
    #[arg(value_parser = TARGETS)]
    targets: Vec<String>,
    /// How many inputs each is given
    #[arg(long, default_value_t = 1_000_000)]
    executions: u64,
    /// An end before that, in seconds for each; 0: none
    #[arg(long, default_value_t = 0)]
    seconds: u64,
}

/// Gives each target so many inputs, prints what came of it, and fails where something was found.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    ensure!(
        cfg!(any(target_os = "linux", target_os = "macos")),
        "libFuzzer runs on Linux and macOS"
    );
    let chosen: Vec<&str> = match options.targets.is_empty() {
        true => TARGETS.to_vec(),
        false => options.targets.iter().map(String::as_str).collect(),
    };
    let mut failed = Vec::new();
    for target in chosen {
        let campaign = Campaign::new(workspace, target)?;
        let engine = match target {
            LINKS => campaign.links(workspace, options),
            _ => campaign.libfuzzer(&build(workspace, target)?, options),
        };
        if !campaign.run(engine)? {
            failed.push(campaign.found.display().to_string());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    bail!(
        "something was found: see {}; put the file into tests/fuzz/corpus once it is mended",
        failed.join(", ")
    )
}

/// Builds the engine for `target` in a target folder of its own, with counters. What needs no Burn has an engine without it,
/// and counters in every crate.
fn build(workspace: &Workspace, target: &str) -> Result<PathBuf> {
    let host = host()?;
    let mut cargo = command::new("cargo");
    // With a target named, what runs while it builds has no counters. Its Cargo.lock follows that of the workspace, so that
    // it may be behind.
    cargo
        .args(["build", "--target", &host])
        .current_dir(workspace.root.join("tests/fuzz/engine"));
    let (folder, profile) = match target {
        SETTINGS => {
            counting_in(&mut cargo, &AROUND_SETTINGS);
            cargo.args(["--features", SETTINGS]);
            ("fuzz/with-burn", SETTINGS)
        }
        _ => {
            cargo.env("RUSTFLAGS", COUNTERS);
            ("fuzz", "release")
        }
    };
    let target = workspace.target.join(folder);
    cargo.args(["--profile", profile]);
    cargo.env("CARGO_TARGET_DIR", &target);
    command::run(&mut cargo).context("libFuzzer needs a C++ compiler, such as g++")?;
    Ok(target.join(host).join(profile).join("fuzz-engine"))
}

/// Has `cargo` put counters into `crates` alone: with them Burn takes more than an hour to build. Flags of single crates are
/// a feature of Cargo that it does not offer by itself yet.
fn counting_in(cargo: &mut Command, crates: &[&str]) {
    let flags: Vec<String> = COUNTERS
        .split_whitespace()
        .map(|flag| format!("{flag:?}"))
        .collect();
    cargo
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "")
        .arg("-Zprofile-rustflags");
    for name in crates {
        cargo.arg("--config").arg(format!(
            "profile.{SETTINGS}.package.{name}.rustflags=[{}]",
            flags.join(",")
        ));
    }
}

fn host() -> Result<String> {
    let said = command::text(command::new("rustc").arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say its host")?.to_owned())
}

/// One target, and its folders: the bytes in the repository, those that reached something new, and those that failed.
struct Campaign {
    target: String,
    seeds: PathBuf,
    grown: PathBuf,
    found: PathBuf,
    log: PathBuf,
}

impl Campaign {
    fn new(workspace: &Workspace, target: &str) -> Result<Self> {
        let folder = workspace.target.join("fuzz/campaigns").join(target);
        let campaign = Self {
            target: target.to_owned(),
            seeds: workspace.root.join("tests/fuzz/corpus").join(target),
            grown: folder.join("grown"),
            found: folder.join("found"),
            log: folder.join("log.txt"),
        };
        for folder in [&campaign.grown, &campaign.found] {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        Ok(campaign)
    }

    /// What looks for links.
    fn links(&self, workspace: &Workspace, options: &Options) -> Command {
        let mut fuzz = command::new("node");
        fuzz.arg(workspace.root.join("tests/fuzz/links.mjs"))
            .args([options.executions, options.seconds].map(|number| number.to_string()))
            .args([&self.found, &self.grown, &self.seeds]);
        fuzz
    }

    /// What looks for anything else.
    fn libfuzzer(&self, engine: &Path, options: &Options) -> Command {
        let mut fuzz = command::new(engine);
        fuzz.env("STYLEWALK_FUZZ", &self.target);
        // Folders that are made for one input each are made ten times as fast in memory.
        if Path::new(MEMORY).is_dir() {
            fuzz.env("TMPDIR", MEMORY);
        }
        fuzz.args([&self.grown, &self.seeds])
            .arg(format!("-runs={}", options.executions))
            .arg(format!("-max_total_time={}", options.seconds))
            // Its own bound works with sanitizers alone.
            .arg("-malloc_limit_mb=0")
            .arg(format!("-rss_limit_mb={MOST_IN_ALL}"))
            .arg(format!("-timeout={SLOWEST}"))
            .arg("-print_final_stats=1")
            .arg(prefix(&self.found));
        fuzz
    }

    /// Whether `fuzz` finds nothing.
    fn run(&self, mut fuzz: Command) -> Result<bool> {
        let log = fs::File::create(&self.log)
            .with_context(|| format!("writing {}", self.log.display()))?;
        let started = Instant::now();
        println!("{}: {}", self.target, self.log.display());
        fuzz.stdout(Stdio::null()).stderr(log);
        let status = fuzz.status().context("cannot start the engine")?;
        let said = fs::read(&self.log).context("reading the engine's log")?;
        let said = String::from_utf8_lossy(&said);
        let took = started.elapsed().as_secs();
        println!("{}: {}, {took} s", self.target, summary(&said));
        Ok(status.success())
    }
}

/// The engine puts what it finds at this path with a name behind it.
fn prefix(folder: &Path) -> OsString {
    let mut argument = OsString::from("-artifact_prefix=");
    argument.push(folder.join(""));
    argument
}

/// What the engine said at its end, in short.
fn summary(said: &str) -> String {
    let figure = |name: &str| {
        let line = said.lines().rev().find_map(|line| line.strip_prefix(name));
        line.map_or("?", str::trim)
    };
    let edges = said.lines().rev().find_map(|line| {
        let (_, rest) = line.split_once(" cov: ")?;
        rest.split_whitespace().next()
    });
    format!(
        "{} executions, {} edges, {} new inputs, at most {} MB",
        figure("stat::number_of_executed_units:"),
        edges.unwrap_or("?"),
        figure("stat::new_units_added:"),
        figure("stat::peak_rss_mb:"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_says_is_told_in_short() {
        let said = "#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 30Mb\n\
            #65536\tDONE   cov: 856 ft: 2994 corp: 412/108Kb lim: 701 exec/s: 5007 rss: 34Mb\n\
            stat::number_of_executed_units: 65536\nstat::average_exec_per_sec:     5007\n\
            stat::new_units_added:          900\nstat::slowest_unit_time_sec:    0\n\
            stat::peak_rss_mb:              36\n";
        let expected = "65536 executions, 856 edges, 900 new inputs, at most 36 MB";
        assert_eq!(summary(said), expected);
        assert!(summary("").starts_with("? executions"));
    }

    #[test]
    fn every_target_has_bytes_to_begin_with() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus");
        for target in TARGETS {
            assert!(folder.join(target).is_dir(), "{target}");
        }
    }
}

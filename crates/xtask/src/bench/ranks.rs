//! Trainings of one process on all cores, and of several ranks that share them, in turns: what the ranks' sums cost.

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use super::spread::Spread;
use crate::ranks::{self, Library};
use crate::workspace::Workspace;
use crate::{command, setup};

/// Where the table goes.
const TABLE: &str = "docs/bench-ranks.md";
/// Photographs trained on, drawn.
const DRAWN: &str = "512";
/// Cargo's profile for programs to publish.
const RELEASE: &str = "release";
/// Cores are shared by at most so many ranks.
const MOST: usize = 8;

/// `cargo xtask bench ranks`
#[derive(Args)]
pub struct Options {
    /// Channels of the first convolution
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// Pictures a step, of all ranks together
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// How often everything is timed, in turns
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Steps of each training in a round
    #[arg(long, default_value_t = 4)]
    runs: usize,
    /// Cargo's profile for the program that is timed
    #[arg(long, default_value = RELEASE)]
    profile: String,
}

/// One way to train.
struct Contestant {
    ranks: usize,
    local_norm: bool,
    /// Pictures a second of each step.
    rates: Vec<f64>,
    /// The part of each step's time that was spent on sums.
    waiting: Vec<f64>,
}

/// A line of a run's stats.jsonl, as far as it is needed.
#[derive(Deserialize)]
struct Line {
    images_per_second: f64,
    #[serde(default)]
    waiting: f64,
}

/// Runs the comparison.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::for_ranks()?;
    command::run(&mut ranks::build(
        workspace,
        &options.profile,
        Library::OpenMpi,
    ))?;
    let bench = Bench {
        program: ranks::program(workspace, &options.profile),
        folder: workspace.target.join("bench-ranks"),
        options,
    };
    bench.prepare()?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut contestants = contestants(cores, options.batch);
    for round in 1..=options.rounds.max(1) {
        println!("round {round} of {}", options.rounds.max(1));
        for contestant in &mut contestants {
            bench.train(contestant)?;
        }
    }
    std::fs::remove_dir_all(&bench.folder)?;
    let table = table(options, cores, &contestants)?;
    println!("\n{table}");
    let path = workspace.root.join(TABLE);
    std::fs::write(&path, table).with_context(|| format!("could not write {}", path.display()))
}

/// One process, then ranks that have the same number of cores each.
fn contestants(cores: usize, batch: usize) -> Vec<Contestant> {
    let shared = (2..=cores.min(MOST))
        .filter(|ranks| cores.is_multiple_of(*ranks) && batch.is_multiple_of(*ranks));
    let all = [(1, false)].into_iter();
    let all = all.chain(shared.flat_map(|ranks| [(ranks, false), (ranks, true)]));
    all.map(|(ranks, local_norm)| Contestant {
        ranks,
        local_norm,
        rates: Vec::new(),
        waiting: Vec::new(),
    })
    .collect()
}

struct Bench<'a> {
    program: PathBuf,
    folder: PathBuf,
    options: &'a Options,
}

impl Bench<'_> {
    /// Draws photographs and prepares them.
    fn prepare(&self) -> Result<()> {
        if self.folder.exists() {
            // Of a benchmark that was stopped.
            std::fs::remove_dir_all(&self.folder)?;
        }
        std::fs::create_dir_all(&self.folder)?;
        let [drawn, data] = [self.path("drawn"), self.path("data")];
        let mut draw = command::new(&self.program);
        draw.args(["data", "draw"]).arg(&drawn);
        command::text(draw.args(["--count", DRAWN]))?;
        let mut prepare = command::new(&self.program);
        command::text(prepare.args(["data", "prepare"]).args([drawn, data]))?;
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Takes some steps, and notes how long they took.
    fn train(&self, contestant: &mut Contestant) -> Result<()> {
        let runs = self.path("runs");
        let mut train = self.launch(contestant.ranks);
        train
            .arg("train")
            .arg(self.path("data"))
            .arg("--runs")
            .arg(&runs);
        let never = "1000000";
        train.args(["--device", "cpu", "--flips", "--log-every", "1"]);
        train.args(["--snapshot-every", never, "--watch-every", never]);
        for (flag, value) in [
            ("--width", self.options.width),
            ("--batch", self.options.batch),
            // The first step also allocates.
            ("--steps", self.options.runs.max(1) + 1),
        ] {
            train.arg(flag).arg(value.to_string());
        }
        if contestant.local_norm {
            train.arg("--local-norm");
        }
        command::text(&mut train)?;
        for Line {
            images_per_second,
            waiting,
        } in lines(&runs.join("00000-run/stats.jsonl"))?
        {
            contestant.rates.push(images_per_second);
            contestant.waiting.push(100.0 * waiting);
        }
        std::fs::remove_dir_all(&runs)?;
        Ok(())
    }

    /// The program on so many ranks; on one without MPI.
    fn launch(&self, ranks: usize) -> Command {
        if ranks == 1 {
            return command::new(&self.program);
        }
        let mut mpirun = command::new("mpirun");
        mpirun
            .args(["--bind-to", "none", "--oversubscribe", "-n"])
            .arg(ranks.to_string())
            .arg(&self.program)
            // Containers run as root.
            .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
            .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
        mpirun
    }
}

fn lines(stats: &Path) -> Result<Vec<Line>> {
    let text = std::fs::read_to_string(stats);
    let text = text.with_context(|| format!("could not read {}", stats.display()))?;
    let lines = text.lines().skip(1).map(serde_json::from_str);
    Ok(lines.collect::<Result<_, _>>()?)
}

fn table(options: &Options, cores: usize, contestants: &[Contestant]) -> Result<String> {
    let missing = "a training wrote no times";
    let alone = &contestants.first().context(missing)?.rates;
    let profile = match options.profile.as_str() {
        RELEASE => String::new(),
        other => format!(" --profile {other}"),
    };
    let mut table = format!(
        "Training at width {} with {} pictures a step on the CPU, {cores} cores, `cargo xtask bench ranks{profile}`: pictures a second \
         of all ranks together, medians (lowest to highest) of {} steps, taken in turns; ratios are of steps of the same \
         number. Sums: the part of rank 0's time that they took, waiting for the others with it.\n\n\
         | | pictures a second | over one process | sums, in % |\n|---|---|---|---|\n",
        options.width,
        options.batch,
        alone.len(),
    );
    for contestant in contestants {
        let ratios = contestant.rates.iter().zip(alone);
        let ratios = ratios.map(|(shared, alone)| shared / alone).collect();
        let numbers = |values: Vec<f64>, digits| -> Result<String> {
            Ok(Spread::of(values).context(missing)?.digits(digits))
        };
        let (ratio, waiting) = match contestant.ranks {
            1 => ("1".to_owned(), String::new()),
            _ => (numbers(ratios, 2)?, numbers(contestant.waiting.clone(), 0)?),
        };
        let rates = numbers(contestant.rates.clone(), 1)?;
        table += &format!(
            "| {} | {rates} | {ratio} | {waiting} |\n",
            contestant.name(cores)
        );
    }
    Ok(table)
}

impl Contestant {
    fn name(&self, cores: usize) -> String {
        let Self {
            ranks, local_norm, ..
        } = self;
        let each = cores / ranks;
        let plural = if each == 1 { "" } else { "s" };
        match (ranks, local_norm) {
            (1, _) => format!("one process, {cores} threads"),
            (_, false) => format!("{ranks} ranks, {each} thread{plural} each"),
            (_, true) => format!("{ranks} ranks, {each} thread{plural} each, `--local-norm`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_share_the_cores_evenly() {
        let ranks = |cores| -> Vec<usize> {
            let all = contestants(cores, 64).into_iter();
            all.filter(|one| !one.local_norm)
                .map(|one| one.ranks)
                .collect()
        };
        assert_eq!(ranks(1), [1]);
        assert_eq!(ranks(2), [1, 2]);
        assert_eq!(ranks(16), [1, 2, 4, 8]);
    }

    #[test]
    fn the_table_compares_with_one_process() {
        let options = Options {
            width: 64,
            batch: 64,
            rounds: 1,
            runs: 2,
            profile: "release".into(),
        };
        let mut all = contestants(2, 64);
        all[0].rates = vec![40.0, 50.0];
        for shared in &mut all[1..] {
            shared.rates = vec![38.0, 50.0];
            shared.waiting = vec![10.0, 14.0];
        }
        let table = table(&options, 2, &all).unwrap();
        assert!(
            table.contains("| one process, 2 threads | 45.0 (40.0 to 50.0) | 1 |  |"),
            "{table}"
        );
        assert!(table.contains("| 2 ranks, 1 thread each | 44.0 (38.0 to 50.0) | 0.97 (0.95 to 1.00) | 12 (10 to 14) |"), "{table}");
    }
}

//! `cargo xtask experiments`: the paper's nine experiments with the same data, seed and budget, and one table of them.
//!
//! Each is trained, published and measured by the program as a user would; what is done already is not done again, so
//! that a campaign that was stopped goes on.

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::workspace::Workspace;

/// Where the table goes.
const TABLE: &str = "docs/experiments.md";
/// Where the table begins; what stands above it was written by people, and stays.
const BEGIN: &str = "<!-- The rest of this file is written by `cargo xtask experiments`. -->";
/// `cargo xtask experiments`
#[derive(Args)]
pub struct Options {
    /// Folder of photographs with `train` and `test` in it, sorted into labels
    data: PathBuf,
    /// Channels of the first convolution
    #[arg(long, default_value_t = 16)]
    width: usize,
    /// Pictures a step
    #[arg(long, default_value_t = 16)]
    batch: usize,
    /// Steps of each experiment
    #[arg(long, default_value_t = 400)]
    steps: u64,
    /// Where all chance comes from, the same for every experiment
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where runs and models are kept [default: target/experiments]
    #[arg(long)]
    runs: Option<PathBuf>,
    /// H for L_H, FID and KID, as `stylewalk evaluate` takes it [default: one is trained on the photographs first]
    #[arg(long)]
    features: Option<PathBuf>,
    /// A `stylewalk` that is built already [default: one is built for speed, which takes long the first time]
    #[arg(long)]
    program: Option<PathBuf>,
}

/// One of the paper's experiments, as `stylewalk presets --json` lists them.
#[derive(Deserialize)]
struct Preset {
    name: String,
    l1: f64,
    l2: f64,
    l3: f64,
}

/// What `stylewalk evaluate --json` says, as far as the table shows it.
#[derive(Deserialize)]
struct Figures {
    images: u64,
    psnr: f64,
    l2_ratio: f64,
    latent_l2_ratio: f64,
    diversity: f64,
    score_real: f64,
    score_reconstruction: f64,
    score_sample: f64,
    fid: f64,
    kid_mean: f64,
}

/// Runs what is missing and writes the table.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let data = options.data.canonicalize();
    let data = data.with_context(|| format!("there is no folder {}", options.data.display()))?;
    ensure!(
        data.join("train").is_dir() && data.join("test").is_dir(),
        "{} has no folders `train` and `test`",
        data.display()
    );
    let campaign = Campaign {
        program: match &options.program {
            Some(program) => program.clone(),
            None => workspace.build_program()?,
        },
        runs: options
            .runs
            .clone()
            .unwrap_or_else(|| workspace.target.join("experiments")),
        data,
        options,
    };
    fs::create_dir_all(&campaign.runs)
        .with_context(|| format!("could not make {}", campaign.runs.display()))?;
    campaign.features()?;
    let mut rows = Vec::new();
    for preset in campaign.presets()? {
        let figures = campaign.experiment(&preset)?;
        rows.push((preset, figures));
    }
    write(workspace, &table(options, &rows))
}

struct Campaign<'a> {
    program: PathBuf,
    data: PathBuf,
    runs: PathBuf,
    options: &'a Options,
}

impl Campaign<'_> {
    fn stylewalk(&self, subcommand: &str) -> Command {
        let mut command = command::new(&self.program);
        command.arg(subcommand);
        command
    }

    /// What there is to train.
    fn presets(&self) -> Result<Vec<Preset>> {
        let printed = command::text(self.stylewalk("presets").arg("--json"))?;
        serde_json::from_str(&printed).with_context(|| format!("the list of presets: {printed}"))
    }

    fn features_path(&self) -> PathBuf {
        let given = self.options.features.clone();
        given.unwrap_or_else(|| self.runs.join("features"))
    }

    /// H, where it is not there: a classifier of the same photographs.
    fn features(&self) -> Result<()> {
        let path = self.features_path();
        if self.options.features.is_some() || path.join("features.json").is_file() {
            return Ok(());
        }
        let mut command = self.stylewalk("train-features");
        command
            .arg(&self.data)
            .arg("--out")
            .arg(self.features_path());
        command::run(command.args(["--seed", &self.options.seed.to_string()]))
    }

    /// Trains, publishes and measures one experiment.
    fn experiment(&self, preset: &Preset) -> Result<Figures> {
        let name = &preset.name;
        let run = self.run_of(name);
        println!(
            "{name}: {}",
            if run.is_some() {
                "going on"
            } else {
                "beginning"
            }
        );
        match run {
            Some(run) => command::run(self.stylewalk("resume").arg(run))?,
            None => self.train(preset)?,
        }
        let run = self.run_of(name).context("the training left no run")?;
        let model = self.runs.join(format!("{name}-model"));
        let mut export = self.stylewalk("export");
        command::run(export.arg(run).arg("--out").arg(&model))?;
        let mut evaluate = self.stylewalk("evaluate");
        evaluate.arg(self.data.join("test")).arg("--json");
        evaluate.arg("--model").arg(&model);
        evaluate.arg("--features").arg(self.features_path());
        let printed = command::text(&mut evaluate)?;
        serde_json::from_str(&printed).with_context(|| format!("figures of {name}: {printed}"))
    }

    fn train(&self, preset: &Preset) -> Result<()> {
        let name = &preset.name;
        let Options {
            width,
            batch,
            steps,
            seed,
            ..
        } = self.options;
        let mut train = self.stylewalk("train");
        train.arg(&self.data).arg("--runs").arg(&self.runs);
        train.args(["--preset", name, "--name", name, "--flips"]);
        for (flag, value) in [
            ("--width", *width as u64),
            ("--batch", *batch as u64),
            ("--steps", *steps),
            ("--seed", *seed),
            ("--snapshot-every", (steps / 2).max(1)),
        ] {
            train.arg(flag).arg(value.to_string());
        }
        // L_H needs H.
        if preset.l3 > 0.0 {
            train.arg("--features").arg(self.features_path());
        }
        command::run(&mut train)
    }

    /// The run of an experiment that has begun.
    fn run_of(&self, name: &str) -> Option<PathBuf> {
        let folders = fs::read_dir(&self.runs).ok()?;
        let ending = format!("-{name}");
        folders
            .flatten()
            .map(|folder| folder.path())
            .find(|path| path.to_string_lossy().ends_with(&ending) && path.is_dir())
    }
}

fn table(options: &Options, rows: &[(Preset, Figures)]) -> String {
    let mut table = format!(
        "Width {}, batches of {}, {} steps, seed {}, on the CPU; measured on {} photographs that no experiment saw.\n\n\
         | | l1, l2, l3 | PSNR | L2 ratio | z ratio | diversity | D: real | D: rebuilt | D: samples | FID | KID |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
        options.width,
        options.batch,
        options.steps,
        options.seed,
        rows.first().map_or(0, |(_, figures)| figures.images),
    );
    for (preset, figures) in rows {
        let share = |value: f64| format!("{:.0} %", 100.0 * value);
        table.push_str(&format!(
            "| {} | {}, {}, {} | {:.2} dB | {:.3} | {:.3} | {:.2} | {} | {} | {} | {:.3} | {:.4} |\n",
            preset.name.to_uppercase(),
            preset.l1,
            preset.l2,
            preset.l3,
            figures.psnr,
            figures.l2_ratio,
            figures.latent_l2_ratio,
            figures.diversity,
            share(figures.score_real),
            share(figures.score_reconstruction),
            share(figures.score_sample),
            figures.fid,
            figures.kid_mean,
        ));
    }
    table
}

/// Replaces what an earlier campaign wrote; what people wrote above it stays.
fn write(workspace: &Workspace, table: &str) -> Result<()> {
    let path = workspace.root.join(TABLE);
    println!("\n{table}");
    let old = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, with_table(&old, table))
        .with_context(|| format!("could not write {}", Path::new(TABLE).display()))
}

fn with_table(old: &str, table: &str) -> String {
    let above = match old.split_once(BEGIN) {
        Some((above, _)) => above,
        None if old.is_empty() => "# The nine experiments\n\n",
        None => old,
    };
    format!("{}\n\n{BEGIN}\n\n{table}", above.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_presets_and_the_figures_that_the_program_printed() {
        let preset = r#"{ "name": "ex8", "l1": 2.5, "l2": 1.0, "l3": 0.0, "more": 1 }"#;
        let figures = r#"{ "images": 610, "psnr": 13.83, "l2_ratio": 0.658, "latent_l2_ratio": 0.771,
            "diversity": 0.92, "score_real": 0.67, "score_reconstruction": 0.53, "score_sample": 0.45,
            "fid": 12.518, "kid_mean": 0.2524 }"#;
        let row = (
            serde_json::from_str(preset).unwrap(),
            serde_json::from_str(figures).unwrap(),
        );
        let options = Options {
            data: PathBuf::new(),
            width: 16,
            batch: 16,
            steps: 400,
            seed: 0,
            runs: None,
            features: None,
            program: None,
        };
        let table = table(&options, &[row]);
        assert!(table.contains("measured on 610 photographs"));
        assert!(table.ends_with(
            "| EX8 | 2.5, 1, 0 | 13.83 dB | 0.658 | 0.771 | 0.92 | 67 % | 53 % | 45 % | 12.518 | 0.2524 |\n"
        ));
    }

    #[test]
    fn what_people_wrote_stays_above_the_table() {
        let first = with_table("", "old table\n");
        assert!(first.starts_with("# The nine experiments\n\n<!--"));
        let edited = first.replace("experiments\n\n<!--", "experiments\n\nWords.\n\n<!--");
        let second = with_table(&edited, "new table\n");
        assert!(second.contains("Words.") && second.ends_with("new table\n"));
        assert!(!second.contains("old table"));
        assert_eq!(with_table(&second, "new table\n"), second);
    }
}

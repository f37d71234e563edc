//! `cargo xtask experiments`: the paper's nine experiments with the same data, seeds and budget, and one table of them.
//!
//! Each is trained, published and measured by the program as a user would; what is done already is not done again, so
//! that a campaign that was stopped goes on, on another machine too: figures are kept in the repository. The table is
//! written whenever a training has ended, a seed after the other.

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::trainings::{self, Photographs, reached, unfinished};
use crate::workspace::Workspace;
use crate::written::{Document, spread};

/// Where the table goes; what stands above it was written by people, and stays.
const TABLE: Document = Document {
    path: "docs/experiments.md",
    begin: "<!-- The rest of this file is written by `cargo xtask experiments`. -->",
    title: "# The nine experiments",
};
/// Where the figures of each training are kept.
const FIGURES: &str = "docs/experiments.jsonl";

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
    /// How often each experiment is trained, from another seed each time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// Trainings at a time, which share the processor's cores: small networks keep one core busy, and not many
    #[arg(long, default_value_t = 1, value_parser = trainings::jobs)]
    jobs: usize,
    /// Train on garments alone, as the network in this directory cuts them out
    #[arg(long, value_name = "DIR")]
    cutout: Option<PathBuf>,
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
#[derive(Clone, Deserialize)]
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

/// All that an experiment's figures depend on.
#[derive(Serialize)]
struct Training<'a> {
    experiment: &'a str,
    seed: u64,
    width: usize,
    batch: usize,
    steps: u64,
    photographs: &'a Photographs,
    /// As the command was given them.
    cutout: Option<&'a Path>,
    features: Option<&'a Path>,
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
    let presets = campaign.presets()?;
    let photographs = Photographs::in_folder(&campaign.data)?;
    let kept = trainings::Figures::open(workspace, FIGURES)?;
    let mut rows: Vec<_> = presets.into_iter().map(|preset| (preset, vec![])).collect();
    let presets: Vec<Preset> = rows.iter().map(|(preset, _)| preset.clone()).collect();
    let each = (0..options.seeds).flat_map(|seed| presets.iter().map(move |preset| (preset, seed)));
    let each: Vec<_> = each.collect();
    let trainings = each
        .iter()
        .map(|(preset, seed)| options.training(&preset.name, *seed, &photographs));
    let trainings: Vec<_> = trainings.collect();
    trainings::collect(
        kept,
        &trainings,
        options.jobs,
        |at, _| campaign.experiment(each[at].0, each[at].1),
        |at, figures| {
            rows[at % presets.len()].1.push(figures);
            TABLE.write(workspace, &table(options, &rows))
        },
    )
}

impl Options {
    fn training<'a>(
        &'a self,
        experiment: &'a str,
        seed: u64,
        photographs: &'a Photographs,
    ) -> Training<'a> {
        Training {
            experiment,
            seed,
            width: self.width,
            batch: self.batch,
            steps: self.steps,
            photographs,
            cutout: self.cutout.as_deref(),
            features: self.features.as_deref(),
        }
    }
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
        trainings::share_of_machine(&mut command, self.options.jobs);
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
        self.cutting(&mut command);
        command::run(&mut command)
    }

    /// Has `command` see photographs as the campaign does.
    fn cutting(&self, command: &mut Command) {
        if let Some(cutout) = &self.options.cutout {
            command.arg("--cutout").arg(cutout);
        }
    }

    /// Trains, publishes and measures one experiment, and returns what was printed of it.
    fn experiment(&self, preset: &Preset, seed: u64) -> Result<String> {
        let name = &match seed {
            0 => preset.name.clone(),
            _ => format!("{}-seed{seed}", preset.name),
        };
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
            None => self.train(preset, name, seed)?,
        }
        let run = self.run_of(name).context("the training left no run")?;
        reached(&run, self.options.steps)?;
        let model = self.runs.join(format!("{name}-model"));
        let mut export = self.stylewalk("export");
        command::run(export.arg(run).arg("--out").arg(&model))?;
        let mut evaluate = self.stylewalk("evaluate");
        evaluate.arg(self.data.join("test")).arg("--json");
        evaluate.arg("--model").arg(&model);
        evaluate.arg("--features").arg(self.features_path());
        command::text(&mut evaluate)
    }

    fn train(&self, preset: &Preset, name: &str, seed: u64) -> Result<()> {
        let Options {
            width,
            batch,
            steps,
            ..
        } = self.options;
        let mut train = self.stylewalk("train");
        train.arg(&self.data).arg("--runs").arg(&self.runs);
        train.args(["--preset", &preset.name, "--name", name, "--flips"]);
        self.cutting(&mut train);
        for (flag, value) in [
            ("--width", *width as u64),
            ("--batch", *batch as u64),
            ("--steps", *steps),
            ("--seed", seed),
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

fn table(options: &Options, rows: &[(Preset, Vec<Figures>)]) -> String {
    let mut table = format!(
        "Width {}, batches of {}, {} steps, {}{}, on {}, on the CPU; measured on {} photographs that no experiment saw.\n\n\
         | | l1, l2, l3 | PSNR | L2 ratio | z ratio | diversity | D: real | D: rebuilt | D: samples | FID | KID |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
        options.width,
        options.batch,
        options.steps,
        match options.seeds {
            1 => "one seed".to_owned(),
            seeds => format!("{seeds} seeds (mean ± standard deviation)"),
        },
        unfinished(rows, options.seeds),
        match options.cutout {
            Some(_) => "garments alone",
            None => "whole photographs",
        },
        rows.iter()
            .flat_map(|(_, figures)| figures)
            .map(|figures| figures.images)
            .next()
            .unwrap_or_default(),
    );
    let measured = rows.iter().filter(|(_, figures)| !figures.is_empty());
    for (preset, figures) in measured {
        let number = |value: fn(&Figures) -> f64, digits: usize| {
            spread(figures.iter().map(value).collect(), digits)
        };
        let share = |value: fn(&Figures) -> f64| {
            let percent = figures.iter().map(|figures| 100.0 * value(figures));
            format!("{} %", spread(percent.collect(), 0))
        };
        table.push_str(&format!(
            "| {} | {}, {}, {} | {} dB | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            preset.name.to_uppercase(),
            preset.l1,
            preset.l2,
            preset.l3,
            number(|figures| figures.psnr, 2),
            number(|figures| figures.l2_ratio, 3),
            number(|figures| figures.latent_l2_ratio, 3),
            number(|figures| figures.diversity, 2),
            share(|figures| figures.score_real),
            share(|figures| figures.score_reconstruction),
            share(|figures| figures.score_sample),
            number(|figures| figures.fid, 3),
            number(|figures| figures.kid_mean, 4),
        ));
    }
    table
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
            vec![serde_json::from_str(figures).unwrap()],
        );
        let options = Options {
            data: PathBuf::new(),
            width: 16,
            batch: 16,
            steps: 400,
            seeds: 1,
            jobs: 1,
            cutout: None,
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
}

//! `cargo xtask recipe`: the published model, from photographs and masks to the figures of its card.
//!
//! Stages: the network that cuts out; photographs as garments on white; an autoencoder (no L_GAN); H to measure by; from
//! the autoencoder the adversarial training, published and measured every so often; the choice; one look at the test
//! photographs, of the chosen model and of what pages load of it. What is done already is not done again, so that a recipe that was stopped goes on.
//!
//! The choice is made on a tenth of the training photographs that nothing was trained on, by a rule that was written
//! before the first training: of the models whose reconstructions have at least [`ENERGY`] of the photographs' gradient
//! energy the one of the highest PSNR; where none has, the one of the highest energy.

mod compare;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::trainings::{self, reached};
use crate::workspace::Workspace;

/// The gradient energy, as a share of the photographs', that reconstructions must have to be chosen for their PSNR.
const ENERGY: f64 = 0.6;

/// What both trainings have in common.
const BOTH: &str = "--flips --average-decay 0.999 --snapshot-every 500 --log-every 50";
/// The autoencoder: squared error (a pseudo-Huber form that is wide), L_AD so that E also knows G's pictures.
const AUTOENCODER: &str =
    "--batch 32 --l-gan 0 --l1 5 --l2 500 --gamma 1 --learning-rate 5e-4 --schedule cosine";
/// The adversarial training: D sees reconstructions as fakes and codes within the prior's range, and its third feature
/// map compares photographs with reconstructions. Flags and their values.
const ADVERSARIAL: [(&str, &str); 9] = [
    ("--batch", "32"),
    ("--l1", "2.5"),
    ("--l2", "60"),
    ("--gamma", "0.05"),
    ("--l-gan-reconstruction", "1"),
    ("--feature-distance", "4"),
    ("--feature-layer", "3"),
    ("--clamp-codes", ""),
    ("--augment", "color,translation"),
];

/// `cargo xtask recipe`
#[derive(Args)]
pub struct Options {
    /// Folder with `photos`, which has `train` and `test`, with `masks` for them, and, if there is one, with `index.csv`
    /// that says how far makers of masks agree
    garments: PathBuf,
    /// Where everything is kept [default: target/recipe]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Channels of the networks' first convolution
    #[arg(long, default_value_t = 32)]
    width: usize,
    /// Steps of the autoencoder
    #[arg(long, default_value_t = 20_000)]
    autoencoder_steps: u64,
    /// A model or run that the adversarial training starts from [default: an autoencoder is trained first]
    #[arg(long, conflicts_with_all = ["width", "autoencoder_steps"])]
    from: Option<PathBuf>,
    /// Steps of the adversarial training
    #[arg(long, default_value_t = 60_000)]
    adversarial_steps: u64,
    /// Steps of the adversarial training between models to choose from
    #[arg(long, default_value_t = 5_000)]
    every: u64,
    /// Where all chance comes from
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Instead of a model: trains the adversarial stage with and without each of its parts, from so many seeds, and writes
    /// what comes of it into docs/model.md
    #[arg(long, value_name = "SEEDS", conflicts_with_all = ["from", "every", "seed"], value_parser = clap::value_parser!(u64).range(1..=100))]
    compare: Option<u64>,
    /// Trainings of --compare at a time, which share the processor's cores
    #[arg(long, default_value_t = 1, requires = "compare", value_parser = trainings::jobs)]
    jobs: usize,
    /// What the photographs are and where they come from, for the cards
    #[arg(long, default_value = "unnamed photographs")]
    dataset: String,
    /// The photographs' licence, for the cards
    #[arg(long, default_value = "not stated")]
    licence: String,
    /// A `stylewalk` that is built already [default: one is built for speed, which takes long the first time]
    #[arg(long)]
    program: Option<PathBuf>,
}

/// What `stylewalk evaluate --json` says, as far as the rule needs it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
struct Figures {
    psnr: f64,
    sharpness_reconstruction: f64,
}

/// Does what is missing, and prints which model was chosen and its figures on the test photographs.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let garments = options.garments.canonicalize();
    let garments =
        garments.with_context(|| format!("there is no folder {}", options.garments.display()))?;
    ensure!(
        options.compare.is_some()
            || options.every > 0 && options.every <= options.adversarial_steps,
        "--every is {}, but must be at least 1 and at most --adversarial-steps",
        options.every
    );
    let out = options.out.clone();
    let out = out.unwrap_or_else(|| workspace.target.join("recipe"));
    fs::create_dir_all(&out).with_context(|| format!("could not make {}", out.display()))?;
    let recipe = Recipe {
        program: match &options.program {
            Some(program) => program.clone(),
            None => workspace.build_program()?,
        },
        garments,
        out: out.canonicalize()?,
        options,
    };
    if let Some(seeds) = options.compare {
        return compare::run(workspace, &recipe, seeds);
    }
    recipe.prepared()?;
    let start = match &options.from {
        Some(start) => start.clone(),
        None => recipe.autoencoder("autoencoder", options.seed)?,
    };
    let models = recipe.adversarial(&start)?;
    let (model, figures) = chosen(models).context("there is no model to choose from")?;
    println!(
        "chosen: {}, {:.2} dB at gradient energy {:.2} on photographs kept apart",
        model.display(),
        figures.psnr,
        figures.sharpness_reconstruction
    );
    let published = recipe.published(&model)?;
    for (name, model) in [("test.json", &model), ("published.json", &published)] {
        let test = recipe.evaluate(model, "test")?;
        println!("{}: {}", model.display(), test.trim_end());
        fs::write(recipe.path(name), test).with_context(|| format!("could not write {name}"))?;
    }
    Ok(())
}

/// The model that the rule takes.
fn chosen(models: Vec<(PathBuf, Figures)>) -> Option<(PathBuf, Figures)> {
    let sharp = |figures: &Figures| figures.sharpness_reconstruction >= ENERGY;
    let rank = |figures: &Figures| match sharp(figures) {
        true => (true, figures.psnr),
        false => (false, figures.sharpness_reconstruction),
    };
    models.into_iter().max_by(|(_, a), (_, b)| {
        let ((a_sharp, a), (b_sharp, b)) = (rank(a), rank(b));
        a_sharp.cmp(&b_sharp).then(a.total_cmp(&b))
    })
}

struct Recipe<'a> {
    program: PathBuf,
    garments: PathBuf,
    out: PathBuf,
    options: &'a Options,
}

impl Recipe<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    fn stylewalk(&self, words: &str) -> Command {
        let mut command = command::new(&self.program);
        command.args(words.split_whitespace());
        trainings::share_of_machine(&mut command, self.options.jobs);
        command
    }

    fn described<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .args(["--dataset", &self.options.dataset])
            .args(["--licence", &self.options.licence])
    }

    /// All that comes before the first training of E, G and D.
    fn prepared(&self) -> Result<()> {
        self.cutout()?;
        self.photographs()?;
        self.features()
    }

    /// The network that cuts out.
    fn cutout(&self) -> Result<()> {
        let out = self.path("cutout");
        if out.join("cutout.json").is_file() {
            return Ok(());
        }
        let mut train = self.stylewalk("train-cutout");
        train
            .arg(self.garments.join("photos"))
            .arg("--out")
            .arg(out);
        train.arg("--masks").arg(self.garments.join("masks"));
        let index = self.garments.join("index.csv");
        if index.is_file() {
            train.arg("--index").arg(index);
        }
        train.args(["--seed", &self.options.seed.to_string()]);
        command::run(self.described(&mut train))
    }

    /// Garments on white: `train`, a tenth of which is kept apart to choose by, and `test`.
    fn photographs(&self) -> Result<()> {
        for (split, share) in [("train", "0.1"), ("test", "0")] {
            let out = self.path(split);
            if out.join("index.json").is_file() {
                continue;
            }
            let mut prepare = self.stylewalk("data prepare");
            prepare
                .arg(self.garments.join("photos").join(split))
                .arg(out);
            prepare.args(["--crop", "garment", "--require-crop", "--test-share", share]);
            command::run(prepare.arg("--cutout").arg(self.path("cutout")))?;
        }
        Ok(())
    }

    /// H, which FID and KID compare pictures by: a classifier of the same cut-outs.
    fn features(&self) -> Result<()> {
        let out = self.path("features");
        if out.join("features.json").is_file() {
            return Ok(());
        }
        let mut train = self.stylewalk("train-features");
        train
            .arg(self.garments.join("photos"))
            .arg("--out")
            .arg(out);
        train.arg("--cutout").arg(self.path("cutout"));
        command::run(self.described(&mut train))
    }

    /// The run `name` of an autoencoder.
    fn autoencoder(&self, name: &str, seed: u64) -> Result<PathBuf> {
        let mut train = self.stylewalk("train");
        train.args(["--width", &self.options.width.to_string()]);
        train.args(AUTOENCODER.split_whitespace());
        self.trained(name, &mut train, self.options.autoencoder_steps, seed)
    }

    /// Every model of the adversarial training from `start`, with its figures on the photographs kept apart.
    fn adversarial(&self, start: &Path) -> Result<Vec<(PathBuf, Figures)>> {
        let Options {
            every,
            adversarial_steps,
            ..
        } = *self.options;
        let mut models = Vec::new();
        for step in (1..=adversarial_steps / every).map(|part| part * every) {
            let model = self.path(&format!("model-{step:06}"));
            if !model.join("model.json").is_file() {
                let mut train = self.stylewalk("train");
                train.arg("--from").arg(start);
                let flags = ADVERSARIAL.into_iter();
                let words = flags.flat_map(|(flag, value)| [flag, value]);
                train.args(words.filter(|word| !word.is_empty()));
                let run = self.trained("adversarial", &mut train, step, self.options.seed)?;
                self.exported(&run, &model)?;
            }
            let figures = self.evaluate(&model, "train")?;
            let figures: Figures = serde_json::from_str(&figures)
                .with_context(|| format!("figures of step {step}: {figures}"))?;
            println!(
                "step {step}: {:.2} dB at gradient energy {:.2}",
                figures.psnr, figures.sharpness_reconstruction
            );
            models.push((model, figures));
        }
        Ok(models)
    }

    /// The model of a run, its batch norms measured again.
    fn exported(&self, run: &Path, model: &Path) -> Result<()> {
        let mut export = self.stylewalk("export --recompute-statistics --dtype f16");
        export.arg(run).arg("--out").arg(model);
        command::run(self.described(&mut export))
    }

    /// The run `name` after `steps` steps: one that was stopped, or that is to be longer now, goes on.
    fn trained(&self, name: &str, train: &mut Command, steps: u64, seed: u64) -> Result<PathBuf> {
        let runs = self.path(name);
        let run = runs.join(format!("00000-{name}"));
        let wanted = steps.to_string();
        if run.join("config.json").is_file() {
            // Going on to where a run already is costs a moment.
            let mut resume = self.stylewalk("resume");
            command::run(resume.arg(&run).args(["--steps", &wanted]))?;
            reached(&run, steps)?;
            return Ok(run);
        }
        train.arg(self.path("train")).arg("--runs").arg(&runs);
        train.args(["--name", name, "--steps", &wanted]);
        train.args(["--seed", &seed.to_string()]);
        command::run(train.args(BOTH.split_whitespace()))?;
        reached(&run, steps)?;
        Ok(run)
    }

    /// The chosen model as pages load it: a byte for each weight, the test photographs' figures in its card, directions
    /// found on the training photographs, and those to compare with.
    fn published(&self, model: &Path) -> Result<PathBuf> {
        let out = self.path("published");
        let mut directions = self.stylewalk("directions");
        // All of them: the prepared folder would give the tenth that is kept apart, which has too few of most kinds.
        directions
            .arg(model)
            .arg(self.garments.join("photos/train"));
        command::run(&mut directions)?;
        let mut export = self.stylewalk("export --dtype int8");
        export.arg(model).arg("--out").arg(&out);
        export.arg("--features").arg(self.path("features"));
        command::run(export.arg("--test").arg(self.path("test")))?;
        let mut neighbours = self.stylewalk("neighbours");
        command::run(neighbours.arg(&out).arg(self.path("train")))?;
        Ok(out)
    }

    /// What `stylewalk evaluate` says of `model` on the photographs of `folder` that were kept apart.
    fn evaluate(&self, model: &Path, folder: &str) -> Result<String> {
        let mut evaluate = self.stylewalk("evaluate --json");
        evaluate.arg(self.path(folder)).arg("--model").arg(model);
        command::text(evaluate.arg("--features").arg(self.path("features")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, psnr: f64, sharpness_reconstruction: f64) -> (PathBuf, Figures) {
        let figures = Figures {
            psnr,
            sharpness_reconstruction,
        };
        (name.into(), figures)
    }

    #[test]
    fn of_sharp_models_the_nearest_is_chosen_and_else_the_sharpest() {
        let name = |models| chosen(models).map(|(path, _)| path.display().to_string());
        let blurred = model("a", 22.0, 0.4);
        let models = vec![
            blurred.clone(),
            model("b", 20.1, 0.6),
            model("c", 20.4, 0.7),
        ];
        assert_eq!(name(models), Some("c".to_owned()));
        assert_eq!(
            name(vec![model("d", 23.0, 0.3), blurred]),
            Some("a".to_owned())
        );
        assert_eq!(name(Vec::new()), None);
    }
}

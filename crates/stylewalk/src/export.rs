//! `stylewalk export`: publish a run as a model directory, or as ONNX models for other programs.

mod photographs;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::card::{Evaluation, Training};
use bigan::latent::Mixture;
use bigan::{ModelCard, Precision};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::dataset::DatasetArgs;
use crate::device::DeviceArgs;
use crate::model_dir::Contents;
use crate::networks::Networks;
use crate::train::{Choice, RunDir};
use crate::{codes, evaluate, features, files, model_dir, onnx};

/// `stylewalk export`
#[derive(Args)]
pub struct ExportArgs {
    /// The run's directory; the networks of its last checkpoint are published, averages where the run keeps them. Or a
    /// model's directory, to store it with another --dtype or as ONNX.
    run: PathBuf,
    /// The directory to write; a model that is there is replaced, and what else is there stays.
    #[arg(long)]
    out: PathBuf,
    /// Publish this checkpoint of the run instead of the last one: its step, or its folder.
    #[arg(long, value_name = "STEP_OR_DIR")]
    checkpoint: Option<Choice>,
    /// safetensors makes a model directory; onnx makes generator.onnx, encoder.onnx and discriminator.onnx, of the same
    /// networks. New codes for G are drawn uniformly from [-1, 1].
    #[arg(long, value_enum, default_value_t = Format::Safetensors)]
    format: Format,
    /// How weights are stored: f32, f16 or int8; ONNX is f32 [default: f16, onnx: f32]
    #[arg(long)]
    dtype: Option<Precision>,
    /// The model's name [default: stylewalk, of a model its own]
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    dataset: DatasetArgs,
    /// A directory of `train-features` to publish beside the model, for `refine --kind` and the page; a model that is stored
    /// again keeps its own.
    #[arg(long)]
    features: Option<PathBuf>,
    /// Folder of photographs to measure the published weights on, in `test` of it where it has `train` and `test`; the
    /// figures go into the card.
    #[arg(long)]
    test: Option<PathBuf>,
    /// Folder of the photographs trained on, where they are no longer where the run had them. From them come the
    /// distribution of their codes, for `sample --like photographs`, and --recompute-statistics.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Give the batch norms of E and G statistics over 200 training batches, instead of those that gathered while they
    /// trained, which an average of networks over steps does not fit well.
    #[arg(long)]
    recompute_statistics: bool,
    /// Print the files and their sizes, and figures if there are any, as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// What a model is called where nobody says.
const NAME: &str = "stylewalk";

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Safetensors,
    Onnx,
}

/// Publishes a run.
pub fn run(args: ExportArgs) -> Result<()> {
    match args.format {
        Format::Safetensors => model_directory(args),
        Format::Onnx => onnx_models(&args),
    }
}

fn onnx_models(args: &ExportArgs) -> Result<()> {
    ensure!(
        args.dtype.is_none_or(|dtype| dtype == Precision::F32),
        "ONNX models are written as f32; leave --dtype out"
    );
    ensure!(
        args.test.is_none(),
        "ONNX models have no card for the figures of --test; measure with `stylewalk evaluate`"
    );
    ensure!(
        args.features.is_none(),
        "ONNX models have nothing beside them; leave --features out"
    );
    ensure!(
        !args.recompute_statistics && args.data.is_none(),
        "--recompute-statistics and --data are for a model directory; export one, and that as ONNX"
    );
    files::check_replaceable(&args.out, "ONNX models", |out| {
        onnx::FILES[..2].iter().all(|name| out.join(name).is_file())
    })?;
    let open = args.device.open()?;
    let device = &open.device;
    let (networks, bigan) = if model_dir::is_model(&args.run) {
        args.check_no_checkpoint()?;
        let model = model_dir::load(&args.run, &open)?;
        (model.card.networks, model.bigan(device)?)
    } else {
        let trainer = RunDir::open(&args.run)?.trainer(args.checkpoint.as_ref(), device)?;
        // As a model directory has them.
        (trainer.config().networks, trainer.averaged())
    };
    let written = onnx::encode(&bigan, &networks)?;
    files::write_into(&args.out, &written)?;
    let [.., discriminator] = onnx::FILES;
    if written.iter().all(|(name, _)| *name != discriminator) {
        eprintln!(
            "D compares the pictures of a batch, which ONNX has no operator for: {discriminator} is left out"
        );
        files::remove_if_there(&args.out.join(discriminator))?;
    }
    let sizes = written
        .iter()
        .map(|(name, bytes)| (*name, bytes.len() as u64));
    report(&args.out, "ONNX, f32", sizes.collect(), None, args.json)
}

impl ExportArgs {
    fn check_no_checkpoint(&self) -> Result<()> {
        ensure!(
            self.checkpoint.is_none(),
            "{} is a model, which has no checkpoints; leave --checkpoint out",
            self.run.display()
        );
        Ok(())
    }
}

/// Prints what was written.
fn report(
    out: &Path,
    what: &str,
    sizes: Vec<(&str, u64)>,
    figures: Option<Evaluation>,
    json: bool,
) -> Result<()> {
    if json {
        let files: Vec<_> = sizes
            .iter()
            .map(|(name, bytes)| json!({ "name": name, "bytes": bytes }))
            .collect();
        println!(
            "{}",
            json!({ "out": files::text(out), "files": files, "evaluation": figures })
        );
        return Ok(());
    }
    if let Some(figures) = figures {
        evaluate::print(&figures);
    }
    let total: u64 = sizes.iter().map(|(_, bytes)| bytes).sum();
    println!("{}: {:.1} MB in {what}", out.display(), total as f64 / 1e6);
    Ok(())
}

fn model_directory(args: ExportArgs) -> Result<()> {
    model_dir::check_out(&args.out)?;
    match model_dir::is_model(&args.run) {
        true => stored_again(&args),
        false => published(args),
    }
}

/// A run's networks as a model.
fn published(args: ExportArgs) -> Result<()> {
    let dir = RunDir::open(&args.run)?;
    let config = dir.config()?;
    let device = args.device.open()?;
    let trainer = dir.trainer(args.checkpoint.as_ref(), &device.device)?;
    let networks = trainer.averaged();
    let photos = photographs::open(&dir, &config, args.data.as_deref())?;
    if args.recompute_statistics {
        photographs::recompute_statistics(&networks, photos.as_ref(), &config, &device.device)?;
    }
    let training = Training {
        config: *trainer.config(),
        batch: config.batch,
        steps: trainer.steps(),
        seed: config.seed,
        flips: config.flips,
        device: config.device,
    };
    let name = args.name.clone().unwrap_or_else(|| NAME.to_owned());
    let dtype = args.dtype.unwrap_or(Precision::F16);
    let dataset = args.dataset.clone().of(config.photographs);
    let packed = networks.pack(name, dtype, config.fit, training, dataset);
    let (mut card, weights) = pollster::block_on(packed)?;
    let mut contents = model_dir::owned(weights);
    if let Some(cutout) = dir.cutout()? {
        contents.push((cutout.card.file().name.clone(), cutout.weights));
        card.cutout = Some(cutout.card);
    }
    let stored = Networks::published(&card, &model_dir::borrowed(&contents), &device)?;
    let latent = card.networks.latent;
    let codes = photos
        .map(|photos| codes::of_photographs(&stored, latent, &photos))
        .transpose()?;
    finish(&args, card, contents, &stored, codes.as_ref())
}

/// A model stored with another data type. What it is and knows stays; its figures are measured again, or left out.
fn stored_again(args: &ExportArgs) -> Result<()> {
    ensure!(
        !args.recompute_statistics && args.data.is_none(),
        "{} is a model, which has no training to go back to: --recompute-statistics and --data are for its run",
        args.run.display()
    );
    ensure!(
        !files::is_same(&args.run, &args.out),
        "--out is the model itself: give another folder"
    );
    args.check_no_checkpoint()?;
    let dtype = args.dtype.with_context(|| {
        format!(
            "{} is a model already: say with --dtype how to store it",
            args.run.display()
        )
    })?;
    let device = args.device.open()?;
    let model = model_dir::load(&args.run, &device)?;
    let bigan = model.bigan(&device.device)?;
    let (old, files) = (&model.card, model_dir::borrowed(&model.contents));
    let name = args.name.clone().unwrap_or_else(|| old.name.clone());
    let training = old.training.clone();
    let dataset = args.dataset.clone().over(old.dataset.clone());
    let packed = bigan.pack(name, dtype, old.fit, training, dataset);
    let (mut card, weights) = pollster::block_on(packed)?;
    let mut contents = model_dir::owned(weights);
    if let Some(cutout) = &old.cutout {
        let kept = files.iter().filter(|(name, _)| *name == cutout.file().name);
        contents.extend(kept.map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())));
        card.cutout = Some(cutout.clone());
    }
    let features = old.features_files();
    let features = files
        .iter()
        .filter(|(name, _)| features.iter().any(|file| file.name == *name))
        .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()))
        .collect::<Contents>();
    card.set_features(&features);
    contents.extend(features);
    if let Some(directions) = old.directions(&files)? {
        let (name, bytes) = card.set_directions(&directions)?;
        contents.push((name.to_owned(), bytes));
    }
    if let Some(neighbours) = old.neighbours(&files)? {
        let (name, bytes) = card.set_neighbours(&neighbours)?;
        contents.push((name.to_owned(), bytes));
    }
    let stored = Networks::published(&card, &model_dir::borrowed(&contents), &device)?;
    finish(args, card, contents, &stored, model.codes.as_ref())
}

/// Measures the weights as they are stored, not as they were trained, and writes the model.
fn finish(
    args: &ExportArgs,
    mut card: ModelCard,
    mut contents: Contents,
    stored: &Networks,
    codes: Option<&Mixture>,
) -> Result<()> {
    if let Some(test) = &args.test {
        let preprocess = card.preprocess(&model_dir::borrowed(&contents))?;
        let measured = evaluate::measure(stored, test, &preprocess, codes, 0)?;
        card.evaluation = Some(measured.evaluation);
    }
    if let Some(codes) = codes {
        let (name, bytes) = card.set_codes(codes)?;
        contents.push((name.to_owned(), bytes));
    }
    if let Some(folder) = &args.features {
        let features = features::contents(folder)?;
        card.set_features(&features);
        contents.retain(|(name, _)| features.iter().all(|(new, _)| new != name));
        contents.extend(features);
    }
    model_dir::save(&args.out, &card, contents)?;
    let sizes = card
        .all_files()
        .map(|file| (file.name.as_str(), file.bytes));
    let dtype = card.dtype.to_string();
    report(
        &args.out,
        &dtype,
        sizes.collect(),
        card.evaluation,
        args.json,
    )
}

//! `stylewalk export`: publish a run as a model directory, or as ONNX models for other programs.

mod photographs;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::card::{Evaluation, Training};
use bigan::latent::Gaussian;
use bigan::{ModelCard, Precision};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::dataset::DatasetArgs;
use crate::device::DeviceArgs;
use crate::model_dir::Contents;
use crate::networks::Networks;
use crate::train::RunDir;
use crate::{evaluate, files, model_dir, onnx};

/// `stylewalk export`
#[derive(Args)]
pub struct ExportArgs {
    /// The run's directory; its last checkpoint is published. Or a model's directory, to store it with another --dtype or
    /// as ONNX.
    run: PathBuf,
    /// The directory to write; a model that is there is replaced.
    #[arg(long)]
    out: PathBuf,
    /// safetensors makes a model directory; onnx makes generator.onnx, encoder.onnx and discriminator.onnx.
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
    /// Folder of photographs to measure the published weights on; the figures go into the card.
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
        !args.recompute_statistics && args.data.is_none(),
        "--recompute-statistics and --data are for a model directory; export one, and that as ONNX"
    );
    files::check_replaceable(&args.out, "ONNX models", |out| {
        onnx::FILES.iter().all(|name| out.join(name).is_file())
    })?;
    let open = args.device.open()?;
    let device = &open.device;
    let (networks, bigan) = if model_dir::is_model(&args.run) {
        let model = model_dir::load(&args.run, &open)?;
        (model.card.networks, model.bigan(device)?)
    } else {
        let trainer = RunDir::open(&args.run)?.trainer(device)?;
        (trainer.config().networks, trainer.networks())
    };
    let written = onnx::encode(&bigan, &networks)?;
    files::write_dir(&args.out, &written)?;
    let sizes = written
        .iter()
        .map(|(name, bytes)| (*name, bytes.len() as u64));
    report(&args.out, "ONNX, f32", sizes.collect(), None, args.json)
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
    let trainer = dir.trainer(&device.device)?;
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
        .map(|photos| photographs::codes(&stored, latent, &photos))
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
        args.run.canonicalize()? != args.out.canonicalize().unwrap_or_default(),
        "--out is the model itself: give another folder"
    );
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
    if let Some(directions) = old.directions(&files)? {
        let (name, bytes) = card.set_directions(&directions)?;
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
    codes: Option<&Gaussian>,
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

//! `stylewalk export`: publish a run as a model directory, or as ONNX models for other programs.

mod photographs;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use bigan::Precision;
use bigan::card::{Evaluation, Training};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::dataset::DatasetArgs;
use crate::device::DeviceArgs;
use crate::networks::Networks;
use crate::train::RunDir;
use crate::{evaluate, files, model_dir, onnx};

/// `stylewalk export`
#[derive(Args)]
pub struct ExportArgs {
    /// The run's directory; its last checkpoint is published. For ONNX, a model's directory works too.
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
    /// The model's name.
    #[arg(long, default_value = "stylewalk")]
    name: String,
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
            json!({ "out": out, "files": files, "evaluation": figures })
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
    let out = &args.out;
    model_dir::check_out(out)?;
    let dtype = args.dtype.unwrap_or(Precision::F16);
    let dir = RunDir::open(&args.run)?;
    let config = dir.config()?;
    let device = args.device.open()?;
    let trainer = dir.trainer(&device.device)?;
    let networks = trainer.averaged();
    let photos = photographs::open(&dir, &config, args.data.as_deref())?;
    if args.recompute_statistics {
        photographs::recompute_statistics(&networks, photos.as_ref(), &config, &device.device)?;
    }
    let packed = networks.pack(
        args.name,
        dtype,
        config.fit,
        Training {
            config: *trainer.config(),
            batch: config.batch,
            steps: trainer.steps(),
            seed: config.seed,
            flips: config.flips,
            device: config.device,
        },
        args.dataset.of(config.photographs),
    );
    let (mut card, weights) = pollster::block_on(packed)?;
    let mut contents = model_dir::owned(weights);
    if let Some(cutout) = dir.cutout()? {
        contents.push((cutout.card.file().name.clone(), cutout.weights));
        card.cutout = Some(cutout.card);
    }
    // Measured on the weights as they are stored, not as they were trained.
    let stored = model_dir::borrowed(&contents);
    let networks = Networks::published(&card, &stored, &device)?;
    let preprocess = card.preprocess(&stored)?;
    let latent = card.networks.latent;
    let codes = photos
        .map(|photos| photographs::codes(&networks, latent, &photos))
        .transpose()?;
    if let Some(test) = &args.test {
        let codes = codes.as_ref();
        let measured = evaluate::measure(&networks, test, &preprocess, codes, 0)?;
        card.evaluation = Some(measured.evaluation);
    }
    if let Some(codes) = &codes {
        let (name, bytes) = card.set_codes(codes)?;
        contents.push((name.to_owned(), bytes));
    }
    model_dir::save(out, &card, contents)?;
    let sizes = card
        .all_files()
        .map(|file| (file.name.as_str(), file.bytes));
    report(
        out,
        &dtype.to_string(),
        sizes.collect(),
        card.evaluation,
        args.json,
    )
}

//! `stylewalk train-features`: an H that knows clothes, from a folder of labelled photographs.

mod labelled;
mod session;
mod shift;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use bigan::Precision;
use bigan::features::{
    Classifier, ClassifierConfig, ClassifierDescription, ClassifierTrainerConfig,
    ClassifierTraining, FeaturesCard,
};
use clap::Args;

use self::labelled::Labelled;
use self::session::Session;
use super::directory;
use crate::cutout::{self, CutoutArgs};
use crate::dataset::DatasetArgs;
use crate::device::DeviceArgs;
use crate::files;
use crate::unfinished::Unfinished;

/// `stylewalk train-features`
#[derive(Args)]
pub struct TrainFeaturesArgs {
    /// Folder of photographs in a folder for each kind; where it has `train` and `test` folders, those are the two splits.
    data: PathBuf,
    /// The features directory to write; a network that is there is replaced, a training that was stopped goes on.
    #[arg(long)]
    out: PathBuf,
    /// Steps to train for.
    #[arg(long, default_value_t = 2400)]
    steps: u64,
    /// Pictures a step.
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Channels of the first convolution; all others are multiples of it.
    #[arg(long, default_value_t = 32)]
    width: usize,
    /// Adam's step size at first; it falls to zero along half a cosine.
    #[arg(long, default_value_t = 2e-3)]
    learning_rate: f64,
    /// A label that does not name a kind of garment; may be given several times.
    #[arg(long, value_name = "LABEL", default_value = "unlabelled")]
    leave_out: Vec<String>,
    /// How photographs become square: pad (with the border's colour) or crop.
    #[arg(long, default_value = "pad")]
    fit: images::Fit,
    #[command(flatten)]
    cutout: CutoutArgs,
    /// Seed of initial weights, order, mirroring and shifts.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How weights are stored: f32, f16 or int8.
    #[arg(long, default_value = "f16")]
    dtype: Precision,
    /// The network's name.
    #[arg(long, default_value = "clothes")]
    name: String,
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Print what was reached as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Trains, measures, and writes the directory. Ctrl-C keeps what there is for the same command to go on from.
pub fn train(args: TrainFeaturesArgs) -> Result<()> {
    check(&args)?;
    let cutout = args.cutout.open(&args.data)?;
    let preprocess = cutout::preprocess(args.fit, bigan::SIDE, cutout.as_ref())?;
    let photos = Labelled::read(&args.data, &preprocess, &args.leave_out)?;
    let device = args.device.open()?;
    eprintln!(
        "{} photographs of {} kinds to train on and {} to test on, on {}",
        photos.train.len(),
        photos.classes.len(),
        photos.test.len(),
        device.name
    );
    let config = ClassifierTrainerConfig {
        network: ClassifierConfig { width: args.width },
        classes: photos.classes.len(),
        learning_rate: args.learning_rate,
        steps: args.steps,
        batch: args.batch,
        seed: args.seed,
    };
    let unfinished = Unfinished::open(&args.out)?;
    let mut session = Session::open(config, &photos, &unfinished, &device.device)?;
    if !unfinished.train(&mut session, config.steps)? {
        return Ok(());
    }
    let card = publish(&args, &photos, &session.network(), &device)?;
    unfinished.remove::<Session<'_>>()?;
    if args.json {
        println!("{}", card.to_json()?.trim_end());
    } else {
        print(&args.out, &card);
    }
    Ok(())
}

fn check(args: &TrainFeaturesArgs) -> Result<()> {
    files::check_replaceable(
        &args.out,
        "a network for --features",
        directory::is_features,
    )?;
    ClassifierConfig { width: args.width }.validate()?;
    // Batch normalization over one picture has no variance to divide by.
    ensure!(
        args.batch >= 2,
        "--batch is {}, but must be at least 2",
        args.batch
    );
    ensure!(args.steps > 0, "--steps is 0, but must be at least 1");
    ensure!(
        args.learning_rate.is_finite() && args.learning_rate > 0.0,
        "--learning-rate is {}, but must be above 0",
        args.learning_rate
    );
    Ok(())
}

/// Stores the network, and describes it by what the stored weights reach.
fn publish(
    args: &TrainFeaturesArgs,
    photos: &Labelled,
    network: &Classifier,
    device: &kernels::OpenDevice,
) -> Result<FeaturesCard> {
    let description = ClassifierDescription {
        name: args.name.clone(),
        network: ClassifierConfig { width: args.width },
        classes: photos.classes.clone(),
        fit: args.fit,
        training: ClassifierTraining {
            batch: args.batch,
            steps: args.steps,
            learning_rate: args.learning_rate,
            seed: args.seed,
            device: device.name.clone(),
        },
        dataset: args.dataset.clone().of(photos.train.len() as u64),
        accuracy: Default::default(),
    };
    let packed = FeaturesCard::pack(network, description, args.dtype);
    let (mut card, bytes) = pollster::block_on(packed)?;
    let stored = card.load(&bytes, &device.device)?;
    card.description.accuracy = photos.accuracy(&stored, &device.device)?;
    directory::save(&args.out, &card, bytes)?;
    Ok(card)
}

fn print(out: &Path, card: &FeaturesCard) {
    let accuracy = card.description.accuracy;
    println!(
        "right on training pictures   {:>8.1} %",
        100.0 * accuracy.train
    );
    if let Some(test) = accuracy.test {
        println!(
            "right on test pictures       {:>8.1} % of {}",
            100.0 * test,
            accuracy.test_images
        );
    }
    let size = card.file().bytes as f64 / 1e6;
    println!(
        "{}: {size:.2} MB in {}; use it with --features {0}",
        out.display(),
        card.dtype
    );
}

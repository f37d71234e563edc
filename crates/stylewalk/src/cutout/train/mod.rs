//! `stylewalk train-cutout`: a network that cuts garments out, from photographs and masks.

mod agreement;
mod pairs;
mod session;
mod view;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use bigan::Precision;
use bigan::cutout::{
    Cutout, CutoutCard, CutoutConfig, CutoutDescription, CutoutTrainerConfig, CutoutTraining,
};
use clap::Args;

use self::agreement::AgreementArgs;
use self::pairs::Pairs;
use self::session::Session;
use super::Stored;
use crate::dataset::DatasetArgs;
use crate::device::DeviceArgs;
use crate::files;
use crate::unfinished::Unfinished;

/// `stylewalk train-cutout`
#[derive(Args)]
pub struct TrainCutoutArgs {
    /// Folder of photographs; where it has `train` and `test` folders, those are the two splits.
    photos: PathBuf,
    /// Folder of masks, white where the garment is: for PHOTOS/a/b.jpg its mask is MASKS/a/b.png.
    #[arg(long)]
    masks: PathBuf,
    /// The directory to write; a network that is there is replaced, a training that was stopped goes on.
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    agreement: AgreementArgs,
    /// Steps to train for.
    #[arg(long, default_value_t = 2500)]
    steps: u64,
    /// Pictures a step.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Channels of the first convolution; all others are multiples of it.
    #[arg(long, default_value_t = 16)]
    width: usize,
    /// Adam's step size at first; it falls to zero along half a cosine.
    #[arg(long, default_value_t = 2e-3)]
    learning_rate: f64,
    /// Seed of initial weights, order and views.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How weights are stored: f32, f16 or int8.
    #[arg(long, default_value = "int8")]
    dtype: Precision,
    /// The network's name.
    #[arg(long, default_value = "garments")]
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
pub fn train(args: TrainCutoutArgs) -> Result<()> {
    let config = args.config()?;
    let pairs = Pairs::read(&args.photos, &args.masks, &args.agreement.read()?)?;
    let device = args.device.open()?;
    eprintln!(
        "{} photographs with masks to train on and {} to test on, on {}",
        pairs.train.len(),
        pairs.test.len(),
        device.name
    );
    let unfinished = Unfinished::open(&args.out)?;
    let mut session = Session::open(config, &pairs, &unfinished, &device.device)?;
    if !unfinished.train(&mut session, config.steps)? {
        return Ok(());
    }
    let stored = args.publish(config, &pairs, &session.network(), device.name)?;
    files::write_into(&args.out, &stored.contents()?)?;
    unfinished.remove::<Session<'_>>()?;
    if args.json {
        println!("{}", stored.card.to_json()?.trim_end());
    } else {
        args.print(&stored.card);
    }
    Ok(())
}

impl TrainCutoutArgs {
    fn config(&self) -> Result<CutoutTrainerConfig> {
        files::check_replaceable(&self.out, "a network that cuts out", super::is_cutout)?;
        let network = CutoutConfig { width: self.width };
        network.validate()?;
        // Batch normalization over one picture has hardly a variance to divide by.
        ensure!(
            self.batch >= 2,
            "--batch is {}, but must be at least 2",
            self.batch
        );
        ensure!(self.steps > 0, "--steps is 0, but must be at least 1");
        ensure!(
            self.learning_rate.is_finite() && self.learning_rate > 0.0,
            "--learning-rate is {}, but must be above 0",
            self.learning_rate
        );
        Ok(CutoutTrainerConfig {
            network,
            learning_rate: self.learning_rate,
            steps: self.steps,
            batch: self.batch,
            seed: self.seed,
        })
    }

    /// Packs the network, and describes it by what the stored weights reach.
    fn publish(
        &self,
        config: CutoutTrainerConfig,
        pairs: &Pairs,
        network: &Cutout,
        device: String,
    ) -> Result<Stored> {
        let description = CutoutDescription {
            name: self.name.clone(),
            training: CutoutTraining {
                config,
                steps: config.steps,
                device,
            },
            dataset: self.dataset.clone().of(pairs.train.len() as u64),
            test: None,
        };
        let packed = network.pack(description, self.dtype);
        let (mut card, weights) = pollster::block_on(packed)?;
        card.description.test = pairs::fit(&card.cutter(&weights)?, &pairs.test);
        Ok(Stored { card, weights })
    }

    fn print(&self, card: &CutoutCard) {
        if let Some(test) = card.description.test {
            println!("median IoU   {:>6.3}", test.median_iou);
            println!(
                "mean IoU     {:>6.3} of {} test pictures",
                test.mean_iou, test.images
            );
        }
        let (out, size) = (self.out.display(), card.file().bytes as f64 / 1e6);
        println!(
            "{out}: {size:.2} MB in {}; use it with --cutout {out}",
            card.dtype
        );
    }
}

//! Training in the page: the native program's `Trainer::step` on a visitor's pictures, with what the page shows of it.
//!
//! Whoever calls decides how many steps are taken before losses are read and messages are heard: on a graphics device
//! every read waits for all steps before it.

mod export;
mod pictures;
mod settings;

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::features::FeaturesCard;
use bigan::pictures::{pack, tensor, unpack};
use bigan::refine::Kind;
use bigan::trainer::Sampler;
use bigan::trainer::watch::{self, CollapseWatch, Health, RunawayWatch, Warning};
use bigan::{
    Bigan, Features, Losses, ModelCard, Need, NetworkConfig, RunConfig, StepLosses, Trainer,
    random, read,
};
use images::RgbImage;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use web::NamedFile;

use crate::{CutoutFiles, WorkshopError};

pub use pictures::Pictures;
pub use settings::TrainingSettings;

/// Pictures from fixed codes.
const SAMPLES: usize = 8;
/// Photographs that are rebuilt.
const RECONSTRUCTIONS: usize = 4;

/// What a training begins with.
#[derive(Debug)]
pub enum Start<'a> {
    /// First weights drawn from the seed.
    Nothing,
    /// A model's weights: its `model.json`, and each weight file's name and bytes.
    Model(&'a [u8], &'a [(&'a str, &'a [u8])]),
    /// A training that stopped: the files of its checkpoint.
    Checkpoint(&'a [(&'a str, &'a [u8])]),
}

/// The files of an H: `features.json` and its weights.
#[derive(Debug, Clone)]
pub struct FeaturesFiles {
    /// The description.
    pub card: Vec<u8>,
    /// The weight file.
    pub weights: Vec<u8>,
}

impl FeaturesFiles {
    /// The network on `device`.
    ///
    /// # Errors
    /// Names the file, field or tensor that is wrong.
    pub fn load(&self, device: &Device) -> Result<Features, WorkshopError> {
        let network = FeaturesCard::parse(&self.card)?.load(&self.weights, device)?;
        Ok(Features::classifier(network))
    }

    /// The network on `device`, and which of what it tells apart is called `kind`.
    ///
    /// # Errors
    /// Names the file, field or tensor that is wrong, or what the network knows.
    pub fn kind(&self, kind: &str, device: &Device) -> Result<Kind, WorkshopError> {
        let card = FeaturesCard::parse(&self.card)?;
        let classes = &card.description.classes;
        let class = classes.iter().position(|class| class == kind);
        let class =
            class.ok_or_else(|| WorkshopError::NoKind(kind.to_owned(), classes.join(", ")))?;
        let network = card.load(&self.weights, device)?.frozen();
        Ok(Kind { class, network })
    }
}

/// A training in progress.
#[derive(Debug)]
pub struct Training {
    trainer: Trainer,
    settings: TrainingSettings,
    pictures: Pictures,
    features: Option<FeaturesFiles>,
    /// What cut the pictures out, for whoever uses what is trained.
    cutout: Option<CutoutFiles>,
    sampler: Sampler,
    device: Device,
    device_name: String,
    /// Mean distance between pictures, which that between samples is compared with.
    apart: f64,
    collapse: CollapseWatch,
    runaway: RunawayWatch,
    /// Losses are far above what they were: weights are not to be kept.
    suspect: bool,
    /// The lines of `stats.jsonl`.
    stats: Vec<u8>,
}

/// What some steps came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Steps taken since the training began.
    pub step: u64,
    /// The losses of the steps since the last report.
    pub losses: Vec<Losses>,
    /// Samples have become alike: a sentence.
    pub warning: Option<String>,
    /// Training cannot go on, and why: a sentence.
    pub failure: Option<String>,
}

/// Memory of a device, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeviceMemory {
    /// Taken from the device, what is kept for later included.
    pub reserved: u64,
    /// Of that, by tensors that are alive.
    pub used: u64,
}

/// What the networks make of fixed codes and fixed pictures.
#[derive(Debug)]
pub struct Shown {
    /// G(z) of codes from the seed.
    pub samples: Vec<RgbImage>,
    /// Pictures of the training.
    pub originals: Vec<RgbImage>,
    /// G(E(x)) of those.
    pub reconstructions: Vec<RgbImage>,
}

impl Training {
    /// Begins or resumes on `device`. `cutout` has cut the `pictures` out of photographs.
    ///
    /// # Errors
    /// A setting or a file is wrong, with its name; L_H counts and there is no H.
    pub fn begin(
        start: Start<'_>,
        settings: TrainingSettings,
        features: Option<FeaturesFiles>,
        cutout: Option<CutoutFiles>,
        pictures: Pictures,
        device: Device,
        device_name: String,
    ) -> Result<Self, WorkshopError> {
        let trainer = begin(start, &settings, &device)?;
        let (side, made) = (trainer.config().networks.side, pictures.side());
        if side != made {
            return Err(WorkshopError::Settings(format!(
                "side is {made}, but the networks' pictures have {side} pixels along a side"
            )));
        }
        let needed = trainer.config().losses.need(Need::Features);
        let features = features.filter(|_| needed);
        let h = features.as_ref().map(|files| files.load(&device));
        if h.is_none() && needed {
            return Err(WorkshopError::NoFeatures);
        }
        let (count, batch) = (pictures.count(), settings.batch);
        Ok(Self {
            trainer: trainer.with_features(h.transpose()?),
            sampler: Sampler::new(settings.seed, count, batch, settings.flips),
            apart: images::mean_distance(&pictures.spread(watch::PHOTOGRAPHS)),
            settings,
            pictures,
            features,
            cutout,
            device,
            device_name,
            collapse: CollapseWatch::default(),
            runaway: RunawayWatch::default(),
            suspect: false,
            stats: Vec::new(),
        })
    }

    /// Takes `count` steps, then reads their losses in one transfer. `images_per_second` is what the caller measured
    /// before, for `stats.jsonl`.
    ///
    /// # Errors
    /// The device fails.
    pub async fn steps(
        &mut self,
        count: u64,
        images_per_second: f64,
    ) -> Result<Report, WorkshopError> {
        let first = self.trainer.steps();
        let mut pending = Vec::new();
        for _ in 0..count {
            pending.push(self.step()?);
        }
        let losses = StepLosses::read_all(pending).await?;
        let failure = self.judge(first, &losses, images_per_second);
        let every = RunConfig::WATCH_EVERY;
        let step = self.trainer.steps();
        let looks = failure.is_none() && first / every < step / every;
        Ok(Report {
            step,
            losses,
            warning: if looks {
                self.look_for_collapse().await?
            } else {
                None
            },
            failure,
        })
    }

    fn step(&mut self) -> Result<StepLosses, WorkshopError> {
        let picks = self.sampler.batch(self.trainer.steps());
        let side = self.pictures.side();
        let batch = tensor(self.pictures.batch(&picks), side, &self.device);
        Ok(self.trainer.step(batch)?)
    }

    /// Writes losses down and looks whether they are those of a training that goes well.
    fn judge(&mut self, first: u64, losses: &[Losses], images_per_second: f64) -> Option<String> {
        for (step, losses) in (first + 1..).zip(losses) {
            if step % export::LOG_EVERY == 0 {
                export::log(&mut self.stats, step, losses, images_per_second);
            }
            let health = self.runaway.see(losses);
            self.suspect = health != Health::Good;
            match health {
                Health::Good | Health::Suspect => {}
                Health::NotFinite => {
                    return Some(format!("a loss is not a number at step {step}"));
                }
                Health::Lost(loss) => {
                    return Some(format!(
                        "training ran away: at step {step} the discriminator's loss, or that against it, is {loss:.0}; a \
                         smaller learning rate may hold it"
                    ));
                }
                Health::Runaway(median) => {
                    return Some(format!(
                        "training ran away: at step {step} the total loss is {:.3}, and for {} steps it has been above {} \
                         times its median of {median:.3}",
                        losses.total,
                        watch::PATIENCE,
                        watch::MULTIPLE
                    ));
                }
            }
        }
        None
    }

    async fn look_for_collapse(&mut self) -> Result<Option<String>, WorkshopError> {
        if self.apart.is_nan() || self.apart <= 0.0 {
            return Ok(None);
        }
        let samples = self.samples(watch::SAMPLES).await?;
        let diversity = images::mean_distance(&samples) / self.apart;
        let step = self.trainer.steps();
        let percent = 100.0 * diversity;
        let warning = self.collapse.see(step, diversity);
        Ok(warning.map(|warning| match warning {
            Warning::Collapse => format!(
                "mode collapse: at step {step} samples differ {percent:.0} % as much as the pictures do; a larger l1, the \
                 weight of L_AD, holds against it"
            ),
            Warning::Noise => format!(
                "at step {step} samples differ {percent:.0} % as much as the pictures do, as noise does; a smaller learning \
                 rate holds against it"
            ),
        }))
    }

    /// What the networks make of fixed codes and fixed pictures now.
    ///
    /// # Errors
    /// The device fails.
    pub async fn show(&self) -> Result<Shown, WorkshopError> {
        let (originals, side) = (self.pictures.spread(RECONSTRUCTIONS), self.pictures.side());
        let networks = self.trainer.averaged();
        let made = networks.reconstruct(pack(&originals, &self.device));
        let codes = self.codes(SAMPLES);
        let samples = networks.generator.forward(codes);
        let [samples, made] = read([samples.flatten(0, 3), made.picture.flatten(0, 3)]).await?;
        Ok(Shown {
            samples: unpack(&samples, side),
            reconstructions: unpack(&made, side),
            originals,
        })
    }

    async fn samples(&self, count: usize) -> Result<Vec<RgbImage>, WorkshopError> {
        let made = self.trainer.averaged().generator.forward(self.codes(count));
        let [values] = read([made.flatten(0, 3)]).await?;
        Ok(unpack(&values, self.pictures.side()))
    }

    /// Codes that are the same at every step.
    fn codes(&self, count: usize) -> Tensor<2> {
        let latent = self.networks().latent;
        let mut rng = ChaCha8Rng::seed_from_u64(self.settings.seed);
        let values = random::uniform(&mut rng, count * latent);
        Tensor::from_data(TensorData::new(values, [count, latent]), &self.device)
    }

    /// The files of a checkpoint; none while losses are not those of a training that goes well.
    ///
    /// # Errors
    /// The device fails, or a weight is not a number.
    pub async fn snapshot(&self) -> Result<Option<Vec<NamedFile>>, WorkshopError> {
        if self.suspect {
            return Ok(None);
        }
        let files = self.trainer.checkpoint().await?;
        let named = files
            .into_iter()
            .map(|(name, bytes)| (name.to_owned(), bytes));
        Ok(Some(named.collect()))
    }

    /// Steps taken.
    pub fn step_count(&self) -> u64 {
        self.trainer.steps()
    }

    /// The networks' settings.
    pub fn networks(&self) -> NetworkConfig {
        self.trainer.config().networks
    }

    /// What the device holds for everything on it; none on the CPU, where memory is the program's own.
    pub fn device_memory(&self) -> Option<DeviceMemory> {
        let usage = self.device.memory_pool_usage()?;
        Some(DeviceMemory {
            reserved: usage.bytes_reserved,
            used: usage.bytes_in_use,
        })
    }
}

fn begin(
    start: Start<'_>,
    settings: &TrainingSettings,
    device: &Device,
) -> Result<Trainer, WorkshopError> {
    match start {
        Start::Nothing => {
            let networks = NetworkConfig {
                width: settings.width,
                side: settings.side,
                ..NetworkConfig::PAPER
            };
            let config = settings.trainer(networks)?;
            Ok(Trainer::new(config, settings.seed, device))
        }
        Start::Model(json, files) => {
            let card = ModelCard::parse(json)?;
            let config = settings.trainer(card.networks)?;
            let bigan = Bigan::load(&card, files, device)?;
            Ok(Trainer::from_networks(config, bigan, settings.seed, device))
        }
        Start::Checkpoint(files) => Ok(Trainer::resume(files, device)?),
    }
}

#[cfg(test)]
mod tests;

//! How a training leaves the page: as a model, or as a run that the native program resumes.

use bigan::card::Training as TrainedBy;
use bigan::features::FeaturesCard;
use bigan::weights::Dataset;
use bigan::{FeaturesSource, Losses, RunConfig};
use serde::Serialize;
use web::NamedFile;

use super::Training;
use crate::WorkshopError;
use crate::publish::{Sees, publish};

/// Steps between lines of `stats.jsonl`, as in the native program.
pub(super) const LOG_EVERY: u64 = 10;
/// Steps between checkpoints once the native program resumes.
const SNAPSHOT_EVERY: u64 = 1000;
/// How many steps more it then takes by default.
const STEPS_TO_GO: u64 = 10_000;
/// The folders of photographs and of H in the run.
const PHOTOS: &str = "photos";
const FEATURES: &str = "features";

/// A line of `stats.jsonl`, as the native program writes it.
#[derive(Serialize)]
struct Line<'a> {
    step: u64,
    #[serde(flatten)]
    losses: &'a Losses,
    images_per_second: f64,
}

/// Adds a line to `stats`. Losses that are no numbers have no place in JSON and end the training anyway.
pub(super) fn log(stats: &mut Vec<u8>, step: u64, losses: &Losses, images_per_second: f64) {
    let line = Line {
        step,
        losses,
        images_per_second,
    };
    if losses.is_finite()
        && let Ok(line) = serde_json::to_vec(&line)
    {
        stats.extend(line);
        stats.push(b'\n');
    }
}

impl Training {
    /// A model directory, weights in half precision as `stylewalk export` writes them.
    ///
    /// # Errors
    /// The device fails, or a weight is not a number.
    pub async fn export_model(&self) -> Result<Vec<NamedFile>, WorkshopError> {
        let settings = &self.settings;
        let training = TrainedBy {
            config: *self.trainer.config(),
            batch: settings.batch,
            steps: self.trainer.steps(),
            seed: settings.seed,
            flips: settings.flips,
            device: self.device_name.clone(),
        };
        let dataset = Dataset {
            name: settings.dataset.clone(),
            licence: settings.licence.clone(),
            images: self.pictures.count() as u64,
        };
        let networks = self.trainer.averaged();
        let name = "trained in a browser";
        let sees = Sees {
            fit: settings.fit,
            cutout: self.cutout.as_ref(),
        };
        publish(&networks, name, sees, training, dataset).await
    }

    /// A run directory with everything in it that `stylewalk resume` needs: settings, checkpoint, photographs, H, and what
    /// has cut the photographs out.
    ///
    /// # Errors
    /// The device fails, or a weight is not a number.
    pub async fn export_run(&self) -> Result<Vec<NamedFile>, WorkshopError> {
        let step = self.trainer.steps();
        let mut files = vec![(RunConfig::NAME.to_owned(), self.config()?)];
        files.push(("stats.jsonl".to_owned(), self.stats.clone()));
        for (name, bytes) in self.trainer.checkpoint().await? {
            files.push((format!("checkpoints/step-{step:07}/{name}"), bytes));
        }
        // Lossless and in order, so that the steps to come see the pictures they would have seen here.
        for index in 0..self.pictures.count() {
            let png = images::png(&self.pictures.get(index));
            files.push((format!("{PHOTOS}/{index:05}.png"), png));
        }
        if let Some(cutout) = &self.cutout {
            files.extend(cutout.in_run()?);
        }
        if let Some(features) = &self.features {
            let name = FeaturesCard::parse(&features.card)?.file().name.clone();
            files.push((
                format!("{FEATURES}/{}", FeaturesCard::NAME),
                features.card.clone(),
            ));
            files.push((format!("{FEATURES}/{name}"), features.weights.clone()));
        }
        Ok(files)
    }

    fn config(&self) -> Result<Vec<u8>, WorkshopError> {
        let settings = &self.settings;
        let features = self.features.as_ref().map(|files| {
            Ok::<_, WorkshopError>(FeaturesSource {
                path: FEATURES.into(),
                sha256: FeaturesCard::parse(&files.card)?.file().sha256.clone(),
            })
        });
        let config = RunConfig {
            data: PHOTOS.into(),
            trainer: *self.trainer.config(),
            steps: self.trainer.steps() + STEPS_TO_GO,
            batch: settings.batch,
            flips: settings.flips,
            fit: settings.fit,
            seed: settings.seed,
            snapshot_every: SNAPSHOT_EVERY,
            log_every: LOG_EVERY,
            features: features.transpose()?,
            photographs: self.pictures.count() as u64,
            device: self.device_name.clone(),
            ..RunConfig::default()
        };
        serde_json::to_vec_pretty(&config)
            .map_err(|error| WorkshopError::Settings(error.to_string()))
    }
}

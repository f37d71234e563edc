//! Weights as a model directory: those of a training in the page, and those of a native run that is opened here.

use bigan::burn::tensor::Device;
use bigan::card::Training;
use bigan::trainer::Published;
use bigan::weights::Dataset;
use bigan::{Bigan, Precision, RunConfig};
use images::Fit;
use web::NamedFile;

use crate::{CutoutFiles, WorkshopError};

/// What a model sees of a photograph.
#[derive(Debug, Clone, Copy)]
pub struct Sees<'a> {
    /// How a photograph of which nothing is cut out becomes square.
    pub fit: Fit,
    /// What cuts the garment out; none where whole photographs count.
    pub cutout: Option<&'a CutoutFiles>,
}

/// The files of a model directory, weights in half precision as `stylewalk export` writes them.
///
/// # Errors
/// The device fails, or a weight is not a number.
pub async fn publish(
    networks: &Bigan,
    name: &str,
    sees: Sees<'_>,
    training: Training,
    dataset: Dataset,
) -> Result<Vec<NamedFile>, WorkshopError> {
    let name = name.to_owned();
    let packing = networks.pack(name, Precision::F16, sees.fit, training, dataset);
    let (mut card, weights) = packing.await?;
    card.cutout = sees.cutout.map(|cutout| cutout.card.clone());
    let mut files = vec![("model.json".to_owned(), card.to_json()?.into_bytes())];
    files.extend(
        weights
            .into_iter()
            .map(|(name, bytes)| (name.to_owned(), bytes)),
    );
    files.extend(sees.cutout.map(CutoutFiles::weight_file));
    Ok(files)
}

/// The same of a run: `config` is its `config.json`, `checkpoint` the files of one of its checkpoints, and `cutout` what
/// has cut its photographs out.
///
/// # Errors
/// Names the file, field or tensor that is wrong or missing.
pub async fn publish_run(
    config: &[u8],
    checkpoint: &[(&str, &[u8])],
    cutout: Option<&CutoutFiles>,
) -> Result<Vec<NamedFile>, WorkshopError> {
    let config: RunConfig =
        serde_json::from_slice(config).map_err(|error| WorkshopError::Run(error.to_string()))?;
    let Published {
        config: trainer,
        steps,
        networks,
    } = Published::read(checkpoint, &Device::flex())?;
    let training = Training {
        config: trainer,
        batch: config.batch,
        steps,
        seed: config.seed,
        flips: config.flips,
        device: config.device,
    };
    // A run knows where its photographs lie, and not what they are.
    let dataset = Dataset {
        name: "unnamed photographs".to_owned(),
        licence: "not stated".to_owned(),
        images: config.photographs,
    };
    let fit = config.fit;
    publish(
        &networks,
        "an opened run",
        Sees { fit, cutout },
        training,
        dataset,
    )
    .await
}

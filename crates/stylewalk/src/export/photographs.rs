//! The photographs that a run trained on, and what an export takes from them: batch norms' statistics.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::trainer::Sampler;
use bigan::{Bigan, RunConfig, Statistics, pictures, random};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::data::{self, Batches, Store};
use crate::train::{RunDir, photographs_change};

/// Batches that statistics are the mean of.
const BATCHES: usize = 200;

/// The photographs of a run in `data`, or else where the run had them. None, after saying so, where they are no longer
/// there, or are others.
pub fn open(dir: &RunDir, config: &RunConfig, data: Option<&Path>) -> Result<Option<Arc<Store>>> {
    let path = data.unwrap_or(&config.data);
    if data.is_none() && !path.exists() {
        eprintln!(
            "the run's photographs are not in {}: the model is written without the distribution of their codes; name \
             them with --data",
            path.display()
        );
        return Ok(None);
    }
    let splits = data::open_splits(path, &dir.preprocess(config, path)?)?;
    let now = RunConfig {
        data: path.to_owned(),
        ..config.clone()
    };
    match photographs_change(dir, &now, splits.train.len(), &splits.listing) {
        Some(change) if data.is_none() => {
            eprintln!(
                "{change}; the model is written without the distribution of their codes; name the photographs with --data"
            );
            return Ok(None);
        }
        Some(change) => eprintln!("{change}; the distribution of codes is that of these"),
        None => {}
    }
    Ok(Some(Arc::new(splits.train)))
}

/// Gives the batch norms of E and G, whose average over steps has never seen a picture, statistics of their own: the
/// mean over a fixed number of training batches. First E's; then G's, on drawn codes and photographs' as one batch, as
/// it was trained.
pub fn recompute_statistics(
    bigan: &Bigan,
    photos: Option<&Arc<Store>>,
    config: &RunConfig,
    device: &Device,
) -> Result<()> {
    let photos = photos.context(
        "--recompute-statistics needs the photographs that the run trained on; name them with --data",
    )?;
    ensure!(
        !config.trainer.virtual_batch_norm.generator,
        "--recompute-statistics is not for a run with --virtual-batch-norm of G, which normalizes by one batch for good"
    );
    let each = |mut take: Box<dyn FnMut(Tensor<4>, Statistics) + '_>| -> Result<()> {
        let sampler = Sampler::new(config.seed, photos.len(), config.batch, config.flips);
        let mut batches = Batches::new(photos, sampler, 0)?;
        for before in 0..BATCHES {
            let x = pictures::tensor(batches.next()?, config.trainer.networks.side, device);
            take(x, Statistics::Mean { before });
        }
        Ok(())
    };
    let Bigan {
        generator, encoder, ..
    } = bigan;
    each(Box::new(|x, statistics| {
        encoder.forward_with(x, statistics);
    }))?;
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    each(Box::new(|x, statistics| {
        let encoded = encoder.forward(x).mean;
        let [count, latent] = encoded.dims();
        let z = TensorData::new(random::uniform(&mut rng, count * latent), [count, latent]);
        let codes = vec![Tensor::from_data(z, device), encoded];
        generator.forward_with(Tensor::cat(codes, 0), statistics);
    }))
}

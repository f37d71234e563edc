//! This project's trainer.

use bigan::{
    Bigan, Discriminator, DiscriminatorNoise, ModelCard, StepNoise, Trainer, TrainerConfig,
};
use burn::tensor::{Device, TensorData};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::numbers;

/// A training at default settings.
#[wasm_bindgen]
pub struct Ours {
    device: Device,
    trainer: Trainer,
}

#[wasm_bindgen]
impl Ours {
    /// Opens `"cpu"` or `"webgpu"` and goes on from a model's weights: the bytes of `model.json`, and `[name, bytes]` of
    /// each weight file.
    pub async fn open(device: String, card: Vec<u8>, files: Array) -> Result<Ours, JsError> {
        console_error_panic_hook::set_once();
        let device = workshop::open_device(&device).await?.device;
        let files: Vec<(String, Vec<u8>)> = files
            .iter()
            .filter_map(|pair| {
                let pair = Array::from(&pair);
                let bytes = pair.get(1).dyn_into::<Uint8Array>().ok()?;
                Some((pair.get(0).as_string()?, bytes.to_vec()))
            })
            .collect();
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        let card = ModelCard::parse(&card)?;
        let config = TrainerConfig {
            networks: card.networks,
            ..TrainerConfig::default()
        };
        let bigan = Bigan::load(&card, &files, &device)?;
        Ok(Self {
            trainer: Trainer::from_networks(config, bigan, 0, &device),
            device,
        })
    }

    /// As [`crate::Plain::step`].
    pub async fn step(
        &mut self,
        pictures: Vec<f32>,
        codes: Vec<f32>,
        factors: Vec<f32>,
    ) -> Result<Vec<f32>, JsError> {
        let device = &self.device;
        let x = numbers::pictures(pictures, device);
        let [batch, ..] = x.dims();
        let widths = Discriminator::mask_widths(&self.trainer.config().networks);
        let mut factors = factors.into_iter();
        let discriminator = std::array::from_fn(|_| DiscriminatorNoise {
            masks: widths.map(|width| {
                let values: Vec<f32> = factors.by_ref().take(batch * width).collect();
                TensorData::new(values, [batch, width])
            }),
            augmentation: None,
            perturbation: None,
        });
        let noise = StepNoise {
            z: numbers::rows(codes, batch, device),
            encoder: None,
            discriminator,
        };
        let losses = self.trainer.step_with(x, noise)?.read().await?;
        Ok(vec![losses.discriminator, losses.total])
    }
}

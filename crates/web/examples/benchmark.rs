//! What `cargo xtask bench web` times of this project: the page's networks and training, without photographs, judgements
//! and canvases, so that other programs can be asked for the same. Built as a module of its own, beside the page.
#![cfg(target_family = "wasm")]

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::draws::{Draws, Look};
use bigan::{Discriminator, ModelCard, SIDE, Trainer, TrainerConfig};
use js_sys::{Array, Uint8Array};
use kernels::{DeviceChoice, OpenDevice};
use wasm_bindgen::prelude::*;
use web::Inference;

/// One device, and what runs on it.
#[wasm_bindgen]
pub struct Contestant {
    open: OpenDevice,
    inference: Option<Inference>,
    trainer: Option<Trainer>,
}

#[wasm_bindgen]
impl Contestant {
    /// Opens `"cpu"` or `"webgpu"`.
    pub async fn open(device: String) -> Result<Contestant, JsError> {
        console_error_panic_hook::set_once();
        let choice = match device.as_str() {
            "cpu" => DeviceChoice::Cpu,
            _ => DeviceChoice::Wgpu,
        };
        Ok(Self {
            open: kernels::open(choice).await?,
            inference: None,
            trainer: None,
        })
    }

    /// Loads a model directory: the bytes of `model.json`, and `[name, bytes]` of each weight file. For inference, or to
    /// go on training from its weights at default settings.
    pub fn load(&mut self, card: &[u8], files: &Array, training: bool) -> Result<(), JsError> {
        let files: Vec<(String, Vec<u8>)> = files.iter().filter_map(|pair| named(&pair)).collect();
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        let device = self.open.device.clone();
        if !training {
            self.inference = Some(Inference::load(card, &files, device)?);
            return Ok(());
        }
        let card = ModelCard::parse(card)?;
        let config = TrainerConfig {
            networks: card.networks,
            ..TrainerConfig::default()
        };
        let bigan = card.load(&files, &device)?;
        self.trainer = Some(Trainer::from_networks(config, bigan, 0, &device));
        Ok(())
    }

    /// G(E(x)) of pictures `[n, 3, 64, 64]`.
    pub async fn reconstruct(&self, pictures: Vec<f32>) -> Result<Vec<f32>, JsError> {
        let inference = self.inference.as_ref().ok_or_else(not_loaded)?;
        Ok(inference.rebuild(pictures).await?)
    }

    /// G(z) of codes `[n, latent]`.
    pub async fn generate(&self, codes: Vec<f32>) -> Result<Vec<f32>, JsError> {
        let inference = self.inference.as_ref().ok_or_else(not_loaded)?;
        Ok(inference.generate(codes).await?)
    }

    /// One training step with everything random given: pictures, codes and the dropout factors of D's four looks, one
    /// after the other. Returns D's loss and that of G and E.
    pub async fn step(
        &mut self,
        pictures: Vec<f32>,
        codes: Vec<f32>,
        factors: Vec<f32>,
    ) -> Result<Vec<f32>, JsError> {
        let device = &self.open.device;
        let trainer = self.trainer.as_mut().ok_or_else(not_loaded)?;
        let batch = pictures.len() / (3 * SIDE * SIDE);
        let widths = Discriminator::mask_widths(&trainer.config().networks);
        let mut factors = factors.into_iter();
        let looks = std::array::from_fn(|_| Look {
            masks: widths.map(|width| {
                let values = factors.by_ref().take(batch * width).collect();
                rows(values, batch, device)
            }),
            changes: None,
        });
        let draws = Draws {
            z: rows(codes, batch, device),
            noise: None,
            looks,
        };
        let pictures = TensorData::new(pictures, [batch, 3, SIDE, SIDE]);
        let pictures = Tensor::from_data(pictures, device);
        let losses = trainer.step_with(pictures, draws)?.read().await?;
        Ok(vec![losses.discriminator, losses.total])
    }
}

fn rows(values: Vec<f32>, rows: usize, device: &Device) -> Tensor<2> {
    let columns = values.len() / rows.max(1);
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

fn named(pair: &JsValue) -> Option<(String, Vec<u8>)> {
    let pair = Array::from(pair);
    let bytes = pair.get(1).dyn_into::<Uint8Array>().ok()?;
    Some((pair.get(0).as_string()?, bytes.to_vec()))
}

fn not_loaded() -> JsError {
    JsError::new("no model is loaded for that")
}

//! Burn as it comes: the same networks and the same training step from Burn's own modules and optimizer, as somebody
//! would write them who has only Burn. `cargo xtask bench web` times it beside ours; nothing of ours is in it.
#![cfg(target_family = "wasm")]

mod networks;
mod training;
mod weights;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData, Transaction};
use js_sys::{Array, Uint8Array};
use networks::{Discriminator, Encoder, Generator};
use training::Training;
use wasm_bindgen::prelude::*;

const SIDE: usize = 64;

/// One device, and what runs on it.
#[wasm_bindgen]
pub struct Contestant {
    device: Device,
    generator: Generator,
    encoder: Encoder,
    training: Option<Training>,
}

#[wasm_bindgen]
impl Contestant {
    /// Opens a device and loads the networks of this width: `[name, bytes]` of each safetensors file.
    pub async fn open(width: usize, files: Array, training: bool) -> Result<Contestant, JsError> {
        console_error_panic_hook::set_once();
        let device = Device::wgpu_options().init_async().await?;
        let content = |name: &str| {
            files
                .iter()
                .map(|pair| Array::from(&pair))
                .find_map(|pair| {
                    let bytes = pair.get(1).dyn_into::<Uint8Array>().ok()?;
                    (pair.get(0).as_string()? == name).then(|| bytes.to_vec())
                })
        };
        let content = |name: &str| {
            content(name).ok_or_else(|| JsError::new(&format!("{name} was not handed over")))
        };
        let placed = if training {
            device.clone().autodiff()
        } else {
            device.clone()
        };
        let generator = weights::load(
            Generator::new(width, &placed),
            &content("generator.safetensors")?,
        )?;
        let encoder = weights::load(
            Encoder::new(width, &placed),
            &content("encoder.safetensors")?,
        )?;
        let discriminator = weights::load(
            Discriminator::new(width, &placed),
            &content("discriminator.safetensors")?,
        )?;
        Ok(Self {
            training: training
                .then(|| Training::new(generator.clone(), encoder.clone(), discriminator)),
            generator: generator.valid(),
            encoder: encoder.valid(),
            device,
        })
    }

    /// G(E(x)) of pictures `[n, 3, 64, 64]`.
    pub async fn reconstruct(&self, pictures: Vec<f32>) -> Result<Vec<f32>, JsError> {
        let x = pixels(pictures, &self.device);
        let made = self.generator.forward(self.encoder.forward(x));
        read(vec![made.flatten(0, 3)]).await
    }

    /// G(z) of codes `[n, latent]`.
    pub async fn generate(&self, codes: Vec<f32>) -> Result<Vec<f32>, JsError> {
        let count = codes.len() / networks::LATENT;
        let made = self.generator.forward(rows(codes, count, &self.device));
        read(vec![made.flatten(0, 3)]).await
    }

    /// One training step with everything random given: pictures, codes and the dropout factors of D's four looks, one
    /// after the other. Returns D's loss and that of G and E.
    pub async fn step(
        &mut self,
        pictures: Vec<f32>,
        codes: Vec<f32>,
        factors: Vec<f32>,
    ) -> Result<Vec<f32>, JsError> {
        let device = self.device.clone().autodiff();
        let training = self.training.as_mut();
        let training = training.ok_or_else(|| JsError::new("this one was not opened to train"))?;
        let x = pixels(pictures, &device);
        let [batch, ..] = x.dims();
        let mut factors = factors.into_iter();
        let widths = training.mask_widths();
        let looks = std::array::from_fn(|_| {
            widths.map(|width| {
                let values = factors.by_ref().take(batch * width).collect();
                rows(values, batch, &device)
            })
        });
        let losses = training.step(x, rows(codes, batch, &device), looks);
        read(losses.into()).await
    }
}

fn pixels(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = values.len() / (3 * SIDE * SIDE);
    Tensor::from_data(TensorData::new(values, [count, 3, SIDE, SIDE]), device)
}

fn rows(values: Vec<f32>, rows: usize, device: &Device) -> Tensor<2> {
    let columns = values.len() / rows.max(1);
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

/// All values, one tensor after the other, in one transfer.
async fn read(tensors: Vec<Tensor<1>>) -> Result<Vec<f32>, JsError> {
    let tensors = tensors.into_iter().map(Tensor::without_autodiff);
    let data = tensors
        .fold(Transaction::default(), Transaction::register)
        .execute_async()
        .await?;
    let values = data
        .into_iter()
        .map(|data| data.try_into_vec::<f32>())
        .collect::<Result<Vec<_>, _>>();
    let values = values.map_err(|error| JsError::new(&format!("{error:?}")))?;
    Ok(values.concat())
}

//! One training step for `cargo xtask bench web`, by this project and by Burn as it comes. Apart from the modules that
//! time inference, because what computes gradients makes a module larger, and their first start is timed.
#![cfg(target_family = "wasm")]

mod discriminator;
#[path = "../plain/files.rs"]
mod files;
#[path = "../plain/networks.rs"]
mod networks;
#[path = "../plain/numbers.rs"]
mod numbers;
mod ours;
mod plain_step;
#[path = "../plain/weights.rs"]
mod weights;

use burn::tensor::Device;
use discriminator::Discriminator;
use js_sys::Array;
use networks::{Encoder, Generator};
use plain_step::Training;
use wasm_bindgen::prelude::*;

/// Burn as it comes.
#[wasm_bindgen]
pub struct Plain {
    device: Device,
    training: Training,
}

#[wasm_bindgen]
impl Plain {
    /// Opens a device and loads the networks of this width: `[name, bytes]` of each safetensors file.
    pub async fn open(width: usize, files: Array) -> Result<Plain, JsError> {
        console_error_panic_hook::set_once();
        let device = Device::wgpu_options().init_async().await?.autodiff();
        let generator = files::load(Generator::new(width, &device), &files, "generator")?;
        let encoder = files::load(Encoder::new(width, &device), &files, "encoder")?;
        let discriminator = Discriminator::new(width, &device);
        let discriminator = files::load(discriminator, &files, "discriminator")?;
        Ok(Self {
            device,
            training: Training::new(generator, encoder, discriminator),
        })
    }

    /// One training step with everything random given: pictures, codes and the dropout factors of D's four looks, one
    /// after the other. Returns D's loss and that of G and E.
    pub async fn step(
        &mut self,
        pictures: Vec<f32>,
        codes: Vec<f32>,
        factors: Vec<f32>,
    ) -> Result<Vec<f32>, JsError> {
        let device = &self.device;
        let x = numbers::pictures(pictures, device);
        let [batch, ..] = x.dims();
        let mut factors = factors.into_iter();
        let widths = self.training.mask_widths();
        let looks = std::array::from_fn(|_| {
            widths.map(|width| {
                let values = factors.by_ref().take(batch * width).collect();
                numbers::rows(values, batch, device)
            })
        });
        let codes = numbers::rows(codes, batch, device);
        let losses = self.training.step(x, codes, looks);
        numbers::read(losses.into()).await
    }
}

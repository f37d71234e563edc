//! Burn as it comes: the same networks from Burn's own modules, as somebody would write them who has only Burn.
//! `cargo xtask bench web` times their inference beside ours; nothing of ours is in it.
#![cfg(target_family = "wasm")]

mod files;
mod networks;
mod numbers;
mod weights;

use burn::tensor::Device;
use js_sys::Array;
use networks::{Encoder, Generator};
use wasm_bindgen::prelude::*;

/// One device, and what runs on it.
#[wasm_bindgen]
pub struct Contestant {
    device: Device,
    generator: Generator,
    encoder: Encoder,
}

#[wasm_bindgen]
impl Contestant {
    /// Opens a device and loads the networks of this width: `[name, bytes]` of each safetensors file.
    pub async fn open(width: usize, files: Array) -> Result<Contestant, JsError> {
        console_error_panic_hook::set_once();
        let device = Device::wgpu_options().init_async().await?;
        Ok(Self {
            generator: files::load(Generator::new(width, &device), &files, "generator")?,
            encoder: files::load(Encoder::new(width, &device), &files, "encoder")?,
            device,
        })
    }

    /// G(E(x)) of pictures `[n, 3, 64, 64]`.
    pub async fn reconstruct(&self, pictures: Vec<f32>) -> Result<Vec<f32>, JsError> {
        let code = self
            .encoder
            .forward(numbers::pictures(pictures, &self.device));
        numbers::read(vec![self.generator.forward(code).flatten(0, 3)]).await
    }

    /// G(z) of codes `[n, latent]`.
    pub async fn generate(&self, codes: Vec<f32>) -> Result<Vec<f32>, JsError> {
        let count = codes.len() / networks::LATENT;
        let codes = numbers::rows(codes, count, &self.device);
        numbers::read(vec![self.generator.forward(codes).flatten(0, 3)]).await
    }
}

//! Pictures and codes as plain numbers, for whoever compares this program with others: E and G alone, no photograph read
//! before them and no judgement after.

use bigan::SIDE;
use bigan::burn::tensor::{Tensor, TensorData};

use super::{Inference, PIXELS, read};
use crate::WebError;

impl Inference {
    /// G(E(x)) of pictures `[n, 3, 64, 64]` in `[-1, 1]`, flattened, in the same shape.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn rebuild(&self, pictures: Vec<f32>) -> Result<Vec<f32>, WebError> {
        let count = pictures.len() / PIXELS;
        let values = TensorData::new(pictures, [count, 3, SIDE, SIDE]);
        let x = Tensor::from_data(values, &self.device);
        let made = self
            .networks
            .generator
            .forward(self.networks.encoder.forward(x).mean);
        let [pictures] = read([made.flatten(0, 3)]).await?;
        Ok(pictures)
    }

    /// G(z) of codes `[n, latent]`, flattened: `[n, 3, 64, 64]` in `[-1, 1]`.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn generate(&self, codes: Vec<f32>) -> Result<Vec<f32>, WebError> {
        let count = codes.len() / self.latent;
        let values = TensorData::new(codes, [count, self.latent]);
        let made = self
            .networks
            .generator
            .forward(Tensor::from_data(values, &self.device));
        let [pictures] = read([made.flatten(0, 3)]).await?;
        Ok(pictures)
    }
}

//! Pictures and codes as plain numbers, for whoever compares this program with others: E and G alone, no photograph read
//! before them and no judgement after.

use bigan::SIDE;
use bigan::burn::tensor::{Tensor, TensorData};

use super::{Inference, Networks, PIXELS, decode, read};
use crate::WebError;

impl Inference {
    /// G(E(x)) of pictures `[n, 3, 64, 64]` in `[-1, 1]`, flattened, in the same shape.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn rebuild(&self, pictures: Vec<f32>) -> Result<Vec<f32>, WebError> {
        match &self.networks {
            Networks::Graph(graphics) => graphics.rebuild(&pictures).await,
            Networks::Burn(networks, device) => {
                let count = pictures.len() / PIXELS;
                let values = TensorData::new(pictures, [count, 3, SIDE, SIDE]);
                let x = Tensor::from_data(values, device);
                let code = networks.encoder.forward(x).mean;
                let [pictures] = read([networks.generator.forward(code).flatten(0, 3)]).await?;
                Ok(pictures)
            }
        }
    }

    /// G(z) of codes `[n, latent]`, flattened: `[n, 3, 64, 64]` in `[-1, 1]`.
    ///
    /// # Errors
    /// A count of numbers that makes no codes, more than 64 codes, or the device fails.
    pub async fn generate(&self, codes: Vec<f32>) -> Result<Vec<f32>, WebError> {
        let count = self.count(&codes)?;
        let (pictures, _) = match &self.networks {
            Networks::Graph(graphics) => graphics.decode(&codes, false).await?,
            Networks::Burn(networks, device) => {
                let codes = TensorData::new(codes, [count, self.latent]);
                decode(networks, Tensor::from_data(codes, device), false).await?
            }
        };
        Ok(pictures)
    }
}

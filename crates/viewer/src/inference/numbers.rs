//! Pictures and codes as plain numbers, for whoever compares this program with others: E and G alone, no photograph read
//! before them and no judgement after.

use super::Inference;
use crate::ViewerError;

impl Inference {
    /// G(E(x)) of pictures `[n, 3, 64, 64]` in `[-1, 1]`, flattened, in the same shape.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn rebuild(&self, pictures: Vec<f32>) -> Result<Vec<f32>, ViewerError> {
        let (_, rebuilt) = self.networks.rebuild(pictures).await?;
        Ok(rebuilt)
    }

    /// G(z) of codes `[n, latent]`, flattened: `[n, 3, 64, 64]` in `[-1, 1]`.
    ///
    /// # Errors
    /// A count of numbers that makes no codes, more than 64 codes, or the device fails.
    pub async fn generate(&self, codes: Vec<f32>) -> Result<Vec<f32>, ViewerError> {
        let count = self.count(&codes)?;
        let (pictures, _) = self.networks.decode(&codes, count, false).await?;
        Ok(pictures)
    }
}

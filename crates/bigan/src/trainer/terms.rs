//! What a step reports: tensors first, numbers when somebody asks.

use burn::tensor::{ExecutionError, Tensor, TensorData, Transaction};
use serde::{Deserialize, Serialize};

/// The losses of one step, still on the device: nobody pays for a read-back that nobody asked for. Each `[1]`.
pub type StepLosses = Terms<Tensor<1>>;

/// The losses of one step as numbers.
pub type Losses = Terms<f32>;

/// The losses of one step. A term whose weight is zero is not computed, and is zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Terms<T> {
    /// What D minimises.
    pub discriminator: T,
    /// L_GAN as G and E minimise it.
    pub adversarial: T,
    /// L_AD, before its weight.
    pub adversarial_latent: T,
    /// L'_AD, before its weight.
    pub encoded_latent: T,
    /// L_AE, before its weight.
    pub autoencoder: T,
    /// L_H, before its weight.
    pub features: T,
    /// Feature matching, before its weight.
    pub feature_matching: T,
    /// Historical averaging of G and E, before its weight; D's is in what D minimises.
    pub historical: T,
    /// What G and E minimise: equation 8, and the two terms after it.
    pub total: T,
}

impl<T> Terms<T> {
    fn into_array(self) -> [T; 9] {
        [
            self.discriminator,
            self.adversarial,
            self.adversarial_latent,
            self.encoded_latent,
            self.autoencoder,
            self.features,
            self.feature_matching,
            self.historical,
            self.total,
        ]
    }

    fn from_array(terms: [T; 9]) -> Self {
        let [
            discriminator,
            adversarial,
            adversarial_latent,
            encoded_latent,
            autoencoder,
            features,
            feature_matching,
            historical,
            total,
        ] = terms;
        Self {
            discriminator,
            adversarial,
            adversarial_latent,
            encoded_latent,
            autoencoder,
            features,
            feature_matching,
            historical,
            total,
        }
    }
}

impl Losses {
    /// Whether every loss is a number: training past a NaN only destroys what was learnt.
    pub fn is_finite(&self) -> bool {
        self.into_array().iter().all(|loss| loss.is_finite())
    }
}

impl StepLosses {
    /// Reads all losses in one transfer.
    ///
    /// # Errors
    /// When the device failed since it was last waited for.
    pub async fn read(self) -> Result<Losses, ExecutionError> {
        let mut read = Self::read_all(vec![self]).await?;
        Ok(read.remove(0))
    }

    /// Reads the losses of several steps in one transfer, in their order.
    ///
    /// # Errors
    /// When the device failed since it was last waited for.
    pub async fn read_all(steps: Vec<Self>) -> Result<Vec<Losses>, ExecutionError> {
        let count = steps.len();
        let data = steps
            .into_iter()
            .flat_map(Terms::into_array)
            .fold(Transaction::default(), Transaction::register)
            .execute_async()
            .await?;
        let loss = |index: usize| data.get(index).and_then(first).unwrap_or(f32::NAN);
        let step =
            |step: usize| Terms::from_array(std::array::from_fn(|term| loss(9 * step + term)));
        Ok((0..count).map(step).collect())
    }
}

fn first(data: &TensorData) -> Option<f32> {
    data.iter::<f32>().next()
}

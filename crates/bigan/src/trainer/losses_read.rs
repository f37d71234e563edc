//! What a step reports: tensors first, numbers when somebody asks.

use burn::tensor::{ExecutionError, Tensor, TensorData, Transaction};
use serde::{Deserialize, Serialize};

/// The losses of one step, still on the device: nobody pays for a read-back that nobody asked for. Each `[1]`.
#[derive(Debug, Clone)]
pub struct StepLosses {
    /// D's loss.
    pub discriminator: Tensor<1>,
    /// L_GAN as G and E minimise it.
    pub adversarial: Tensor<1>,
    /// L_AD, before its weight.
    pub adversarial_latent: Tensor<1>,
    /// L_AE, before its weight.
    pub autoencoder: Tensor<1>,
    /// What G and E minimise: equation 8.
    pub total: Tensor<1>,
}

/// The losses of one step as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Losses {
    /// D's loss.
    pub discriminator: f32,
    /// L_GAN as G and E minimise it.
    pub adversarial: f32,
    /// L_AD, before its weight.
    pub adversarial_latent: f32,
    /// L_AE, before its weight.
    pub autoencoder: f32,
    /// What G and E minimise: equation 8.
    pub total: f32,
}

impl Losses {
    /// Whether every loss is a number: training past a NaN only destroys what was learnt.
    pub fn is_finite(&self) -> bool {
        let Self {
            discriminator,
            adversarial,
            adversarial_latent,
            autoencoder,
            total,
        } = self;
        [
            discriminator,
            adversarial,
            adversarial_latent,
            autoencoder,
            total,
        ]
        .iter()
        .all(|loss| loss.is_finite())
    }
}

impl StepLosses {
    /// Reads all losses in one transfer.
    ///
    /// # Errors
    /// When the device failed since it was last waited for.
    pub async fn read(self) -> Result<Losses, ExecutionError> {
        let data = Transaction::default()
            .register(self.discriminator)
            .register(self.adversarial)
            .register(self.adversarial_latent)
            .register(self.autoencoder)
            .register(self.total)
            .execute_async()
            .await?;
        let loss = |index: usize| data.get(index).and_then(first).unwrap_or(f32::NAN);
        Ok(Losses {
            discriminator: loss(0),
            adversarial: loss(1),
            adversarial_latent: loss(2),
            autoencoder: loss(3),
            total: loss(4),
        })
    }
}

fn first(data: &TensorData) -> Option<f32> {
    data.iter::<f32>().next()
}

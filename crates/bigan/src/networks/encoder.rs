//! E, figure 2: a picture becomes a code.

use burn::module::{Module, Param};
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};
use compute::Activation;

use super::Statistics;
use super::frozen::{self, FrozenEncoder};
use super::layers::{dense, halve_leaky, halvings, linear, norm, norm_leaky, normed};
use inference::config::NetworkConfig;

/// E(x): convolutions that halve the side to 4, four of them for the paper's 64, then two fully connected layers.
#[derive(Module, Debug)]
pub struct Encoder {
    conv_from_1: Vec<Conv2d>,
    /// After every convolution but the first, and after `fc1`.
    bn_from_2: Vec<BatchNorm>,
    fc1: Linear,
    fc2: Linear,
    stochastic: bool,
}

/// E's output for a batch of pictures.
#[derive(Debug, Clone)]
pub struct Encoding {
    /// The code itself, or its mean: `[batch, latent]`. Inference uses this.
    pub mean: Tensor<2>,
    /// With a stochastic encoder, the logarithm of each number's variance: `[batch, latent]`.
    pub log_variance: Option<Tensor<2>>,
}

impl Encoding {
    /// The code to train with: the mean, or with a stochastic encoder mean + exp(log_variance / 2) `noise`, the
    /// reparameterization trick of the paper's footnote 1. `noise` is standard normal, `[batch, latent]`.
    pub fn sample(self, noise: Option<Tensor<2>>) -> Tensor<2> {
        match (self.log_variance, noise) {
            (Some(log_variance), Some(noise)) => self.mean + (log_variance / 2.0).exp() * noise,
            _ => self.mean,
        }
    }
}

impl Encoder {
    pub(crate) fn new(config: &NetworkConfig, device: &Device) -> Self {
        let NetworkConfig {
            latent, stochastic, ..
        } = *config;
        let outputs = if stochastic { 2 * latent } else { latent };
        let (conv_from_1, mut bn_from_2) = halvings(config, device);
        bn_from_2.push(norm(2 * latent, device));
        Self {
            conv_from_1,
            bn_from_2,
            fc1: linear(config.innermost() * 16, 2 * latent, device),
            fc2: linear(2 * latent, outputs, device),
            stochastic,
        }
    }

    /// The same up to the code's mean, for gradients to pass through.
    pub(crate) fn frozen(&self) -> FrozenEncoder {
        let mean = match self.stochastic {
            true => means(&self.fc2),
            false => self.fc2.clone(),
        };
        FrozenEncoder {
            convolutions: frozen::halvings(&self.conv_from_1, &self.bn_from_2),
            joint: [
                frozen::linear(&self.fc1, self.bn_from_2.last(), 1, Activation::Leaky),
                frozen::linear(&mean, None, 1, Activation::Identity),
            ],
        }
    }

    /// Inference: pictures `[batch, 3, 64, 64]` in `[-1, 1]` to codes `[batch, latent]`.
    pub fn forward(&self, x: Tensor<4>) -> Encoding {
        self.forward_with(x, Statistics::Running)
    }

    /// The same, with the batch norms' statistics chosen.
    pub fn forward_with(&self, x: Tensor<4>, statistics: Statistics) -> Encoding {
        let mut x = x; // [batch, 3, 64, 64]
        for (convolution, norm) in normed(&self.conv_from_1, &self.bn_from_2) {
            // [batch, w, 32, 32], [batch, 2w, 16, 16], .., [batch, 8w, 4, 4]
            x = halve_leaky(convolution, norm, x, statistics, 1);
        }
        let mut x = dense(&self.fc1, x.flatten::<2>(1, 3)); // [batch, 128w], then [batch, 2 latent]
        if let Some(norm) = self.bn_from_2.last() {
            x = norm_leaky(norm, x, statistics);
        }
        let code = dense(&self.fc2, x);
        if !self.stochastic {
            return Encoding {
                mean: code,
                log_variance: None,
            };
        }
        let halves = code.chunk(2, 1);
        Encoding {
            mean: halves[0].clone(),
            log_variance: Some(halves[1].clone()),
        }
    }
}

/// The half of a stochastic encoder's last layer that makes the means.
fn means(layer: &Linear) -> Linear {
    let weight = layer.weight.val();
    let outputs = weight.dims()[1] / 2;
    let bias = layer.bias.as_ref();
    Linear {
        weight: Param::from_tensor(weight.narrow(1, 0, outputs)),
        bias: bias.map(|bias| Param::from_tensor(bias.val().narrow(0, 0, outputs))),
    }
}

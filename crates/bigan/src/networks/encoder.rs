//! E, figure 2: a picture becomes a code.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};

use super::Statistics;
use super::layers::{dense, halve, halving, leaky, linear, norm, norm_leaky};
use inference::config::NetworkConfig;

/// E(x): four convolutions that halve the side to 4, then two fully connected layers.
#[derive(Module, Debug)]
pub struct Encoder {
    conv1: Conv2d,
    conv2: Conv2d,
    bn2: BatchNorm,
    conv3: Conv2d,
    bn3: BatchNorm,
    conv4: Conv2d,
    bn4: BatchNorm,
    fc1: Linear,
    bn5: BatchNorm,
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
            width,
            latent,
            stochastic,
            ..
        } = *config;
        let outputs = if stochastic { 2 * latent } else { latent };
        Self {
            conv1: halving(3, width, device),
            conv2: halving(width, 2 * width, device),
            bn2: norm(2 * width, device),
            conv3: halving(2 * width, 4 * width, device),
            bn3: norm(4 * width, device),
            conv4: halving(4 * width, 8 * width, device),
            bn4: norm(8 * width, device),
            fc1: linear(8 * width * 16, 2 * latent, device),
            bn5: norm(2 * latent, device),
            fc2: linear(2 * latent, outputs, device),
            stochastic,
        }
    }

    /// Inference: pictures `[batch, 3, 64, 64]` in `[-1, 1]` to codes `[batch, latent]`.
    pub fn forward(&self, x: Tensor<4>) -> Encoding {
        self.forward_with(x, Statistics::Running)
    }

    /// The same, with the batch norms' statistics chosen.
    pub fn forward_with(&self, x: Tensor<4>, statistics: Statistics) -> Encoding {
        let x = leaky(halve(&self.conv1, x)); // [batch, w, 32, 32]
        let x = norm_leaky(&self.bn2, halve(&self.conv2, x), statistics); // [batch, 2w, 16, 16]
        let x = norm_leaky(&self.bn3, halve(&self.conv3, x), statistics); // [batch, 4w, 8, 8]
        let x = norm_leaky(&self.bn4, halve(&self.conv4, x), statistics); // [batch, 8w, 4, 4]
        let x = x.flatten::<2>(1, 3); // [batch, 128w]
        let x = norm_leaky(&self.bn5, dense(&self.fc1, x), statistics); // [batch, 2 latent]
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

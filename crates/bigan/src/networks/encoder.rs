//! E, figure 2: a picture becomes a code.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};

use super::Statistics;
use super::layers::{
    dense, fold_convolutions, fold_linear, halve_leaky, halvings, linear, norm, norm_leaky, normed,
};
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

    /// The same with batch norms in the weights, for [`Statistics::Folded`]: it costs nothing to normalize then, and a gradient
    /// passes through fewer operations.
    pub(crate) fn folded(&self) -> Self {
        let mut folded = self.clone();
        fold_convolutions(&mut folded.conv_from_1, &self.bn_from_2);
        if let Some(norm) = self.bn_from_2.last() {
            fold_linear(&mut folded.fc1, norm, 1);
        }
        folded
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
            x = halve_leaky(convolution, norm, x, statistics);
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

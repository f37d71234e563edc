//! G, figure 1: a code becomes a picture.

use burn::module::Module;
use burn::nn::conv::ConvTranspose2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};
use compute::Activation;

use super::Statistics;
use super::frozen::{self, FrozenGenerator};
use super::layers::{dense, double, doubling, linear, norm, norm_leaky};
use inference::config::NetworkConfig;

/// G(z): a fully connected layer to 4x4, then transposed convolutions that double the side, four times to the paper's 64.
#[derive(Module, Debug)]
pub struct Generator {
    fc: Linear,
    /// After `fc` and after every transposed convolution but the last.
    bn_from_0: Vec<BatchNorm>,
    deconv_from_1: Vec<ConvTranspose2d>,
}

impl Generator {
    pub(crate) fn new(config: &NetworkConfig, device: &Device) -> Self {
        let innermost = config.innermost();
        // 8w, 4w, 2w, w
        let channels: Vec<usize> = (0..config.halvings()).map(|n| innermost >> n).collect();
        let outputs = channels.iter().skip(1).chain([&3]);
        Self {
            fc: linear(config.latent, innermost * 16, device),
            bn_from_0: channels.iter().map(|count| norm(*count, device)).collect(),
            deconv_from_1: channels
                .iter()
                .zip(outputs)
                .map(|(inputs, outputs)| doubling(*inputs, *outputs, device))
                .collect(),
        }
    }

    /// The same, for gradients to pass through.
    pub(crate) fn frozen(&self) -> FrozenGenerator {
        let mut norms = self.bn_from_0.iter();
        FrozenGenerator {
            fc: frozen::linear(&self.fc, norms.next(), 16, Activation::Leaky),
            deconvolutions: self
                .deconv_from_1
                .iter()
                .map(|layer| match norms.next() {
                    Some(norm) => frozen::transposed(layer, Some(norm), Activation::Leaky),
                    None => frozen::transposed(layer, None, Activation::Tanh),
                })
                .collect(),
        }
    }

    /// Inference: codes `[batch, latent]` to pictures `[batch, 3, 64, 64]` in `[-1, 1]`.
    pub fn forward(&self, z: Tensor<2>) -> Tensor<4> {
        self.forward_with(z, Statistics::Running)
    }

    /// The same, with the batch norms' statistics chosen.
    pub fn forward_with(&self, z: Tensor<2>, statistics: Statistics) -> Tensor<4> {
        let [batch, _] = z.dims();
        let x = dense(&self.fc, z);
        let [_, values] = x.dims();
        let mut x = x.reshape([batch, values / 16, 4, 4]);
        for (norm, deconvolution) in self.bn_from_0.iter().zip(&self.deconv_from_1) {
            // [batch, 8w, 4, 4], .., [batch, w, 32, 32], [batch, 3, 64, 64]
            x = double(deconvolution, norm_leaky(norm, x, statistics));
        }
        kernels::tanh(x)
    }
}

//! G, figure 1: a code becomes a picture.

use burn::module::Module;
use burn::nn::conv::ConvTranspose2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};

use super::Statistics;
use super::layers::{dense, double, doubling, linear, norm, norm_leaky};
use inference::config::NetworkConfig;

/// G(z): a fully connected layer to 4x4, then four transposed convolutions that double the side to 64.
#[derive(Module, Debug)]
pub struct Generator {
    fc: Linear,
    bn0: BatchNorm,
    deconv1: ConvTranspose2d,
    bn1: BatchNorm,
    deconv2: ConvTranspose2d,
    bn2: BatchNorm,
    deconv3: ConvTranspose2d,
    bn3: BatchNorm,
    deconv4: ConvTranspose2d,
}

impl Generator {
    pub(crate) fn new(config: &NetworkConfig, device: &Device) -> Self {
        let width = config.width;
        Self {
            fc: linear(config.latent, 8 * width * 16, device),
            bn0: norm(8 * width, device),
            deconv1: doubling(8 * width, 4 * width, device),
            bn1: norm(4 * width, device),
            deconv2: doubling(4 * width, 2 * width, device),
            bn2: norm(2 * width, device),
            deconv3: doubling(2 * width, width, device),
            bn3: norm(width, device),
            deconv4: doubling(width, 3, device),
        }
    }

    /// Inference: codes `[batch, latent]` to pictures `[batch, 3, 64, 64]` in `[-1, 1]`.
    pub fn forward(&self, z: Tensor<2>) -> Tensor<4> {
        self.forward_with(z, Statistics::Running)
    }

    /// The same, with the batch norms' statistics chosen.
    pub fn forward_with(&self, z: Tensor<2>, statistics: Statistics) -> Tensor<4> {
        let [batch, _] = z.dims();
        let [channels] = self.bn0.gamma.dims();
        let x = dense(&self.fc, z).reshape([batch, channels, 4, 4]);
        let x = norm_leaky(&self.bn0, x, statistics); // [batch, 8w, 4, 4]
        let x = norm_leaky(&self.bn1, double(&self.deconv1, x), statistics); // [batch, 4w, 8, 8]
        let x = norm_leaky(&self.bn2, double(&self.deconv2, x), statistics); // [batch, 2w, 16, 16]
        let x = norm_leaky(&self.bn3, double(&self.deconv3, x), statistics); // [batch, w, 32, 32]
        kernels::tanh(double(&self.deconv4, x)) // [batch, 3, 64, 64]
    }
}

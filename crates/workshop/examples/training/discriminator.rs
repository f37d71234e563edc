//! D of figure 3, from Burn's modules.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};

use crate::networks::{LATENT, halving, leaky, linear, norm};

/// D.
#[derive(Module, Debug)]
pub struct Discriminator {
    conv1: Conv2d,
    conv2: Conv2d,
    bn2: BatchNorm,
    conv3: Conv2d,
    bn3: BatchNorm,
    conv4: Conv2d,
    bn4: BatchNorm,
    conv5: Conv2d,
    bn5: BatchNorm,
    z1: Linear,
    z2: Linear,
    fc1: Linear,
    fc2: Linear,
    fc3: Linear,
}

impl Discriminator {
    /// Its weights are loaded afterwards.
    pub fn new(width: usize, device: &Device) -> Self {
        Self {
            conv1: halving(3, width, 5, device),
            conv2: halving(width, 2 * width, 5, device),
            bn2: norm(2 * width, device),
            conv3: halving(2 * width, 4 * width, 5, device),
            bn3: norm(4 * width, device),
            conv4: halving(4 * width, 8 * width, 5, device),
            bn4: norm(8 * width, device),
            conv5: halving(8 * width, 8 * width, 3, device),
            bn5: norm(8 * width, device),
            z1: linear(LATENT, 4 * width, device),
            z2: linear(4 * width, 4 * width, device),
            fc1: linear(36 * width, 8 * width, device),
            fc2: linear(8 * width, 8 * width, device),
            fc3: linear(8 * width, 1, device),
        }
    }

    /// Widths of the three layers that dropout follows.
    pub fn mask_widths(&self) -> [usize; 3] {
        let [bottom] = self.bn2.gamma.dims();
        [2 * bottom, 2 * bottom, 4 * bottom]
    }

    /// Pictures and codes to logits `[batch, 1]`.
    pub fn forward(&self, x: Tensor<4>, z: Tensor<2>, masks: &[Tensor<2>; 3]) -> Tensor<2> {
        let x = leaky(self.conv1.forward(x));
        let x = leaky(self.bn2.forward(self.conv2.forward(x)));
        let x = leaky(self.bn3.forward(self.conv3.forward(x)));
        let x = leaky(self.bn4.forward(self.conv4.forward(x)));
        let x = leaky(self.bn5.forward(self.conv5.forward(x)));
        let z = leaky(self.z1.forward(z)) * masks[0].clone();
        let z = leaky(self.z2.forward(z)) * masks[1].clone();
        let joint = leaky(self.fc1.forward(Tensor::cat(vec![x.flatten(1, 3), z], 1)));
        let joint = leaky(self.fc2.forward(joint)) * masks[2].clone();
        self.fc3.forward(joint)
    }
}

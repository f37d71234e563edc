//! G and E of figures 1 and 2, from Burn's modules.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation};

/// Numbers in a code.
pub const LATENT: usize = 100;

const LEAK: f64 = 0.2;
const MOMENTUM: f64 = 0.03;

/// Leaky ReLU.
pub fn leaky<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    activation::leaky_relu(x, LEAK)
}

/// A convolution of stride 2.
pub fn halving(inputs: usize, outputs: usize, kernel: usize, device: &Device) -> Conv2d {
    let pad = kernel / 2;
    Conv2dConfig::new([inputs, outputs], [kernel, kernel])
        .with_stride([2, 2])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .init(device)
}

fn doubling(inputs: usize, outputs: usize, device: &Device) -> ConvTranspose2d {
    ConvTranspose2dConfig::new([inputs, outputs], [5, 5])
        .with_stride([2, 2])
        .with_padding([2, 2])
        .with_padding_out([1, 1])
        .init(device)
}

/// Batch norm.
pub fn norm(channels: usize, device: &Device) -> BatchNorm {
    BatchNormConfig::new(channels)
        .with_momentum(MOMENTUM)
        .init(device)
}

/// Fully connected.
pub fn linear(inputs: usize, outputs: usize, device: &Device) -> Linear {
    LinearConfig::new(inputs, outputs).init(device)
}

/// G.
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
    /// Its weights are loaded afterwards.
    pub fn new(width: usize, device: &Device) -> Self {
        Self {
            fc: linear(LATENT, 128 * width, device),
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

    /// `[batch, LATENT]` to `[batch, 3, 64, 64]`.
    pub fn forward(&self, z: Tensor<2>) -> Tensor<4> {
        let [batch, _] = z.dims();
        let [channels] = self.bn0.gamma.dims();
        let x = self.fc.forward(z).reshape([batch, channels, 4, 4]);
        let x = self.deconv1.forward(leaky(self.bn0.forward(x)));
        let x = self.deconv2.forward(leaky(self.bn1.forward(x)));
        let x = self.deconv3.forward(leaky(self.bn2.forward(x)));
        activation::tanh(self.deconv4.forward(leaky(self.bn3.forward(x))))
    }
}

/// E.
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
}

impl Encoder {
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
            fc1: linear(128 * width, 2 * LATENT, device),
            bn5: norm(2 * LATENT, device),
            fc2: linear(2 * LATENT, LATENT, device),
        }
    }

    /// `[batch, 3, 64, 64]` to `[batch, LATENT]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = leaky(self.conv1.forward(x));
        let x = leaky(self.bn2.forward(self.conv2.forward(x)));
        let x = leaky(self.bn3.forward(self.conv3.forward(x)));
        let x = leaky(self.bn4.forward(self.conv4.forward(x)));
        let x = self.fc1.forward(x.flatten::<2>(1, 3));
        self.fc2.forward(leaky(self.bn5.forward(x)))
    }
}

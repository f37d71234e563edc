//! Networks that gradients pass through and that nothing trains: batch norms, by their running statistics, are part of the
//! weights, and a layer is one operation.

use burn::module::RunningState;
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::nn::{BatchNorm, Linear};
use burn::tensor::Tensor;
use compute::Activation;
use kernels::{FrozenConvolution, FrozenLinear};

use super::layers::normed;
use super::minibatch::MinibatchDiscrimination;

/// G, E and D.
#[derive(Debug)]
pub(crate) struct FrozenBigan {
    pub generator: FrozenGenerator,
    pub encoder: FrozenEncoder,
    pub discriminator: FrozenDiscriminator,
}

/// G, figure 1.
#[derive(Debug)]
pub(crate) struct FrozenGenerator {
    pub(super) fc: FrozenLinear,
    pub(super) deconvolutions: Vec<FrozenConvolution>,
}

/// E, figure 2, up to the code's mean.
#[derive(Debug)]
pub(crate) struct FrozenEncoder {
    pub(super) convolutions: Vec<FrozenConvolution>,
    pub(super) joint: [FrozenLinear; 2],
}

/// D, figure 3.
#[derive(Debug)]
pub(crate) struct FrozenDiscriminator {
    pub(super) convolutions: Vec<FrozenConvolution>,
    pub(super) codes: [FrozenLinear; 2],
    pub(super) joint: FrozenLinear,
    pub(super) minibatch: Option<MinibatchDiscrimination>,
    pub(super) last: [FrozenLinear; 2],
}

impl FrozenGenerator {
    /// Codes `[batch, latent]` to pictures `[batch, 3, 64, 64]`.
    pub fn forward(&self, z: Tensor<2>) -> Tensor<4> {
        let x = self.fc.forward(z);
        let [batch, values] = x.dims();
        let x = x.reshape([batch, values / 16, 4, 4]);
        through(&self.deconvolutions, x)
    }
}

impl FrozenEncoder {
    /// Pictures `[batch, 3, 64, 64]` to codes `[batch, latent]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = through(&self.convolutions, x).flatten(1, 3);
        in_turn(&self.joint, x)
    }
}

impl FrozenDiscriminator {
    /// Pictures `[batch, 3, 64, 64]` and codes `[batch, latent]` to logits `[batch, 1]`.
    pub fn forward(&self, x: Tensor<4>, z: Tensor<2>) -> Tensor<2> {
        let x = through(&self.convolutions, x).flatten(1, 3);
        let z = in_turn(&self.codes, z);
        let features = self.joint.forward(Tensor::cat(vec![x, z], 1));
        let joint = match &self.minibatch {
            Some(minibatch) => {
                let nearness = minibatch.forward(features.clone());
                Tensor::cat(vec![features, nearness], 1)
            }
            None => features,
        };
        in_turn(&self.last, joint)
    }
}

fn through(layers: &[FrozenConvolution], x: Tensor<4>) -> Tensor<4> {
    layers.iter().fold(x, |x, layer| layer.forward(x))
}

fn in_turn(layers: &[FrozenLinear; 2], x: Tensor<2>) -> Tensor<2> {
    layers.iter().fold(x, |x, layer| layer.forward(x))
}

/// A convolution with the batch norm that follows it.
pub(crate) fn strided(layer: &Conv2d, norm: Option<&BatchNorm>) -> FrozenConvolution {
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    let (weight, bias) = folded(layer.weight.val(), bias, norm, [0, 1]);
    FrozenConvolution::strided(weight, bias, Activation::Leaky)
}

/// The convolutions with which E and D begin.
pub(super) fn halvings(convolutions: &[Conv2d], norms: &[BatchNorm]) -> Vec<FrozenConvolution> {
    let layers = normed(convolutions, norms);
    layers.map(|(layer, norm)| strided(layer, norm)).collect()
}

/// A transposed convolution with the batch norm that follows it.
pub(crate) fn transposed(
    layer: &ConvTranspose2d,
    norm: Option<&BatchNorm>,
    activation: Activation,
) -> FrozenConvolution {
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    let (weight, bias) = folded(layer.weight.val(), bias, norm, [1, 1]);
    FrozenConvolution::transposed(weight, bias, activation)
}

/// A fully connected layer with the batch norm that follows it, of each of whose channels it makes `positions`.
pub(crate) fn linear(
    layer: &Linear,
    norm: Option<&BatchNorm>,
    positions: usize,
    activation: Activation,
) -> FrozenLinear {
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    let (weight, bias) = folded(layer.weight.val(), bias, norm, [1, positions]);
    FrozenLinear::new(weight, bias, activation)
}

/// A weight and bias that also do what the batch norm after them does: `along` is the weight's axis of outputs, of which
/// `positions` after each other are of one channel.
fn folded<const D: usize>(
    weight: Tensor<D>,
    bias: Option<Tensor<1>>,
    norm: Option<&BatchNorm>,
    [along, positions]: [usize; 2],
) -> (Tensor<D>, Tensor<1>) {
    let outputs = weight.dims()[along];
    let bias = bias.unwrap_or_else(|| Tensor::zeros([outputs], &weight.device()));
    let Some(norm) = norm else {
        return (weight, bias);
    };
    let [scale, shift] = scale_and_shift(norm).map(|channels| {
        let [count] = channels.dims();
        let each = channels.reshape([count, 1]).expand([count, positions]);
        each.reshape([outputs])
    });
    let mut shape = [1; D];
    shape[along] = outputs;
    (weight * scale.clone().reshape(shape), bias * scale + shift)
}

/// What a batch norm with its running statistics multiplies each channel with, and what it adds then, `[channels]` each.
fn scale_and_shift(norm: &BatchNorm) -> [Tensor<1>; 2] {
    let [mean, variance] = [&norm.running_mean, &norm.running_var].map(RunningState::value_sync);
    let scale = norm.gamma.val() / (variance + norm.epsilon).sqrt();
    let shift = norm.beta.val() - mean * scale.clone();
    [scale, shift]
}

//! D, figure 3: whether E or G made a pair of picture and code.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};
use compute::Activation;

use super::Statistics;
use super::frozen::{self, FrozenDiscriminator};
use super::layers::{dense, dense_leaky, halve_leaky, halvings, linear, norm, normed, strided};
use super::minibatch::MinibatchDiscrimination;
use inference::config::NetworkConfig;

/// Probability that dropout drops a value: the paper's 0.8 is TensorFlow's keep probability.
pub const DROP: f32 = 0.2;

/// D(x, z): a path for the picture, a path for the code, and three layers over both.
#[derive(Module, Debug)]
pub struct Discriminator {
    /// Those that E has too, and one more.
    conv_from_1: Vec<Conv2d>,
    /// After every convolution but the first.
    bn_from_2: Vec<BatchNorm>,
    z1: Linear,
    z2: Linear,
    fc1: Linear,
    minibatch: Option<MinibatchDiscrimination>,
    fc2: Linear,
    fc3: Linear,
}

/// D's output for a batch of pairs.
#[derive(Debug, Clone)]
pub struct DiscriminatorOutput {
    /// `[batch, 1]`.
    pub logits: Tensor<2>,
    /// The activations of the first layer that sees picture and code together, `[batch, 8 width]`: what feature matching
    /// compares.
    pub features: Tensor<2>,
    /// The activations of the convolution that was asked for, `[batch, channels, side, side]`.
    pub map: Option<Tensor<4>>,
}

/// What D makes of pictures before it sees their codes.
#[derive(Debug, Clone)]
pub struct PicturePath {
    /// The last convolution's activations, `[batch, 32 width]`.
    pub last: Tensor<2>,
    /// Those of the convolution that was asked for, `[batch, channels, side, side]`.
    pub map: Option<Tensor<4>>,
}

impl DiscriminatorOutput {
    /// The part of it that is for `count` pairs from `first` on.
    pub(crate) fn narrow(&self, first: usize, count: usize) -> Self {
        Self {
            logits: self.logits.clone().narrow(0, first, count),
            features: self.features.clone().narrow(0, first, count),
            map: self.map.clone().map(|map| map.narrow(0, first, count)),
        }
    }

    /// The same as constants: no gradient reaches D or the pairs.
    pub(crate) fn detach(self) -> Self {
        Self {
            logits: self.logits.detach(),
            features: self.features.detach(),
            map: self.map.map(Tensor::detach),
        }
    }
}

impl Discriminator {
    /// The same, without dropout, for whoever does not train it.
    pub(crate) fn frozen(&self) -> FrozenDiscriminator {
        let dense = |layer, activation| frozen::linear(layer, None, 1, activation);
        FrozenDiscriminator {
            convolutions: frozen::halvings(&self.conv_from_1, &self.bn_from_2),
            codes: [&self.z1, &self.z2].map(|layer| dense(layer, Activation::Leaky)),
            joint: dense(&self.fc1, Activation::Leaky),
            minibatch: self.minibatch.clone(),
            last: [
                dense(&self.fc2, Activation::Leaky),
                dense(&self.fc3, Activation::Identity),
            ],
        }
    }

    /// Convolutions on the picture's path.
    pub fn convolutions(config: &NetworkConfig) -> usize {
        config.halvings() + 1
    }

    pub(crate) fn new(config: &NetworkConfig, device: &Device) -> Self {
        let width = config.width;
        let kernels = config.minibatch.kernels;
        let channels = config.innermost();
        let (mut conv_from_1, mut bn_from_2) = halvings(config, device);
        conv_from_1.push(strided(channels, channels, 3, device));
        bn_from_2.push(norm(channels, device));
        Self {
            conv_from_1,
            bn_from_2,
            z1: linear(config.latent, 4 * width, device),
            z2: linear(4 * width, 4 * width, device),
            fc1: linear(4 * channels + 4 * width, 8 * width, device),
            minibatch: (!config.minibatch.is_off())
                .then(|| MinibatchDiscrimination::new(8 * width, &config.minibatch, device)),
            fc2: linear(8 * width + kernels, 8 * width, device),
            fc3: linear(8 * width, 1, device),
        }
    }

    /// Widths of the three dropout masks, in the order [`Discriminator::joint`] takes them.
    pub fn mask_widths(config: &NetworkConfig) -> [usize; 3] {
        [4, 4, 8].map(|factor| factor * config.width)
    }

    /// Inference: pictures `[batch, 3, 64, 64]` and codes `[batch, latent]` to logits `[batch, 1]`.
    pub fn forward(&self, x: Tensor<4>, z: Tensor<2>) -> Tensor<2> {
        self.forward_with(x, z, Statistics::Running, None)
    }

    /// D's probability, 0 to 1, that E made the pair from a real picture: sigmoid of the logit, `[batch, 1]`.
    pub fn probability(&self, x: Tensor<4>, z: Tensor<2>) -> Tensor<2> {
        burn::tensor::activation::sigmoid(self.forward(x, z))
    }

    /// The same, with the batch norms' statistics chosen and, while training, dropout.
    pub fn forward_with(
        &self,
        x: Tensor<4>,
        z: Tensor<2>,
        statistics: Statistics,
        masks: Option<&[Tensor<2>; 3]>,
    ) -> Tensor<2> {
        self.forward_features(x, z, statistics, masks, None).logits
    }

    /// The same, with the features that feature matching compares.
    ///
    /// `masks` are as [`Discriminator::joint`] takes them. With [`Statistics::Reference`], the reference batch comes before
    /// the pictures in `x`, and has no codes in `z`. `layer` is the convolution, from 1 on, whose activations are wanted as
    /// well.
    pub fn forward_features(
        &self,
        x: Tensor<4>,
        z: Tensor<2>,
        statistics: Statistics,
        masks: Option<&[Tensor<2>; 3]>,
        layer: Option<usize>,
    ) -> DiscriminatorOutput {
        let PicturePath { last, map } = self.pictures(x, statistics, 1, layer);
        let [batch, _] = z.dims();
        let (last, map) = match statistics {
            // The reference batch only gave statistics: D's output is for the pictures after it.
            Statistics::Reference { rows, .. } => (
                last.narrow(0, rows, batch),
                map.map(|map| map.narrow(0, rows, batch)),
            ),
            _ => (last, map),
        };
        DiscriminatorOutput {
            map,
            ..self.joint(last, z, 1, masks)
        }
    }

    /// The picture's path alone, of `batches` that lie in `x` one after the other: each is normalized by its own statistics.
    pub fn pictures(
        &self,
        mut x: Tensor<4>,
        statistics: Statistics,
        batches: usize,
        layer: Option<usize>,
    ) -> PicturePath {
        let mut map = None;
        for (number, (convolution, norm)) in (1..).zip(normed(&self.conv_from_1, &self.bn_from_2)) {
            // [batch, w, 32, 32], [batch, 2w, 16, 16], .., [batch, 8w, 4, 4], [batch, 8w, 2, 2]
            x = halve_leaky(convolution, norm, x, statistics, batches);
            if layer == Some(number) {
                map = Some(x.clone());
            }
        }
        PicturePath {
            last: x.flatten(1, 3),
            map,
        }
    }

    /// What follows the picture's path: the code's, and the layers that see both, of `batches` one after the other.
    ///
    /// `masks` follow the first and second layer of the code's path and the second joint layer: each `[batch, width]`
    /// as [`Discriminator::mask_widths`] says, 0 where a value is dropped and `1 / (1 - DROP)` where it is kept.
    pub fn joint(
        &self,
        pictures: Tensor<2>,
        z: Tensor<2>,
        batches: usize,
        masks: Option<&[Tensor<2>; 3]>,
    ) -> DiscriminatorOutput {
        let mask = |index: usize| masks.map(|masks| &masks[index]);
        let z = dense_leaky(&self.z1, z, mask(0)); // [batch, 4w]
        let z = dense_leaky(&self.z2, z, mask(1)); // [batch, 4w]
        let both = Tensor::cat(vec![pictures, z], 1);
        let features = dense_leaky(&self.fc1, both, None); // [batch, 8w]
        let joint = match &self.minibatch {
            Some(minibatch) => {
                let batches = features.clone().chunk(batches, 0).into_iter();
                let near = batches.map(|batch| minibatch.forward(batch)).collect();
                Tensor::cat(vec![features.clone(), Tensor::cat(near, 0)], 1) // [batch, 8w + kernels]
            }
            None => features.clone(),
        };
        let joint = dense_leaky(&self.fc2, joint, mask(2)); // [batch, 8w]
        DiscriminatorOutput {
            logits: dense(&self.fc3, joint), // [batch, 1]
            features,
            map: None,
        }
    }
}

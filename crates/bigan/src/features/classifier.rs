//! A small network that tells kinds of clothes apart, and whose last feature map is then H.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::mean_over_positions;
use super::resize::bilinear;
use crate::networks::Statistics;
use crate::networks::frozen;
use crate::networks::layers::{halve, halving, linear, norm, norm_leaky, strided};
use compute::Activation;
use inference::config::{ConfigError, SIDE};
use kernels::{FrozenConvolution, FrozenLinear};

/// Above this a `features.json` is refused before anything is allocated for it.
const MAX_WIDTH: usize = 512;

/// What shapes a classifier, besides its classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierConfig {
    /// Channels of the first convolution; every other channel count is a multiple of it.
    pub width: usize,
}

impl Default for ClassifierConfig {
    fn default() -> Self {
        Self { width: 32 }
    }
}

/// Four convolutions that halve the side to 4, as in the encoder, then the mean over positions and one linear layer.
#[derive(Module, Debug)]
pub struct Classifier {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    conv3: Conv2d,
    bn3: BatchNorm,
    conv4: Conv2d,
    bn4: BatchNorm,
    fc: Linear,
}

impl ClassifierConfig {
    /// Checks the width.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if (1..=MAX_WIDTH).contains(&self.width) {
            return Ok(());
        }
        Err(ConfigError::OutOfRange {
            field: "width",
            value: self.width,
            max: MAX_WIDTH,
        })
    }

    /// The network on `device`, its parameters not yet drawn.
    pub(crate) fn init(&self, classes: usize, device: &Device) -> Classifier {
        let width = self.width;
        Classifier {
            conv1: halving(3, width, device),
            bn1: norm(width, device),
            conv2: strided(width, 2 * width, 3, device),
            bn2: norm(2 * width, device),
            conv3: strided(2 * width, 4 * width, 3, device),
            bn3: norm(4 * width, device),
            conv4: strided(4 * width, 4 * width, 3, device),
            bn4: norm(4 * width, device),
            fc: linear(4 * width, classes, device),
        }
    }
}

impl Classifier {
    /// The last feature map: pictures `[batch, 3, 64, 64]` in `[-1, 1]` to `[batch, 4 width, 4, 4]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_with(x, Statistics::Running)
    }

    /// How likely each class is, as logits: pictures `[batch, 3, 64, 64]` to `[batch, classes]`.
    pub fn logits(&self, x: Tensor<4>) -> Tensor<2> {
        self.logits_with(x, Statistics::Running)
    }

    /// The same, with the batch norms' statistics chosen.
    pub(super) fn logits_with(&self, x: Tensor<4>, statistics: Statistics) -> Tensor<2> {
        let map = self.forward_with(x, statistics);
        self.fc.forward(mean_over_positions(map))
    }

    fn forward_with(&self, x: Tensor<4>, statistics: Statistics) -> Tensor<4> {
        let x = bilinear(x, SIDE); // [batch, 3, 64, 64]
        let x = norm_leaky(&self.bn1, halve(&self.conv1, x), statistics); // [batch, w, 32, 32]
        let x = norm_leaky(&self.bn2, halve(&self.conv2, x), statistics); // [batch, 2w, 16, 16]
        let x = norm_leaky(&self.bn3, halve(&self.conv3, x), statistics); // [batch, 4w, 8, 8]
        norm_leaky(&self.bn4, halve(&self.conv4, x), statistics) // [batch, 4w, 4, 4]
    }
}

/// The same network, for gradients to pass through and for nobody to train.
#[derive(Debug, Clone)]
pub struct FrozenClassifier {
    convolutions: [FrozenConvolution; 4],
    fc: FrozenLinear,
}

impl Classifier {
    /// The network with batch norms in its weights. It must be off the autodiff graph.
    pub fn frozen(&self) -> FrozenClassifier {
        FrozenClassifier {
            convolutions: [
                frozen::strided(&self.conv1, Some(&self.bn1)),
                frozen::strided(&self.conv2, Some(&self.bn2)),
                frozen::strided(&self.conv3, Some(&self.bn3)),
                frozen::strided(&self.conv4, Some(&self.bn4)),
            ],
            fc: frozen::linear(&self.fc, None, 1, Activation::Identity),
        }
    }
}

impl FrozenClassifier {
    /// [`Classifier::forward`].
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let layers = self.convolutions.iter();
        layers.fold(bilinear(x, SIDE), |x, layer| layer.forward(x))
    }

    /// [`Classifier::logits`].
    pub fn logits(&self, x: Tensor<4>) -> Tensor<2> {
        self.fc.forward(mean_over_positions(self.forward(x)))
    }
}

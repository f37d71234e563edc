//! H of equation 5: a fixed network that extracts what is in a picture, and that the BiGAN never trains.
//!
//! The paper's is AlexNet up to its fifth pooling; [`Classifier`] is what it proposes for later, one trained on clothes.
//! Weights are constants outside every autodiff graph, so a loss on H's output has a gradient for the picture and none
//! for the network.

mod alexnet;
mod card;
mod classifier;
pub(crate) mod resize;
mod training;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use alexnet::{AlexNet, AlexNetConfig};
pub use card::{Accuracy, ClassifierDescription, ClassifierTraining, FeaturesCard};
pub use classifier::{Classifier, ClassifierConfig, FrozenClassifier};
pub use inference::weights::StoredTensors;
pub use training::{ClassifierTrainer, ClassifierTrainerConfig};

use crate::named::fill;
use crate::random;
use crate::weights::ModelError;

/// A fixed, differentiable network on pictures.
#[derive(Module, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a program has one, and hardly ever moves it"
)]
pub enum Features {
    /// The paper's: AlexNet up to its fifth pooling, trained on ImageNet.
    AlexNet(AlexNet),
    /// A small network trained to tell kinds of clothes apart.
    Classifier(Classifier),
}

impl Features {
    /// The AlexNet whose weights `stored` holds, under torchvision's names; `file` is for the messages.
    ///
    /// # Errors
    /// Names the tensor that is missing, of another shape, unreadable, or not finite.
    pub fn alexnet(
        file: &str,
        stored: &dyn StoredTensors,
        device: &Device,
    ) -> Result<Self, ModelError> {
        alexnet::load(file, stored, device).map(|network| Self::AlexNet(network).frozen())
    }

    /// A trained classifier, up to its last feature map.
    pub fn classifier(network: Classifier) -> Self {
        Self::Classifier(network).frozen()
    }

    /// An AlexNet whose weights are drawn from `seed`: for tests, and to see what training adds.
    pub fn seeded_alexnet(config: &AlexNetConfig, seed: u64, device: &Device) -> Self {
        Self::AlexNet(seeded(config.init(device), seed)).frozen()
    }

    /// H(x): pictures `[batch, 3, 64, 64]` in `[-1, 1]` to rows of length 1, `[batch, features]`.
    ///
    /// A row holds all positions of the network's last feature map, so that H knows where something is. The row of a
    /// picture whose activations are all zero stays zero.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        unit(self.feature_map(x).flatten(1, 3))
    }

    /// What FID and KID compare: pictures `[batch, 3, 64, 64]` in `[-1, 1]` to `[batch, channels]`, the mean over the
    /// positions of the last feature map, not scaled to length 1. So few numbers that some hundred pictures are enough
    /// to estimate their covariance.
    pub fn activations(&self, x: Tensor<4>) -> Tensor<2> {
        mean_over_positions(self.feature_map(x))
    }

    /// The last feature map, `[batch, channels, rows, columns]`.
    fn feature_map(&self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::AlexNet(network) => network.forward(x),
            Self::Classifier(network) => network.forward(x),
        }
    }

    /// Off the autodiff graph, where tensors on it treat the weights as constants.
    fn frozen(self) -> Self {
        self.valid()
    }
}

/// H for gradients to pass through.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a program has one, and hardly ever moves it"
)]
pub(crate) enum FrozenFeatures {
    AlexNet(AlexNet),
    Classifier(FrozenClassifier),
}

impl FrozenFeatures {
    pub fn new(features: Features) -> Self {
        match features {
            Features::AlexNet(network) => Self::AlexNet(network),
            Features::Classifier(network) => Self::Classifier(network.frozen()),
        }
    }

    /// [`Features::forward`].
    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let map = match self {
            Self::AlexNet(network) => network.forward(x),
            Self::Classifier(network) => network.forward(x),
        };
        unit(map.flatten(1, 3))
    }
}

/// Rows scaled to length 1. The added 1e-12 keeps the gradient of a row of zeros finite.
fn unit(rows: Tensor<2>) -> Tensor<2> {
    let squares = (rows.clone() * rows.clone()).sum_dim(1);
    rows / (squares + 1e-12).sqrt()
}

/// `[batch, channels, rows, columns]` to `[batch, channels]`.
fn mean_over_positions(map: Tensor<4>) -> Tensor<2> {
    map.flatten::<3>(2, 3).mean_dim(2).squeeze_dim(2)
}

/// First weights after He et al. (2015), which keep the size of activations from layer to layer; biases are zero.
pub(crate) fn seeded<M: Module>(module: M, seed: u64) -> M {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    fill(module, |slot| {
        slot.is_kernel().then(|| {
            let inputs: usize = slot.shape[1..].iter().product();
            let deviation = (2.0 / inputs as f32).sqrt();
            let values = random::normal(&mut rng, slot.shape.iter().product());
            values.into_iter().map(|value| value * deviation).collect()
        })
    })
}

#[cfg(test)]
mod tests;

//! The three networks, figures 1 to 3 of the paper.

mod discriminator;
mod encoder;
pub(crate) mod frozen;
mod generator;
pub(crate) mod layers;
mod minibatch;
mod virtual_norm;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use discriminator::{DROP, Discriminator, DiscriminatorOutput, PicturePath};
pub use encoder::{Encoder, Encoding};
pub(crate) use frozen::FrozenBigan;
pub use generator::Generator;
pub use layers::Statistics;

use crate::named::fill;
use inference::NetworkConfig;
use inference::layers::{self as specification, Layer, LayerKind};
use inference::random::normal;
use kernels::{ConvolutionOperation, ConvolutionProblem};

/// G, E and D together: what a checkpoint and a model directory hold.
#[derive(Module, Debug)]
pub struct Bigan {
    /// z to picture.
    pub generator: Generator,
    /// Picture to z.
    pub encoder: Encoder,
    /// Pair to logit.
    pub discriminator: Discriminator,
}

/// The convolutions of a step of D on a batch of pictures. E's are among them, and G's are the same backwards.
pub fn convolutions_of_a_batch(config: &NetworkConfig, batch: usize) -> Vec<ConvolutionProblem> {
    let layers = specification::Networks::new(config).discriminator.pictures;
    problems(layers.iter(), batch)
}

/// Of each layer's shape all three operations, because each is another's gradient.
fn problems<'a>(layers: impl Iterator<Item = &'a Layer>, batch: usize) -> Vec<ConvolutionProblem> {
    let shape = |layer: &Layer| match layer.kind {
        LayerKind::Conv2d { kernel } => Some(([layer.inputs, layer.outputs], layer.side, kernel)),
        LayerKind::ConvTranspose2d => Some(([layer.outputs, layer.inputs], 2 * layer.side, 5)),
        LayerKind::Linear | LayerKind::Minibatch(_) => None,
    };
    layers
        .filter_map(shape)
        .flat_map(|(channels, side, kernel)| {
            ConvolutionOperation::ALL
                .map(|operation| ConvolutionProblem::new(operation, batch, channels, side, kernel))
        })
        .flatten()
        .collect()
}

/// Standard deviation of the first weights, as in DCGAN (Radford et al., 2016).
const INITIAL_DEVIATION: f32 = 0.02;

impl Bigan {
    /// The three networks on `device`, their parameters not yet drawn: [`Bigan::seeded`] draws them, loading replaces them.
    pub fn new(config: &NetworkConfig, device: &Device) -> Self {
        Self {
            generator: Generator::new(config, device),
            encoder: Encoder::new(config, device),
            discriminator: Discriminator::new(config, device),
        }
    }

    /// Networks with first weights drawn as DCGAN draws them, normal with deviation 0.02, from `seed`: the same on every
    /// device. Biases start at zero and batch norms at the identity.
    pub fn seeded(config: &NetworkConfig, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        fill(Self::new(config, device), |slot| {
            slot.is_kernel().then(|| {
                let mut values = normal(&mut rng, slot.shape.iter().product());
                values
                    .iter_mut()
                    .for_each(|value| *value *= INITIAL_DEVIATION);
                values
            })
        })
    }
}

impl Bigan {
    /// The same, for gradients to pass through and for nobody to train.
    pub(crate) fn frozen(&self) -> FrozenBigan {
        FrozenBigan {
            generator: self.generator.frozen(),
            encoder: self.encoder.frozen(),
            discriminator: self.discriminator.frozen(),
        }
    }
}

/// Photographs reconstructed: x, E(x), G(E(x)), and D's probabilities.
#[derive(Debug, Clone)]
pub struct Reconstruction {
    /// E(x), `[batch, latent]`.
    pub code: Tensor<2>,
    /// G(E(x)), `[batch, 3, 64, 64]`.
    pub picture: Tensor<4>,
    /// D's probability for (x, E(x)), `[batch, 1]`.
    pub probability_real: Tensor<2>,
    /// D's probability for (G(E(x)), E(x)), `[batch, 1]`.
    pub probability_reconstruction: Tensor<2>,
}

/// Samples: G(z), and D's probability.
#[derive(Debug, Clone)]
pub struct Sample {
    /// G(z), `[batch, 3, 64, 64]`.
    pub picture: Tensor<4>,
    /// D's probability for (G(z), z), `[batch, 1]`.
    pub probability: Tensor<2>,
}

impl Bigan {
    /// Inference: pictures `[batch, 3, 64, 64]` in `[-1, 1]` through E and back through G, and D's probabilities.
    pub fn reconstruct(&self, x: Tensor<4>) -> Reconstruction {
        let code = self.encoder.forward(x.clone()).mean;
        let picture = self.generator.forward(code.clone());
        Reconstruction {
            probability_real: self.discriminator.probability(x, code.clone()),
            probability_reconstruction: self
                .discriminator
                .probability(picture.clone(), code.clone()),
            code,
            picture,
        }
    }

    /// Inference: codes `[batch, latent]` through G, and D's probabilities.
    pub fn sample(&self, z: Tensor<2>) -> Sample {
        let picture = self.generator.forward(z.clone());
        Sample {
            probability: self.discriminator.probability(picture.clone(), z),
            picture,
        }
    }
}

#[cfg(test)]
mod tests {
    use inference::MinibatchConfig;
    use inference::layers::TensorShape;

    use burn::tensor::TensorData;

    use super::*;
    use crate::cutout::{Cutout, CutoutConfig};
    use crate::features::ClassifierConfig;
    use crate::weights::shapes;

    #[test]
    fn a_batch_has_five_shapes_of_convolutions() {
        let config = NetworkConfig {
            width: 16,
            ..NetworkConfig::default()
        };
        let names: Vec<String> = convolutions_of_a_batch(&config, 8)
            .iter()
            .map(ConvolutionProblem::to_string)
            .collect();
        assert_eq!(names.len(), 15);
        assert_eq!(names[10], "conv_transpose2d 128 -> 64, 8x8, 5x5, batch 8");
        assert_eq!(names[12], "conv2d 128 -> 128, 4x4, 3x3, batch 8");
    }

    /// What trains G needs no shapes of its own.
    #[test]
    fn the_generators_convolutions_are_among_those_of_a_batch() {
        let config = NetworkConfig::default();
        let all = convolutions_of_a_batch(&config, 2);
        let generator = specification::Networks::new(&config).generator;
        let its = problems(generator.iter(), 2);
        assert_eq!(its.len(), 12);
        assert!(its.iter().all(|one| all.contains(one)));
    }

    /// What is described once for everything else is what the modules are.
    #[test]
    fn modules_and_specification_have_the_same_tensors() {
        let minibatch = MinibatchConfig {
            kernels: 3,
            dimensions: 2,
        };
        let device = Device::flex();
        for config in [
            NetworkConfig::PAPER,
            NetworkConfig {
                stochastic: true,
                ..NetworkConfig::PAPER
            },
            NetworkConfig {
                minibatch,
                width: 8,
                ..NetworkConfig::PAPER
            },
            NetworkConfig {
                side: 32,
                ..NetworkConfig::PAPER
            },
            NetworkConfig {
                side: 128,
                width: 8,
                ..NetworkConfig::PAPER
            },
        ] {
            let specified = specification::Networks::new(&config);
            let Bigan {
                generator,
                encoder,
                discriminator,
            } = Bigan::new(&config, &device);
            same(specified.generator.iter(), shapes(&generator));
            same(specified.encoder.iter(), shapes(&encoder));
            same(specified.discriminator.layers(), shapes(&discriminator));
        }
        let cutout = Cutout::new(&CutoutConfig { width: 16 }, &device);
        let (down, up) = specification::cutout(16);
        same(down.iter().chain(&up), shapes(&cutout));
        let h = ClassifierConfig { width: 32 }.init(18, &device);
        same(specification::classifier(32, 18).iter(), shapes(&h));
    }

    #[test]
    fn frozen_networks_compute_what_they_did() {
        let device = Device::flex();
        for (side, stochastic) in [(32, false), (64, true)] {
            let config = NetworkConfig {
                side,
                width: 4,
                latent: 6,
                stochastic,
                minibatch: MinibatchConfig {
                    kernels: 3,
                    dimensions: 2,
                },
            };
            // Statistics that are not the identity's.
            let mut rng = ChaCha8Rng::seed_from_u64(2);
            let bigan = fill(Bigan::seeded(&config, 1, &device), |slot| {
                let mut values = normal(&mut rng, slot.shape.iter().product());
                let spread = if slot.is_kernel() { 0.1 } else { 0.3 };
                let middle = if slot.name.contains("running_var") {
                    1.0
                } else {
                    0.0
                };
                let each = values.iter_mut();
                each.for_each(|value| *value = middle + spread * value.clamp(-2.0, 2.0));
                Some(values)
            });
            let frozen = bigan.frozen();
            let z = normal(&mut rng, 3 * config.latent);
            let z = Tensor::<2>::from_data(TensorData::new(z, [3, config.latent]), &device);
            let picture = bigan.generator.forward(z.clone());
            close(picture.clone(), frozen.generator.forward(z.clone()));
            let encoded = frozen.encoder.forward(picture.clone());
            close(bigan.encoder.forward(picture.clone()).mean, encoded);
            let logits = bigan.discriminator.forward(picture.clone(), z.clone());
            close(logits, frozen.discriminator.forward(picture, z));
        }
    }

    fn close<const D: usize>(expected: Tensor<D>, found: Tensor<D>) {
        let [largest, off] = [expected.clone(), expected - found]
            .map(|values| values.abs().max().into_scalar::<f32>());
        assert!(
            off <= 1e-5 * largest.max(1.0) && largest > 1e-3,
            "{off} of {largest}"
        );
    }

    /// The same tensors, whatever their order.
    fn same<'a>(layers: impl Iterator<Item = &'a Layer>, mut modules: Vec<TensorShape>) {
        let mut tensors: Vec<TensorShape> = layers.flat_map(Layer::tensors).collect();
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(tensors, modules);
    }
}

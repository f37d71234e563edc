//! The three networks, figures 1 to 3 of the paper.

mod discriminator;
mod encoder;
mod generator;
pub(crate) mod layers;
mod minibatch;
mod virtual_norm;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use discriminator::{DROP, Discriminator, DiscriminatorOutput};
pub use encoder::{Encoder, Encoding};
pub use generator::Generator;
pub use layers::Statistics;

use crate::config::NetworkConfig;
use crate::named::fill;
use crate::random::normal;

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

impl NetworkConfig {
    /// The three networks on `device`, their parameters not yet drawn: [`Bigan::seeded`] draws them, loading replaces them.
    pub fn init(&self, device: &Device) -> Bigan {
        Bigan {
            generator: Generator::new(self, device),
            encoder: Encoder::new(self, device),
            discriminator: Discriminator::new(self, device),
        }
    }
}

/// Standard deviation of the first weights, as in DCGAN (Radford et al., 2016).
const INITIAL_DEVIATION: f32 = 0.02;

impl Bigan {
    /// Networks with first weights drawn as DCGAN draws them, normal with deviation 0.02, from `seed`: the same on every
    /// device. Biases start at zero and batch norms at the identity.
    pub fn seeded(config: &NetworkConfig, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        fill(config.init(device), |slot| {
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

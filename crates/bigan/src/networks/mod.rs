//! The three networks, figures 1 to 3 of the paper.

mod discriminator;
mod encoder;
mod generator;
pub(crate) mod layers;
mod minibatch;
mod virtual_norm;

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use discriminator::{DROP, Discriminator, Judgement};
pub use encoder::{Encoder, Encoding};
pub use generator::Generator;
pub use layers::Statistics;

use crate::config::NetworkConfig;
use crate::draws;
use crate::named::fill;

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

/// Standard deviation of the first weights, as in DCGAN.
const INITIAL_DEVIATION: f32 = 0.02;

impl Bigan {
    /// Networks with first weights drawn as DCGAN draws them, normal with deviation 0.02, from `seed`: the same on every
    /// device. Biases start at zero and batch norms at the identity.
    pub fn seeded(config: &NetworkConfig, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        fill(config.init(device), |slot| {
            slot.is_kernel().then(|| {
                let mut values = draws::normal(&mut rng, slot.shape.iter().product());
                values
                    .iter_mut()
                    .for_each(|value| *value *= INITIAL_DEVIATION);
                values
            })
        })
    }
}

/// What the model makes of photographs.
#[derive(Debug, Clone)]
pub struct Reconstruction {
    /// E(x), `[batch, latent]`.
    pub code: Tensor<2>,
    /// G(E(x)), `[batch, 3, 64, 64]`.
    pub picture: Tensor<4>,
    /// D's share for (x, E(x)), `[batch, 1]`.
    pub score_real: Tensor<2>,
    /// D's share for (G(E(x)), E(x)), `[batch, 1]`.
    pub score_reconstruction: Tensor<2>,
}

/// What the model makes of codes.
#[derive(Debug, Clone)]
pub struct Sample {
    /// G(z), `[batch, 3, 64, 64]`.
    pub picture: Tensor<4>,
    /// D's share for (G(z), z), `[batch, 1]`.
    pub score: Tensor<2>,
}

impl Bigan {
    /// Inference: pictures `[batch, 3, 64, 64]` in `[-1, 1]` through E and back through G, judged by D.
    pub fn reconstruct(&self, x: Tensor<4>) -> Reconstruction {
        let code = self.encoder.forward(x.clone()).mean;
        let picture = self.generator.forward(code.clone());
        Reconstruction {
            score_real: self.discriminator.score(x, code.clone()),
            score_reconstruction: self.discriminator.score(picture.clone(), code.clone()),
            code,
            picture,
        }
    }

    /// Inference: codes `[batch, latent]` through G, judged by D.
    pub fn sample(&self, z: Tensor<2>) -> Sample {
        let picture = self.generator.forward(z.clone());
        Sample {
            score: self.discriminator.score(picture.clone(), z),
            picture,
        }
    }
}

/// `tensor` as a parameter under the identity it had.
///
/// A running statistic that a traversal lends out as a parameter loses its gradient again where it is put back.
pub(crate) fn trainable<const D: usize>(id: ParamId, tensor: Tensor<D>) -> Param<Tensor<D>> {
    let mut param = Param::from_tensor(tensor);
    param.id = id;
    param
}

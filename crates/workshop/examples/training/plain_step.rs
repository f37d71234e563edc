//! One step: D, then G and E with L_AD and L_AE, as crates/bigan/src/trainer/mod.rs documents it, with Burn's Adam.

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Tensor, activation};

use crate::discriminator::Discriminator;
use crate::networks::{Encoder, Generator};

const RATE: f64 = 2e-4;
const GAMMA: f64 = 0.05;
const REAL_LABEL: f64 = 0.9;
const ADVERSARIAL_LATENT: f64 = 2.5;
const AUTOENCODER: f64 = 1.0;

/// Dropout factors of one look of D.
pub type Masks = [Tensor<2>; 3];

/// Networks and their optimizers.
pub struct Training {
    generator: Generator,
    encoder: Encoder,
    discriminator: Discriminator,
    generator_adam: ModuleOptimizer,
    encoder_adam: ModuleOptimizer,
    discriminator_adam: ModuleOptimizer,
}

impl Training {
    /// Of networks on an autodiff device.
    pub fn new(generator: Generator, encoder: Encoder, discriminator: Discriminator) -> Self {
        let adam = AdamConfig::new().with_beta_1(0.5).with_epsilon(1e-8);
        Self {
            generator,
            encoder,
            discriminator,
            generator_adam: adam.init(),
            encoder_adam: adam.init(),
            discriminator_adam: adam.init(),
        }
    }

    /// As [`Discriminator::mask_widths`].
    pub fn mask_widths(&self) -> [usize; 3] {
        self.discriminator.mask_widths()
    }

    /// Moves all three; returns D's loss and that of G and E, each `[1]`.
    pub fn step(&mut self, x: Tensor<4>, z: Tensor<2>, looks: [Masks; 4]) -> [Tensor<1>; 2] {
        let [batch, _] = z.dims();
        let encoded = self.encoder.forward(x.clone());
        let codes = Tensor::cat(vec![z.clone(), encoded.clone()], 0);
        let both = self.generator.forward(codes);
        let generated = both.clone().narrow(0, 0, batch);
        let reconstruction = both.narrow(0, batch, batch);

        let judge = &self.discriminator;
        let real = judge.forward(x.clone(), encoded.clone().detach(), &looks[0]);
        let fake = judge.forward(generated.clone().detach(), z.clone(), &looks[1]);
        let d_loss = cross_entropy(real, REAL_LABEL) + cross_entropy(fake, 0.0);
        let gradients = GradientsParams::from_grads(d_loss.backward(), judge);
        let moved = self.discriminator.clone();
        self.discriminator = self.discriminator_adam.step(RATE, moved, gradients);

        // No gradient for D's weights; its batch norms go on using the batch.
        let judge = self.discriminator.clone().no_grad();
        let real = judge.forward(x.clone(), encoded, &looks[2]);
        let fake = judge.forward(generated.clone(), z.clone(), &looks[3]);
        let again = self.encoder.forward(generated);
        let total = cross_entropy(real, 0.0)
            + cross_entropy(fake, 1.0)
            + pseudo_huber(z - again) * ADVERSARIAL_LATENT
            + pseudo_huber(x - reconstruction) * AUTOENCODER;
        let mut gradients = total.backward();
        let of_generator = GradientsParams::from_module(&mut gradients, &self.generator);
        let of_encoder = GradientsParams::from_module(&mut gradients, &self.encoder);
        let moved = self.generator.clone();
        self.generator = self.generator_adam.step(RATE, moved, of_generator);
        let moved = self.encoder.clone();
        self.encoder = self.encoder_adam.step(RATE, moved, of_encoder);
        [d_loss, total]
    }
}

/// Mean of -label log s - (1 - label) log (1 - s), s the logits' sigmoid.
fn cross_entropy(logits: Tensor<2>, label: f64) -> Tensor<1> {
    let yes = activation::log_sigmoid(logits.clone()) * label;
    let no = activation::log_sigmoid(-logits) * (1.0 - label);
    -(yes + no).mean()
}

fn pseudo_huber<const D: usize>(difference: Tensor<D>) -> Tensor<1> {
    let ratio = difference / GAMMA;
    (((ratio.clone() * ratio + 1.0).sqrt() - 1.0) * GAMMA).mean()
}

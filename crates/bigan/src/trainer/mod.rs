//! One training step: the same for the command line and the page.
//!
//! ```text
//! x ──E──► E(x) ─┐           z ──┐
//!                ├──G (one batch)┴──► G(z), G(E(x))          forward, once
//! D(x, E(x)), D(G(z), z)  ──► D's loss ──► D moves           G's and E's outputs held fixed
//! D(x, E(x)), D(G(z), z), E(G(z)) ──► equation 8 ──► G, E move   D held fixed
//! ```
//!
//! D's phase changes only D, and G and E do not change before their own, so one forward pass of G and E serves both.
//! G sees codes of both kinds as one batch: its batch norms then learn the statistics that both samples and
//! reconstructions meet at inference.

mod checkpoint;
mod losses_read;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

pub use checkpoint::{CheckpointError, RngState};
pub use losses_read::{Losses, StepLosses};

use crate::adam::{Adam, AdamConfig};
use crate::config::NetworkConfig;
use crate::draws::Draws;
use crate::losses::{self, LossWeights, pseudo_huber};
use crate::networks::{Bigan, Statistics};

/// Everything that decides how training goes, apart from the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainerConfig {
    /// The networks.
    pub networks: NetworkConfig,
    /// The objective.
    pub losses: LossWeights,
    /// The optimizers of D and of G with E.
    pub adam: AdamConfig,
}

/// Networks, optimizers and random state in training.
#[derive(Debug)]
pub struct Trainer {
    config: TrainerConfig,
    bigan: Bigan,
    discriminator_adam: Adam,
    generator_encoder_adam: Adam,
    rng: ChaCha8Rng,
    step: u64,
    device: Device,
}

/// What G and E make of a batch, on the autodiff graph.
#[derive(Debug, Clone)]
pub struct Pass {
    /// Real pictures, `[batch, 3, 64, 64]`.
    pub real: Tensor<4>,
    /// Drawn codes, `[batch, latent]`.
    pub z: Tensor<2>,
    /// E(x).
    pub encoded: Tensor<2>,
    /// G(z).
    pub generated: Tensor<4>,
    /// G(E(x)), where the objective asks for it.
    pub reconstruction: Option<Tensor<4>>,
}

impl Trainer {
    /// A new training on `device`. First weights and all later chance come from `seed`.
    pub fn new(config: TrainerConfig, seed: u64, device: &Device) -> Self {
        let device = device.clone().autodiff();
        let bigan = Bigan::seeded(&config.networks, seed, &device);
        // Apart from the stream the first weights are drawn from.
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1);
        Self::with_networks(config, bigan, rng, device)
    }

    /// A training that starts from given networks (made for the autodiff side of a device or not).
    pub fn from_networks(config: TrainerConfig, bigan: Bigan, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1);
        Self::with_networks(config, bigan.train(), rng, device.clone().autodiff())
    }

    fn with_networks(config: TrainerConfig, bigan: Bigan, rng: ChaCha8Rng, device: Device) -> Self {
        Self {
            config,
            bigan,
            discriminator_adam: Adam::new(config.adam),
            generator_encoder_adam: Adam::new(config.adam),
            rng,
            step: 0,
            device,
        }
    }

    /// One step on a batch of real pictures, `[batch, 3, 64, 64]` in `[-1, 1]`: D, then G and E.
    pub fn step(&mut self, batch: Tensor<4>) -> StepLosses {
        let [count, ..] = batch.dims();
        let draws = Draws::new(&self.config.networks, count, &mut self.rng, &self.device);
        self.step_with(batch, draws)
    }

    /// One step in which all that is random is given.
    pub fn step_with(&mut self, batch: Tensor<4>, draws: Draws) -> StepLosses {
        let [real, fake, real_again, fake_again] = draws.masks;
        let pass = self.forward(batch, draws.z, draws.noise);
        let discriminator = self.update_discriminator(&pass, &[real, fake]);
        let losses = self.update_generator_encoder(pass, &[real_again, fake_again]);
        self.step += 1;
        StepLosses {
            discriminator,
            ..losses
        }
    }

    /// What G and E make of `real` and `z`, recording their batch statistics.
    pub fn forward(&self, real: Tensor<4>, z: Tensor<2>, noise: Option<Tensor<2>>) -> Pass {
        let (real, z) = (real.autodiff(), z.autodiff());
        let noise = noise.map(Tensor::autodiff);
        let encoder = &self.bigan.encoder;
        let encoded = encoder
            .forward_with(real.clone(), Statistics::Record)
            .sample(noise);
        let [count, _] = z.dims();
        let (generated, reconstruction) = if self.config.losses.autoencoder == 0.0 {
            (self.generate(z.clone()), None)
        } else {
            let both = self.generate(Tensor::cat(vec![z.clone(), encoded.clone()], 0));
            let reconstruction = both.clone().narrow(0, count, count);
            (both.narrow(0, 0, count), Some(reconstruction))
        };
        Pass {
            real,
            z,
            encoded,
            generated,
            reconstruction,
        }
    }

    fn generate(&self, codes: Tensor<2>) -> Tensor<4> {
        self.bigan.generator.forward_with(codes, Statistics::Record)
    }

    /// D's phase: moves D alone. `masks` are for the real and the generated pairs. Returns D's loss, `[1]`.
    pub fn update_discriminator(&mut self, pass: &Pass, masks: &[[Tensor<2>; 3]; 2]) -> Tensor<1> {
        let discriminator = &self.bigan.discriminator;
        let look = |x: Tensor<4>, z: Tensor<2>, masks| {
            discriminator.forward_with(x.detach(), z.detach(), Statistics::Record, Some(masks))
        };
        let real = look(pass.real.clone(), pass.encoded.clone(), &masks[0]);
        let fake = look(pass.generated.clone(), pass.z.clone(), &masks[1]);
        let loss = losses::discriminator(real, fake, self.config.losses.real_label);
        let mut gradients = loss.backward();
        let gradients = GradientsParams::from_module(&mut gradients, discriminator);
        self.discriminator_adam.begin_step();
        self.bigan.discriminator = self.discriminator_adam.update(
            "discriminator",
            self.bigan.discriminator.clone(),
            gradients,
        );
        loss.without_autodiff()
    }

    /// G and E's phase: moves G and E alone. Returns their losses (D's is zero in it).
    pub fn update_generator_encoder(
        &mut self,
        pass: Pass,
        masks: &[[Tensor<2>; 3]; 2],
    ) -> StepLosses {
        let weights = self.config.losses;
        let adversarial = self.adversarial(&pass, masks);
        let mut total = adversarial.clone();
        // Equation 6; E is looked through with the batch's statistics, its running ones are for real pictures.
        let latent = (weights.adversarial_latent != 0.0).then(|| {
            let again = self
                .bigan
                .encoder
                .forward_with(pass.generated.clone(), Statistics::Batch);
            pseudo_huber(pass.z.clone() - again.mean, weights.gamma)
        });
        if let Some(latent) = &latent {
            total = total + latent.clone() * weights.adversarial_latent;
        }
        // Equation 4.
        let autoencoder = pass
            .reconstruction
            .map(|reconstruction| pseudo_huber(pass.real - reconstruction, weights.gamma));
        if let Some(autoencoder) = &autoencoder {
            total = total + autoencoder.clone() * weights.autoencoder;
        }
        self.apply(&total);
        let zero = || Tensor::zeros([1], &self.device.clone().without_autodiff());
        StepLosses {
            discriminator: zero(),
            adversarial: adversarial.without_autodiff(),
            adversarial_latent: latent.map_or_else(zero, Tensor::without_autodiff),
            autoencoder: autoencoder.map_or_else(zero, Tensor::without_autodiff),
            total: total.without_autodiff(),
        }
    }

    /// L_GAN as G and E see it, through a D that no gradient is computed for.
    fn adversarial(&self, pass: &Pass, masks: &[[Tensor<2>; 3]; 2]) -> Tensor<1> {
        let frozen = self.bigan.discriminator.clone().no_grad();
        let look = |x: &Tensor<4>, z: &Tensor<2>, masks| {
            frozen.forward_with(x.clone(), z.clone(), Statistics::Batch, Some(masks))
        };
        let real = look(&pass.real, &pass.encoded, &masks[0]);
        let fake = look(&pass.generated, &pass.z, &masks[1]);
        losses::adversarial(real, fake)
    }

    fn apply(&mut self, total: &Tensor<1>) {
        let mut gradients = total.backward();
        let generator = GradientsParams::from_module(&mut gradients, &self.bigan.generator);
        let encoder = GradientsParams::from_module(&mut gradients, &self.bigan.encoder);
        let adam = &mut self.generator_encoder_adam;
        adam.begin_step();
        self.bigan.generator = adam.update("generator", self.bigan.generator.clone(), generator);
        self.bigan.encoder = adam.update("encoder", self.bigan.encoder.clone(), encoder);
    }

    /// The networks as they are now, for inference: off the graph, and unaffected by later steps.
    pub fn networks(&self) -> Bigan {
        self.bigan.valid()
    }

    /// Steps taken since the training began, those before a resume included.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// What the training was set up with.
    pub fn config(&self) -> &TrainerConfig {
        &self.config
    }
}

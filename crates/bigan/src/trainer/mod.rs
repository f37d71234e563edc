//! One training step: the same for the command line and the page.
//!
//! ```text
//! x ──E──► E(x) ─┐           z ──┐
//!                ├──G (one batch)┴──► G(z), G(E(x))          forward, once
//! D(x, E(x)), D(G(z), z)  ──► D's loss ──► D moves           G's and E's outputs held fixed
//! D(x, E(x)), D(G(z), z), E(G(z)) ──► equation 8 ──► G, E move   D held fixed
//! ```
//!
//! What techniques add is off by default and lies beside this file: D may see augmented pictures and reconstructions
//! (`pairs.rs`), several processes may share each batch (`ranks.rs`), G and E may train against the D of some steps later (`unrolled.rs`), and means over time may follow the step ([`techniques`]).
//!
//! D's phase changes only D, and G and E do not change before their own, so one forward pass of G and E serves both.
//! G sees codes of both kinds as one batch: its batch norms then learn the statistics that both samples and
//! reconstructions meet at inference.

mod checkpoint;
mod config;
mod error;
mod noise;
mod objective;
pub(crate) mod optimizers;
mod pairs;
mod pass;
mod ranks;
mod sampler;
pub mod techniques;
mod unrolled;
pub mod watch;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use checkpoint::{CHECKPOINT_FILES, CheckpointError, Published, RngState};
pub use config::TrainerConfig;
pub use error::TrainError;
pub use noise::{DiscriminatorNoise, StepNoise};
pub use objective::{LossWeights, Losses, Need, Phase, Reported, StepLosses, TERMS, Term};
pub use pass::Pass;
pub use ranks::Ranks;
pub use sampler::{Pick, Sampler};
pub use unrolled::UnrolledDiscriminator;

use crate::adam::Adam;
use crate::features::Features;
use crate::networks::{Bigan, Encoder, Generator};
use crate::parameters::{DISCRIMINATOR, ENCODER, GENERATOR};
use objective::Terms;
use pairs::Pairs;
use techniques::average::{Mean, equal_weight, exponential_weight};
use techniques::reference::Reference;

/// Networks, optimizers and random state in training.
#[derive(Debug)]
pub struct Trainer {
    config: TrainerConfig,
    bigan: Bigan,
    features: Option<Features>,
    discriminator_adam: Adam,
    generator_encoder_adam: Adam,
    /// G and E as they are published, where that is an average.
    average: Option<(Mean<Generator>, Mean<Encoder>)>,
    /// What historical averaging holds the networks to.
    history: Option<Mean<Bigan>>,
    /// What virtual batch normalization refers to, from the first step on.
    reference: Option<Reference>,
    /// The processes that share each batch, where there are several.
    ranks: Option<&'static dyn Ranks>,
    rng: ChaCha8Rng,
    step: u64,
    device: Device,
    /// A zero off the graph, `[1]`: what losses are that do not count.
    zero: Tensor<1>,
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
        let averaged = config.average_decay != 0.0;
        let historical = config.losses.historical_averaging != 0.0;
        Self {
            average: averaged.then(|| (Mean::of(&bigan.generator), Mean::of(&bigan.encoder))),
            history: historical.then(|| Mean::of(&bigan)),
            reference: None,
            config,
            bigan,
            features: None,
            discriminator_adam: Adam::new(config.adam.for_discriminator()),
            generator_encoder_adam: Adam::new(config.adam),
            ranks: None,
            rng,
            step: 0,
            zero: Tensor::zeros([1], &device.clone().without_autodiff()),
            device,
        }
    }

    /// The same training with an H for L_H. It is no part of checkpoints: give it again after a resume.
    #[must_use]
    pub fn with_features(mut self, features: Option<Features>) -> Self {
        self.features = features;
        self
    }

    /// One step on a batch of real pictures, `[batch, 3, 64, 64]` in `[-1, 1]`: D, then G and E. Of several ranks each
    /// gives its rows.
    ///
    /// # Errors
    /// The batch is not `[n >= 2, 3, 64, 64]`, or L_H has a weight and there is no H. Nothing has changed then.
    pub fn step(&mut self, batch: Tensor<4>) -> Result<StepLosses, TrainError> {
        self.check(&batch)?;
        let [rows, ..] = batch.dims();
        let (rank, count) = self
            .ranks
            .map_or((0, 1), |ranks| (ranks.rank(), ranks.count()));
        let mut noise = StepNoise::new(&self.config, rows * count, &mut self.rng, &self.device);
        let (losses, side) = (&self.config.losses, self.config.networks.side);
        let due = (self.step + 1).is_multiple_of(losses.noise_penalty_every);
        if losses.noise_penalty != 0.0 && due {
            noise = noise.with_perturbation(side, losses.noise_penalty_sigma, &mut self.rng);
        }
        if count > 1 {
            noise = noise.rows(&(rank * rows..(rank + 1) * rows));
        }
        self.step_with(batch, noise)
    }

    /// Refuses what a step would fail on halfway.
    fn check(&self, batch: &Tensor<4>) -> Result<(), TrainError> {
        if self.config.losses.need(Need::Features) && self.features.is_none() {
            return Err(TrainError::FeaturesMissing);
        }
        // Batch normalization over one picture has no variance to divide by.
        let (shape, side) = (batch.dims(), self.config.networks.side);
        let normalized = shape[0] * self.others().map_or(1, |others| others.count());
        match normalized >= 2 && shape[1..] == [3, side, side] {
            true => Ok(()),
            false => Err(TrainError::Batch { shape, side }),
        }
    }

    /// One step with the given noise.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    pub fn step_with(
        &mut self,
        batch: Tensor<4>,
        noise: StepNoise,
    ) -> Result<StepLosses, TrainError> {
        self.check(&batch)?;
        self.refer_to_first(&batch, &noise.z);
        let [real, generated, real_again, generated_again] = noise.discriminator;
        let pass = self.forward(batch, noise.z, noise.encoder);
        // A training whose terms need no D leaves it alone.
        let trained = self.config.losses.need(Need::Discriminator);
        let updated = trained.then(|| self.update_discriminator(&pass, &[real, generated]));
        let (of_discriminator, unrolled) = updated.unzip();
        let losses = self.update_generator_encoder(pass, unrolled, &[real_again, generated_again]);
        self.share_statistics();
        self.update_means();
        self.step += 1;
        Ok(match of_discriminator {
            Some(found) => found.then(losses),
            None => losses,
        })
    }

    /// Keeps the first batch, where virtual batch normalization refers to it.
    fn refer_to_first(&mut self, batch: &Tensor<4>, z: &Tensor<2>) {
        if self.reference.is_none() && !self.config.virtual_batch_norm.is_off() {
            self.reference = Some(Reference {
                pictures: batch.clone().without_autodiff(),
                codes: z.clone().without_autodiff(),
            });
        }
    }

    /// D's phase: moves D alone. `noise` is that of D's passes over the real and the generated pairs. Returns D's losses
    /// (those of G and E are zero in it), and the D that G and E train against.
    pub fn update_discriminator(
        &mut self,
        pass: &Pass,
        noise: &[DiscriminatorNoise; 2],
    ) -> (StepLosses, UnrolledDiscriminator) {
        let discriminator = &self.bigan.discriminator;
        let (terms, loss) =
            self.discriminator_loss(discriminator, Pairs::detached(pass), noise, true);
        let mut gradients = loss.backward();
        let gradients = GradientsParams::from_module(&mut gradients, discriminator);
        let gradients = self.discriminator_gradients(gradients);
        // From D before its own step: that step is the first inner step.
        let unrolled = (self.config.unroll.steps > 0)
            .then(|| self.unroll_discriminator(pass, noise, &gradients));

        self.discriminator_adam.begin_step(self.rate_factor());
        self.bigan.discriminator = self.discriminator_adam.update(
            DISCRIMINATOR,
            self.bigan.discriminator.clone(),
            gradients,
        );
        let unrolled = unrolled
            .unwrap_or_else(|| UnrolledDiscriminator::constant(self.bigan.discriminator.clone()));
        let losses = self.losses_of(terms, loss, self.zero.clone());
        (losses, unrolled)
    }

    /// G and E's phase: moves G and E alone. Returns their losses (D's is zero in it).
    pub fn update_generator_encoder(
        &mut self,
        pass: Pass,
        unrolled: Option<UnrolledDiscriminator>,
        noise: &[DiscriminatorNoise; 2],
    ) -> StepLosses {
        let output = unrolled.map(|unrolled| self.output_of(unrolled, &pass, noise));
        let (terms, mut sum) = self.generator_encoder_objective(&pass, output.as_ref(), |_| true);
        // Where D was unrolled, its terms are constants, and this has their gradient.
        if let Some(gradient) = output.and_then(|output| output.gradient) {
            sum.add(1.0, gradient);
        }
        let total = sum.total(&self.device);
        self.apply(&total);
        self.losses_of(terms, self.zero.clone(), total)
    }

    /// The losses of one phase, off the graph.
    fn losses_of(&self, terms: Terms, discriminator: Tensor<1>, total: Tensor<1>) -> StepLosses {
        let zero = || self.zero.clone();
        let terms = terms.map(|term| term.map_or_else(zero, Tensor::without_autodiff));
        StepLosses::of(
            discriminator.without_autodiff(),
            terms,
            total.without_autodiff(),
        )
    }

    fn apply(&mut self, total: &Tensor<1>) {
        let mut gradients = total.backward();
        let generator = GradientsParams::from_module(&mut gradients, &self.bigan.generator);
        let encoder = GradientsParams::from_module(&mut gradients, &self.bigan.encoder);
        let [generator, encoder] = self.generator_encoder_gradients([generator, encoder]);
        let factor = self.rate_factor();
        let adam = &mut self.generator_encoder_adam;
        adam.begin_step(factor);
        self.bigan.generator = adam.update(GENERATOR, self.bigan.generator.clone(), generator);
        self.bigan.encoder = adam.update(ENCODER, self.bigan.encoder.clone(), encoder);
    }

    /// What the schedule makes of the learning rates in this step.
    fn rate_factor(&self) -> f64 {
        self.config.schedule.factor(self.step)
    }

    /// Takes the networks after the step into the means over time.
    fn update_means(&mut self) {
        if let Some((generator, encoder)) = &mut self.average {
            let weight = exponential_weight(self.config.average_decay, self.step);
            generator.update(&self.bigan.generator, weight);
            encoder.update(&self.bigan.encoder, weight);
        }
        if let Some(history) = &mut self.history {
            history.update(&self.bigan, equal_weight(self.step));
        }
    }

    /// The networks to publish: with the averages of G and E where the settings ask for them, otherwise those in
    /// training. For inference, as [`Trainer::networks`].
    pub fn averaged(&self) -> Bigan {
        let now = self.networks();
        match &self.average {
            Some((generator, encoder)) => Bigan {
                generator: generator.module(),
                encoder: encoder.module(),
                ..now
            },
            None => now,
        }
    }

    /// The networks in training as they are now, for inference: off the graph, and unaffected by later steps.
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

//! A training's whole state as named files, and back: networks, both optimizers, step and random state, and what the
//! techniques remember. H is no part of it: it never changes, and its owner knows where it came from.

mod published;

use burn::module::Module;
use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use super::techniques::average::Mean;
use super::techniques::reference::Reference;
use super::{Trainer, TrainerConfig, optimizers};
use crate::networks::Bigan;
use crate::parameters::{ENCODER, GENERATOR};
use crate::weights::{self, FILES, ModelError, Precision};

pub use published::Published;

/// The version of a checkpoint's layout.
const FORMAT: u64 = 1;
/// The file with the step, the configuration and the random state.
const STATE: &str = "trainer.json";
/// The file with both optimizers' mean gradients and mean squared gradients.
const OPTIMIZERS: &str = "optimizers.safetensors";
/// The files of the averages of G and E.
const AVERAGE: [&str; 2] = [
    "average.generator.safetensors",
    "average.encoder.safetensors",
];
/// The files of the mean that historical averaging holds G, E and D to.
const HISTORY: [&str; 3] = [
    "history.generator.safetensors",
    "history.encoder.safetensors",
    "history.discriminator.safetensors",
];
/// The file of virtual batch normalization's reference batch.
const REFERENCE: &str = "reference.safetensors";
/// Every file that a checkpoint may have.
pub const CHECKPOINT_FILES: [&str; 11] = [
    FILES[0], FILES[1], FILES[2], OPTIMIZERS, AVERAGE[0], AVERAGE[1], HISTORY[0], HISTORY[1],
    HISTORY[2], REFERENCE, STATE,
];
/// Weights in a checkpoint are as trained.
const EXACT: Precision = Precision::F32;

/// Why a checkpoint cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A tensor or weight file is wrong.
    #[error(transparent)]
    Weights(#[from] ModelError),
    /// The state file is wrong.
    #[error("trainer.json is not the state of a training: {0}")]
    State(String),
    /// A file of the checkpoint is not there.
    #[error("{0} is missing in the checkpoint")]
    Missing(&'static str),
}

/// Where a ChaCha random generator stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RngState {
    seed: [u8; 32],
    stream: u64,
    /// As text, since JSON's numbers end below 128 bits.
    position: String,
}

impl RngState {
    /// Where `rng` stands.
    pub fn of(rng: &ChaCha8Rng) -> Self {
        Self {
            seed: rng.get_seed(),
            stream: rng.get_stream(),
            position: rng.get_word_pos().to_string(),
        }
    }

    /// A generator that goes on from here; none when the position is not a number.
    pub fn restore(&self) -> Option<ChaCha8Rng> {
        let mut rng = ChaCha8Rng::from_seed(self.seed);
        rng.set_stream(self.stream);
        rng.set_word_pos(self.position.parse().ok()?);
        Some(rng)
    }
}

#[derive(Serialize, Deserialize)]
struct State {
    format: u64,
    config: TrainerConfig,
    step: u64,
    discriminator_steps: u32,
    generator_encoder_steps: u32,
    rng: RngState,
}

impl Trainer {
    /// The files of a checkpoint: each one's name and contents.
    ///
    /// # Errors
    /// When the device fails, or a weight is not a number.
    pub async fn checkpoint(&self) -> Result<Vec<(&'static str, Vec<u8>)>, CheckpointError> {
        let networks = self.networks();
        let state = State {
            format: FORMAT,
            config: self.config,
            step: self.step,
            discriminator_steps: self.discriminator_adam.steps(),
            generator_encoder_steps: self.generator_encoder_adam.steps(),
            rng: RngState::of(&self.rng),
        };
        let state = serde_json::to_vec_pretty(&state)
            .map_err(|error| CheckpointError::State(error.to_string()))?;
        let mut files = networks_to_files(FILES, &networks).await?;
        let adams = [&self.discriminator_adam, &self.generator_encoder_adam];
        files.push((OPTIMIZERS, optimizers::encode(OPTIMIZERS, &adams).await?));
        if let Some((generator, encoder)) = &self.average {
            files.extend([
                encoded(AVERAGE[0], generator.get()).await?,
                encoded(AVERAGE[1], encoder.get()).await?,
            ]);
        }
        if let Some(history) = &self.history {
            files.extend(networks_to_files(HISTORY, history.get()).await?);
        }
        if let Some(reference) = &self.reference {
            files.push((REFERENCE, reference.encode(REFERENCE).await?));
        }
        files.push((STATE, state));
        Ok(files)
    }

    /// The training that `files` hold, going on exactly where it stopped.
    ///
    /// # Errors
    /// Says which file is missing or which tensor or field is wrong.
    pub fn resume(files: &[(&str, &[u8])], device: &Device) -> Result<Self, CheckpointError> {
        let file = finder(files);
        let state = State::parse(file(STATE)?)?;
        let rng = state
            .rng
            .restore()
            .ok_or_else(|| CheckpointError::State("`rng.position` is not a number".to_owned()))?;
        let device = device.clone().autodiff();
        let config = state.config;
        let bigan = networks_from_files(FILES, &config, &device, &file)?;
        let mut trainer = Self::with_networks(config, bigan, rng, device);
        trainer.step = state.step;
        trainer.restore_optimizers(&state, file(OPTIMIZERS)?)?;
        trainer.restore_techniques(&file)?;
        Ok(trainer)
    }

    /// What the techniques that are on remember.
    fn restore_techniques<'a>(&mut self, file: &impl Files<'a>) -> Result<(), CheckpointError> {
        let plain = self.device.clone().without_autodiff();
        let fresh = Bigan::new(&self.config.networks, &plain);
        if let Some((generator, encoder)) = &mut self.average {
            let [generator_file, encoder_file] = AVERAGE;
            *generator = Mean::of(&decoded(fresh.generator, generator_file, file)?);
            *encoder = Mean::of(&decoded(fresh.encoder, encoder_file, file)?);
        }
        if let Some(history) = &mut self.history {
            *history = Mean::of(&networks_from_files(HISTORY, &self.config, &plain, file)?);
        }
        // Before the first step there is none.
        if self.step > 0 && !self.config.virtual_batch_norm.is_off() {
            let bytes = file(REFERENCE)?;
            let networks = &self.config.networks;
            self.reference = Some(Reference::decode(REFERENCE, bytes, networks, &plain)?);
        }
        Ok(())
    }

    fn restore_optimizers(&mut self, state: &State, bytes: &[u8]) -> Result<(), ModelError> {
        let stored = optimizers::Stored::parse(OPTIMIZERS, bytes)?;
        let bigan = &self.bigan;
        let device = self.device.clone().without_autodiff();
        let discriminator = &mut self.discriminator_adam;
        discriminator.set_steps(state.discriminator_steps);
        stored.restore(
            discriminator,
            "discriminator",
            &bigan.discriminator,
            &device,
        )?;
        let both = &mut self.generator_encoder_adam;
        both.set_steps(state.generator_encoder_steps);
        stored.restore(both, GENERATOR, &bigan.generator, &device)?;
        stored.restore(both, ENCODER, &bigan.encoder, &device)
    }
}

/// Gives the contents of a checkpoint's file by its name.
trait Files<'a>: Fn(&'static str) -> Result<&'a [u8], CheckpointError> {}

impl<'a, F: Fn(&'static str) -> Result<&'a [u8], CheckpointError>> Files<'a> for F {}

/// Finds among `files`.
fn finder<'a>(files: &[(&str, &'a [u8])]) -> impl Files<'a> {
    move |name| {
        let found = files.iter().find(|(found, _)| *found == name);
        found
            .map(|(_, bytes)| *bytes)
            .ok_or(CheckpointError::Missing(name))
    }
}

async fn encoded<M: Module>(
    name: &'static str,
    module: &M,
) -> Result<(&'static str, Vec<u8>), ModelError> {
    Ok((name, weights::encode(name, module, EXACT).await?))
}

fn decoded<'a, M: Module>(
    module: M,
    name: &'static str,
    file: &impl Files<'a>,
) -> Result<M, CheckpointError> {
    Ok(weights::decode(module, name, file(name)?, EXACT)?)
}

/// `bigan` as files of these names, in the order G, E, D.
async fn networks_to_files(
    names: [&'static str; 3],
    bigan: &Bigan,
) -> Result<Vec<(&'static str, Vec<u8>)>, ModelError> {
    Ok(vec![
        encoded(names[0], &bigan.generator).await?,
        encoded(names[1], &bigan.encoder).await?,
        encoded(names[2], &bigan.discriminator).await?,
    ])
}

fn networks_from_files<'a>(
    names: [&'static str; 3],
    config: &TrainerConfig,
    device: &Device,
    file: &impl Files<'a>,
) -> Result<Bigan, CheckpointError> {
    let Bigan {
        generator,
        encoder,
        discriminator,
    } = Bigan::new(&config.networks, device);
    Ok(Bigan {
        generator: decoded(generator, names[0], file)?,
        encoder: decoded(encoder, names[1], file)?,
        discriminator: decoded(discriminator, names[2], file)?,
    })
}

impl State {
    fn parse(json: &[u8]) -> Result<Self, CheckpointError> {
        let wrong = |reason: String| CheckpointError::State(reason);
        let state: Self = serde_json::from_slice(json).map_err(|error| wrong(error.to_string()))?;
        if state.format != FORMAT {
            return Err(wrong(format!(
                "`format` is {}, and this version reads {FORMAT}",
                state.format
            )));
        }
        let networks = state.config.networks;
        networks
            .validate()
            .map_err(|error| wrong(error.to_string()))?;
        let settings = state.config.validate();
        settings.map_err(|error| wrong(error.to_string()))?;
        Ok(state)
    }
}

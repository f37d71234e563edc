//! What a checkpoint publishes, without the optimizers that going on would need.

use burn::tensor::Device;

use super::{AVERAGE, CheckpointError, FILES, STATE, State, finder, networks_from_files};
use crate::networks::Bigan;
use crate::trainer::TrainerConfig;

/// The networks of a checkpoint, and what trained them.
#[derive(Debug)]
pub struct Published {
    /// What the training was set up with.
    pub config: TrainerConfig,
    /// Steps taken.
    pub steps: u64,
    /// As [`Trainer::averaged`](crate::Trainer::averaged) gives them.
    pub networks: Bigan,
}

impl Published {
    /// The file that says what [`Published::settings`] reads.
    pub const STATE: &'static str = STATE;

    /// What the training of a checkpoint was set up with.
    ///
    /// # Errors
    /// When [`Published::STATE`] is missing among `files`, or is not the state of a training.
    pub fn settings(files: &[(&str, &[u8])]) -> Result<TrainerConfig, CheckpointError> {
        Ok(State::parse(finder(files)(STATE)?)?.config)
    }

    /// The files of a checkpoint with what it publishes of G, E and D: averages where `config` has them kept.
    pub fn files(config: &TrainerConfig) -> [&'static str; 3] {
        match config.average_decay > 0.0 {
            true => [AVERAGE[0], AVERAGE[1], FILES[2]],
            false => FILES,
        }
    }

    /// Reads them out of the files of a checkpoint.
    ///
    /// # Errors
    /// Says which file is missing or which tensor or field is wrong.
    pub fn read(files: &[(&str, &[u8])], device: &Device) -> Result<Self, CheckpointError> {
        let file = finder(files);
        let State { config, step, .. } = State::parse(file(STATE)?)?;
        Ok(Self {
            networks: networks_from_files(Self::files(&config), &config, device, &file)?,
            config,
            steps: step,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use crate::{NetworkConfig, SIDE, Trainer, pictures};
    use burn::tensor::Tensor;
    use pollster::block_on;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn trained(average_decay: f64) -> Trainer {
        let config = TrainerConfig {
            networks: NetworkConfig {
                width: 1,
                ..NetworkConfig::default()
            },
            average_decay,
            ..TrainerConfig::default()
        };
        let device = Device::flex();
        let mut trainer = Trainer::new(config, 0, &device);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..2 {
            let pixels = random::uniform(&mut rng, 6 * SIDE * SIDE);
            trainer
                .step(pictures::tensor(pixels, SIDE, &device))
                .unwrap();
        }
        trainer
    }

    fn picture(networks: &Bigan) -> Vec<f32> {
        let code = Tensor::<2>::full([1, 100], 0.3, &Device::flex());
        networks
            .generator
            .forward(code)
            .into_data()
            .try_to_vec()
            .unwrap()
    }

    #[test]
    fn a_checkpoint_publishes_what_its_training_would() {
        for average_decay in [0.0, 0.9] {
            let trainer = trained(average_decay);
            let files = block_on(trainer.checkpoint()).unwrap();
            // Without the optimizers, too.
            let files: Vec<(&str, &[u8])> = files
                .iter()
                .filter(|(name, _)| *name != super::super::OPTIMIZERS)
                .map(|(name, bytes)| (*name, bytes.as_slice()))
                .collect();
            let published = Published::read(&files, &Device::flex()).unwrap();
            assert_eq!(published.steps, 2);
            assert_eq!(published.config, *trainer.config());
            assert_eq!(picture(&published.networks), picture(&trainer.averaged()));
            let without_state = files.split_last().unwrap().1;
            let error = Published::read(without_state, &Device::flex()).unwrap_err();
            assert_eq!(
                error.to_string(),
                "trainer.json is missing in the checkpoint"
            );
        }
    }
}

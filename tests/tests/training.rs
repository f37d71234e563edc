//! What a training step may change, and that a training can be put away and taken up again.

use bigan::burn::tensor::Device;
use bigan::{NetworkConfig, StepNoise, Trainer, TrainerConfig};
use pollster::block_on;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tests::model::{TINY, bytes};
use tests::training::{BATCH, batch, everything, features};

fn config(stochastic: bool) -> TrainerConfig {
    TrainerConfig {
        networks: NetworkConfig { stochastic, ..TINY },
        ..Default::default()
    }
}

/// Every parameter and running statistic, to the bit.
struct Snapshot {
    generator: Vec<u8>,
    encoder: Vec<u8>,
    discriminator: Vec<u8>,
}

impl Snapshot {
    fn of(trainer: &Trainer) -> Self {
        let networks = trainer.networks();
        Self {
            generator: bytes(&networks.generator),
            encoder: bytes(&networks.encoder),
            discriminator: bytes(&networks.discriminator),
        }
    }
}

#[test]
fn each_phase_changes_its_own_networks_only() {
    let device = Device::flex();
    for stochastic in [false, true] {
        let config = config(stochastic);
        let mut trainer = Trainer::new(config, 5, &device);
        // Some steps first, so that nothing is at its first value.
        trainer.step(batch(0, &device)).unwrap();
        trainer.step(batch(1, &device)).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let noise = StepNoise::new(&config, BATCH, &mut rng, &device);
        let [real, fake, real_again, fake_again] = noise.discriminator;

        let untouched = Snapshot::of(&trainer);
        let pass = trainer.forward(batch(2, &device), noise.z, noise.encoder);
        let start = Snapshot::of(&trainer);
        assert!(
            start.discriminator == untouched.discriminator,
            "a pass of G and E changed D"
        );

        let (_, unrolled) = trainer.update_discriminator(&pass, &[real, fake]);
        let between = Snapshot::of(&trainer);
        assert!(between.generator == start.generator, "D's phase changed G");
        assert!(between.encoder == start.encoder, "D's phase changed E");
        assert!(
            between.discriminator != start.discriminator,
            "D's phase left D"
        );

        trainer.update_generator_encoder(pass, Some(unrolled), &[real_again, fake_again]);
        let end = Snapshot::of(&trainer);
        assert!(end.generator != between.generator, "G and E's phase left G");
        assert!(end.encoder != between.encoder, "G and E's phase left E");
        assert!(
            end.discriminator == between.discriminator,
            "G and E's phase changed D"
        );
    }
}

/// A checkpoint's files, by name.
fn checkpoint(trainer: &Trainer) -> Vec<(&'static str, Vec<u8>)> {
    block_on(trainer.checkpoint()).unwrap()
}

#[test]
fn a_resumed_trainer_goes_on_exactly() {
    for config in [config(false), config(true), everything()] {
        goes_on_exactly(config);
    }
}

fn goes_on_exactly(config: TrainerConfig) {
    let device = Device::flex();
    let mut whole = Trainer::new(config, 9, &device).with_features(features(&device));
    let mut stored = Vec::new();
    for step in 0..5 {
        if step == 2 {
            stored = checkpoint(&whole);
        }
        whole.step(batch(step, &device)).unwrap();
    }
    let files: Vec<(&str, &[u8])> = stored
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect();
    let resumed = Trainer::resume(&files, &device).unwrap();
    let mut resumed = resumed.with_features(features(&device));
    assert_eq!(resumed.steps(), 2);
    for step in 2..5 {
        resumed.step(batch(step, &device)).unwrap();
    }
    // Weights, running statistics, both optimizers, means over time, the step and the random state.
    let expected = checkpoint(&whole);
    let found = checkpoint(&resumed);
    assert_eq!(expected.len(), found.len());
    for ((name, expected), (_, found)) in expected.iter().zip(found) {
        assert!(*expected == found, "{name} differs after a resume");
    }
    for ((name, early), (_, late)) in stored.iter().zip(expected) {
        // The reference batch is the one file that never changes.
        let changed = *early != late;
        assert!(changed != name.starts_with("reference"), "{name}");
    }
}

//! What a training step may change, and that a training can be put away and taken up again.

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::{Draws, NetworkConfig, SIDE, Trainer, TrainerConfig};
use images::{drawn, to_signed};
use pollster::block_on;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tests::model::{TINY, bytes};

const BATCH: usize = 4;

fn config(stochastic: bool) -> TrainerConfig {
    TrainerConfig {
        networks: NetworkConfig { stochastic, ..TINY },
        ..Default::default()
    }
}

/// A batch of drawn outfits, different for each `step`.
fn batch(step: usize, device: &Device) -> Tensor<4> {
    let outfits = (0..BATCH).map(|index| {
        let seed = (step * BATCH + index) as u64;
        to_signed(&drawn::outfit(seed, SIDE as u32).image)
    });
    let values: Vec<f32> = outfits.flatten().collect();
    Tensor::from_data(TensorData::new(values, [BATCH, 3, SIDE, SIDE]), device)
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
        trainer.step(batch(0, &device));
        trainer.step(batch(1, &device));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let draws = Draws::new(&config.networks, BATCH, &mut rng, &device);
        let [real, fake, real_again, fake_again] = draws.masks;

        let untouched = Snapshot::of(&trainer);
        let pass = trainer.forward(batch(2, &device), draws.z, draws.noise);
        let start = Snapshot::of(&trainer);
        assert!(
            start.discriminator == untouched.discriminator,
            "a pass of G and E changed D"
        );

        trainer.update_discriminator(&pass, &[real, fake]);
        let between = Snapshot::of(&trainer);
        assert!(between.generator == start.generator, "D's phase changed G");
        assert!(between.encoder == start.encoder, "D's phase changed E");
        assert!(
            between.discriminator != start.discriminator,
            "D's phase left D"
        );

        trainer.update_generator_encoder(pass, &[real_again, fake_again]);
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
    let device = Device::flex();
    for stochastic in [false, true] {
        let mut whole = Trainer::new(config(stochastic), 9, &device);
        let mut stored = Vec::new();
        for step in 0..5 {
            if step == 2 {
                stored = checkpoint(&whole);
            }
            whole.step(batch(step, &device));
        }
        let files: Vec<(&str, &[u8])> = stored
            .iter()
            .map(|(name, bytes)| (*name, bytes.as_slice()))
            .collect();
        let mut resumed = Trainer::resume(&files, &device).unwrap();
        assert_eq!(resumed.steps(), 2);
        for step in 2..5 {
            resumed.step(batch(step, &device));
        }
        // Weights, running statistics, both optimizers, the step and the random state.
        for ((name, expected), (_, found)) in checkpoint(&whole).iter().zip(checkpoint(&resumed)) {
            assert!(*expected == found, "{name} differs after a resume");
        }
        assert!(
            stored
                .iter()
                .zip(checkpoint(&whole))
                .all(|(a, b)| a.1 != b.1),
            "training changed nothing, so nothing was compared"
        );
    }
}

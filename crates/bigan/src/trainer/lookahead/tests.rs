use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::config::SIDE;
use crate::draws::{self, Draws};
use crate::{NetworkConfig, TrainerConfig, UnrollConfig};

const BATCH: usize = 4;

/// A tiny training that has begun, a pass of its G and E, and D's four looks.
fn begun(unroll: UnrollConfig) -> (Trainer, Pass, [Look; 4]) {
    let device = Device::flex();
    let networks = NetworkConfig {
        width: 2,
        latent: 3,
        ..NetworkConfig::PAPER
    };
    let mut config = TrainerConfig {
        networks,
        unroll: UnrollConfig::default(),
        ..TrainerConfig::default()
    };
    config.adam.learning_rate = 5e-3;
    let mut trainer = Trainer::new(config, 4, &device);
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let values = draws::uniform(&mut rng, BATCH * 3 * SIDE * SIDE);
    let x = crate::pictures::tensor(values, &device);
    for _ in 0..4 {
        trainer.step(x.clone()).unwrap();
    }
    trainer.config.unroll = unroll;
    let draws = Draws::new(&config, BATCH, &mut rng, &device);
    let pass = trainer.forward(x, draws.z, None);
    (trainer, pass, draws.looks)
}

fn opponent(trainer: &Trainer, pass: &Pass, looks: &[Look; 2]) -> Opponent {
    let discriminator = &trainer.bigan.discriminator;
    let loss = trainer.discriminator_loss(discriminator, Pairs::fixed(pass), looks, false);
    let first = GradientsParams::from_module(&mut loss.backward(), discriminator);
    trainer.look_ahead(pass, looks, &first)
}

/// A convolution computes a gradient for its weight only where the weight asks for one; a D that is held fixed does not.
#[test]
fn no_gradient_is_computed_for_a_fixed_d() {
    let (trainer, pass, [.., a, b]) = begun(UnrollConfig::default());
    let opponent = Opponent::fixed(trainer.bigan.discriminator.clone());
    let discriminator = opponent.discriminator.clone();
    let verdict = trainer.verdict_of(opponent, &pass, &[a, b]);
    let mut found = verdict.adversarial.backward();
    let of_d = GradientsParams::from_module(&mut found, &discriminator);
    let of_g = GradientsParams::from_module(&mut found, &trainer.bigan.generator);
    let of_e = GradientsParams::from_module(&mut found, &trainer.bigan.encoder);
    assert_eq!(of_d.len(), 0);
    assert!(!of_g.is_empty() && !of_e.is_empty());
}

/// The gradient of the whole unrolled loss with respect to G(z), along itself, against a difference of two values of
/// that loss. In float32, and with units so few that a single one at the kink of its leaky ReLU counts: a few hundredths
/// are all that can be asked for.
#[test]
fn the_gradient_through_the_inner_steps_agrees_with_finite_differences() {
    let unroll = UnrollConfig {
        steps: 3,
        through: true,
        sgd: Some(0.2),
    };
    let (mut trainer, pass, looks) = begun(unroll);
    let [a, b, c, d] = looks;
    let (of_d, of_g) = ([a, b], [c, d]);

    let leaf = Pass {
        generated: pass.generated.clone().detach().require_grad(),
        encoded: pass.encoded.clone().detach(),
        ..pass.clone()
    };
    let gradient = |trainer: &Trainer| {
        let opponent = opponent(trainer, &leaf, &of_d);
        let verdict = trainer.verdict_of(opponent, &leaf, &of_g);
        let found = verdict.adversarial.backward();
        leaf.generated.grad(&found).unwrap()
    };
    let whole = gradient(&trainer);
    trainer.config.unroll.through = false;
    let direct = gradient(&trainer);

    let length = |t: &Tensor<4>| t.clone().powf_scalar(2.0).sum().sqrt().into_scalar::<f64>();
    let along = whole.clone() / length(&whole);
    let loss = |by: f64| {
        let generated = leaf.generated.clone().without_autodiff() + along.clone() * by;
        let moved = Pass {
            generated: generated.autodiff(),
            ..leaf.clone()
        };
        let opponent = opponent(&trainer, &moved, &of_d);
        let verdict = trainer.verdict_of(opponent, &moved, &of_g);
        verdict.adversarial.into_scalar::<f64>()
    };
    let step = 0.02;
    let expected = (loss(step) - loss(-step)) / (2.0 * step);
    let slope = |gradient: Tensor<4>| (gradient * along.clone()).sum().into_scalar::<f64>();
    let (whole, direct) = (slope(whole), slope(direct));
    let off = |found: f64| (found / expected - 1.0).abs();
    assert!(
        off(whole) < 0.05 && off(direct) > 0.3,
        "{whole} and without the steps {direct}, where it is {expected}"
    );
}

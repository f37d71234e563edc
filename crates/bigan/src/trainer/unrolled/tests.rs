//! A little D unrolled by a whole trainer, against finite differences.

use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::random;
use crate::trainer::StepNoise;
use crate::{LossWeights, NetworkConfig, TrainerConfig, UnrollConfig};
use inference::config::SIDE;

const BATCH: usize = 4;

/// A tiny training that has begun, a pass of its G and E, and the noise of D's four passes.
fn begun(losses: LossWeights, unroll: UnrollConfig) -> (Trainer, Pass, [DiscriminatorNoise; 4]) {
    let device = Device::flex();
    let networks = NetworkConfig {
        width: 2,
        latent: 3,
        ..NetworkConfig::PAPER
    };
    let mut config = TrainerConfig {
        networks,
        losses,
        unroll: UnrollConfig::default(),
        ..TrainerConfig::default()
    };
    config.adam.learning_rate = 5e-3;
    let mut trainer = Trainer::new(config, 4, &device);
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let values = random::uniform(&mut rng, BATCH * 3 * SIDE * SIDE);
    let x = crate::pictures::tensor(values, crate::SIDE, &device);
    for _ in 0..4 {
        trainer.step(x.clone()).unwrap();
    }
    trainer.config.unroll = unroll;
    let noise = StepNoise::new(&config, BATCH, &mut rng, &device);
    let pass = trainer.forward(x, noise.z, None);
    (trainer, pass, noise.discriminator)
}

fn unrolled(
    trainer: &Trainer,
    pass: &Pass,
    noise: &[DiscriminatorNoise; 2],
) -> UnrolledDiscriminator {
    let discriminator = &trainer.bigan.discriminator;
    let (_, loss) = trainer.discriminator_loss(discriminator, Pairs::detached(pass), noise, false);
    let first = GradientsParams::from_module(&mut loss.backward(), discriminator);
    trainer.unroll_discriminator(pass, noise, &first)
}

/// What the unrolled D's output costs G and E.
fn cost(
    trainer: &Trainer,
    unrolled: UnrolledDiscriminator,
    pass: &Pass,
    noise: &[DiscriminatorNoise; 2],
) -> Tensor<1> {
    let output = trainer.output_of(unrolled, pass, noise);
    let (_, mut sum) = trainer.generator_encoder_objective(pass, Some(&output), |term| {
        term.needs.contains(&Need::Discriminator)
    });
    if let Some(gradient) = output.gradient {
        sum.add(1.0, gradient);
    }
    sum.total(&trainer.device)
}

/// A convolution computes a gradient for its weight only where the weight asks for one; a constant D does not.
#[test]
fn no_gradient_is_computed_for_a_constant_d() {
    let (trainer, pass, [.., a, b]) = begun(LossWeights::default(), UnrollConfig::default());
    let unrolled = UnrolledDiscriminator::constant(trainer.bigan.discriminator.clone());
    let discriminator = unrolled.discriminator.clone();
    let mut found = cost(&trainer, unrolled, &pass, &[a, b]).backward();
    let of_d = GradientsParams::from_module(&mut found, &discriminator);
    let of_g = GradientsParams::from_module(&mut found, &trainer.bigan.generator);
    let of_e = GradientsParams::from_module(&mut found, &trainer.bigan.encoder);
    assert_eq!(of_d.len(), 0);
    assert!(!of_g.is_empty() && !of_e.is_empty());
}

/// Where a pass keeps pictures that G made: how they are read and put there.
type Place = (fn(&Pass) -> Tensor<4>, fn(&mut Pass, Tensor<4>));

/// The gradient of the whole unrolled loss with respect to G(z) or G(E(x)), along itself, against a difference of two values of
/// that loss. In float32, and with units so few that a single one at the kink of its leaky ReLU counts: a few hundredths
/// are all that can be asked for.
#[test]
fn the_gradient_through_the_inner_steps_agrees_with_finite_differences() {
    agrees(
        LossWeights::default(),
        0.2,
        (|pass| pass.generated.clone(), |pass, x| pass.generated = x),
    );
    let losses = LossWeights {
        adversarial_reconstruction: 0.1,
        ..LossWeights::default()
    };
    agrees(
        losses,
        0.1,
        (
            |pass| pass.reconstruction.clone().unwrap(),
            |pass, x| pass.reconstruction = Some(x),
        ),
    );
}

fn agrees(losses: LossWeights, rate: f64, (read, put): Place) {
    let unroll = UnrollConfig {
        steps: 3,
        through: true,
        sgd: Some(rate),
    };
    let (mut trainer, pass, noise) = begun(losses, unroll);
    let [a, b, c, d] = noise;
    let (of_d, of_g) = ([a, b], [c, d]);

    let mut leaf = Pass {
        generated: pass.generated.clone().detach(),
        encoded: pass.encoded.clone().detach(),
        reconstruction: pass.reconstruction.clone().map(Tensor::detach),
        ..pass.clone()
    };
    put(&mut leaf, read(&pass).detach().require_grad());
    let gradient = |trainer: &Trainer| {
        let unrolled = unrolled(trainer, &leaf, &of_d);
        let found = cost(trainer, unrolled, &leaf, &of_g).backward();
        read(&leaf).grad(&found).unwrap()
    };
    let whole = gradient(&trainer);
    trainer.config.unroll.through = false;
    let direct = gradient(&trainer);

    let length = |t: &Tensor<4>| t.clone().powf_scalar(2.0).sum().sqrt().into_scalar::<f64>();
    let along = whole.clone() / length(&whole);
    let loss = |by: f64| {
        let made = read(&leaf).without_autodiff() + along.clone() * by;
        let mut moved = leaf.clone();
        put(&mut moved, made.autodiff());
        let unrolled = unrolled(&trainer, &moved, &of_d);
        cost(&trainer, unrolled, &moved, &of_g).into_scalar::<f64>()
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

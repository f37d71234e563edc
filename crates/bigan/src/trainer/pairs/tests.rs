//! Gradients of what D sees, against finite differences. In float32 and on networks so small that a single unit at the
//! kink of its leaky ReLU counts: a few hundredths are all that can be asked for.

use burn::optim::GradientsParams;
use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::parameters::{DISCRIMINATOR, gradients, parameters, replaced};
use crate::random;
use crate::trainer::{StepNoise, UnrolledDiscriminator};
use crate::{LossWeights, NetworkConfig, TERMS, Term, TrainerConfig};
use inference::config::SIDE;

const BATCH: usize = 4;
/// How far to either side the two values of a difference are taken, and what may be between the slopes.
const STEP: f64 = 0.02;
const TOLERANCE: f64 = 0.05;

/// A tiny training that has begun, a pass of its G and E, and the noise of D's four passes, with that of the penalty.
fn begun(losses: LossWeights) -> (Trainer, Pass, [DiscriminatorNoise; 4]) {
    let device = Device::flex();
    let networks = NetworkConfig {
        width: 2,
        latent: 3,
        ..NetworkConfig::PAPER
    };
    let mut config = TrainerConfig {
        networks,
        losses,
        ..TrainerConfig::default()
    };
    config.adam.learning_rate = 5e-3;
    config.augment.color = true;
    let mut trainer = Trainer::new(config, 4, &device);
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let values = random::uniform(&mut rng, BATCH * 3 * SIDE * SIDE);
    let x = crate::pictures::tensor(values, crate::SIDE, &device);
    for _ in 0..4 {
        trainer.step(x.clone()).unwrap();
    }
    let noise = StepNoise::new(&config, BATCH, &mut rng, &device);
    let noise = noise.with_perturbation(SIDE, 3.0, &mut rng);
    let pass = trainer.forward(x, noise.z, None);
    (trainer, pass, noise.discriminator)
}

fn close(what: &str, found: f64, expected: f64) {
    let off = (found / expected - 1.0).abs();
    assert!(off < TOLERANCE, "{what}: {found} is not {expected}");
}

fn length<const D: usize>(t: &Tensor<D>) -> f64 {
    t.clone().powf_scalar(2.0).sum().sqrt().into_scalar()
}

/// What G and E pay for D's opinion of the pairs of `pass`.
fn cost(trainer: &Trainer, pass: &Pass, noise: &[DiscriminatorNoise; 2]) -> Tensor<1> {
    let unrolled = UnrolledDiscriminator::constant(trainer.bigan.discriminator.clone());
    let output = trainer.output_of(unrolled, pass, noise);
    let needs_d = |term: &Term| term.needs.contains(&Need::Discriminator);
    let (_, sum) = trainer.generator_encoder_objective(pass, Some(&output), needs_d);
    sum.total(&trainer.device)
}

#[test]
fn the_gradient_of_a_reconstruction_agrees_with_finite_differences() {
    let losses = LossWeights::default();
    let cases = [
        LossWeights {
            adversarial_reconstruction: 1.0,
            ..losses
        },
        LossWeights {
            feature_distance: 1.0,
            feature_layer: 2,
            ..losses
        },
        LossWeights {
            feature_distance: 1.0,
            feature_layer: 5,
            ..losses
        },
    ];
    for losses in cases {
        let (trainer, pass, [_, _, c, d]) = begun(losses);
        let noise = [c, d];
        let reconstruction = pass.reconstruction.clone().unwrap().detach();
        let at = |reconstruction: Tensor<4>| Pass {
            reconstruction: Some(reconstruction),
            encoded: pass.encoded.clone().detach(),
            generated: pass.generated.clone().detach(),
            ..pass.clone()
        };
        let leaf = reconstruction.clone().require_grad();
        let found = cost(&trainer, &at(leaf.clone()), &noise).backward();
        let gradient = leaf.grad(&found).unwrap();
        let slope = length(&gradient);
        let along = gradient.autodiff() / slope;
        let value = |by: f64| {
            let moved = reconstruction.clone() + along.clone() * by;
            cost(&trainer, &at(moved), &noise).into_scalar::<f64>()
        };
        let expected = (value(STEP) - value(-STEP)) / (2.0 * STEP);
        close("the slope", slope, expected);
    }
}

#[test]
fn the_gradient_of_ds_terms_agrees_with_finite_differences() {
    let losses = LossWeights::default();
    let losses = LossWeights {
        adversarial_reconstruction: 1.0,
        noise_penalty: 1.0,
        noise_penalty_every: 2,
        ..losses
    };
    for key in ["adversarial_reconstruction", "noise_penalty"] {
        let (trainer, pass, [a, b, ..]) = begun(losses);
        let noise = [a, b];
        let loss = |trainer: &Trainer, discriminator: &Discriminator| {
            let pairs = Pairs::detached(&pass);
            let (terms, _) = trainer.discriminator_loss(discriminator, pairs, &noise, false);
            let values = TERMS.iter().zip(terms);
            let wanted = |(term, value): (&Term, _)| (term.key == key).then_some(value);
            values.filter_map(wanted).next().flatten().unwrap()
        };
        let discriminator = trainer.bigan.discriminator.clone();
        let gradient = |trainer: &Trainer| {
            let mut found = loss(trainer, &discriminator).backward();
            let found = GradientsParams::from_module(&mut found, &discriminator);
            gradients(DISCRIMINATOR, &discriminator, &found)
        };
        let whole = gradient(&trainer);
        let squares = whole.values().map(|g| length(g).powi(2));
        let slope = squares.sum::<f64>().sqrt();
        let value = |by: f64| {
            let moved = parameters(DISCRIMINATOR, &discriminator)
                .into_iter()
                .map(|(name, value)| {
                    let value = value.without_autodiff();
                    let moved = match whole.get(&name) {
                        Some(gradient) => value + gradient.clone() * (by / slope),
                        None => value,
                    };
                    (name, moved)
                })
                .collect();
            let moved = replaced(DISCRIMINATOR, discriminator.clone(), &moved);
            loss(&trainer, &moved).into_scalar::<f64>()
        };
        // Parameters are far smaller than pictures.
        let step = STEP / 16.0;
        let expected = (value(step) - value(-step)) / (2.0 * step);
        close(key, slope, expected);
    }
}

/// The value of clamped codes, and the gradient as if they were what D got.
#[test]
fn the_gradient_passes_the_clamp() {
    let (mut trainer, pass, [_, _, c, d]) = begun(LossWeights::default());
    let noise = [c, d];
    let wide = pass.encoded.clone().detach() * 40.0;
    let clamped = wide.clone().clamp(-1.0, 1.0);
    assert!(length(&(wide.clone() - clamped.clone())) > 0.1);
    let mut gradient = |codes: &Tensor<2>, clamp_codes: bool| {
        trainer.config.clamp_codes = clamp_codes;
        let leaf = codes.clone().require_grad();
        let pass = Pass {
            encoded: leaf.clone(),
            generated: pass.generated.clone().detach(),
            ..pass.clone()
        };
        let cost = cost(&trainer, &pass, &noise);
        let found = cost.backward();
        (cost.into_scalar::<f64>(), leaf.grad(&found).unwrap())
    };
    let ((cost, through), (expected_cost, expected)) =
        (gradient(&wide, true), gradient(&clamped, false));
    assert!(
        (cost - expected_cost).abs() < 1e-5,
        "{cost} {expected_cost}"
    );
    assert!(length(&expected) > 0.0);
    assert!(length(&(through - expected.clone())) < 1e-4 * length(&expected));
}

/// In the pair of a reconstruction the picture alone answers to D.
#[test]
fn the_code_of_a_reconstructions_pair_is_a_constant() {
    let losses = LossWeights {
        adversarial_reconstruction: 1.0,
        ..LossWeights::default()
    };
    let (trainer, pass, [_, _, c, d]) = begun(losses);
    let leaves = Pairs::leaves(&pass);
    let discriminator = &trainer.bigan.discriminator;
    let output = trainer.discriminate(discriminator, leaves.clone(), &[c, d], false);
    let found = output.reconstruction.unwrap().logits.sum().backward();
    let gradients = leaves.input_gradients(&found);
    // Kinds go through D together, so that what does not count is zero, and not missing.
    let moves = |name: &str| gradients.get(name).is_some_and(|found| length(found) > 0.0);
    assert_eq!(
        [ENCODED, GENERATED, RECONSTRUCTION].map(moves),
        [false, false, true]
    );
}

/// D's phase has no pass for feature maps, and none for what no term needs.
#[test]
fn what_no_term_needs_is_not_computed() {
    let losses = LossWeights {
        feature_distance: 1.0,
        ..LossWeights::default()
    };
    let (mut trainer, pass, [.., c, d]) = begun(losses);
    let noise = [c, d];
    let look = |trainer: &Trainer| {
        let discriminator = &trainer.bigan.discriminator;
        trainer.discriminate(discriminator, Pairs::of(&pass), &noise, false)
    };
    let output = look(&trainer);
    assert!(output.real.map.is_some() && output.reconstruction.is_some());
    assert!(output.perturbed.is_none());
    trainer.config.losses = LossWeights::default();
    let output = look(&trainer);
    assert!(output.real.map.is_none() && output.reconstruction.is_none());
}

//! Refinement: it comes closer, keeps its bounds, and leaves the networks alone.

use burn::tensor::{Device, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::features::AlexNetConfig;
use crate::{random, read};
use inference::config::NetworkConfig;

const LATENT: usize = 6;

fn bigan() -> Bigan {
    let config = NetworkConfig {
        width: 4,
        latent: LATENT,
        ..NetworkConfig::PAPER
    };
    Bigan::seeded(&config, 3, &Device::flex())
}

fn uniform(seed: u64, shape: [usize; 2]) -> Tensor<2> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let values = random::uniform(&mut rng, shape[0] * shape[1]);
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn number(tensor: Tensor<1>) -> f64 {
    tensor.into_scalar::<f64>()
}

fn values(codes: Tensor<2>) -> Vec<f32> {
    pollster::block_on(read([codes.flatten(0, 1)]))
        .unwrap()
        .concat()
}

/// A picture that G can make exactly, and a code some way from the one it was made with.
fn begin(features: Option<Features>, weights: LossWeights) -> (Refinement, Tensor<2>) {
    let bigan = bigan();
    let made_with = uniform(1, [2, LATENT]);
    // Untrained networks hardly change: larger differences keep float32 out of the gradients.
    let pictures = bigan.generator.forward(made_with.clone()) * 3.0;
    let begun = uniform(2, [2, LATENT]);
    let refinement = Refinement::new(bigan, features, weights, pictures, begun).unwrap();
    (refinement, made_with)
}

/// The gradient along a direction is what the loss changes by along it.
#[test]
fn the_gradient_is_that_of_all_three_terms() {
    let h = Features::seeded_alexnet(&AlexNetConfig { width: 2 }, 5, &Device::flex());
    let weights = LossWeights {
        autoencoder: 0.7,
        adversarial_latent: 0.9,
        features: 1.3,
        gamma: 0.5,
        ..LossWeights::default()
    };
    let (refinement, _) = begin(Some(h), weights);
    let codes = refinement.codes().autodiff().require_grad();
    let gradients = refinement.losses(codes.clone()).total.backward();
    let gradient = codes.grad(&gradients).unwrap();
    let direction = uniform(9, [2, LATENT]);
    let along = number((gradient * direction.clone()).sum());
    let far = 0.05;
    let at = |distance: f64| {
        let codes = refinement.codes() + direction.clone() * distance;
        number(refinement.losses(codes.autodiff()).total)
    };
    let difference = (at(far) - at(-far)) / (2.0 * far);
    assert!(along.abs() > 1e-4, "{along}");
    assert!(
        (along - difference).abs() < 0.02 * along.abs(),
        "{along} {difference}"
    );
}

#[test]
fn steps_come_closer_and_stay_within_bounds() {
    let (mut refinement, _) = begin(None, Refinement::default_weights(None));
    let first = number(refinement.step().total);
    for _ in 0..60 {
        refinement.step();
    }
    let last = number(refinement.step().total);
    assert_eq!(refinement.steps(), 62);
    assert!(last < 0.98 * first, "{first} {last}");
    for value in values(refinement.codes()) {
        assert!((-1.0..=1.0).contains(&value), "{value}");
    }
}

#[test]
fn a_number_of_the_encoders_outside_the_prior_may_stay_there_and_go_no_further() {
    let bigan = bigan();
    let begun = uniform(2, [1, LATENT]) * 3.0;
    let pictures = bigan.generator.forward(begun.clone());
    let weights = Refinement::default_weights(None);
    let mut refinement = Refinement::new(bigan, None, weights, pictures, begun.clone()).unwrap();
    assert_eq!(values(refinement.codes()), values(begun.clone()));
    for _ in 0..30 {
        // Away from zero, as far as it goes.
        refinement.descend(begun.clone().neg());
    }
    for (value, begun) in values(refinement.codes()).into_iter().zip(values(begun)) {
        let bound = if begun.abs() > 1.0 {
            begun
        } else {
            1f32.copysign(begun)
        };
        let reached = (begun + 0.6f32.copysign(begun)).abs().min(bound.abs());
        assert!((value.abs() - reached).abs() < 1e-3, "{value} {begun}");
    }
}

#[test]
fn without_weight_a_term_is_not_computed_and_without_h_l_h_is_refused() {
    let weights = LossWeights {
        adversarial_latent: 0.0,
        ..Refinement::default_weights(None)
    };
    let (mut refinement, _) = begin(None, weights);
    let losses = refinement.step();
    assert_eq!(number(losses.adversarial_latent), 0.0);
    assert_eq!(number(losses.features), 0.0);
    assert!(number(losses.autoencoder) > 0.0);
    let weights = LossWeights {
        features: 1.0,
        ..weights
    };
    let codes = uniform(2, [1, LATENT]);
    let pictures = Tensor::zeros([1, 3, 64, 64], &Device::flex());
    let refused = Refinement::new(bigan(), None, weights, pictures, codes).unwrap_err();
    assert_eq!(refused, TrainError::FeaturesMissing);
}

//! Refinement: it comes closer, keeps its bounds, and leaves the networks alone.

use burn::tensor::{Device, TensorData};
use inference::config::SIDE;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::cutout::Cutout;
use crate::features::{AlexNetConfig, ClassifierConfig, seeded};
use crate::{random, read};
use inference::config::NetworkConfig;
use inference::cutout::CutoutConfig;

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
fn gradient_is_true(refinement: &Refinement) {
    let codes = refinement.codes().autodiff().require_grad();
    let losses = refinement.losses(codes.clone(), &refinement.target);
    let gradient = codes.grad(&losses.total.backward()).unwrap();
    let direction = uniform(9, [2, LATENT]);
    let along = number((gradient * direction.clone()).sum());
    let far = 0.02;
    let at = |distance: f64| {
        let codes = refinement.codes() + direction.clone() * distance;
        let losses = refinement.losses(codes.autodiff(), &refinement.target);
        number(losses.total)
    };
    let difference = (at(far) - at(-far)) / (2.0 * far);
    assert!(along.abs() > 1e-4, "{along}");
    assert!(
        (along - difference).abs() < 0.02 * along.abs(),
        "{along} {difference}"
    );
}

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
    gradient_is_true(&refinement);
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
    assert!(losses.adversarial_latent.is_none() && losses.features.is_none());
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

/// 1 in the columns from `first` on, 0 in those before.
fn columns_from(first: usize) -> Tensor<4> {
    let mask = (0..SIDE * SIDE).map(|at| f32::from(u8::from(at % SIDE >= first)));
    Wishes::mask(mask.collect(), SIDE, &Device::flex())
}

/// Everything at once, by untrained networks.
fn wishes() -> Wishes {
    let device = Device::flex();
    Wishes {
        keep: Some(columns_from(20)),
        colours: vec![Colour {
            part: columns_from(40),
            colour: [255, 0, 102],
        }],
        shape: Some(Shape {
            silhouette: columns_from(30),
            network: seeded(Cutout::new(&CutoutConfig { width: 2 }, &device), 4).frozen(),
        }),
        kind: Some(Kind {
            class: 1,
            network: seeded(ClassifierConfig { width: 2 }.init(3, &device), 6).frozen(),
        }),
        weights: WishWeights {
            colour: 3.0,
            shape: 2.0,
            kind: 0.5,
        },
    }
}

#[test]
fn the_gradient_is_that_of_wishes_too() {
    let (refinement, _) = begin(None, Refinement::default_weights(None));
    gradient_is_true(&refinement.wishing(wishes()));
}

#[test]
fn a_part_gets_the_colour_that_is_asked_for_and_keeps_its_folds() {
    let mut values = vec![-0.5; 3 * SIDE * SIDE];
    values[SIDE - 1] = 0.0; // a fold in the red of the part's first row
    let wish = Colour {
        part: columns_from(SIDE - 2),
        colour: [255, 51, 0],
    };
    let wishes = Wishes {
        colours: vec![wish],
        ..Wishes::default()
    };
    let pictures = crate::pictures::tensor(values, SIDE, &Device::flex());
    let target: Vec<f32> = wishes
        .target(pictures.clone())
        .into_data()
        .try_into_vec()
        .unwrap();
    // Two columns of 64 pixels, one of which is 0.5 lighter: its red lacks 1.5 - 0.5 / 128, and what is over 1 is cut off.
    let red = 1.0 - 0.5 / 128.0;
    for (at, expected) in [
        (0, -0.5),
        (SIDE - 2, red),
        (SIDE - 1, 1.0),
        (SIDE * SIDE + SIDE - 1, -0.6),
        (2 * SIDE * SIDE + SIDE - 1, -1.0),
    ] {
        assert!(
            (target[at] - expected).abs() < 1e-5,
            "{at}: {} {expected}",
            target[at]
        );
    }
    // Before, red lacks 1.5 - 0.5 / 128, green 0.1 and blue 0.5.
    let lacks = [1.5 - 0.5 / 128.0, 0.1, 0.5f64];
    let expected = lacks.iter().map(|lack| lack * lack).sum::<f64>() / 3.0;
    let loss = number(wishes.losses(&on_graph(&pictures)).colour.unwrap());
    assert!((loss - expected).abs() < 1e-5, "{loss} {expected}");
}

#[test]
fn what_need_not_stay_does_not_count() {
    let weights = LossWeights {
        adversarial_latent: 0.0,
        ..Refinement::default_weights(None)
    };
    let kept = |far: f64| {
        let (mut refinement, _) = begin(None, weights);
        let hidden = columns_from(20).neg() + 1.0;
        refinement.target.pictures = refinement.target.pictures + hidden * far;
        let keep = Some(columns_from(20));
        let wishes = Wishes {
            keep,
            ..Wishes::default()
        };
        number(refinement.wishing(wishes).step().autoencoder)
    };
    assert_eq!(kept(0.0), kept(0.7));
    // With everything kept it is what it is without a mask.
    let (mut plain, _) = begin(None, weights);
    let (all, _) = begin(None, weights);
    let keep = Some(columns_from(0));
    let mut all = all.wishing(Wishes {
        keep,
        ..Wishes::default()
    });
    let [plain, all] = [plain.step(), all.step()].map(|losses| number(losses.autoencoder));
    assert!((plain - all).abs() < 1e-6, "{plain} {all}");
}

#[test]
fn each_candidate_has_its_own_total_and_candidates_begin_apart() {
    let (refinement, _) = begin(None, Refinement::default_weights(None));
    let shape = None;
    let mut refinement = refinement.wishing(Wishes { shape, ..wishes() });
    let totals: Vec<f32> = refinement.totals().into_data().try_into_vec().unwrap();
    let mean = f64::from(totals[0] + totals[1]) / 2.0;
    assert!(totals[0] != totals[1]);
    assert!(
        (mean - number(refinement.step().total)).abs() < 1e-5,
        "{totals:?}"
    );
    assert_eq!(
        starts(&[1.0, 0.0], &[0.0, 1.0, 1.0, 1.0]),
        [1.0, 0.0, 0.5, 0.5, 1.0, 0.5]
    );
}

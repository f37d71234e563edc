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

fn numbers(tensor: Tensor<4>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
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
    let codes = refinement.codes.dims();
    gradient_is_true_along(refinement, uniform(9, codes));
}

fn gradient_is_true_along(refinement: &Refinement, direction: Tensor<2>) {
    let along = number((gradient(refinement) * direction.clone()).sum());
    let far = 0.02;
    let at = |distance: f64| {
        let codes = refinement.codes.clone() + direction.clone() * distance;
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

fn gradient(refinement: &Refinement) -> Tensor<2> {
    let codes = refinement.codes.clone().autodiff().require_grad();
    let losses = refinement.losses(codes.clone(), &refinement.target);
    codes.grad(&losses.total.backward()).unwrap()
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
    for value in values(refinement.codes.clone()) {
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
    assert_eq!(values(refinement.codes.clone()), values(begun.clone()));
    for _ in 0..30 {
        // Away from zero, as far as it goes.
        refinement.descend(begun.clone().neg());
    }
    for (value, begun) in values(refinement.codes.clone())
        .into_iter()
        .zip(values(begun))
    {
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
        colours: vec![Colour::new([255, 0, 102], Some(columns_from(40)), None, None).unwrap()],
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

fn wishing(wishes: Wishes) -> Refinement {
    let (refinement, _) = begin(None, Refinement::default_weights(None));
    refinement.wishing(wishes)
}

/// A direction in which the codes of parts move, and those of the rest if `rest` is 1.
fn towards(rest: f64) -> Tensor<2> {
    Tensor::cat(
        vec![uniform(9, [2, LATENT]), uniform(8, [2, LATENT]) * rest],
        0,
    )
}

#[test]
fn the_gradient_is_that_of_wishes_too() {
    let refinement = wishing(wishes());
    assert!(refinement.is_mixed());
    gradient_is_true_along(&refinement, towards(0.0));
    let whole = wishing(Wishes {
        keep: None,
        colours: vec![],
        ..wishes()
    });
    assert!(!whole.is_mixed());
    gradient_is_true(&whole);
}

#[test]
fn the_rest_answers_for_likeness_and_outline_alone() {
    let without = |colour, kind| {
        let asked = wishes();
        let weights = WishWeights {
            colour,
            kind,
            ..asked.weights
        };
        wishing(Wishes { weights, ..asked })
    };
    let none = without(0.0, 0.0);
    gradient_is_true_along(&none, towards(1.0));
    let halves = |refinement: &Refinement| {
        let all = values(gradient(refinement));
        let (part, rest) = all.split_at(2 * LATENT);
        (part.to_vec(), rest.to_vec())
    };
    let ((part, rest), (part_alone, rest_alone)) = (halves(&none), halves(&without(3.0, 0.5)));
    assert!(part != part_alone);
    for (a, b) in rest.into_iter().zip(rest_alone) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn a_part_is_its_own_codes_picture_and_the_rest_is_the_others() {
    let mut refinement = wishing(Wishes {
        keep: Some(columns_from(20)),
        kind: wishes().kind,
        ..Wishes::default()
    });
    refinement.step();
    let [part, rest] = [0, 2].map(|row| refinement.codes.clone().narrow(0, row, 2));
    let made = |codes| numbers(refinement.networks.generator.forward(codes));
    let [part, rest] = [part, rest].map(made);
    assert!(part != rest);
    let laid = numbers(refinement.pictures());
    for (at, value) in laid.iter().enumerate() {
        let from = if at % SIDE < 20 { &part } else { &rest };
        assert!((value - from[at]).abs() < 1e-6, "{at}");
    }
    // From then on its code is E's.
    let expected = values(refinement.encoded(refinement.pictures()));
    assert_eq!(values(refinement.codes(refinement.pictures())), expected);
}

#[test]
fn only_what_is_asked_for_in_a_part_takes_two_codes() {
    let colour = |painted| Colour::new([9, 9, 9], painted, None, Some(columns_from(10)));
    let cases = [
        (None, vec![], false, None),
        // What is only hidden is filled in by one code.
        (Some(columns_from(20)), vec![], false, None),
        (None, vec![colour(None)], false, None),
        (None, vec![], true, None),
        (Some(columns_from(20)), vec![], true, Some(0..20)),
        (
            Some(columns_from(20)),
            vec![colour(None)],
            false,
            Some(0..20),
        ),
        (
            None,
            vec![colour(Some(columns_from(40)))],
            false,
            Some(40..SIDE),
        ),
    ];
    for (index, (keep, colours, kind, part)) in cases.into_iter().enumerate() {
        let asked = Wishes {
            keep,
            colours: colours.into_iter().flatten().collect(),
            kind: wishes().kind.filter(|_| kind),
            ..Wishes::default()
        };
        let found = asked.part().map(numbers);
        let expected = part.map(|part| {
            let inside = |at| f32::from(u8::from(part.contains(&(at % SIDE))));
            (0..SIDE * SIDE).map(inside).collect::<Vec<f32>>()
        });
        assert_eq!(found, expected, "case {index}");
    }
    // Nothing painted: what may change gets the colour, where the garment is.
    let keep = columns_from(20);
    let part = Colour::new([9, 9, 9], None, Some(&keep), Some(columns_from(10)));
    let part = numbers(part.unwrap().part);
    assert!((0..SIDE).all(|at| part[at] == f32::from(u8::from((10..20).contains(&at)))));
    assert!(Colour::new([9, 9, 9], None, None, None).is_none());
}

#[test]
fn a_part_gets_the_colour_that_is_asked_for_and_keeps_its_folds() {
    let mut values = vec![-0.5; 3 * SIDE * SIDE];
    values[SIDE - 1] = 0.0; // a fold in the red of the part's first row
    let wish = Colour::new([255, 51, 0], Some(columns_from(SIDE - 2)), None, None).unwrap();
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
    let loss = number(
        wishes
            .losses(&on_graph(&pictures), &on_graph(&pictures))
            .colour
            .unwrap(),
    );
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

//! Every loss and every technique: what it is worth, by hand, and that it does what it says to the three networks.

use bigan::burn::tensor::{Device, Tensor};
use bigan::networks::Statistics;
use bigan::{
    Bigan, Discriminator, DiscriminatorNoise, LossWeights, Losses, NetworkConfig, Reduction, SIDE,
    Schedule, Shape, StepNoise, TrainError, Trainer, TrainerConfig, VirtualBatchNorm,
};
use pollster::block_on;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tests::model::{TINY, bytes};
use tests::training::{BATCH, batch, everything, features};

const SEED: u64 = 4;

fn plain() -> TrainerConfig {
    TrainerConfig {
        networks: TINY,
        ..TrainerConfig::default()
    }
}

fn trainer(config: TrainerConfig) -> Trainer {
    let device = Device::flex();
    Trainer::new(config, SEED, &device).with_features(features(&device))
}

/// The training after `steps` steps, and the last one's losses.
fn trained(config: TrainerConfig, steps: usize) -> (Trainer, Losses) {
    let mut trainer = trainer(config);
    let mut losses = None;
    for step in 0..steps {
        let found = trainer.step(batch(step, &Device::flex())).unwrap();
        losses = Some(block_on(found.read()).unwrap());
    }
    (trainer, losses.unwrap())
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    let values: Vec<f32> = tensor.into_data().try_into_vec().unwrap();
    values.into_iter().map(f64::from).collect()
}

fn close(what: &str, found: f32, expected: f64) {
    let difference = (f64::from(found) - expected).abs();
    assert!(difference < 2e-5, "{what}: {found} is not {expected}");
}

/// The pseudo-Huber form of one t, for the paper's gamma.
fn huber(t: f64) -> f64 {
    0.05 * ((1.0 + (t / 0.05).powi(2)).sqrt() - 1.0)
}

fn norm(row: &[f64]) -> f64 {
    row.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// The mean penalty of `a - b`, of which each sample has `row` values.
fn penalty(reduction: Reduction, a: &[f64], b: &[f64]) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    match reduction {
        Reduction::Element => mean(difference.iter().map(|t| huber(*t))),
        Reduction::Norm => {
            let rows = difference.chunks_exact(difference.len() / BATCH);
            mean(rows.map(|row| huber(norm(row))))
        }
    }
}

#[test]
fn every_loss_is_what_a_hand_computes_from_the_networks() {
    let device = Device::flex();
    for reduction in [Reduction::Element, Reduction::Norm] {
        let losses = LossWeights {
            encoded_latent: 0.5,
            features: 1.5,
            feature_matching: 2.0,
            historical_averaging: 3.0,
            reduction,
            ..LossWeights::default()
        };
        let mut trainer = trainer(TrainerConfig { losses, ..plain() });
        trainer.step(batch(0, &device)).unwrap();
        let before = trainer.networks();
        let start = Trainer::new(plain(), SEED, &device).networks();
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let noise = StepNoise::new(&plain(), BATCH, &mut rng, &device);
        let (z, passes) = (noise.z.clone(), noise.discriminator.clone());
        let found = trainer.step_with(batch(1, &device), noise).unwrap();
        let found = block_on(found.read()).unwrap();
        let discriminator = trainer.networks().discriminator;

        let x = batch(1, &device);
        let encode = |x: Tensor<4>| before.encoder.forward_with(x, Statistics::Batch).mean;
        let encoded = encode(x.clone());
        let codes = Tensor::cat(vec![z.clone(), encoded.clone()], 0);
        let made = before.generator.forward_with(codes, Statistics::Batch);
        let generated = made.clone().narrow(0, 0, BATCH);
        let rebuilt = made.narrow(0, BATCH, BATCH);
        let h = features(&device).unwrap();
        let compare = |a: Vec<f64>, b: Vec<f64>| penalty(reduction, &a, &b);
        let latent = compare(values(z.clone()), values(encode(generated.clone())));
        let again = compare(values(encoded.clone()), values(encode(rebuilt.clone())));
        let pixels = compare(values(x.clone()), values(rebuilt.clone()));
        let seen = penalty(
            Reduction::Norm,
            &values(h.forward(x.clone())),
            &values(h.forward(rebuilt)),
        );
        close("L_AD", found.adversarial_latent, latent);
        close("L'_AD", found.encoded_latent, again);
        close("L_AE", found.autoencoder, pixels);
        close("L_H", found.features, seen);

        // G and E train against D after its own step.
        let pass = |x, z, index: usize| {
            let masks = DiscriminatorNoise::masks([&passes[index]], &device);
            discriminator.forward_features(x, z, Statistics::Batch, Some(&masks), None)
        };
        let (real, generated) = (pass(x, encoded, 2), pass(generated, z, 3));
        let softplus = |x: f64| (1.0 + x.exp()).ln();
        let adversarial = mean(values(real.logits).into_iter().map(softplus))
            + mean(values(generated.logits).into_iter().map(|l| softplus(-l)));
        close("L_GAN", found.adversarial, adversarial);
        let columns = |features: Tensor<2>| values(features.mean_dim(0));
        let pairs = columns(real.features)
            .into_iter()
            .zip(columns(generated.features));
        let matching = mean(pairs.map(|(a, b)| (a - b).powi(2)));
        close("feature matching", found.feature_matching, matching);

        // After one step the mean is halfway between the start and where that step led.
        let moved = |now: &Bigan, then: &Bigan| {
            let now = parameters(now).into_iter().zip(parameters(then));
            now.map(|(now, then)| ((now - then) / 2.0).powi(2))
                .sum::<f64>()
        };
        let historical = moved(&before, &start);
        assert!(historical > 0.0);
        close("history", found.historical_averaging, historical);

        let total = adversarial
            + 2.5 * latent
            + 0.5 * again
            + pixels
            + 1.5 * seen
            + 2.0 * matching
            + 3.0 * historical;
        close("total", found.total, total);
    }
}

/// Of one logit, towards a label.
fn cross_entropy(logit: f64, label: f64) -> f64 {
    (1.0 + logit.exp()).ln() - label * logit
}

#[test]
fn what_d_sees_of_reconstructions_is_what_a_hand_computes() {
    let device = Device::flex();
    let config = with(|c| {
        c.networks.stochastic = true;
        c.adam.learning_rate = 5e-3;
        c.augment.color = true;
        c.clamp_codes = true;
        c.losses.adversarial_reconstruction = 0.5;
        c.losses.feature_distance = 2.0;
        c.losses.feature_layer = 2;
        c.losses.noise_penalty = 30.0;
        c.losses.noise_penalty_every = 4;
    });
    let mut trainer = trainer(config);
    for _ in 0..4 {
        trainer.step(batch(0, &device)).unwrap();
    }
    let before = trainer.networks();
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let noise =
        StepNoise::new(&config, BATCH, &mut rng, &device).with_perturbation(SIDE, 2.0, &mut rng);
    let (z, passes) = (noise.z.clone(), noise.discriminator.clone());
    let encoder_noise = noise.encoder.clone();
    let found = trainer.step_with(batch(1, &device), noise).unwrap();
    let found = block_on(found.read()).unwrap();
    let after = trainer.networks().discriminator;

    // G gets the codes as they are; D sees them clamped.
    let x = batch(1, &device);
    let encoding = before.encoder.forward_with(x.clone(), Statistics::Batch);
    let encoded = encoding.sample(encoder_noise);
    let shown = encoded.clone().clamp(-1.0, 1.0);
    assert!(values(encoded.clone()) != values(shown.clone()));
    let codes = Tensor::cat(vec![z.clone(), encoded], 0);
    let made = before.generator.forward_with(codes, Statistics::Batch);
    let generated = made.clone().narrow(0, 0, BATCH);
    let rebuilt = made.narrow(0, BATCH, BATCH);
    // Reconstructions, and x with noise, meet the augmentation and the dropout that x meets.
    let pass = |d: &Discriminator, x: &Tensor<4>, z: &Tensor<2>, index: usize| {
        let noise = &passes[index];
        let x = noise.augmentation.as_ref().unwrap().apply(x.clone());
        let masks = DiscriminatorNoise::masks([noise], &device);
        d.forward_features(x, z.clone(), Statistics::Batch, Some(&masks), Some(2))
    };
    let cost = |logits: &Tensor<2>, label: f64| {
        mean(
            values(logits.clone())
                .into_iter()
                .map(|l| cross_entropy(l, label)),
        )
    };

    let d = &before.discriminator;
    let noisy = x.clone() + passes[0].perturbation.clone().unwrap();
    let real = pass(d, &x, &shown, 0).logits;
    let perturbed = pass(d, &noisy, &shown, 0).logits;
    let moved = values(real.clone()).into_iter().zip(values(perturbed));
    let penalty_of_noise = 4.0 * mean(moved.map(|(a, b)| (a - b).powi(2)));
    let discriminator = cost(&real, 0.9)
        + cost(&pass(d, &generated, &z, 1).logits, 0.0)
        + 0.5 * cost(&pass(d, &rebuilt, &shown, 0).logits, 0.0)
        + 30.0 * penalty_of_noise;
    assert!(30.0 * penalty_of_noise > 1e-3, "{penalty_of_noise}");
    close("the noise penalty", found.noise_penalty, penalty_of_noise);
    close("D's loss", found.discriminator, discriminator);

    let [real, generated] = [pass(&after, &x, &shown, 2), pass(&after, &generated, &z, 3)];
    let rebuilt = pass(&after, &rebuilt, &shown, 2);
    let fooled = cost(&rebuilt.logits, 1.0);
    close(
        "reconstructions as fakes",
        found.adversarial_reconstruction,
        fooled,
    );
    let [aim, map] = [real.map, rebuilt.map].map(|map| values(map.unwrap()));
    assert_eq!(aim.len(), BATCH * 4 * 16 * 16);
    let distance = penalty(Reduction::Element, &aim, &map);
    close("feature distance", found.feature_distance, distance);
    let total = cost(&real.logits, 0.0)
        + cost(&generated.logits, 1.0)
        + 2.5 * f64::from(found.adversarial_latent)
        + f64::from(found.autoencoder)
        + 0.5 * fooled
        + 2.0 * distance;
    close("total", found.total, total);
}

/// The penalty comes every few steps only.
#[test]
fn a_lazy_penalty_is_due_every_so_many_steps() {
    let config = with(|c| {
        c.losses.noise_penalty = 1.0;
        c.losses.noise_penalty_sigma = 0.5;
        c.losses.noise_penalty_every = 3;
    });
    let penalties = [1, 2, 3, 4].map(|steps| trained(config, steps).1.noise_penalty);
    assert!(penalties[2] > 0.0, "{penalties:?}");
    assert_eq!([penalties[0], penalties[1], penalties[3]], [0.0; 3]);
}

/// All parameters of G and E; no running statistics.
fn parameters(bigan: &Bigan) -> Vec<f64> {
    let files = [bytes(&bigan.generator), bytes(&bigan.encoder)];
    let numbers = files.iter().map(|file| tests::golden::Numbers::parse(file));
    numbers
        .flat_map(|numbers| {
            let names: Vec<String> = numbers.names().map(str::to_owned).collect();
            let learnt = names.into_iter().filter(|name| !name.contains("running_"));
            learnt
                .flat_map(|name| numbers.values(&name).to_vec())
                .collect::<Vec<f32>>()
        })
        .map(f64::from)
        .collect()
}

/// G, E and D to the bit.
fn networks(bigan: &Bigan) -> [Vec<u8>; 3] {
    [
        bytes(&bigan.generator),
        bytes(&bigan.encoder),
        bytes(&bigan.discriminator),
    ]
}

/// Which of G, E and D differ after `steps` steps with `config` from what they are after as many with `other`.
fn differ(config: TrainerConfig, other: TrainerConfig, steps: usize) -> [bool; 3] {
    let found = networks(&trained(config, steps).0.networks());
    let others = networks(&trained(other, steps).0.networks());
    [0, 1, 2].map(|index| found[index] != others[index])
}

fn with(change: impl Fn(&mut TrainerConfig)) -> TrainerConfig {
    let mut config = plain();
    change(&mut config);
    config
}

const NONE: [bool; 3] = [false; 3];
const ALL: [bool; 3] = [true; 3];
const G_AND_E: [bool; 3] = [true, true, false];

#[test]
fn each_setting_reaches_the_networks_it_is_for() {
    /// A name, the steps it takes to tell, which of G, E and D then differ, and the setting.
    type Case = (&'static str, usize, [bool; 3], fn(&mut TrainerConfig));
    let cases: [Case; 16] = [
        ("nothing", 2, NONE, |_| {}),
        ("L_GAN", 1, ALL, |c| c.losses.adversarial = 0.5),
        ("L'_AD", 1, G_AND_E, |c| c.losses.encoded_latent = 1.0),
        ("L_H", 1, G_AND_E, |c| c.losses.features = 1.0),
        ("norms", 1, G_AND_E, |c| {
            c.losses.reduction = Reduction::Norm
        }),
        ("feature matching", 1, G_AND_E, |c| {
            c.losses.feature_matching = 1.0;
        }),
        ("history", 2, ALL, |c| c.losses.historical_averaging = 10.0),
        ("reconstructions as fakes", 1, ALL, |c| {
            c.losses.adversarial_reconstruction = 1.0;
        }),
        ("feature distance", 1, G_AND_E, |c| {
            c.losses.feature_distance = 1.0;
        }),
        // G and E answer another D.
        ("noise penalty", 1, ALL, |c| c.losses.noise_penalty = 1e6),
        ("noise penalty later", 1, NONE, |c| {
            c.losses.noise_penalty = 1e6;
            c.losses.noise_penalty_every = 2;
        }),
        ("augmentation", 1, ALL, |c| c.augment.color = true),
        ("virtual norm of G", 1, ALL, |c| {
            c.virtual_batch_norm.generator = true;
        }),
        ("virtual norm of D", 1, ALL, |c| {
            c.virtual_batch_norm.discriminator = true;
        }),
        ("warm-up", 1, ALL, |c| c.schedule.warmup = 3),
        ("an average", 2, NONE, |c| c.average_decay = 0.9),
    ];
    for (name, steps, expected, change) in cases {
        assert_eq!(differ(with(change), plain(), steps), expected, "{name}");
    }
}

/// An autoencoder: D is neither run nor moved.
#[test]
fn without_l_gan_d_stays_as_it_is() {
    let config = with(|c| c.losses.adversarial = 0.0);
    let discriminator = |trainer: &Trainer| bytes(&trainer.networks().discriminator);
    let before = discriminator(&trainer(config));
    let (after, losses) = trained(config, 2);
    assert_eq!(discriminator(&after), before);
    assert_eq!((losses.discriminator, losses.adversarial), (0.0, 0.0));
    assert!(losses.autoencoder > 0.0 && losses.is_finite());
    let terms = 2.5 * f64::from(losses.adversarial_latent) + f64::from(losses.autoencoder);
    close("the total", losses.total, terms);
}

/// Codes beyond the prior's range, as noise makes them.
#[test]
fn clamping_changes_what_d_sees_of_codes() {
    let config = |clamp| {
        with(|c| {
            c.networks.stochastic = true;
            c.clamp_codes = clamp;
        })
    };
    assert_eq!(differ(config(true), config(false), 1), ALL);
}

#[test]
fn a_rate_of_its_own_moves_d_alone_at_first() {
    let own = with(|c| c.adam.discriminator_learning_rate = Some(1e-4));
    // G and E answer another D, hence they differ too; with D's rate spelt out as it is, nothing does.
    assert_eq!(differ(own, plain(), 1), ALL);
    let same = with(|c| c.adam.discriminator_learning_rate = Some(2e-4));
    assert_eq!(differ(same, plain(), 2), NONE);
}

#[test]
fn a_schedule_that_has_ended_moves_nothing_more() {
    let config = with(|c| {
        c.schedule = Schedule {
            shape: Shape::Linear,
            warmup: 0,
            end: 2,
        };
    });
    let end = parameters(&trained(config, 2).0.networks());
    assert_eq!(parameters(&trained(config, 3).0.networks()), end);
    assert!(parameters(&trained(config, 1).0.networks()) != end);
}

#[test]
fn one_step_ahead_without_a_gradient_is_the_ordinary_training() {
    let ahead = |steps, through| {
        with(|c| {
            c.unroll.steps = steps;
            c.unroll.through = through;
        })
    };
    assert_eq!(differ(ahead(1, false), plain(), 3), NONE);
    assert_eq!(differ(ahead(2, false), plain(), 1), G_AND_E);
    assert_eq!(differ(ahead(2, true), ahead(2, false), 1), G_AND_E);
    let descent = |rate| {
        let mut config = ahead(2, true);
        config.unroll.sgd = Some(rate);
        config
    };
    assert_eq!(differ(descent(0.1), ahead(2, true), 1), G_AND_E);
}

/// D's loss falls along its inner steps, so that G and E meet a harder D.
#[test]
fn a_d_that_is_ahead_is_harder_to_fool() {
    let adversarial = |steps| {
        let config = with(|c| {
            c.unroll.steps = steps;
            c.unroll.through = false;
            c.adam.learning_rate = 2e-3;
        });
        trained(config, 1).1.adversarial
    };
    let costs = [1, 4, 8].map(adversarial);
    assert!(costs[0] < costs[1] && costs[1] < costs[2], "{costs:?}");
}

#[test]
fn the_average_lies_behind_the_networks_and_is_published() {
    let (trainer, _) = trained(with(|c| c.average_decay = 0.9), 3);
    let (now, averaged) = (trainer.networks(), trainer.averaged());
    let before = trained(plain(), 2).0.networks();
    let [generator, encoder, discriminator] = networks(&averaged);
    let present = networks(&now);
    assert!(generator != present[0] && encoder != present[1]);
    assert!(discriminator == present[2], "D is published as it is");
    // Nearer to the last step than the one before it was: decay is short at first.
    let distance = |a: &Bigan, b: &Bigan| {
        let pairs = parameters(a).into_iter().zip(parameters(b));
        pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>()
    };
    assert!(distance(&now, &averaged) < distance(&now, &before));
    let (plain, _) = trained(plain(), 2);
    assert!(networks(&plain.averaged()) == networks(&plain.networks()));
}

#[test]
fn minibatch_discrimination_sees_what_a_pair_comes_with() {
    let networks = NetworkConfig {
        minibatch: everything().networks.minibatch,
        ..TINY
    };
    let (trainer, losses) = trained(
        TrainerConfig {
            networks,
            ..plain()
        },
        2,
    );
    assert!(losses.is_finite());
    let device = Device::flex();
    let discriminator = trainer.networks().discriminator;
    let z = || Tensor::<2>::zeros([2, TINY.latent], &device);
    let first = |x: Tensor<4>| values(discriminator.forward(x, z()))[0];
    let x = batch(0, &device);
    let twice = Tensor::cat(vec![x.clone().narrow(0, 0, 1); 2], 0);
    assert!(first(x.narrow(0, 0, 2)) != first(twice));
}

#[test]
fn virtual_norm_makes_a_picture_independent_of_its_batch() {
    let config = with(|c| {
        c.virtual_batch_norm = VirtualBatchNorm {
            generator: true,
            discriminator: false,
        };
    });
    let (trainer, _) = trained(config, 2);
    let device = Device::flex();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let z = StepNoise::new(&config, BATCH, &mut rng, &device).z;
    let alone = trainer.networks().generator.forward_with(
        z.clone().narrow(0, 0, 3),
        Statistics::Reference {
            rows: 2,
            record: false,
        },
    );
    let together = trainer.networks().generator.forward_with(
        z,
        Statistics::Reference {
            rows: 2,
            record: false,
        },
    );
    let row = |x: Tensor<4>| values(x.narrow(0, 2, 1));
    for (alone, together) in row(alone).into_iter().zip(row(together)) {
        assert!((alone - together).abs() < 1e-5);
    }
}

#[test]
fn l_h_without_h_is_an_error_and_changes_nothing() {
    let device = Device::flex();
    let config = with(|c| c.losses.features = 1.0);
    let mut bare = Trainer::new(config, SEED, &device);
    let before = networks(&bare.networks());
    let error = bare.step(batch(0, &device)).unwrap_err();
    assert_eq!(error, TrainError::FeaturesMissing);
    assert!(error.to_string().contains("network H"), "{error}");
    assert!(networks(&bare.networks()) == before && bare.steps() == 0);
    // With an H it goes on as if nothing had been tried.
    let mut late = bare.with_features(features(&device));
    late.step(batch(0, &device)).unwrap();
    assert!(networks(&late.networks()) == networks(&trained(config, 1).0.networks()));
}

#[test]
fn a_batch_of_one_is_refused() {
    let device = Device::flex();
    let one = batch(0, &device).narrow(0, 0, 1);
    let error = trainer(plain()).step(one).unwrap_err();
    assert_eq!(
        error,
        TrainError::Batch {
            shape: [1, 3, 64, 64],
            side: SIDE
        }
    );
}

#[test]
fn everything_together_trains_and_stays_finite() {
    let (trainer, losses) = trained(everything(), 3);
    assert!(losses.is_finite(), "{losses:?}");
    let start = networks(&Trainer::new(everything(), SEED, &Device::flex()).networks());
    let end = networks(&trainer.networks());
    assert!(start.iter().zip(&end).all(|(start, end)| start != end));
}

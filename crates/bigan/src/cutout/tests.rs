//! The cut-out network: the same with Burn and without, trained a little, stored and stopped.

use burn::tensor::{Device, Tensor, TensorData};
use images::{Fit, RgbImage};
use pollster::block_on;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::pictures::tensor;
use crate::weights::{Dataset, Precision};
use crate::{SIDE, random};

/// What tells the boxes from other photographs.
const PHOTOGRAPHS: &str = "boxes";
const TINY: CutoutConfig = CutoutConfig { width: 4 };

fn config(steps: u64) -> CutoutTrainerConfig {
    CutoutTrainerConfig {
        network: TINY,
        learning_rate: 4e-3,
        steps,
        batch: 4,
        seed: 3,
    }
}

/// A bright box on dark noise, and where the box is.
fn example(seed: u64) -> (Vec<f32>, Vec<f32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let noise = random::uniform(&mut rng, 3 * SIDE * SIDE);
    let [left, top] = [seed % 20 + 5, seed % 13 + 8].map(|edge| edge as usize);
    let inside = |place: usize| {
        let (x, y) = (place % SIDE, place / SIDE % SIDE);
        (left..left + 25).contains(&x) && (top..top + 30).contains(&y)
    };
    let picture = noise.iter().enumerate().map(|(place, value)| {
        let middle = if inside(place) { 0.6 } else { -0.6 };
        middle + 0.3 * value
    });
    let mask = (0..SIDE * SIDE).map(|place| f32::from(u8::from(inside(place))));
    (picture.collect(), mask.collect())
}

fn batch(step: u64) -> (Tensor<4>, Tensor<4>) {
    let (pictures, masks): (Vec<_>, Vec<_>) = (4 * step..4 * step + 4).map(example).unzip();
    let masks = TensorData::new(masks.concat(), [4, 1, SIDE, SIDE]);
    let device = Device::flex();
    (
        tensor(pictures.concat(), SIDE, &device),
        Tensor::from_data(masks, &device),
    )
}

fn trained(trainer: &mut CutoutTrainer, steps: u64) -> f32 {
    let mut loss = f32::NAN;
    for step in trainer.steps()..steps {
        let (pictures, masks) = batch(step);
        loss = trainer.step(pictures, masks).into_scalar::<f32>();
    }
    loss
}

fn description() -> CutoutDescription {
    CutoutDescription {
        name: "boxes".to_owned(),
        training: CutoutTraining {
            config: config(110),
            steps: 110,
            device: "cpu".to_owned(),
        },
        dataset: Dataset {
            name: "boxes".to_owned(),
            licence: "CC0".to_owned(),
            images: 440,
        },
        test: None,
    }
}

#[test]
fn a_box_is_learnt_stored_and_found_without_burn() {
    let mut trainer = CutoutTrainer::new(config(110), &Device::flex());
    let loss = trained(&mut trainer, 110);
    assert!(loss < 0.3, "{loss}");
    let (picture, mask) = example(1001);
    let network = trainer.network();
    let with_burn = network.logits(tensor(picture.clone(), SIDE, &Device::flex()));
    assert_eq!(with_burn.dims(), [1, 1, SIDE, SIDE]);
    let frozen = network.frozen();
    let frozen = frozen.logits(tensor(picture.clone(), SIDE, &Device::flex()));
    let apart = (with_burn.clone() - frozen)
        .abs()
        .max()
        .into_scalar::<f32>();
    assert!(apart < 1e-3, "{apart}");
    let with_burn: Vec<f32> = with_burn.into_data().try_into_vec().unwrap();
    let packed = network.pack(description(), Precision::F32);
    let (card, bytes) = block_on(packed).unwrap();
    let cutter = card.cutter(&bytes).unwrap();
    let found = cutter.mask(&picture);
    for (found, logit) in found.iter().zip(&with_burn) {
        let expected = 1.0 / (1.0 + (-logit).exp());
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }
    let right = found
        .iter()
        .zip(&mask)
        .filter(|(a, b)| (**a > 0.5) == (**b > 0.5));
    assert!(right.count() > SIDE * SIDE * 97 / 100);

    let packed = network.pack(description(), Precision::Int8);
    let (card, bytes) = block_on(packed).unwrap();
    let card = CutoutCard::parse(card.to_json().unwrap().as_bytes()).unwrap();
    let stored = card.cutter(&bytes).unwrap().mask(&picture);
    let worst = stored.iter().zip(&found).map(|(a, b)| (a - b).abs());
    assert!(worst.fold(0.0, f32::max) < 0.25);
    let mut damaged = bytes.clone();
    damaged[700] ^= 1;
    let error = card.cutter(&damaged).unwrap_err().to_string();
    assert!(error.contains("cutout.safetensors"), "{error}");

    let photo = images::from_signed(&picture, SIDE as u32);
    let seen = Preprocess {
        side: SIDE,
        fit: Fit::Pad,
        cutter: Some(cutter.into()),
    }
    .see(&photo);
    let square = seen.cut.unwrap().unwrap();
    assert!((square.side - 36.0).abs() < 4.0, "{square:?}");
    assert_eq!(seen.picture.get_pixel(0, 0).0, [255; 3]);
}

#[test]
fn what_has_no_garment_stays_whole() {
    // Weights that were never trained say 0 everywhere but for the bias.
    let network = Cutout::new(&TINY, &Device::flex());
    let (card, bytes) = block_on(network.pack(description(), Precision::F32)).unwrap();
    let preprocess = Preprocess {
        side: SIDE,
        fit: Fit::Pad,
        cutter: Some(card.cutter(&bytes).unwrap().into()),
    };
    let photo = RgbImage::from_fn(90, 30, |x, y| [x as u8, y as u8, 7].into());
    let seen = preprocess.see(&photo);
    assert_eq!(seen.cut, Some(Err(images::NotFound::Nothing)));
    assert_eq!(
        seen.picture,
        Preprocess::whole(Fit::Pad, SIDE).see(&photo).picture
    );
}

#[test]
fn a_training_that_stopped_goes_on_as_if_it_had_not() {
    let device = Device::flex();
    let mut through = CutoutTrainer::new(config(8), &device);
    trained(&mut through, 8);
    let mut first = CutoutTrainer::new(config(8), &device);
    trained(&mut first, 5);
    let files = block_on(first.checkpoint(PHOTOGRAPHS)).unwrap();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (*n, b.as_slice())).collect();
    let resume = |steps, photographs, files: &[(&str, &[u8])]| {
        CutoutTrainer::resume(config(steps), photographs, files, &device)
    };
    let mut again = resume(8, PHOTOGRAPHS, &files).unwrap();
    assert_eq!(again.steps(), 5);
    trained(&mut again, 8);
    assert_eq!(
        block_on(again.checkpoint(PHOTOGRAPHS)).unwrap(),
        block_on(through.checkpoint(PHOTOGRAPHS)).unwrap()
    );
    let error = resume(9, PHOTOGRAPHS, &files).unwrap_err();
    assert!(error.to_string().contains("other settings"), "{error}");
    let error = resume(8, "others", &files).unwrap_err();
    assert!(error.to_string().contains("other photographs"), "{error}");
    let error = resume(8, PHOTOGRAPHS, &files[1..]).unwrap_err();
    assert!(error.to_string().contains("cutout.safetensors"), "{error}");
}

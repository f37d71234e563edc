//! Augmentation by hand and by its gradient.

use super::*;
use inference::config::SIDE;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const BATCH: usize = 8;

/// A picture whose values tell rows, columns and channels apart.
fn pictures() -> Tensor<4> {
    let values = (0..BATCH * 3 * SIDE * SIDE).map(|i| (i as f32 * 0.37).sin());
    crate::pictures::tensor(values.collect(), SIDE, &Device::flex())
}

fn drawn(list: &str) -> Augmentation {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let augment = list.parse().unwrap();
    Augmentation::new(&augment, [BATCH, SIDE], &mut rng, &Device::flex()).unwrap()
}

fn values(x: Tensor<4>) -> Vec<f32> {
    x.into_data().try_into_vec().unwrap()
}

fn at(all: &[f32], picture: usize, channel: usize, row: usize, column: usize) -> f32 {
    all[((picture * 3 + channel) * SIDE + row) * SIDE + column]
}

#[test]
fn a_translated_picture_is_the_picture_elsewhere() {
    let shifts = [3, -8];
    let translation = Translation {
        rows: shift_matrices(&shifts, SIDE, &Device::flex()),
        columns: shift_matrices(&[-5, 0], SIDE, &Device::flex()).swap_dims(2, 3),
    };
    let augmentation = Augmentation {
        color: None,
        translation: Some(translation),
        kept: None,
    };
    let before = values(pictures());
    let after = values(augmentation.apply(pictures().narrow(0, 0, 2)));
    assert_eq!(at(&after, 0, 2, 13, 20), at(&before, 0, 2, 10, 25));
    assert_eq!(at(&after, 1, 1, 13, 20), at(&before, 1, 1, 21, 20));
    // What comes in from outside is grey.
    assert_eq!(at(&after, 0, 0, 2, 20), 0.0);
    assert_eq!(at(&after, 0, 0, 20, 60), 0.0);
    assert_eq!(at(&after, 1, 0, 60, 20), 0.0);
}

#[test]
fn holes_are_grey_squares_and_the_rest_is_untouched() {
    let (before, after) = (
        values(pictures()),
        values(drawn("cutout").apply(pictures())),
    );
    for picture in 0..BATCH {
        let range = picture * 3 * SIDE * SIDE..(picture + 1) * 3 * SIDE * SIDE;
        let pairs = before[range.clone()].iter().zip(&after[range]);
        let cut = pairs
            .filter(|(before, after)| {
                assert!(before == after || **after == 0.0);
                before != after
            })
            .count();
        // A quarter of the square at least, in the corner; all of it in the middle.
        let whole = 3 * (SIDE / HOLE).pow(2);
        assert!(cut > whole / 4 - 10 && cut <= whole, "{cut}");
    }
}

#[test]
fn colours_change_as_three_formulas_say() {
    let augmentation = drawn("color");
    let color = augmentation.color.clone().unwrap();
    let [b, s, c] = [color.brightness, color.saturation, color.contrast].map(|t| values(t)[0]);
    assert!(b.abs() <= 0.5 && (0.0..2.0).contains(&s) && (0.5..1.5).contains(&c));
    let (before, after) = (values(pictures()), values(augmentation.apply(pictures())));
    let area = SIDE * SIDE;
    let mean = before[..3 * area].iter().sum::<f32>() / (3 * area) as f32;
    let (row, column) = (17, 40);
    let pixel = [0, 1, 2].map(|channel| at(&before, 0, channel, row, column));
    let grey = pixel.iter().sum::<f32>() / 3.0;
    for (channel, value) in pixel.into_iter().enumerate() {
        // Brightness moves both means along, saturation none.
        let saturated = (value - grey) * s + grey + b;
        let expected = (saturated - mean - b) * c + mean + b;
        let found = at(&after, 0, channel, row, column);
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }
}

#[test]
fn a_gradient_passes_and_none_comes_out_of_a_hole() {
    let augmentation = drawn("color,translation,cutout");
    let x = pictures().autodiff().require_grad();
    let gradients = augmentation.apply(x.clone()).sum().backward();
    let gradient = values(x.grad(&gradients).unwrap());
    assert!(gradient.iter().all(|g| g.is_finite()));
    assert!(gradient.iter().filter(|g| **g != 0.0).count() > gradient.len() / 2);

    let cutout = drawn("cutout");
    let x = pictures().autodiff().require_grad();
    let changed = cutout.apply(x.clone());
    let gradients = changed.sum().backward();
    let ones = values(x.grad(&gradients).unwrap());
    assert!(ones.contains(&0.0) && ones.contains(&1.0));
}

#[test]
fn lists_are_read_and_strangers_named() {
    let all = "color,translation,cutout".parse::<Augment>().unwrap();
    assert!(all.color && all.translation && all.cutout);
    assert!("none".parse::<Augment>().unwrap().is_off());
    let said = "color,flip".parse::<Augment>().unwrap_err();
    assert!(said.contains("`flip`"), "{said}");
}

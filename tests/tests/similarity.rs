//! MS-SSIM as pytorch-msssim measures it (`golden/make_similarity.py`).

use images::{RgbImage, ms_ssim, ms_ssim_scales};
use serde_json::Value;

/// The pictures of `make_similarity.py`.
fn pair(width: u32, height: u32) -> [RgbImage; 2] {
    let first = |x: u32, y: u32, c: u32| (x * x / 9 + y * (5 + c) + x * y / 16) % 256;
    let second = |x: u32, y: u32, c: u32| (first(x, y, c) + x * y * (c + 1) % 61 + y / 3).min(255);
    [
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([0, 1, 2].map(|c| first(x, y, c) as u8))
        }),
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([0, 1, 2].map(|c| second(x, y, c) as u8))
        }),
    ]
}

#[test]
fn ms_ssim_is_that_of_a_published_implementation() {
    let golden: Value = serde_json::from_str(include_str!("../golden/similarity.json")).unwrap();
    for (name, width, height, scales) in [("176x208", 208, 176, 5), ("64x64", 64, 64, 3)] {
        let [a, b] = pair(width, height);
        assert_eq!(ms_ssim_scales(width.min(height)), scales);
        let (found, expected) = (ms_ssim(&a, &b), golden[name].as_f64().unwrap());
        assert!((0.5..0.97).contains(&expected), "{name}: {expected}");
        // They compute with windows in float32 here and there.
        assert!(
            (found - expected).abs() < 1e-9,
            "{name}: {found}, {expected}"
        );
        assert!((ms_ssim(&b, &a) - found).abs() < 1e-12);
        assert!((ms_ssim(&a, &a) - 1.0).abs() < 1e-12);
    }
}

#[test]
fn ms_ssim_is_a_number_for_small_and_opposite_pictures_and_none_for_unlike_sizes() {
    let [a, _] = pair(5, 3);
    assert!((ms_ssim(&a, &a) - 1.0).abs() < 1e-12);
    let [a, _] = pair(64, 64);
    let mut opposite = a.clone();
    image::imageops::invert(&mut opposite);
    let found = ms_ssim(&a, &opposite);
    assert!((0.0..0.2).contains(&found), "{found}");
    assert!(ms_ssim(&a, &RgbImage::new(64, 63)).is_nan());
}

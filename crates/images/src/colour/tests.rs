//! Against LittleCMS (`tests/golden/make_colours.py`).

use super::*;
use serde::Deserialize;
use serde_json::Value;

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/golden/colours/", $name))
    };
}

const P3: &[u8] = golden!("p3.icc");
const GREY: &[u8] = golden!("grey.icc");

/// Colours as stored, and as LittleCMS takes them to sRGB.
fn expected(name: &str) -> Vec<([u8; 3], [u8; 3])> {
    let all: Value = serde_json::from_slice(golden!("expected.json")).unwrap();
    let pairs = all[name].as_array().unwrap().iter();
    let read = |colour: &Value| <[u8; 3]>::deserialize(colour).unwrap();
    pairs.map(|pair| (read(&pair[0]), read(&pair[1]))).collect()
}

/// LittleCMS rounds to 16 bits on the way, and its sRGB to 15 binary digits: 1 of 255 apart at most.
fn agrees(name: &str, profile: &[u8], grey: bool) {
    let colours = Colours::of_profile(profile, grey).unwrap();
    for (stored, expected) in expected(name) {
        let made = colours.of(stored);
        let near = (0..3).all(|channel| made[channel].abs_diff(expected[channel]) <= 1);
        assert!(near, "{name}: {stored:?} became {made:?}, not {expected:?}");
    }
}

#[test]
fn profiles_are_followed_as_littlecms_follows_them() {
    agrees("p3", P3, false);
    agrees("p3-table", golden!("p3-table.icc"), false);
    agrees("adobe", golden!("adobe.icc"), false);
    agrees("prophoto", golden!("prophoto.icc"), false);
    agrees("grey", GREY, true);
}

#[test]
fn a_profile_of_grey_is_for_grey_pictures_alone() {
    assert!(Colours::of_profile(GREY, false).is_none());
    assert!(Colours::of_profile(P3, true).is_some());
}

#[test]
fn srgb_is_left_as_it_is() {
    assert!(Colours::of_codes(1, 13).is_none());
    assert!(Colours::of_gamma(0.45455, None).is_none());
    assert!(
        Colours::of_gamma(
            0.45455,
            Some([(0.3127, 0.329), (0.64, 0.33), (0.3, 0.6), (0.15, 0.06)])
        )
        .is_none()
    );
}

/// The codes of Display P3 say what its profile says.
#[test]
fn codes_agree_with_the_profile_of_the_same_colours() {
    let (codes, profile) = (
        Colours::of_codes(12, 13).unwrap(),
        Colours::of_profile(P3, false).unwrap(),
    );
    for (stored, _) in expected("p3") {
        let (a, b) = (codes.of(stored), profile.of(stored));
        assert!(
            (0..3).all(|channel| a[channel].abs_diff(b[channel]) <= 1),
            "{stored:?}: {a:?}, {b:?}"
        );
    }
}

#[test]
fn a_power_of_one_is_light_itself() {
    let linear = Colours::of_gamma(1.0, None).unwrap();
    assert_eq!(linear.of([55, 0, 255]), [128, 0, 255]);
    let mut pixels = [55, 0, 255, 55, 0, 255, 255, 255, 55];
    linear.apply(&mut pixels);
    assert_eq!(pixels, [128, 0, 255, 128, 0, 255, 255, 255, 128]);
}

#[test]
fn white_of_pictures_brighter_than_screens_is_white() {
    // 58 % of PQ, 75 % of HLG; what is brighter is cut off.
    assert!(
        Colours::of_codes(9, 16)
            .unwrap()
            .of([148; 3])
            .iter()
            .all(|&value| value >= 253)
    );
    assert!(
        Colours::of_codes(9, 18)
            .unwrap()
            .of([191; 3])
            .iter()
            .all(|&value| value >= 253)
    );
    assert_eq!(Colours::of_codes(9, 16).unwrap().of([255; 3]), [255; 3]);
}

#[test]
fn broken_profiles_are_passed_over() {
    for end in 0..P3.len() {
        // What is cut off may be a tag that nobody reads.
        let _ = Colours::of_profile(&P3[..end], false);
    }
    let mut state = 1u32;
    for _ in 0..20_000 {
        let mut bytes = P3.to_vec();
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let place = (state >> 8) as usize % bytes.len();
            bytes[place] = state as u8;
        }
        if let Some((curves, _)) = profile::read(&bytes, false) {
            let _ = curves[0].at(0.5);
        }
    }
    assert!(Colours::of_profile(b"", false).is_none());
    assert!(Colours::of_profile(&P3[..200], false).is_none());
}

#[test]
fn each_amount_of_light_has_its_byte() {
    assert_eq!(BYTES.len(), STEPS + 1);
    for (step, byte) in BYTES.iter().enumerate() {
        assert_eq!(*byte, byte_of(step), "{step}");
    }
}

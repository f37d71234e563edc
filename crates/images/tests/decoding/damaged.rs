//! Damaged, foreign and oversized files are refused with a sentence.

use crate::fixtures::{FORMATS, checksum, corners, decode, file};
use images::{DecodeError, Format, Limits};

fn refused(bytes: &[u8]) -> DecodeError {
    let size = decode(bytes).map(|image| image.dimensions());
    size.expect_err("the file must be refused")
}

#[test]
fn other_kinds_of_files_are_named() {
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend([0; 100]);
    for (bytes, kind) in [
        (&zip[..], "a zip archive"),
        (b"file,label\nshirt.png,t-shirt\n", "a text file"),
        ("kläder, \u{1f457}".as_bytes(), "a text file"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"GIF89a\x01\0\x01\0", "a GIF picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a video"),
        (b"\xff\x0a\xfa\x7f", "a JPEG XL picture"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
        (b"\0\0\x01\0\x01\0", "an icon"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "an SVG drawing",
        ),
        (b"\xff\xd8", "a file of an unknown kind"),
        (b"\0", "a file of an unknown kind"),
    ] {
        assert_eq!(refused(bytes), DecodeError::NotAPhoto { looks_like: kind });
    }
    assert_eq!(refused(b""), DecodeError::Empty);
}

#[test]
fn a_text_longer_than_the_sample_is_text_wherever_a_character_is_cut() {
    for shift in 0..4 {
        let text = " ".repeat(shift) + &"né".repeat(400);
        let kind = DecodeError::NotAPhoto {
            looks_like: "a text file",
        };
        assert_eq!(refused(text.as_bytes()), kind);
    }
}

#[test]
fn limits_hold_before_decoding() {
    let small = Limits {
        max_bytes: 1000,
        max_pixels: 20 * 20,
    };
    for format in FORMATS {
        let large = file(&corners(21, 20).into(), format, None);
        assert_eq!(
            images::decode(&large, &small),
            Err(DecodeError::TooManyPixels {
                width: 21,
                height: 20,
                limit: 400
            }),
            "{format}"
        );
        let allowed = file(&corners(20, 20).into(), format, None);
        assert!(images::decode(&allowed, &small).is_ok(), "{format}");
    }
    let long = vec![0; 1001];
    let error = DecodeError::TooManyBytes {
        bytes: 1001,
        limit: 1000,
    };
    assert_eq!(images::decode(&long, &small), Err(error));
}

/// Whatever a pixel takes in the file, decoded it takes three bytes.
#[test]
fn deep_pictures_have_the_same_limit() {
    let limits = Limits {
        max_pixels: 100,
        ..Limits::default()
    };
    let deep = image::ImageBuffer::from_pixel(10, 10, image::Rgba([0x8080u16, 0, 0xffff, 0xffff]));
    let read = images::decode(&file(&deep.into(), Format::Png, None), &limits).unwrap();
    assert_eq!(read.get_pixel(9, 9).0, [128, 0, 255]);
}

#[test]
fn a_side_that_no_photograph_has_is_refused() {
    let strip = file(&corners(250_001, 1).into(), Format::Png, None);
    let error = DecodeError::TooLong {
        width: 250_001,
        height: 1,
        limit: 250_000,
    };
    assert_eq!(refused(&strip), error);
    assert!(error.to_string().contains("longer than the limit"));
}

/// Whole files that no decoder here knows: the sentence says which they are, and not that they are damaged.
#[test]
fn unusual_kinds_of_jpeg_are_named() {
    let plain = file(&corners(16, 16).into(), Format::Jpeg, None);
    let frame = plain
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    for (place, value, words) in [
        (frame + 4, 12, "12 bits a sample instead of 8"),
        (frame + 1, 0xc9, "arithmetic coding"),
        (frame + 1, 0xca, "arithmetic coding"),
        (frame + 1, 0xc3, "lossless coding"),
        (frame + 1, 0xc5, "hierarchical coding"),
        (frame + 1, 0xf7, "JPEG-LS"),
    ] {
        let mut bytes = plain.clone();
        bytes[place] = value;
        let expected = DecodeError::Unsupported {
            format: Format::Jpeg,
            reason: words.to_owned(),
        };
        assert_eq!(refused(&bytes), expected);
        assert!(!images::is_known(&bytes), "{words}");
    }
    assert!(images::is_known(&plain));
    assert!(!images::is_known(b"GIF89a") && !images::is_known(b""));
}

/// A header may say anything; memory is taken only for what the limits allow.
#[test]
fn lying_headers_are_refused() {
    // PNG: width and height at bytes 16 to 23, then a checksum over the chunk.
    let mut png = file(&corners(8, 8).into(), Format::Png, None);
    png[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let sum = checksum(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    let error = refused(&png);
    assert!(
        matches!(
            error,
            DecodeError::TooManyPixels {
                width: 65536,
                height: 65536,
                ..
            }
        ),
        "{error}"
    );

    let mut jpeg = file(&corners(8, 8).into(), Format::Jpeg, None);
    let frame = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    let error = refused(&jpeg);
    assert!(
        matches!(error, DecodeError::TooManyPixels { width: 65535, .. }),
        "{error}"
    );

    // Within the limits, but far more than the file holds.
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x08, 0, 0x08, 0]);
    let format = Format::Jpeg;
    assert_eq!(refused(&jpeg), DecodeError::Truncated { format });
}

#[test]
fn files_cut_off_anywhere_are_refused() {
    let picture = outfits::outfit(3, 48).image;
    for format in FORMATS {
        let whole = file(&picture.clone().into(), format, None);
        assert!(decode(&whole).is_ok());
        // Without PNG's last, empty chunk, or WebP's byte of padding, nothing is missing.
        let needed = match format {
            Format::Jpeg => whole.len(),
            Format::Png => whole.len() - 12,
            Format::WebP => whole.len() - 1,
        };
        for length in (0..needed).step_by(3).chain([needed - 1]) {
            let error = decode(&whole[..length]);
            assert!(
                error.is_err(),
                "{format}: {length} of {} bytes were accepted",
                whole.len()
            );
        }
        assert!(decode(&whole[..needed]).is_ok(), "{format}");
        let half = refused(&whole[..whole.len() / 2]);
        assert_eq!(half, DecodeError::Truncated { format });
    }
}

#[test]
fn what_follows_a_jpeg_and_junk_between_its_segments_do_no_harm() {
    let picture = corners(32, 32);
    let plain = file(&picture.into(), Format::Jpeg, None);
    let expected = decode(&plain).unwrap();
    let mut longer = plain.clone();
    longer.extend(b"a depth map, a film, anything");
    assert_eq!(decode(&longer).as_ref(), Ok(&expected));
    let table = plain
        .windows(2)
        .position(|pair| pair == [0xff, 0xdb])
        .unwrap();
    let mut padded = plain;
    padded.splice(table..table, [0; 9]);
    assert_eq!(decode(&padded).as_ref(), Ok(&expected));
}

/// Thousands of random changes: refused or decoded, never a panic.
#[test]
fn changed_bytes_never_panic() {
    let picture = outfits::outfit(11, 24).image;
    let mut state = 1u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    let limits = Limits {
        max_pixels: 1 << 20,
        ..Limits::default()
    };
    let rounds = std::env::var("ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1500);
    for format in FORMATS {
        let whole = file(
            &picture.clone().into(),
            format,
            Some(crate::fixtures::exif(6)),
        );
        let mut refused = 0;
        for _ in 0..rounds {
            let mut bytes = whole.clone();
            for _ in 0..1 + random() % 4 {
                let place = random() % bytes.len();
                bytes[place] = random() as u8;
            }
            refused += usize::from(images::decode(&bytes, &limits).is_err());
        }
        assert!(refused > 0, "{format}");
    }
}

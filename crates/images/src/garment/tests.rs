//! Two looks at pictures made by hand, whose masks are known.

use super::*;

const SIDE: u32 = 64;
const RED: Rgb<u8> = Rgb([200, 20, 30]);

/// Grey, with red boxes: left, top, width, height.
fn photo((width, height): (u32, u32), boxes: &[[u32; 4]]) -> RgbImage {
    let inside = |x: u32, y: u32| {
        boxes.iter().any(|&[left, top, width, height]| {
            (left..left + width).contains(&x) && (top..top + height).contains(&y)
        })
    };
    RgbImage::from_fn(width, height, |x, y| {
        if inside(x, y) { RED } else { Rgb([120; 3]) }
    })
}

/// Whoever knows that garments are red.
fn red(picture: &RgbImage) -> Vec<f32> {
    let redness = |pixel: &Rgb<u8>| f32::from(pixel.0[0].saturating_sub(pixel.0[1])) / 180.0;
    picture.pixels().map(redness).collect()
}

fn cut(photo: &RgbImage) -> Result<Cut, NotFound> {
    cut_of(photo, SIDE)
}

/// A garment of `made` x `made` pixels.
fn cut_of(photo: &RgbImage, made: u32) -> Result<Cut, NotFound> {
    let mut look = Look::first(photo, [SIDE, made]).unwrap();
    loop {
        let mask = red(look.picture());
        match look.masked(&mask) {
            Step::Again(closer) => look = closer,
            Step::Done(cut) => return Ok(cut),
            Step::NotFound(why) => return Err(why),
        }
    }
}

/// How many pixels of a cut-out are the garment's colour, and how many are white.
fn pixels(picture: &RgbImage) -> (usize, usize) {
    let near = |a: &Rgb<u8>, b: Rgb<u8>| (0..3).all(|c| a.0[c].abs_diff(b.0[c]) < 12);
    let count = |colour| picture.pixels().filter(|pixel| near(pixel, colour)).count();
    (count(RED), count(Rgb([255; 3])))
}

#[test]
fn a_small_garment_fills_its_picture_and_the_rest_is_white() {
    let made = cut(&photo((640, 480), &[[400, 300, 120, 150]])).unwrap();
    let Square { left, top, side } = made.square;
    // 150 pixels and a tenth on each side, to a pixel of the first look (ten of the photograph).
    assert!((side - 180.0).abs() <= 24.0, "{side}");
    assert!((left + side / 2.0 - 460.0).abs() <= 10.0 && (top + side / 2.0 - 375.0).abs() <= 10.0);
    let (red, white) = pixels(&made.picture);
    assert!(red > 1700 && white > 1500, "{red} red, {white} white");
    assert_eq!(made.picture.get_pixel(0, 0).0, [255; 3]);
}

/// The looks see 64x64 pixels whatever the picture is to have, so that the same is cut out.
#[test]
fn a_picture_of_another_side_shows_the_same_from_the_photographs_own_pixels() {
    let photo = photo((640, 480), &[[400, 300, 120, 150]]);
    let usual = cut(&photo).unwrap();
    for side in [32, 128] {
        let made = cut_of(&photo, side).unwrap();
        assert_eq!(made.square, usual.square);
        assert_eq!(made.picture.dimensions(), (side, side));
        let share = |cut: &Cut| {
            let (red, white) = pixels(&cut.picture);
            let all = f64::from(cut.picture.width()).powi(2);
            (red as f64 / all, white as f64 / all)
        };
        let ((red, white), (a, b)) = (share(&made), share(&usual));
        assert!(
            (red - a).abs() < 0.05 && (white - b).abs() < 0.05,
            "{red} {white}"
        );
    }
    assert_eq!(
        scaled(&[0.0, 1.0, 0.0, 1.0], 2, 4)[..4],
        [0.0, 0.25, 0.75, 1.0]
    );
    assert_eq!(scaled(&[0.0, 1.0, 1.0, 0.0], 2, 1), [0.5]);
}

#[test]
fn what_somebody_has_framed_is_laid_on_white_where_it_is() {
    let framed = photo((128, 128), &[[8, 60, 40, 50]]);
    let look = Look::framed(&framed, [SIDE; 2]).unwrap();
    let mask = red(look.picture());
    let Step::Done(made) = look.masked(&mask) else {
        panic!("one look is enough");
    };
    assert_eq!(made.square, Square::around_all((128, 128)));
    assert_eq!(made.picture.get_pixel(60, 4).0, [255; 3]);
    assert_eq!(made.picture.get_pixel(12, 42), &RED);
}

#[test]
fn a_garment_at_an_edge_is_cut_with_white_beyond_the_photograph() {
    let made = cut(&photo((300, 300), &[[0, 100, 90, 200]])).unwrap();
    let Region {
        left,
        top,
        width,
        height,
    } = made.square.within((300, 300));
    assert_eq!(
        (left, top + height, top < 100, width < 180),
        (0, 300, true, true)
    );
    assert!(made.square.left < 0.0 && made.square.top + made.square.side > 300.0);
    let (red, white) = pixels(&made.picture);
    assert!(red > 1000 && red + white > 3700, "{red} red, {white} white");
}

#[test]
fn two_garments_are_both_in_the_picture_and_a_crumb_is_not() {
    let both = [[40, 60, 90, 160], [180, 60, 90, 160]];
    let crumb = [290, 290, 8, 8];
    let near = [202, 186, 8, 8];
    let with_speck = cut(&photo((300, 300), &[[40, 60, 160, 100], near])).unwrap();
    let speck = with_speck
        .picture
        .enumerate_pixels()
        .filter(|(x, y, pixel)| (*x > 53 && *y > 52) && pixel.0 != [255; 3]);
    assert_eq!(speck.count(), 0);
    let two = cut(&photo((300, 300), &both)).unwrap();
    let with_crumb = cut(&photo((300, 300), &[both[0], both[1], crumb])).unwrap();
    assert_eq!(two.square, with_crumb.square);
    assert!(two.square.left <= 40.0 && two.square.left + two.square.side >= 270.0);
}

#[test]
fn nothing_and_nothing_else_are_told_apart() {
    assert_eq!(cut(&photo((200, 300), &[])), Err(NotFound::Nothing));
    assert_eq!(
        cut(&photo((200, 300), &[[90, 90, 12, 12]])),
        Err(NotFound::Nothing)
    );
    assert_eq!(
        cut(&photo((200, 300), &[[0, 0, 200, 300]])),
        Err(NotFound::Everything)
    );
    assert_eq!(cut(&photo((1, 1), &[])), Err(NotFound::Nothing));
    assert_eq!(
        cut(&photo((1, 1), &[[0, 0, 1, 1]])),
        Err(NotFound::Everything)
    );
    assert!(Look::first(&RgbImage::new(0, 4), [SIDE; 2]).is_none());
}

/// In a strip the photograph covers a twentieth of the padded picture: shares count of the photograph alone.
#[test]
fn a_long_strip_keeps_its_garment() {
    let made = cut(&photo((2000, 100), &[[900, 10, 200, 80]])).unwrap();
    assert!(
        made.square.side < 400.0 && made.square.left > 800.0,
        "{:?}",
        made.square
    );
    assert_eq!(
        cut(&photo((2000, 100), &[[0, 0, 2000, 100]])),
        Err(NotFound::Everything)
    );
}

#[test]
fn the_edge_is_soft() {
    let picture = RgbImage::from_pixel(4, 1, Rgb([55, 155, 255]));
    let laid = on_white(&picture, &[0.0, 0.35, 0.5, 1.0]);
    let values: Vec<[u8; 3]> = laid.pixels().map(|pixel| pixel.0).collect();
    assert_eq!(
        values,
        [[255; 3], [255; 3], [155, 205, 255], [55, 155, 255]]
    );
}

#[test]
#[should_panic(expected = "one value for each pixel")]
fn a_mask_of_another_size_is_a_mistake_of_the_program() {
    let photo = photo((10, 10), &[]);
    let _ = Look::first(&photo, [SIDE; 2]).unwrap().masked(&[0.0; 7]);
}

//! Antialiased Lanczos resampling in whole numbers.
//!
//! The filter is widened by the ratio when a picture shrinks, so every source pixel counts. Weights are rounded to
//! 22 binary digits and sums are integers, so the result is the same on every platform; and the rules (where a
//! window begins, how weights are rounded, horizontally first) are Pillow's, because the photographs in the
//! training set were resized by Pillow and a photo dropped on the page should look like them.
//!
//! Cost: each source pixel is read by six windows, about 0.2 s for 12 megapixels to 64x64 on one core.

use image::{Rgb, RgbImage};
use libm::sin;
use std::f64::consts::PI;
use std::ops::Range;

/// Lobes of the filter on each side.
const LOBES: f64 = 3.0;
/// Binary digits after the point in a weight: sums of bytes times weights stay below 2^31.
const DIGITS: u32 = 22;

/// A box over a picture, which may reach beyond it. What lies there is never stored: a strip of 27,000 pixels in a square
/// would take two gigabytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// First column, in the picture's.
    pub left: i64,
    /// First row, in the picture's.
    pub top: i64,
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
}

impl Frame {
    /// The square in the middle of a picture that is as long as `length`, which may be more than the picture is.
    pub fn middle((width, height): (u32, u32), length: u32) -> Self {
        // Halves are rounded as those of the space left over on each side, whichever of the two has it.
        let before = |side: u32| (i64::from(side) - i64::from(length)) / 2;
        Self {
            left: before(width),
            top: before(height),
            width: length,
            height: length,
        }
    }
}

/// One output position: the source window's first index, and its weights; with those that fall outside of the picture,
/// which are only summed, they sum to about `1 << DIGITS`.
struct Window {
    first: usize,
    weights: Vec<i32>,
    outside: i32,
}

/// Pixels that are summed side by side, and their bytes.
const ABREAST: usize = 4;
const BYTES: usize = 3 * ABREAST;

/// Resizes to exactly `width` x `height` (each at least 1), stretching if the proportions differ.
pub fn lanczos(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    let all = Frame {
        left: 0,
        top: 0,
        width: image.width(),
        height: image.height(),
    };
    lanczos_of(image, all, Rgb([255; 3]), width, height)
}

/// Resizes what `frame` shows of the picture, and `fill` where it reaches beyond.
pub fn lanczos_of(
    image: &RgbImage,
    frame: Frame,
    fill: Rgb<u8>,
    width: u32,
    height: u32,
) -> RgbImage {
    let columns = windows(frame.left, frame.width, image.width(), width);
    let mut rows = windows(frame.top, frame.height, image.height(), height);
    // Rows that no window reads are not resampled.
    let seen = rows.iter().filter(|row| !row.weights.is_empty());
    let first = seen.clone().map(|row| row.first).min().unwrap_or(0);
    let end = seen.map(|row| row.first + row.weights.len()).max();
    for row in &mut rows {
        row.first = row.first.saturating_sub(first);
    }
    let narrow = across(image, first..end.unwrap_or(first), &columns, fill);
    down(&narrow, &rows, fill, width)
}

/// The windows of `to` output positions over `length` source positions, the first of which is the position `start` of a
/// picture of `pixels`.
fn windows(start: i64, length: u32, pixels: u32, to: u32) -> Vec<Window> {
    let scale = f64::from(length) / f64::from(to);
    let widen = scale.max(1.0); // when enlarging, the filter keeps its own width
    let reach = LOBES * widen;
    // The source positions that are pixels of the picture.
    let inside = |position: i64| position.clamp(0, length.into()) as usize; // at most `length`
    let (begin, stop) = (inside(-start), inside(i64::from(pixels) - start));
    (0..to)
        .map(|position| {
            let centre = (f64::from(position) + 0.5) * scale;
            // `as` saturates below zero, as a window at the left edge must.
            let first = (centre - reach + 0.5) as usize;
            let end = ((centre + reach + 0.5) as usize).min(length as usize);
            let values: Vec<f64> = (first..end)
                .map(|source| filter((source as f64 - centre + 0.5) / widen))
                .collect();
            let total: f64 = values.iter().sum();
            let one = f64::from(1u32 << DIGITS);
            let mut window = Window {
                first: 0,
                weights: Vec::new(),
                outside: 0,
            };
            for (source, value) in (first..).zip(values) {
                let weight = (value / total * one).round() as i32;
                if (begin..stop).contains(&source) {
                    window.weights.push(weight);
                } else {
                    window.outside += weight;
                }
            }
            if !window.weights.is_empty() {
                window.first = (first.max(begin) as i64 + start) as usize; // a pixel's index
            }
            window
        })
        .collect()
}

/// Lanczos' windowed sinc.
fn filter(x: f64) -> f64 {
    if x.abs() < LOBES {
        sinc(x) * sinc(x / LOBES)
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        sin(x * PI) / (x * PI)
    }
}

/// Resamples each of the rows `rows` to the windows `columns`.
fn across(image: &RgbImage, rows: Range<usize>, columns: &[Window], fill: Rgb<u8>) -> Vec<u8> {
    let stride = image.width() as usize * 3;
    let mut out = Vec::with_capacity(rows.len() * columns.len() * 3);
    // Sums of bytes that lie side by side, of which vectors take several at once.
    let weights: Vec<Vec<i32>> = columns.iter().map(Window::of_bytes).collect();
    for from in image.as_raw()[rows.start * stride..rows.end * stride].chunks_exact(stride.max(1)) {
        for (window, weights) in columns.iter().zip(&weights) {
            let source = &from[window.first * 3..][..3 * window.weights.len()];
            let mut sums = [0; BYTES];
            let (whole, rest) = source.as_chunks::<BYTES>();
            let (weights, last) = weights.split_at(whole.len() * BYTES);
            for (bytes, weights) in whole.iter().zip(weights.as_chunks::<BYTES>().0) {
                for lane in 0..BYTES {
                    sums[lane] += i32::from(bytes[lane]) * weights[lane];
                }
            }
            for ((sum, &value), &weight) in sums.iter_mut().zip(rest).zip(last) {
                *sum += i32::from(value) * weight;
            }
            let mut sum = window.beyond(fill);
            for pixel in sums.chunks_exact(3) {
                for (sum, part) in sum.iter_mut().zip(pixel) {
                    *sum += part;
                }
            }
            out.extend(sum.map(byte));
        }
    }
    out
}

/// Resamples each column of `narrow`, rows of `width` pixels, to the windows `rows`.
fn down(narrow: &[u8], rows: &[Window], fill: Rgb<u8>, width: u32) -> RgbImage {
    let mut out = RgbImage::new(width, rows.len() as u32);
    let stride = width as usize * 3;
    let mut sums = vec![0i32; stride];
    for (to, window) in out.chunks_exact_mut(stride).zip(rows) {
        for pixel in sums.chunks_exact_mut(3) {
            pixel.copy_from_slice(&window.beyond(fill));
        }
        let source = narrow[window.first * stride..].chunks_exact(stride);
        for (row, &weight) in source.zip(&window.weights) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += i32::from(value) * weight;
            }
        }
        for (value, &sum) in to.iter_mut().zip(&sums) {
            *value = byte(sum);
        }
    }
    out
}

impl Window {
    /// Its weights, once for each of a pixel's bytes.
    fn of_bytes(&self) -> Vec<i32> {
        self.weights
            .iter()
            .flat_map(|&weight| [weight; 3])
            .collect()
    }

    /// What a sum begins with: half, to round, and what lies outside of the picture.
    fn beyond(&self, fill: Rgb<u8>) -> [i32; 3] {
        fill.0
            .map(|value| (1 << (DIGITS - 1)) + self.outside * i32::from(value))
    }
}

/// The weighted sum as a byte; Lanczos overshoots at edges, hence the clamp.
fn byte(sum: i32) -> u8 {
    (sum >> DIGITS).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops;

    fn picture() -> RgbImage {
        RgbImage::from_fn(13, 9, |x, y| {
            let value = |c: u32| ((x * 31 + y * y * 17 + c * 71) % 256) as u8;
            Rgb([value(0), value(1), value(2)])
        })
    }

    /// A number that changes with any value and any place.
    fn digest(image: &RgbImage) -> u64 {
        (1..)
            .zip(image.as_raw())
            .map(|(place, &value)| place * u64::from(value))
            .sum()
    }

    /// Numbers from Pillow 13.0: `Image.fromarray(picture).resize((4, 3), Image.LANCZOS)`.
    #[test]
    fn smaller_as_pillow_makes_it() {
        let expected = [
            71, 149, 173, 169, 139, 91, 128, 84, 141, 97, 176, 135, 138, 136, 122, 125, 117, 145,
            123, 142, 112, 147, 112, 122, 117, 167, 119, 184, 76, 98, 95, 124, 169, 152, 169, 67,
        ];
        assert_eq!(lanczos(&picture(), 4, 3).as_raw(), &expected);
    }

    #[test]
    fn wider_and_flatter_as_pillow_makes_it() {
        assert_eq!(digest(&lanczos(&picture(), 13, 4)), 1_580_280);
        assert_eq!(digest(&lanczos(&picture(), 20, 9)), 18_847_831);
    }

    /// What a frame shows as a picture of its own, the way in which long pictures took memory.
    fn stored(image: &RgbImage, frame: Frame, fill: Rgb<u8>) -> RgbImage {
        let mut stored = RgbImage::from_pixel(frame.width, frame.height, fill);
        imageops::replace(&mut stored, image, -frame.left, -frame.top);
        stored
    }

    #[test]
    fn a_frame_beyond_the_picture_is_resized_as_if_it_were_stored() {
        let fill = Rgb([250, 3, 90]);
        for (left, top, width, height) in [
            (-2, 0, 17, 9),
            (0, -100, 13, 300),
            (3, 2, 5, 4),
            (-40, -3, 30, 30),
            (12, 8, 200, 1),
            (5, 20, 9, 9),
            (-9, -9, 4, 40),
        ] {
            let frame = Frame {
                left,
                top,
                width,
                height,
            };
            let whole = stored(&picture(), frame, fill);
            for (to_width, to_height) in [(4, 3), (64, 64), (1, 1)] {
                assert_eq!(
                    lanczos_of(&picture(), frame, fill, to_width, to_height),
                    lanczos(&whole, to_width, to_height),
                    "{frame:?}"
                );
            }
        }
    }

    #[test]
    fn the_middle_is_where_it_always_was() {
        let middle = |size, length| {
            let Frame { left, top, .. } = Frame::middle(size, length);
            (left, top)
        };
        assert_eq!(middle((10, 3), 10), (0, -3));
        assert_eq!(middle((10, 3), 3), (3, 0));
        assert_eq!(middle((4, 9), 9), (-2, 0));
    }

    #[test]
    fn fine_patterns_average_out() {
        let checks = RgbImage::from_fn(640, 640, |x, y| {
            Rgb([if (x + y) % 2 == 0 { 255 } else { 0 }; 3])
        });
        let small = lanczos(&checks, 64, 64);
        // Away from the edges, where the window is cut.
        for (x, y, pixel) in small.enumerate_pixels() {
            if (4..60).contains(&x) && (4..60).contains(&y) {
                assert!(pixel[0].abs_diff(128) <= 1, "{x},{y}: {pixel:?}");
            }
        }
    }
}

//! Views of a photograph at random, so that a network learns garments and not where they lie or how light they are.

use bigan::SIDE;
use rand::{Rng, RngExt};

use super::pairs::{KEPT, Pair};

/// How much of the photograph's side a view shows: from close by, as in a second look, to a little from afar.
const SCALE: [f32; 2] = [0.55, 1.15];
/// Radians that a view is turned by at most.
const TURN: f32 = 0.25;
/// How far a view is off the middle at most, as a share of half the photograph's side.
const SHIFT: f32 = 0.2;
/// Contrast around the middle grey.
const CONTRAST: [f32; 2] = [0.7, 1.3];
/// How much each channel may be lighter or darker, of a range of 2.
const COLOUR: f32 = 0.2;

/// A view: which part of the photograph, and in what light.
pub struct View {
    /// The rows of the matrix that takes the view's coordinates (-1 to 1) to the photograph's.
    matrix: [[f32; 3]; 2],
    contrast: f32,
    colour: [f32; 3],
}

impl View {
    /// One drawn at random.
    pub fn draw(rng: &mut impl Rng) -> Self {
        let mut between = |[low, high]: [f32; 2]| low + (high - low) * rng.random::<f32>();
        let scale = between(SCALE);
        let (sine, cosine) = between([-TURN, TURN]).sin_cos();
        let mirror = if between([-1.0, 1.0]) < 0.0 {
            -1.0
        } else {
            1.0
        };
        let [right, down] = [0; 2].map(|_| between([-SHIFT, SHIFT]));
        Self {
            matrix: [
                [scale * cosine * mirror, -scale * sine, right],
                [scale * sine * mirror, scale * cosine, down],
            ],
            contrast: between(CONTRAST),
            colour: [0; 3].map(|_| between([-COLOUR, COLOUR])),
        }
    }

    /// What is seen of `pair`: planes `[3, 64, 64]` around 0, and the mask `[64, 64]` from 0 to 1.
    pub fn of(&self, pair: &Pair) -> (Vec<f32>, Vec<f32>) {
        let pixels = SIDE * SIDE;
        let (mut picture, mut mask) = (vec![0.0; 3 * pixels], vec![0.0; pixels]);
        for place in 0..pixels {
            let corners = Corners::at(self.source(place));
            for channel in 0..3 {
                // The border goes on outside.
                let value = corners.mean(|x, y| {
                    let [x, y] = [x, y].map(|at| at.clamp(0, KEPT as i32 - 1) as u32);
                    f32::from(pair.photo.get_pixel(x, y).0[channel])
                });
                let signed = value / 127.5 - 1.0;
                picture[channel * pixels + place] = signed * self.contrast + self.colour[channel];
            }
            mask[place] = corners.mean(|x, y| {
                let inside = (0..KEPT as i32).contains(&x) && (0..KEPT as i32).contains(&y);
                let at = || (y * KEPT as i32 + x) as usize;
                if inside {
                    f32::from(pair.mask[at()])
                } else {
                    0.0
                }
            }) / 255.0;
        }
        (picture, mask)
    }

    /// Where in the photograph, in its pixels, the view's pixel `place` lies.
    fn source(&self, place: usize) -> [f32; 2] {
        let middle = |at: usize| (2 * at + 1) as f32 / SIDE as f32 - 1.0;
        let (x, y) = (middle(place % SIDE), middle(place / SIDE));
        self.matrix
            .map(|[a, b, c]| ((a * x + b * y + c + 1.0) * KEPT as f32 - 1.0) / 2.0)
    }
}

/// The four pixels around a place, and how far it is from the first of them.
struct Corners {
    first: [i32; 2],
    off: [f32; 2],
}

impl Corners {
    fn at(place: [f32; 2]) -> Self {
        Self {
            first: place.map(|at| at.floor() as i32),
            off: place.map(|at| at - at.floor()),
        }
    }

    /// By bilinear interpolation.
    fn mean(&self, value: impl Fn(i32, i32) -> f32) -> f32 {
        let ([x, y], [right, down]) = (self.first, self.off);
        let above = value(x, y) * (1.0 - right) + value(x + 1, y) * right;
        let below = value(x, y + 1) * (1.0 - right) + value(x + 1, y + 1) * right;
        above * (1.0 - down) + below * down
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use images::{Rgb, RgbImage};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    /// Dark on the left, light on the right, where the garment is.
    fn pair() -> Pair {
        let right = |place: u32| if place >= KEPT / 2 { 255 } else { 0 };
        Pair {
            photo: RgbImage::from_fn(KEPT, KEPT, |x, _| Rgb([right(x); 3])),
            mask: (0..KEPT * KEPT).map(|place| right(place % KEPT)).collect(),
        }
    }

    fn plain(matrix: [[f32; 3]; 2]) -> View {
        View {
            matrix,
            contrast: 1.0,
            colour: [0.0; 3],
        }
    }

    #[test]
    fn the_whole_photograph_is_seen_as_it_is_and_mirrored() {
        let (picture, mask) = plain([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).of(&pair());
        assert_eq!(
            (picture[10], picture[60], mask[10], mask[60]),
            (-1.0, 1.0, 0.0, 1.0)
        );
        let (mirrored, mask) = plain([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).of(&pair());
        assert_eq!(
            (mirrored[10], mirrored[60], mask[10], mask[60]),
            (1.0, -1.0, 1.0, 0.0)
        );
    }

    #[test]
    fn beyond_the_photograph_its_border_goes_on_without_a_garment() {
        let (picture, mask) = plain([[1.0, 0.0, 1.5], [0.0, 1.0, 0.0]]).of(&pair());
        assert_eq!((picture[63], mask[63]), (1.0, 0.0));
    }

    #[test]
    fn picture_and_mask_move_together_in_every_view() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..50 {
            let mut view = View::draw(&mut rng);
            (view.contrast, view.colour) = (1.0, [0.0; 3]);
            view.matrix[0][2] = 0.0;
            view.matrix[1][2] = 0.0;
            let (picture, mask) = view.of(&pair());
            let apart = picture
                .iter()
                .zip(&mask)
                .filter(|(value, mask)| (**value + 1.0) / 2.0 - **mask > 0.01);
            // Only where a turned view reaches beyond the photograph.
            assert!(apart.count() < SIDE * SIDE / 4);
        }
    }
}

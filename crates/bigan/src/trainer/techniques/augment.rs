//! Differentiable augmentation (Zhao et al., 2020): D sees every picture, real or made, changed at random, in both
//! phases, so that it cannot learn a small data set by heart; the gradient of G and E passes through the change.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// The part of a picture's side that it is moved by at most, either way.
const SHIFT: usize = 8;
/// The part of a picture's side that the square which is cut out has.
const HOLE: usize = 2;

/// Which changes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// Brightness, saturation and contrast.
    pub color: bool,
    /// Moved by up to an eighth of the side, what comes in from outside being grey.
    pub translation: bool,
    /// A square of half the side cut out, grey.
    pub cutout: bool,
}

impl Augment {
    /// Whether nothing is changed.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }
}

impl std::str::FromStr for Augment {
    type Err = String;

    /// A list such as `color,translation,cutout`; `none` for no change.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut augment = Self::default();
        for change in text.split(',') {
            match change {
                "none" if text == "none" => {}
                "color" => augment.color = true,
                "translation" => augment.translation = true,
                "cutout" => augment.cutout = true,
                other => {
                    return Err(format!(
                        "`{other}` is none of color, translation and cutout"
                    ));
                }
            }
        }
        Ok(augment)
    }
}

/// The augmentation of one batch, drawn at random.
#[derive(Debug, Clone)]
pub struct Augmentation {
    color: Option<Color>,
    translation: Option<Translation>,
    /// 0 in the hole, 1 around it: `[batch, 1, 64, 64]`.
    kept: Option<Tensor<4>>,
}

/// Each `[batch, 1, 1, 1]`.
#[derive(Debug, Clone)]
struct Color {
    /// Added to every value.
    brightness: Tensor<4>,
    /// What the distance of the channels from their mean is multiplied with.
    saturation: Tensor<4>,
    /// What the distance of values from the picture's mean is multiplied with.
    contrast: Tensor<4>,
}

/// Matrices `[batch, 1, 64, 64]` of zeros and ones that move rows, and columns. A matrix product has a gradient on
/// every device and treats the whole batch at once.
#[derive(Debug, Clone)]
struct Translation {
    rows: Tensor<4>,
    columns: Tensor<4>,
}

impl Augmentation {
    /// Draws an augmentation for `batch` pictures of `side` x `side` pixels; none when all kinds are off.
    pub fn new(
        augment: &Augment,
        [batch, side]: [usize; 2],
        rng: &mut impl Rng,
        device: &Device,
    ) -> Option<Self> {
        if augment.is_off() {
            return None;
        }
        let color = augment.color.then(|| Color::draw(batch, rng, device));
        let translation = augment
            .translation
            .then(|| Translation::draw([batch, side], rng, device));
        let kept = augment.cutout.then(|| holes([batch, side], rng, device));
        Some(Self {
            color,
            translation,
            kept,
        })
    }

    /// What is done to `rows` of the batch.
    #[must_use]
    pub(crate) fn rows(&self, rows: &Range<usize>) -> Self {
        let part = |tensor: &Tensor<4>| tensor.clone().narrow(0, rows.start, rows.len());
        Self {
            color: self.color.as_ref().map(|color| Color {
                brightness: part(&color.brightness),
                saturation: part(&color.saturation),
                contrast: part(&color.contrast),
            }),
            translation: self.translation.as_ref().map(|translation| Translation {
                rows: part(&translation.rows),
                columns: part(&translation.columns),
            }),
            kept: self.kept.as_ref().map(part),
        }
    }

    /// Pictures `[batch, 3, 64, 64]` to the same shape: colour, then translation, then cutout.
    pub fn apply(&self, mut x: Tensor<4>) -> Tensor<4> {
        if let Some(color) = &self.color {
            x = color.apply(x);
        }
        if let Some(Translation { rows, columns }) = &self.translation {
            x = rows.clone().matmul(x).matmul(columns.clone());
        }
        match &self.kept {
            Some(kept) => x * kept.clone(),
            None => x,
        }
    }
}

impl Color {
    fn draw(batch: usize, rng: &mut impl Rng, device: &Device) -> Self {
        let mut factors = |from: f32, to: f32| {
            let values = (0..batch).map(|_| from + (to - from) * rng.random::<f32>());
            let data = TensorData::new(values.collect(), [batch, 1, 1, 1]);
            Tensor::from_data(data, device)
        };
        Self {
            brightness: factors(-0.5, 0.5),
            saturation: factors(0.0, 2.0),
            contrast: factors(0.5, 1.5),
        }
    }

    fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        let x = x + self.brightness.clone();
        let grey = x.clone().mean_dim(1); // [batch, 1, 64, 64]
        let x = (x - grey.clone()) * self.saturation.clone() + grey;
        let mean = x.clone().mean_dim(1).mean_dim(2).mean_dim(3); // [batch, 1, 1, 1]
        (x - mean.clone()) * self.contrast.clone() + mean
    }
}

impl Translation {
    fn draw([batch, side]: [usize; 2], rng: &mut impl Rng, device: &Device) -> Self {
        let mut shifts = || -> Vec<i32> {
            let most = (side / SHIFT) as i32;
            (0..batch).map(|_| rng.random_range(-most..=most)).collect()
        };
        Self {
            rows: shift_matrices(&shifts(), side, device),
            // Columns are moved by a product from the right.
            columns: shift_matrices(&shifts(), side, device).swap_dims(2, 3),
        }
    }
}

/// For each shift the matrix whose product with a picture moves its rows down by it.
fn shift_matrices(shifts: &[i32], side: usize, device: &Device) -> Tensor<4> {
    let mut values = vec![0.0f32; shifts.len() * side * side];
    for (matrix, shift) in values.chunks_exact_mut(side * side).zip(shifts) {
        for (to, row) in (0..).zip(matrix.chunks_exact_mut(side)) {
            let from = usize::try_from(to - shift).ok();
            if let Some(value) = from.and_then(|from| row.get_mut(from)) {
                *value = 1.0;
            }
        }
    }
    Tensor::from_data(
        TensorData::new(values, [shifts.len(), 1, side, side]),
        device,
    )
}

/// Squares around centres that are uniform over the picture, its far edges included.
fn holes([batch, side]: [usize; 2], rng: &mut impl Rng, device: &Device) -> Tensor<4> {
    let half = side / HOLE / 2;
    let mut values = vec![1.0f32; batch * side * side];
    for picture in values.chunks_exact_mut(side * side) {
        let mut inside = || {
            let centre = rng.random_range(0..=side);
            centre.saturating_sub(half)..(centre + half).min(side)
        };
        let (rows, columns) = (inside(), inside());
        for row in rows {
            picture[row * side..][columns.clone()].fill(0.0);
        }
    }
    Tensor::from_data(TensorData::new(values, [batch, 1, side, side]), device)
}

#[cfg(test)]
mod tests;

//! Resizing that has a gradient on every device.

use burn::tensor::{Tensor, TensorData};

/// Pictures `[batch, channels, height, width]` as `[batch, channels, side, side]`, by bilinear interpolation between the
/// centres of pixels: PyTorch's `interpolate(mode="bilinear", align_corners=False)`.
///
/// Pictures of that side come back as they are. Written as two matrix products, because Burn's own interpolation has no backward pass on GPUs.
pub(crate) fn bilinear(x: Tensor<4>, side: usize) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    if [height, width] == [side, side] {
        return x;
    }
    let device = x.device().without_autodiff();
    let matrix = |from: usize| {
        let data = TensorData::new(weights(from, side), [1, 1, side, from]);
        Tensor::<4>::from_data(data, &device)
    };
    // [.., side, height] by [.., height, width], then by [.., width, side].
    matrix(height)
        .matmul(x)
        .matmul(matrix(width).swap_dims(2, 3))
}

/// The interpolation weights of `from` pixels for each of `to` pixels: a matrix of `to` rows, each of sum 1.
fn weights(from: usize, to: usize) -> Vec<f32> {
    let mut matrix = vec![0.0; to * from];
    for (pixel, row) in matrix.chunks_exact_mut(from.max(1)).enumerate() {
        let centre = (pixel as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let centre = centre.clamp(0.0, (from - 1) as f64);
        let below = centre.floor();
        let weight = (centre - below) as f32;
        let below = below as usize;
        row[below] += 1.0 - weight;
        row[(below + 1).min(from - 1)] += weight;
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pixels_become_four_and_four_become_two() {
        let wide = [1.0, 0.0, 0.75, 0.25, 0.25, 0.75, 0.0, 1.0];
        assert_eq!(weights(2, 4), wide);
        let narrow = [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5];
        assert_eq!(weights(4, 2), narrow);
    }
}

//! Virtual batch normalization (Salimans et al., 2016): every sample is normalized by a reference batch that stays the
//! same all through the training, and by itself, but by none of the samples it happens to come with.

use burn::nn::BatchNorm;
use burn::tensor::Tensor;

/// Normalizes `[rows + batch, channels, ..]`, of which the first `rows` are the reference batch, to the same shape.
///
/// The reference is normalized by its own statistics; each other sample by those of the reference and of itself, as if
/// the reference batch were one sample larger. With `record`, the reference's statistics become the running ones, which
/// inference then divides by.
pub(super) fn virtual_batch_norm<const D: usize>(
    norm: &BatchNorm,
    input: Tensor<D>,
    rows: usize,
    record: bool,
) -> Tensor<D> {
    let shape = input.shape();
    let [all, channels] = [shape[0], shape[1]];
    let positions: Tensor<3> = input.reshape([all as i32, channels as i32, -1]);
    let reference = positions.clone().narrow(0, 0, rows);
    let samples = positions.narrow(0, rows, all - rows);

    let (mean, variance) = moments_of_batch(reference.clone());
    if record {
        let flat = |statistic: &Tensor<3>| statistic.clone().detach().reshape([channels]);
        norm.running_mean.update(flat(&mean));
        norm.running_var.update(flat(&variance));
    }
    let (own_mean, own_variance) = moments_of_each(samples.clone());
    let weight = 1.0 / (rows as f64 + 1.0);
    let distance = own_mean.clone() - mean.clone();
    // The variance of a mixture: the mean of the variances, and that of the means.
    let mixed_variance = variance.clone() * (1.0 - weight)
        + own_variance * weight
        + distance.clone() * distance.clone() * (weight * (1.0 - weight));
    let mixed_mean = mean.clone() + distance * weight;

    let scaled = |x: Tensor<3>, mean: Tensor<3>, variance: Tensor<3>| {
        (x - mean) / (variance + norm.epsilon).sqrt()
    };
    let normalized = Tensor::cat(
        vec![
            scaled(reference, mean, variance),
            scaled(samples, mixed_mean, mixed_variance),
        ],
        0,
    );
    let channel = |parameter: Tensor<1>| parameter.reshape([1, channels, 1]);
    let output = normalized * channel(norm.gamma.val()) + channel(norm.beta.val());
    output.reshape(shape)
}

/// Mean and variance of each channel over all samples and positions: both `[1, channels, 1]`.
fn moments_of_batch(x: Tensor<3>) -> (Tensor<3>, Tensor<3>) {
    let mean = x.clone().mean_dim(0).mean_dim(2);
    let distance = x - mean.clone();
    let variance = (distance.clone() * distance).mean_dim(0).mean_dim(2);
    (mean, variance)
}

/// Mean and variance of each channel over the positions of each sample: both `[batch, channels, 1]`.
fn moments_of_each(x: Tensor<3>) -> (Tensor<3>, Tensor<3>) {
    let mean = x.clone().mean_dim(2);
    let distance = x - mean.clone();
    let variance = (distance.clone() * distance).mean_dim(2);
    (mean, variance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::BatchNormConfig;
    use burn::tensor::Device;

    fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_into_vec().unwrap()
    }

    #[test]
    fn one_channel_by_hand() {
        let device = Device::flex();
        let norm = BatchNormConfig::new(1).with_epsilon(1e-5).init(&device);
        // Reference (1, 3), (5, 7): mean 4, variance 5. Samples of two positions.
        let rows = [[[1.0, 3.0]], [[5.0, 7.0]], [[10.0, 12.0]], [[-2.0, 0.0]]];
        let x = Tensor::<3>::from_floats(rows, &device);
        let found = values(virtual_batch_norm(&norm, x.clone(), 2, true));
        let scaled = |x: f32, mean: f32, variance: f32| (x - mean) / (variance + 1e-5).sqrt();
        assert!((found[0] - scaled(1.0, 4.0, 5.0)).abs() < 1e-5);
        // As if (10, 12) were a third of the batch: mean (8 + 11) / 3, mean square (2 * 21 + 122) / 3.
        let (mean, square) = (19.0 / 3.0, 164.0 / 3.0);
        let expected = scaled(10.0, mean, square - mean * mean);
        assert!(
            (found[4] - expected).abs() < 1e-4,
            "{} {expected}",
            found[4]
        );
        assert_eq!(values(norm.running_mean.value_sync()), [4.0]);
        assert_eq!(values(norm.running_var.value_sync()), [5.0]);

        // A sample does not depend on those it comes with.
        let alone = virtual_batch_norm(&norm, x.narrow(0, 0, 3), 2, false);
        assert_eq!(values(alone)[4..], found[4..6]);
    }
}

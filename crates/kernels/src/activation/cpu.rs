//! The operations on slices. Sums are added in an order that does not depend on the number of cores.

use burn::tensor::Shape;

use compute::pass;
use compute::share;
use compute::vectors::{LANES, sum, total, vectorized};

use crate::ranks::Others;

/// How channels lie in a tensor `[batch, channels, ..]` of one or several batches, one after the other. A row is a channel of
/// a batch, batch by batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChannelLayout {
    pub batches: usize,
    pub channels: usize,
    /// Positions of a channel in one sample.
    pub area: usize,
}

impl ChannelLayout {
    /// Of a shape of at least two dimensions, none of them empty.
    pub fn of(shape: &Shape, batches: usize) -> Self {
        Self {
            batches,
            channels: shape[1],
            area: shape.iter().skip(2).product(),
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.batches * self.channels
    }

    /// The planes of `row`, one for each sample of its batch.
    #[inline(always)]
    fn planes<'a>(&self, values: &'a [f32], row: usize) -> impl Iterator<Item = &'a [f32]> {
        let batch = values.len() / self.batches;
        values[row / self.channels * batch..][..batch]
            .chunks_exact(self.area)
            .skip(row % self.channels)
            .step_by(self.channels)
    }

    /// Values of a row.
    fn count(&self, values: &[f32]) -> f64 {
        (values.len() / self.rows()) as f64
    }

    /// The row of the first channel of the sample with this index.
    fn first_row(&self, values: &[f32], sample: usize) -> usize {
        let samples = values.len() / (self.batches * self.channels * self.area);
        sample / samples * self.channels
    }
}

/// Mean and biased variance of each row.
pub(super) struct ChannelStatistics {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

/// The statistics of the batches in `x`, or of those of which `others` have the rest: they take one sum of all.
pub(super) fn statistics(
    layout: &ChannelLayout,
    x: &[f32],
    others: Option<Others>,
) -> ChannelStatistics {
    let count = layout.count(x);
    let moments = share::map(layout.rows(), |row| {
        vectorized(RowMoments, (layout, x, row, count))
    });
    let found: Vec<_> = match others {
        None => moments.iter().map(|own| own.statistics(count)).collect(),
        Some(others) => shared(&moments, count, others),
    };
    let (mean, variance) = found.into_iter().unzip();
    ChannelStatistics { mean, variance }
}

/// Mean and variance of each row, of which `others` have as many values as there are here.
fn shared(moments: &[Moments], count: f64, others: Others) -> Vec<(f32, f32)> {
    let mut sums: Vec<f64> = moments
        .iter()
        .flat_map(|own| [own.sum, own.squares(count)])
        .collect();
    others.sum(&mut sums);
    let count = count * others.count() as f64;
    let of_row = |[sum, squares]: &[f64; 2]| {
        let mean = sum / count;
        (mean as f32, (squares / count - mean * mean).max(0.0) as f32)
    };
    sums.as_chunks::<2>().0.iter().map(of_row).collect()
}

/// What is known of some values.
struct Moments {
    sum: f64,
    /// Their mean, rounded.
    mean: f32,
    /// The sum of their squared distances from `mean`: taking them avoids cancellation, as single numbers are short.
    around: f64,
}

impl Moments {
    /// Mean and biased variance of `count` values.
    fn statistics(&self, count: f64) -> (f32, f32) {
        (self.mean, (self.around / count) as f32)
    }

    /// The sum of the squares of `count` values, for which 64 bits are enough.
    fn squares(&self, count: f64) -> f64 {
        let mean = f64::from(self.mean);
        self.around + 2.0 * mean * self.sum - count * mean * mean
    }
}

/// A running statistic, of each channel, after `batches`, of each row, that each weigh `weight`.
pub(super) fn moved(before: &[f32], batches: &[f32], weight: f64) -> Vec<f32> {
    let [keep, weight] = [1.0 - weight, weight].map(|weight| weight as f32);
    let mut running = before.to_vec();
    for batch in batches.chunks_exact(before.len()) {
        for (running, batch) in running.iter_mut().zip(batch) {
            *running = *running * keep + batch * weight;
        }
    }
    running
}

pass!(
    /// A second pass, over what the first has left in the cache.
    RowMoments(layout: &ChannelLayout, x: &[f32], row: usize, count: f64) -> Moments {
        let sum = plain_sum(layout, x, row);
        let mean = (sum / count) as f32;
        Moments {
            sum,
            mean,
            around: square_sum(layout, x, row, mean),
        }
    }
);

/// The sum of a row.
#[inline(always)]
fn plain_sum(layout: &ChannelLayout, x: &[f32], row: usize) -> f64 {
    // Loops, here and below: what an iterator's `sum` or `fold` calls is not built for the vector width.
    let mut plain = 0.0;
    for plane in layout.planes(x, row) {
        plain += sum(plane, |v| v);
    }
    plain
}

/// The sum of a row's squared distances from `mean`.
#[inline(always)]
fn square_sum(layout: &ChannelLayout, x: &[f32], row: usize, mean: f32) -> f64 {
    let mut squares = 0.0;
    for plane in layout.planes(x, row) {
        squares += sum(plane, |v| {
            let apart = v - mean;
            apart * apart
        });
    }
    squares
}

/// A normalization as one product and one sum for each row.
pub(super) struct Scale {
    mean: Vec<f32>,
    /// One over the standard deviation.
    inverse: Vec<f32>,
    factor: Vec<f32>,
    offset: Vec<f32>,
}

impl Scale {
    pub fn new(statistics: &ChannelStatistics, gamma: &[f32], beta: &[f32], epsilon: f64) -> Self {
        let ChannelStatistics { mean, variance } = statistics;
        let inverse: Vec<f32> = variance
            .iter()
            .map(|variance| (f64::from(*variance) + epsilon).sqrt().recip() as f32)
            .collect();
        let gamma = gamma.iter().cycle();
        let factor: Vec<f32> = inverse.iter().zip(gamma).map(|(i, g)| i * g).collect();
        let offset = beta.iter().cycle().take(mean.len()).copied().collect();
        Self {
            mean: mean.clone(),
            inverse,
            factor,
            offset,
        }
    }

    #[inline(always)]
    fn of(&self, row: usize) -> RowScale {
        RowScale {
            mean: self.mean[row],
            inverse: self.inverse[row],
            factor: self.factor[row],
            offset: self.offset[row],
        }
    }
}

impl Scale {
    /// `[rows, 4]`: mean, inverse, factor and offset of each row.
    pub fn rows(&self) -> Vec<f32> {
        let row = |c| {
            [
                self.mean[c],
                self.inverse[c],
                self.factor[c],
                self.offset[c],
            ]
        };
        (0..self.mean.len()).flat_map(row).collect()
    }

    /// The inverse of [`Scale::rows`].
    pub fn of_rows(rows: &[f32]) -> Self {
        let column = |index| rows.iter().skip(index).step_by(4).copied().collect();
        Self {
            mean: column(0),
            inverse: column(1),
            factor: column(2),
            offset: column(3),
        }
    }
}

#[inline(always)]
fn leak(value: f32, slope: f32) -> f32 {
    if value < 0.0 { value * slope } else { value }
}

/// Normalizes `x` and applies the leaky ReLU.
pub(super) fn norm_leaky(layout: &ChannelLayout, x: &[f32], scale: &Scale, slope: f32) -> Vec<f32> {
    let sample = layout.channels * layout.area;
    share::made(x.len(), sample, |index, output| {
        let row = layout.first_row(x, index);
        let x = &x[index * sample..(index + 1) * sample];
        vectorized(NormLeaky, (layout, x, row, scale, slope, output));
    })
}

pass!(NormLeaky(
    layout: &ChannelLayout,
    x: &[f32],
    row: usize,
    scale: &Scale,
    slope: f32,
    output: &mut [f32],
) -> () {
    let planes = output
        .chunks_exact_mut(layout.area)
        .zip(x.chunks_exact(layout.area));
    for (channel, (output, x)) in planes.enumerate() {
        let scale = scale.of(row + channel);
        for (output, x) in output.iter_mut().zip(x) {
            *output = leak((x - scale.mean) * scale.factor + scale.offset, slope);
        }
    }
});

/// Gradients for input, gamma and beta.
pub(super) struct Gradients {
    pub x: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// The gradients of [`norm_leaky`] with the batch's own statistics, from the gradient of its output.
///
/// With n the normalized input and g the gradient that has passed the leaky ReLU, gamma's is the sum of g n, beta's the
/// sum of g, and the input's is factor (g - mean of g - n times mean of g n). Those means are over the batch of all
/// `others`, the sums over these samples: whoever adds up weights' gradients over processes adds gamma's and beta's as well.
pub(super) fn norm_leaky_gradients(
    layout: &ChannelLayout,
    x: &[f32],
    output: &[f32],
    scale: &Scale,
    slope: f32,
    others: Option<Others>,
) -> Gradients {
    let both = share::map(layout.rows(), |row| {
        vectorized(GradientSums, (layout, x, output, scale.of(row), row, slope))
    });
    let means = means(&both, layout.count(x), others);
    let sample = layout.channels * layout.area;
    let gradient = share::made(x.len(), sample, |index, gradient| {
        let row = layout.first_row(x, index);
        let place = index * sample..(index + 1) * sample;
        let (x, output) = (&x[place.clone()], &output[place]);
        let planes = x
            .chunks_exact(layout.area)
            .zip(output.chunks_exact(layout.area));
        let targets = gradient.chunks_exact_mut(layout.area);
        for (row, (target, (x, output))) in (row..).zip(targets.zip(planes)) {
            vectorized(
                PlaneGradient,
                (x, output, scale.of(row), slope, means[row], target),
            );
        }
    });
    let of_channel = |channel| {
        let rows = both.iter().skip(channel).step_by(layout.channels);
        let (gamma, beta) = rows.fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        (gamma as f32, beta as f32)
    };
    let (gamma, beta) = (0..layout.channels).map(of_channel).unzip();
    Gradients {
        x: gradient,
        gamma,
        beta,
    }
}

/// Both sums of each row over its values, of which there are `count` here.
fn means(sums: &[(f64, f64)], count: f64, others: Option<Others>) -> Vec<(f32, f32)> {
    let mut all: Vec<f64> = sums
        .iter()
        .flat_map(|(along, plain)| [*along, *plain])
        .collect();
    let mut count = count;
    if let Some(others) = others {
        others.sum(&mut all);
        count *= others.count() as f64;
    }
    let pairs = all.as_chunks::<2>().0.iter();
    pairs
        .map(|[along, plain]| ((along / count) as f32, (plain / count) as f32))
        .collect()
}

/// A normalization of one row.
#[derive(Clone, Copy)]
struct RowScale {
    mean: f32,
    inverse: f32,
    factor: f32,
    offset: f32,
}

/// The normalized input, and the gradient that has passed the leaky ReLU.
#[inline(always)]
fn passed(x: f32, output: f32, scale: RowScale, slope: f32) -> (f32, f32) {
    let apart = x - scale.mean;
    let before = apart * scale.factor + scale.offset;
    let gradient = if before < 0.0 { output * slope } else { output };
    (apart * scale.inverse, gradient)
}

pass!(
    /// The input's gradient in one plane, from the means of gradient times normalized input and of the gradient.
    PlaneGradient(
        x: &[f32],
        output: &[f32],
        scale: RowScale,
        slope: f32,
        means: (f32, f32),
        target: &mut [f32],
    ) -> () {
        let (along, mean) = means;
        for (target, (x, output)) in target.iter_mut().zip(x.iter().zip(output)) {
            let (n, g) = passed(*x, *output, scale, slope);
            *target = scale.factor * (g - mean - n * along);
        }
    }
);

pass!(
    /// Over one row, the sum of gradient times normalized input, and of the gradient.
    GradientSums(
        layout: &ChannelLayout,
        x: &[f32],
        output: &[f32],
        scale: RowScale,
        row: usize,
        slope: f32,
    ) -> (f64, f64) {
        let planes = layout.planes(x, row).zip(layout.planes(output, row));
        let (mut gamma, mut beta) = (0.0, 0.0);
        for (x, output) in planes {
            let sums = gradient_sums(x, output, scale, slope);
            gamma += sums.0;
            beta += sums.1;
        }
        (gamma, beta)
    }
);

/// Over one plane, the sum of gradient times normalized input, and of the gradient.
#[inline(always)]
fn gradient_sums(x: &[f32], output: &[f32], scale: RowScale, slope: f32) -> (f64, f64) {
    let mut along = [0.0_f32; LANES];
    let mut plain = [0.0_f32; LANES];
    let ((xs, x), (outputs, output)) = (x.as_chunks::<LANES>(), output.as_chunks::<LANES>());
    for (x, output) in xs.iter().zip(outputs) {
        for (lane, (x, output)) in x.iter().zip(output).enumerate() {
            let (n, g) = passed(*x, *output, scale, slope);
            along[lane] += g * n;
            plain[lane] += g;
        }
    }
    for (lane, (x, output)) in x.iter().zip(output).enumerate() {
        let (n, g) = passed(*x, *output, scale, slope);
        along[lane] += g * n;
        plain[lane] += g;
    }
    (total(along), total(plain))
}

/// Leaky ReLU.
pub(super) fn leaky(x: &[f32], slope: f32) -> Vec<f32> {
    share::made(x.len(), share::PIECE, |index, output| {
        vectorized(Leaky, (&x[index * share::PIECE..], slope, output));
    })
}

pass!(Leaky(x: &[f32], slope: f32, output: &mut [f32]) -> () {
    for (output, x) in output.iter_mut().zip(x) {
        *output = leak(*x, slope);
    }
});

/// The gradient of [`leaky`] for its input; a slope above zero leaves the sign in the output.
pub(super) fn leaky_gradient(output: &[f32], gradient: &[f32], slope: f32) -> Vec<f32> {
    share::made(output.len(), share::PIECE, |index, x| {
        let from = index * share::PIECE;
        vectorized(
            LeakyGradient,
            (&output[from..], &gradient[from..], slope, x),
        );
    })
}

pass!(LeakyGradient(output: &[f32], gradient: &[f32], slope: f32, x: &mut [f32]) -> () {
    for (x, (output, gradient)) in x.iter_mut().zip(output.iter().zip(gradient)) {
        *x = if *output < 0.0 {
            gradient * slope
        } else {
            *gradient
        };
    }
});

/// Hyperbolic tangent.
pub(super) fn tanh(x: &[f32]) -> Vec<f32> {
    share::made(x.len(), share::PIECE, |index, output| {
        vectorized(Tanh, (&x[index * share::PIECE..], output));
    })
}

pass!(Tanh(x: &[f32], output: &mut [f32]) -> () {
    for (output, x) in output.iter_mut().zip(x) {
        *output = rational_tanh(*x);
    }
});

/// From here on tanh is 1 in f32.
const SATURATED: f32 = 7.905_311;
/// Numerator's coefficients of x, x^3, .. x^13 and denominator's of 1, x^2, x^4, x^6, in Eigen's approximation by a
/// fraction of polynomials.
const NUMERATOR: [f32; 7] = [
    4.893_525e-3,
    6.372_619_3e-4,
    1.485_722_4e-5,
    5.122_297_1e-8,
    -8.604_672e-11,
    2.000_188e-13,
    -2.760_768_5e-16,
];
const DENOMINATOR: [f32; 4] = [
    4.893_525_3e-3,
    2.268_434_6e-3,
    1.185_347_1e-4,
    1.198_258_4e-6,
];

/// tanh to a few units in the last place, of operations that vectors have.
#[inline(always)]
fn rational_tanh(x: f32) -> f32 {
    let x = x.clamp(-SATURATED, SATURATED);
    let square = x * x;
    let at = |coefficients: &[f32]| {
        coefficients
            .iter()
            .rev()
            .fold(0.0, |sum, coefficient| sum * square + coefficient)
    };
    x * at(&NUMERATOR) / at(&DENOMINATOR)
}

/// The gradient of [`tanh`] for its input, from the output and its gradient.
pub(super) fn tanh_gradient(output: &[f32], gradient: &[f32]) -> Vec<f32> {
    share::made(output.len(), share::PIECE, |index, x| {
        let from = index * share::PIECE;
        vectorized(TanhGradient, (&output[from..], &gradient[from..], x));
    })
}

pass!(TanhGradient(output: &[f32], gradient: &[f32], x: &mut [f32]) -> () {
    for (x, (output, gradient)) in x.iter_mut().zip(output.iter().zip(gradient)) {
        *x = gradient * (1.0 - output * output);
    }
});

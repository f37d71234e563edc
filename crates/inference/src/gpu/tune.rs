//! Choosing between the variants of a graph's layers by measuring them on the device.

use std::rc::Rc;

use compute::{DataType, Variant, wgpu};

use super::graph::Layer;
use super::{Graph, InferenceError, Run, read};
use crate::Folded;

/// Most milliseconds that all measurements take together: a device that is too slow for that keeps its first guesses.
const MOST: f64 = 500.0;
/// A layer is run as often as takes these milliseconds: one short run would measure the queue, and the clock's steps,
/// rather than the layer.
const ENOUGH: f64 = 5.0;
/// Ends the doubling on a clock that stands still.
const MOST_REPEATS: usize = 1 << 10;
/// A run that takes longer than these milliseconds needs no other.
const LONG: f64 = 20.0;
/// What a variant may take of the first guess's time, to be worth leaving it: less differs from run to run.
const WORTH: f64 = 0.9;
/// How far results in 16 bits may be from those in 32, as a part of the largest of them.
pub(super) const LARGEST_APART_IN_16_BITS: f32 = 0.01;

impl Graph {
    /// Measures every variant of each layer on one sample. Graphs that are built later on the same [`Pipelines`] take
    /// the fastest, where that is clearly faster than the first guess, and 16 bits only where they make the same of the
    /// same numbers. Returns how many layers were measured: layers of a known shape are skipped. `now` is a clock in
    /// milliseconds.
    ///
    /// # Errors
    /// When the device was lost.
    ///
    /// [`Pipelines`]: super::Pipelines
    pub async fn tune(&self, now: &dyn Fn() -> f64) -> Result<usize, InferenceError> {
        let start = now();
        let mut measured = 0;
        for layer in &self.layers {
            let shape = layer.shape();
            if self.pipelines.is_measured(shape) {
                continue;
            }
            let Some(best) = self.best(layer, start, now).await? else {
                return Ok(measured);
            };
            self.pipelines.take(shape, best);
            measured += 1;
        }
        Ok(measured)
    }

    /// The variant to take for a layer. `None` when the time is over.
    async fn best(
        &self,
        layer: &Layer,
        start: f64,
        now: &dyn Fn() -> f64,
    ) -> Result<Option<Variant>, InferenceError> {
        let compiles = |variant: &Variant| self.pipelines.get(layer.operation, *variant).is_ok();
        // Browsers compile those that are asked for beside each other.
        let offered = self.pipelines.offered(layer.operation).filter(compiles);
        let offered: Vec<Variant> = offered.collect();
        let mut guessed = f64::INFINITY;
        let mut fastest = (f64::INFINITY, layer.variant);
        for variant in offered {
            let Some(taken) = self.time_within(layer, variant, start, now).await? else {
                return Ok(None);
            };
            if variant == layer.variant {
                guessed = taken;
            }
            if taken < fastest.0 {
                fastest = (taken, variant);
            }
        }
        if fastest.0 > WORTH * guessed {
            fastest = (guessed, layer.variant);
        }
        // How best to divide the work depends on its shape, hardly on the data type.
        let others = self.pipelines.others(fastest.1).filter(compiles);
        for variant in others.collect::<Vec<_>>() {
            let Some(taken) = self.time_within(layer, variant, start, now).await? else {
                return Ok(None);
            };
            if taken < WORTH * fastest.0 && self.agree(layer, fastest.1, variant).await? {
                fastest = (taken, variant);
            }
        }
        Ok(Some(fastest.1))
    }

    /// Milliseconds that a layer like `layer` takes. `None` when the time is over.
    async fn time_within(
        &self,
        layer: &Layer,
        variant: Variant,
        start: f64,
        now: &dyn Fn() -> f64,
    ) -> Result<Option<f64>, InferenceError> {
        match now() - start > MOST {
            true => Ok(None),
            false => self.time(layer, variant, 1, now).await.map(Some),
        }
    }

    /// Milliseconds that a layer like `layer` takes for so many samples, with weights of zero: the median of three.
    pub(super) async fn time(
        &self,
        layer: &Layer,
        variant: Variant,
        samples: usize,
        now: &dyn Fn() -> f64,
    ) -> Result<f64, InferenceError> {
        let (alone, run) = self.alone(layer, variant, samples)?;
        // The first run waits for the compiler.
        alone.finish(&[run]).await?;
        let mut repeats = 1;
        let mut first = alone.once(run, repeats, now).await?;
        while first < ENOUGH && repeats < MOST_REPEATS {
            repeats *= 2;
            first = alone.once(run, repeats, now).await?;
        }
        if first > LONG {
            return Ok(first / repeats as f64);
        }
        let second = alone.once(run, repeats, now).await?;
        let third = alone.once(run, repeats, now).await?;
        let median = first.max(second).min(first.min(second).max(third));
        Ok(median / repeats as f64)
    }

    /// Milliseconds that so many runs take.
    async fn once(
        &self,
        run: Run,
        repeats: usize,
        now: &dyn Fn() -> f64,
    ) -> Result<f64, InferenceError> {
        let start = now();
        self.finish(&vec![run; repeats]).await?;
        Ok(now() - start)
    }

    /// A graph of one layer like `layer`, and what runs it on so many samples.
    fn alone(
        &self,
        layer: &Layer,
        variant: Variant,
        samples: usize,
    ) -> Result<(Self, Run), InferenceError> {
        let mut alone = Self::new(Rc::clone(&self.pipelines));
        let [input, output] = [layer.input, layer.output].map(|place| alone.place(place.layout));
        let from = alone.layer_as(layer.operation, variant, layer.activation, input, output)?;
        alone.reserve(samples)?;
        let run = Run::Layers {
            from,
            to: alone.next(),
            samples,
        };
        Ok((alone, run))
    }

    /// Whether two variants make the same of the same numbers.
    async fn agree(&self, layer: &Layer, a: Variant, b: Variant) -> Result<bool, InferenceError> {
        let numbers = numbers(layer, 1);
        let a = self.made(layer, a, &numbers).await?;
        let b = self.made(layer, b, &numbers).await?;
        Ok(are_alike(&a, &b))
    }

    /// What a layer like `layer` makes of such numbers.
    pub(super) async fn made(
        &self,
        layer: &Layer,
        variant: Variant,
        (folded, values): &(Folded, Vec<f32>),
    ) -> Result<Vec<f32>, InferenceError> {
        let samples = values.len() / layer.input.layout.values();
        let (mut alone, run) = self.alone(layer, variant, samples)?;
        let Run::Layers { from, .. } = run else {
            return Ok(Vec::new());
        };
        let only = &alone.layers[0];
        let (input, output) = (only.input, only.output);
        alone.fill(from, folded);
        alone.reserve(samples)?;
        alone.write(input, values);
        let [made] = alone.run(&[run], [(output, samples)]).await?;
        Ok(made)
    }

    /// Runs, and reads nothing.
    async fn finish(&self, runs: &[Run]) -> Result<(), InferenceError> {
        let gpu = &self.pipelines.gpu;
        let description = wgpu::CommandEncoderDescriptor::default();
        let mut encoder = gpu.device.create_command_encoder(&description);
        self.record(&mut encoder, runs);
        gpu.queue.submit([encoder.finish()]);
        read::finished(&gpu.device, &gpu.queue).await
    }
}

/// Weights of the size that a layer's are drawn in, and what it reads for so many samples: the same each time.
pub(super) fn numbers(layer: &Layer, samples: usize) -> (Folded, Vec<f32>) {
    let [weights, outputs] = layer.counts();
    let size = (3.0 * outputs as f32 / weights as f32).sqrt();
    let folded = Folded {
        weight: waves(weights).map(|value| size * value).collect(),
        bias: waves(outputs).collect(),
    };
    let values = waves(samples * layer.input.layout.values()).collect();
    (folded, values)
}

/// Numbers in [-1, 1] without a pattern that a convolution would see.
fn waves(count: usize) -> impl Iterator<Item = f32> {
    (0..count).map(|at| (at as f32 * 1.7 + (at / 7) as f32 * 0.9).sin())
}

/// Whether `b` differs from `a` by rounding alone. What is no number is like nothing.
fn are_alike(a: &[f32], b: &[f32]) -> bool {
    let largest = a.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let mut pairs = a.iter().zip(b);
    a.len() == b.len() && pairs.all(|(a, b)| (a - b).abs() <= LARGEST_APART_IN_16_BITS * largest)
}

/// Weights beyond this, as folded batch norms can make them, are no matter for 16 bits: products of a few overflow.
const LARGEST: f32 = 1000.0;

/// Whether weights of this type hold the numbers, and sums of a few products with them.
pub(super) fn holds(data_type: DataType, weights: &[f32]) -> bool {
    data_type == DataType::F32 || weights.iter().all(|weight| weight.abs() <= LARGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overflows_is_like_nothing() {
        let right = [1.0, -2.0, 0.001];
        assert!(are_alike(&right, &[1.01, -2.0, 0.0]));
        assert!(!are_alike(&right, &[1.1, -2.0, 0.001]));
        assert!(!are_alike(&right, &[1.0, f32::NEG_INFINITY, 0.001]));
        assert!(!are_alike(&right, &[1.0, f32::NAN, 0.001]));
        assert!(!are_alike(&right, &right[..2]));
    }

    #[test]
    fn large_weights_stay_in_32_bits() {
        assert!(holds(DataType::F16, &[-900.0, 0.5]));
        assert!(!holds(DataType::F16, &[-1100.0, 0.5]));
        assert!(!holds(DataType::F16, &[f32::NAN]));
        assert!(holds(DataType::F32, &[-1e30]));
    }
}

//! All that tuning chooses from for a layer, variant by variant, in 16 bits too: whether each makes what the CPU does, and what
//! it takes. `cargo xtask bench gpu` prints it.

use std::rc::Rc;

use compute::{DataType, Layout, Operation, Variant};

use super::tune::{LARGEST_APART_IN_16_BITS, numbers};
use super::{Graph, InferenceError, Pipelines};
use crate::cpu::Chain;
use crate::layers::Layer;

/// How far results in 32 bits may be from the CPU's, as a part of the largest of them: sums of some thousand products in
/// another order, and the CPU's own with fewer multiplications.
const LARGEST_APART: f64 = 1e-4;

/// What was measured of a variant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surveyed {
    /// The variant.
    pub variant: Variant,
    /// What was measured of it; `None` where the device's compiler refuses it.
    pub measured: Option<f64>,
    /// Whether it is taken before anything is measured.
    pub guessed: bool,
    /// Whether tuning takes it.
    pub taken: bool,
}

/// A layer alone on a device.
#[derive(Debug)]
pub struct Survey {
    graph: Graph,
    layer: Layer,
    operation: Operation,
}

impl Survey {
    /// Of a layer on a device; `None` for one that no shader does.
    ///
    /// # Errors
    /// When its weights are larger than the device takes, or no variant compiles.
    pub fn new(pipelines: Rc<Pipelines>, layer: &Layer) -> Result<Option<Self>, InferenceError> {
        let Some(operation) = layer.operation() else {
            return Ok(None);
        };
        let mut graph = Graph::new(pipelines);
        let (inputs, side) = (layer.inputs, layer.side);
        let from = graph.place(match operation {
            Operation::Conv2d { .. } => Layout::for_conv2d(inputs, side, side),
            Operation::ConvTranspose2d { .. } => Layout::for_conv_transpose2d(inputs, side, side),
            Operation::Dense => Layout::dense(inputs, 1, 1),
        });
        let side = layer.side_made();
        let to = graph.place(Layout::dense(layer.outputs, side, side));
        graph.layer(operation, layer.activation, from, to)?;
        Ok(Some(Self {
            graph,
            layer: *layer,
            operation,
        }))
    }

    /// How far what each variant makes of `samples` samples is from what the CPU makes: the largest difference as a part of
    /// the largest value; infinite where something is no number.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn differences(&self, samples: usize) -> Result<Vec<Surveyed>, InferenceError> {
        let only = &self.graph.layers[0];
        let numbers = numbers(only, samples);
        let mut chain = Chain::default();
        chain.push(&self.layer, &numbers.0);
        let expected = chain.run(&numbers.1);
        let mut surveyed = Vec::new();
        for variant in self.variants() {
            let measured = match self.compiles(variant) {
                true => {
                    let made = self.graph.made(only, variant, &numbers).await?;
                    Some(apart(&expected, &made))
                }
                false => None,
            };
            surveyed.push(self.surveyed(variant, measured));
        }
        Ok(surveyed)
    }

    /// Milliseconds of each variant on `samples` samples. What tuning takes was measured on one, by itself.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn times(
        &self,
        samples: usize,
        now: &dyn Fn() -> f64,
    ) -> Result<Vec<Surveyed>, InferenceError> {
        self.graph.tune(now).await?;
        let only = &self.graph.layers[0];
        let mut surveyed = Vec::new();
        for variant in self.variants() {
            let measured = match self.compiles(variant) {
                true => Some(self.graph.time(only, variant, samples, now).await?),
                false => None,
            };
            surveyed.push(self.surveyed(variant, measured));
        }
        Ok(surveyed)
    }

    /// Those that the device offers, in each of its data types.
    fn variants(&self) -> Vec<Variant> {
        let pipelines = &self.graph.pipelines;
        let both = |one| std::iter::once(one).chain(pipelines.others(one));
        pipelines.offered(self.operation).flat_map(both).collect()
    }

    fn compiles(&self, variant: Variant) -> bool {
        self.graph.pipelines.get(self.operation, variant).is_ok()
    }

    fn surveyed(&self, variant: Variant, measured: Option<f64>) -> Surveyed {
        let only = &self.graph.layers[0];
        let taken = self.graph.pipelines.variant(self.operation, only.shape());
        Surveyed {
            variant,
            measured,
            guessed: variant == only.variant,
            taken: variant == taken,
        }
    }
}

/// How far from the CPU's results a variant's may be, as a part of the largest of them.
#[must_use]
pub fn allowed(variant: &Variant) -> f64 {
    match variant.data_type {
        DataType::F32 => LARGEST_APART,
        DataType::F16 => f64::from(LARGEST_APART_IN_16_BITS),
    }
}

/// The largest difference as a part of the largest expected value.
fn apart(expected: &[f32], made: &[f32]) -> f64 {
    let largest = expected
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    let mut worst = 0.0_f64;
    for (a, b) in expected.iter().zip(made) {
        let difference = f64::from((a - b).abs());
        if !difference.is_finite() {
            return f64::INFINITY;
        }
        worst = worst.max(difference);
    }
    match expected.len() == made.len() {
        true => worst / f64::from(largest.max(f32::MIN_POSITIVE)),
        false => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_infinitely_far() {
        assert_eq!(apart(&[1.0, -4.0], &[1.5, -4.0]), 0.125);
        assert_eq!(apart(&[1.0, -4.0], &[f32::NAN, -4.0]), f64::INFINITY);
        assert_eq!(apart(&[1.0], &[]), f64::INFINITY);
    }
}

//! Choosing between the variants of a graph's layers by measuring them on the device.

use std::rc::Rc;

use compute::{Variant, wgpu};

use super::graph::Layer;
use super::{Graph, InferenceError, Run, read};

/// Most milliseconds that all measurements take together: a device that is too slow for that keeps its first guesses.
const MOST: f64 = 500.0;
/// How often a layer is run for one timing, where a run takes less than [`LONG`] milliseconds: a single short run would
/// measure the queue rather than the layer.
const REPEATS: usize = 8;
const LONG: f64 = 20.0;

impl Graph {
    /// Measures every variant of each layer on one sample. Graphs that are built later on the same [`Pipelines`] take
    /// the fastest. Returns how many layers were measured: layers of a known shape are skipped. `now` is a clock in
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
            let offered: Vec<Variant> = self.pipelines.offered(layer.operation).collect();
            let guess = (f64::INFINITY, layer.variant);
            let Some(divided) = self.fastest(layer, &offered, guess, start, now).await? else {
                return Ok(measured);
            };
            // How best to divide the work depends on its shape, hardly on the data type.
            let others: Vec<Variant> = self.pipelines.others(divided.1).collect();
            let Some(best) = self.fastest(layer, &others, divided, start, now).await? else {
                return Ok(measured);
            };
            self.pipelines.take(shape, best.1);
            measured += 1;
        }
        Ok(measured)
    }

    /// The fastest of `variants` and of `best`, with its milliseconds. `None` when the time is over.
    async fn fastest(
        &self,
        layer: &Layer,
        variants: &[Variant],
        mut best: (f64, Variant),
        start: f64,
        now: &dyn Fn() -> f64,
    ) -> Result<Option<(f64, Variant)>, InferenceError> {
        for variant in variants {
            if now() - start > MOST {
                return Ok(None);
            }
            let taken = self.time(layer, *variant, now).await?;
            if taken < best.0 {
                best = (taken, *variant);
            }
        }
        Ok(Some(best))
    }

    /// Milliseconds that a layer like `layer` takes for one sample, with weights of zero.
    async fn time(
        &self,
        layer: &Layer,
        variant: Variant,
        now: &dyn Fn() -> f64,
    ) -> Result<f64, InferenceError> {
        let mut alone = Self::new(Rc::clone(&self.pipelines));
        let [input, output] = [layer.input, layer.output].map(|place| alone.place(place.layout));
        let from = alone.layer_as(layer.operation, variant, layer.activation, input, output)?;
        alone.reserve(1)?;
        let run = Run::Layers {
            from,
            to: alone.next(),
            samples: 1,
        };
        // The first run waits for the compiler.
        alone.finish(&[run]).await?;
        let start = now();
        alone.finish(&[run]).await?;
        let once = now() - start;
        if once > LONG {
            return Ok(once);
        }
        let start = now();
        alone.finish(&[run; REPEATS]).await?;
        Ok((now() - start) / REPEATS as f64)
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

//! Layers over shared buffers.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use compute::forward::{
    SAMPLES, conv_transpose2d_weights, conv2d_weights, dense_weights, kernel_vec4s,
};
use compute::shaders::{Convolution, Dense};
use compute::{Activation, DataType, Layout, Operation, Variant, shader, wgpu};
use half::f16;

use super::tune::holds;
use super::{InferenceError, Pipelines, read};
use crate::fold::Folded;

/// A buffer of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BufferId(usize);

/// A layer of a graph. Layers run in the order in which they were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LayerId(usize);

/// Values in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which one.
    pub buffer: BufferId,
    /// Where in it.
    pub layout: Layout,
}

impl Place {
    /// The same from sample `count` on.
    #[must_use]
    pub fn after(self, count: usize) -> Self {
        Self {
            layout: self.layout.after(count),
            ..self
        }
    }
}

#[derive(Debug)]
pub(super) struct Layer {
    pub(super) operation: Operation,
    pub(super) variant: Variant,
    pipeline: Rc<wgpu::ComputePipeline>,
    pub(super) activation: Activation,
    pub(super) input: Place,
    pub(super) output: Place,
    weights: wgpu::Buffer,
    bias: wgpu::Buffer,
    sizes: wgpu::Buffer,
}

/// What decides how a layer's work is best divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    operation: Operation,
    inputs: usize,
    /// Rows and columns of positions that blocks cover.
    pub(super) positions: [usize; 2],
    pub(super) outputs: usize,
}

impl Shape {
    fn new(operation: Operation, from: &Layout, to: &Layout) -> Self {
        let (positions, outputs) = extent(operation, from, to);
        Self {
            operation,
            inputs: inputs(operation, from),
            positions,
            outputs,
        }
    }
}

/// Chains of layers, and the buffers between them.
///
/// A request is recorded and submitted at once; only reading its results takes time. So another may come meanwhile: the
/// device does one after the other.
#[derive(Debug)]
pub struct Graph {
    pub(super) pipelines: Rc<Pipelines>,
    pub(super) layers: Vec<Layer>,
    /// f32s of a sample in each buffer.
    samples: Vec<usize>,
    room: RefCell<Room>,
}

/// Buffers for so many samples.
#[derive(Debug, Default)]
struct Room {
    samples: usize,
    buffers: Vec<wgpu::Buffer>,
    /// Of each layer, to its buffers.
    groups: Vec<wgpu::BindGroup>,
}

/// A part of a request.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    /// Layers from one to the next, the second not included, on `samples` samples.
    Layers {
        /// The first.
        from: LayerId,
        /// Where to stop.
        to: LayerId,
        /// How many samples.
        samples: usize,
    },
    /// `samples` samples from one place of a buffer to another.
    Copy {
        /// What is copied.
        from: Place,
        /// Where to.
        to: Place,
        /// How many samples.
        samples: usize,
    },
}

impl Graph {
    /// Without layers.
    #[must_use]
    pub fn new(pipelines: Rc<Pipelines>) -> Self {
        Self {
            pipelines,
            layers: Vec::new(),
            samples: Vec::new(),
            room: RefCell::default(),
        }
    }

    /// A buffer for values of this layout.
    pub fn place(&mut self, layout: Layout) -> Place {
        self.samples.push(layout.sample);
        let buffer = BufferId(self.samples.len() - 1);
        Place { buffer, layout }
    }

    /// The layer that is added next.
    #[must_use]
    pub fn next(&self) -> LayerId {
        LayerId(self.layers.len())
    }

    /// Adds a layer, and has its shader compiled. A variant that the device's compiler refuses gives way to another.
    ///
    /// # Errors
    /// When its weights are larger than the device takes, or no variant compiles.
    pub fn layer(
        &mut self,
        operation: Operation,
        activation: Activation,
        input: Place,
        output: Place,
    ) -> Result<LayerId, InferenceError> {
        let shape = Shape::new(operation, &input.layout, &output.layout);
        let wanted = self.pipelines.variant(operation, shape);
        let variant = self.pipelines.compiled(operation, wanted)?;
        self.layer_as(operation, variant, activation, input, output)
    }

    /// The same, with the work divided as `variant` says.
    ///
    /// # Errors
    /// When its weights are larger than the device takes, or the variant does not compile.
    pub fn layer_as(
        &mut self,
        operation: Operation,
        variant: Variant,
        activation: Activation,
        input: Place,
        output: Place,
    ) -> Result<LayerId, InferenceError> {
        let layer = Layer::new(
            &self.pipelines,
            operation,
            variant,
            activation,
            [input, output],
        )?;
        self.layers.push(layer);
        Ok(LayerId(self.layers.len() - 1))
    }

    /// Gives a layer its numbers, of which 16 bits that were measured faster may not hold all: it takes 32 then. A count
    /// that is not the layer's changes nothing.
    pub fn fill(&mut self, id: LayerId, Folded { weight, bias }: &Folded) {
        let layer = &self.layers[id.0];
        let [weights, outputs] = layer.counts();
        if weight.len() != weights || bias.len() != outputs {
            return;
        }
        if !holds(layer.variant.data_type, weight)
            && let Ok(layer) = layer.in_32_bits(&self.pipelines)
        {
            self.layers[id.0] = layer;
            // Its bindings are made anew with the next room.
            *self.room.borrow_mut() = Room::default();
        }
        let layer = &self.layers[id.0];
        let inputs = inputs(layer.operation, &layer.input.layout);
        let channels = layer.variant.channels as usize;
        let packed = match layer.operation {
            Operation::Conv2d { kernel } => {
                conv2d_weights(weight, [outputs, inputs, kernel], channels)
            }
            Operation::ConvTranspose2d { kernel } => {
                conv_transpose2d_weights(weight, [inputs, outputs, kernel], channels)
            }
            Operation::Dense => dense_weights(weight, [outputs, inputs]),
        };
        match layer.variant.data_type {
            DataType::F32 => self.pipelines.write(&layer.weights, 0, &packed),
            DataType::F16 => {
                let half = |value| f16::from_f32(value).to_bits();
                let halves: Vec<u16> = packed.into_iter().map(half).collect();
                self.pipelines.write(&layer.weights, 0, &halves);
            }
        }
        self.pipelines.write(&layer.bias, 0, bias);
    }

    /// Makes room for as many samples in every buffer; what was in them is gone if there was less.
    ///
    /// # Errors
    /// When a buffer would be larger than the device takes.
    pub fn reserve(&self, samples: usize) -> Result<(), InferenceError> {
        let samples = samples.next_multiple_of(SAMPLES);
        if samples <= self.room.borrow().samples {
            return Ok(());
        }
        let buffer = |sample: &usize| self.pipelines.buffer(4 * sample * samples);
        let buffers: Vec<_> = self.samples.iter().map(buffer).collect::<Result<_, _>>()?;
        let bind = |layer: &Layer| {
            layer.write_sizes(&self.pipelines, samples);
            let [input, output] = [layer.input, layer.output].map(|place| &buffers[place.buffer.0]);
            let bound = [input, &layer.weights, &layer.bias, output, &layer.sizes];
            self.pipelines.bind(&layer.pipeline, &bound)
        };
        let groups = self.layers.iter().map(bind).collect();
        *self.room.borrow_mut() = Room {
            samples,
            buffers,
            groups,
        };
        Ok(())
    }

    /// Puts values into the buffer, one sample after the other, each without what lies between its values.
    pub fn write(&self, place: Place, values: &[f32]) {
        let layout = place.layout;
        let spread: Vec<f32> = values
            .chunks_exact(layout.values())
            .flat_map(|sample| layout.spread(sample))
            .collect();
        self.pipelines
            .write(&self.buffer_of(place), layout.start(), &spread);
    }

    /// What it was when room was last made; there must have been.
    pub(super) fn buffer_of(&self, place: Place) -> wgpu::Buffer {
        self.room.borrow().buffers[place.buffer.0].clone()
    }

    /// Records what `runs` say, in their order, into `encoder`.
    pub(super) fn record(&self, encoder: &mut wgpu::CommandEncoder, runs: &[Run]) {
        for run in runs {
            match *run {
                Run::Layers { from, to, samples } => self.compute(encoder, from.0..to.0, samples),
                Run::Copy { from, to, samples } => {
                    let start = |place: Place| 4 * place.layout.start() as u64;
                    encoder.copy_buffer_to_buffer(
                        &self.buffer_of(from),
                        start(from),
                        &self.buffer_of(to),
                        start(to),
                        Some(4 * (samples * from.layout.sample) as u64),
                    );
                }
            }
        }
    }

    fn compute(&self, encoder: &mut wgpu::CommandEncoder, layers: Range<usize>, samples: usize) {
        let most = self
            .pipelines
            .gpu
            .device
            .limits()
            .max_compute_workgroups_per_dimension;
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        let groups = &self.room.borrow().groups;
        for (layer, group) in self.layers[layers.clone()].iter().zip(&groups[layers]) {
            let (positions, outputs) =
                extent(layer.operation, &layer.input.layout, &layer.output.layout);
            let places = layer.variant.output_blocks(positions, outputs) as u32;
            let (columns, rows) = shader::grid(places, layer.variant.blocks_in_workgroup(), most);
            let depth = match layer.operation {
                Operation::Dense => samples.div_ceil(SAMPLES),
                _ => samples,
            };
            pass.set_pipeline(&layer.pipeline);
            pass.set_bind_group(0, group, &[]);
            pass.dispatch_workgroups(columns, rows, depth as u32);
        }
    }

    /// Runs, and reads the values of `places`, `samples` samples of each, without what lies between them.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn run<const N: usize>(
        &self,
        runs: &[Run],
        places: [(Place, usize); N],
    ) -> Result<[Vec<f32>; N], InferenceError> {
        let device = &self.pipelines.gpu.device;
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.record(&mut encoder, runs);
        let copied = read::copy(self, &mut encoder, &places)?;
        self.pipelines.gpu.queue.submit([encoder.finish()]);
        let values = read::values(device, &copied).await?;
        let mut start = 0;
        Ok(places.map(|(place, samples)| {
            let layout = place.layout;
            let part = &values[start..start + samples * layout.sample];
            start += part.len();
            part.chunks_exact(layout.sample.max(1))
                .flat_map(|sample| layout.gather(sample))
                .collect()
        }))
    }
}

impl Layer {
    fn new(
        pipelines: &Pipelines,
        operation: Operation,
        variant: Variant,
        activation: Activation,
        [input, output]: [Place; 2],
    ) -> Result<Self, InferenceError> {
        let (_, outputs) = extent(operation, &input.layout, &output.layout);
        let weights = packed_count(operation, variant, &input.layout, outputs);
        Ok(Self {
            operation,
            variant,
            pipeline: pipelines.get(operation, variant)?,
            activation,
            input,
            output,
            weights: pipelines.buffer(variant.data_type.bytes() * weights)?,
            bias: pipelines.buffer(4 * outputs)?,
            sizes: pipelines.buffer(64)?,
        })
    }

    /// The same layer with weights in 32 bits, still without numbers.
    fn in_32_bits(&self, pipelines: &Pipelines) -> Result<Self, InferenceError> {
        let variant = self.variant.with_data_type(DataType::F32);
        let places = [self.input, self.output];
        Self::new(pipelines, self.operation, variant, self.activation, places)
    }

    /// How many weights it has, and how many biases.
    pub(super) fn counts(&self) -> [usize; 2] {
        let (_, outputs) = extent(self.operation, &self.input.layout, &self.output.layout);
        let inputs = inputs(self.operation, &self.input.layout);
        [outputs * inputs * self.operation.taps(), outputs]
    }

    pub(super) fn shape(&self) -> Shape {
        Shape::new(self.operation, &self.input.layout, &self.output.layout)
    }

    /// Tells the shader its sizes, for buffers of `samples` samples.
    fn write_sizes(&self, pipelines: &Pipelines, samples: usize) {
        let (from, to) = (self.input.layout, self.output.layout);
        let activation = self.activation as u32;
        // What does not fit in 32 bits is no buffer of any device.
        let [first, sample, plane, row] =
            [to.first, to.sample, to.plane, to.row].map(|size| size as u32);
        let map = match self.operation {
            Operation::Conv2d { .. } => [to.height, to.width],
            _ => [from.height, from.width],
        };
        match self.operation {
            Operation::Conv2d { .. } | Operation::ConvTranspose2d { .. } => {
                let sizes = Convolution {
                    channels_in: from.channels as u32,
                    channels_out: to.channels as u32,
                    height: map[0] as u32,
                    width: map[1] as u32,
                    first,
                    sample,
                    plane,
                    row,
                    activation,
                    biased: 1,
                    batch: samples as u32,
                    together: 1,
                };
                pipelines.write(&self.sizes, 0, &[sizes]);
            }
            Operation::Dense => {
                let sizes = Dense {
                    // Samples before the first lie outside what this layer writes.
                    samples: (samples - (to.first / to.sample).min(samples)) as u32,
                    inputs: from.values() as u32,
                    outputs: to.values() as u32,
                    input_first: from.first as u32,
                    input_sample: from.sample as u32,
                    width: to.width as u32,
                    area: (to.height * to.width) as u32,
                    first,
                    sample,
                    plane,
                    row,
                    activation,
                };
                pipelines.write(&self.sizes, 0, &[sizes]);
            }
        }
    }
}

/// Rows and columns of positions that blocks cover in a sample, and output channels.
fn extent(operation: Operation, from: &Layout, to: &Layout) -> ([usize; 2], usize) {
    match operation {
        Operation::Conv2d { .. } => ([to.height, to.width], to.channels),
        Operation::ConvTranspose2d { .. } => ([from.height, from.width], to.channels),
        Operation::Dense => ([1, 1], to.values()),
    }
}

fn inputs(operation: Operation, from: &Layout) -> usize {
    match operation {
        Operation::Dense => from.values(),
        _ => from.channels,
    }
}

fn packed_count(operation: Operation, variant: Variant, from: &Layout, outputs: usize) -> usize {
    let rounded = outputs.next_multiple_of(variant.channels as usize);
    let per_pair = match operation {
        Operation::Conv2d { kernel: 3 } => 12,
        Operation::Conv2d { .. } => 25,
        Operation::ConvTranspose2d { kernel } => 4 * kernel_vec4s(kernel),
        Operation::Dense => 1,
    };
    inputs(operation, from) * rounded * per_pair
}

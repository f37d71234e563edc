//! Compiled shaders of a device.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use compute::shader::Shader;
use compute::shaders::PRESENT;
use compute::{DataType, Gpu, Operation, Variant, wgpu};

use super::InferenceError;
use super::graph::Shape;

/// What came of compiling a shader.
type Made = Result<Rc<wgpu::ComputePipeline>, InferenceError>;

/// A device's compiled shaders. Browsers compile them in the background, without blocking the page.
#[derive(Debug)]
pub struct Pipelines {
    pub(super) gpu: Gpu,
    emulated: bool,
    subgroups: Option<[u32; 2]>,
    /// Data types that weights may have; the first before anything was measured.
    data_types: &'static [DataType],
    made: RefCell<HashMap<(Operation, Variant), Made>>,
    /// The fastest variant of each shape that was measured.
    fastest: RefCell<HashMap<Shape, Variant>>,
    /// What draws pictures.
    pub(super) present: Made,
}

impl Pipelines {
    /// On a device of wgpu.
    #[must_use]
    pub fn new(gpu: Gpu) -> Self {
        Self {
            subgroups: gpu.subgroups(),
            data_types: DataType::of(&gpu),
            emulated: gpu.is_software(),
            made: RefCell::default(),
            fastest: RefCell::default(),
            present: compile(&gpu, &PRESENT.shader()).map(Rc::new),
            gpu,
        }
    }

    /// Restricts graphs to weights of this data type. Without this call weights are f32 until [`Graph::tune`] finds
    /// another type faster. `None` where the device does not have the type.
    ///
    /// [`Graph::tune`]: super::Graph::tune
    #[must_use]
    pub fn only(self, data_type: DataType) -> Option<Self> {
        let data_types = self.data_types.chunks(1).find(|one| **one == [data_type])?;
        Some(Self { data_types, ..self })
    }

    /// The variant for a layer: the fastest one where it was measured, otherwise a first guess.
    pub(super) fn variant(&self, operation: Operation, shape: Shape) -> Variant {
        let guess = || {
            let guess = operation.first_guess(shape.positions, 1, shape.outputs, self.emulated);
            operation.variants()[guess].with_data_type(self.data_types[0])
        };
        let measured = self.fastest.borrow().get(&shape).copied();
        measured.unwrap_or_else(guess)
    }

    /// The variants of an operation that the device offers, in the data type that is taken before anything was
    /// measured.
    pub(super) fn offered(&self, operation: Operation) -> impl Iterator<Item = Variant> {
        let offered = |variant: &&Variant| variant.is_offered(self.subgroups);
        let variants = operation.variants().iter().filter(offered);
        variants.map(|variant| variant.with_data_type(self.data_types[0]))
    }

    /// The same variant in the device's other data types.
    pub(super) fn others(&self, variant: Variant) -> impl Iterator<Item = Variant> {
        let others = self.data_types[1..].iter();
        others.map(move |data_type| variant.with_data_type(*data_type))
    }

    pub(super) fn is_measured(&self, shape: Shape) -> bool {
        self.fastest.borrow().contains_key(&shape)
    }

    /// Sets the variant that graphs built from now on take for layers of this shape.
    pub(super) fn take(&self, shape: Shape, variant: Variant) {
        self.fastest.borrow_mut().insert(shape, variant);
    }

    /// The shader of a variant, compiled when it is first asked for.
    pub(super) fn get(&self, operation: Operation, variant: Variant) -> Made {
        let mut made = self.made.borrow_mut();
        let compile = || compile(&self.gpu, &operation.shader(variant)).map(Rc::new);
        let entry = made.entry((operation, variant));
        entry.or_insert_with(compile).clone()
    }

    /// `wanted`, or where the device's compiler refuses it the first variant that it takes.
    pub(super) fn compiled(
        &self,
        operation: Operation,
        wanted: Variant,
    ) -> Result<Variant, InferenceError> {
        let refused = match self.get(operation, wanted) {
            Ok(_) => return Ok(wanted),
            Err(error) => error,
        };
        self.offered(operation)
            .find(|variant| self.get(operation, *variant).is_ok())
            .ok_or(refused)
    }

    /// A storage buffer of zeros.
    pub(super) fn buffer(&self, bytes: usize) -> Result<wgpu::Buffer, InferenceError> {
        let limits = self.gpu.device.limits();
        let limit = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        let bytes = bytes.max(16) as u64;
        if bytes > limit {
            return Err(InferenceError::TooLarge { bytes, limit });
        }
        let usage = wgpu::BufferUsages::STORAGE
            | wgpu::BufferUsages::COPY_SRC
            | wgpu::BufferUsages::COPY_DST;
        Ok(self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage,
            mapped_at_creation: false,
        }))
    }

    pub(super) fn bind(
        &self,
        pipeline: &wgpu::ComputePipeline,
        buffers: &[&wgpu::Buffer],
    ) -> wgpu::BindGroup {
        let entries: Vec<_> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        self.gpu
            .device
            .create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            })
    }

    /// Writes into a buffer from its value `first` on, before anything that is submitted later.
    pub(super) fn write<T: bytemuck::NoUninit>(
        &self,
        buffer: &wgpu::Buffer,
        first: usize,
        values: &[T],
    ) {
        let start = (size_of::<T>() * first) as u64;
        let bytes = bytemuck::cast_slice(values);
        self.gpu.queue.write_buffer(buffer, start, bytes);
    }
}

fn compile(gpu: &Gpu, shader: &Shader) -> Result<wgpu::ComputePipeline, InferenceError> {
    gpu.compile(shader.entry, shader.text())
        .map_err(|reason| InferenceError::Compiler {
            shader: shader.entry,
            reason,
        })
}

//! Many tensors as one, so that one dispatch goes over all of them: in the same memory one after the other, each beginning
//! where a buffer can be bound.

use burn_wgpu::{CubeTensor, into_contiguous};
use compute::shader::WORKGROUP;
use compute::shaders::{GATHER, Gather};

use super::launch;

/// Tensors that a dispatch gathers.
const GATHERED: usize = 6;

/// Where tensors lie in one.
#[derive(Debug, Clone)]
pub(super) struct Together {
    /// Where each begins, and how many values it has.
    parts: Vec<[usize; 2]>,
    /// Values of all of them, with what lies between.
    pub count: usize,
}

impl Together {
    /// Of tensors with so many values each, on the device of `on`.
    pub fn new(lengths: impl IntoIterator<Item = usize>, on: &CubeTensor) -> Self {
        let alignment = launch::alignment(on);
        let (mut parts, mut count) = (Vec::new(), 0);
        for length in lengths {
            parts.push([count, length]);
            count += length.next_multiple_of(alignment);
        }
        Self { parts, count }
    }

    /// `tensors`, flat and as many as there are parts, as one: themselves where they lie like that already, or copies.
    pub fn gather(&self, tensors: Vec<CubeTensor>) -> CubeTensor {
        let tensors: Vec<CubeTensor> = tensors.into_iter().map(into_contiguous).collect();
        match self.already(&tensors) {
            Some(whole) => whole,
            None => self.copied(&tensors),
        }
    }

    /// The parts of `whole`, in its memory.
    pub fn parts(&self, whole: &CubeTensor) -> impl Iterator<Item = CubeTensor> {
        self.parts
            .iter()
            .map(|[at, length]| launch::part(whole, *at, *length))
    }

    /// What the tensors are parts of.
    fn already(&self, tensors: &[CubeTensor]) -> Option<CubeTensor> {
        let first = &tensors.first()?.handle;
        let memory = |tensor: &CubeTensor| tensor.handle.memory.clone().binding().id();
        let begin = first.offset_start.unwrap_or_default();
        let lies = |(tensor, [at, _]): (&CubeTensor, &[usize; 2])| {
            let at = begin + (at * size_of::<f32>()) as u64;
            memory(tensor) == memory(&tensors[0])
                && tensor.handle.offset_start.unwrap_or_default() == at
        };
        let mut handle = first.clone();
        handle.offset_end = None;
        let bytes = (self.count * size_of::<f32>()) as u64;
        let after = handle.size_in_used().checked_sub(bytes)?;
        let all = tensors.iter().zip(&self.parts).all(lies);
        all.then(|| launch::flat(&tensors[0], handle.offset_end(after), self.count))
    }

    fn copied(&self, tensors: &[CubeTensor]) -> CubeTensor {
        let whole = launch::empty(&tensors[0], [self.count]);
        let groups = tensors.chunks(GATHERED).zip(self.parts.chunks(GATHERED));
        for (index, (tensors, parts)) in groups.enumerate() {
            let first = parts[0][0];
            let next = self.parts.get((index + 1) * GATHERED);
            let count = next.map_or(self.count, |[at, _]| *at) - first;
            let begin = |n: usize| parts.get(n).map_or(count, |[at, _]| at - first) as u32;
            let length = |n: usize| parts.get(n).map_or(0, |[_, length]| *length) as u32;
            let parameters = Gather {
                first: first as u32,
                count: count as u32,
                begin1: begin(1),
                begin2: begin(2),
                begin3: begin(3),
                begin4: begin(4),
                begin5: begin(5),
                length0: length(0),
                length1: length(1),
                length2: length(2),
                length3: length(3),
                length4: length(4),
                length5: length(5),
            };
            let read = std::array::from_fn(|n| tensors.get(n).unwrap_or(&tensors[0]).clone());
            let grid = launch::grid_on(&whole.client, count as u32, WORKGROUP);
            launch::queue(&GATHER, GATHER.shader(), grid, read, [&whole], parameters);
        }
        whole
    }
}

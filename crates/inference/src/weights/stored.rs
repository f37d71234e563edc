//! Files of named tensors, whoever wrote them.

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

/// Named tensors whose values are read one by one, and only once their shape is known to be the right one.
pub trait StoredTensors {
    /// The shape of the tensor `name`; `None` where the file has no such tensor.
    fn shape(&self, name: &str) -> Option<Vec<usize>>;

    /// The values of the tensor `name`, row after row.
    ///
    /// # Errors
    /// Says why they cannot be read.
    fn values(&self, name: &str) -> Result<Vec<f32>, String>;
}

impl StoredTensors for SafeTensors<'_> {
    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.tensor(name).ok().map(|view| view.shape().to_vec())
    }

    fn values(&self, name: &str) -> Result<Vec<f32>, String> {
        let view = self.tensor(name).map_err(|error| error.to_string())?;
        floats(view.dtype(), view.data()).ok_or_else(|| {
            format!(
                "it is stored as {:?}, not as F32, F16 or BF16",
                view.dtype()
            )
        })
    }
}

/// Values of one of the types of floating point, little-endian; none of another type.
pub(super) fn floats(dtype: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    let pairs = || data.chunks_exact(2).map(|b| [b[0], b[1]]);
    match dtype {
        Dtype::F32 => {
            let fours = data.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
            Some(fours.map(f32::from_le_bytes).collect())
        }
        Dtype::F16 => Some(pairs().map(|b| f16::from_le_bytes(b).to_f32()).collect()),
        Dtype::BF16 => Some(pairs().map(|b| bf16::from_le_bytes(b).to_f32()).collect()),
        _ => None,
    }
}

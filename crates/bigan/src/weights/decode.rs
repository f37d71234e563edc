//! From safetensors bytes to a network.

use burn::module::Module;
use inference::layers::TensorShape;
use inference::weights::{ModelError, Precision, Tensors};

use crate::named::{fill, slots};

/// `module` with all its tensors replaced by those in `bytes`, whose kernels are stored as `precision`.
///
/// Everything is checked against the module before it is filled. `file` is for the messages.
///
/// # Errors
/// Names the tensor that is missing, unknown, of another shape or type, or not finite.
pub fn decode<M: Module>(
    module: M,
    file: &str,
    bytes: &[u8],
    precision: Precision,
) -> Result<M, ModelError> {
    let tensors = Tensors::open(file, bytes, precision)?;
    tensors.only(slots(&module).iter())?;
    read(module, |slot| tensors.get(&slot.name, &slot.shape))
}

/// `module` with all its tensors replaced by what `values` gives for them; read before any is replaced.
///
/// # Errors
/// The first that `values` gives.
pub fn read<M: Module>(
    module: M,
    values: impl FnMut(&TensorShape) -> Result<Vec<f32>, ModelError>,
) -> Result<M, ModelError> {
    let values: Vec<_> = slots(&module)
        .iter()
        .map(values)
        .collect::<Result<_, _>>()?;
    // A traversal meets the tensors in the order `slots` did.
    let mut values = values.into_iter();
    Ok(fill(module, |_| values.next()))
}

//! From safetensors bytes to a network.

use burn::module::Module;
use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{ModelError, Precision, SCALE};
use crate::named::{Slot, fill, slots};

/// `module` with all its tensors replaced by those in `bytes`, whose kernels are stored as `precision`.
///
/// Everything is checked against the module before a value is read, and nothing is allocated on the word of the file's
/// header: it only points into `bytes`. `file` is for the messages.
///
/// # Errors
/// Names the tensor that is missing, unknown, of another shape or type, or not finite.
pub fn decode<M: Module>(
    module: M,
    file: &str,
    bytes: &[u8],
    precision: Precision,
) -> Result<M, ModelError> {
    let stored = SafeTensors::deserialize(bytes).map_err(|error| ModelError::Safetensors {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    let reader = Reader {
        file,
        stored: &stored,
        precision,
    };
    let wanted = slots(&module);
    reader.refuse_unknown(&wanted)?;
    let mut values = Vec::with_capacity(wanted.len());
    for slot in &wanted {
        values.push(reader.values(slot)?);
    }
    // A traversal meets the tensors in the order `slots` did.
    let mut values = values.into_iter();
    Ok(fill(module, |_| values.next()))
}

struct Reader<'a> {
    file: &'a str,
    stored: &'a SafeTensors<'a>,
    precision: Precision,
}

impl Reader<'_> {
    fn refuse_unknown(&self, wanted: &[Slot]) -> Result<(), ModelError> {
        let known = |name: &str| {
            wanted.iter().any(|slot| {
                slot.name == name
                    || (self.scaled(slot) && name.strip_suffix(SCALE) == Some(&slot.name))
            })
        };
        match self.stored.names().into_iter().find(|name| !known(name)) {
            Some(name) => Err(ModelError::TensorUnknown {
                file: self.file.to_owned(),
                tensor: name.to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn scaled(&self, slot: &Slot) -> bool {
        self.precision == Precision::Int8 && slot.is_kernel()
    }

    fn values(&self, slot: &Slot) -> Result<Vec<f32>, ModelError> {
        let dtype = if slot.is_kernel() {
            self.precision.kernel_dtype()
        } else {
            Dtype::F32
        };
        let data = self.view(&slot.name, &slot.shape, dtype)?.data();
        let values: Vec<f32> = match dtype {
            Dtype::F16 => data
                .chunks_exact(2)
                .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32())
                .collect(),
            Dtype::I8 => self.dequantized(slot, data)?,
            _ => floats(data).collect(),
        };
        let values = finite(self.file, &slot.name, values)?;
        // Its root would be no number, and so would every picture.
        if slot.name.ends_with("running_var") && values.iter().any(|value| *value < 0.0) {
            return Err(ModelError::NegativeVariance {
                file: self.file.to_owned(),
                tensor: slot.name.clone(),
            });
        }
        Ok(values)
    }

    fn dequantized(&self, slot: &Slot, data: &[u8]) -> Result<Vec<f32>, ModelError> {
        let rows = slot.shape[0];
        let name = format!("{}{SCALE}", slot.name);
        let scales = self.view(&name, &[rows], Dtype::F32)?.data();
        let per_row = (data.len() / rows).max(1);
        Ok(data
            .chunks_exact(per_row)
            .zip(floats(scales))
            .flat_map(|(row, scale)| row.iter().map(move |b| f32::from(*b as i8) * scale))
            .collect())
    }

    fn view(
        &self,
        name: &str,
        shape: &[usize],
        dtype: Dtype,
    ) -> Result<TensorView<'_>, ModelError> {
        view(self.file, self.stored, name, shape, dtype)
    }
}

/// The flat f32 tensor `name` of an optimizer's file; none when the file does not have it.
///
/// # Errors
/// When it has another length or type, or holds a value that is not a number.
pub(crate) fn optional_floats(
    file: &str,
    stored: &SafeTensors<'_>,
    name: &str,
    count: usize,
) -> Result<Option<Vec<f32>>, ModelError> {
    if stored.tensor(name).is_err() {
        return Ok(None);
    }
    floats_of(file, stored, name, &[count]).map(Some)
}

/// The values of the f32 tensor `name`.
///
/// # Errors
/// When it is missing, has another shape or type, or holds a value that is not a number.
pub(crate) fn floats_of(
    file: &str,
    stored: &SafeTensors<'_>,
    name: &str,
    shape: &[usize],
) -> Result<Vec<f32>, ModelError> {
    let data = view(file, stored, name, shape, Dtype::F32)?;
    finite(file, name, floats(data.data()).collect())
}

/// The tensor `name`, if it has this shape and type.
fn view<'a>(
    file: &str,
    stored: &'a SafeTensors<'a>,
    name: &str,
    shape: &[usize],
    dtype: Dtype,
) -> Result<TensorView<'a>, ModelError> {
    let (file, tensor) = (file.to_owned(), name.to_owned());
    let Ok(view) = stored.tensor(name) else {
        return Err(ModelError::TensorMissing { file, tensor });
    };
    if view.shape() != shape {
        return Err(ModelError::TensorShape {
            file,
            tensor,
            expected: shape.to_vec(),
            found: view.shape().to_vec(),
        });
    }
    if view.dtype() != dtype {
        return Err(ModelError::TensorDtype {
            file,
            tensor,
            expected: dtype,
            found: view.dtype(),
        });
    }
    Ok(view)
}

fn finite(file: &str, tensor: &str, values: Vec<f32>) -> Result<Vec<f32>, ModelError> {
    if values.iter().all(|value| value.is_finite()) {
        return Ok(values);
    }
    Err(ModelError::TensorNotFinite {
        file: file.to_owned(),
        tensor: tensor.to_owned(),
    })
}

fn floats(data: &[u8]) -> impl Iterator<Item = f32> {
    data.chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

//! The one way by which tensors come out of files: name, shape and type checked in one call.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::stored::floats;
use super::{ModelError, Precision, SCALE, StoredTensors};
use crate::layers::TensorShape;

/// The tensors of a file. Nothing is allocated on the word of its header.
pub struct Tensors<'a> {
    file: &'a str,
    source: Source<'a>,
}

enum Source<'a> {
    /// A file of ours, whose types are known.
    Ours(SafeTensors<'a>, Precision),
    /// Another program's, whatever its types.
    Others(&'a dyn StoredTensors),
}

impl std::fmt::Debug for Tensors<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tensors")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl<'a> Tensors<'a> {
    /// A safetensors file with kernels stored as `precision` and everything else as f32. `file` is for the messages.
    ///
    /// # Errors
    /// When it is no such file.
    pub fn open(file: &'a str, bytes: &'a [u8], precision: Precision) -> Result<Self, ModelError> {
        let stored = SafeTensors::deserialize(bytes);
        let stored = stored.map_err(|error| ModelError::Safetensors {
            file: file.to_owned(),
            reason: error.to_string(),
        })?;
        let source = Source::Ours(stored, precision);
        Ok(Self { file, source })
    }

    /// What another program wrote.
    #[must_use]
    pub fn of_others(file: &'a str, stored: &'a dyn StoredTensors) -> Self {
        let source = Source::Others(stored);
        Self { file, source }
    }

    /// The tensor `name`, of this shape, row after row.
    ///
    /// # Errors
    /// When it is missing, of another shape or type, or holds a value that is not a number, or a negative variance.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let values = match &self.source {
            Source::Ours(stored, precision) => self.ours(stored, *precision, name, shape)?,
            Source::Others(stored) => self.others(*stored, name, shape)?,
        };
        let (file, tensor) = (self.file.to_owned(), name.to_owned());
        if !all_finite(&values) {
            return Err(ModelError::TensorNotFinite { file, tensor });
        }
        // Its root would be no number, and so would every picture.
        if name.ends_with("running_var") && values.iter().any(|value| *value < 0.0) {
            return Err(ModelError::NegativeVariance { file, tensor });
        }
        Ok(values)
    }

    /// As [`get`](Self::get); none where the file does not have the tensor.
    ///
    /// # Errors
    /// When it is of another shape or type, or holds a value that is not a number.
    pub fn optional(&self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>, ModelError> {
        match self.shape(name) {
            Some(_) => self.get(name, shape).map(Some),
            None => Ok(None),
        }
    }

    /// The tensor `name` of a file of ours, which holds bytes that are no numbers, however many.
    ///
    /// # Errors
    /// When it is missing, or holds something else.
    pub fn bytes(&self, name: &str) -> Result<&[u8], ModelError> {
        let Source::Ours(stored, _) = &self.source else {
            return Err(self.missing(name));
        };
        let view = stored.tensor(name).map_err(|_| self.missing(name))?;
        // Its data lies in the file, and lives as long.
        let length = view.data().len();
        self.view(stored, name, &[length], Dtype::U8)?;
        Ok(view.data())
    }

    /// The shape of the tensor `name`; `None` where the file has no such tensor.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        match &self.source {
            Source::Ours(stored, _) => stored.shape(name),
            Source::Others(stored) => stored.shape(name),
        }
    }

    /// Refuses a file of ours that has a tensor which is none of `known`.
    ///
    /// # Errors
    /// Names it.
    pub fn only<'b>(
        &self,
        known: impl Iterator<Item = &'b TensorShape> + Clone,
    ) -> Result<(), ModelError> {
        let Source::Ours(stored, precision) = &self.source else {
            return Ok(());
        };
        let scales = *precision == Precision::Int8;
        let is_known = |name: &str| {
            known.clone().any(|tensor| {
                let scaled = scales && tensor.shape.len() > 1;
                tensor.name == name || (scaled && name.strip_suffix(SCALE) == Some(&tensor.name))
            })
        };
        match stored.names().into_iter().find(|name| !is_known(name)) {
            Some(name) => Err(ModelError::TensorUnknown {
                file: self.file.to_owned(),
                tensor: name.to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn others(
        &self,
        stored: &dyn StoredTensors,
        name: &str,
        shape: &[usize],
    ) -> Result<Vec<f32>, ModelError> {
        self.same_shape(name, shape, stored.shape(name))?;
        stored
            .values(name)
            .map_err(|reason| ModelError::TensorUnreadable {
                file: self.file.to_owned(),
                tensor: name.to_owned(),
                reason,
            })
    }

    fn ours(
        &self,
        stored: &SafeTensors<'_>,
        precision: Precision,
        name: &str,
        shape: &[usize],
    ) -> Result<Vec<f32>, ModelError> {
        let dtype = match shape.len() > 1 {
            true if self.is_half(stored, name, precision) => Dtype::F16,
            true => precision.kernel_dtype(),
            false => Dtype::F32,
        };
        let view = self.view(stored, name, shape, dtype)?;
        match floats(dtype, view.data()) {
            Some(values) => Ok(values),
            None => self.dequantized(stored, name, shape, view.data()),
        }
    }

    /// Whether this is one of the few kernels that stay f16 among int8 ones.
    fn is_half(&self, stored: &SafeTensors<'_>, name: &str, precision: Precision) -> bool {
        let dtype = stored.tensor(name).map(|view| view.dtype());
        precision == Precision::Int8 && dtype.is_ok_and(|dtype| dtype == Dtype::F16)
    }

    /// int8 values by the scale of their output channel.
    fn dequantized(
        &self,
        stored: &SafeTensors<'_>,
        name: &str,
        shape: &[usize],
        data: &[u8],
    ) -> Result<Vec<f32>, ModelError> {
        let name = format!("{name}{SCALE}");
        let (first, second) = (shape[0], shape[1]);
        let per_channel = |axis: usize| {
            let mut scales = vec![1; shape.len()];
            scales[axis] = shape[axis];
            scales
        };
        // Which axis is the output channels' is said by the scales' shape; before that was so, it was the first.
        let found = self.shape(&name);
        let by_second = found.as_ref() == Some(&per_channel(1));
        let expected = match &found {
            Some(found) if found.len() == 1 => vec![first],
            _ if by_second => per_channel(1),
            _ => per_channel(0),
        };
        let scales = self.view(stored, &name, &expected, Dtype::F32)?.data();
        let scales = floats(Dtype::F32, scales).unwrap_or_default();
        let (repeat, chunk) = match by_second {
            true => (first, data.len() / (first * second).max(1)),
            false => (1, data.len() / first.max(1)),
        };
        let scales = std::iter::repeat_n(&scales, repeat).flatten();
        // Row by row into their places: a page does this before its first picture, by code that is not optimised yet, and
        // vectors make the most of that.
        let mut values = vec![0.0; data.len()];
        let rows = values
            .chunks_exact_mut(chunk.max(1))
            .zip(data.chunks_exact(chunk.max(1)));
        for ((values, row), scale) in rows.zip(scales) {
            for (value, byte) in values.iter_mut().zip(row) {
                *value = f32::from(*byte as i8) * scale;
            }
        }
        Ok(values)
    }

    /// The tensor `name`, if it has this shape and type.
    fn view<'b>(
        &self,
        stored: &'b SafeTensors<'_>,
        name: &str,
        shape: &[usize],
        dtype: Dtype,
    ) -> Result<TensorView<'b>, ModelError> {
        let view = stored.tensor(name).ok();
        let found = view.as_ref().map(|view| view.shape().to_vec());
        self.same_shape(name, shape, found)?;
        match view {
            Some(view) if view.dtype() == dtype => Ok(view),
            Some(view) => Err(ModelError::TensorDtype {
                file: self.file.to_owned(),
                tensor: name.to_owned(),
                expected: dtype,
                found: view.dtype(),
            }),
            None => Err(self.missing(name)),
        }
    }

    fn same_shape(
        &self,
        name: &str,
        expected: &[usize],
        found: Option<Vec<usize>>,
    ) -> Result<(), ModelError> {
        match found {
            Some(found) if found == expected => Ok(()),
            Some(found) => Err(ModelError::TensorShape {
                file: self.file.to_owned(),
                tensor: name.to_owned(),
                expected: expected.to_vec(),
                found,
            }),
            None => Err(self.missing(name)),
        }
    }

    fn missing(&self, name: &str) -> ModelError {
        ModelError::TensorMissing {
            file: self.file.to_owned(),
            tensor: name.to_owned(),
        }
    }
}

/// Whether all are numbers: the largest exponent tells, found without a branch for each, so that vectors can.
fn all_finite(values: &[f32]) -> bool {
    let magnitude = |value: &f32| value.to_bits() & (u32::MAX >> 1);
    let most = values.iter().map(magnitude).fold(0, u32::max);
    f32::from_bits(most).is_finite()
}

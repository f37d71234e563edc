//! Every tensor of a module under the name and in the layout PyTorch gives it.
//!
//! Burn stores a linear layer's weight as `[in, out]`, PyTorch as `[out, in]`; convolutions agree. Burn calls a batch
//! norm's parameters gamma and beta, PyTorch weight and bias. Files, optimizer state and tests speak PyTorch.
//!
//! Layers of which the pictures' side decides how many there are lie in a list; its field says which number the first of
//! them has: the first of `conv_from_1` is `conv1`.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Tensor, TensorData};
use inference::layers::TensorShape;

/// Where a traversal stands, as field names from the root.
#[derive(Default)]
pub(crate) struct Path(Vec<String>);

impl Path {
    /// Where a traversal of a module called `name` starts.
    pub(crate) fn below(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    /// Whether this is a running statistic of a batch norm.
    pub(crate) fn is_statistic(&self) -> bool {
        let last = self.0.last();
        last.is_some_and(|field| field.starts_with("running_"))
    }

    pub(crate) fn enter(&mut self, field: &str) {
        let numbered = |list: &String| {
            let (layer, first) = list.split_once("_from_")?;
            let number = first.parse::<usize>().ok()? + field.parse::<usize>().ok()?;
            Some(format!("{layer}{number}"))
        };
        // Both parts stay apart, so that leaving is the same for all.
        match self.0.last().and_then(numbered) {
            Some(name) => self.0.push(name),
            None => self.0.push(field.to_owned()),
        }
    }

    pub(crate) fn leave(&mut self) {
        self.0.pop();
    }

    /// The tensor's name, `deconv1.weight` for example.
    pub(crate) fn name(&self) -> String {
        let lists = |field: &&String| !field.contains("_from_");
        let fields: Vec<&str> = self.0.iter().filter(lists).map(String::as_str).collect();
        let name = fields.join(".");
        if let Some(layer) = name.strip_suffix(".gamma") {
            format!("{layer}.weight")
        } else if let Some(layer) = name.strip_suffix(".beta") {
            format!("{layer}.bias")
        } else {
            name
        }
    }
}

/// One tensor of a module.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// PyTorch's name.
    pub name: String,
    /// PyTorch's shape.
    pub shape: Vec<usize>,
    /// The axis of its output channels.
    pub outputs: usize,
    /// The values, flattened in PyTorch's layout.
    pub values: Tensor<1>,
}

/// The names and shapes of a module's tensors; allocates none of them.
pub(crate) fn slots<M: Module>(module: &M) -> Vec<TensorShape> {
    let mut visitor = Slots {
        path: Path::default(),
        found: Vec::new(),
    };
    module.visit(&mut visitor);
    visitor.found
}

/// All tensors of a module, off the autodiff graph and with pending running statistics merged.
pub(crate) fn tensors<M: Module>(module: &M) -> Vec<Named> {
    let mut visitor = Tensors {
        path: Path::default(),
        transposed: false,
        found: Vec::new(),
    };
    module.valid().visit(&mut visitor);
    visitor.found
}

/// Puts the values that `source` gives for a slot in its place; where it gives none, the tensor stays as it is.
///
/// `source` returns as many values as the slot's shape says, in PyTorch's layout.
pub(crate) fn fill<M: Module>(
    module: M,
    source: impl FnMut(&TensorShape) -> Option<Vec<f32>>,
) -> M {
    module.map(&mut Fill {
        path: Path::default(),
        source,
    })
}

/// `tensor` as a parameter under the identity it had.
///
/// A running statistic that a traversal lends out as a parameter loses its gradient again where it is put back.
pub(crate) fn trainable<const D: usize>(id: ParamId, tensor: Tensor<D>) -> Param<Tensor<D>> {
    let mut param = Param::from_tensor(tensor);
    param.id = id;
    param
}

fn torch_shape(shape: &[usize]) -> Vec<usize> {
    match shape {
        [inputs, outputs] => vec![*outputs, *inputs],
        other => other.to_vec(),
    }
}

struct Slots {
    path: Path,
    found: Vec<TensorShape>,
}

impl ModuleVisitor for Slots {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found.push(TensorShape {
            name: self.path.name(),
            shape: torch_shape(&param.lazy_shape()),
        });
    }
}

struct Tensors {
    path: Path,
    /// Whether the traversal is within a transposed convolution, whose weight is `[in, out, k, k]`.
    transposed: bool,
    found: Vec<Named>,
}

impl ModuleVisitor for Tensors {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.transposed = container.contains("ConvTranspose2d");
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let shape = torch_shape(&value.dims());
        let count: usize = shape.iter().product();
        let value = if D == 2 { value.swap_dims(0, 1) } else { value };
        self.found.push(Named {
            name: self.path.name(),
            shape,
            outputs: usize::from(D == 4 && self.transposed),
            values: value.reshape([count]),
        });
    }
}

struct Fill<F> {
    path: Path,
    source: F,
}

impl<F: FnMut(&TensorShape) -> Option<Vec<f32>>> ModuleMapper for Fill<F> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let slot = TensorShape {
            name: self.path.name(),
            shape: torch_shape(&param.lazy_shape()),
        };
        let Some(values) = (self.source)(&slot) else {
            return param;
        };
        let values = if D == 2 {
            transposed(&values, slot.shape[0], slot.shape[1])
        } else {
            values
        };
        let data = TensorData::new(values, param.lazy_shape());
        trainable(param.id, Tensor::from_data(data, &param.lazy_device()))
    }
}

/// `[rows, columns]` to `[columns, rows]`, here rather than on the device so that the layer gets a contiguous weight.
fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for column in 0..columns {
        out.extend((0..rows).map(|row| values[row * columns + column]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NetworkConfig;
    use burn::tensor::Device;

    fn tiny() -> crate::Bigan {
        let config = NetworkConfig {
            width: 2,
            latent: 3,
            stochastic: false,
            ..NetworkConfig::PAPER
        };
        crate::Bigan::seeded(&config, 7, &Device::flex())
    }

    #[test]
    fn names_and_shapes_are_pytorchs() {
        let found = slots(&tiny().generator);
        let find = |name: &str| {
            let slot = found.iter().find(|slot| slot.name == name);
            slot.map(|slot| slot.shape.clone())
        };
        assert_eq!(find("fc.weight"), Some(vec![256, 3]));
        assert_eq!(find("bn0.running_var"), Some(vec![16]));
        assert_eq!(find("bn0.weight"), Some(vec![16]));
        assert_eq!(find("deconv1.weight"), Some(vec![16, 8, 5, 5]));
        assert_eq!(find("deconv4.bias"), Some(vec![3]));
    }

    #[test]
    fn what_is_filled_in_comes_out_again_in_the_same_layout() {
        let mut next = 0.0;
        let module = fill(tiny().encoder, |slot| {
            let count = slot.shape.iter().product();
            let values = (0..count).map(|i| next + i as f32).collect();
            next += 1000.0;
            Some(values)
        });
        for (index, tensor) in tensors(&module).into_iter().enumerate() {
            let values = tensor.values.into_data().try_into_vec::<f32>().unwrap();
            let expected: Vec<f32> = (0..values.len())
                .map(|i| index as f32 * 1000.0 + i as f32)
                .collect();
            assert_eq!(values, expected, "{}", tensor.name);
        }
    }
}

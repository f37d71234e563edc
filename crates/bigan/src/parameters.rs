//! A module's parameters as flat vectors by name, and back: what mathematics on all of a network's weights works with.
//!
//! Names are PyTorch's, layouts Burn's. Running statistics are no parameters and stay out.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::named::{Path, trainable};

/// The prefixes of networks' names.
pub(crate) const DISCRIMINATOR: &str = "discriminator";
pub(crate) const GENERATOR: &str = "generator";
pub(crate) const ENCODER: &str = "encoder";

/// Flat vectors by name.
pub(crate) type Vectors = BTreeMap<String, Tensor<1>>;

/// The parameters of `module`, on the autodiff graph where the module is. Names start with `prefix`.
pub(crate) fn parameters<M: Module>(prefix: &str, module: &M) -> Vectors {
    collect(prefix, module, Wanted::Values)
}

/// The gradients that `gradients` has for the parameters of `module`, under the same names.
pub(crate) fn gradients<M: Module>(
    prefix: &str,
    module: &M,
    gradients: &GradientsParams,
) -> Vectors {
    collect(prefix, module, Wanted::Gradients(gradients))
}

/// The running statistics of `module`, off the autodiff graph, with those merged that are pending.
pub(crate) fn statistics<M: Module>(prefix: &str, module: &M) -> Vectors {
    collect(prefix, &module.valid(), Wanted::Statistics)
}

/// The opposite of [`gradients`].
pub(crate) fn as_gradients<M: Module>(
    prefix: &str,
    module: &M,
    vectors: &Vectors,
) -> GradientsParams {
    let mut visitor = AsGradients {
        path: Path::below(prefix),
        vectors,
        found: GradientsParams::new(),
    };
    module.visit(&mut visitor);
    visitor.found
}

/// `module` with the parameters and running statistics that `vectors` names, parameters as leaves of a new autodiff graph.
pub(crate) fn replaced<M: Module>(prefix: &str, module: M, vectors: &Vectors) -> M {
    module.map(&mut Replace {
        path: Path::below(prefix),
        vectors,
    })
}

fn collect<M: Module>(prefix: &str, module: &M, wanted: Wanted<'_>) -> Vectors {
    let mut visitor = Collect {
        path: Path::below(prefix),
        wanted,
        found: Vectors::new(),
    };
    module.visit(&mut visitor);
    visitor.found
}

/// All values in one row.
pub(crate) fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let count = tensor.shape().num_elements();
    tensor.reshape([count])
}

/// What is collected of a module.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    Values,
    Gradients(&'a GradientsParams),
    Statistics,
}

struct Collect<'a> {
    path: Path,
    wanted: Wanted<'a>,
    found: Vectors,
}

impl ModuleVisitor for Collect<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = match (self.wanted, self.path.is_statistic()) {
            (Wanted::Gradients(gradients), false) => gradients.get::<D>(param.id),
            (Wanted::Values, false) | (Wanted::Statistics, true) => Some(param.val()),
            _ => None,
        };
        if let Some(value) = value {
            self.found.insert(self.path.name(), flat(value));
        }
    }
}

struct AsGradients<'a> {
    path: Path,
    vectors: &'a Vectors,
    found: GradientsParams,
}

impl ModuleVisitor for AsGradients<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(vector) = self.vectors.get(&self.path.name()) {
            let gradient = vector.clone().reshape(param.lazy_shape());
            self.found.register::<D>(param.id, gradient);
        }
    }
}

struct Replace<'a> {
    path: Path,
    vectors: &'a Vectors,
}

impl ModuleMapper for Replace<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(vector) = self.vectors.get(&self.path.name()) else {
            return param;
        };
        let shape = param.lazy_shape();
        let value = vector.clone().without_autodiff().reshape(shape);
        trainable(param.id, value.autodiff())
    }
}

//! Every shader that the program can make, in each of its settings, for what translates and measures them all.

use crate::backward::{CHANNEL_WORKGROUPS, WEIGHT_VARIANTS};
use crate::forward::{DataType, Operation, Reduction};
use crate::shader::Shader;
use crate::shaders::{
    ADAM, CHANNEL_SUM, FINISH_LINEAR, GATHER, LEAKY, MEAN, NORM_LEAKY, NORM_LEAKY_GRADIENT,
    PACK_CONV_TRANSPOSE2D, PACK_CONV2D, PAD, PENALTY, PRESENT, PRODUCT, SUM_SPLIT_K,
};

/// A shader in one of its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What tells it from the others, in words.
    pub name: String,
    /// The shader.
    pub shader: Shader,
    /// Whether it asks for subgroups.
    pub subgroups: bool,
    /// Whether it asks for numbers of 16 bits.
    pub f16: bool,
}

/// The operations of the forward pass.
pub const OPERATIONS: [Operation; 5] = [
    Operation::Conv2d { kernel: 5 },
    Operation::Conv2d { kernel: 3 },
    Operation::ConvTranspose2d { kernel: 5 },
    Operation::ConvTranspose2d { kernel: 3 },
    Operation::Dense,
];

/// All of them.
#[must_use]
pub fn every_shader() -> Vec<Item> {
    let mut items = Vec::new();
    for operation in OPERATIONS {
        items.extend(forward(operation));
    }
    items.extend(weight_gradients());
    items.extend(reductions());
    let alone = [
        ADAM.shader(),
        FINISH_LINEAR.shader(),
        GATHER.shader(),
        LEAKY.shader(),
        MEAN.shader(),
        PACK_CONV2D.shader(),
        PACK_CONV_TRANSPOSE2D.shader(),
        PAD.shader(),
        PENALTY.shader(),
        PRESENT.shader(),
        PRODUCT.shader(),
        SUM_SPLIT_K.shader(),
    ];
    items.extend(
        alone
            .into_iter()
            .map(|shader| plain(shader.entry.to_owned(), shader)),
    );
    items
}

/// Every variant of an operation, with weights of every data type.
fn forward(operation: Operation) -> Vec<Item> {
    let types = [DataType::F32, DataType::F16];
    let variants = operation.variants().iter();
    variants
        .flat_map(|variant| types.map(|data_type| variant.with_data_type(data_type)))
        .map(|variant| Item {
            name: format!("{operation}, {variant}"),
            shader: operation.shader(variant),
            subgroups: variant.reduction == Reduction::Subgroup,
            f16: variant.data_type == DataType::F16,
        })
        .collect()
}

/// Each once: how many parts there are is not the shader's to know.
fn weight_gradients() -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for kernel in [5, 3] {
        let offered = WEIGHT_VARIANTS.into_iter();
        for variant in offered.filter(|variant| variant.is_offered(kernel)) {
            let channels = variant.channels;
            let shader = variant.shader(kernel);
            let name = format!("{} {kernel}x{kernel}, {channels} channels", shader.entry);
            let item = plain(name, shader);
            if !items.contains(&item) {
                items.push(item);
            }
        }
    }
    items
}

fn reductions() -> Vec<Item> {
    let shaders = [
        CHANNEL_SUM.shader(),
        NORM_LEAKY.shader(),
        NORM_LEAKY_GRADIENT.shader(),
    ];
    let in_workgroups = |shader: Shader| {
        CHANNEL_WORKGROUPS.map(|size| {
            let name = format!("{}, workgroups of {size}", shader.entry);
            plain(name, shader.clone().in_workgroups_of(size))
        })
    };
    shaders.into_iter().flat_map(in_workgroups).collect()
}

fn plain(name: String, shader: Shader) -> Item {
    Item {
        name,
        shader,
        subgroups: false,
        f16: false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::shaders::TABLE;

    #[test]
    fn every_file_is_there_and_every_name_is_another() {
        let items = every_shader();
        let entries: BTreeSet<_> = items.iter().map(|item| item.shader.entry).collect();
        let rows: BTreeSet<_> = TABLE.iter().map(|row| row.entry).collect();
        assert_eq!(entries, rows);
        let names: BTreeSet<_> = items.iter().map(|item| &item.name).collect();
        assert_eq!(names.len(), items.len());
    }
}

//! The table of `shaders/`: every WGSL file with its bindings and the struct that its last binding is.
//!
//! The structs mirror the shaders' own field by field, so that a caller names what it gives. `tests/shaders.rs` compares
//! names, types and offsets with what naga reads in the text.

use std::marker::PhantomData;

use crate::shader::Shader;

/// A WGSL file whose bindings are `READ` buffers that it reads, `WRITTEN` that it writes, and parameters `P`.
#[derive(Debug)]
pub struct Source<P, const READ: usize, const WRITTEN: usize> {
    /// The entry point, named as the file.
    pub entry: &'static str,
    text: &'static str,
    parameters: PhantomData<fn(P)>,
}

/// A struct that mirrors a shader's `Sizes`.
pub trait Parameters: bytemuck::Pod {
    /// Its fields, in order.
    const FIELDS: &'static [Field];
}

/// A field as WGSL has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// `u32` or `f32`.
    pub kind: &'static str,
    /// Bytes before it.
    pub offset: usize,
}

/// A row of the table, for tests and tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The entry point, named as the file.
    pub entry: &'static str,
    /// Buffers that the shader reads, before those that it writes.
    pub read: usize,
    /// Buffers that it writes.
    pub written: usize,
    /// The fields of its parameters, in the binding after those.
    pub fields: &'static [Field],
}

impl<P, const READ: usize, const WRITTEN: usize> Source<P, READ, WRITTEN> {
    /// The file as it stands.
    #[must_use]
    pub fn shader(&self) -> Shader {
        Shader::new(self.entry, self.text)
    }
}

macro_rules! parameters {
    ($($(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$about])*
        #[repr(C)]
        #[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name {
            $($(#[$field_about])* pub $field: $kind,)*
        }

        impl Parameters for $name {
            const FIELDS: &'static [Field] = &[$(Field {
                name: stringify!($field),
                kind: stringify!($kind),
                offset: std::mem::offset_of!($name, $field),
            },)*];
        }
    )*};
}

macro_rules! table {
    ($($(#[$about:meta])* $constant:ident = $entry:literal: [$read:literal, $written:literal] $parameters:ident,)*) => {
        $(
            $(#[$about])*
            pub const $constant: Source<$parameters, $read, $written> = Source {
                entry: $entry,
                text: include_str!(concat!("../../../shaders/", $entry, ".wgsl")),
                parameters: PhantomData,
            };
        )*

        /// The table's rows.
        pub const TABLE: &[Row] = &[$(Row {
            entry: $entry,
            read: $read,
            written: $written,
            fields: $parameters::FIELDS,
        },)*];
    };
}

table! {
    /// Adam's step: gradient, both moments and the parameter to the change, or the moved parameter, and the new moments.
    ADAM = "adam": [4, 3] AdamStep,
    /// Sums over samples and positions: values to sums.
    CHANNEL_SUM = "channel_sum": [1, 1] ChannelSum,
    /// Strided convolution: image, packed weights and bias to the feature map.
    CONV2D = "conv2d": [3, 1] Convolution,
    /// The gradient of a convolution's weights: image and feature map to partial sums.
    CONV2D_WEIGHT = "conv2d_weight": [2, 1] WeightGradient,
    /// The same, where a workgroup shares what it reads.
    CONV2D_WEIGHT_STAGED = "conv2d_weight_staged": [2, 1] WeightGradientStaged,
    /// Transposed convolution: feature map, packed weights and bias to the image.
    CONV_TRANSPOSE2D = "conv_transpose2d": [3, 1] Convolution,
    /// Fully connected layer: values, packed weights and bias to values.
    DENSE = "dense": [3, 1] Dense,
    /// The end of a fully connected layer: partial sums of a product, bias and mask to values.
    FINISH_LINEAR = "finish_linear": [3, 1] FinishLinear,
    /// Up to six tensors to one.
    GATHER = "gather": [6, 1] Gather,
    /// Leaky ReLU, or its gradient: what decides the sign, values, and a mask, to values.
    LEAKY = "leaky": [3, 1] Leaky,
    /// A mean over time: before and newer values to after.
    MEAN = "mean": [2, 1] Mean,
    /// Batch norm with leaky ReLU: values, gamma, beta and running statistics to values, and to what the gradient needs with
    /// the moved running statistics.
    NORM_LEAKY = "norm_leaky": [5, 2] NormLeaky,
    /// Its gradient, in place: values, outputs and scales to the gradients of values, gamma and beta.
    NORM_LEAKY_GRADIENT = "norm_leaky_gradient": [3, 3] NormLeakyGradient,
    /// Weights in the order in which `conv2d` reads them.
    PACK_CONV2D = "pack_conv2d": [1, 1] PackConv2d,
    /// Weights in the order in which `conv_transpose2d` reads them.
    PACK_CONV_TRANSPOSE2D = "pack_conv_transpose2d": [1, 1] PackConvTranspose2d,
    /// Planes, or the gradients of an activation's outputs and those, to planes with zeros around them.
    PAD = "pad": [2, 1] Pad,
    /// A penalty's mean: values to slopes, and to a sum of each workgroup.
    PENALTY = "penalty": [1, 2] Penalties,
    /// Pictures as the pixels of a grid.
    PRESENT = "present": [1, 1] Present,
    /// Two matrices to partial sums of their product.
    PRODUCT = "product": [2, 1] Product,
    /// Partial sums to sums.
    SUM_SPLIT_K = "sum_split_k": [1, 1] SumSplitK,
}

parameters! {
    /// Of `adam.wgsl`.
    AdamStep {
        /// Values.
        count: u32,
        /// Decay of the first moment.
        beta1: f32,
        /// One minus it.
        keep1: f32,
        /// Decay of the second moment.
        beta2: f32,
        /// One minus it.
        keep2: f32,
        /// The learning rate over the bias correction of the first moment, 1 - beta1^t.
        rate: f32,
        /// One over the bias correction of the second moment, 1 - beta2^t.
        inverse_correction2: f32,
        /// Added to the denominator.
        epsilon: f32,
        /// 1 where the parameter is moved, 0 where its change is wanted.
        moved: u32,
    }

    /// Of `channel_sum.wgsl`.
    ChannelSum {
        /// Samples.
        batch: u32,
        /// Channels of a sample.
        channels: u32,
        /// Positions of a channel.
        area: u32,
        /// Invocations along the positions; divides the workgroup.
        lanes: u32,
    }

    /// Of `conv2d.wgsl` and `conv_transpose2d.wgsl`.
    Convolution {
        /// Channels read.
        channels_in: u32,
        /// Channels made.
        channels_out: u32,
        /// Rows of the result, or, of a transposed convolution, of the input.
        height: u32,
        /// Columns of the same.
        width: u32,
        /// Where the result's first value lies.
        first: u32,
        /// From a sample of the result to the next.
        sample: u32,
        /// From a channel of the result to the next.
        plane: u32,
        /// From a row of the result to the next.
        row: u32,
        /// An [`Activation`](crate::Activation).
        activation: u32,
        /// 1 where there is a bias to add, or 0.
        biased: u32,
        /// Samples.
        batch: u32,
        /// How many of them neighbouring invocations compute.
        together: u32,
    }

    /// Of `conv2d_weight.wgsl`.
    WeightGradient {
        /// Channels of the image.
        image_channels: u32,
        /// Channels of the feature map.
        map_channels: u32,
        /// Rows of a channel of the feature map.
        height: u32,
        /// vec4s of a row of the feature map.
        map_row: u32,
        /// vec4s of a row of the padded image.
        image_row: u32,
        /// vec4s of a channel of the padded image.
        image_plane: u32,
        /// Rows over all samples.
        rows: u32,
        /// How many of them a split takes.
        split_rows: u32,
        /// Splits.
        splits: u32,
        /// The dispatch's first invocation.
        first: u32,
    }

    /// Of `conv2d_weight_staged.wgsl`.
    WeightGradientStaged {
        /// Samples.
        batch: u32,
        /// Channels of the image.
        image_channels: u32,
        /// Channels of the feature map.
        map_channels: u32,
        /// Rows of a channel of the feature map.
        height: u32,
        /// vec4s of a row of the feature map.
        map_row: u32,
        /// vec4s of a row of the padded image.
        image_row: u32,
        /// Rows of a channel of the padded image.
        image_height: u32,
        /// Samples of a tile.
        tile_samples: u32,
        /// Rows of the feature map of a tile.
        tile_rows: u32,
        /// vec4s of a row of the feature map of a tile.
        tile_row: u32,
        /// Tiles over all samples.
        tiles: u32,
        /// How many of them a split takes.
        split_tiles: u32,
        /// Splits.
        splits: u32,
        /// The dispatch's first workgroup.
        first: u32,
    }

    /// Of `dense.wgsl`.
    Dense {
        /// A multiple of 4: a buffer has room for as many samples.
        samples: u32,
        /// Values of a sample that are read.
        inputs: u32,
        /// Values of a sample that are made.
        outputs: u32,
        /// Where the first value read lies.
        input_first: u32,
        /// From a sample read to the next.
        input_sample: u32,
        /// Values of a row of the result.
        width: u32,
        /// Values of a channel of the result.
        area: u32,
        /// Where the result's first value lies.
        first: u32,
        /// From a sample of the result to the next.
        sample: u32,
        /// From a channel of the result to the next.
        plane: u32,
        /// From a row of the result to the next.
        row: u32,
        /// An [`Activation`](crate::Activation).
        activation: u32,
    }

    /// Of `finish_linear.wgsl`.
    FinishLinear {
        /// Values of a partial sum.
        count: u32,
        /// Partial sums.
        splits: u32,
        /// Values of a sample.
        columns: u32,
        /// Slope of the leaky ReLU below zero; 1 for none.
        slope: f32,
        /// 1 where there is a mask, or 0.
        masked: u32,
    }

    /// Of `gather.wgsl`.
    Gather {
        /// Where the first tensor begins in the result.
        first: u32,
        /// Values written from there on.
        count: u32,
        /// Where the second begins from there on; one that is not there begins at `count`.
        begin1: u32,
        /// The third.
        begin2: u32,
        /// The fourth.
        begin3: u32,
        /// The fifth.
        begin4: u32,
        /// The sixth.
        begin5: u32,
        /// Values of the first.
        length0: u32,
        /// Of the second.
        length1: u32,
        /// Of the third.
        length2: u32,
        /// Of the fourth.
        length3: u32,
        /// Of the fifth.
        length4: u32,
        /// Of the sixth.
        length5: u32,
    }

    /// Of `leaky.wgsl`.
    Leaky {
        /// Values.
        count: u32,
        /// Slope below zero; above zero itself, so that an output has its input's sign.
        slope: f32,
        /// 1 where there is a mask, or 0.
        masked: u32,
    }

    /// Of `mean.wgsl`.
    Mean {
        /// Values.
        count: u32,
        /// One minus `weight`.
        keep: f32,
        /// How much the newer values weigh.
        weight: f32,
    }

    /// Of `norm_leaky.wgsl`.
    NormLeaky {
        /// Samples of a batch.
        batch: u32,
        /// Batches.
        batches: u32,
        /// Channels of a sample.
        channels: u32,
        /// Positions of a channel.
        area: u32,
        /// Invocations along the positions; divides the workgroup.
        lanes: u32,
        /// Added to the variance.
        epsilon: f32,
        /// Slope of the leaky ReLU below zero.
        slope: f32,
        /// How much a batch weighs in the running statistics; 0 where there are none.
        weight: f32,
        /// One minus it.
        keep: f32,
        /// Where the moved running means begin in what is kept.
        means: u32,
        /// Where the moved running variances do.
        variances: u32,
    }

    /// Of `norm_leaky_gradient.wgsl`.
    NormLeakyGradient {
        /// Samples of a batch.
        batch: u32,
        /// Batches.
        batches: u32,
        /// Channels of a sample.
        channels: u32,
        /// Positions of a channel.
        area: u32,
        /// Invocations along the positions; divides the workgroup.
        lanes: u32,
        /// Slope of the leaky ReLU below zero.
        slope: f32,
    }

    /// Of `pack_conv2d.wgsl`.
    PackConv2d {
        /// Channels made.
        outputs: u32,
        /// Channels read.
        inputs: u32,
        /// Side of the kernel: 5 or 3.
        kernel: u32,
        /// Output channels of an invocation of `conv2d.wgsl`.
        channels: u32,
    }

    /// Of `pack_conv_transpose2d.wgsl`.
    PackConvTranspose2d {
        /// Channels read.
        inputs: u32,
        /// Channels made.
        outputs: u32,
        /// The same rounded up to what invocations of `conv_transpose2d.wgsl` compute.
        kernels: u32,
        /// Side of the kernel: 5 or 3.
        kernel: u32,
    }

    /// Of `pad.wgsl`.
    Pad {
        /// Planes of all samples.
        planes: u32,
        /// Rows of a plane without its padding.
        height: u32,
        /// Columns of the same.
        width: u32,
        /// Rows of a plane with it.
        padded_height: u32,
        /// Columns of the same; a multiple of 4.
        padded_width: u32,
        /// Rows of zeros before the plane.
        top: u32,
        /// Columns of zeros before the plane.
        left: u32,
        /// The [`Activation`](crate::Activation) whose gradient is taken.
        activation: u32,
        /// Of the leaky ReLU, below zero.
        slope: f32,
    }

    /// Of `penalty.wgsl`.
    Penalties {
        /// Values.
        count: u32,
        /// 0 for the pseudo-Huber penalty, 1 for cross-entropy.
        kind: u32,
        /// The penalty's g, above zero, or the label.
        parameter: f32,
        /// What slopes and sums are multiplied by.
        scale: f32,
    }

    /// Of `present.wgsl`.
    Present {
        /// Rows of a picture.
        height: u32,
        /// Columns of a picture.
        width: u32,
        /// Pictures.
        count: u32,
        /// How many of them stand in a row of the grid; what the last row lacks is transparent.
        columns: u32,
        /// Where the first picture's first value lies.
        first: u32,
        /// From a picture to the next.
        sample: u32,
        /// From a channel to the next.
        plane: u32,
        /// From a row to the next.
        row: u32,
    }

    /// Of `product.wgsl`.
    Product {
        /// Rows of the left matrix.
        rows: u32,
        /// Columns of the right matrix.
        columns: u32,
        /// The inner dimension.
        depth: u32,
        /// How much of it a split takes.
        split_depth: u32,
        /// Splits.
        splits: u32,
        /// From an element of the left matrix to the one in the next row.
        left_row: u32,
        /// To the one in the next column.
        left_column: u32,
        /// From an element of the right matrix to the one in the next row.
        right_row: u32,
        /// To the one in the next column.
        right_column: u32,
    }

    /// Of `sum_split_k.wgsl`.
    SumSplitK {
        /// Values of a partial sum.
        count: u32,
        /// Partial sums.
        splits: u32,
    }
}

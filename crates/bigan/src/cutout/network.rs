//! The network that finds a garment: picture in, mask out.

use burn::module::Module;
use burn::nn::BatchNorm;
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::tensor::{Device, Tensor};
use compute::Activation;

use inference::cutout::{CutoutCard, CutoutConfig, CutoutDescription};
use kernels::FrozenConvolution;

use crate::networks::Statistics;
use crate::networks::frozen;
use crate::networks::layers::{double, doubling, halve, halving, norm, norm_leaky};
use crate::weights::{ModelError, Precision, decode, encode};

/// Four convolutions that halve the side to 4, and four transposed ones back to 64. Each of the last three also reads
/// what the convolution of the same side made (skip connections, after U-Net, Ronneberger et al. 2015), so that edges
/// come back where they were.
#[derive(Module, Debug)]
pub struct Cutout {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    conv3: Conv2d,
    bn3: BatchNorm,
    conv4: Conv2d,
    bn4: BatchNorm,
    deconv1: ConvTranspose2d,
    bn5: BatchNorm,
    deconv2: ConvTranspose2d,
    bn6: BatchNorm,
    deconv3: ConvTranspose2d,
    bn7: BatchNorm,
    deconv4: ConvTranspose2d,
}

impl Cutout {
    /// The network on `device`, its parameters not yet drawn.
    pub(crate) fn new(config: &CutoutConfig, device: &Device) -> Self {
        let width = config.width;
        Self {
            conv1: halving(3, width, device),
            bn1: norm(width, device),
            conv2: halving(width, 2 * width, device),
            bn2: norm(2 * width, device),
            conv3: halving(2 * width, 4 * width, device),
            bn3: norm(4 * width, device),
            conv4: halving(4 * width, 8 * width, device),
            bn4: norm(8 * width, device),
            deconv1: doubling(8 * width, 4 * width, device),
            bn5: norm(4 * width, device),
            deconv2: doubling(8 * width, 2 * width, device),
            bn6: norm(2 * width, device),
            deconv3: doubling(4 * width, width, device),
            bn7: norm(width, device),
            deconv4: doubling(2 * width, 1, device),
        }
    }

    /// Packs the network as `dtype`, with its `description`. Returns the card and the contents of its weight file.
    ///
    /// # Errors
    /// When the device fails, or a weight is not a number.
    pub async fn pack(
        &self,
        description: CutoutDescription,
        dtype: Precision,
    ) -> Result<(CutoutCard, Vec<u8>), ModelError> {
        let bytes = encode(CutoutCard::FILE, self, dtype).await?;
        Ok((CutoutCard::new(description, dtype, &bytes), bytes))
    }

    /// The network that `card` describes on `device`, from the contents of its weight file.
    ///
    /// # Errors
    /// Says how the file is damaged, or which tensor does not fit.
    pub fn load(card: &CutoutCard, bytes: &[u8], device: &Device) -> Result<Self, ModelError> {
        card.check(bytes)?;
        let fresh = Self::new(&card.network(), device);
        decode(fresh, CutoutCard::FILE, bytes, card.dtype)
    }

    /// Inference: how much each pixel belongs to the garment, as logits `[batch, 1, 64, 64]`, of pictures
    /// `[batch, 3, 64, 64]` in `[-1, 1]`.
    pub fn logits(&self, x: Tensor<4>) -> Tensor<4> {
        self.logits_with(x, Statistics::Running)
    }

    /// The same, with the batch norms' statistics chosen.
    pub(super) fn logits_with(&self, x: Tensor<4>, statistics: Statistics) -> Tensor<4> {
        let side32 = norm_leaky(&self.bn1, halve(&self.conv1, x), statistics); // [batch, w, 32, 32]
        let side16 = norm_leaky(&self.bn2, halve(&self.conv2, side32.clone()), statistics); // 2w
        let side8 = norm_leaky(&self.bn3, halve(&self.conv3, side16.clone()), statistics); // 4w
        let x = norm_leaky(&self.bn4, halve(&self.conv4, side8.clone()), statistics); // [batch, 8w, 4, 4]
        let x = norm_leaky(&self.bn5, double(&self.deconv1, x), statistics);
        let x = double(&self.deconv2, beside(x, side8));
        let x = norm_leaky(&self.bn6, x, statistics);
        let x = double(&self.deconv3, beside(x, side16));
        let x = norm_leaky(&self.bn7, x, statistics);
        double(&self.deconv4, beside(x, side32))
    }
}

/// The same network, for gradients to pass through and for nobody to train.
#[derive(Debug, Clone)]
pub struct FrozenCutout {
    down: [FrozenConvolution; 4],
    up: [FrozenConvolution; 4],
}

impl Cutout {
    /// The network with batch norms in its weights. It must be off the autodiff graph.
    pub fn frozen(&self) -> FrozenCutout {
        let down = |layer, norm| frozen::strided(layer, Some(norm));
        let up = |layer, norm| frozen::transposed(layer, Some(norm), Activation::Leaky);
        FrozenCutout {
            down: [
                down(&self.conv1, &self.bn1),
                down(&self.conv2, &self.bn2),
                down(&self.conv3, &self.bn3),
                down(&self.conv4, &self.bn4),
            ],
            up: [
                up(&self.deconv1, &self.bn5),
                up(&self.deconv2, &self.bn6),
                up(&self.deconv3, &self.bn7),
                frozen::transposed(&self.deconv4, None, Activation::Identity),
            ],
        }
    }
}

impl FrozenCutout {
    /// [`Cutout::logits`].
    pub fn logits(&self, x: Tensor<4>) -> Tensor<4> {
        let [conv1, conv2, conv3, conv4] = &self.down;
        let [deconv1, deconv2, deconv3, deconv4] = &self.up;
        let side32 = conv1.forward(x);
        let side16 = conv2.forward(side32.clone());
        let side8 = conv3.forward(side16.clone());
        let x = deconv1.forward(conv4.forward(side8.clone()));
        let x = deconv2.forward(beside(x, side8));
        let x = deconv3.forward(beside(x, side16));
        deconv4.forward(beside(x, side32))
    }
}

/// The channels of both, those of `first` first.
fn beside(first: Tensor<4>, second: Tensor<4>) -> Tensor<4> {
    Tensor::cat(vec![first, second], 1)
}

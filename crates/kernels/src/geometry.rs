//! The shapes of a stride-2 convolution: an image on one side, a feature map of half its height and width on the other.
//! In names `map` stands for the feature map.

/// One convolution with a square, odd kernel, stride 2 and padding of half the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Geometry {
    /// Samples.
    pub batch: usize,
    /// Channels of the image.
    pub image_channels: usize,
    /// Channels of the feature map.
    pub map_channels: usize,
    /// Height of the image.
    pub height: usize,
    /// Width of the image.
    pub width: usize,
    /// Height and width of the kernel.
    pub kernel: usize,
}

impl Geometry {
    /// The shapes of a convolution of `image` `[batch, in, h, w]` with `weight` `[out, in, k, k]`. `None` where the
    /// operation is another one or there is nothing to compute.
    pub fn of_image(image: [usize; 4], weight: [usize; 4]) -> Option<Self> {
        let [batch, image_channels, height, width] = image;
        let geometry = Self {
            batch,
            image_channels,
            map_channels: weight[0],
            height,
            width,
            kernel: weight[2],
        };
        geometry.checked(weight)
    }

    /// The shapes of a transposed convolution of `map` `[batch, out, h, w]` with the same weight: the image has twice
    /// the height and width.
    pub fn of_map(map: [usize; 4], weight: [usize; 4]) -> Option<Self> {
        let [batch, map_channels, height, width] = map;
        let geometry = Self {
            batch,
            image_channels: weight[1],
            map_channels,
            height: height.checked_mul(2)?,
            width: width.checked_mul(2)?,
            kernel: weight[2],
        };
        geometry.checked(weight)
    }

    fn checked(self, weight: [usize; 4]) -> Option<Self> {
        let kernel = self.kernel;
        let fits = weight == [self.map_channels, self.image_channels, kernel, kernel];
        let full = ![self.batch, self.height, self.width].contains(&0) && !weight.contains(&0);
        (fits && full && kernel % 2 == 1).then_some(self)
    }

    /// The same with even sides: what a transposed convolution of the feature map gives.
    pub fn evened(self) -> Self {
        Self {
            height: 2 * self.map_height(),
            width: 2 * self.map_width(),
            ..self
        }
    }

    /// Rows and columns of zero padding around the image.
    pub fn padding(&self) -> usize {
        self.kernel / 2
    }

    /// Weights of one pair of channels.
    pub fn taps(&self) -> usize {
        self.kernel * self.kernel
    }

    /// Height of the feature map.
    pub fn map_height(&self) -> usize {
        self.height.div_ceil(2)
    }

    /// Width of the feature map.
    pub fn map_width(&self) -> usize {
        self.width.div_ceil(2)
    }

    /// Positions of one channel of the feature map.
    pub fn map_area(&self) -> usize {
        self.map_height() * self.map_width()
    }

    /// Pixels of one channel of the image.
    pub fn image_area(&self) -> usize {
        self.height * self.width
    }

    /// Shape of the image.
    pub fn image_shape(&self) -> [usize; 4] {
        [self.batch, self.image_channels, self.height, self.width]
    }

    /// Shape of the feature map.
    pub fn map_shape(&self) -> [usize; 4] {
        [
            self.batch,
            self.map_channels,
            self.map_height(),
            self.map_width(),
        ]
    }

    /// Shape of the weight: `[map channels, image channels, k, k]` for the convolution and its transpose alike.
    pub fn weight_shape(&self) -> [usize; 4] {
        [
            self.map_channels,
            self.image_channels,
            self.kernel,
            self.kernel,
        ]
    }
}

//! Pictures as the networks' tensors, and back.

use burn::tensor::{Device, Tensor, TensorData};
use images::RgbImage;

/// Square pictures of one side as a tensor `[n, 3, side, side]` in `[-1, 1]`.
pub fn pack<'a>(pictures: impl IntoIterator<Item = &'a RgbImage>, device: &Device) -> Tensor<4> {
    let mut side = 0;
    let mut values = Vec::new();
    for picture in pictures {
        side = picture.width() as usize;
        values.extend(images::to_signed(picture));
    }
    tensor(values, side, device)
}

/// The values of `n` pictures, `3 * side * side` each, as a tensor `[n, 3, side, side]`.
pub fn tensor(values: Vec<f32>, side: usize, device: &Device) -> Tensor<4> {
    let count = values.len() / (3 * side * side).max(1);
    Tensor::from_data(TensorData::new(values, [count, 3, side, side]), device)
}

/// The pictures of a tensor's values, `[n, 3, side, side]` in `[-1, 1]`; the rest of an incomplete one is left out.
pub fn unpack(values: &[f32], side: usize) -> Vec<RgbImage> {
    values
        .chunks_exact((3 * side * side).max(1))
        .map(|values| images::from_signed(values, side as u32))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SIDE;
    use images::RgbImage;

    #[test]
    fn pictures_come_back_in_their_order() {
        let picture = |value: u8| {
            RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
                [value, x as u8, y as u8].into()
            })
        };
        let pictures = [picture(3), picture(200)];
        let packed = pack(&pictures, &Device::flex());
        assert_eq!(packed.dims(), [2, 3, SIDE, SIDE]);
        let mut values: Vec<f32> = packed.into_data().try_into_vec().unwrap();
        assert_eq!(unpack(&values, SIDE), pictures);
        values.pop();
        assert_eq!(unpack(&values, SIDE), pictures[..1]);
    }
}

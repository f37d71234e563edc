//! Pictures as the networks' tensors, and back.

use burn::tensor::{Device, Tensor, TensorData};
use images::RgbImage;

use inference::config::SIDE;

/// Values of one picture.
const VALUES: usize = 3 * SIDE * SIDE;

/// Pictures of 64x64 pixels as a tensor `[n, 3, 64, 64]` in `[-1, 1]`.
pub fn pack<'a>(pictures: impl IntoIterator<Item = &'a RgbImage>, device: &Device) -> Tensor<4> {
    let values = pictures.into_iter().flat_map(images::to_signed);
    tensor(values.collect(), device)
}

/// The values of `n` pictures, `3 * 64 * 64` each, as a tensor `[n, 3, 64, 64]`.
pub fn tensor(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = values.len() / VALUES;
    Tensor::from_data(TensorData::new(values, [count, 3, SIDE, SIDE]), device)
}

/// The pictures of a tensor's values, `[n, 3, 64, 64]` in `[-1, 1]`; the rest of an incomplete one is left out.
pub fn unpack(values: &[f32]) -> Vec<RgbImage> {
    values
        .chunks_exact(VALUES)
        .map(|values| images::from_signed(values, SIDE as u32))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert_eq!(unpack(&values), pictures);
        values.pop();
        assert_eq!(unpack(&values), pictures[..1]);
    }
}

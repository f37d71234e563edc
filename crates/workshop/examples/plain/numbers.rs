//! Between JavaScript's numbers and tensors.

use burn::tensor::{Device, Tensor, TensorData, Transaction};
use wasm_bindgen::JsError;

const SIDE: usize = 64;

/// `[n, 3, 64, 64]`.
pub fn pictures(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = values.len() / (3 * SIDE * SIDE);
    Tensor::from_data(TensorData::new(values, [count, 3, SIDE, SIDE]), device)
}

/// `[rows, ..]`.
pub fn rows(values: Vec<f32>, rows: usize, device: &Device) -> Tensor<2> {
    let columns = values.len() / rows.max(1);
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

/// All values, one tensor after the other, in one transfer.
pub async fn read(tensors: Vec<Tensor<1>>) -> Result<Vec<f32>, JsError> {
    let tensors = tensors.into_iter().map(Tensor::without_autodiff);
    let data = tensors
        .fold(Transaction::default(), Transaction::register)
        .execute_async()
        .await?;
    let values = data
        .into_iter()
        .map(|data| data.try_into_vec::<f32>())
        .collect::<Result<Vec<_>, _>>();
    let values = values.map_err(|error| JsError::new(&format!("{error:?}")))?;
    Ok(values.concat())
}

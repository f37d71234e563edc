//! Values from the device, all that are asked for in one transfer.

use burn::tensor::{ExecutionError, Tensor, Transaction};

/// Reads the values of flat tensors in one transfer: each of its own would be a round trip to the GPU, of up to 100 ms
/// in some browsers.
///
/// # Errors
/// When the device failed since it was last waited for.
pub async fn read<const N: usize>(
    tensors: [Tensor<1>; N],
) -> Result<[Vec<f32>; N], ExecutionError> {
    let values = read_all(tensors).await?;
    let count = values.len();
    values
        .try_into()
        .map_err(|_| failed(format!("it answered with {count} results instead of {N}")))
}

/// The same for a number of tensors that is not known beforehand.
///
/// # Errors
/// When the device failed since it was last waited for.
pub async fn read_all(
    tensors: impl IntoIterator<Item = Tensor<1>>,
) -> Result<Vec<Vec<f32>>, ExecutionError> {
    let transaction = tensors
        .into_iter()
        .fold(Transaction::default(), Transaction::register);
    let data = transaction.execute_async().await?.into_iter();
    data.map(|data| data.convert::<f32>().try_into_vec())
        .collect::<Result<_, _>>()
        .map_err(|error| failed(format!("{error:?}")))
}

fn failed(reason: String) -> ExecutionError {
    ExecutionError::WithContext { reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use pollster::block_on;

    #[test]
    fn values_come_in_the_order_of_their_tensors() {
        let device = Device::flex();
        let tensor = |values: &[f32]| Tensor::<1>::from_floats(values, &device);
        let values = block_on(read([tensor(&[1.0, 2.0]), tensor(&[3.0])])).unwrap();
        assert_eq!(values, [vec![1.0, 2.0], vec![3.0]]);
        assert!(block_on(read_all([])).unwrap().is_empty());
    }
}

//! Losses from a device.

use burn::tensor::{ExecutionError, TensorData, Transaction};

use super::{Losses, Reported, StepLosses};

/// Losses of a step.
const COUNT: usize = Losses::KEYS.len();

impl Losses {
    /// Whether every loss is a number: training past a NaN only destroys what was learnt.
    pub fn is_finite(&self) -> bool {
        self.into_array().iter().all(|loss| loss.is_finite())
    }

    /// Every loss with its key, in order.
    pub fn named(&self) -> [(&'static str, f32); COUNT] {
        let values = self.into_array();
        std::array::from_fn(|index| (Self::KEYS[index], values[index]))
    }
}

impl StepLosses {
    /// Reads all losses in one transfer.
    ///
    /// # Errors
    /// When the device failed since it was last waited for.
    pub async fn read(self) -> Result<Losses, ExecutionError> {
        let mut read = Self::read_all(vec![self]).await?;
        Ok(read.remove(0))
    }

    /// Reads the losses of several steps in one transfer, in their order.
    ///
    /// # Errors
    /// When the device failed since it was last waited for.
    pub async fn read_all(steps: Vec<Self>) -> Result<Vec<Losses>, ExecutionError> {
        let count = steps.len();
        let data = steps
            .into_iter()
            .flat_map(Reported::into_array)
            .fold(Transaction::default(), Transaction::register)
            .execute_async()
            .await?;
        let loss = |index: usize| data.get(index).and_then(first).unwrap_or(f32::NAN);
        let step = |step: usize| {
            Reported::from_array(std::array::from_fn(|term| loss(COUNT * step + term)))
        };
        Ok((0..count).map(step).collect())
    }
}

fn first(data: &TensorData) -> Option<f32> {
    data.iter::<f32>().next()
}

//! Losses from a device.

use burn::tensor::ExecutionError;

use super::{Losses, Phase, Reported, StepLosses, TERMS};
use crate::read::read_all;

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
    /// The losses of a step, of those of D's phase and those that `others` has of G and E's: a term that counts in both
    /// is that of G and E.
    pub(in super::super) fn then(self, others: Self) -> Self {
        let (found, mut losses) = (self.into_array(), others.into_array());
        let of_discriminator = TERMS
            .iter()
            .map(|term| term.phase() == Phase::Discriminator);
        let taken = std::iter::once(true).chain(of_discriminator);
        for ((loss, found), taken) in losses.iter_mut().zip(found).zip(taken) {
            if taken {
                *loss = found;
            }
        }
        Self::from_array(losses)
    }

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
        let losses = read_all(steps.into_iter().flat_map(Reported::into_array)).await?;
        let losses = losses.concat();
        let steps = losses.as_chunks::<COUNT>().0.iter();
        Ok(steps.copied().map(Reported::from_array).collect())
    }
}

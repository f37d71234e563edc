//! E, G and D as the modules of Burn that are trained, on any device.

use bigan::burn::tensor::{Device, Tensor, TensorData, Transaction};
use bigan::{Bigan, SIDE};

use super::PIXELS;
use super::layers::Rebuilt;
use crate::WebError;

/// The networks of one model on their device.
#[derive(Debug)]
pub(super) struct Modules {
    pub networks: Bigan,
    pub device: Device,
}

impl Modules {
    pub async fn reconstruct(&self, picture: Vec<f32>) -> Result<Rebuilt, WebError> {
        let made = self.networks.reconstruct(self.pictures(picture));
        let [picture, latent, probability, probability_original] = read([
            made.picture.flatten(0, 3),
            made.code.flatten(0, 1),
            made.score_reconstruction.flatten(0, 1),
            made.score_real.flatten(0, 1),
        ])
        .await?;
        Ok(Rebuilt {
            picture,
            latent,
            probability: first(&probability)?,
            probability_original: first(&probability_original)?,
        })
    }

    pub async fn rebuild(&self, pictures: Vec<f32>) -> Result<(Vec<f32>, Vec<f32>), WebError> {
        let codes = self.networks.encoder.forward(self.pictures(pictures)).mean;
        let rebuilt = self.networks.generator.forward(codes.clone());
        let [codes, rebuilt] = read([codes.flatten(0, 1), rebuilt.flatten(0, 3)]).await?;
        Ok((codes, rebuilt))
    }

    pub async fn decode(
        &self,
        codes: &[f32],
        count: usize,
        judged: bool,
    ) -> Result<(Vec<f32>, Vec<f32>), WebError> {
        let codes = TensorData::new(codes.to_vec(), [count, codes.len() / count]);
        let codes = Tensor::<2>::from_data(codes, &self.device);
        if !judged {
            let picture = self.networks.generator.forward(codes);
            let [pictures] = read([picture.flatten(0, 3)]).await?;
            return Ok((pictures, Vec::new()));
        }
        let made = self.networks.sample(codes);
        let [pictures, probabilities] =
            read([made.picture.flatten(0, 3), made.score.flatten(0, 1)]).await?;
        Ok((pictures, probabilities))
    }

    fn pictures(&self, values: Vec<f32>) -> Tensor<4> {
        let count = values.len() / PIXELS;
        Tensor::from_data(
            TensorData::new(values, [count, 3, SIDE, SIDE]),
            &self.device,
        )
    }
}

/// Reads all of a request's results at once: each read of its own would be a round trip to the GPU, of up to 100 ms
/// in some browsers.
pub(crate) async fn read<const N: usize>(
    tensors: [Tensor<1>; N],
) -> Result<[Vec<f32>; N], WebError> {
    let failed = |reason: String| WebError::Device(reason);
    let all = tensors
        .into_iter()
        .fold(Transaction::default(), |all, tensor| all.register(tensor));
    let data = all
        .execute_async()
        .await
        .map_err(|error| failed(error.to_string()))?;
    let mut values = Vec::with_capacity(N);
    for one in data {
        let one: Vec<f32> = one
            .try_to_vec()
            .map_err(|error| failed(format!("{error:?}")))?;
        values.push(one);
    }
    values
        .try_into()
        .map_err(|_| failed("it answered with fewer results than were asked for".to_owned()))
}

pub(crate) fn first(values: &[f32]) -> Result<f32, WebError> {
    let value = values.first().copied();
    value.ok_or_else(|| WebError::Device("it answered with too few numbers".to_owned()))
}

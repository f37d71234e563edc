//! E, G and D as the modules of Burn that are trained, on any device.

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::{Bigan, pictures, read};

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
        let made = self
            .networks
            .reconstruct(pictures::tensor(picture, &self.device));
        let [picture, latent, score, score_original] = read([
            made.picture.flatten(0, 3),
            made.code.flatten(0, 1),
            made.probability_reconstruction.flatten(0, 1),
            made.probability_real.flatten(0, 1),
        ])
        .await?;
        Ok(Rebuilt {
            picture,
            latent,
            score: first(&score)?,
            score_original: first(&score_original)?,
        })
    }

    pub async fn encode(&self, pictures: Vec<f32>) -> Result<Vec<f32>, WebError> {
        let encoding = self
            .networks
            .encoder
            .forward(pictures::tensor(pictures, &self.device));
        let [codes] = read([encoding.mean.flatten(0, 1)]).await?;
        Ok(codes)
    }

    pub async fn rebuild(&self, pictures: Vec<f32>) -> Result<Vec<f32>, WebError> {
        let codes = self
            .networks
            .encoder
            .forward(pictures::tensor(pictures, &self.device))
            .mean;
        let [pictures] = read([self.networks.generator.forward(codes).flatten(0, 3)]).await?;
        Ok(pictures)
    }

    pub async fn decode(
        &self,
        codes: &[f32],
        count: usize,
        scores: bool,
    ) -> Result<(Vec<f32>, Vec<f32>), WebError> {
        let codes = TensorData::new(codes.to_vec(), [count, codes.len() / count]);
        let codes = Tensor::<2>::from_data(codes, &self.device);
        if !scores {
            let picture = self.networks.generator.forward(codes);
            let [pictures] = read([picture.flatten(0, 3)]).await?;
            return Ok((pictures, Vec::new()));
        }
        let made = self.networks.sample(codes);
        let [pictures, scores] =
            read([made.picture.flatten(0, 3), made.probability.flatten(0, 1)]).await?;
        Ok((pictures, scores))
    }
}

pub(crate) fn first(values: &[f32]) -> Result<f32, WebError> {
    let value = values.first().copied();
    value.ok_or_else(|| WebError::Device("it answered with too few numbers".to_owned()))
}

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
        let [picture, latent, probability, probability_original] = read([
            made.picture.flatten(0, 3),
            made.code.flatten(0, 1),
            made.probability_reconstruction.flatten(0, 1),
            made.probability_real.flatten(0, 1),
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
        let pictures = pictures::tensor(pictures, &self.device);
        let codes = self.networks.encoder.forward(pictures).mean;
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
            read([made.picture.flatten(0, 3), made.probability.flatten(0, 1)]).await?;
        Ok((pictures, probabilities))
    }
}

pub(crate) fn first(values: &[f32]) -> Result<f32, WebError> {
    let value = values.first().copied();
    value.ok_or_else(|| WebError::Device("it answered with too few numbers".to_owned()))
}

//! E, G and D as the modules of Burn that are trained, on any device.

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::{Bigan, pictures, read};

use super::layers::Rebuilt;
use crate::ViewerError;

/// The networks of one model on their device.
#[derive(Debug)]
pub(super) struct Modules {
    pub networks: Bigan,
    pub device: Device,
}

impl Modules {
    pub async fn reconstruct(&self, picture: Vec<f32>) -> Result<Rebuilt, ViewerError> {
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

    pub async fn rebuild(&self, pictures: Vec<f32>) -> Result<(Vec<f32>, Vec<f32>), ViewerError> {
        let pictures = pictures::tensor(pictures, &self.device);
        let codes = self.networks.encoder.forward(pictures).mean;
        let rebuilt = self.networks.generator.forward(codes.clone());
        let [codes, rebuilt] = read([codes.flatten(0, 1), rebuilt.flatten(0, 3)]).await?;
        Ok((codes, rebuilt))
    }

    pub async fn judge_with(&self, picture: &[f32], code: &[f32]) -> Result<Vec<f32>, ViewerError> {
        let pictures = pictures::tensor(picture.to_vec(), &self.device);
        let codes = TensorData::new(code.to_vec(), [1, code.len()]);
        let codes = Tensor::<2>::from_data(codes, &self.device);
        let original = self
            .networks
            .discriminator
            .probability(pictures, codes.clone());
        let made = self.networks.sample(codes).probability;
        let [original, made] = read([original.flatten(0, 1), made.flatten(0, 1)]).await?;
        Ok([original, made].concat())
    }

    pub async fn decode(
        &self,
        codes: &[f32],
        count: usize,
        judged: bool,
    ) -> Result<(Vec<f32>, Vec<f32>), ViewerError> {
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

fn first(values: &[f32]) -> Result<f32, ViewerError> {
    let value = values.first().copied();
    value.ok_or_else(|| ViewerError::device("it answered with too few numbers".to_owned()))
}

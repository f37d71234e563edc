//! A photograph's code improved step by step, with what the page shows of it.

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::{Bigan, Features, Refinement, pictures, read};
use images::RgbImage;
use web::WebError;

use crate::WorkshopError;

/// A refinement of one photograph.
#[derive(Debug)]
pub struct Refining {
    refinement: Refinement,
    original: RgbImage,
}

/// Where a refinement stands.
#[derive(Debug)]
pub struct Refined {
    /// G(z), 64x64.
    pub picture: RgbImage,
    /// z.
    pub latent: Vec<f32>,
    /// D's probability, 0 to 1, for (G(z), z).
    pub probability: f32,
    /// Between the photograph and G(z) as shown, dB.
    pub psnr: f64,
    /// Steps taken.
    pub steps: u32,
}

impl Refining {
    /// Begins with the code `latent` of the square picture `original`; with `features` L_H counts as much as L_AE.
    ///
    /// # Errors
    /// The code has another length than the networks' codes.
    pub fn begin(
        networks: &Bigan,
        features: Option<&Features>,
        original: RgbImage,
        latent: &[f32],
        expected: usize,
        device: &Device,
    ) -> Result<Self, WorkshopError> {
        if latent.len() != expected {
            return Err(WebError::NoCodes(latent.len(), expected).into());
        }
        let code = TensorData::new(latent.to_vec(), [1, expected]);
        let refinement = Refinement::new(
            networks.clone(),
            features.cloned(),
            Refinement::default_weights(features),
            pictures::pack([&original], device),
            Tensor::from_data(code, device),
        )?;
        Ok(Self {
            refinement,
            original,
        })
    }

    /// Takes `count` steps and reads once.
    ///
    /// # Errors
    /// The device fails.
    pub async fn steps(&mut self, count: u32) -> Result<Refined, WorkshopError> {
        for _ in 0..count {
            self.refinement.step();
        }
        let made = self.refinement.pictures();
        let probability = self.refinement.probabilities(made.clone());
        let [values, latent, probability] = read([
            made.flatten(0, 3),
            self.refinement.codes().flatten(0, 1),
            probability.flatten(0, 1),
        ])
        .await?;
        let picture = images::from_signed(&values, self.original.width());
        Ok(Refined {
            psnr: images::psnr(&self.original, &picture),
            probability: first(&probability)?,
            picture,
            latent,
            steps: self.refinement.steps(),
        })
    }
}

fn first(values: &[f32]) -> Result<f32, WorkshopError> {
    let value = values.first().copied();
    let few = || WebError::Device("it answered with too few numbers".to_owned());
    Ok(value.ok_or_else(few)?)
}

#[cfg(test)]
mod tests {
    use bigan::{NetworkConfig, SIDE};
    use pollster::block_on;

    use super::*;

    const LATENT: usize = 5;

    fn begin(latent: &[f32]) -> Result<Refining, WorkshopError> {
        let networks = NetworkConfig {
            width: 2,
            latent: LATENT,
            ..NetworkConfig::PAPER
        };
        let device = Device::flex();
        let bigan = Bigan::seeded(&networks, 1, &device);
        let outfit = outfits::outfit(3, SIDE as u32).image;
        Refining::begin(&bigan, None, outfit, latent, LATENT, &device)
    }

    #[test]
    fn steps_are_counted_and_figures_belong_to_the_picture() {
        let mut refining = begin(&[0.0; LATENT]).unwrap();
        let first = block_on(refining.steps(0)).unwrap();
        assert_eq!((first.steps, first.latent), (0, vec![0.0; LATENT]));
        let later = block_on(refining.steps(3)).unwrap();
        assert_eq!(later.steps, 3);
        assert!(later.latent.iter().any(|value| *value != 0.0));
        let psnr = images::psnr(&refining.original, &later.picture);
        assert_eq!(later.psnr, psnr);
        assert!(later.probability > 0.0 && later.probability < 1.0);
    }

    #[test]
    fn a_code_of_another_model_is_refused() {
        let error = begin(&[0.0; LATENT + 1]).unwrap_err().to_string();
        assert!(error.contains('6') && error.contains('5'), "{error}");
    }
}

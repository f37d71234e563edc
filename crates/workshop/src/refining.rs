//! A photograph's code improved step by step, with what the page shows of it.

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::cutout::{Cutout, FrozenCutout};
use bigan::refine::{self, Colour, Kind, Shape};
use bigan::{Bigan, Features, Refinement, Wishes, pictures, read};
use images::RgbImage;
use web::WebError;

use crate::WorkshopError;

/// A refinement of one photograph: of one code, or of several candidates.
#[derive(Debug)]
pub struct Refining {
    refinement: Refinement,
    /// What pictures are compared with: the photograph, with the colours that were asked for.
    target: RgbImage,
    latent: usize,
}

/// What the page asks for besides likeness. Masks have a byte for each pixel, row by row, 255 inside.
#[derive(Debug, Default)]
pub struct Asked {
    /// What stays; everything if none.
    pub keep: Option<Vec<u8>>,
    /// A colour, and the part that is to have it, all of the garment if none.
    pub colour: Option<([u8; 3], Option<Vec<u8>>)>,
    /// An outline, filled.
    pub shape: Option<Vec<u8>>,
    /// A kind of garment, and the network that knows it.
    pub kind: Option<Kind>,
    /// Codes one after the other: a candidate begins halfway to each of them.
    pub others: Vec<f32>,
}

/// Where a candidate stands.
#[derive(Debug)]
pub struct Refined {
    /// G(z), 64x64, or what two codes make together.
    pub picture: RgbImage,
    /// z, or what E makes of the picture of two codes.
    pub latent: Vec<f32>,
    /// Whether two codes make it: one the part that something was asked for, one the rest.
    pub mixed: bool,
    /// D's probability, 0 to 1, for both.
    pub probability: f32,
    /// Between the photograph, with the colours that were asked for, and G(z) as shown, dB.
    pub psnr: f64,
    /// H's probability, 0 to 1, that G(z) is of the kind that was asked for, where one was.
    pub kind: Option<f32>,
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
            target: original,
            latent: expected,
        })
    }

    /// Begins with what E makes of the square picture `original` and with candidates beside that, towards what is `asked` for.
    /// `cutout` finds garments, for colours of all of one and for outlines.
    ///
    /// # Errors
    /// The model has no network that finds a garment where one is needed, a mask is not one, or the device fails.
    pub async fn wishing(
        networks: &Bigan,
        cutout: Option<&Cutout>,
        original: &RgbImage,
        asked: Asked,
        latent: usize,
        device: &Device,
    ) -> Result<Self, WorkshopError> {
        let photo = pictures::pack([original], device);
        let others = asked.others.clone();
        let cutout = cutout.map(Cutout::frozen);
        let wishes = wishes(asked, cutout.as_ref(), &photo, device)?;
        let target = wishes.target(photo);
        let code = networks.encoder.forward(target.clone()).mean;
        let [target, code] = read([target.flatten(0, 3), code.flatten(0, 1)]).await?;
        let codes = refine::starts(&code, &others);
        let count = codes.len() / latent;
        let codes = Tensor::from_data(TensorData::new(codes, [count, latent]), device);
        let photos = pictures::pack(std::iter::repeat_n(original, count), device);
        let weights = Refinement::default_weights(None);
        let refinement = Refinement::new(networks.clone(), None, weights, photos, codes)?;
        Ok(Self {
            refinement: refinement.wishing(wishes),
            target: images::from_signed(&target, original.width()),
            latent,
        })
    }

    /// Steps taken.
    pub fn taken(&self) -> u32 {
        self.refinement.steps()
    }

    /// Takes `count` steps and reads once. The best candidate comes first.
    ///
    /// # Errors
    /// The device fails.
    pub async fn steps(&mut self, count: u32) -> Result<Vec<Refined>, WorkshopError> {
        for _ in 0..count {
            self.refinement.step();
        }
        let made = self.refinement.pictures();
        let codes = self.refinement.codes(made.clone());
        let probability = self.refinement.probabilities(made.clone(), codes.clone());
        // One alone is the best.
        let totals = match codes.dims() {
            [1, _] => probability.zeros_like().flatten(0, 1),
            _ => self.refinement.totals(),
        };
        let kinds = self.refinement.kind(made.clone());
        let mixed = self.refinement.is_mixed();
        let asked = kinds.is_some();
        let [values, codes, probabilities, kinds, totals] = read([
            made.flatten(0, 3),
            codes.flatten(0, 1),
            probability.flatten(0, 1),
            kinds.unwrap_or_else(|| totals.zeros_like()),
            totals,
        ])
        .await?;
        let made = pictures::unpack(&values, self.target.width() as usize)
            .into_iter()
            .zip(probabilities);
        let figures = kinds.into_iter().zip(totals);
        let mut all: Vec<(f32, Refined)> = made
            .zip(codes.chunks(self.latent).zip(figures))
            .map(|((picture, probability), (latent, (kind, total)))| {
                let refined = Refined {
                    mixed,
                    psnr: images::psnr(&self.target, &picture),
                    probability,
                    picture,
                    latent: latent.to_vec(),
                    kind: asked.then_some(kind),
                };
                (total, refined)
            })
            .collect();
        all.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Ok(all.into_iter().map(|(_, refined)| refined).collect())
    }
}

fn wishes(
    asked: Asked,
    cutout: Option<&FrozenCutout>,
    photo: &Tensor<4>,
    device: &Device,
) -> Result<Wishes, WorkshopError> {
    let [_, _, side, _] = photo.dims();
    let mask = |bytes: Vec<u8>| {
        if bytes.len() != side * side {
            return Err(WorkshopError::NoMask(bytes.len(), side));
        }
        let values = bytes.into_iter().map(|byte| f32::from(byte) / 255.0);
        Ok(Wishes::mask(values.collect(), side, device))
    };
    let garment = || cutout.map(|network| Wishes::garment(network, photo.clone()));
    let keep = asked.keep.map(mask).transpose()?;
    let colours = asked.colour.map(|(colour, part)| {
        let part = part.map(mask).transpose()?;
        Colour::new(colour, part, keep.as_ref(), garment()).ok_or(WorkshopError::NoGarment)
    });
    let shape = asked.shape.map(|bytes| {
        Ok::<_, WorkshopError>(Shape {
            silhouette: mask(bytes)?,
            network: cutout.ok_or(WorkshopError::NoGarment)?.clone(),
        })
    });
    Ok(Wishes {
        colours: colours.transpose()?.into_iter().collect(),
        keep,
        shape: shape.transpose()?,
        kind: asked.kind,
        ..Wishes::default()
    })
}

#[cfg(test)]
mod tests {
    use bigan::{NetworkConfig, SIDE};
    use pollster::block_on;

    use super::*;

    const LATENT: usize = 5;

    fn networks(device: &Device) -> Bigan {
        let networks = NetworkConfig {
            width: 2,
            latent: LATENT,
            ..NetworkConfig::PAPER
        };
        Bigan::seeded(&networks, 1, device)
    }

    fn begin(latent: &[f32]) -> Result<Refining, WorkshopError> {
        let device = Device::flex();
        let bigan = networks(&device);
        let outfit = outfits::outfit(3, SIDE as u32).image;
        Refining::begin(&bigan, None, outfit, latent, LATENT, &device)
    }

    #[test]
    fn steps_are_counted_and_figures_belong_to_the_picture() {
        let mut refining = begin(&[0.0; LATENT]).unwrap();
        let first = block_on(refining.steps(0)).unwrap().remove(0);
        assert_eq!((refining.taken(), first.latent), (0, vec![0.0; LATENT]));
        let later = block_on(refining.steps(3)).unwrap().remove(0);
        assert_eq!(refining.taken(), 3);
        assert!(later.latent.iter().any(|value| *value != 0.0));
        let psnr = images::psnr(&refining.target, &later.picture);
        assert_eq!(later.psnr, psnr);
        assert!(later.probability > 0.0 && later.probability < 1.0);
    }

    #[test]
    fn a_mask_of_another_size_is_refused() {
        let device = Device::flex();
        let bigan = networks(&device);
        let outfit = outfits::outfit(3, SIDE as u32).image;
        let wrong = || vec![255; 63 * 64];
        let colour = |part| Asked {
            colour: Some(([255, 0, 0], Some(part))),
            ..Asked::default()
        };
        let keep = Asked {
            keep: Some(wrong()),
            ..Asked::default()
        };
        for asked in [keep, colour(wrong())] {
            let begun = Refining::wishing(&bigan, None, &outfit, asked, LATENT, &device);
            let error = block_on(begun).unwrap_err().to_string();
            assert!(error.contains("4032") && error.contains("64x64"), "{error}");
        }
        let right = colour(vec![255; SIDE * SIDE]);
        block_on(Refining::wishing(
            &bigan, None, &outfit, right, LATENT, &device,
        ))
        .unwrap();
    }

    #[test]
    fn a_code_of_another_model_is_refused() {
        let error = begin(&[0.0; LATENT + 1]).unwrap_err().to_string();
        assert!(error.contains('6') && error.contains('5'), "{error}");
    }
}

//! E, G and D on the CPU.

use super::{CHUNK, Judgement, Part, Rebuilt, sigmoid};
use crate::config::NetworkConfig;
use crate::cpu::Chain;
use crate::layers::{self, Layer, TensorShape};
use crate::weights::{FILES, ModelError, Precision, Tensors};

/// The networks of one model; one whose weights have not come makes nothing of anything.
#[derive(Debug)]
pub struct Processor {
    layers: layers::Networks,
    config: NetworkConfig,
    encoder: Chain,
    generator: Chain,
    discriminator: Discriminator,
}

/// D's layers.
#[derive(Debug, Default)]
struct Discriminator {
    pictures: Chain,
    codes: Chain,
    joint: Chain,
}

/// The tensors of the file of `part`, which may have no others than its `layers` do.
pub(super) fn open<'a>(
    part: Part,
    bytes: &'a [u8],
    precision: Precision,
    layers: &layers::Networks,
) -> Result<Tensors<'a>, ModelError> {
    let known: Vec<TensorShape> = match part {
        Part::Generator => layers.generator.iter().flat_map(Layer::tensors).collect(),
        Part::Encoder => layers.encoder.iter().flat_map(Layer::tensors).collect(),
        Part::Discriminator => layers
            .discriminator
            .layers()
            .flat_map(Layer::tensors)
            .collect(),
    };
    let tensors = Tensors::open(FILES[part as usize], bytes, precision)?;
    tensors.only(known.iter())?;
    Ok(tensors)
}

impl Processor {
    /// Without weights.
    #[must_use]
    pub fn new(config: &NetworkConfig) -> Self {
        Self {
            layers: layers::Networks::new(config),
            config: *config,
            encoder: Chain::default(),
            generator: Chain::default(),
            discriminator: Discriminator::default(),
        }
    }

    pub(super) fn fill(
        &mut self,
        part: Part,
        bytes: &[u8],
        precision: Precision,
    ) -> Result<(), ModelError> {
        let tensors = open(part, bytes, precision, &self.layers)?;
        let chain = |layers: &[Layer]| Chain::new(&tensors, layers);
        match part {
            Part::Generator => self.generator = chain(&self.layers.generator)?,
            Part::Encoder => self.encoder = chain(&self.layers.encoder)?,
            Part::Discriminator => {
                let layers = &self.layers.discriminator;
                self.discriminator = Discriminator {
                    pictures: chain(&layers.pictures)?,
                    codes: chain(&layers.codes)?,
                    joint: chain(&layers.joint)?,
                };
            }
        }
        Ok(())
    }

    /// Codes `[n, latent]` to pictures `[n, 3, 64, 64]`.
    fn generate(&self, codes: &[f32]) -> Vec<f32> {
        in_chunks(codes, self.config.latent, |chunk| self.generator.run(chunk))
    }

    pub(super) fn encode(&self, pictures: &[f32]) -> Vec<f32> {
        in_chunks(pictures, self.config.values(), |chunk| {
            self.encoder.run(chunk)
        })
    }

    pub(super) fn rebuild(&self, pictures: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let codes = self.encode(pictures);
        let rebuilt = self.generate(&codes);
        (codes, rebuilt)
    }

    pub(super) fn decode(&self, codes: &[f32], judged: bool) -> (Vec<f32>, Vec<f32>) {
        let pictures = self.generate(codes);
        let probabilities = match judged {
            true => self.judge(&pictures, codes),
            false => Vec::new(),
        };
        (pictures, probabilities)
    }

    pub(super) fn judge(&self, pictures: &[f32], codes: &[f32]) -> Vec<f32> {
        let Discriminator {
            pictures: path,
            codes: code_path,
            joint,
        } = &self.discriminator;
        let seen = in_chunks(pictures, self.config.values(), |chunk| path.run(chunk));
        let read = code_path.run(codes);
        let logits = joint.run(&beside(&self.layers.discriminator, &seen, &read));
        logits.into_iter().map(sigmoid).collect()
    }

    pub(super) fn reconstruct(&self, picture: &[f32], judged: bool) -> Rebuilt {
        let (code, made) = self.rebuild(picture);
        Rebuilt {
            judgement: judged.then(|| {
                // Each by itself, not as a batch: layers that compare pairs would see the one in the other.
                let alone = |picture| self.judge(picture, &code).into_iter().sum();
                Judgement {
                    original: alone(picture),
                    reconstruction: alone(&made),
                }
            }),
            picture: made,
            code,
        }
    }
}

/// Of each sample what D sees in the picture, and after it what it reads in the code.
fn beside(layers: &layers::Discriminator, seen: &[f32], read: &[f32]) -> Vec<f32> {
    let pairs = seen
        .chunks(layers.picture_values())
        .zip(read.chunks(layers.code_values()));
    pairs
        .flat_map(|(seen, read)| [seen, read].concat())
        .collect()
}

/// `work` on a few samples of `size` values at a time, so that activations do not grow with the request.
fn in_chunks(values: &[f32], size: usize, work: impl Fn(&[f32]) -> Vec<f32>) -> Vec<f32> {
    values.chunks(CHUNK * size).flat_map(work).collect()
}

//! Writes a model directory of networks that nobody trained, for benchmarks at widths no model is published in, and for
//! tests.
//!
//! Weights are drawn so that values neither die nor explode on their way (He et al., 2015), and batch norms so that each
//! of their four numbers counts; otherwise two programs would agree on grey pictures whatever they computed.

use std::error::Error;
use std::path::PathBuf;

use bigan::card::Training;
use bigan::cutout::{
    CutoutCard, CutoutConfig, CutoutDescription, CutoutTrainer, CutoutTrainerConfig, CutoutTraining,
};
use bigan::latent::{Gaussian, Mixture};
use bigan::weights::{Dataset, ModelError};
use bigan::{Bigan, NetworkConfig, Precision, TrainerConfig, random};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use clap::Parser;
use images::Fit;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

#[derive(Parser)]
struct Options {
    /// The directory to write
    out: PathBuf,
    /// Channels of the first convolution
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// Pixels along a side of the pictures
    #[arg(long, default_value_t = bigan::SIDE)]
    side: usize,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Channels of the first convolution of a network that cuts out whatever is darker than its surroundings; none if
    /// left out
    #[arg(long)]
    cutout: Option<usize>,
    /// Say what photographs' codes are like: here, drawn ones
    #[arg(long)]
    codes: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options {
        out,
        width,
        side,
        seed,
        cutout,
        codes,
    } = Options::parse();
    let networks = NetworkConfig {
        width,
        side,
        ..NetworkConfig::PAPER
    };
    networks.validate()?;

    let mut draw = Draw {
        rng: ChaCha8Rng::seed_from_u64(seed),
        path: Vec::new(),
        transposed: true,
    };
    let drawn = Bigan::seeded(&networks, seed, &Device::flex());
    let generator = drawn.generator.map(&mut draw);
    draw.transposed = false;
    let bigan = Bigan {
        generator,
        encoder: drawn.encoder.map(&mut draw),
        discriminator: drawn.discriminator.map(&mut draw),
    };
    let training = Training {
        config: TrainerConfig {
            networks,
            ..TrainerConfig::default()
        },
        batch: 1,
        steps: 0,
        seed,
        flips: false,
        device: "none".to_owned(),
    };
    let name = format!("random-w{}", networks.width);
    let packing = bigan.pack(name, Precision::F32, Fit::Pad, training, dataset());
    let (mut card, files) = pollster::block_on(packing)?;
    std::fs::create_dir_all(&out)?;
    if let Some(width) = cutout {
        let (cutout, weights) = dark_cutout(width, seed)?;
        std::fs::write(out.join(&cutout.file().name), weights)?;
        card.cutout = Some(cutout);
    }
    if codes {
        let drawn = drawn_codes(networks.latent, seed).ok_or("too few codes were drawn")?;
        let (name, bytes) = card.set_codes(&drawn)?;
        std::fs::write(out.join(name), bytes)?;
    }
    for (name, bytes) in files {
        std::fs::write(out.join(name), bytes)?;
    }
    std::fs::write(out.join("model.json"), card.to_json()?)?;
    Ok(())
}

fn dataset() -> Dataset {
    Dataset {
        name: "none: the weights are random".to_owned(),
        licence: "CC0-1.0".to_owned(),
        images: 0,
    }
}

/// Codes nearer to each other than the prior's are, and not around zero.
fn drawn_codes(latent: usize, seed: u64) -> Option<Mixture> {
    let numbers = random::uniform(&mut ChaCha8Rng::seed_from_u64(seed), 2 * latent * latent);
    let codes: Vec<f32> = numbers.iter().map(|value| 0.3 + 0.5 * value).collect();
    Gaussian::of(&codes, latent).map(Mixture::from)
}

/// A network that finds what is dark, by one way through it; everything else in it is drawn, and adds a little.
fn dark_cutout(width: usize, seed: u64) -> Result<(CutoutCard, Vec<u8>), ModelError> {
    let config = CutoutTrainerConfig {
        network: CutoutConfig { width },
        learning_rate: 1e-3,
        steps: 0,
        batch: 1,
        seed,
    };
    let mut finder = FindDark(Draw {
        rng: ChaCha8Rng::seed_from_u64(seed),
        path: Vec::new(),
        transposed: false,
    });
    let network = CutoutTrainer::new(config, &Device::flex()).network();
    let network = network.map(&mut finder);
    let description = CutoutDescription {
        name: format!("dark-w{width}"),
        training: CutoutTraining {
            config,
            steps: 0,
            device: "none".to_owned(),
        },
        dataset: dataset(),
        test: None,
    };
    let packing = network.pack(description, Precision::F32);
    pollster::block_on(packing)
}

/// Draws every parameter and statistic of a network anew.
struct Draw {
    rng: ChaCha8Rng,
    /// The modules that the traversal is in, then the field.
    path: Vec<String>,
    /// Whether the network's convolutions are transposed ones.
    transposed: bool,
}

impl Draw {
    fn values(&mut self, shape: &[usize]) -> Vec<f32> {
        let count = shape.iter().product();
        let around = |mean: f32, reach: f32, rng: &mut ChaCha8Rng| {
            let values = random::uniform(rng, count).into_iter();
            values.map(|value| mean + reach * value).collect()
        };
        match (shape, self.path.last().map_or("", String::as_str)) {
            ([_], "gamma" | "running_var") => around(1.0, 0.2, &mut self.rng),
            ([_], _) => around(0.0, 0.1, &mut self.rng),
            _ => {
                // How many inputs meet in an output: of a transposed convolution with stride 2, a quarter of the kernel.
                let inputs = match shape {
                    [inputs, _, height, width] if self.transposed => inputs * height * width / 4,
                    [_, rest @ ..] if shape.len() == 4 => rest.iter().product(),
                    _ => shape[0],
                };
                let deviation = (2.0 / inputs as f32).sqrt();
                let values = random::normal(&mut self.rng, count).into_iter();
                values.map(|value| deviation * value).collect()
            }
        }
    }
}

impl ModuleMapper for Draw {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| with_values(&old, self.values(&old.dims())))
    }
}

/// [`Draw`], but for a channel of the first layer that says how dark it is, and the kernels of the last layer that read it.
struct FindDark(Draw);

impl FindDark {
    fn values(&mut self, shape: &[usize]) -> Vec<f32> {
        let mut values = self.0.values(shape);
        let path = self.0.path.join(".");
        let per_channel = values.len() / shape[0];
        match path.as_str() {
            // The mean of what a kernel covers, upside down.
            "conv1.weight" => values[..per_channel].fill(-1.0 / per_channel as f32),
            "bn1.gamma" | "bn1.running_var" => values[0] = 1.0,
            "conv1.bias" | "bn1.beta" | "bn1.running_mean" => values[0] = 0.0,
            // Of its inputs, the second half are the first layer's channels.
            "deconv4.weight" => {
                values.iter_mut().for_each(|value| *value *= 0.05);
                let dark = shape[0] / 2 * per_channel;
                // A pixel meets 4 to 9 of the 25 weights.
                values[dark..dark + per_channel].fill(2.0);
            }
            "deconv4.bias" => values[0] = 0.0,
            _ => {}
        }
        values
    }
}

impl ModuleMapper for FindDark {
    fn enter_module(&mut self, name: &str, kind: &str) {
        self.0.enter_module(name, kind);
    }

    fn exit_module(&mut self, name: &str, kind: &str) {
        self.0.exit_module(name, kind);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| with_values(&old, self.values(&old.dims())))
    }
}

fn with_values<const D: usize>(old: &Tensor<D>, values: Vec<f32>) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, old.dims()), &old.device())
}

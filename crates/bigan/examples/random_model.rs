//! Writes a model directory of networks that nobody trained, for benchmarks at widths no model is published in.
//!
//! Weights are drawn so that values neither die nor explode on their way (He et al., 2015), and batch norms so that each
//! of their four numbers counts; otherwise two programs would agree on grey pictures whatever they computed.

use std::error::Error;
use std::path::PathBuf;

use bigan::card::Training;
use bigan::weights::Dataset;
use bigan::{Bigan, ModelCard, NetworkConfig, Precision, TrainerConfig, random};
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
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options { out, width, seed } = Options::parse();
    let networks = NetworkConfig {
        width,
        ..NetworkConfig::PAPER
    };
    networks.validate()?;

    let mut draw = Draw {
        rng: ChaCha8Rng::seed_from_u64(seed),
        field: String::new(),
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
    let dataset = Dataset {
        name: "none: the weights are random".to_owned(),
        licence: "CC0-1.0".to_owned(),
        images: 0,
    };
    let name = format!("random-w{}", networks.width);
    let packing = ModelCard::pack(&bigan, name, Precision::F32, Fit::Pad, training, dataset);
    let (card, files) = pollster::block_on(packing)?;
    std::fs::create_dir_all(&out)?;
    for (name, bytes) in files {
        std::fs::write(out.join(name), bytes)?;
    }
    std::fs::write(out.join("model.json"), card.to_json()?)?;
    Ok(())
}

/// Draws every parameter and statistic of a network anew.
struct Draw {
    rng: ChaCha8Rng,
    /// The field that the traversal is in.
    field: String,
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
        match (shape, self.field.as_str()) {
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
        name.clone_into(&mut self.field);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| {
            let shape = old.dims();
            let data = TensorData::new(self.values(&shape), shape);
            Tensor::from_data(data, &old.device())
        })
    }
}

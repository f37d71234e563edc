//! `train --dry-run`: what would be trained, on what, and how much memory it takes.

use anyhow::Result;
use bigan::{LossWeights, NetworkConfig, Phase, RunConfig, TERMS, Term};
use inference::layers::{self, LayerKind};
use serde::Serialize;

/// A layer with weights.
#[derive(Debug, Serialize, PartialEq)]
struct Layer {
    name: String,
    /// Of its kernel or matrix; of a batch norm, its channels.
    weight: Vec<usize>,
    /// What it makes of one picture or code.
    output: Vec<usize>,
    /// Numbers that are learnt.
    parameters: usize,
}

/// A network.
#[derive(Debug, Serialize)]
struct Network {
    name: &'static str,
    layers: Vec<Layer>,
    parameters: usize,
}

/// Bytes, estimated.
#[derive(Debug, Serialize)]
struct Memory {
    /// Weights, their gradients, and Adam's two moments.
    weights: u64,
    /// What every layer of a step's passes keeps for its gradient.
    activations: u64,
    /// A copy of weights and moments, while a checkpoint is written.
    checkpoint: u64,
    /// The photographs trained on, if all are held in memory.
    photographs: u64,
}

/// All that is told.
#[derive(Serialize)]
struct Plan<'a> {
    networks: [Network; 3],
    memory: Memory,
    config: &'a RunConfig,
    /// Who has what, where several ranks train.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    ranks: &'a [String],
}

/// Bytes that training takes, estimated: without the photographs, which need not all be in memory.
pub fn needed(config: &RunConfig) -> u64 {
    let memory = memory(&networks(&config.trainer.networks), config);
    memory
        .weights
        .saturating_add(memory.activations)
        .saturating_add(memory.checkpoint)
}

/// Prints the plan of a run, and who of its `ranks` has what.
pub fn print(config: &RunConfig, ranks: &[String], json: bool) -> Result<()> {
    let networks = networks(&config.trainer.networks);
    let plan = Plan {
        memory: memory(&networks, config),
        networks,
        config,
        ranks,
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&plan)?);
        return Ok(());
    }
    for network in &plan.networks {
        println!(
            "{}: {} parameters",
            network.name,
            thousands(network.parameters)
        );
        for layer in &network.layers {
            let [weight, output] = [&layer.weight, &layer.output].map(|shape| sizes(shape));
            let parameters = thousands(layer.parameters);
            println!(
                "  {:<10}{weight:>16}  -> {output:<12}{parameters:>12}",
                layer.name
            );
        }
    }
    let megabytes = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
    let Memory {
        weights,
        activations,
        checkpoint,
        photographs,
    } = plan.memory;
    println!(
        "memory, estimated: {} (weights, gradients and Adam's moments {}, activations of a batch of {} {}, writing a \
         checkpoint {}, photographs {})",
        megabytes(needed(config).saturating_add(photographs)),
        megabytes(weights),
        config.batch,
        megabytes(activations),
        megabytes(checkpoint),
        megabytes(photographs),
    );
    print_losses(&config.trainer.losses);
    println!("photographs to train on: {}", config.photographs);
    for rank in ranks {
        println!("{rank}");
    }
    println!("settings: {}", serde_json::to_string_pretty(config)?);
    println!("nothing was made; leave --dry-run out to train");
    Ok(())
}

/// What is minimised: each term that counts, with its weight.
fn print_losses(weights: &LossWeights) {
    println!("losses:");
    for term in TERMS.iter().filter(|term| term.counts_in(weights)) {
        let Term {
            symbol,
            about,
            source,
            ..
        } = term;
        let players = match term.phase() {
            Phase::Discriminator => "D",
            Phase::GeneratorEncoder => "G and E",
            Phase::Both => "D, G and E",
        };
        println!(
            "  {:<8}{symbol:<26}{about} ({source}; minimised by {players})",
            term.weight_in(weights)
        );
    }
}

fn networks(config: &NetworkConfig) -> [Network; 3] {
    let layers::Networks {
        encoder,
        generator,
        discriminator,
    } = layers::Networks::new(config);
    [
        Network::new("generator", generator.iter()),
        Network::new("encoder", encoder.iter()),
        Network::new("discriminator", discriminator.layers()),
    ]
}

impl Network {
    fn new<'a>(name: &'static str, layers: impl Iterator<Item = &'a layers::Layer>) -> Self {
        let layers: Vec<Layer> = layers.flat_map(rows).collect();
        Self {
            name,
            parameters: layers.iter().map(|layer| layer.parameters).sum(),
            layers,
        }
    }
}

/// A layer's row, and that of its batch norm.
fn rows(layer: &layers::Layer) -> Vec<Layer> {
    let side = layer.side_made();
    let output = match layer.kind {
        LayerKind::Conv2d { .. } | LayerKind::ConvTranspose2d => vec![layer.outputs, side, side],
        LayerKind::Linear => vec![layer.stored],
        LayerKind::Minibatch(_) => vec![layer.outputs],
    };
    let norm = layer.norm.map(|norm| Layer {
        name: norm.name.to_owned(),
        weight: vec![norm.channels],
        // Of a fully connected layer before a feature map several outputs are one channel.
        output: match layer.outputs / norm.channels {
            1 => output.clone(),
            positions => vec![norm.channels, positions.isqrt(), positions.isqrt()],
        },
        parameters: 2 * norm.channels,
    });
    let own = Layer {
        name: layer.name.to_owned(),
        weight: layer.weight_shape(),
        output,
        parameters: layer.parameters() - norm.as_ref().map_or(0, |norm| norm.parameters),
    };
    [own].into_iter().chain(norm).collect()
}

fn memory(networks: &[Network; 3], config: &RunConfig) -> Memory {
    const NUMBER: u64 = 4;
    let parameters: u64 = networks
        .iter()
        .map(|network| network.parameters as u64)
        .sum();
    let kept = |network: &Network| -> u64 {
        let outputs = network
            .layers
            .iter()
            .map(|layer| layer.output.iter().product::<usize>());
        outputs.sum::<usize>() as u64
    };
    let [generator, encoder, discriminator] = networks;
    // G sees codes of both kinds, E pictures and samples, D real and generated pairs, and what losses add to those; a
    // leaky ReLU keeps as much as the layer before it, and half of the layers have one.
    let trainer = &config.trainer;
    let perturbed = trainer.losses.noise_penalty != 0.0;
    let pairs = trainer.kinds_of_pairs() as u64 + u64::from(perturbed);
    let passes = 2 * (kept(generator) + kept(encoder)) + pairs * kept(discriminator);
    Memory {
        weights: 4 * NUMBER * parameters,
        activations: (config.batch as u64).saturating_mul(NUMBER * passes * 3 / 2),
        checkpoint: 3 * NUMBER * parameters,
        photographs: config.photographs * config.trainer.networks.values() as u64,
    }
}

fn sizes(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    sizes.join("x")
}

/// 5,082,883
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATOR: usize = 5_135_363;
    const ENCODER: usize = 5_967_452;
    const DISCRIMINATOR: usize = 8_204_161;

    #[test]
    fn the_papers_networks_have_the_papers_shapes() {
        let networks = networks(&NetworkConfig::default());
        // Summed by hand over figures 1 to 3.
        let parameters = networks.each_ref().map(|network| network.parameters);
        assert_eq!(parameters, [GENERATOR, ENCODER, DISCRIMINATOR]);
        let find = |network: usize, layer: &str| {
            let layers = &networks[network].layers;
            let found = layers.iter().find(|found| found.name == layer);
            found.map(|layer| layer.output.clone())
        };
        for (network, layer, shape) in [
            (0, "fc", vec![8192]),
            (0, "bn0", vec![512, 4, 4]),
            (0, "deconv1", vec![256, 8, 8]),
            (0, "deconv4", vec![3, 64, 64]),
            (1, "conv1", vec![64, 32, 32]),
            (1, "bn4", vec![512, 4, 4]),
            (1, "bn5", vec![200]),
            (1, "fc2", vec![100]),
            (2, "bn5", vec![512, 2, 2]),
            (2, "z2", vec![256]),
            (2, "fc3", vec![1]),
        ] {
            assert_eq!(find(network, layer), Some(shape), "{layer}");
        }
        let conv = &networks[1].layers[0];
        assert_eq!(
            (conv.weight.clone(), conv.parameters),
            (vec![64, 3, 5, 5], 64 * 75 + 64)
        );
    }

    #[test]
    fn large_numbers_are_readable() {
        assert_eq!(
            [0, 999, 1000, 5_082_883].map(thousands),
            ["0", "999", "1,000", "5,082,883"]
        );
    }
}

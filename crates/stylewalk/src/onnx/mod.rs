//! The three networks as ONNX models, for other programs to run: inference, any batch, batch norms as operators.

mod graph;
mod layers;

use anyhow::{Context, Result};
use bigan::burn::module::Module;
use bigan::{Bigan, NetworkConfig, Precision, weights};
use inference::card::Prior;
use inference::layers::Networks;
use layers::Layers;

/// The files of an exported model.
pub const FILES: [&str; 3] = ["generator.onnx", "encoder.onnx", "discriminator.onnx"];

/// The three models' files, in the order of [`FILES`]; D's is missing where D compares the pictures of a batch with each
/// other (minibatch discrimination), for which there are no operators.
///
/// # Errors
/// When the weights cannot be read from the device, or a network has a layer that cannot be exported.
pub fn encode(bigan: &Bigan, config: &NetworkConfig) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let weights = [
        stored(FILES[0], &bigan.generator)?,
        stored(FILES[1], &bigan.encoder)?,
        stored(FILES[2], &bigan.discriminator)?,
    ];
    let networks = Networks::new(config);
    let build = [generator, encoder, discriminator];
    let mut files = Vec::new();
    let made = if config.minibatch.kernels > 0 { 2 } else { 3 };
    for ((name, bytes), build) in FILES.into_iter().zip(&weights).zip(build).take(made) {
        let model =
            build(bytes, config, &networks).with_context(|| format!("could not make {name}"))?;
        files.push((name, model));
    }
    Ok(files)
}

/// A network's weights as a safetensors file, which names them.
fn stored<M: Module>(file: &str, network: &M) -> Result<Vec<u8>> {
    let bytes = pollster::block_on(weights::encode(file, network, Precision::F32));
    bytes.with_context(|| format!("could not make {file}"))
}

/// What the file of a network that takes or makes codes says of those that are drawn.
const CODES: (&str, &str) = ("z", Prior::UNIFORM);

/// `z` `[batch, latent]` to `x` `[batch, 3, 64, 64]`: figure 1.
fn generator(weights: &[u8], config: &NetworkConfig, networks: &Networks) -> Result<Vec<u8>> {
    let mut net = Layers::new(weights)?;
    net.graph.input("z", &[config.latent]);
    net.graph.output("x", &[3, config.side, config.side]);
    net.chain(&networks.generator, "z", Some("x"))?;
    net.finish(
        "generator",
        "G of a bidirectional GAN: codes z, of which new ones are drawn uniformly from [-1, 1], to pictures x in [-1, 1], \
         RGB planes",
        &[CODES],
    )
}

/// `x` to `z`, and to `log_variance` where E is stochastic: figure 2.
fn encoder(weights: &[u8], config: &NetworkConfig, networks: &Networks) -> Result<Vec<u8>> {
    let mut net = Layers::new(weights)?;
    net.graph.input("x", &[3, config.side, config.side]);
    net.graph.output("z", &[config.latent]);
    if config.stochastic {
        net.graph.output("log_variance", &[config.latent]);
        let both = net.chain(&networks.encoder, "x", None)?;
        net.part("z", &both, 0, config.latent);
        net.part("log_variance", &both, config.latent, 2 * config.latent);
    } else {
        net.chain(&networks.encoder, "x", Some("z"))?;
    }
    net.finish(
        "encoder",
        "E of a bidirectional GAN: pictures x in [-1, 1], RGB planes, to codes z",
        &[],
    )
}

/// `x` and `z` to `score`, D's probability that the pair is real: figure 3.
fn discriminator(weights: &[u8], config: &NetworkConfig, networks: &Networks) -> Result<Vec<u8>> {
    let layers = &networks.discriminator;
    let mut net = Layers::new(weights)?;
    net.graph.input("x", &[3, config.side, config.side]);
    net.graph.input("z", &[config.latent]);
    net.graph.output("score", &[1]);
    let map = net.chain(&layers.pictures, "x", None)?;
    let x = net.flatten(&map);
    let z = net.chain(&layers.codes, "z", None)?;
    let joint = net.concatenate("joint", &[&x, &z]);
    let logit = net.chain(&layers.joint, &joint, None)?;
    net.graph.node("Sigmoid", "score", &[&logit], &[]);
    net.finish(
        "discriminator",
        "D of a bidirectional GAN: the probability, 0 to 1, that the encoder made the pair of picture x and code z",
        &[],
    )
}

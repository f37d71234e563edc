//! `stylewalk import`: turns weights that PyTorch trained into a model directory.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::burn::module::Module;
use bigan::burn::tensor::Device;
use bigan::card::Training;
use bigan::weights::{self, StoredTensors, Tensors};
use bigan::{Bigan, MinibatchConfig, NetworkConfig, Precision, TrainerConfig};
use clap::Args;
use inference::layers::TensorShape;
use serde_json::json;

use crate::dataset::DatasetArgs;
use crate::device::DeviceArgs;
use crate::weight_file::WeightFile;
use crate::{files, model_dir};

/// What the networks' files, or the parts of one file, are called.
const NETWORKS: [&str; 3] = ["generator", "encoder", "discriminator"];
/// The endings of weight files.
const ENDINGS: [&str; 3] = ["safetensors", "pth", "pt"];

/// `stylewalk import`
#[derive(Args)]
pub struct ImportArgs {
    /// A state dict (.pth or .safetensors) whose tensors are called `generator.fc.weight`, `encoder.conv1.bias` and so on,
    /// or a folder with one such file for each network, generator.pth for example, without the network in the names. What
    /// PyTorch's wrappers and checkpoints put around the names (`module.`, `_orig_mod.`, `state_dict`) is passed over.
    weights: PathBuf,
    /// The model directory to write; a model that is there is replaced.
    #[arg(long)]
    out: PathBuf,
    /// How weights are stored: f32, f16 or int8.
    #[arg(long, default_value = "f32")]
    dtype: Precision,
    /// How photographs were made square for training: pad or crop.
    #[arg(long, default_value = "pad")]
    fit: images::Fit,
    /// The model's name.
    #[arg(long, default_value = "imported")]
    name: String,
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Print what was imported as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Imports a model.
pub fn run(args: ImportArgs) -> Result<()> {
    ensure!(
        !files::is_same(&args.weights, &args.out),
        "--out is the folder of the weights themselves; name another"
    );
    model_dir::check_out(&args.out)?;
    let device = args.device.open()?.device;
    let (networks, bigan) = read(&args.weights, &device)
        .with_context(|| format!("{} cannot be imported", args.weights.display()))?;
    let training = Training {
        config: TrainerConfig {
            networks,
            ..TrainerConfig::default()
        },
        batch: 0,
        steps: 0,
        seed: 0,
        flips: false,
        device: "elsewhere".to_owned(),
    };
    let dataset = args.dataset.of(0);
    let packed = bigan.pack(args.name, args.dtype, args.fit, training, dataset);
    let (card, weights) = pollster::block_on(packed)?;
    model_dir::save(&args.out, &card, weights)?;
    let NetworkConfig { width, latent, .. } = networks;
    if args.json {
        println!(
            "{}",
            json!({ "out": files::text(&args.out), "networks": networks, "dtype": args.dtype })
        );
    } else {
        println!(
            "{}: width {width}, latent {latent}, in {}",
            args.out.display(),
            args.dtype
        );
    }
    Ok(())
}

/// The three networks' weight files, as bytes and what they are called in messages; one file thrice if all are in one.
struct Source {
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Source {
    fn read(path: &Path) -> Result<Self> {
        let paths = if path.is_dir() {
            let paths = NETWORKS.map(|network| in_folder(path, network));
            paths.into_iter().collect::<Result<Vec<_>>>()?
        } else {
            vec![path.to_owned()]
        };
        let read = |path: PathBuf| Ok((path.clone(), files::read(&path)?));
        Ok(Self {
            files: paths.into_iter().map(read).collect::<Result<_>>()?,
        })
    }

    /// The tensors of a network, and what stands before their names.
    fn tensors(&self, network: usize) -> Result<(WeightFile<'_>, String)> {
        let one = self.files.len() == 1;
        let (path, bytes) = &self.files[if one { 0 } else { network }];
        let prefix = if one {
            format!("{}.", NETWORKS[network])
        } else {
            String::new()
        };
        let tensors = WeightFile::open(bytes).with_context(|| path.display().to_string())?;
        Ok((tensors, prefix))
    }
}

/// The file of a network in a folder, whatever its ending.
fn in_folder(folder: &Path, network: &str) -> Result<PathBuf> {
    let paths = ENDINGS.map(|ending| folder.join(format!("{network}.{ending}")));
    let found = paths.into_iter().find(|path| path.is_file());
    found.with_context(|| format!("it holds no {network}.safetensors and no {network}.pth"))
}

/// The networks in `path`, of whatever width and latent size their tensors have.
fn read(path: &Path, device: &Device) -> Result<(NetworkConfig, Bigan)> {
    let source = Source::read(path)?;
    let config = config(&source)?;
    config.validate()?;
    let Bigan {
        generator,
        encoder,
        discriminator,
    } = Bigan::new(&config, device);
    let bigan = Bigan {
        generator: filled(generator, &source, 0)?,
        encoder: filled(encoder, &source, 1)?,
        discriminator: filled(discriminator, &source, 2)?,
    };
    Ok((config, bigan))
}

/// The settings that the tensors' shapes imply.
fn config(source: &Source) -> Result<NetworkConfig> {
    let size = |network: usize, tensor: &str, axis: usize| -> Result<usize> {
        let (tensors, prefix) = source.tensors(network)?;
        let name = format!("{prefix}{tensor}");
        let shape = tensors.shape(&name);
        let shape =
            shape.with_context(|| format!("there is no tensor `{name}`; {}", tensors.told()))?;
        shape
            .get(axis)
            .copied()
            .with_context(|| format!("`{name}` has too few axes"))
    };
    let latent = size(0, "fc.weight", 1)?;
    let outputs = size(1, "fc2.weight", 0)?;
    ensure!(
        outputs == latent || outputs == 2 * latent,
        "G takes {latent} numbers, but E returns {outputs}: neither a code nor its mean and variance"
    );
    // One convolution more halves a picture of twice the side.
    let (encoder, prefix) = source.tensors(1)?;
    let is_there = |number: &usize| {
        let name = format!("{prefix}conv{number}.weight");
        encoder.shape(&name).is_some()
    };
    let convolutions = (1..=6).take_while(is_there).count();
    Ok(NetworkConfig {
        side: 4 << convolutions,
        width: size(1, "conv1.weight", 0)?,
        latent,
        stochastic: outputs != latent,
        // Minibatch discrimination cannot be imported: a D that has it is refused below, by its shapes.
        minibatch: MinibatchConfig::OFF,
    })
}

/// `module` with the source's weights, which are checked as those of any model are.
fn filled<M: Module>(module: M, source: &Source, network: usize) -> Result<M> {
    let (stored, prefix) = source.tensors(network)?;
    let tensors = Tensors::of_others(NETWORKS[network], &stored);
    let get = |slot: &TensorShape| tensors.get(&format!("{prefix}{}", slot.name), &slot.shape);
    Ok(weights::read(module, get)?)
}

//! What every variant takes that the device offers, training's and inference's, and plain matrix products beside them.

use std::rc::Rc;

use bigan::{NetworkConfig, TrainerConfig};
use inference::gpu::Pipelines;
use inference::gpu::survey::Survey;
use inference::layers::{Layer, LayerKind, Networks};
use kernels::roofline::{Settings, measure};
use kernels::survey::{Measured, times};
use kernels::{ConvolutionProblem, OpenDevice, tune};
use pollster::block_on;

use crate::clock::Clock;
use crate::lines::{Line, Product, Timed};
use crate::{On, Outcome, adapter, leave_out, say};

/// What is left out where time is over.
const TIMES: &str = "times of variants";
/// How products are timed.
const PRODUCTS: Settings = Settings {
    runs: 3,
    least: 20.0,
};

/// Times, what matters most first.
pub fn run(open: &OpenDevice, on: &On, clock: &Clock) -> Outcome {
    say(&Line::Adapter(adapter::described(open)))?;
    for speed in block_on(measure(open, &[], &PRODUCTS, &|| clock.now()))? {
        say(&Line::Product(Product {
            name: speed.name,
            who: speed.who.to_owned(),
            gflops: speed.gflops,
        }))?;
    }
    let pipelines = open.gpu.clone().map(|gpu| Rc::new(Pipelines::new(gpu)));
    let mut seen = Vec::new();
    for [width, batch] in on.settings() {
        let config = TrainerConfig {
            networks: NetworkConfig {
                width,
                ..NetworkConfig::PAPER
            },
            ..TrainerConfig::default()
        };
        for problem in config.convolutions(batch) {
            if !seen.contains(&problem) {
                seen.push(problem);
                training(open, problem, clock)?;
            }
        }
        if let Some(file) = &on.tuned {
            std::fs::write(file, tune::to_text(open))?;
        }
        if let Some(pipelines) = &pipelines {
            inferring(pipelines, &config.networks, batch, clock)?;
        }
    }
    Ok(())
}

fn training(open: &OpenDevice, problem: ConvolutionProblem, clock: &Clock) -> Outcome {
    let name = problem.to_string();
    if clock.is_over() {
        return leave_out(TIMES, format!("training's {name}"));
    }
    let (operation, shape) = name.split_once(' ').unwrap_or((&name, ""));
    for way in block_on(times(open, problem, &|| clock.now()))? {
        say(&Line::Timed(Timed {
            training: true,
            operation: operation.to_owned(),
            shape: shape.to_owned(),
            batch: problem.batch(),
            variant: way.name,
            milliseconds: match way.measured {
                Measured::Is(milliseconds) => Some(milliseconds),
                _ => None,
            },
            multiply_adds: problem.multiply_adds(),
            guessed: way.guessed,
            taken: way.taken,
        }))?;
    }
    Ok(())
}

fn inferring(
    pipelines: &Rc<Pipelines>,
    config: &NetworkConfig,
    batch: usize,
    clock: &Clock,
) -> Outcome {
    for layer in layers(config) {
        let shape = shape(&layer);
        if clock.is_over() {
            leave_out(TIMES, format!("inference's {shape}, batch {batch}"))?;
            continue;
        }
        let Some(survey) = Survey::new(Rc::clone(pipelines), &layer)? else {
            continue;
        };
        for one in block_on(survey.times(batch, &|| clock.now()))? {
            let (operation, shape) = shape.split_once(' ').unwrap_or((&shape, ""));
            say(&Line::Timed(Timed {
                training: false,
                operation: operation.to_owned(),
                shape: format!("{shape}, batch {batch}"),
                batch,
                variant: one.variant.to_string(),
                milliseconds: one.measured,
                multiply_adds: (batch * multiply_adds(&layer)) as f64,
                guessed: one.guessed,
                taken: one.taken,
            }))?;
        }
    }
    Ok(())
}

/// The layers of all networks, each shape once.
pub fn layers(config: &NetworkConfig) -> Vec<Layer> {
    let Networks {
        encoder,
        generator,
        discriminator,
    } = Networks::new(config);
    let of_discriminator = [
        discriminator.pictures,
        discriminator.codes,
        discriminator.joint,
    ];
    let mut layers: Vec<Layer> = Vec::new();
    for layer in [encoder, generator]
        .into_iter()
        .chain(of_discriminator)
        .flatten()
    {
        if !layers.iter().any(|other| shape(other) == shape(&layer)) {
            layers.push(layer);
        }
    }
    layers
}

/// `conv2d 3 -> 64, 64x64, 5x5`: as training's convolutions are named.
pub fn shape(layer: &Layer) -> String {
    let (inputs, outputs, side) = (layer.inputs, layer.outputs, layer.side);
    let image = match layer.kind {
        LayerKind::ConvTranspose2d => 2 * side,
        _ => side,
    };
    match layer.kind {
        LayerKind::Conv2d { kernel } => {
            format!("conv2d {inputs} -> {outputs}, {image}x{image}, {kernel}x{kernel}")
        }
        LayerKind::ConvTranspose2d => {
            format!("conv_transpose2d {inputs} -> {outputs}, {image}x{image}, 5x5")
        }
        LayerKind::Linear | LayerKind::Minibatch(_) => format!("dense {inputs} -> {outputs}"),
    }
}

/// Of a sample.
fn multiply_adds(layer: &Layer) -> usize {
    let side = match layer.kind {
        LayerKind::Conv2d { .. } => layer.side_made(),
        LayerKind::ConvTranspose2d => layer.side,
        LayerKind::Linear | LayerKind::Minibatch(_) => 1,
    };
    layer.weights() * side * side
}

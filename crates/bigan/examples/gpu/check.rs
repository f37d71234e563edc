//! Whether the device computes what it should: every variant that it offers beside the CPU, and training steps beside Burn's.

use std::rc::Rc;

use bigan::NetworkConfig;
use bigan::networks::convolutions_of_a_batch;
use inference::gpu::Pipelines;
use inference::gpu::survey::{Survey, allowed};
use kernels::survey::{Measured, differences};
use kernels::{ConvolutionProblem, OpenDevice};
use pollster::block_on;

use crate::clock::Clock;
use crate::lines::{Compared, Line, Losses};
use crate::variants::{layers, shape};
use crate::{On, Outcome, adapter, leave_out, say, side_by_side};

/// No number of channels of it fills a block.
const ODD: usize = 3;
/// Samples: no whole block of them either.
const SAMPLES: usize = 3;
/// How far results of convolutions may be from the CPU's, as a part of the largest of them: sums of up to some ten thousand
/// products in another order.
const APART: f64 = 1e-4;
/// The training that is compared.
const TRAINED: NetworkConfig = NetworkConfig {
    width: 4,
    ..NetworkConfig::PAPER
};
const STEPS: usize = 3;
/// What is left out where time is over.
const COMPARING: &str = "comparing variants with the CPU";

/// Compares, whole training steps in any case.
pub fn run(open: &OpenDevice, on: &On, clock: &Clock) -> Outcome {
    say(&Line::Adapter(adapter::described(open)))?;
    let pipelines = open.gpu.clone().map(|gpu| Rc::new(Pipelines::new(gpu)));
    let mut widths = vec![ODD];
    widths.extend(on.widths.iter().filter(|width| **width != ODD));
    for width in widths {
        let config = NetworkConfig {
            width,
            ..NetworkConfig::PAPER
        };
        for problem in convolutions_of_a_batch(&config, SAMPLES) {
            training(open, problem, clock)?;
        }
        if let Some(pipelines) = &pipelines {
            inferring(pipelines, &config, clock)?;
        }
    }
    losses(open)
}

fn losses(open: &OpenDevice) -> Outcome {
    let found = side_by_side::losses(TRAINED, &open.device, STEPS)?;
    for (step, [ours, burns]) in (1..).zip(found) {
        let finite =
            |losses: [f32; 2]| losses.map(|loss| Some(loss).filter(|loss| loss.is_finite()));
        say(&Line::Losses(Losses {
            step,
            ours: finite(ours),
            burns: finite(burns),
            allowed: side_by_side::TOLERANCE,
        }))?;
    }
    Ok(())
}

fn training(open: &OpenDevice, problem: ConvolutionProblem, clock: &Clock) -> Outcome {
    if clock.is_over() {
        return leave_out(COMPARING, format!("training's {problem}"));
    }
    for way in block_on(differences(open, problem))? {
        say(&Line::Compared(Compared {
            what: format!("training's {problem}"),
            variant: way.name,
            refused: way.measured == Measured::Refused,
            apart: match way.measured {
                Measured::Is(apart) => Some(apart),
                _ => None,
            },
            allowed: APART,
        }))?;
    }
    Ok(())
}

fn inferring(pipelines: &Rc<Pipelines>, config: &NetworkConfig, clock: &Clock) -> Outcome {
    for layer in layers(config) {
        let what = format!("inference's {}", shape(&layer));
        if clock.is_over() {
            leave_out(COMPARING, what)?;
            continue;
        }
        let Some(survey) = Survey::new(Rc::clone(pipelines), &layer)? else {
            continue;
        };
        for one in block_on(survey.differences(SAMPLES))? {
            say(&Line::Compared(Compared {
                what: what.clone(),
                variant: one.variant.to_string(),
                refused: one.measured.is_none(),
                apart: one.measured.filter(|apart| apart.is_finite()),
                allowed: allowed(&one.variant),
            }))?;
        }
    }
    Ok(())
}

//! Times the convolutions of the networks, ours and Burn's, beside plain matrix products on the same device: one JSON
//! object a line on standard output.
//!
//! `kernels [--device cpu] [--width 64] [--batch 1] [--runs 3] [--least 50]`
//!
//! Every line has a `name`, `who` computed it, and `gflops` of each run; the runs of everything are in turns. `least` is
//! the milliseconds that a run repeats its operation for. `cargo xtask bench kernels` makes a table of them.

use std::error::Error;
use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use kernels::{Case, DeviceChoice, DeviceKindName, Task, open, product, time};

/// Something to time: what the table calls it, whose it is, its multiply-adds, and how often it ran how fast.
struct Entry {
    name: String,
    who: &'static str,
    multiply_adds: f64,
    milliseconds: Vec<f64>,
    work: Work,
}

/// What an entry does.
enum Work {
    Convolution(Case, [Tensor<4>; 2], bool),
    Product([Tensor<2>; 2], bool),
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str, default: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1).cloned())
            .unwrap_or_else(|| default.to_owned())
    };
    let device: DeviceChoice = option("--device", "cpu").parse()?;
    let (width, batch) = (
        option("--width", "64").parse()?,
        option("--batch", "1").parse()?,
    );
    let runs: usize = option("--runs", "3").parse()?;
    let least: f64 = option("--least", "50").parse()?;

    let open = pollster::block_on(open(device))?;
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64() * 1e3;
    let cases = cases(width, batch);
    #[cfg(not(feature = "cuda"))]
    pollster::block_on(kernels::tune::tune(&open, &cases, &now))?;
    let sides: &[usize] = match open.kind {
        // It takes minutes for matrices that a real one is only warmed up by.
        DeviceKindName::SoftwareGpu => &[256],
        _ => &[512, 1024, 2048],
    };
    let mut entries = entries(&cases, sides, &open.device);
    for _ in 0..runs.max(1) {
        for entry in &mut entries {
            let taken = pollster::block_on(entry.work.time(&now, least))?;
            entry.milliseconds.push(taken);
        }
    }
    for entry in entries {
        let gflops = |milliseconds: &f64| 2e-6 * entry.multiply_adds / milliseconds;
        let gflops: Vec<f64> = entry.milliseconds.iter().map(gflops).collect();
        let line = serde_json::json!({
            "device": open.name,
            "name": entry.name,
            "who": entry.who,
            "gflops": gflops,
        });
        println!("{line}");
    }
    Ok(())
}

/// The three operations at each shape of the networks.
fn cases(width: usize, batch: usize) -> Vec<Case> {
    // Channels of the image and of the map, the image's side and the kernel's.
    let shapes = [
        ([3, width], 64, 5),
        ([width, 2 * width], 32, 5),
        ([2 * width, 4 * width], 16, 5),
        ([4 * width, 8 * width], 8, 5),
        ([8 * width, 8 * width], 4, 3),
    ];
    let cases = Task::ALL
        .into_iter()
        .flat_map(|task| shapes.map(|(channels, side, kernel)| (task, channels, side, kernel)));
    cases
        // The networks transpose no convolution with a kernel of 3, but their backward pass does.
        .filter_map(|(task, channels, side, kernel)| Case::new(task, batch, channels, side, kernel))
        .collect()
}

/// `sides` are those of square matrices.
fn entries(cases: &[Case], sides: &[usize], device: &Device) -> Vec<Entry> {
    let mut entries = Vec::new();
    for &side in sides {
        let random = || Tensor::random([side, side], Distribution::Uniform(-1.0, 1.0), device);
        let operands: [Tensor<2>; 2] = [random(), random()];
        for (who, ours) in [("ours", true), ("Burn's", false)] {
            entries.push(Entry {
                name: format!("matrix product {side}x{side}x{side}"),
                who,
                multiply_adds: (side as f64).powi(3),
                milliseconds: Vec::new(),
                work: Work::Product(operands.clone(), ours),
            });
        }
    }
    for case in cases {
        let operands = case.operands(device);
        for (who, ours) in [("ours", true), ("Burn's", false)] {
            entries.push(Entry {
                name: case.to_string(),
                who,
                multiply_adds: case.multiply_adds(),
                milliseconds: Vec::new(),
                work: Work::Convolution(*case, operands.clone(), ours),
            });
        }
    }
    entries
}

impl Work {
    async fn time(&self, now: &dyn Fn() -> f64, least: f64) -> Result<f64, Box<dyn Error>> {
        let taken = match self {
            Self::Convolution(case, operands, true) => {
                time(|| case.run(operands.clone()), now, least).await
            }
            Self::Convolution(case, operands, false) => {
                time(|| case.run_burns(operands.clone()), now, least).await
            }
            Self::Product([left, right], true) => {
                time(|| product(left.clone(), right.clone()), now, least).await
            }
            Self::Product([left, right], false) => {
                time(|| left.clone().matmul(right.clone()), now, least).await
            }
        };
        Ok(taken?)
    }
}

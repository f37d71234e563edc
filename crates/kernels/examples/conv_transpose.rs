//! Times our transposed convolution beside Burn's on the generator's shapes, in turns, on the best GPU that wgpu
//! reaches:
//!
//! `cargo run --release -p kernels -p stylewalk --example conv_transpose -- [WIDTH [BATCH [RUNS]]]`
//!
//! For an emulated GPU put `VK_DRIVER_FILES=/usr/lib/chromium/vk_swiftshader_icd.json` before it.

use std::{error::Error, time::Instant};

use burn::tensor::{Device, Distribution, Tensor, module, ops::ConvTransposeOptions};
use kernels::{DeviceChoice, conv_transpose2d, open};

type Operands = (Tensor<4>, Tensor<4>, Option<Tensor<1>>);

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<usize>());
    let mut next = |default| numbers.next().unwrap_or(Ok(default));
    let (width, batch, runs) = (next(64)?, next(1)?, next(7)?.max(1));

    let open = pollster::block_on(open(DeviceChoice::Wgpu))?;
    println!(
        "{}, width {width}, batch {batch}, medians of {runs} (fastest to slowest)",
        open.name
    );
    let layers = [
        (8 * width, 4 * width, 4),
        (4 * width, 2 * width, 8),
        (2 * width, width, 16),
        (width, 3, 32),
    ];
    let mut totals = [0.0; 2];
    for (channels_in, channels_out, side) in layers {
        let operands = operands([batch, channels_in, channels_out, side], &open.device);
        let times = in_turns(&operands, runs, &open.device)?;
        let products = batch * channels_in * channels_out * side * side * 25;
        print!("{channels_in:4} -> {channels_out:3}, {side:2}x{side:<2}");
        for (name, times) in ["ours", "Burn's"].iter().zip(&times) {
            let (median, fastest, slowest) = spread(times);
            let gflops = 2e-6 * products as f64 / median;
            print!("   {name} {median:8.2} ms ({fastest:.2} to {slowest:.2}) {gflops:6.2} GFLOP/s");
        }
        let [ours, burns] = times.map(|times| spread(&times).0);
        totals = [totals[0] + ours, totals[1] + burns];
        println!("   ratio {:.2}", ours / burns);
    }
    println!(
        "all four: {:.1} ms, Burn's {:.1} ms, ratio {:.2}",
        totals[0],
        totals[1],
        totals[0] / totals[1]
    );
    Ok(())
}

fn operands([b, i, o, side]: [usize; 4], device: &Device) -> Operands {
    let random = Distribution::Uniform(-1.0, 1.0);
    let x = Tensor::random([b, i, side, side], random, device);
    let weight = Tensor::random([i, o, 5, 5], random, device);
    (x, weight, Some(Tensor::random([o], random, device)))
}

fn burns((x, weight, bias): Operands) -> Tensor<4> {
    let options = ConvTransposeOptions::new([2, 2], [2, 2], [1, 1], [1, 1], 1);
    module::conv_transpose2d(x, weight, bias, options)
}

fn ours((x, weight, bias): Operands) -> Tensor<4> {
    conv_transpose2d(x, weight, bias)
}

/// Milliseconds of each run of each, after one run that compiles.
fn in_turns(
    operands: &Operands,
    runs: usize,
    device: &Device,
) -> Result<[Vec<f64>; 2], Box<dyn Error>> {
    let mut times = [Vec::new(), Vec::new()];
    for run in 0..=runs {
        for (times, operation) in times.iter_mut().zip([ours, burns]) {
            let operands = operands.clone();
            device.sync()?;
            let start = Instant::now();
            let result = operation(operands);
            device.sync()?;
            let elapsed = start.elapsed().as_secs_f64() * 1e3;
            drop(result);
            if run > 0 {
                times.push(elapsed);
            }
        }
    }
    Ok(times)
}

fn spread(times: &[f64]) -> (f64, f64, f64) {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[0], times[times.len() - 1])
}

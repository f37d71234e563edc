//! Training steps with our kernels against the same steps by Burn as it comes: the networks of `cargo xtask bench web`'s
//! plain contestant, from Burn's own modules, with nothing of ours in them.

#[path = "../../crates/workshop/examples/training/discriminator.rs"]
mod discriminator;
#[path = "../../crates/workshop/examples/plain/networks.rs"]
mod networks;
#[path = "../../crates/workshop/examples/training/plain_step.rs"]
mod plain_step;
#[path = "../../crates/workshop/examples/training/side_by_side.rs"]
mod side_by_side;
#[path = "../../crates/workshop/examples/plain/weights.rs"]
mod weights;

use bigan::NetworkConfig;
use burn::tensor::Device;
use side_by_side::{TOLERANCE, losses};
use tests::gpu;

const NETWORKS: NetworkConfig = NetworkConfig {
    width: 2,
    ..NetworkConfig::PAPER
};

#[test]
fn on_the_cpu() {
    compare(&Device::flex());
}

#[needs::gpu]
fn on_a_gpu() {
    gpu::in_child("on_a_gpu", compare);
}

/// Three steps from the same weights on the same draws.
fn compare(device: &Device) {
    for (step, [ours, burns]) in losses(NETWORKS, device, 3).unwrap().into_iter().enumerate() {
        for (ours, burns) in ours.into_iter().zip(burns) {
            let difference = (ours - burns).abs();
            assert!(
                difference < TOLERANCE,
                "step {step}: {ours}, Burn as it comes {burns}"
            );
        }
    }
}

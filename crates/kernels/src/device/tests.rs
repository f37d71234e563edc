//! Devices that are lost, and devices with no more than WebGPU's default limits.

use burn::tensor::{Tensor, TensorData};

use super::*;
use crate::conv2d;
use crate::emulated::on_emulated_gpu;

#[needs::gpu]
fn a_lost_device_can_be_opened_again() {
    on_emulated_gpu(
        "device::tests::a_lost_device_can_be_opened_again",
        |first| {
            let double = |open: &OpenDevice| {
                let twice = Tensor::<1>::from_floats([1.0, 2.0], &open.device) * 2.0;
                twice.try_into_vec_as::<f32>()
            };
            assert_eq!(double(&first).expect("a healthy device"), [2.0, 4.0]);
            let gpu = first.gpu.clone().expect("wgpu's handles");
            gpu.device.destroy();

            let second = pollster::block_on(open(DeviceChoice::Vulkan)).expect("a second device");
            assert_ne!(first.device, second.device);
            assert_eq!(double(&second).expect("a healthy device"), [2.0, 4.0]);
        },
    );
}

/// A browser's device may offer no more than WebGPU promises everywhere, and our shaders have to make do with it.
#[needs::gpu]
fn an_adapter_with_webgpus_default_limits_suffices() {
    on_emulated_gpu(
        "device::tests::an_adapter_with_webgpus_default_limits_suffices",
        |_| {
            let found = pollster::block_on(adapter::find(Reach::Vulkan)).expect("the adapter");
            let (features, limits) = (wgpu::Features::empty(), wgpu::Limits::default());
            let started = adapter::start_with(found, features, limits);
            let gpu = pollster::block_on(started).expect("default limits");
            let small = hand_to_burn(gpu).expect("a device for Burn");
            let gradients = |device: &Device| {
                let random = |shape: [usize; 4]| {
                    let values =
                        (0..shape.iter().product()).map(|at: usize| (at as f32 * 0.7).sin());
                    let data = TensorData::new(values.collect::<Vec<f32>>(), shape);
                    Tensor::<4>::from_data(data, &device.clone().autodiff()).require_grad()
                };
                let (image, weight) = (random([2, 16, 16, 16]), random([24, 16, 5, 5]));
                let map = conv2d(image.clone(), weight.clone(), None);
                let gradients = map.clone().tanh().sum().backward();
                let all = [
                    map.inner(),
                    image.grad(&gradients).expect("a gradient"),
                    weight.grad(&gradients).expect("a gradient"),
                ];
                all.map(|tensor| tensor.try_into_vec_as::<f32>().expect("a healthy device"))
            };
            let (ours, burns) = (gradients(&small.device), gradients(&Device::flex()));
            for (at, (ours, burns)) in ours.iter().zip(&burns).enumerate() {
                for (a, b) in ours.iter().zip(burns) {
                    assert!((a - b).abs() < 1e-3, "result {at}: {a} instead of {b}");
                }
            }
        },
    );
}

/// More programs than cards share them.
#[needs::gpu]
fn adapters_are_counted_round() {
    on_emulated_gpu("device::tests::adapters_are_counted_round", |first| {
        let later = open_among(DeviceChoice::Vulkan, 3);
        let later = pollster::block_on(later).expect("the same adapter once more");
        assert_eq!(first.name, later.name);
    });
}

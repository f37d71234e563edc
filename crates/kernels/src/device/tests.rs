use burn::tensor::Tensor;

use super::*;
use crate::emulated::on_emulated_gpu;

#[test]
fn a_lost_device_can_be_opened_again() {
    on_emulated_gpu(
        "device::tests::a_lost_device_can_be_opened_again",
        |first| {
            let double = |open: &OpenDevice| {
                let twice = Tensor::<1>::from_floats([1.0, 2.0], &open.device) * 2.0;
                twice.try_into_vec_as::<f32>()
            };
            assert_eq!(double(&first).expect("a healthy device"), [2.0, 4.0]);
            let setup = first.setup.clone().expect("wgpu's handles");
            setup.device.destroy();

            let second = pollster::block_on(open(DeviceChoice::Vulkan)).expect("a second device");
            assert_ne!(first.device, second.device);
            assert_eq!(double(&second).expect("a healthy device"), [2.0, 4.0]);
        },
    );
}

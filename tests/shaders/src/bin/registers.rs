//! Has the first Vulkan device compile the convolutions in 32 bits, or with the word `all` every shader, and prints what its compiler says of each: a line with the device's name,
//! then for each shader its name, registers of a lane, spilled registers and waves of a SIMD, with tabs between them.
//! `cargo xtask shaders` runs it on drivers that compile for GPUs which are not there.

use std::error::Error;
use std::ffi::{CStr, CString};

use ash::{khr, vk};
use compute::catalogue::{Item, every_shader};
use translations::Read;

fn main() -> Result<(), Box<dyn Error>> {
    let compiler = Compiler::open()?;
    println!("{}", compiler.name);
    let all = std::env::args().any(|word| word == "all");
    let wanted = |item: &Item| match all {
        true => !item.f16 || compiler.f16,
        false => item.name.starts_with("conv") && !item.f16,
    };
    for item in every_shader().into_iter().filter(wanted) {
        let said = compiler.compile(&item)?;
        let of = |name: &str| {
            let found = said.iter().find(|(found, _)| found == name);
            found.map_or_else(|| "?".to_owned(), |(_, value)| value.to_string())
        };
        let columns = ["VGPRs", "Spilled VGPRs", "Subgroups per SIMD"].map(of);
        println!("{}\t{}", item.name, columns.join("\t"));
    }
    Ok(())
}

/// A Vulkan device of which nothing but its compiler is used. It ends with the program.
struct Compiler {
    _entry: ash::Entry,
    device: ash::Device,
    executables: khr::pipeline_executable_properties::Device,
    name: String,
    f16: bool,
}

impl Compiler {
    fn open() -> Result<Self, Box<dyn Error>> {
        // SAFETY: the loader is the system's, and everything is made as Vulkan's specification says; the specification's
        // validation layers find nothing.
        unsafe {
            let entry = ash::Entry::load()?;
            let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_2);
            let described = vk::InstanceCreateInfo::default().application_info(&application);
            let instance = entry.create_instance(&described, None)?;
            let adapters = instance.enumerate_physical_devices()?;
            let adapter = *adapters.first().ok_or("no Vulkan device")?;
            let properties = instance.get_physical_device_properties(adapter);
            let mut offered = vk::PhysicalDeviceVulkan12Features::default();
            let mut all = vk::PhysicalDeviceFeatures2::default().push_next(&mut offered);
            instance.get_physical_device_features2(adapter, &mut all);
            let f16 = offered.shader_float16 == vk::TRUE;

            let queue = vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0]);
            let queues = [queue];
            let extensions = [khr::pipeline_executable_properties::NAME.as_ptr()];
            let mut statistics =
                vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default()
                    .pipeline_executable_info(true);
            let mut halves = vk::PhysicalDeviceVulkan12Features::default()
                .shader_float16(f16)
                .vulkan_memory_model(offered.vulkan_memory_model == vk::TRUE);
            let mut storage =
                vk::PhysicalDeviceVulkan11Features::default().storage_buffer16_bit_access(f16);
            let described = vk::DeviceCreateInfo::default()
                .queue_create_infos(&queues)
                .enabled_extension_names(&extensions)
                .push_next(&mut statistics)
                .push_next(&mut halves)
                .push_next(&mut storage);
            let device = instance.create_device(adapter, &described, None)?;
            Ok(Self {
                executables: khr::pipeline_executable_properties::Device::new(&instance, &device),
                name: text(&properties.device_name),
                _entry: entry,
                device,
                f16,
            })
        }
    }

    /// What the driver's compiler says of the shader: names and numbers.
    fn compile(&self, item: &Item) -> Result<Vec<(String, u64)>, Box<dyn Error>> {
        let words = Read::new(item, &item.shader.text())?.spirv()?;
        let bindings: Vec<_> = (0..8)
            .map(|binding| {
                vk::DescriptorSetLayoutBinding::default()
                    .binding(binding)
                    .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                    .descriptor_count(1)
                    .stage_flags(vk::ShaderStageFlags::COMPUTE)
            })
            .collect();
        let entry = CString::new(item.shader.entry)?;
        // SAFETY: as above; what is made lives until the program ends.
        unsafe {
            let described = vk::ShaderModuleCreateInfo::default().code(&words);
            let module = self.device.create_shader_module(&described, None)?;
            let described = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
            let sets = [self.device.create_descriptor_set_layout(&described, None)?];
            let described = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
            let layout = self.device.create_pipeline_layout(&described, None)?;
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(module)
                .name(&entry);
            let described = vk::ComputePipelineCreateInfo::default()
                .flags(vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR)
                .stage(stage)
                .layout(layout);
            let made =
                self.device
                    .create_compute_pipelines(vk::PipelineCache::null(), &[described], None);
            let pipeline = made.map_err(|(_, error)| format!("{}: {error}", item.name))?[0];
            let asked = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline);
            let said = self
                .executables
                .get_pipeline_executable_statistics(&asked)?;
            Ok(said
                .iter()
                .map(|one| (text(&one.name), one.value.u64))
                .collect())
        }
    }
}

/// Of a C string in an array.
fn text(name: &[std::ffi::c_char]) -> String {
    let bytes: Vec<u8> = name.iter().map(|one| one.cast_unsigned()).collect();
    CStr::from_bytes_until_nul(&bytes)
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

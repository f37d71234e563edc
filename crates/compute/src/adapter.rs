//! Finding the best GPU that wgpu reaches, and starting it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use thiserror::Error;

/// A started device of wgpu.
#[derive(Debug, Clone)]
pub struct Gpu {
    /// What the others come from.
    pub instance: wgpu::Instance,
    /// The hardware.
    pub adapter: wgpu::Adapter,
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
}

/// Why there is no GPU.
#[derive(Debug, Error)]
pub enum GpuError {
    /// No adapter answers on the graphics interface.
    #[error(
        "no GPU found through {interface} ({reason}): install the GPU's driver or choose the device `cpu`"
    )]
    NoAdapter {
        /// The graphics interface that was asked.
        interface: &'static str,
        /// What wgpu said.
        reason: String,
    },
    /// The adapter is there, but it gives no device, or none that can compute.
    #[error(
        "the GPU `{name}` refused to start ({reason}): update its driver or choose the device `cpu`"
    )]
    Refused {
        /// The adapter's name.
        name: String,
        /// What wgpu said.
        reason: String,
    },
}

impl Gpu {
    /// Whether it is emulated on the CPU (SwiftShader, llvmpipe, WARP): correct but slow.
    #[must_use]
    pub fn is_software(&self) -> bool {
        is_software(&self.adapter.get_info())
    }

    /// The adapter's name for people. Browsers usually keep it to themselves.
    #[must_use]
    pub fn name(&self) -> String {
        name(&self.adapter.get_info())
    }

    /// The fewest and the most invocations of a subgroup; `None` where shaders have no subgroups. In browsers wgpu does
    /// not ask for the feature.
    #[must_use]
    pub fn subgroups(&self) -> Option<[u32; 2]> {
        let features = self.device.features();
        let info = self.adapter.get_info();
        let sizes = [info.subgroup_min_size, info.subgroup_max_size];
        features.contains(wgpu::Features::SUBGROUP).then_some(sizes)
    }

    /// Calls `callback` with the browser's message when the device is lost; at once if it already is. Everything on the
    /// device is gone then: start another, and load again.
    ///
    /// Only in the browser, where listeners add up. Natively a device that Burn shares has one listener, which is
    /// Burn's, and a lost device is an error of the next read.
    #[cfg(target_family = "wasm")]
    pub fn on_lost(&self, callback: impl Fn(String) + Send + 'static) {
        self.device
            .set_device_lost_callback(move |_, message| callback(message));
    }

    /// Calls `callback` with each error that nobody waited for: a shader that does not compile, memory that ran out.
    /// Everything computed since then is worthless. Without this call wgpu's, or Burn's, own listener panics instead.
    #[cfg(target_family = "wasm")]
    pub fn on_error(&self, callback: impl Fn(String) + Send + Sync + 'static) {
        let listener = move |error: wgpu::Error| callback(error.to_string());
        self.device
            .on_uncaptured_error(std::sync::Arc::new(listener));
    }
}

impl Gpu {
    /// Compiles `text`, whose entry point is `entry`. In a browser, where compilers take their time, what one refuses is
    /// told to whoever listens for errors, and never here.
    ///
    /// # Errors
    /// What the compiler said.
    pub fn compile(&self, entry: &str, text: String) -> Result<wgpu::ComputePipeline, String> {
        let make = || pipeline(&self.device, entry, text);
        if cfg!(target_family = "wasm") {
            return Ok(make());
        }
        // What the translator refuses is told as the one, what the driver's compiler refuses as the other.
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let internal = self.device.push_error_scope(wgpu::ErrorFilter::Internal);
        let made = make();
        let [internal, validation] = [internal.pop(), validation.pop()].map(told_at_once);
        match internal.or(validation) {
            Some(error) => Err(error.to_string()),
            None => Ok(made),
        }
    }
}

fn pipeline(device: &wgpu::Device, entry: &str, text: String) -> wgpu::ComputePipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(entry),
        source: wgpu::ShaderSource::Wgsl(text.into()),
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(entry),
        layout: None,
        module: &module,
        entry_point: Some(entry),
        compilation_options: wgpu::PipelineCompilationOptions {
            // Every value is written before it is read.
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        },
        cache: None,
    })
}

/// What an answer that takes no time says. Natively an error is known when its scope ends.
fn told_at_once(error: impl Future<Output = Option<wgpu::Error>>) -> Option<wgpu::Error> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(error).poll(&mut context) {
        Poll::Ready(error) => error,
        Poll::Pending => None,
    }
}

/// Where to look for adapters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Vulkan, DirectX 12 and Metal, or the browser's WebGPU. Not OpenGL, whose compute shaders are too limited, and
    /// whose software adapters do not say that they are software.
    Any,
    /// Vulkan only.
    Vulkan,
}

impl Reach {
    fn backends(self) -> wgpu::Backends {
        match self {
            Self::Any => wgpu::Backends::PRIMARY,
            Self::Vulkan => wgpu::Backends::VULKAN,
        }
    }

    fn interface(self) -> &'static str {
        match self {
            Self::Any if cfg!(target_family = "wasm") => "WebGPU",
            Self::Any => "Vulkan, DirectX 12 or Metal",
            Self::Vulkan => "Vulkan",
        }
    }
}

/// An adapter and the instance that must outlive it.
#[derive(Debug)]
pub struct Found {
    instance: wgpu::Instance,
    /// The hardware.
    pub adapter: wgpu::Adapter,
}

/// The best adapter within `reach`; an emulated one only if there is no other.
///
/// # Errors
/// A sentence for people.
pub async fn find(reach: Reach) -> Result<Found, GpuError> {
    find_among(reach, 0).await
}

/// Of adapters that are as good as the best within `reach`, that of this number, counted round and round: for programs that
/// each take one. A browser has one for all.
///
/// # Errors
/// A sentence for people.
pub async fn find_among(reach: Reach, number: usize) -> Result<Found, GpuError> {
    find_for(reach, wgpu::PowerPreference::HighPerformance, number).await
}

/// The same for little work: a browser need not wake a laptop's large GPU for it.
///
/// # Errors
/// A sentence for people.
pub async fn find_for_little(reach: Reach) -> Result<Found, GpuError> {
    find_for(reach, wgpu::PowerPreference::None, 0).await
}

async fn find_for(
    reach: Reach,
    power: wgpu::PowerPreference,
    number: usize,
) -> Result<Found, GpuError> {
    best(reach.backends(), power, number)
        .await
        .map_err(|reason| GpuError::NoAdapter {
            interface: reach.interface(),
            reason,
        })
}

/// One instance for the whole process: Vulkan's loader crashes when instances come and go on several threads.
#[cfg(not(target_family = "wasm"))]
fn instance() -> wgpu::Instance {
    static INSTANCE: std::sync::OnceLock<wgpu::Instance> = std::sync::OnceLock::new();
    INSTANCE.get_or_init(new_instance).clone()
}

fn new_instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::PRIMARY,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
}

#[cfg(not(target_family = "wasm"))]
async fn best(
    backends: wgpu::Backends,
    _: wgpu::PowerPreference,
    number: usize,
) -> Result<Found, String> {
    let instance = instance();
    let mut adapters = instance.enumerate_adapters(backends).await;
    let quality = |adapter: &wgpu::Adapter| {
        let info = adapter.get_info();
        (rank(&info), trust(info.backend))
    };
    let best = adapters.iter().map(quality).min();
    adapters.retain(|adapter| Some(quality(adapter)) == best);
    let equals = adapters.len().max(1);
    let adapter = adapters.into_iter().nth(number % equals);
    let adapter = adapter.ok_or("no driver answers")?;
    Ok(Found { instance, adapter })
}

/// A browser does not list its adapters; it hands one out, or none.
#[cfg(target_family = "wasm")]
async fn best(_: wgpu::Backends, power: wgpu::PowerPreference, _: usize) -> Result<Found, String> {
    // Asked before there is an instance: wgpu may panic where `navigator.gpu` is missing.
    if !wgpu::util::is_browser_webgpu_supported().await {
        return Err("this browser has no WebGPU, or no adapter for it".to_string());
    }
    let options = wgpu::RequestAdapterOptions {
        power_preference: power,
        ..Default::default()
    };
    let instance = new_instance();
    let adapter = instance.request_adapter(&options).await;
    let adapter = adapter.map_err(|error| error.to_string())?;
    Ok(Found { instance, adapter })
}

/// Lower is better.
#[cfg(not(target_family = "wasm"))]
fn rank(info: &wgpu::AdapterInfo) -> u8 {
    match info.device_type {
        _ if is_software(info) => 4,
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other | wgpu::DeviceType::Cpu => 3,
    }
}

/// Of a card that several drivers reach: lower is better. What becomes of WGSL for DirectX depends on which of its compilers is
/// there, one of which refuses some of our shaders.
#[cfg(not(target_family = "wasm"))]
fn trust(backend: wgpu::Backend) -> u8 {
    match backend {
        wgpu::Backend::Vulkan | wgpu::Backend::Metal | wgpu::Backend::BrowserWebGpu => 0,
        wgpu::Backend::Dx12 => 1,
        wgpu::Backend::Gl | wgpu::Backend::Noop => 2,
    }
}

/// Whether the adapter is a GPU emulated on the CPU.
pub fn is_software(info: &wgpu::AdapterInfo) -> bool {
    let emulators = ["llvmpipe", "lavapipe", "swiftshader", "basic render driver"];
    let names = names(info);
    info.device_type == wgpu::DeviceType::Cpu
        || emulators.iter().any(|emulator| names.contains(emulator))
}

fn names(info: &wgpu::AdapterInfo) -> String {
    format!("{} {} {}", info.name, info.driver, info.driver_info).to_lowercase()
}

/// The adapter's name for people. Browsers usually keep it to themselves.
pub fn name(info: &wgpu::AdapterInfo) -> String {
    match (info.name.trim(), is_software(info)) {
        ("", true) => "WebGPU, emulated on the CPU".to_string(),
        ("", false) => "WebGPU".to_string(),
        (name, _) => name.to_string(),
    }
}

/// Starts the adapter's device with everything it can do, as Burn does: its shaders use what the adapter offers.
///
/// # Errors
/// A sentence for people.
pub async fn start(found: Found) -> Result<Gpu, GpuError> {
    // Left out: memory mapped into the program, slow on real cards, and what wgpu does not vouch for yet.
    let features = found.adapter.features()
        - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS
        - wgpu::Features::all_experimental_mask();
    let limits = found.adapter.limits();
    start_with(found, features, limits).await
}

/// Starts the device for our own shaders alone: nothing that takes room or time elsewhere, such as a clock for each pass,
/// but buffers as large as the adapter takes.
///
/// # Errors
/// A sentence for people.
pub async fn start_for_shaders(found: Found) -> Result<Gpu, GpuError> {
    let wanted = wgpu::Features::SHADER_F16 | wgpu::Features::SUBGROUP;
    let features = found.adapter.features() & wanted;
    let offered = found.adapter.limits();
    let limits = wgpu::Limits {
        max_buffer_size: offered.max_buffer_size,
        max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
        ..wgpu::Limits::default().or_worse_values_from(&offered)
    };
    start_with(found, features, limits).await
}

/// Starts it with this and no more.
///
/// # Errors
/// A sentence for people.
pub async fn start_with(
    found: Found,
    features: wgpu::Features,
    limits: wgpu::Limits,
) -> Result<Gpu, GpuError> {
    let Found { instance, adapter } = found;
    let info = adapter.get_info();
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("stylewalk"),
        required_features: features,
        required_limits: limits,
        // Burn keeps pools of its own; the driver need not keep more.
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    };
    let refused = |error: wgpu::RequestDeviceError| GpuError::Refused {
        name: name(&info),
        reason: error.to_string(),
    };
    let (device, queue) = adapter.request_device(&descriptor).await.map_err(refused)?;
    Ok(Gpu {
        instance,
        adapter,
        device,
        queue,
    })
}

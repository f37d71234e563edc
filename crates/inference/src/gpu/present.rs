//! Pictures on a canvas, straight from the buffer they were made in.

use std::rc::Rc;

use compute::shaders::Present;
use compute::{shader, wgpu};

use super::{Graph, InferenceError, Pipelines, Place, Run, read};

/// Pixels that `shaders/present.wgsl` makes of a grid of pictures.
#[derive(Debug)]
struct Frame {
    pictures: Place,
    grid: [usize; 2],
    /// The graph's, so that a frame made for fewer samples is known to be out of date.
    source: wgpu::Buffer,
    pixels: wgpu::Buffer,
    pipeline: Rc<wgpu::ComputePipeline>,
    group: wgpu::BindGroup,
}

impl Frame {
    fn new(graph: &Graph, pictures: Place, grid: [usize; 2]) -> Result<Self, InferenceError> {
        let [count, columns] = grid;
        let layout = pictures.layout;
        let pipelines = &graph.pipelines;
        let area = columns * count.div_ceil(columns) * layout.height * layout.width;
        let pixels = pipelines.buffer(4 * area)?;
        let sizes = pipelines.buffer(64)?;
        let numbers = Present {
            height: layout.height as u32,
            width: layout.width as u32,
            count: count as u32,
            columns: columns as u32,
            first: layout.first as u32,
            sample: layout.sample as u32,
            plane: layout.plane as u32,
            row: layout.row as u32,
        };
        pipelines.write(&sizes, 0, &[numbers]);
        let source = graph.buffer_of(pictures);
        let pipeline = pipelines.present.clone()?;
        let group = pipelines.bind(&pipeline, &[&source, &pixels, &sizes]);
        Ok(Self {
            pictures,
            grid,
            source,
            pixels,
            pipeline,
            group,
        })
    }

    fn fits(&self, graph: &Graph, pictures: Place, grid: [usize; 2]) -> bool {
        self.pictures == pictures && self.grid == grid && self.source == graph.buffer_of(pictures)
    }

    /// Width and height in pixels.
    fn extent(&self) -> [u32; 2] {
        let [count, columns] = self.grid;
        let layout = self.pictures.layout;
        let rows = count.div_ceil(columns);
        [columns * layout.width, rows * layout.height].map(|side| side as u32)
    }

    fn record(&self, pipelines: &Pipelines, encoder: &mut wgpu::CommandEncoder) {
        let most = pipelines
            .gpu
            .device
            .limits()
            .max_compute_workgroups_per_dimension;
        let [width, height] = self.extent();
        let (columns, rows) = shader::grid(width * height, shader::WORKGROUP, most);
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[]);
        pass.dispatch_workgroups(columns, rows, 1);
    }
}

/// A canvas that pictures are drawn on without ever being read back. It takes the size of what it shows.
#[derive(Debug)]
pub struct Screen {
    surface: wgpu::Surface<'static>,
    size: [u32; 2],
    frame: Option<Frame>,
}

impl Screen {
    /// On a canvas that has no context yet.
    ///
    /// # Errors
    /// When the canvas gives no context, or the device cannot draw on it.
    pub fn new(
        pipelines: &Pipelines,
        canvas: wgpu::SurfaceTarget<'static>,
    ) -> Result<Self, InferenceError> {
        let surface = pipelines.gpu.instance.create_surface(canvas);
        Ok(Self {
            surface: surface.map_err(|error| InferenceError::Canvas(error.to_string()))?,
            size: [0; 2],
            frame: None,
        })
    }

    /// Does what `runs` say and draws pictures, in one submission. `grid` says how many pictures, and how many of them
    /// side by side, at least one each. What it returns is there when the device is done.
    ///
    /// # Errors
    /// When the canvas gives no frame, or memory does not suffice.
    pub fn show(
        &mut self,
        graph: &Graph,
        runs: &[Run],
        pictures: Place,
        grid: [usize; 2],
    ) -> Result<impl Future<Output = Result<(), InferenceError>> + use<>, InferenceError> {
        let frame = match self.frame.take() {
            Some(frame) if frame.fits(graph, pictures, grid) => frame,
            _ => Frame::new(graph, pictures, grid)?,
        };
        let pipelines = &graph.pipelines;
        let device = &pipelines.gpu.device;
        self.resize(pipelines, frame.extent());
        let texture = self.texture()?;
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        graph.record(&mut encoder, runs);
        frame.record(pipelines, &mut encoder);
        let [width, height] = frame.extent();
        // Rows that take no multiple of 256 bytes have to be copied one by one.
        let at_once = match (4 * width).is_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT) {
            true => height,
            false => 1,
        };
        for row in (0..height).step_by(at_once as usize) {
            let from = wgpu::TexelCopyBufferInfo {
                buffer: &frame.pixels,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: u64::from(4 * width * row),
                    bytes_per_row: (at_once > 1).then_some(4 * width),
                    rows_per_image: None,
                },
            };
            let mut to = texture.texture.as_image_copy();
            to.origin.y = row;
            let size = wgpu::Extent3d {
                width,
                height: at_once,
                depth_or_array_layers: 1,
            };
            encoder.copy_buffer_to_texture(from, to, size);
        }
        let queue = &pipelines.gpu.queue;
        queue.submit([encoder.finish()]);
        queue.present(texture);
        self.frame = Some(frame);
        let (device, queue) = (device.clone(), queue.clone());
        Ok(async move { read::finished(&device, &queue).await })
    }

    fn texture(&self) -> Result<wgpu::SurfaceTexture, InferenceError> {
        use wgpu::CurrentSurfaceTexture::{Suboptimal, Success};
        match self.surface.get_current_texture() {
            Success(texture) | Suboptimal(texture) => Ok(texture),
            other => Err(InferenceError::Canvas(format!(
                "it gives no frame ({other:?})"
            ))),
        }
    }

    fn resize(&mut self, pipelines: &Pipelines, size: [u32; 2]) {
        if self.size == size {
            return;
        }
        self.size = size;
        let [width, height] = size;
        let configuration = wgpu::SurfaceConfiguration {
            usage: wgpu::TextureUsages::COPY_DST | wgpu::TextureUsages::RENDER_ATTACHMENT,
            format: wgpu::TextureFormat::Rgba8Unorm,
            color_space: wgpu::SurfaceColorSpace::Auto,
            width,
            height,
            present_mode: wgpu::PresentMode::Fifo,
            desired_maximum_frame_latency: 2,
            alpha_mode: wgpu::CompositeAlphaMode::PreMultiplied,
            view_formats: Vec::new(),
        };
        self.surface
            .configure(&pipelines.gpu.device, &configuration);
    }
}

impl Graph {
    /// As [`Screen::show`], read back: RGBA bytes, row by row.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn pixels(
        &self,
        runs: &[Run],
        pictures: Place,
        grid: [usize; 2],
    ) -> Result<Vec<u8>, InferenceError> {
        let frame = Frame::new(self, pictures, grid)?;
        let device = &self.pipelines.gpu.device;
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.record(&mut encoder, runs);
        frame.record(&self.pipelines, &mut encoder);
        let copied = read::bytes_of(device, &mut encoder, &frame.pixels)?;
        self.pipelines.gpu.queue.submit([encoder.finish()]);
        read::bytes(device, &copied).await
    }
}

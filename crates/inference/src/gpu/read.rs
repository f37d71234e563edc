//! Reads back a GPU's buffers.

use compute::wgpu;

use super::{Graph, InferenceError, Place};

/// Records the copying of whole samples, one place after the other, into a buffer that can be read.
pub(super) fn copy(
    graph: &Graph,
    encoder: &mut wgpu::CommandEncoder,
    places: &[(Place, usize)],
) -> Result<wgpu::Buffer, InferenceError> {
    let bytes = |(place, samples): &(Place, usize)| 4 * (place.layout.sample * samples) as u64;
    let device = &graph.pipelines.gpu.device;
    let read = readable(device, places.iter().map(bytes).sum())?;
    let mut to = 0;
    for part in places {
        let (place, _) = part;
        let from = 4 * place.layout.start() as u64;
        let buffer = graph.buffer_of(*place);
        encoder.copy_buffer_to_buffer(&buffer, from, &read, to, Some(bytes(part)));
        to += bytes(part);
    }
    Ok(read)
}

/// Records the copying of a whole buffer.
pub(super) fn bytes_of(
    device: &wgpu::Device,
    encoder: &mut wgpu::CommandEncoder,
    buffer: &wgpu::Buffer,
) -> Result<wgpu::Buffer, InferenceError> {
    let read = readable(device, buffer.size())?;
    encoder.copy_buffer_to_buffer(buffer, 0, &read, 0, Some(buffer.size()));
    Ok(read)
}

fn readable(device: &wgpu::Device, bytes: u64) -> Result<wgpu::Buffer, InferenceError> {
    let limit = device.limits().max_buffer_size;
    if bytes > limit {
        return Err(InferenceError::TooLarge { bytes, limit });
    }
    Ok(device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("results"),
        size: bytes,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    }))
}

/// The buffer's values, once everything that was submitted has been computed.
pub(super) async fn values(
    device: &wgpu::Device,
    buffer: &wgpu::Buffer,
) -> Result<Vec<f32>, InferenceError> {
    let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let bytes = bytes(device, buffer).await?;
    Ok(bytes.chunks_exact(4).map(number).collect())
}

/// The buffer's bytes, once everything that was submitted has been computed.
pub(super) async fn bytes(
    device: &wgpu::Device,
    buffer: &wgpu::Buffer,
) -> Result<Vec<u8>, InferenceError> {
    let (sender, receiver) = async_channel::bounded(1);
    // Where the device is lost there is no such buffer, and Burn's own listener for errors panics.
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    buffer.map_async(wgpu::MapMode::Read, .., move |result| {
        // Nobody waits any more where the request was dropped.
        let _ = sender.try_send(result);
    });
    if let Some(error) = scope.pop().await {
        return Err(lost(error));
    }
    drive(device)?;
    receiver.recv().await.map_err(lost)?.map_err(lost)?;
    let bytes = buffer.get_mapped_range(..).map_err(lost)?.to_vec();
    // In a browser it would live until JavaScript's collector comes by.
    buffer.destroy();
    Ok(bytes)
}

/// Returns when everything that was submitted has been computed.
pub(super) async fn finished(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
) -> Result<(), InferenceError> {
    let (sender, receiver) = async_channel::bounded(1);
    queue.on_submitted_work_done(move || {
        let _ = sender.try_send(());
    });
    drive(device)?;
    receiver.recv().await.map_err(lost)
}

/// Natively somebody has to wait for the device; a browser calls back by itself.
fn drive(device: &wgpu::Device) -> Result<(), InferenceError> {
    if cfg!(not(target_family = "wasm")) {
        device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(lost)?;
    }
    Ok(())
}

fn lost(error: impl std::fmt::Display) -> InferenceError {
    InferenceError::Lost(error.to_string())
}

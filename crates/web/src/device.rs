//! The device that JavaScript names, and what it is called when that device fails.

use js_sys::Function;
use kernels::{DeviceChoice, OpenDevice};
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;

use crate::WebError;

/// Opens `"cpu"` or `"webgpu"`.
///
/// # Errors
/// It is neither, or cannot be opened.
pub async fn open(device: &str) -> Result<OpenDevice, WebError> {
    let choice = match device {
        "cpu" => DeviceChoice::Cpu,
        "webgpu" => DeviceChoice::Wgpu,
        other => return Err(WebError::UnknownDevice(other.to_owned())),
    };
    Ok(kernels::open(choice).await?)
}

/// Calls `callback(reason)` when the graphics device is lost or fails.
pub fn watch(open: &OpenDevice, callback: Function) {
    // wgpu wants callbacks that could cross threads; there is one thread here.
    let callback = SendWrapper::new(callback);
    let also = callback.clone();
    open.on_lost(move |reason| call(&callback, &reason));
    open.on_error(move |reason| call(&also, &reason));
}

fn call(callback: &Function, reason: &str) {
    // What the page's own callback throws is the page's affair.
    let _ = callback.call1(&JsValue::NULL, &JsValue::from_str(reason));
}

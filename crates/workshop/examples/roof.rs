//! What `cargo xtask bench kernels` times in a browser: [`kernels::roofline`].
#![cfg(target_family = "wasm")]

use bigan::NetworkConfig;
use bigan::networks::convolutions_of_a_batch;
use kernels::roofline::{Settings, measure};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// The lines that the native program prints, on `"cpu"` or `"webgpu"`.
#[wasm_bindgen]
pub async fn roof(
    device: String,
    width: usize,
    batch: usize,
    runs: usize,
    least: f64,
) -> Result<Vec<String>, JsError> {
    console_error_panic_hook::set_once();
    let networks = NetworkConfig {
        width,
        ..NetworkConfig::PAPER
    };
    let problems = convolutions_of_a_batch(&networks, batch);
    let settings = Settings { runs, least };
    let open = workshop::open_device(&device).await?;
    let speeds = measure(&open, &problems, &settings, &now).await?;
    let lines = speeds.into_iter().map(|speed| {
        let line = serde_json::json!({
            "device": open.name,
            "name": speed.name,
            "who": speed.who,
            "gflops": speed.gflops,
        });
        line.to_string()
    });
    Ok(lines.collect())
}

//! Files and functions from JavaScript.

use js_sys::{Array, Function, Promise, Uint8Array};
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::NamedFile;

#[wasm_bindgen]
extern "C" {
    /// Web Crypto's: several times as fast as wasm, and beside it. Pages that came over plain http have none.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn digest(algorithm: &str, bytes: &Uint8Array) -> Result<Promise, JsValue>;
}

/// The SHA-256 of some bytes, computed by the browser; none where it does not do that.
pub async fn sha256(bytes: &Uint8Array) -> Option<Vec<u8>> {
    let digest = digest("SHA-256", bytes).ok()?;
    let hash = JsFuture::from(digest).await.ok()?;
    Some(Uint8Array::new(&hash).to_vec())
}

/// `[name, bytes]` pairs. Anything else becomes an empty file without a name, which no folder has.
#[must_use]
pub fn named_files(files: &Array) -> Vec<NamedFile> {
    files.iter().map(|pair| named(&pair)).collect()
}

/// Two files, if it is both: a description and the weights that it describes.
#[must_use]
pub fn described(pair: &Array) -> Option<(Vec<u8>, Vec<u8>)> {
    let bytes = |index| pair.get(index).dyn_into::<Uint8Array>().ok();
    Some((bytes(0)?.to_vec(), bytes(1)?.to_vec()))
}

/// A function that tells `callback` why a device was lost.
pub fn teller(callback: Function) -> impl Fn(String) + Clone + Send + Sync {
    // wgpu wants callbacks that could cross threads; there is one thread here.
    let callback = SendWrapper::new(callback);
    move |reason| {
        // What the page's own callback throws is the page's affair.
        let _ = callback.call1(&JsValue::NULL, &JsValue::from_str(&reason));
    }
}

fn named(pair: &JsValue) -> NamedFile {
    let pair = Array::from(pair);
    let bytes = pair.get(1).dyn_into::<Uint8Array>();
    (
        pair.get(0).as_string().unwrap_or_default(),
        bytes.map(|bytes| bytes.to_vec()).unwrap_or_default(),
    )
}

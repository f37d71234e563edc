//! Sample photographs, which lie beside the checkout and may be absent.

use std::path::{Path, PathBuf};

/// The folder `data/photos` of the shared data: below `STYLEWALK_SHARED` if that is set, otherwise below `../shared`
/// beside the checkout. None, with a sentence on the test's output, when it is absent.
pub fn folder() -> Option<PathBuf> {
    let shared = match std::env::var_os("STYLEWALK_SHARED") {
        Some(shared) => PathBuf::from(shared),
        None => root().parent()?.join("shared"),
    };
    let photos = shared.join("data/photos");
    if photos.is_dir() {
        return Some(photos);
    }
    eprintln!("skipped: ../shared/data/photos is absent");
    None
}

/// The checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

//! Whatever bytes come from outside, each kind as one function that takes any: it ends without a panic, whatever they say.

use inference::{Model, ModelCard};
use torch_file::{TorchFile, pickle};

// What the native program alone reads is here by its path: that program is no library.
#[expect(dead_code, reason = "the native program uses the rest of it")]
mod data;
mod files;
#[cfg(feature = "settings")]
mod settings;
#[path = "../../../crates/stylewalk/src/terminal.rs"]
mod terminal;
#[path = "../../../crates/stylewalk/src/features/torch_file/mod.rs"]
mod torch_file;

/// Its name, and what is done with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every kind of bytes.
pub const TARGETS: &[Target] = &[
    ("pictures", pictures),
    ("models", models),
    ("weights", weights),
    ("pickles", pickles),
    ("torch", torch),
    ("shards", data::shards),
    ("archives", data::archives),
    // With it comes all of Burn.
    #[cfg(feature = "settings")]
    ("settings", settings::settings),
];

/// A model of width 1, whose weights are replaced.
const CARD: &[u8] = include_bytes!("../corpus/card.json");
/// As many pixels as a campaign has time for; that larger ones are refused is tested elsewhere.
const MAX_PIXELS: u64 = 1 << 21;

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<fn(&[u8])> {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.map(|(_, run)| *run)
}

/// A photograph.
pub fn pictures(bytes: &[u8]) {
    let limits = images::Limits {
        max_pixels: MAX_PIXELS,
        ..images::Limits::default()
    };
    if let Ok(picture) = images::decode(bytes, &limits) {
        assert!(u64::from(picture.width()) * u64::from(picture.height()) <= MAX_PIXELS);
    }
}

/// A model's directory: `model.json`, a zero byte, and the contents of its files one after the other, as long as it says.
/// They count as those of the card's hashes, so that what reads them is reached.
pub fn models(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0);
    let (card, mut rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    rest = rest.get(1..).unwrap_or_default();
    let Ok(card) = <ModelCard>::parse(card) else {
        return;
    };
    let files: Vec<_> = card.all_files().cloned().collect();
    let Ok(mut model) = Model::new(card, None) else {
        return;
    };
    for file in files {
        let length = usize::try_from(file.bytes).unwrap_or(usize::MAX);
        let Some((contents, others)) = rest.split_at_checked(length) else {
            return;
        };
        rest = others;
        // Refused is as well as taken.
        let _ = model.add(&file.name, contents, |_| file.sha256.clone());
    }
}

/// One file of weights for a given model: the first byte says which, the others are it.
pub fn weights(bytes: &[u8]) {
    let Some((which, contents)) = bytes.split_first() else {
        return;
    };
    let Ok(card) = <ModelCard>::parse(CARD) else {
        unreachable!("the card of the corpus is one");
    };
    let file = &card.files()[usize::from(*which) % card.files().len()];
    // As long as it happens to be.
    let said = String::from_utf8_lossy(CARD).replace(
        &format!("\"bytes\":{}", file.bytes),
        &format!("\"bytes\":{}", contents.len()),
    );
    let (name, sha256) = (file.name.clone(), file.sha256.clone());
    if let Ok(card) = <ModelCard>::parse(said.as_bytes())
        && let Ok(mut model) = Model::new(card, None)
    {
        let _ = model.add(&name, contents, |_| sha256);
    }
}

/// What describes the tensors inside a file of PyTorch.
pub fn pickles(bytes: &[u8]) {
    let _ = pickle::tensors(bytes);
}

/// A file of PyTorch.
pub fn torch(bytes: &[u8]) {
    use inference::weights::StoredTensors as _;
    if !torch_file::is_torch_file(bytes) {
        return;
    }
    let Ok(file) = TorchFile::open(bytes) else {
        return;
    };
    for name in file.names() {
        let (shape, values) = (file.shape(name), file.values(name));
        if let (Some(shape), Ok(values)) = (shape, values) {
            assert_eq!(values.len(), shape.iter().product::<usize>());
        }
    }
}

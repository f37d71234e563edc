//! `files.json` in the built page: what web/sw.js keeps for use without a network.

use anyhow::{Context, Result};
use serde::Serialize;
use std::fs;
use std::path::Path;

use super::compress;
use super::programs::STATE;

/// What the two parts of the page are made of.
#[derive(Default, Serialize)]
struct Listing {
    page: Vec<String>,
    workshop: Vec<String>,
}

/// Lists everything but models, which js/keep/weights.js keeps, and what browsers do not ask for.
pub fn write(dist: &Path) -> Result<()> {
    let mut listing = Listing::default();
    for file in compress::files(dist)? {
        let name = file.strip_prefix(dist)?;
        let name = name.to_str().context("a file's name is not UTF-8")?;
        match name.replace('\\', "/").as_str() {
            "index.html" => listing.page.push("./".to_owned()),
            "sw.js" | "files.json" | "preview.png" | STATE => {}
            name if name.starts_with("weights/") || name.ends_with(".d.ts") => {}
            name if name.starts_with("wasm/workshop") => listing.workshop.push(name.to_owned()),
            name => listing.page.push(name.to_owned()),
        }
    }
    let list = serde_json::to_string_pretty(&listing)?;
    fs::write(dist.join("files.json"), list).context("writing dist/files.json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn models_and_what_nobody_asks_for_are_left_out() {
        let dist = std::env::temp_dir().join(format!("stylewalk-listing-{}", std::process::id()));
        for name in [
            "index.html",
            "sw.js",
            "js/main.js",
            "js/main.js.br",
            "wasm/viewer_bg.wasm",
            "wasm/viewer.d.ts",
            "wasm/workshop_bg.wasm",
            STATE,
            "weights/model.json",
        ] {
            let path = dist.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        // The second list does not hold the first.
        for _ in 0..2 {
            write(&dist).unwrap();
            let list = fs::read_to_string(dist.join("files.json")).unwrap();
            let list: serde_json::Value = serde_json::from_str(&list).unwrap();
            let page = ["./", "js/main.js", "wasm/viewer_bg.wasm"];
            let workshop = ["wasm/workshop_bg.wasm"];
            assert_eq!(list, json!({ "page": page, "workshop": workshop }));
        }
        fs::remove_dir_all(&dist).unwrap();
    }
}

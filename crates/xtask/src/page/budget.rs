//! How much of the program a browser downloads before the first picture.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

use crate::modules;

/// The modules of the page and of its worker; what they import by `import()` comes later.
const ENTRANCES: [&str; 2] = ["js/main.js", "js/worker.js"];
/// What the worker runs.
const PROGRAM: &str = "wasm/viewer_bg.wasm";
/// Bytes that it is to have at most, as servers send it.
const MOST: u64 = 500_000;

/// Says it of a built page with its compressed copies.
pub fn spent(dist: &Path) -> Result<String> {
    let mut files = modules::reached(&ENTRANCES, &modules::IMPORTED, |name| dist.join(name))?;
    files.insert(PROGRAM.to_owned());
    let mut bytes = 0;
    for name in &files {
        let packed = dist.join(format!("{name}.br"));
        let sent = fs::metadata(packed).or_else(|_| fs::metadata(dist.join(name)));
        bytes += sent.with_context(|| format!("reading dist/{name}"))?.len();
    }
    let (kilobytes, most) = (bytes / 1000, MOST / 1000);
    let over = if bytes > MOST { ": too much" } else { "" };
    Ok(format!(
        "{kilobytes} kB of wasm and JavaScript with Brotli until the first picture, of {most} at most{over}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_is_not_counted_and_copies_stand_for_their_files() {
        let dist = std::env::temp_dir().join(format!("stylewalk-budget-{}", std::process::id()));
        let files = [
            (
                "js/main.js",
                "import \"./a.js\";\nimport(\"./panels.js\");\n".to_owned(),
            ),
            ("js/a.js", " ".repeat(4000)),
            ("js/panels.js", " ".repeat(900_000)),
            ("js/worker.js", "import \"./a.js\";\n".to_owned()),
            (PROGRAM, " ".repeat(900_000)),
            ("wasm/viewer_bg.wasm.br", " ".repeat(300_000)),
        ];
        for (name, text) in &files {
            let file = dist.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let said = spent(&dist).unwrap();
        assert!(
            said.starts_with("304 kB ") && said.ends_with("of 500 at most"),
            "{said}"
        );
        fs::remove_file(dist.join("wasm/viewer_bg.wasm.br")).unwrap();
        assert!(spent(&dist).unwrap().ends_with(": too much"));
        fs::remove_dir_all(&dist).unwrap();
    }
}

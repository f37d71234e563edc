//! What dist/index.html asks for at once: otherwise a browser learns of a module only when it has read the one that imports
//! it, and of program and model only when all modules run.

use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::modules;

/// The page's module; modules of workers are loaded anew in each of them.
const ENTRANCE: &str = "js/main.js";
/// How web/index.html names it.
const SCRIPT: &str = r#"<script type="module" src="js/main.js"></script>"#;
/// What links begin with, those to files that are fetched and to modules.
const LINKS: [&str; 2] = [PRELOAD, MODULE];
const PRELOAD: &str = r#"<link rel="preload""#;
const MODULE: &str = r#"<link rel="modulepreload""#;
/// What that module fetches first.
const FETCHED: [&str; 2] = ["wasm/viewer_bg.wasm", "weights/model.json"];

/// Takes the links out of a page that is to have others.
pub fn remove(dist: &Path) -> Result<()> {
    let index = dist.join("index.html");
    let html = read(&index)?;
    let lines = html.split_inclusive('\n');
    let without: String = lines.filter(|line| !is_link(line)).collect();
    write_to(&index, &without)
}

fn is_link(line: &str) -> bool {
    let line = line.trim_start();
    LINKS.iter().any(|link| line.starts_with(link))
}

/// Adds links to the built page's head, before its module.
pub fn write(dist: &Path) -> Result<()> {
    let index = dist.join("index.html");
    let html = read(&index)?;
    let (before, after) = html
        .split_once(SCRIPT)
        .with_context(|| format!("{} has no line {SCRIPT}", index.display()))?;
    let links = links(dist)?;
    write_to(&index, &format!("{before}{links}{SCRIPT}{after}"))
}

fn read(index: &Path) -> Result<String> {
    fs::read_to_string(index).with_context(|| format!("reading {}", index.display()))
}

fn write_to(index: &Path, html: &str) -> Result<()> {
    fs::write(index, html).with_context(|| format!("writing {}", index.display()))
}

fn links(dist: &Path) -> Result<String> {
    let modules = modules::reached(&[ENTRANCE], &modules::IMPORTED, |name| dist.join(name))?;
    let mut links = String::new();
    for file in FETCHED {
        writeln!(
            links,
            r#"  {PRELOAD} href="{file}" as="fetch" crossorigin>"#
        )?;
    }
    for module in modules.iter().filter(|&name| name != ENTRANCE) {
        writeln!(links, r#"  {MODULE} href="{module}">"#)?;
    }
    // The script's own indentation stands before them already.
    Ok(format!("{}  ", links.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_imported_module_is_asked_for_at_once_and_the_entrance_stays() {
        let dist = std::env::temp_dir().join(format!("stylewalk-preload-{}", std::process::id()));
        fs::create_dir_all(dist.join("js/pins")).unwrap();
        fs::write(
            dist.join("js/main.js"),
            "import { a } from \"./pins/a.js\";\nnew Worker(new URL(\"./worker.js\", import.meta.url));\n",
        )
        .unwrap();
        fs::write(dist.join("js/pins/a.js"), "import \"../b.js\";\n").unwrap();
        fs::write(dist.join("js/b.js"), "").unwrap();
        let page = format!("<head>\n  {SCRIPT}\n</head>");
        fs::write(dist.join("index.html"), page).unwrap();
        write(&dist).unwrap();
        let expected = [
            "<head>",
            r#"  <link rel="preload" href="wasm/viewer_bg.wasm" as="fetch" crossorigin>"#,
            r#"  <link rel="preload" href="weights/model.json" as="fetch" crossorigin>"#,
            r#"  <link rel="modulepreload" href="js/b.js">"#,
            r#"  <link rel="modulepreload" href="js/pins/a.js">"#,
            &format!("  {SCRIPT}"),
            "</head>",
        ];
        let written = fs::read_to_string(dist.join("index.html")).unwrap();
        assert_eq!(written.lines().collect::<Vec<_>>(), expected);
        remove(&dist).unwrap();
        let again = fs::read_to_string(dist.join("index.html")).unwrap();
        assert!(
            again.contains(SCRIPT) && !again.contains("preload"),
            "{again}"
        );
        fs::write(dist.join("index.html"), "<head></head>").unwrap();
        assert!(
            write(&dist)
                .unwrap_err()
                .to_string()
                .contains("has no line")
        );
        fs::remove_dir_all(&dist).unwrap();
    }

    #[test]
    fn this_repositorys_page_has_the_line() {
        assert!(include_str!("../../../../web/index.html").contains(SCRIPT));
    }
}

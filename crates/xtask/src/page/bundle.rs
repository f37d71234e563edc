//! The page's modules in a few files, and its style sheets in one: a browser takes longer to ask for a file, and to begin
//! with it, than to read what is in it. Only for pages to publish; while one works on it, each file is its own.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;

use crate::command;
use crate::setup::Bundler;

/// The modules that a browser begins with: the page's, and those of its workers.
const ENTRANCES: [&str; 3] = ["js/main.js", "js/worker.js", "js/workshop/worker.js"];
/// What is added to the page only after this.
const LATER: &str = "*/wasm/workshop.js";
/// What is in a bundle afterwards and in no file of its own.
const TAKEN: &str = "wasm/viewer.js";
/// The folder below the page's in which its modules are.
const MODULES: &str = "js";
/// Where they are put together.
const MADE: &str = "bundled";
/// How web/index.html names a style sheet: what stands before its address, and after.
const SHEET: [&str; 2] = [r#"<link rel="stylesheet" href=""#, r#"">"#];
/// The one style sheet.
const STYLES: &str = "css/page.css";

/// Does it to a built page without its workshop.
pub fn write(bundler: &Bundler, dist: &Path) -> Result<()> {
    modules(bundler, dist)?;
    styles(dist)
}

fn modules(bundler: &Bundler, dist: &Path) -> Result<()> {
    addresses_are_of_the_top(&dist.join(MODULES))?;
    let mut bundle = bundler.command();
    bundle
        .current_dir(dist)
        .args(ENTRANCES)
        .args(["--bundle", "--splitting", "--format=esm", "--minify"])
        .arg(format!("--external:{LATER}"))
        .args([&format!("--outbase={MODULES}"), &format!("--outdir={MADE}")])
        .arg("--log-level=warning");
    command::run(&mut bundle).context("the page's modules could not be put together")?;
    let [modules, made] = [MODULES, MADE].map(|folder| dist.join(folder));
    fs::remove_dir_all(&modules)
        .and_then(|()| fs::rename(&made, &modules))
        .and_then(|()| fs::remove_file(dist.join(TAKEN)))
        .with_context(|| format!("replacing the modules in {}", dist.display()))
}

/// A module's own address is that of the file that it is put into, which lies in the uppermost folder.
fn addresses_are_of_the_top(folder: &Path) -> Result<()> {
    for file in super::compress::files(folder)? {
        let is_below = file.parent() != Some(folder);
        if is_below && fs::read_to_string(&file)?.contains("import.meta.url") {
            bail!(
                "{} names a file by its own address (import.meta.url): only modules that lie in {} itself may, as others are \
                 moved there",
                file.display(),
                folder.display()
            );
        }
    }
    Ok(())
}

/// Style sheets one after the other, as the page names them.
fn styles(dist: &Path) -> Result<()> {
    let index = dist.join("index.html");
    let html =
        fs::read_to_string(&index).with_context(|| format!("reading {}", index.display()))?;
    let mut all = String::new();
    let mut without = String::new();
    for line in html.split_inclusive('\n') {
        match sheet(line) {
            None => without.push_str(line),
            Some(name) => {
                if all.is_empty() {
                    without.push_str(&line.replace(name, STYLES));
                }
                let sheet = dist.join(name);
                all += &fs::read_to_string(&sheet)
                    .with_context(|| format!("reading {}", sheet.display()))?;
                fs::remove_file(&sheet)?;
            }
        }
    }
    ensure!(
        !all.is_empty(),
        "{} names no style sheets in lines of their own",
        index.display()
    );
    fs::write(dist.join(STYLES), all)
        .and_then(|()| fs::write(&index, without))
        .with_context(|| format!("writing {STYLES} in {}", dist.display()))
}

/// The address of a line that is a link to a style sheet.
fn sheet(line: &str) -> Option<&str> {
    let [before, after] = SHEET;
    line.trim().strip_prefix(before)?.strip_suffix(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_become_one_in_their_order() {
        let dist = std::env::temp_dir().join(format!("stylewalk-styles-{}", std::process::id()));
        fs::create_dir_all(dist.join("css")).unwrap();
        for name in ["a", "b"] {
            let sheet = dist.join(format!("css/{name}.css"));
            fs::write(sheet, format!(".{name} {{ color: red }}\n")).unwrap();
        }
        let link = |name: &str| format!("  {}css/{name}.css{}\n", SHEET[0], SHEET[1]);
        let html = format!(
            "<head>\n{}<link rel=\"icon\">\n{}</head>\n",
            link("b"),
            link("a")
        );
        fs::write(dist.join("index.html"), html).unwrap();
        styles(&dist).unwrap();
        let written = fs::read_to_string(dist.join("index.html")).unwrap();
        let expected = format!("<head>\n{}<link rel=\"icon\">\n</head>\n", link("page"));
        assert_eq!(written, expected);
        let all = fs::read_to_string(dist.join(STYLES)).unwrap();
        assert_eq!(all, ".b { color: red }\n.a { color: red }\n");
        assert!(!dist.join("css/a.css").exists());
        fs::remove_dir_all(&dist).unwrap();
    }

    #[test]
    fn this_repositorys_page_can_be_put_together() {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
        addresses_are_of_the_top(&web.join(MODULES)).unwrap();
        let html = fs::read_to_string(web.join("index.html")).unwrap();
        assert!(html.lines().filter_map(sheet).count() > 1);
        for entrance in ENTRANCES {
            assert!(web.join(entrance).is_file(), "{entrance}");
        }
    }

    #[test]
    fn a_module_below_may_not_go_by_its_own_address() {
        let folder = std::env::temp_dir().join(format!("stylewalk-top-{}", std::process::id()));
        fs::create_dir_all(folder.join("a")).unwrap();
        let module = "new URL(\"b.js\", import.meta.url);\n";
        fs::write(folder.join("top.js"), module).unwrap();
        addresses_are_of_the_top(&folder).unwrap();
        fs::write(folder.join("a/below.js"), module).unwrap();
        let error = addresses_are_of_the_top(&folder).unwrap_err().to_string();
        assert!(error.contains("below.js"), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }
}

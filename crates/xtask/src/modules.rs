//! Which files of the page a module needs: what it imports, and what it names by `new URL("...", import.meta.url)`.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// What stands before the address of a file that a module cannot begin without.
pub const IMPORTED: [&str; 2] = ["from", "import"];
/// What stands before the address of any other file.
pub const NAMED: [&str; 3] = ["from", "import", "new URL("];

/// All files that are reached from `entrances`, themselves included, by their paths from the folder of all; `by` is what
/// stands before addresses to follow. `place` is where a path is on this machine.
pub fn reached(
    entrances: &[&str],
    by: &[&str],
    place: impl Fn(&str) -> PathBuf,
) -> Result<BTreeSet<String>> {
    let mut left: Vec<String> = entrances.iter().map(|&name| name.to_owned()).collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = left.pop() {
        if name.ends_with(".js") && !seen.contains(&name) {
            let file = place(&name);
            let source = fs::read_to_string(&file)
                .with_context(|| format!("reading {}, which a module names", file.display()))?;
            for address in addresses(&source, by) {
                left.push(resolved(&name, address)?);
            }
        }
        seen.insert(name);
    }
    Ok(seen)
}

/// The relative addresses in a module, comments left out.
fn addresses<'s>(source: &'s str, by: &[&str]) -> Vec<&'s str> {
    let code = source.lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with('*') && !line.starts_with("/*")
    });
    code.flat_map(|line| {
        let quoted = |&before: &&str| {
            line.split(before)
                .skip(1)
                .filter_map(quoted)
                .collect::<Vec<_>>()
        };
        by.iter().flat_map(quoted)
    })
    .filter(|address| address.starts_with('.') || address.ends_with(".wasm"))
    .collect()
}

/// What stands in quotation marks at the start of a text, which may begin with spaces.
fn quoted(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let mark = text.chars().next().filter(|mark| "\"'".contains(*mark))?;
    text[1..].split(mark).next()
}

/// An address in the module `from`, as a path in the package.
fn resolved(from: &str, address: &str) -> Result<String> {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for step in address.split('/') {
        match step {
            "." => {}
            ".." if path.pop().is_some() => {}
            ".." => bail!("{from} names {address}, which is outside of the folder"),
            name => path.push(name),
        }
    }
    Ok(path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_workers_and_programs_are_followed_and_types_are_not() {
        let folder = std::env::temp_dir().join(format!("stylewalk-modules-{}", std::process::id()));
        let files = [
            (
                "embed/a.js",
                "import { b } from \"../js/b.js\";\n/** @type {import(\"../js/c.js\").C} */\n// import \"./no.js\"\n",
            ),
            (
                "js/b.js",
                "import \"./a.js\";\nnew Worker(new URL(\"./w.js\", import.meta.url), {});\nnew URL(\"model.json\", url);\n",
            ),
            // As a bundler writes it.
            (
                "js/a.js",
                "import{x}from\"./d.js\";import\"./d.js\";import(\"./no.js\");export const one=1;\n",
            ),
            ("js/d.js", "export const x = 1;\n"),
            ("js/w.js", "import init from \"../wasm/p.js\";\n"),
            ("wasm/p.js", "new URL('p_bg.wasm', import.meta.url);\n"),
        ];
        for (name, text) in files {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let place = |name: &str| folder.join(name);
        let found = reached(&["embed/a.js"], &NAMED, place).unwrap();
        let expected = [
            "embed/a.js",
            "js/a.js",
            "js/b.js",
            "js/d.js",
            "js/w.js",
            "wasm/p.js",
            "wasm/p_bg.wasm",
        ];
        assert_eq!(Vec::from_iter(found), expected);
        let imported = reached(&["embed/a.js"], &IMPORTED, place).unwrap();
        assert_eq!(
            Vec::from_iter(imported),
            ["embed/a.js", "js/a.js", "js/b.js", "js/d.js"]
        );
        fs::write(folder.join("js/a.js"), "import \"../../x.js\";").unwrap();
        let error = reached(&["embed/a.js"], &NAMED, place)
            .unwrap_err()
            .to_string();
        assert!(error.contains("outside of the folder"), "{error}");
        fs::remove_file(folder.join("js/w.js")).unwrap();
        fs::write(folder.join("js/a.js"), "").unwrap();
        let error = reached(&["embed/a.js"], &NAMED, place)
            .unwrap_err()
            .to_string();
        assert!(error.contains("w.js, which a module names"), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }
}

//! web/ into dist/ when the wasm there is still right: what Trunk's `copy-dir` and `copy-file` lines say, without Trunk.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// index.html as it is published, and the folders and files beside it.
#[derive(Debug, PartialEq, Eq)]
struct Sources {
    html: String,
    folders: Vec<String>,
    files: Vec<String>,
}

/// Replaces everything in `dist` but wasm/ by what `web` holds now. False if index.html asks Trunk for something that
/// only Trunk can do; then nothing was changed.
pub fn run(web: &Path, dist: &Path) -> Result<bool> {
    let html = web.join("index.html");
    let html = fs::read_to_string(&html).with_context(|| format!("reading {}", html.display()))?;
    let Some(sources) = read(&html) else {
        return Ok(false);
    };
    for entry in fs::read_dir(dist).with_context(|| format!("reading {}", dist.display()))? {
        let path = entry?.path();
        if path.ends_with("wasm") {
            continue;
        }
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.with_context(|| format!("removing {}", path.display()))?;
    }
    for folder in &sources.folders {
        copy(&web.join(folder), &dist.join(folder))?;
    }
    for file in &sources.files {
        fs::copy(web.join(file), dist.join(file)).with_context(|| format!("copying {file}"))?;
    }
    fs::write(dist.join("index.html"), sources.html).context("writing dist/index.html")?;
    Ok(true)
}

/// Understands lines that hold one `<link data-trunk>` each, of the wasm, a folder or a file; otherwise none.
fn read(html: &str) -> Option<Sources> {
    let mut folders = Vec::new();
    let mut files = Vec::new();
    let mut published = String::new();
    for line in html.lines() {
        let text = line.trim();
        if !text.contains(" data-trunk") {
            published.push_str(line);
            published.push('\n');
        } else if !(text.starts_with("<link ")
            && text.ends_with('>')
            && text.matches('<').count() == 1)
        {
            return None;
        } else if attribute(text, "rel") == Some("copy-dir") {
            folders.push(attribute(text, "href")?.to_owned());
        } else if attribute(text, "rel") == Some("copy-file") {
            files.push(attribute(text, "href")?.to_owned());
        } else if attribute(text, "rel") != Some("rust") {
            return None;
        }
    }
    Some(Sources {
        html: published,
        folders,
        files,
    })
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let start = element.find(&format!(" {name}=\""))? + name.len() + 3;
    element[start..].split('"').next()
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to).with_context(|| format!("copying {}", from.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repositorys_page_is_understood() {
        let sources = read(include_str!("../../../../web/index.html")).unwrap();
        assert!(
            ["css", "js", "weights"]
                .iter()
                .all(|folder| sources.folders.contains(&(*folder).to_owned()))
        );
        assert!(!sources.html.contains(" data-trunk "));
        assert!(sources.html.contains("js/main.js"));
    }

    #[test]
    fn what_only_trunk_can_do_is_left_to_it() {
        assert_eq!(read("<link data-trunk rel=\"sass\" href=\"a.scss\">"), None);
        assert_eq!(
            read("<p><link data-trunk rel=\"copy-dir\" href=\"a\"></p>"),
            None
        );
        assert_eq!(read("<link data-trunk rel=\"copy-dir\">"), None);
    }

    #[test]
    fn the_wasm_stays_and_the_rest_is_what_web_holds_now() {
        let folder = std::env::temp_dir().join(format!("stylewalk-refresh-{}", std::process::id()));
        let (web, dist) = (folder.join("web"), folder.join("dist"));
        for (path, text) in [
            (
                "web/index.html",
                "<head>\n<link data-trunk rel=\"copy-dir\" href=\"js\">\n\
                 <link data-trunk rel=\"copy-file\" href=\"sw.js\">\n</head>\n",
            ),
            ("web/sw.js", "worker"),
            ("web/js/deep/new.js", "new"),
            ("dist/js/old.js", "old"),
            ("dist/index.html.br", "old"),
            ("dist/wasm/web_bg.wasm", "wasm"),
        ] {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert!(run(&web, &dist).unwrap());
        assert_eq!(
            fs::read_to_string(dist.join("index.html")).unwrap(),
            "<head>\n</head>\n"
        );
        assert_eq!(
            fs::read_to_string(dist.join("js/deep/new.js")).unwrap(),
            "new"
        );
        assert_eq!(fs::read_to_string(dist.join("sw.js")).unwrap(), "worker");
        assert_eq!(
            fs::read_to_string(dist.join("wasm/web_bg.wasm")).unwrap(),
            "wasm"
        );
        assert!(!dist.join("js/old.js").exists() && !dist.join("index.html.br").exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}

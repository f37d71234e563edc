//! ARCHITECTURE.md is a map of what is there.

use machine::root;

/// The paths that a text names in backticks: of the workspace's folders.
fn paths(text: &str) -> Vec<&str> {
    let folders = ["crates/", "docs/", "shaders/", "tests/", "web/"];
    let quoted = text.split('`').skip(1).step_by(2);
    let is_path = |word: &&str| folders.iter().any(|folder| word.starts_with(folder));
    quoted.filter(is_path).collect()
}

#[test]
fn every_path_that_the_map_names_exists() {
    for file in ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/formats.md"] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        for path in paths(&text) {
            assert!(root().join(path).exists(), "{file} names {path}");
        }
    }
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(paths(&map).len() > 40);
}

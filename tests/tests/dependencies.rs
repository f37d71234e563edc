//! The page's first program knows no Burn: that is what makes it small.

use std::collections::BTreeSet;
use std::process::Command;

use machine::root;
use serde_json::Value;

/// The names of all packages that `package` is built of for the browser, itself included.
fn built_of(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", "wasm32-unknown-unknown"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name_of = |id: &Value| {
        let found = packages
            .iter()
            .find(|package| package["id"] == *id)
            .unwrap();
        found["name"].as_str().unwrap().to_owned()
    };
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let mut left: Vec<&Value> = nodes
        .iter()
        .map(|node| &node["id"])
        .filter(|id| name_of(id) == package)
        .collect();
    assert_eq!(left.len(), 1, "the workspace has a crate {package}");
    let mut seen = BTreeSet::new();
    while let Some(id) = left.pop() {
        if !seen.insert(id.to_string()) {
            continue;
        }
        let node = nodes.iter().find(|node| node["id"] == *id).unwrap();
        for dependency in node["deps"].as_array().unwrap() {
            let mut kinds = dependency["dep_kinds"].as_array().unwrap().iter();
            // Neither build scripts' nor tests'.
            if kinds.any(|kind| kind["kind"].is_null()) {
                left.push(&dependency["pkg"]);
            }
        }
    }
    seen.iter()
        .map(|id| name_of(&serde_json::from_str(id).unwrap()))
        .collect()
}

#[test]
fn the_viewer_has_no_burn_and_the_workshop_has() {
    let burns = |package: &str| {
        let all = built_of(package).into_iter();
        let of_burn = |name: &String| {
            ["burn", "cubecl"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        };
        all.filter(of_burn).collect::<Vec<_>>()
    };
    assert_eq!(burns("viewer"), Vec::<String>::new());
    assert!(burns("workshop").contains(&"burn".to_owned()));
}

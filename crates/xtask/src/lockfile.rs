//! Which version of a package `Cargo.lock` has settled on.

use anyhow::{Context, Result};

/// The locked version of `package`. wasm-bindgen's command line must be of exactly the library's version, because
/// the two exchange a private format.
pub fn version(lockfile: &str, package: &str) -> Result<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lockfile.lines();
    lines
        .by_ref()
        .find(|line| line.trim() == name)
        .and_then(|_| lines.next())
        .and_then(|line| line.trim().strip_prefix("version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock has no package {package}; is the file damaged?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-shared\"\nversion = \"0.2.1\"\n\n\
        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\ndependencies = [\n \"cfg-if\",\n]\n";

    #[test]
    fn finds_the_package_and_not_its_namesakes() {
        assert_eq!(version(LOCK, "wasm-bindgen").unwrap(), "0.2.130");
    }

    #[test]
    fn an_absent_package_is_an_error_that_names_it() {
        let error = version(LOCK, "bindgen").unwrap_err().to_string();
        assert!(error.contains("no package bindgen"), "{error}");
    }

    #[test]
    fn this_repositorys_lockfile_is_understood() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(version(lock, "wasm-bindgen").unwrap().starts_with("0.2."));
    }
}

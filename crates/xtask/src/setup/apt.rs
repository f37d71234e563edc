//! Debian's packages: which are missing, and installing them without a question.

use crate::command;
use anyhow::{Context, Result, bail};
use std::process::Command;

/// What this machine lets us do about missing packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Right {
    /// We are root.
    Root,
    /// `sudo` is there; it must not ask for a password.
    Sudo,
    /// Neither: someone else has to.
    None,
}

/// Is this a machine with apt at all?
pub fn is_here() -> bool {
    command::find("apt-get").is_some() && command::find("dpkg-query").is_some()
}

/// Which of these packages are not installed.
pub fn missing<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    packages
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect()
}

fn is_installed(package: &str) -> bool {
    let query =
        command::text(command::new("dpkg-query").args(["-W", "-f=${db:Status-Status}\n", package]));
    query.is_ok_and(|status| says_installed(&status))
}

/// dpkg knows removed packages too: `config-files`, `not-installed`.
fn says_installed(status: &str) -> bool {
    status.lines().any(|line| line.trim() == "installed")
}

/// Installs those of the packages that are missing. `by_hand` is what to do where that is not possible.
pub fn install(packages: &[&str], by_hand: &str) -> Result<()> {
    let missing = missing(packages);
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    let right = right(is_root()?, command::find("sudo").is_some());
    if right == Right::None {
        bail!(
            "this user cannot install packages: run `apt-get install {list}` as root, or {by_hand}"
        );
    }
    let with = if right == Right::Sudo {
        "sudo apt-get"
    } else {
        "apt-get"
    };
    println!("set-up: {with} install {list}");
    // Package lists may be absent or stale, on a bare machine they are absent.
    command::run(&mut apt_get(right, &["update", "-qq"]))
        .and_then(|()| command::run(&mut apt_get(right, &install_arguments(&missing))))
        .with_context(|| {
            format!(
                "apt could not install {list}; run `apt-get install {list}` as root, or {by_hand}"
            )
        })
}

fn right(root: bool, sudo: bool) -> Right {
    match (root, sudo) {
        (true, _) => Right::Root,
        (false, true) => Right::Sudo,
        (false, false) => Right::None,
    }
}

fn is_root() -> Result<bool> {
    let id = command::text(command::new("id").arg("-u"))?;
    Ok(id.trim() == "0")
}

fn install_arguments<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    arguments
}

fn apt_get(right: Right, arguments: &[&str]) -> Command {
    let mut command = match right {
        Right::Sudo => {
            let mut sudo = command::new("sudo");
            // -n: fail rather than ask for a password.
            sudo.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        }
        Right::Root | Right::None => command::new("apt-get"),
    };
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_package_is_not_installed() {
        assert!(says_installed("installed\n"));
        assert!(!says_installed("config-files\n"));
        assert!(!says_installed("not-installed\n"));
        assert!(!says_installed(""));
    }

    #[test]
    fn root_needs_no_sudo() {
        assert_eq!(right(true, true), Right::Root);
        assert_eq!(right(false, true), Right::Sudo);
        assert_eq!(right(false, false), Right::None);
    }

    #[test]
    fn nothing_asks_a_question() {
        let words: Vec<_> = apt_get(Right::Sudo, &install_arguments(&["lld"]))
            .get_args()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let words = words.join(" ");
        assert!(
            words.starts_with("-n env DEBIAN_FRONTEND=noninteractive apt-get install -y"),
            "{words}"
        );
        assert!(words.ends_with(" lld"), "{words}");
    }
}

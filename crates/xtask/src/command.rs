//! Other programs: found on the PATH, started with a clean environment, and quoted in errors.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A command with the environment the user has, not the one `cargo run` adds for this program: a package's variables
/// would make other builds start again, and its library path would make another compiler load the wrong libraries.
pub fn new(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_cargo_runs_own) {
            command.env_remove(name);
        }
    }
    if let Some(paths) = env::var_os("LD_LIBRARY_PATH") {
        let users: Vec<_> = env::split_paths(&paths)
            .filter(|path| !is_cargos_library_path(path))
            .collect();
        match env::join_paths(&users) {
            Ok(joined) if !joined.is_empty() => command.env("LD_LIBRARY_PATH", joined),
            _ => command.env_remove("LD_LIBRARY_PATH"),
        };
    }
    command.env("PATH", search_path(&[]));
    command
}

fn is_cargo_runs_own(name: &str) -> bool {
    const NAMES: [&str; 5] = [
        "CARGO",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "OUT_DIR",
    ];
    NAMES.contains(&name) || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

fn is_cargos_library_path(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains("rustlib")
        || text.contains("toolchains")
        || text.contains("/debug")
        || text.contains("/quick")
        || text.contains("/release")
}

/// The PATH for programs: `first`, the folder of the cargo that started us, the user's PATH, cargo's own programs.
pub fn search_path(first: &[PathBuf]) -> std::ffi::OsString {
    let mut folders = first.to_vec();
    folders.extend(
        env::var_os("CARGO")
            .map(PathBuf::from)
            .and_then(|cargo| cargo.parent().map(Path::to_path_buf)),
    );
    let path = env::var_os("PATH").unwrap_or_default();
    folders.extend(env::split_paths(&path));
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    folders.extend(home.map(|home| home.join("bin")));
    // A folder name with the separator in it cannot be joined, and could not be on a PATH either.
    env::join_paths(&folders).unwrap_or(path)
}

/// Where a program is, if this machine has it.
pub fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&search_path(&[]))
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// Runs it with its output shown; an error if it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    succeeded(command, status)
}

/// Runs it silently and returns what it printed; an error carries the end of its messages.
pub fn text(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| cannot_start(command))?;
    if !output.status.success() {
        let messages = String::from_utf8_lossy(&output.stderr);
        let messages: Vec<_> = messages.trim().lines().collect();
        let last = messages[messages.len().saturating_sub(5)..].join("\n");
        bail!("`{}` failed ({}): {last}", shown(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it with its messages shown, and returns the last line that it printed on standard output.
pub fn last_line(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| cannot_start(command))?;
    succeeded(command, output.status)?;
    let printed = String::from_utf8_lossy(&output.stdout);
    Ok(printed.lines().last().unwrap_or_default().to_owned())
}

/// Runs it with its output shown, and returns whether it succeeded and what it printed on standard output.
pub fn tee(command: &mut Command) -> Result<(bool, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| cannot_start(command))?;
    let output = child.stdout.take();
    finish(command, child, echo(output, io::stdout()))
}

/// The same for standard error.
pub fn tee_errors(command: &mut Command) -> Result<(bool, String)> {
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| cannot_start(command))?;
    let output = child.stderr.take();
    finish(command, child, echo(output, io::stderr()))
}

/// Shows each line as it comes, and returns them all.
fn echo(from: Option<impl Read>, mut to: impl Write) -> io::Result<String> {
    let mut printed = String::new();
    let Some(from) = from else {
        return Ok(printed);
    };
    for line in BufReader::new(from).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        writeln!(to, "{line}")?;
        printed.push_str(&line);
        printed.push('\n');
    }
    Ok(printed)
}

fn finish(
    command: &Command,
    mut child: Child,
    printed: io::Result<String>,
) -> Result<(bool, String)> {
    let printed = printed.with_context(|| format!("the output of `{}`", shown(command)))?;
    let status = child
        .wait()
        .with_context(|| format!("waiting for `{}`", shown(command)))?;
    Ok((status.success(), printed))
}

/// Runs it with its output shown, and ends it after `limit`: some downloads hang rather than fail.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| cannot_start(command))?;
    match wait_until(&mut child, Instant::now() + limit)? {
        Some(status) => succeeded(command, status),
        None => {
            child
                .kill()
                .and_then(|()| child.wait())
                .with_context(|| format!("ending `{}`", shown(command)))?;
            bail!(
                "`{}` did not end within {} s",
                shown(command),
                limit.as_secs()
            );
        }
    }
}

fn wait_until(child: &mut Child, end: Instant) -> Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait().context("waiting for a program")? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", shown(command))
}

/// The command as one would type it: program name and arguments.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![
        program
            .file_name()
            .unwrap_or(program.as_os_str())
            .to_string_lossy(),
    ];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_variables_of_cargo_run_are_dropped() {
        assert!(is_cargo_runs_own("CARGO_PKG_NAME"));
        assert!(is_cargo_runs_own("CARGO_MANIFEST_DIR"));
        assert!(!is_cargo_runs_own("CARGO_HOME"));
        assert!(!is_cargo_runs_own("CARGO_TARGET_DIR"));
        assert!(!is_cargo_runs_own("CARGO_NET_OFFLINE"));
    }

    #[test]
    fn library_paths_of_the_user_stay() {
        assert!(is_cargos_library_path(Path::new("/p/target/debug/deps")));
        assert!(is_cargos_library_path(Path::new(
            "/r/lib/rustlib/x86_64-unknown-linux-gnu/lib"
        )));
        assert!(!is_cargos_library_path(Path::new("/usr/local/cuda/lib64")));
    }

    #[test]
    fn the_first_folders_come_first() {
        let path = search_path(&[PathBuf::from("/tools/bin")]);
        assert_eq!(
            env::split_paths(&path).next(),
            Some(PathBuf::from("/tools/bin"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_quotes_the_command_and_its_last_words() {
        let error =
            text(Command::new("sh").args(["-c", "echo no such target >&2; exit 3"])).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("`sh -c"), "{error}");
        assert!(error.contains("no such target"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_ended() {
        let error =
            run_within(Command::new("sleep").arg("600"), Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("did not end"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn output_is_kept_while_shown() {
        let (ok, printed) =
            tee(Command::new("sh").args(["-c", "echo one; echo two; exit 1"])).unwrap();
        assert!(!ok);
        assert_eq!(printed, "one\ntwo\n");
    }
}

//! What the program says of itself: completions, manual pages, the list of presets.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use tests::program::{self, stderr, stylewalk};

fn printed<const N: usize>(arguments: [&str; N]) -> String {
    let output = stylewalk(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_shell_learns_every_command() {
    let help = printed(["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<_> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(commands.contains(&"train") && commands.contains(&"completions"));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(["completions", shell]);
        for name in &commands {
            assert!(script.contains(name), "{shell} does not know {name}");
        }
        assert!(script.contains("preset"), "{shell} does not know --preset");
    }
    let refused = stylewalk(["completions", "abacus"]);
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("abacus") && stderr(&refused).contains("fish"));
}

/// The shell itself says what it would complete.
#[needs::bash]
fn bash_completes_a_flag() {
    let script = printed(["completions", "bash"]);
    let asks = format!(
        "{script}\nCOMP_WORDS=(stylewalk train --pres) COMP_CWORD=2\n\
         _stylewalk stylewalk --pres train\necho \"${{COMPREPLY[*]}}\""
    );
    let said = Command::new("bash").args(["-c", &asks]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "--preset");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man");
    let path = out.to_str().unwrap();
    let said = printed(["man", "--out", path]);
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    assert!(read("stylewalk.1").contains("stylewalk\\-train(1)"));
    let train = read("stylewalk-train.1");
    assert!(train.starts_with(".ie") && train.contains(".TH") && train.contains("\\-\\-preset"));
    assert!(read("stylewalk-data-prepare.1").contains("shard"));
    let count = fs::read_dir(&out).unwrap().count();
    assert!(said.starts_with(&format!("{count} pages in ")), "{said}");
    // Again: the earlier pages are replaced, with nothing beside them.
    fs::write(out.join("stylewalk-old.1"), "old").unwrap();
    fs::write(out.join("another.1"), "another program's").unwrap();
    printed(["man", "--out", path]);
    assert!(!out.join("stylewalk-old.1").exists());
    assert!(out.join("another.1").exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("diary.txt"), "dear").unwrap();
    let refused = stylewalk(["man", "--out", folder.path().to_str().unwrap()]);
    assert!(!refused.status.success());
    let said = stderr(&refused);
    assert!(
        said.contains("manual pages") && said.contains("--out"),
        "{said}"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("diary.txt")).unwrap(),
        "dear"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn presets_are_the_papers_table_and_train_takes_each() {
    let list: Value = serde_json::from_str(&printed(["presets", "--json"])).unwrap();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 9);
    assert_eq!(list[7]["name"], "ex8");
    assert_eq!(
        [&list[7]["l1"], &list[7]["l2"], &list[7]["l3"]],
        [2.5, 1.0, 0.0]
    );
    let text = printed(["presets"]);
    assert_eq!(text.lines().count(), 10);
    assert!(text.contains("ex8    2.5    1    0"), "{text}");
}

/// A reader that has gone is no reason for a panic, nor for a word.
#[test]
fn nobody_reading_is_no_error() {
    for arguments in [
        &["completions", "zsh"][..],
        &["presets"],
        &["presets", "--json"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = program::command(arguments.iter().copied())
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert_eq!(stderr(&output), "", "{arguments:?}");
    }
}

//! The bytes that campaigns began with and what they found, once more: `tests/fuzz/corpus/TARGET`.

use std::path::Path;

/// Every file of every target's corpus runs through, and so do its beginnings and copies with a byte changed.
#[test]
fn what_campaigns_know_is_read_or_refused() {
    for &(name, run) in fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(name);
        let mut files = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            run(&bytes);
            files += 1;
            for part in 1..64 {
                let at = part * bytes.len() / 64;
                run(&bytes[..at]);
                let mut changed = bytes.clone();
                changed[at] ^= 1 << (part % 8);
                run(&changed);
            }
        }
        assert!(files > 0, "{} is empty", folder.display());
    }
}

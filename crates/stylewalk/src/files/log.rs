//! Files that grow by whole records, also on a disk that is full for a while.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The most that waits for room on the disk; what comes after that is lost.
const MOST_WAITING: usize = 16 << 20;

/// A file that records are added to. One that cannot be written waits, and goes before the next.
pub struct Log {
    file: File,
    path: PathBuf,
    /// The length that is records from end to end.
    whole: u64,
    /// Whether more may be in the file than that: a part of a record.
    torn: bool,
    waiting: Vec<u8>,
}

impl Log {
    /// The file `path`, which is made where it is missing.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).open(path);
        let log = file.and_then(|file| Self::of(file, path));
        log.with_context(|| format!("could not open {}", path.display()))
    }

    /// The open file `file`, which is called `path`.
    ///
    /// # Errors
    /// Its length cannot be read.
    pub fn of(file: File, path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            whole: file.metadata()?.len(),
            file,
            path: path.to_owned(),
            torn: true,
            waiting: Vec::new(),
        })
    }

    /// Adds a record, after those that wait.
    ///
    /// # Errors
    /// It could not be written, and waits.
    pub fn append(&mut self, record: &[u8]) -> Result<()> {
        if self.waiting.len() + record.len() <= MOST_WAITING {
            self.waiting.extend_from_slice(record);
        }
        let written = self.write();
        written.with_context(|| format!("could not write {}", self.path.display()))
    }

    fn write(&mut self) -> std::io::Result<()> {
        self.mend()?;
        self.torn = true;
        let written = self.file.write_all(&self.waiting);
        if written.is_err() {
            // Now, while it works: a program that ends here leaves whole records.
            let _ = self.mend();
            return written;
        }
        self.torn = false;
        self.whole += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Takes a part of a record away.
    fn mend(&mut self) -> std::io::Result<()> {
        if self.torn {
            self.file.set_len(self.whole)?;
            self.file.seek(SeekFrom::Start(self.whole))?;
            self.torn = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn records_go_after_those_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        for record in ["one\n", "two\n"] {
            Log::open(&path).unwrap().append(record.as_bytes()).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
    }

    /// A file that is open for reading only takes as little as one on a full disk.
    #[test]
    fn a_record_that_could_not_be_written_goes_before_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = Log::open(&path).unwrap();
        log.append(b"one\n").unwrap();
        let writable = std::mem::replace(&mut log.file, File::open(&path).unwrap());
        let told = format!("{:#}", log.append(b"two\n").unwrap_err());
        assert!(told.contains("log"), "{told}");
        assert!(log.append(b"three\n").is_err());
        log.file = writable;
        log.append(b"four\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\nthree\nfour\n");
    }

    #[test]
    fn half_a_record_is_taken_away_before_the_next_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = Log::open(&path).unwrap();
        log.append(b"one\n").unwrap();
        log.file.write_all(b"tw").unwrap();
        log.torn = true;
        log.append(b"two\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
    }
}

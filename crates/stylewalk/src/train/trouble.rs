//! Failures that a training survives: told when they begin and when they are over, not each time.

use anyhow::{Error, Result};

/// One kind of them.
pub struct Trouble {
    /// What a person is told when they are over.
    over: &'static str,
    lasts: bool,
    /// Whether a person knows that the end waits.
    waits: bool,
}

impl Trouble {
    /// None yet; when some are over, `over` says so.
    pub fn until(over: &'static str) -> Self {
        Self {
            over,
            lasts: false,
            waits: false,
        }
    }

    /// Takes what became of the last try, and hands a sentence for a person to `say` where it became another than before.
    pub fn see(&mut self, tried: Result<()>, say: impl FnOnce(&str)) {
        match tried {
            Err(error) if !self.lasts => {
                say(&format!("{error:#}; training goes on and tries again"));
                self.lasts = true;
            }
            Ok(()) if self.lasts => {
                say(self.over);
                self.lasts = false;
            }
            _ => {}
        }
    }

    /// The same for a failure at the end of a training, which waits for what failed.
    pub fn see_last(&mut self, error: Error, say: impl FnOnce(&str)) {
        if !self.waits {
            say(&format!(
                "{error:#}; the training is at its end and tries again for a while, Ctrl-C ends it without saving"
            ));
            (self.lasts, self.waits) = (true, true);
        }
    }

    /// Whether the last try failed.
    pub fn lasts(&self) -> bool {
        self.lasts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn what_lasts_is_told_once_and_so_is_its_end() {
        let mut trouble = Trouble::until("samples again");
        let mut told = Vec::new();
        for fails in [false, true, true, false, false, true] {
            let tried = if fails {
                Err(anyhow!("no room"))
            } else {
                Ok(())
            };
            trouble.see(tried, |line| told.push(line.to_owned()));
            assert_eq!(trouble.lasts(), fails);
        }
        let begins = "no room; training goes on and tries again";
        assert_eq!(told, [begins, "samples again", begins]);
    }

    #[test]
    fn the_end_waits_and_says_so_once() {
        let mut trouble = Trouble::until("over");
        let mut told = 0;
        for _ in 0..2 {
            trouble.see_last(anyhow!("no room"), |_| told += 1);
        }
        assert_eq!(told, 1);
        trouble.see(Ok(()), |line| assert_eq!(line, "over"));
        assert!(!trouble.lasts());
    }
}

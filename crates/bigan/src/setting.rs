//! What is said of a setting that training cannot work with.

use std::fmt::Display;

/// A setting outside what makes sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {value}, but must {rule}")]
pub struct SettingError {
    /// Its name, which is also the flag's after the two dashes.
    pub setting: &'static str,
    /// What it was.
    pub value: String,
    /// What would be accepted, after "must".
    pub rule: String,
}

/// Fails with a sentence on `setting` unless `holds`.
pub(crate) fn ensure(
    holds: bool,
    setting: &'static str,
    value: impl Display,
    rule: impl Into<String>,
) -> Result<(), SettingError> {
    if holds {
        return Ok(());
    }
    Err(SettingError {
        setting,
        value: value.to_string(),
        rule: rule.into(),
    })
}

pub(crate) fn positive(setting: &'static str, value: f64) -> Result<(), SettingError> {
    let holds = value.is_finite() && value > 0.0;
    ensure(holds, setting, value, "be above 0")
}

pub(crate) fn at_least_zero(setting: &'static str, value: f64) -> Result<(), SettingError> {
    let holds = value.is_finite() && value >= 0.0;
    ensure(holds, setting, value, "not be negative")
}

/// For shares of what was before, such as the decay of a mean.
pub(crate) fn share(setting: &'static str, value: f64) -> Result<(), SettingError> {
    let holds = (0.0..1.0).contains(&value);
    ensure(holds, setting, value, "be at least 0 and below 1")
}

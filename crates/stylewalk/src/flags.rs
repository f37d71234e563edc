//! Settings that come from a file or their defaults, and from flags over those: one struct has both.

use std::marker::PhantomData;

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};
use serde::Serialize;
use serde_json::Value;

/// The flags of the settings `S`, as far as a person wrote them.
///
/// A flag's name in clap is its field's in `S`, with those of the structs around it where the field's alone would be
/// another's as well (`unroll.steps`). No flag has a default in clap, or one that nobody wrote would count more than a
/// file; what [`Default`] gives is only shown in the help.
pub struct Flags<S> {
    matches: ArgMatches,
    settings: PhantomData<S>,
}

impl<S: Args> Flags<S> {
    /// Puts what was written over `settings`.
    ///
    /// # Errors
    /// Never for flags that clap has accepted.
    pub fn lay_over(&self, settings: &mut S) -> Result<(), Error> {
        settings.update_from_arg_matches(&self.matches)
    }
}

impl<S: Args + Default + Serialize> Args for Flags<S> {
    fn augment_args(command: Command) -> Command {
        let defaults = serde_json::to_value(S::default()).unwrap_or_default();
        // Apart from the command's own arguments, which keep theirs.
        let flags = S::augment_args_for_update(Command::new("settings"));
        let flags = flags
            .get_arguments()
            .map(|flag| with_default(flag.clone(), &defaults));
        command.args(flags.collect::<Vec<_>>())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Args> FromArgMatches for Flags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(Self {
            matches: matches.clone(),
            settings: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.matches.clone_from(matches);
        Ok(())
    }
}

/// `flag`, whose help ends with what `defaults` has for it.
fn with_default(flag: Arg, defaults: &Value) -> Arg {
    let text = match find(defaults, flag.get_id().as_str()) {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(word)) => word.clone(),
        _ => return flag,
    };
    let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
    flag.help(format!("{help} [default: {text}]"))
}

/// The field that is called `name`, or whose path ends with it; one further out before one further in.
fn find<'a>(settings: &'a Value, name: &str) -> Option<&'a Value> {
    let pointer = format!("/{}", name.replace('.', "/"));
    settings.pointer(&pointer).or_else(|| {
        let inner = settings.as_object()?.values();
        inner
            .filter(|value| value.is_object())
            .find_map(|value| find(value, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bigan::RunConfig;

    fn written(words: &[&str]) -> RunConfig {
        let command = Flags::<RunConfig>::augment_args(Command::new("train").no_binary_name(true));
        let flags = Flags::<RunConfig>::from_arg_matches(&command.get_matches_from(words));
        let mut config = RunConfig {
            flips: true,
            batch: 7,
            ..RunConfig::default()
        };
        config.trainer.unroll.through = false;
        flags.unwrap().lay_over(&mut config).unwrap();
        config
    }

    #[test]
    fn what_nobody_wrote_changes_nothing() {
        let config = written(&[]);
        assert!(config.flips && !config.trainer.unroll.through);
        assert_eq!((config.batch, config.trainer.networks.width), (7, 64));
    }

    #[test]
    fn what_somebody_wrote_counts_also_where_it_is_the_default() {
        let config = written(&[
            "--batch",
            "32",
            "--flips=false",
            "--unrolled-cheap=false",
            "--l2",
            "0",
        ]);
        assert!(!config.flips && config.trainer.unroll.through);
        assert_eq!((config.batch, config.trainer.losses.autoencoder), (32, 0.0));
        assert!(!written(&["--unrolled-cheap"]).trainer.unroll.through);
    }

    #[test]
    fn help_shows_each_default() {
        let mut command = Flags::<RunConfig>::augment_args(Command::new("train"));
        let help = command.render_long_help().to_string();
        for (flag, default) in [
            ("steps", "200000"),
            ("unrolled", "0"),
            ("l1", "2.5"),
            ("fit", "pad"),
            ("schedule", "constant"),
        ] {
            let (_, after) = help.split_once(&format!("--{flag} <")).unwrap();
            let entry = after.split("\n      --").next().unwrap();
            assert!(entry.contains(&format!("[default: {default}]")), "{entry}");
        }
    }

    /// A flag that has a field's name is found there, so that its default is shown.
    #[test]
    fn every_flag_is_a_field() {
        let command = RunConfig::augment_args_for_update(Command::new("train"));
        let defaults = serde_json::to_value(RunConfig::default()).unwrap();
        for flag in command.get_arguments().map(|flag| flag.get_id().as_str()) {
            // Left out of a file while it is off, or the paper's.
            let off = flag.starts_with("minibatch.") || ["side", "local_norm"].contains(&flag);
            assert!(off || find(&defaults, flag).is_some(), "{flag}");
        }
    }
}

//! `cargo xtask soak`: a thousand small training steps on each device, whose memory must not grow.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::command;
use crate::setup;
use crate::workspace::Workspace;

/// `cargo xtask soak`
#[derive(Args)]
pub struct Options {
    /// Devices to train on, one after the other; `vulkan` is Chromium's SwiftShader where that is installed, `wgpu` the best GPU
    #[arg(long, value_delimiter = ',', default_value = "cpu,vulkan")]
    devices: Vec<String>,
    /// Channels of the first convolution
    #[arg(long, default_value_t = 2)]
    width: usize,
    /// Pictures a step
    #[arg(long, default_value_t = 2)]
    batch: usize,
    /// Steps on each device
    #[arg(long, default_value_t = 1000)]
    steps: usize,
}

/// Looks at memory that a training is given.
const LOOKS: usize = 10;
/// The first looks are at memory that is still being taken for the first time.
const WARM: usize = 3;
/// Growth that counts as none: pages of the system's allocator come and go.
const ALLOWED: f64 = 8e6;

/// What the training prints.
#[derive(Deserialize, Clone)]
struct Look {
    device: String,
    step: usize,
    resident: Option<f64>,
    reserved: Option<f64>,
    used: Option<f64>,
}

/// Trains on each device, prints what memory was held when, and fails where it grew.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut build = command::new("cargo");
    build.current_dir(&workspace.root).args([
        "build",
        "--profile=quick",
        "--package=bigan",
        "--package=stylewalk",
        "--example=soak",
    ]);
    command::run(&mut build)?;
    let program = format!("soak{}", std::env::consts::EXE_SUFFIX);
    let program = workspace.target.join("quick/examples").join(program);
    let mut grown = Vec::new();
    for device in &options.devices {
        let mut soak = command::new(&program);
        soak.args(["--device", device]);
        for (name, value) in [
            ("--width", options.width),
            ("--batch", options.batch),
            ("--steps", options.steps),
            ("--every", options.steps.div_ceil(LOOKS)),
        ] {
            soak.arg(name).arg(value.to_string());
        }
        if device == "vulkan" {
            soak.envs(setup::emulated_vulkan());
        }
        let looks = looks(&command::text(&mut soak)?)?;
        println!("{}", table(&looks));
        grown.extend(growths(&looks));
    }
    if !grown.is_empty() {
        bail!("memory grew: {}", grown.join("; "));
    }
    println!("memory is flat");
    Ok(())
}

fn looks(printed: &str) -> Result<Vec<Look>> {
    let look = |line: &str| {
        serde_json::from_str(line).with_context(|| format!("the training printed `{line}`"))
    };
    let looks: Vec<Look> = printed.lines().map(look).collect::<Result<_>>()?;
    if looks.len() <= WARM + 1 {
        bail!(
            "{} steps are too few to see memory grow",
            looks.last().map_or(0, |look| look.step)
        );
    }
    Ok(looks)
}

/// What grew between the looks after the first few and the last ones.
fn growths(looks: &[Look]) -> Vec<String> {
    let [early, .., late] = &looks[WARM..] else {
        return Vec::new();
    };
    let kinds = [
        ("the process's", early.resident, late.resident),
        (
            "the GPU allocator's reserved",
            early.reserved,
            late.reserved,
        ),
        ("the GPU allocator's used", early.used, late.used),
    ];
    let growth = |(name, before, after): (&str, Option<f64>, Option<f64>)| {
        let by = after? - before?;
        (by > ALLOWED).then(|| {
            format!(
                "{name} memory on {} by {:.1} MB from step {} to {}",
                late.device,
                by / 1e6,
                early.step,
                late.step
            )
        })
    };
    kinds.into_iter().filter_map(growth).collect()
}

fn table(looks: &[Look]) -> String {
    let device = looks.first().map_or("", |look| &look.device);
    let mut table = format!(
        "{device}\n{:>6}  {:>12}  {:>12}  {:>12}\n",
        "step", "resident", "reserved", "used"
    );
    let megabytes =
        |bytes: Option<f64>| bytes.map_or_else(|| "-".into(), |b| format!("{:.1} MB", b / 1e6));
    for look in looks {
        let [resident, reserved, used] = [look.resident, look.reserved, look.used].map(megabytes);
        table.push_str(&format!(
            "{:>6}  {resident:>12}  {reserved:>12}  {used:>12}\n",
            look.step
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks_at(resident: [f64; 6]) -> Vec<Look> {
        let look = |(index, megabytes): (usize, f64)| Look {
            device: "CPU".into(),
            step: 100 * (index + 1),
            resident: Some(megabytes * 1e6),
            reserved: None,
            used: None,
        };
        resident.into_iter().enumerate().map(look).collect()
    }

    #[test]
    fn growth_after_the_first_looks_is_reported() {
        assert!(growths(&looks_at([10.0, 80.0, 90.0, 100.0, 99.0, 103.0])).is_empty());
        let grown = growths(&looks_at([10.0, 80.0, 90.0, 100.0, 110.0, 120.0]));
        assert_eq!(
            grown,
            ["the process's memory on CPU by 20.0 MB from step 400 to 600"]
        );
    }

    #[test]
    fn too_few_looks_are_refused() {
        let line = r#"{"device":"CPU","step":1,"resident":null,"reserved":1,"used":1}"#;
        let error = looks(line).err().unwrap().to_string();
        assert!(error.contains("too few"), "{error}");
        assert!(looks("what").is_err());
    }
}

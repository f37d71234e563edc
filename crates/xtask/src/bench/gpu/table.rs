//! The figures as Markdown.

use anyhow::{Context, Result};
use std::fmt::Write as _;

use super::Options;
use super::lines::{Adapter, Kernel, Line, Norm, Pixels, Steps, Timed, Trained};
use crate::bench::spread::Spread;

/// What the parts are called.
pub const TITLES: [&str; 7] = [
    "## The device",
    "## Correctness",
    "## Variants",
    "## A training step's parts",
    "## Whole training steps",
    "## A training",
    "## Left out",
];

/// What Burn's own operation is called among the variants.
const BURNS: &str = "Burn's";

/// A training step's shaders by what they are for; all others are element-wise, ours and Burn's.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "convolutions",
        &["conv2d", "conv_transpose2d", "conv2d_weight"],
    ),
    (
        "what convolutions need: weights packed, maps framed, parts added up",
        &["pack_conv2d", "pack_conv_transpose2d", "pad", "sum_split_k"],
    ),
    (
        "batch norms with their activations, sums over channels",
        &["norm_leaky", "norm_leaky_gradient", "channel_sum"],
    ),
    ("fully connected layers", &["product", "finish_linear"]),
    ("Adam", &["adam"]),
];
const OTHERS: &str = "the rest";

/// All parts; a part without figures says so.
pub fn table(options: &Options, lines: &[Line]) -> Result<String> {
    let adapter = picked(lines, |line| match line {
        Line::Adapter(adapter) => Some(adapter),
        _ => None,
    });
    let adapter = *adapter.first().context("the benchmark named no device")?;
    let parts = [
        device(adapter),
        correctness(lines),
        variants(lines),
        parts_of_a_step(lines),
        whole_steps(lines),
        training(options, lines),
        left_out(lines),
    ];
    let mut text = heading(options, adapter);
    for (title, part) in TITLES.iter().zip(parts) {
        let part = if part.is_empty() {
            "Nothing was measured.\n"
        } else {
            &part
        };
        write!(text, "\n{title}\n\n{part}")?;
    }
    Ok(text)
}

fn picked<'a, T>(lines: &'a [Line], pick: impl Fn(&'a Line) -> Option<T>) -> Vec<T> {
    lines.iter().filter_map(pick).collect()
}

fn heading(options: &Options, adapter: &Adapter) -> String {
    let emulated = match adapter.emulated {
        true => {
            " **It is no graphics card but emulated on the processor: nothing here says anything of one.**"
        }
        false => "",
    };
    format!(
        "{} through `{}`, `cargo xtask bench gpu`, in at most {} minutes.{emulated}\n",
        adapter.name, options.device, options.minutes
    )
}

fn device(adapter: &Adapter) -> String {
    let mut text = "| | |\n|---|---|\n".to_owned();
    text.push_str(&format!("| name | {} |\n", adapter.name));
    for (name, value) in &adapter.facts {
        text.push_str(&format!("| {name} | {value} |\n"));
    }
    text
}

/// What was wrong ended the benchmark, so that all of this is right.
fn correctness(lines: &[Line]) -> String {
    let compared = picked(lines, |line| match line {
        Line::Compared(compared) => Some(compared),
        _ => None,
    });
    let losses = picked(lines, |line| match line {
        Line::Losses(losses) => Some(losses),
        _ => None,
    });
    if compared.is_empty() && losses.is_empty() {
        return String::new();
    }
    let refused: Vec<_> = compared.iter().filter(|one| one.refused).collect();
    let part = |one: &&&super::Compared| one.apart.unwrap_or(0.0) / one.allowed;
    let worst = compared.iter().max_by(|a, b| part(a).total_cmp(&part(b)));
    let mut text = format!(
        "{} results of variants agree with the CPU's, and the losses of {} training steps with those of Burn's own operations.",
        compared.len() - refused.len(),
        losses.len()
    );
    if let Some((one, apart)) = worst.and_then(|one| Some((one, one.apart?))) {
        text.push_str(&format!(
            " Nearest to what is allowed comes {} with {}: {apart:.1e} of the largest value, of {:.0e}.",
            one.what, one.variant, one.allowed
        ));
    }
    text.push('\n');
    for one in refused {
        text.push_str(&format!(
            "\nThe device's compiler refuses {} with {}.\n",
            one.what, one.variant
        ));
    }
    text
}

/// GFLOP/s of the fastest product.
fn roof(lines: &[Line]) -> Option<f64> {
    let products = picked(lines, |line| match line {
        Line::Product(product) => Spread::of(product.gflops.clone()),
        _ => None,
    });
    products.iter().map(Spread::median).max_by(f64::total_cmp)
}

fn variants(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        if let Line::Product(product) = line
            && let Some(speed) = Spread::of(product.gflops.clone())
        {
            let (name, who) = (&product.name, &product.who);
            text.push_str(&format!("- {name}, {who}: {} GFLOP/s\n", speed.digits(1)));
        }
    }
    let timed = picked(lines, |line| match line {
        Line::Timed(timed) => Some(timed),
        _ => None,
    });
    let mut seen: Vec<(bool, &str)> = Vec::new();
    for one in &timed {
        let kind = (one.training, &one.operation[..]);
        if !seen.contains(&kind) {
            seen.push(kind);
        }
    }
    for (training, operation) in seen {
        let of_it = timed.iter().copied();
        let of_it = of_it.filter(|one| (one.training, &one.operation[..]) == (training, operation));
        text.push_str(&of_operation(
            training,
            operation,
            &of_it.collect::<Vec<_>>(),
            roof(lines),
        ));
    }
    text
}

/// A row for each shape, a column for each variant.
fn of_operation(training: bool, operation: &str, timed: &[&Timed], roof: Option<f64>) -> String {
    let (mut names, mut shapes): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for one in timed {
        if !names.contains(&&one.variant[..]) {
            names.push(&one.variant);
        }
        if !shapes.contains(&&one.shape[..]) {
            shapes.push(&one.shape);
        }
    }
    // Kernels of 3 have variants that those of 5 do not.
    names.sort_by_key(|name| *name == BURNS);
    let whose = if training {
        "Training's"
    } else {
        "Inference's"
    };
    let mut text = format!(
        "\n{whose} `{operation}`, milliseconds of each variant: what tuning takes in bold, the first guess in italics, `-` where \
         the device's compiler refuses it.\n\n"
    );
    for (number, name) in (1..).zip(&names) {
        text.push_str(&format!("{number}. {name}\n"));
    }
    text.push_str("\n| | GFLOP/s | over the product |");
    for number in 1..=names.len() {
        text.push_str(&format!(" {number} |"));
    }
    text.push_str(&format!("\n|---|---|---|{}\n", "---|".repeat(names.len())));
    for shape in shapes {
        let of_it: Vec<&Timed> = timed
            .iter()
            .copied()
            .filter(|one| one.shape == shape)
            .collect();
        text.push_str(&row(shape, &names, &of_it, roof));
    }
    text
}

fn row(shape: &str, names: &[&str], timed: &[&Timed], roof: Option<f64>) -> String {
    let taken = timed.iter().find(|one| one.taken);
    let gflops = taken.and_then(|one| Some(2e-6 * one.multiply_adds / one.milliseconds?));
    let over = gflops.zip(roof).map(|(gflops, roof)| gflops / roof);
    let number = |number: Option<f64>, digits: usize| {
        number.map_or_else(String::new, |number| format!("{number:.digits$}"))
    };
    let mut text = format!("| {shape} | {} | {} |", number(gflops, 1), number(over, 2));
    for name in names {
        let one = timed.iter().find(|one| one.variant == *name);
        text.push_str(&format!(
            " {} |",
            one.map_or_else(String::new, |one| cell(one))
        ));
    }
    text.push('\n');
    text
}

fn cell(one: &Timed) -> String {
    let Some(taken) = one.milliseconds else {
        return "-".to_owned();
    };
    let time = milliseconds(taken);
    match (one.taken, one.guessed) {
        (true, true) => format!("***{time}***"),
        (true, false) => format!("**{time}**"),
        (false, true) => format!("*{time}*"),
        (false, false) => time,
    }
}

/// With three digits that count, or as many as are before the point.
fn milliseconds(time: f64) -> String {
    match time {
        100.0.. => format!("{time:.0}"),
        10.0.. => format!("{time:.1}"),
        1.0.. => format!("{time:.2}"),
        _ => format!("{time:.3}"),
    }
}

fn parts_of_a_step(lines: &[Line]) -> String {
    let kernels = picked(lines, |line| match line {
        Line::Kernel(kernel) => Some(kernel),
        _ => None,
    });
    let mut text = String::new();
    let mut sizes: Vec<[usize; 2]> = Vec::new();
    for kernel in &kernels {
        let size = [kernel.width, kernel.batch];
        if !sizes.contains(&size) {
            sizes.push(size);
            let of_it = kernels.iter().copied();
            let of_it = of_it.filter(|one| [one.width, one.batch] == size);
            text.push_str(&parts(size, &of_it.collect::<Vec<_>>()));
        }
    }
    text.push_str(&norms(lines));
    text
}

fn parts([width, batch]: [usize; 2], kernels: &[&Kernel]) -> String {
    let clock = match kernels.iter().all(|kernel| kernel.on_device) {
        true => "on the device's own clock, back to back",
        false => "on the processor's clock, one after the other, with what submitting them takes",
    };
    let mut text = format!(
        "One step at width {width} and batch {batch}, {clock}:\n\n| | dispatches | ms | part |\n|---|---|---|---|\n"
    );
    let sum = |kernels: &[&Kernel]| {
        kernels
            .iter()
            .filter_map(|one| one.milliseconds)
            .sum::<f64>()
    };
    let dispatches = |kernels: &[&Kernel]| kernels.iter().map(|one| one.dispatches).sum::<usize>();
    let whole = sum(kernels);
    let mut add = |name: &str, kernels: &[&Kernel]| {
        let (count, time) = (dispatches(kernels), sum(kernels));
        let part = 100.0 * time / whole;
        text.push_str(&format!(
            "| {name} | {count} | {} | {part:.0} % |\n",
            milliseconds(time)
        ));
    };
    let is_in = |kernel: &Kernel, names: &[&str]| names.contains(&&kernel.name[..]);
    for (name, names) in GROUPS {
        let of_it: Vec<&Kernel> = kernels
            .iter()
            .copied()
            .filter(|one| is_in(one, names))
            .collect();
        add(name, &of_it);
    }
    let is_known = |kernel: &Kernel| GROUPS.iter().any(|(_, names)| is_in(kernel, names));
    let others: Vec<&Kernel> = kernels
        .iter()
        .copied()
        .filter(|one| !is_known(one))
        .collect();
    add(OTHERS, &others);
    add("all", kernels);
    text.push('\n');
    text
}

/// Each value read once and written once; the backward pass reads the output's gradient too.
const BYTES_OF_A_VALUE: [f64; 2] = [8.0, 12.0];

fn norms(lines: &[Line]) -> String {
    let norms = picked(lines, |line| match line {
        Line::Norm(norm) => Some(norm),
        _ => None,
    });
    if norms.is_empty() {
        return String::new();
    }
    let mut text =
        "Batch norms with their activations, each value counted as read once and written once:\n\n\
        | samples, channels, sides | forward | | backward | |\n|---|---|---|---|---|\n"
            .to_owned();
    for Norm {
        shape,
        milliseconds: times,
    } in norms
    {
        let values = shape.iter().product::<usize>() as f64;
        text.push_str(&format!(
            "| {} |",
            shape.map(|side| side.to_string()).join(" x ")
        ));
        for (time, bytes) in times.iter().zip(BYTES_OF_A_VALUE) {
            match time {
                Some(time) => {
                    let rate = 1e-6 * bytes * values / time;
                    text.push_str(&format!(" {} ms | {rate:.1} GB/s |", milliseconds(*time)));
                }
                None => text.push_str(" | |"),
            }
        }
        text.push('\n');
    }
    text
}

fn whole_steps(lines: &[Line]) -> String {
    let steps = picked(lines, |line| match line {
        Line::Steps(steps) => Some(steps),
        _ => None,
    });
    if steps.is_empty() {
        return String::new();
    }
    let mut text = "Medians (lowest to highest) of steps with their losses read; those of the same size in turns, compiled ones by themselves.\n\n\
        | | width | batch | a step |\n|---|---|---|---|\n"
        .to_owned();
    for Steps {
        name,
        width,
        batch,
        milliseconds,
    } in &steps
    {
        let times = Spread::of(milliseconds.clone());
        let times = times.map_or_else(
            || "none in time".to_owned(),
            |times| times.digits(1) + " ms",
        );
        text.push_str(&format!("| {name} | {width} | {batch} | {times} |\n"));
    }
    if !steps.iter().any(|steps| steps.name.starts_with("PyTorch")) {
        text.push_str(
            "\nPyTorch was not timed beside it: the Python that `--python` names has none that reaches a graphics card.\n",
        );
    }
    text
}

fn training(options: &Options, lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        match line {
            Line::Trained(trained) => text.push_str(&trained_in_words(options, trained)),
            Line::Pixels(pixels) => text.push_str(&pixels_in_words(pixels)),
            _ => {}
        }
    }
    text
}

fn trained_in_words(options: &Options, trained: &Trained) -> String {
    let (width, batch) = (options.widths[0], options.batches[0]);
    let speed = Spread::of(trained.images_per_second.clone());
    let speed = speed.map_or_else(|| "none".to_owned(), |speed| speed.digits(1));
    let steps = trained.images_per_second.len();
    let losses = match &trained.failed {
        Some(sentence) => sentence,
        None => "all losses are numbers",
    };
    format!(
        "`stylewalk train` at width {width} and batch {batch} on drawn outfits: {steps} steps, {speed} pictures a second, {losses}.\n"
    )
}

fn pixels_in_words(pixels: &Pixels) -> String {
    format!(
        "\n`stylewalk reconstruct` of {} pictures with its model: {:.2} % of the colours differ from the CPU's, by {} of 255 at \
         most.\n",
        pixels.pictures,
        100.0 * pixels.differing,
        pixels.largest
    )
}

fn left_out(lines: &[Line]) -> String {
    let mut parts: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        if let Line::LeftOut { part, what } = line {
            match parts.iter_mut().find(|(other, _)| other == part) {
                Some((_, all)) => all.push(what),
                None => parts.push((part, vec![what])),
            }
        }
    }
    if parts.is_empty() {
        return "Nothing.\n".to_owned();
    }
    let parts = parts.iter();
    parts
        .map(|(part, all)| format!("- {part}: {}\n", all.join("; ")))
        .collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn options() -> Options {
        Options {
            device: "vulkan".to_owned(),
            minutes: 15.0,
            widths: vec![64],
            batches: vec![32],
            smallest: 2,
            steps: 200,
            python: "python3".into(),
            emulated: true,
            out: None,
            quick: false,
        }
    }

    fn adapter(emulated: bool) -> Line {
        Line::Adapter(Adapter {
            name: "GPU".to_owned(),
            emulated,
            facts: vec![("driver".to_owned(), "1.2".to_owned())],
        })
    }

    fn timed(variant: &str, milliseconds: Option<f64>, [guessed, taken]: [bool; 2]) -> Line {
        Line::Timed(Timed {
            training: true,
            operation: "conv2d".to_owned(),
            shape: "3 -> 64".to_owned(),
            batch: 32,
            variant: variant.to_owned(),
            milliseconds,
            multiply_adds: 1e9,
            guessed,
            taken,
        })
    }

    fn kernel(name: &str, dispatches: usize, milliseconds: f64) -> Line {
        Line::Kernel(Kernel {
            width: 64,
            batch: 32,
            name: name.to_owned(),
            dispatches,
            milliseconds: Some(milliseconds),
            on_device: true,
        })
    }

    #[test]
    fn every_part_is_there_and_says_where_it_has_nothing() {
        let text = table(&options(), &[adapter(true)]).unwrap();
        for title in TITLES {
            assert!(text.contains(title), "{text}");
        }
        assert_eq!(text.matches("Nothing was measured.").count(), 5);
        assert!(text.contains("emulated on the processor"));
        assert!(text.contains("| driver | 1.2 |"));
        assert!(text.ends_with("## Left out\n\nNothing.\n"));
        let real = table(&options(), &[adapter(false)]).unwrap();
        assert!(!real.contains("emulated"));
        assert!(table(&options(), &[]).is_err());
    }

    #[test]
    fn variants_are_columns_and_marked() {
        let product = Line::Product(super::super::lines::Product {
            name: "matrix product".to_owned(),
            who: "ours".to_owned(),
            gflops: vec![4000.0],
        });
        let lines = [
            adapter(false),
            product,
            timed("8 channels", Some(2.0), [true, false]),
            timed("4 channels", Some(1.0), [false, true]),
            timed("2 channels", None, [false, false]),
            timed("Burn's", Some(120.4), [false, false]),
        ];
        let text = table(&options(), &lines).unwrap();
        assert!(text.contains("2. 4 channels\n"), "{text}");
        let row = "| 3 -> 64 | 2000.0 | 0.50 | *2.00* | **1.00** | - | 120 |";
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn a_steps_shaders_are_grouped() {
        let lines = [
            adapter(false),
            kernel("conv2d", 20, 6.0),
            kernel("conv2d_weight", 10, 1.5),
            kernel("norm_leaky", 4, 1.5),
            kernel("KernelBinop", 7, 1.0),
        ];
        let text = table(&options(), &lines).unwrap();
        assert!(
            text.contains("| convolutions | 30 | 7.50 | 75 % |"),
            "{text}"
        );
        assert!(text.contains("| the rest | 7 | 1.00 | 10 % |"), "{text}");
        assert!(text.contains("| all | 41 | 10.0 | 100 % |"), "{text}");
    }

    fn left(what: &str) -> Line {
        let (part, what) = ("times of variants".to_owned(), what.to_owned());
        Line::LeftOut { part, what }
    }

    #[test]
    fn norms_steps_and_what_was_left_out_are_told() {
        let lines = [
            adapter(false),
            Line::Norm(Norm {
                shape: [32, 64, 32, 32],
                milliseconds: [Some(0.1), None],
            }),
            Line::Steps(Steps {
                name: "stylewalk, GPU".to_owned(),
                width: 64,
                batch: 32,
                milliseconds: vec![30.0, 20.0, 25.0],
            }),
            Line::Trained(Trained {
                images_per_second: vec![900.0, 1000.0, 1100.0],
                failed: None,
            }),
            Line::Pixels(Pixels {
                pictures: 16,
                largest: 1,
                differing: 0.0012,
            }),
            left("a"),
            left("b"),
        ];
        let text = table(&options(), &lines).unwrap();
        assert!(
            text.contains("| 32 x 64 x 32 x 32 | 0.100 ms | 167.8 GB/s | | |"),
            "{text}"
        );
        assert!(
            text.contains("| stylewalk, GPU | 64 | 32 | 25.0 (20.0 to 30.0) ms |"),
            "{text}"
        );
        assert!(text.contains("PyTorch was not timed"), "{text}");
        assert!(
            text.contains("3 steps, 1000.0 (900.0 to 1100.0) pictures a second"),
            "{text}"
        );
        assert!(
            text.contains("0.12 % of the colours differ from the CPU's, by 1 of 255"),
            "{text}"
        );
        assert!(text.ends_with("- times of variants: a; b\n"), "{text}");
    }
}

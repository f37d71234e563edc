//! The figures of an evaluation as a table.

use bigan::card::Evaluation;

/// Prints figures as a table: what was measured, the figure, and how to read it.
pub fn print(figures: &Evaluation) {
    println!("measured on {} photographs", figures.images);
    for (section, rows) in sections(figures) {
        println!("\n{section}");
        for (name, value, meaning) in rows {
            println!("  {name:<26}{value:>9}  {meaning}");
        }
    }
}

type Row = (&'static str, String, &'static str);

fn sections(figures: &Evaluation) -> [(&'static str, Vec<Row>); 5] {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let known = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"));
    let reconstructions = vec![
        (
            "PSNR",
            format!("{:.2} dB", figures.psnr),
            "higher is nearer",
        ),
        (
            "SSIM",
            format!("{:.3}", figures.ssim),
            "1 is the same picture",
        ),
        (
            "MS-SSIM",
            known(figures.ms_ssim),
            "at three scales; 1 is the same picture",
        ),
        (
            "L2, over random pairs",
            format!("{:.3}", figures.l2_ratio),
            "|x - G(E(x))|; 0 is the same, 1 is any other photograph",
        ),
        (
            "sharpness, over photos'",
            known(figures.sharpness_reconstruction),
            "gradient energy; below 1 is blurred",
        ),
    ];
    let samples = vec![
        (
            "L2 of codes, over random",
            known(figures.latent_l2_ratio),
            "|z - E(G(z))|; 0 is the same, 1 is any other code",
        ),
        (
            "diversity, over photos'",
            known(figures.diversity),
            "L2 of random pairs; near 0 all samples are one picture",
        ),
        (
            "sharpness, over photos'",
            known(figures.sharpness_sample),
            "below 1 is blurred, above 1 noisy",
        ),
    ];
    let like_photographs = vec![
        (
            "diversity, over photos'",
            known(figures.diversity_like_photographs),
            "as above",
        ),
        (
            "sharpness, over photos'",
            known(figures.sharpness_like_photographs),
            "as above",
        ),
    ];
    let variance =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2e}"));
    let codes = vec![
        (
            "outside the prior",
            figures
                .codes_outside_prior
                .map_or_else(|| "-".to_owned(), percent),
            "of their numbers beyond [-1, 1]",
        ),
        (
            "largest variance",
            variance(figures.codes_variance_largest),
            "eigenvalue of the covariance; the prior has 0.33",
        ),
        (
            "smallest variance",
            variance(figures.codes_variance_smallest),
            "likewise",
        ),
        (
            "effective rank",
            figures
                .codes_effective_rank
                .map_or_else(|| "-".to_owned(), |rank| format!("{rank:.1}")),
            "exp of the entropy of the eigenvalues: directions in use",
        ),
    ];
    let discriminator = vec![
        ("real pairs", percent(figures.score_real), "(x, E(x))"),
        (
            "reconstructions",
            percent(figures.score_reconstruction),
            "(G(E(x)), E(x))",
        ),
        ("samples", percent(figures.score_sample), "(G(z), z)"),
    ];
    [
        ("reconstructions G(E(x))", reconstructions),
        ("samples G(z)", samples),
        ("samples like the photographs", like_photographs),
        ("photographs' codes E(x)", codes),
        ("D's mean probability that a pair is real", discriminator),
    ]
}

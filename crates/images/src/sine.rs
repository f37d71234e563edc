/// `sin(x)`, from additions and multiplications alone.
///
/// The platform's `sin` differs in the last digit between systems and wasm; this one gives the same number
/// everywhere. Error below 1e-15 for the few turns that pictures need.
pub fn sine(x: f64) -> f64 {
    const TURN: f64 = std::f64::consts::TAU;
    // To [-pi, pi], then to [-pi/2, pi/2], where the series is short.
    let mut x = x - (x / TURN).round() * TURN;
    if x > TURN / 4.0 {
        x = TURN / 2.0 - x;
    } else if x < -TURN / 4.0 {
        x = -TURN / 2.0 - x;
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..12 {
        let step = f64::from(2 * n);
        term *= -x * x / (step * (step + 1.0));
        sum += term;
    }
    sum
}

/// `cos(x)`, likewise.
pub fn cosine(x: f64) -> f64 {
    sine(x + std::f64::consts::FRAC_PI_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_platform() {
        for step in -400..=400 {
            let x = f64::from(step) * 0.05;
            assert!((sine(x) - x.sin()).abs() < 1e-14, "sin({x})");
            assert!((cosine(x) - x.cos()).abs() < 1e-14, "cos({x})");
        }
    }
}

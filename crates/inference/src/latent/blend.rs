//! Codes mixed of four, the step between two codes added to a third, and steps of other origin added.

/// The bilinear mixture of four codes that lie at the corners of a square: top left, top right, bottom left, bottom right. `across` and
/// `down` go from 0 to 1.
pub fn mix(corners: [&[f32]; 4], across: f32, down: f32) -> Vec<f32> {
    let (left, top) = (1.0 - across, 1.0 - down);
    let weights = [left * top, across * top, left * down, across * down];
    let length = corners.iter().map(|code| code.len()).min().unwrap_or(0);
    let value = |at: usize| {
        corners
            .iter()
            .zip(weights)
            .map(|(code, weight)| weight * code[at])
            .sum()
    };
    (0..length).map(value).collect()
}

/// code + amount (to - from): the step between two codes, added to a third.
pub fn transfer(code: &[f32], from: &[f32], to: &[f32], amount: f32) -> Vec<f32> {
    let steps = from.iter().zip(to).map(|(from, to)| amount * (to - from));
    code.iter()
        .zip(steps)
        .map(|(code, step)| code + step)
        .collect()
}

/// code + the sum of amounts times steps, which lie one after the other, each as long as the code.
pub fn moved(code: &[f32], steps: &[f32], amounts: &[f32]) -> Vec<f32> {
    let mut moved = code.to_vec();
    for (step, amount) in steps.chunks_exact(code.len().max(1)).zip(amounts) {
        for (value, step) in moved.iter_mut().zip(step) {
            *value += amount * step;
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORNERS: [&[f32]; 4] = [&[1.0, 0.0], &[2.0, 0.0], &[4.0, 0.0], &[8.0, 4.0]];

    #[test]
    fn a_corner_is_its_own_code_and_the_middle_is_the_mean() {
        for (corner, at) in CORNERS.iter().zip([(0, 0), (1, 0), (0, 1), (1, 1)]) {
            assert_eq!(mix(CORNERS, at.0 as f32, at.1 as f32), *corner);
        }
        assert_eq!(mix(CORNERS, 0.5, 0.5), [3.75, 1.0]);
    }

    #[test]
    fn a_step_is_done_again() {
        assert_eq!(
            transfer(&[1.0, 5.0], &[0.0, 1.0], &[2.0, 0.0], 0.5),
            [2.0, 4.5]
        );
    }

    #[test]
    fn steps_add_up() {
        let steps = [1.0, 0.0, 0.5, -0.5];
        assert_eq!(moved(&[1.0, 1.0], &steps, &[2.0, -1.0]), [2.5, 1.5]);
        assert_eq!(moved(&[1.0, 1.0], &steps, &[]), [1.0, 1.0]);
        assert!(moved(&[], &steps, &[1.0]).is_empty());
    }
}

//! The terms of the objective, equation 8: L_GAN + l1 L_AD + l2 L_AE + l3 L_H, and what the paper's sources add to it.

mod history;
mod reduction;

use burn::tensor::Tensor;

pub(crate) use history::history;
pub use kernels::cross_entropy;
pub use reduction::Reduction;

/// Mean of `g (sqrt(1 + (t / g)^2) - 1)` over all t that `reduction` makes of `difference` `[batch, ..]`; shape `[1]`.
///
/// A norm is not rooted before it is squared again: its root has no gradient at zero.
pub fn pseudo_huber<const D: usize>(
    difference: Tensor<D>,
    gamma: f64,
    reduction: Reduction,
) -> Tensor<1> {
    match reduction {
        Reduction::Element => kernels::pseudo_huber(difference, gamma),
        Reduction::Norm => {
            let ratio = difference / gamma;
            let batch = ratio.dims()[0];
            let rows: Tensor<2> = (ratio.clone() * ratio).reshape([batch as i32, -1]);
            (((rows.sum_dim(1) + 1.0).sqrt() - 1.0) * gamma).mean()
        }
    }
}

/// Feature matching: the squared distance between D's mean `features` of real and of generated pairs, both
/// `[batch, features]`, as the mean over features; shape `[1]`.
pub fn feature_matching(real: Tensor<2>, generated: Tensor<2>) -> Tensor<1> {
    let difference = real.mean_dim(0) - generated.mean_dim(0);
    (difference.clone() * difference).mean()
}

/// L_GAN as D minimises it (equation 1, with one-sided smoothing of the real pairs' label), of D's logits, `[batch, 1]`;
/// shape `[1]`.
pub fn discriminator(real: Tensor<2>, generated: Tensor<2>, real_label: f64) -> Tensor<1> {
    cross_entropy(real, real_label) + cross_entropy(generated, 0.0)
}

/// L_GAN as G and E minimise it: the non-saturating form, labels swapped, of D's logits, `[batch, 1]`; shape `[1]`.
pub fn adversarial(real: Tensor<2>, generated: Tensor<2>) -> Tensor<1> {
    cross_entropy(real, 0.0) + cross_entropy(generated, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn close(found: Tensor<1>, expected: f64) {
        let found = found.into_scalar::<f64>();
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn pseudo_huber_by_hand() {
        let t = Tensor::<1>::from_floats([0.0, 0.05, -0.12], &Device::flex());
        // 0.05 (sqrt 2 - 1) and 0.05 (2.6 - 1), over three.
        let expected = (0.0 + 0.05 * (2f64.sqrt() - 1.0) + 0.05 * 1.6) / 3.0;
        close(pseudo_huber(t, 0.05, Reduction::Element), expected);
    }

    #[test]
    fn pseudo_huber_of_norms_by_hand() {
        // Norms 0.12 and 0, over two samples.
        let rows = [[[[0.0, 0.12]], [[0.0, 0.0]]], [[[0.0, 0.0]], [[0.0, 0.0]]]];
        let t = Tensor::<4>::from_floats(rows, &Device::flex());
        close(
            pseudo_huber(t.clone(), 0.05, Reduction::Norm),
            0.05 * 1.6 / 2.0,
        );
        // The same distance, spread over elements.
        let spread = Tensor::<2>::from_floats([[0.072, -0.096], [0.0, 0.0]], &Device::flex());
        close(pseudo_huber(spread, 0.05, Reduction::Norm), 0.04);
        close(pseudo_huber(t, 0.05, Reduction::Element), 0.05 * 1.6 / 8.0);
    }

    #[test]
    fn equal_samples_have_a_gradient_of_zero() {
        let t = Tensor::<2>::zeros([2, 3], &Device::flex())
            .autodiff()
            .require_grad();
        let gradients = pseudo_huber(t.clone(), 0.05, Reduction::Norm).backward();
        let gradient = t.grad(&gradients).unwrap().abs().max();
        close(gradient, 0.0);
    }

    #[test]
    fn feature_matching_by_hand() {
        let device = Device::flex();
        let real = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
        let generated = Tensor::<2>::from_floats([[0.0, 1.0], [1.0, 0.0]], &device);
        // Means (2, 3) and (0.5, 0.5).
        let expected = (1.5 * 1.5 + 2.5 * 2.5) / 2.0;
        close(feature_matching(real, generated), expected);
    }

    #[test]
    fn cross_entropy_by_hand() {
        let logits = Tensor::<2>::from_floats([[0.0], [2.0]], &Device::flex());
        let probability = 1.0 / (1.0 + (-2f64).exp());
        let second = -0.9 * probability.ln() - 0.1 * (1.0 - probability).ln();
        close(cross_entropy(logits, 0.9), (2f64.ln() + second) / 2.0);
    }

    #[test]
    fn confident_logits_stay_finite() {
        let logits = Tensor::<2>::from_floats([[500.0], [-500.0]], &Device::flex());
        close(cross_entropy(logits.clone(), 0.0), 250.0);
        close(cross_entropy(logits, 1.0), 250.0);
    }
}

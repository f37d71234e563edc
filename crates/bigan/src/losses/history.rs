//! Historical averaging.

use burn::tensor::Tensor;

use crate::parameters::Vectors;

/// Sum over all parameters of the squared distance from their `mean`, which is constant; shape `[1]`. None without any.
pub(crate) fn history(parameters: &Vectors, mean: &Vectors) -> Option<Tensor<1>> {
    let distances = parameters.iter().filter_map(|(name, parameter)| {
        let difference = parameter.clone() - mean.get(name)?.clone();
        Some((difference.clone() * difference).sum())
    });
    distances.reduce(|sum, distance| sum + distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn two_parameters_by_hand() {
        let device = Device::flex();
        let vectors = |a: [f32; 2], b: [f32; 1]| {
            let a = Tensor::<1>::from_floats(a, &device);
            let b = Tensor::<1>::from_floats(b, &device);
            Vectors::from([("a".to_owned(), a), ("b".to_owned(), b)])
        };
        let distance = history(&vectors([1.0, 2.0], [3.0]), &vectors([0.0, 4.0], [3.5]));
        let distance = distance.unwrap().into_scalar::<f64>();
        assert!((distance - 5.25).abs() < 1e-6, "{distance}");
    }
}

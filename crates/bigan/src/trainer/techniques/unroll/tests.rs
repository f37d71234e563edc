//! In float64, so that only the mathematics can be wrong.

use burn::tensor::{DType, Device, TensorData};

use super::*;
use crate::adam::AdamConfig;

fn vector(values: &[f64]) -> Tensor<1> {
    let data = TensorData::new(values.to_vec(), [values.len()]);
    Tensor::from_data(data, (&Device::flex(), DType::F64))
}

fn values(vector: &Tensor<1>) -> Vec<f64> {
    vector.clone().into_data().try_into_vec().unwrap()
}

fn named(name: &str, values: &[f64]) -> Vectors {
    Vectors::from([(name.to_owned(), vector(values))])
}

fn config(steps: usize) -> UnrollConfig {
    UnrollConfig {
        steps,
        ..UnrollConfig::default()
    }
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs();
        assert!(difference < tolerance, "{found} is not {expected}");
    }
}

type Matrix = [[f64; 2]; 2];

const A: Matrix = [[2.0, 0.3], [0.3, 1.0]];
const B: Matrix = [[1.0, -0.5], [0.25, 0.75]];

fn times(matrix: &Matrix, v: [f64; 2]) -> [f64; 2] {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1])
}

fn transposed(matrix: &Matrix) -> Matrix {
    [[matrix[0][0], matrix[1][0]], [matrix[0][1], matrix[1][1]]]
}

/// A quadratic game, f = theta' A theta / 2 + theta' B phi: its gradients are A theta + B phi and B' theta.
fn quadratic(theta: &Vectors, phi: [f64; 2]) -> Gradient {
    let theta: [f64; 2] = values(&theta["theta"]).try_into().unwrap();
    let (a, b) = (times(&A, theta), times(&B, phi));
    Gradient {
        parameters: named("theta", &[a[0] + b[0], a[1] + b[1]]),
        inputs: named("phi", &times(&transposed(&B), theta)),
    }
}

/// With gradient descent theta_K is linear in phi: dtheta_K/dphi = -rate sum over k < K of (1 - rate A)^k B.
#[test]
fn gradient_descent_in_a_quadratic_game_is_exact() {
    let (rate, steps) = (0.1, 5);
    let (start, phi, lambda) = ([0.7, -0.4], [0.2, 0.9], [1.5, -2.0]);
    let gradient = |theta: &Vectors| quadratic(theta, phi);
    let theta = named("theta", &start);
    let first = gradient(&theta).parameters;
    let optimizer = InnerOptimizer::Sgd { rate };
    let trajectory = unroll(&config(steps), theta, first, optimizer, |theta| {
        gradient(theta).parameters
    });

    let (mut end, mut power, mut expected) = (start, lambda, [0.0; 2]);
    for _ in 0..steps {
        let slope = times(&A, end);
        let pull = times(&B, phi);
        end = [0, 1].map(|i| end[i] - rate * (slope[i] + pull[i]));
        // A is symmetric: its transpose acts on lambda as it does on theta.
        let to_phi = times(&transposed(&B), power);
        expected = [0, 1].map(|i| expected[i] - rate * to_phi[i]);
        let shrunk = times(&A, power);
        power = [0, 1].map(|i| power[i] - rate * shrunk[i]);
    }
    close(&values(&trajectory.end()["theta"]), &end, 1e-12);
    let found = trajectory.backward(named("theta", &lambda), gradient);
    close(&values(&found["phi"]), &expected, 1e-10);
}

#[test]
fn a_loss_that_does_not_depend_on_the_end_gives_zero_and_no_nan() {
    let gradient = |theta: &Vectors| quadratic(theta, [0.2, 0.9]);
    let theta = named("theta", &[0.7, -0.4]);
    let first = gradient(&theta).parameters;
    let optimizer = adam(0);
    let trajectory = unroll(&config(3), theta, first, optimizer, |theta| {
        gradient(theta).parameters
    });
    let found = trajectory.backward(named("theta", &[0.0, 0.0]), gradient);
    close(&values(&found["phi"]), &[0.0, 0.0], 1e-12);
}

#[test]
fn without_a_gradient_through_the_steps_nothing_is_kept_or_added() {
    let gradient = |theta: &Vectors| quadratic(theta, [0.2, 0.9]);
    let theta = named("theta", &[0.7, -0.4]);
    let first = gradient(&theta).parameters;
    let cheap = UnrollConfig {
        through: false,
        ..config(4)
    };
    let trajectory = unroll(&cheap, theta, first, adam(0), |theta| {
        gradient(theta).parameters
    });
    assert!(trajectory.steps.is_empty());
    let found = trajectory.backward(named("theta", &[1.0, 1.0]), |_| unreachable!());
    assert!(found.is_empty());
}

/// Adam, after `warm` steps of a training that went before.
fn adam(warm: usize) -> InnerOptimizer {
    let mut adam = Adam::new(AdamConfig {
        learning_rate: 0.05,
        beta2: 0.9,
        ..AdamConfig::default()
    });
    for step in 0..warm {
        adam.begin_step(1.0);
        for (name, count) in [("hidden", 6), ("out", 3)] {
            let gradient: Vec<f64> = (0..count).map(|i| ((i + step) as f64).sin()).collect();
            adam.change(name.to_owned(), vector(&gradient));
        }
    }
    InnerOptimizer::Adam { adam, factor: 0.8 }
}

/// A little D: out . tanh(hidden x) on points of two numbers, one for each of `points` `[3, 2]`.
fn logits(theta: &Vectors, points: &Tensor<1>) -> Tensor<1> {
    let points: Tensor<2> = points.clone().reshape([3, 2]);
    let hidden: Tensor<2> = theta["hidden"].clone().reshape([2, 3]);
    let out: Tensor<2> = theta["out"].clone().reshape([3, 1]);
    points.matmul(hidden).tanh().matmul(out).reshape([3])
}

fn softplus(x: Tensor<1>) -> Tensor<1> {
    (x.exp() + 1.0).log().mean()
}

const REAL: [f64; 6] = [1.0, 0.2, 0.8, -0.3, 1.2, 0.1];
const MADE: [f64; 6] = [-0.5, 0.4, 0.1, 0.9, -0.7, -0.2];
const HIDDEN: [f64; 6] = [0.5, -0.3, 0.8, 0.2, 0.6, -0.4];
const OUT: [f64; 3] = [0.7, -0.5, 0.3];

fn little_d() -> Vectors {
    let mut theta = named("hidden", &HIDDEN);
    theta.extend(named("out", &OUT));
    theta
}

/// Gradients of D's loss on points that are real and `made`.
fn little_gradient(theta: &Vectors, made: &[f64]) -> Gradient {
    let theta: Vectors = theta
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().autodiff().require_grad()))
        .collect();
    let made = vector(made).autodiff().require_grad();
    let loss = softplus(-logits(&theta, &vector(&REAL))) + softplus(logits(&theta, &made));
    let found = loss.backward();
    let gradient = |(name, value): (&String, &Tensor<1>)| Some((name.clone(), value.grad(&found)?));
    Gradient {
        parameters: theta.iter().filter_map(gradient).collect(),
        inputs: Vectors::from([("made".to_owned(), made.grad(&found).unwrap())]),
    }
}

fn unrolled(steps: usize, optimizer: &InnerOptimizer, made: &[f64]) -> Trajectory {
    let theta = little_d();
    let first = little_gradient(&theta, made).parameters;
    unroll(&config(steps), theta, first, optimizer.clone(), |theta| {
        little_gradient(theta, made).parameters
    })
}

/// What G minimises: made points that the D at the end of the trajectory takes for real.
fn outer(trajectory: &Trajectory, made: &[f64]) -> f64 {
    let loss = softplus(-logits(trajectory.end(), &vector(made)));
    loss.into_scalar::<f64>()
}

/// dL/dphi through the inner steps, and by finite differences of the whole unrolled loss.
fn both_gradients(steps: usize, optimizer: &InnerOptimizer) -> (Vec<f64>, Vec<f64>) {
    let trajectory = unrolled(steps, optimizer, &MADE);
    let theta: Vectors = trajectory
        .end()
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().autodiff().require_grad()))
        .collect();
    let made = vector(&MADE).autodiff().require_grad();
    let found = softplus(-logits(&theta, &made)).backward();
    let lambda = theta
        .iter()
        .map(|(name, value)| (name.clone(), value.grad(&found).unwrap()));
    let direct = values(&made.grad(&found).unwrap());
    let through = trajectory.backward(lambda.collect(), |theta| little_gradient(theta, &MADE));
    let through = values(&through["made"]);
    let sum = direct.iter().zip(through).map(|(a, b)| a + b).collect();

    let step = 1e-5;
    let slope = |index: usize| {
        let at = |by: f64| {
            let mut made = MADE;
            made[index] += by;
            outer(&unrolled(steps, optimizer, &made), &made)
        };
        (at(step) - at(-step)) / (2.0 * step)
    };
    (sum, (0..MADE.len()).map(slope).collect())
}

/// Central differences at a distance of 0.01 leave an error of that order squared; what the inner steps add to the
/// gradient is a hundred times larger.
const TOLERANCE: f64 = 2e-5;

#[test]
fn descent_of_a_little_network_agrees_with_finite_differences() {
    let (found, expected) = both_gradients(6, &InnerOptimizer::Sgd { rate: 0.5 });
    close(&found, &expected, TOLERANCE);
}

#[test]
fn adam_of_a_little_network_agrees_with_finite_differences() {
    for warm in [0, 3] {
        for steps in [1, 2, 5] {
            let (found, expected) = both_gradients(steps, &adam(warm));
            close(&found, &expected, TOLERANCE);
        }
    }
}

/// Without the inner steps the gradient is another one: the tests above do compare something.
#[test]
fn the_inner_steps_matter() {
    let optimizer = adam(3);
    let (whole, _) = both_gradients(5, &optimizer);
    let trajectory = unrolled(5, &optimizer, &MADE);
    let made = vector(&MADE).autodiff().require_grad();
    let found = softplus(-logits(trajectory.end(), &made)).backward();
    let direct = values(&made.grad(&found).unwrap());
    let most = whole
        .iter()
        .zip(direct)
        .map(|(whole, direct)| (whole - direct).abs())
        .fold(0.0, f64::max);
    assert!(most > 100.0 * TOLERANCE, "{most}");
}

//! One step along a field by the pair of orders 5 and 4 of Dormand & Prince (1980), "A family of embedded Runge-Kutta
//! formulae", J. Comput. Appl. Math. 6, table 2.

use nalgebra::{Point3, Vector3};

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) place: Point3<f64>,
    /// The field there; it is the first stage of the next step.
    pub(crate) slope: Vector3<f64>,
    /// Distance between the results of both orders.
    pub(crate) error: f64,
}

/// Weights of the earlier stages in each stage; those of the last are the result of order 5.
const STAGES: [&[f64]; 6] = [
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Result of order 5 less that of order 4.
const ERROR: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];

/// A step of `h` along `field` from `place`, where the field is `slope`; `None` when a stage lies where there is no field.
pub(crate) fn step(
    mut field: impl FnMut(&Point3<f64>) -> Option<Vector3<f64>>,
    place: Point3<f64>,
    slope: Vector3<f64>,
    h: f64,
) -> Option<Step> {
    let mut slopes = [slope; 7];
    let mut end = place;
    for (k, weights) in (1..).zip(STAGES) {
        end = place + h * weighted(weights, &slopes);
        slopes[k] = field(&end)?;
    }
    Some(Step { place: end, slope: slopes[6], error: (h * weighted(&ERROR, &slopes)).norm() })
}

fn weighted(weights: &[f64], slopes: &[Vector3<f64>]) -> Vector3<f64> {
    weights.iter().zip(slopes).map(|(weight, slope)| *weight * slope).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// How far a rigid rotation in `steps` steps misses its start, and the largest estimate of one step.
    fn gap(steps: u32) -> (f64, f64) {
        let rotation = |p: &Point3<f64>| Some(Vector3::new(-p.y, p.x, 0.0));
        let start = Point3::new(1.0, 0.0, 0.0);
        let (mut place, mut slope, mut largest) = (start, Vector3::y(), 0.0_f64);
        for _ in 0..steps {
            let next = step(rotation, place, slope, TAU / f64::from(steps)).unwrap();
            (place, slope, largest) = (next.place, next.slope, largest.max(next.error));
        }
        ((place - start).norm(), largest)
    }

    #[test]
    fn a_rigid_rotation_closes_its_circle_with_the_order_of_the_method() {
        for steps in [20, 40, 80] {
            let ((coarse, coarse_estimate), (fine, fine_estimate)) = (gap(steps), gap(2 * steps));
            let order = (coarse / fine).log2();
            assert!((4.9..5.3).contains(&order), "{steps}: {coarse:e} to {fine:e}, order {order}");
            // The estimate is the error of one step of order 4.
            let order = (coarse_estimate / fine_estimate).log2();
            assert!((4.8..5.2).contains(&order), "{steps}: {coarse_estimate:e} to {fine_estimate:e}, order {order}");
        }
    }

    #[test]
    fn a_step_out_of_the_field_is_no_step() {
        let half_space = |p: &Point3<f64>| (p.x < 1.0).then(Vector3::x);
        assert!(step(half_space, Point3::origin(), Vector3::x(), 0.99).is_some());
        assert!(step(half_space, Point3::origin(), Vector3::x(), 1.01).is_none());
    }
}

//! The plane of a femoral neck cut.

use super::{FemurLandmarks, Side};
use mesh::{Point3, Vector3};
use nalgebra::Rotation3;

/// Origin and unit normal (towards the head) of a neck cut: across the neck axis `distance` mm from the head's centre
/// towards the shaft, tilted by `tilt` radians about the axis that points forward. A positive tilt turns the normal towards
/// the shaft's axis, as for a flatter cut.
pub fn neck_cut(marks: &FemurLandmarks, side: Side, distance: f64, tilt: f64) -> (Point3<f64>, Vector3<f64>) {
    let origin = marks.head_center - *marks.neck_axis * distance;
    let forward = marks.frame(side, 0.0).anterior;
    let towards = Rotation3::from_axis_angle(&forward, tilt) * *marks.neck_axis;
    let away = Rotation3::from_axis_angle(&forward, -tilt) * *marks.neck_axis;
    let up = |v: &Vector3<f64>| v.dot(&marks.shaft_axis) * tilt.signum();
    (origin, if up(&towards) >= up(&away) { towards } else { away })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::Unit;

    /// Neck at 45° to the shaft: a tilt by 45° makes the normal that of the shaft, on both sides of the body.
    #[test]
    fn a_tilt_turns_the_normal_towards_the_shaft() {
        for (side, medial) in [(Side::Left, -1.0), (Side::Right, 1.0)] {
            let neck = Unit::new_normalize(Vector3::new(medial, 0.0, 1.0));
            let marks = FemurLandmarks {
                head_center: Point3::new(1.0, 2.0, 3.0),
                head_radius: 24.0,
                head_residual: 0.0,
                neck_center: Point3::new(1.0, 2.0, 3.0) - *neck * 30.0,
                neck_area: 700.0,
                neck_axis: neck,
                shaft_point: Point3::origin(),
                shaft_axis: Vector3::z_axis(),
            };
            let (origin, normal) = neck_cut(&marks, side, 20.0, std::f64::consts::FRAC_PI_4);
            assert!((normal - Vector3::z()).norm() < 1e-12, "{normal}");
            assert!((origin - marks.head_center + *neck * 20.0).norm() < 1e-12);
            assert!((neck_cut(&marks, side, 20.0, -0.3).1.z) < neck.z);
            assert!((neck_cut(&marks, side, 20.0, 0.0).1 - *neck).norm() < 1e-15);
        }
    }
}

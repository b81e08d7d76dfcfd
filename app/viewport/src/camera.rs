//! Moving a [`Camera`] with the pointer, and the same camera as matrices and rays.

use nalgebra::{Matrix4, Point3, Rotation3, Unit, Vector3, Vector4};
use scene::{Camera, Projection};

/// A line of sight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ray {
    /// Where the ray starts, in front of everything.
    pub origin: Point3<f64>,
    /// Unit direction, away from the viewer.
    pub direction: Vector3<f64>,
}

/// A place in the picture: to the right and downwards from its middle, in picture heights.
pub type Place = [f64; 2];

/// `camera` with another direction, the rest kept.
pub fn looking(camera: &Camera, direction: Vector3<f64>, up: Vector3<f64>) -> Camera {
    let mut turned = Camera::looking(direction, up);
    (turned.target, turned.height, turned.projection) = (camera.target, camera.height, camera.projection);
    turned
}

/// Turns the camera on a turntable: `right` radians about the vertical axis z, `down` radians towards a view from above.
/// The patient stays upright: the turn ends at the view from above and from below.
pub fn orbit(camera: &Camera, right: f64, down: f64) -> Camera {
    let turn = Rotation3::from_axis_angle(&Vector3::z_axis(), -right);
    let (forward, up) = (turn * -camera.towards_viewer(), turn * camera.up());
    let sideways = Unit::new_normalize(turn * camera.right());
    // Elevation of the viewer above the horizon, and how far it may still go.
    let elevation = (-forward.z).atan2(up.z);
    let quarter = std::f64::consts::FRAC_PI_2;
    let tilt = (elevation + down).clamp(-quarter, quarter) - elevation;
    let pitch = Rotation3::from_axis_angle(&sideways, -tilt);
    looking(camera, pitch * forward, pitch * up)
}

/// Moves the picture by a place difference.
pub fn pan(camera: &Camera, [right, down]: Place) -> Camera {
    let mut moved = *camera;
    moved.target += (camera.up() * down - camera.right() * right) * camera.height;
    moved
}

/// Enlarges by `factor` about a place, which keeps showing the same point of the target plane.
pub fn zoom(camera: &Camera, factor: f64, [right, down]: Place) -> Camera {
    let mut zoomed = *camera;
    zoomed.height = (camera.height / factor).clamp(1e-4, 1e7);
    zoomed.target += (camera.right() * right - camera.up() * down) * (camera.height - zoomed.height);
    if let Projection::Perspective { distance } = &mut zoomed.projection {
        *distance *= zoomed.height / camera.height;
    }
    zoomed
}

/// The line of sight through a place; it starts in front of a sphere of `radius` about the target.
pub fn ray(camera: &Camera, [right, down]: Place, radius: f64) -> Ray {
    let through = camera.target + (camera.right() * right - camera.up() * down) * camera.height;
    match camera.projection {
        Projection::Orthographic => {
            let direction = -camera.towards_viewer();
            Ray { origin: through - direction * (2.0 * radius), direction }
        }
        Projection::Perspective { distance } => {
            let origin = camera.target + camera.towards_viewer() * distance;
            Ray { origin, direction: (through - origin).normalize() }
        }
    }
}

/// View and projection matrices (OpenGL clip space, depth -1 to 1) for coordinates relative to `center`, such that the
/// sphere of `radius` about `center` lies inside the depth range. `aspect` is width / height of the picture.
pub fn matrices(camera: &Camera, center: &Point3<f64>, radius: f64, aspect: f64) -> (Matrix4<f64>, Matrix4<f64>) {
    let (right, up, back) = (camera.right(), camera.up(), camera.towards_viewer());
    let reach = 1.01 * radius + (center - camera.target).norm();
    let distance = match camera.projection {
        Projection::Orthographic => 2.0 * reach,
        Projection::Perspective { distance } => distance,
    };
    let eye = camera.target - center + back * distance;
    let row = |axis: Vector3<f64>| Vector4::new(axis.x, axis.y, axis.z, -axis.dot(&eye)).transpose();
    let view = Matrix4::from_rows(&[row(right), row(up), row(back), Vector4::w().transpose()]);
    let (near, far) = (distance - reach, distance + reach);
    let half = 0.5 * camera.height;
    let projection = match camera.projection {
        Projection::Orthographic => Matrix4::new_orthographic(-half * aspect, half * aspect, -half, half, near, far),
        Projection::Perspective { .. } => {
            let angle = 2.0 * half.atan2(distance);
            Matrix4::new_perspective(aspect, angle, near.max(1e-3 * far), far)
        }
    };
    (view, projection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::View;

    fn cameras() -> [Camera; 2] {
        let mut camera = Camera::view(View::AnteriorLeft);
        camera.target = Point3::new(-40.0, 900.0, 12.0);
        camera.height = 120.0;
        [camera, camera.with_perspective(2.0)]
    }

    #[test]
    fn a_point_of_a_ray_is_seen_where_the_ray_came_from() {
        for camera in cameras() {
            let ray = ray(&camera, [0.31, -0.17], 80.0);
            let seen = camera.project(ray.origin + ray.direction * 133.0).unwrap();
            assert!((seen.x - 0.31).abs() < 1e-12 && (seen.y - 0.17).abs() < 1e-12, "{seen:?}");
        }
    }

    #[test]
    fn the_matrices_agree_with_the_projection_that_the_rasteriser_uses() {
        for camera in cameras() {
            let (center, radius, aspect) = (Point3::new(-30.0, 905.0, 2.0), 60.0, 1.6);
            let point = Point3::new(-52.0, 880.0, 30.0);
            let (view, projection) = matrices(&camera, &center, radius, aspect);
            let clip = projection * view * Point3::from(point - center).to_homogeneous();
            let seen = camera.project(point).unwrap();
            assert!((clip.x / clip.w - 2.0 * seen.x / aspect).abs() < 1e-9);
            assert!((clip.y / clip.w - 2.0 * seen.y).abs() < 1e-9);
            assert!((clip.z / clip.w).abs() < 1.0);
        }
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        for camera in cameras() {
            let place = [0.2, 0.3];
            let point = camera.target + (camera.right() * 0.2 - camera.up() * 0.3) * camera.height;
            let seen = zoom(&camera, 1.7, place).project(point).unwrap();
            assert!((seen.x - 0.2).abs() < 1e-12 && (seen.y + 0.3).abs() < 1e-12);
        }
    }

    #[test]
    fn the_turntable_keeps_the_patient_upright_and_stops_at_the_poles() {
        let mut camera = cameras()[0];
        for _ in 0..40 {
            camera = orbit(&camera, 0.7, 0.4);
            assert!(camera.up().z > -1e-12 && camera.right().z.abs() < 1e-9);
        }
        assert!(
            (camera.towards_viewer() - Vector3::z()).norm() < 1e-6,
            "looks from above: {:?}",
            camera.towards_viewer()
        );
        // Dragging to the right brings the patient's right side (the left of the picture) to the front.
        let turned = orbit(&Camera::view(View::Anterior), 0.5, 0.0);
        assert!(turned.towards_viewer().x < 0.0);
    }
}

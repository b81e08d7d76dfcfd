//! Cameras: named anatomical views, fitting, and the projection both renderers use.

use crate::{Point3, Vector3};

/// Named views in the LPS frame. The name says where the viewer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// From the front; the patient's left is on the right of the picture.
    #[default]
    Anterior,
    /// From the back.
    Posterior,
    /// From the patient's left.
    Left,
    /// From the patient's right.
    Right,
    /// From above; the back at the top of the picture, the patient's left on the right.
    Superior,
    /// From below, as radiologists look at slices: the front at the top, the patient's left on the right.
    Inferior,
    /// From the front, the patient's left and slightly above.
    AnteriorLeft,
    /// From the front, the patient's right and slightly above.
    AnteriorRight,
    /// From the back, the patient's left and slightly above.
    PosteriorLeft,
    /// From the back, the patient's right and slightly above.
    PosteriorRight,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 10] = [
        Self::Anterior,
        Self::Posterior,
        Self::Left,
        Self::Right,
        Self::Superior,
        Self::Inferior,
        Self::AnteriorLeft,
        Self::AnteriorRight,
        Self::PosteriorLeft,
        Self::PosteriorRight,
    ];

    /// The name shown to people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anterior => "anterior",
            Self::Posterior => "posterior",
            Self::Left => "left",
            Self::Right => "right",
            Self::Superior => "superior",
            Self::Inferior => "inferior",
            Self::AnteriorLeft => "anterior left",
            Self::AnteriorRight => "anterior right",
            Self::PosteriorLeft => "posterior left",
            Self::PosteriorRight => "posterior right",
        }
    }

    /// Direction in which the viewer looks, and a direction that points up in the picture (not normalised).
    pub fn direction_and_up(self) -> (Vector3<f64>, Vector3<f64>) {
        let head = Vector3::z();
        match self {
            Self::Anterior => (Vector3::y(), head),
            Self::Posterior => (-Vector3::y(), head),
            Self::Left => (-Vector3::x(), head),
            Self::Right => (Vector3::x(), head),
            Self::Superior => (-Vector3::z(), Vector3::y()),
            Self::Inferior => (Vector3::z(), -Vector3::y()),
            Self::AnteriorLeft => (Vector3::new(-0.6, 0.8, -0.35), head),
            Self::AnteriorRight => (Vector3::new(0.6, 0.8, -0.35), head),
            Self::PosteriorLeft => (Vector3::new(-0.6, -0.8, -0.35), head),
            Self::PosteriorRight => (Vector3::new(0.6, -0.8, -0.35), head),
        }
    }
}

/// How depth shows in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Projection {
    /// Parallel rays: lengths can be measured, the scale bar holds everywhere.
    Orthographic,
    /// Rays through one eye.
    Perspective {
        /// Distance from the eye to [`Camera::target`] in mm.
        distance: f64,
    },
}

/// A camera. `right()`, `up()` and `towards_viewer()` form a right-handed orthonormal frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// The point in the middle of the picture, mm.
    pub target: Point3<f64>,
    /// Height in mm of what is seen at the depth of the target.
    pub height: f64,
    /// Projection.
    pub projection: Projection,
    right: Vector3<f64>,
    up: Vector3<f64>,
}

impl Default for Camera {
    fn default() -> Self {
        let (direction, up) = View::default().direction_and_up();
        Self::looking(direction, up)
    }
}

impl Camera {
    /// An orthographic camera at the origin that looks along `direction` with `up` upwards in the picture.
    /// A zero or parallel pair is replaced by axes that are neither.
    pub fn looking(direction: Vector3<f64>, up: Vector3<f64>) -> Self {
        let direction = direction.try_normalize(1e-300).unwrap_or_else(Vector3::y);
        let sideways = |up: Vector3<f64>| direction.cross(&up).try_normalize(1e-9);
        let right = sideways(up.try_normalize(1e-300).unwrap_or_else(Vector3::z))
            .or_else(|| sideways(Vector3::z()))
            .or_else(|| sideways(Vector3::y()))
            .unwrap_or_else(Vector3::x);
        let up = right.cross(&direction);
        Self { target: Point3::origin(), height: 1.0, projection: Projection::Orthographic, right, up }
    }

    /// An orthographic camera in a named view.
    pub fn view(view: View) -> Self {
        let (direction, up) = view.direction_and_up();
        Self::looking(direction, up)
    }

    /// The camera moved and zoomed so that `points` fill a picture of `aspect` = width / height up to `margin`
    /// (a fraction of the picture on every side). Unchanged without points.
    pub fn fitted<'a>(mut self, points: impl IntoIterator<Item = &'a Point3<f64>>, aspect: f64, margin: f64) -> Self {
        let (mut low, mut high) = (Vector3::repeat(f64::INFINITY), Vector3::repeat(f64::NEG_INFINITY));
        for point in points {
            let seen = self.in_view(point.coords);
            (low, high) = (low.inf(&seen), high.sup(&seen));
        }
        if !(high - low).iter().all(|extent| extent.is_finite()) {
            return self;
        }
        let middle = 0.5 * (low + high);
        let extent = high - low;
        self.target = Point3::from(self.right * middle.x + self.up * middle.y + self.towards_viewer() * middle.z);
        let height = extent.y.max(extent.x / aspect).max(1e-6 * extent.z).max(1e-9);
        self.height = height / (1.0 - 2.0 * margin.clamp(0.0, 0.45));
        if let Projection::Perspective { distance } = &mut self.projection {
            // Whatever is nearer than the target looks larger: step back so that the nearest face still fits.
            let ratio = *distance / (*distance - 0.5 * extent.z).max(0.2 * *distance);
            self.height *= ratio;
        }
        self
    }

    /// The camera in perspective, the eye `heights` picture heights in front of the target (2 is a natural look).
    pub fn with_perspective(mut self, heights: f64) -> Self {
        self.projection = Projection::Perspective { distance: self.height * heights };
        self
    }

    /// Unit vector to the right of the picture.
    pub fn right(&self) -> Vector3<f64> {
        self.right
    }

    /// Unit vector to the top of the picture.
    pub fn up(&self) -> Vector3<f64> {
        self.up
    }

    /// Unit vector out of the picture, towards the viewer.
    pub fn towards_viewer(&self) -> Vector3<f64> {
        self.right.cross(&self.up)
    }

    /// The eye: the centre of projection, or for parallel rays a point four picture heights in front of the target.
    pub fn eye(&self) -> Point3<f64> {
        let distance = match self.projection {
            Projection::Orthographic => 4.0 * self.height,
            Projection::Perspective { distance } => distance,
        };
        self.target + distance * self.towards_viewer()
    }

    /// Turns the camera about its target: `rightwards` and `upwards` are angles in radians of the viewer's motion.
    pub fn orbited(mut self, rightwards: f64, upwards: f64) -> Self {
        let turn = |axis: Vector3<f64>, angle: f64| {
            nalgebra::Rotation3::from_axis_angle(&nalgebra::Unit::new_normalize(axis), angle)
        };
        let rotation = turn(self.up, rightwards) * turn(self.right, -upwards);
        let (direction, up) = (rotation * -self.towards_viewer(), rotation * self.up);
        let turned = Self::looking(direction, up);
        (self.right, self.up) = (turned.right, turned.up);
        self
    }

    /// A vector in the camera's frame (right, up, towards the viewer).
    pub fn in_view(&self, vector: Vector3<f64>) -> Vector3<f64> {
        Vector3::new(self.right.dot(&vector), self.up.dot(&vector), self.towards_viewer().dot(&vector))
    }

    /// Where a point appears: (x, y) in picture heights from the middle (right, up) and the depth, the distance in mm
    /// in front of the target plane (larger is nearer). With perspective the third return value is the homogeneous
    /// weight (1 for parallel rays), and a point at or behind the eye gives `None`.
    pub fn project(&self, point: Point3<f64>) -> Option<Projected> {
        let seen = self.in_view(point - self.target);
        let weight = match self.projection {
            Projection::Orthographic => 1.0,
            Projection::Perspective { distance } => 1.0 - seen.z / distance,
        };
        if weight.is_nan() || weight <= 1e-3 {
            return None;
        }
        let scale = self.height * weight;
        Some(Projected { x: seen.x / scale, y: seen.y / scale, depth: seen.z, weight })
    }
}

/// A point in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projected {
    /// To the right, in picture heights from the middle.
    pub x: f64,
    /// Upwards, in picture heights from the middle.
    pub y: f64,
    /// mm in front of the target plane; larger is nearer.
    pub depth: f64,
    /// Homogeneous weight: `depth / weight` and `1 / weight` are linear in the picture.
    pub weight: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_views_show_the_patient_the_way_clinicians_expect() {
        let left = Point3::new(1.0, 0.0, 0.0);
        let front = Point3::new(0.0, -1.0, 0.0);
        let head = Point3::new(0.0, 0.0, 1.0);
        let place =
            |view, point| Camera::view(view).project(point).map(|p| (p.x.round(), p.y.round(), p.depth.round()));
        assert_eq!(place(View::Anterior, left), Some((1.0, 0.0, 0.0)));
        assert_eq!(place(View::Anterior, head), Some((0.0, 1.0, 0.0)));
        assert_eq!(place(View::Anterior, front), Some((0.0, 0.0, 1.0)));
        assert_eq!(place(View::Left, left), Some((0.0, 0.0, 1.0)));
        assert_eq!(place(View::Left, front), Some((-1.0, 0.0, 0.0)));
        assert_eq!(place(View::Inferior, left), Some((1.0, 0.0, 0.0)));
        assert_eq!(place(View::Inferior, front), Some((0.0, 1.0, 0.0)));
        assert_eq!(place(View::Superior, head), Some((0.0, 0.0, 1.0)));
    }

    #[test]
    fn every_view_has_an_orthonormal_right_handed_frame() {
        for view in View::ALL {
            let camera = Camera::view(view);
            let (r, u, v) = (camera.right(), camera.up(), camera.towards_viewer());
            assert!(r.dot(&u).abs() < 1e-12 && (r.norm() - 1.0).abs() < 1e-12 && (u.norm() - 1.0).abs() < 1e-12);
            assert!((v + view.direction_and_up().0.normalize()).norm() < 1e-12, "{}", view.name());
        }
        let degenerate = Camera::looking(Vector3::z(), Vector3::z());
        assert!((degenerate.right().norm() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn fitting_holds_every_point_inside_the_margin_in_both_projections() {
        let points: Vec<_> = (0..8)
            .map(|k| {
                Point3::new(f64::from(k & 1) * 70.0, f64::from(k >> 1 & 1) * 40.0 + 900.0, f64::from(k >> 2) * 90.0)
            })
            .collect();
        for aspect in [0.5, 1.0, 1.6] {
            let parallel = Camera::view(View::AnteriorLeft).fitted(&points, aspect, 0.05);
            let perspective = parallel.with_perspective(2.0).fitted(&points, aspect, 0.05);
            for camera in [parallel, perspective] {
                let seen: Vec<_> = points.iter().map(|&p| camera.project(p).unwrap()).collect();
                assert!(seen.iter().all(|p| p.x.abs() <= 0.4501 * aspect && p.y.abs() <= 0.4501));
                let widest = seen.iter().map(|p| (p.x / aspect).abs().max(p.y.abs())).fold(0.0, f64::max);
                assert!(widest > 0.35, "the picture is filled");
            }
        }
    }

    #[test]
    fn orbiting_keeps_the_target_in_the_middle() {
        let mut camera = Camera::view(View::Anterior);
        camera.target = Point3::new(3.0, 4.0, 5.0);
        let turned = camera.orbited(0.3, 0.2);
        let middle = turned.project(camera.target).unwrap();
        assert!(middle.x.abs() < 1e-12 && middle.y.abs() < 1e-12);
        // The viewer of the anterior view who walks to the right of the picture sees the patient's left side.
        assert!(camera.orbited(0.5, 0.0).towards_viewer().x > 0.0);
        assert!(camera.orbited(0.0, 0.5).towards_viewer().z > 0.0);
    }
}

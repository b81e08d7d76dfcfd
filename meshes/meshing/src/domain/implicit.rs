//! Solids given by a function that is negative inside: exact test shapes.

use super::{Domain, Material, Patch};
use mesh::{Point3, Vector3};

/// A function, negative inside, that changes by at most the distance between two points.
trait Implicit: Sync {
    fn value(&self, p: &Point3<f64>) -> f64;
    fn gradient(&self, p: &Point3<f64>) -> Vector3<f64>;
    fn bounding_box(&self) -> (Point3<f64>, Point3<f64>);
}

impl<T: Implicit> Domain for T {
    fn bounds(&self) -> (Point3<f64>, Point3<f64>) {
        self.bounding_box()
    }

    fn distance(&self, p: &Point3<f64>, _: f64) -> f64 {
        self.value(p).abs()
    }

    fn material(&self, p: &Point3<f64>) -> Material {
        Material::from(self.value(p) < 0.0)
    }

    /// Bisection with the Illinois rule (Dowell & Jarratt 1971).
    fn crossing(&self, inside: &Point3<f64>, outside: &Point3<f64>) -> Option<f64> {
        let (mut low, mut high) = (0.0, 1.0);
        let (mut f_low, mut f_high) = (self.value(inside), self.value(outside));
        for _ in 0..60 {
            let t = (low * f_high - high * f_low) / (f_high - f_low);
            let f = self.value(&(inside + (outside - inside) * t));
            if f.abs() < 1e-14 || high - low < 1e-14 {
                return Some(t);
            }
            if f < 0.0 {
                (low, f_low, f_high) = (t, f, 0.5 * f_high);
            } else {
                (high, f_high, f_low) = (t, f, 0.5 * f_low);
            }
        }
        Some(0.5 * (low + high))
    }

    /// Newton steps along the gradient; for a distance function the first lands on the nearest point.
    fn project(&self, p: &Point3<f64>, _: Patch, reach: f64) -> Option<Point3<f64>> {
        let mut q = *p;
        for _ in 0..20 {
            let (value, gradient) = (self.value(&q), self.gradient(&q));
            let step = gradient * (value / gradient.norm_squared());
            q -= step;
            if step.norm() < 1e-13 * (1.0 + q.coords.norm()) {
                break;
            }
        }
        let close = (q - p).norm() <= reach && q.iter().all(|c| c.is_finite());
        close.then_some(q)
    }
}

/// A ball.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sphere {
    /// Centre in mm.
    pub centre: Point3<f64>,
    /// Radius in mm.
    pub radius: f64,
}

impl Sphere {
    /// 4/3 π r³.
    pub fn volume(&self) -> f64 {
        4.0 / 3.0 * std::f64::consts::PI * self.radius.powi(3)
    }
}

impl Implicit for Sphere {
    fn value(&self, p: &Point3<f64>) -> f64 {
        (p - self.centre).norm() - self.radius
    }

    fn gradient(&self, p: &Point3<f64>) -> Vector3<f64> {
        (p - self.centre).normalize()
    }

    fn bounding_box(&self) -> (Point3<f64>, Point3<f64>) {
        let half = Vector3::repeat(self.radius);
        (self.centre - half, self.centre + half)
    }
}

/// A solid torus around the z axis, centred at the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Torus {
    /// Radius of the centre line in mm.
    pub major: f64,
    /// Radius of the tube in mm.
    pub minor: f64,
}

impl Torus {
    /// 2 π² R r².
    pub fn volume(&self) -> f64 {
        2.0 * std::f64::consts::PI.powi(2) * self.major * self.minor.powi(2)
    }
}

impl Implicit for Torus {
    fn value(&self, p: &Point3<f64>) -> f64 {
        (p.x.hypot(p.y) - self.major).hypot(p.z) - self.minor
    }

    fn gradient(&self, p: &Point3<f64>) -> Vector3<f64> {
        let radius = p.x.hypot(p.y);
        let offset = radius - self.major;
        Vector3::new(p.x / radius * offset, p.y / radius * offset, p.z).normalize()
    }

    fn bounding_box(&self) -> (Point3<f64>, Point3<f64>) {
        let half = Vector3::new(self.major + self.minor, self.major + self.minor, self.minor);
        (Point3::from(-half), Point3::from(half))
    }
}

/// A closed piece of a gyroid network: the side sin x cos y + sin y cos z + sin z cos x < `level` of Schoen's
/// surface (x, y, z in units of `cell` / 2π), blended smoothly into a ball of radius `radius`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gyroid {
    /// Period in mm.
    pub cell: f64,
    /// Level of the surface; 0 halves the space.
    pub level: f64,
    /// Radius of the ball in mm.
    pub radius: f64,
}

impl Gyroid {
    fn wave_number(&self) -> f64 {
        2.0 * std::f64::consts::PI / self.cell
    }

    /// The gyroid function plus a term that grows steeply towards the ball's surface, 3 (|p| / radius)⁸.
    fn raw(&self, p: &Point3<f64>) -> (f64, Vector3<f64>) {
        let k = self.wave_number();
        let [(sx, cx), (sy, cy), (sz, cz)] = [p.x, p.y, p.z].map(|c| (k * c).sin_cos());
        let wave = sx * cy + sy * cz + sz * cx;
        let slope = k * Vector3::new(cx * cy - sz * sx, cy * cz - sx * sy, cz * cx - sy * sz);
        let ratio = p.coords.norm_squared() / self.radius.powi(2);
        let wall = 3.0 * ratio.powi(4);
        let wall_slope = p.coords * (24.0 * ratio.powi(3) / self.radius.powi(2));
        (wave - self.level + wall, slope + wall_slope)
    }

    /// Bound of the slope inside the bounding box, which makes the scaled function a lower bound of the distance.
    fn steepest(&self) -> f64 {
        // The factor √2 leaves room for the radial part outside the ball, which is at right angles to the rest.
        2.0_f64.sqrt() * (3.0_f64.sqrt() * self.wave_number() + 24.0 * self.edge().powi(7) / self.radius)
    }

    /// Outermost ratio |p| / radius inside: 3 ratio⁸ = 1.5 + level, the amplitude of the waves being 1.5.
    fn edge(&self) -> f64 {
        ((1.5 + self.level) / 3.0).powf(0.125) * 1.02
    }
}

impl Implicit for Gyroid {
    fn value(&self, p: &Point3<f64>) -> f64 {
        // Outside the ball that holds the solid the function is continued by the distance to that ball.
        let limit = self.edge() * self.radius;
        let radius = p.coords.norm();
        let inner = if radius > limit { Point3::from(p.coords * (limit / radius)) } else { *p };
        self.raw(&inner).0 / self.steepest() + (radius - limit).max(0.0) / 2.0_f64.sqrt()
    }

    fn gradient(&self, p: &Point3<f64>) -> Vector3<f64> {
        self.raw(p).1 / self.steepest()
    }

    fn bounding_box(&self) -> (Point3<f64>, Point3<f64>) {
        let half = Vector3::repeat(self.edge() * self.radius);
        (Point3::from(-half), Point3::from(half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_match_central_differences_and_distances_are_one_lipschitz() {
        let shapes: [&dyn Implicit; 3] = [
            &Sphere { centre: Point3::new(0.1, 0.2, -0.1), radius: 1.0 },
            &Torus { major: 1.0, minor: 0.4 },
            &Gyroid { cell: 1.0, level: 0.2, radius: 1.0 },
        ];
        let samples: Vec<Point3<f64>> = (0..60)
            .map(|k| {
                let t = f64::from(k);
                Point3::new((0.7 * t).sin(), (1.3 * t).cos(), (2.1 * t).sin()) * 0.5
            })
            .collect();
        for shape in shapes {
            for (k, p) in samples.iter().enumerate() {
                for axis in 0..3 {
                    let step = Vector3::ith(axis, 1e-6);
                    let difference = (shape.value(&(p + step)) - shape.value(&(p - step))) / 2e-6;
                    assert!((difference - shape.gradient(p)[axis]).abs() < 1e-7, "{p}");
                }
                let q = samples[(k * 7 + 3) % samples.len()] * 2.0;
                assert!((shape.value(p) - shape.value(&q)).abs() <= (p - q).norm() + 1e-12);
            }
        }
    }

    #[test]
    fn crossings_and_projections_lie_on_the_boundary() {
        let torus = Torus { major: 2.0, minor: 0.5 };
        let (inside, outside) = (Point3::new(2.1, 0.0, 0.1), Point3::new(2.4, 0.2, 0.9));
        let t = torus.crossing(&inside, &outside).unwrap();
        assert!(torus.value(&(inside + (outside - inside) * t)).abs() < 1e-12);
        let q = torus.project(&outside, 0, 1.0).unwrap();
        assert!(torus.value(&q).abs() < 1e-12);
        assert_eq!(torus.project(&outside, 0, 1e-3), None);
    }
}

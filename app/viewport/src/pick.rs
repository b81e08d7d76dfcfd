//! Which triangle lies under the pointer, and its value there.

use crate::camera::Ray;
use nalgebra::{Point3, Vector3};
use scene::{Scalar, Scene, Surface};

/// A point of a surface that was clicked.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Where, mm, in the picture as drawn (deformed when it is drawn deformed).
    pub point: Point3<f64>,
    /// Name of the surface.
    pub surface: String,
    /// Number of the surface in the scene.
    pub surface_index: usize,
    /// Number of the triangle.
    pub triangle: u32,
    /// Weights of the triangle's three corners at the point; they sum to 1.
    pub weights: [f64; 3],
    /// The scalar shown: interpolated linearly over the triangle, or that of the triangle; NaN stays NaN.
    pub value: Option<f64>,
}

/// The nearest point of a surface on the ray that is not cut away: `kept` says which points remain.
///
/// Every triangle is tested, in double precision: about 10 ms a million triangles, no structure to keep up to date.
/// Translucent surfaces (opacity below 0.2) are looked through.
pub fn probe(scene: &Scene, ray: &Ray, kept: impl Fn(&Point3<f64>) -> bool) -> Option<Probe> {
    let mut nearest: Option<(f64, usize, usize, [f64; 3])> = None;
    for (index, surface) in scene.surfaces.iter().enumerate().filter(|(_, surface)| surface.opacity >= 0.2) {
        for (number, &triangle) in surface.triangles.iter().enumerate() {
            let Some((distance, weights)) = hit(ray, triangle.map(|vertex| surface.points[vertex as usize])) else {
                continue;
            };
            let closer = nearest.is_none_or(|(least, ..)| distance < least);
            if closer && kept(&(ray.origin + ray.direction * distance)) {
                nearest = Some((distance, index, number, weights));
            }
        }
    }
    let (distance, surface_index, number, weights) = nearest?;
    let surface = &scene.surfaces[surface_index];
    Some(Probe {
        point: ray.origin + ray.direction * distance,
        surface: surface.name.clone(),
        surface_index,
        triangle: number as u32,
        weights,
        value: value(surface, number, weights).filter(|_| scene.legend.is_some()),
    })
}

fn value(surface: &Surface, triangle: usize, weights: [f64; 3]) -> Option<f64> {
    match surface.scalar.as_ref()? {
        Scalar::PerTriangle(values) => values.get(triangle).copied(),
        Scalar::PerVertex(values) => {
            let corners = surface.triangles[triangle].map(|vertex| values[vertex as usize]);
            Some((0..3).map(|k| weights[k] * corners[k]).sum())
        }
    }
}

/// Distance along the ray and corner weights where it passes through a triangle from either side (Möller & Trumbore 1997).
fn hit(ray: &Ray, [a, b, c]: [Point3<f64>; 3]) -> Option<(f64, [f64; 3])> {
    let (u, v): (Vector3<f64>, Vector3<f64>) = (b - a, c - a);
    let across = ray.direction.cross(&v);
    let determinant = u.dot(&across);
    if determinant == 0.0 {
        return None;
    }
    let from_a = ray.origin - a;
    let second = from_a.dot(&across) / determinant;
    let turned = from_a.cross(&u);
    let third = ray.direction.dot(&turned) / determinant;
    let distance = v.dot(&turned) / determinant;
    let inside = second >= 0.0 && third >= 0.0 && second + third <= 1.0 && distance > 0.0;
    (inside && distance.is_finite()).then_some((distance, [1.0 - second - third, second, third]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{Colour, ColourMap, ColourScale, Legend};

    fn two_sheets() -> Scene {
        let sheet = |y: f64, name: &str| {
            let points = vec![Point3::new(0.0, y, 0.0), Point3::new(1.0, y, 0.0), Point3::new(0.0, y, 1.0)];
            let mut surface = Surface::plain(name, points, vec![[0, 1, 2]], Colour::BONE);
            surface.scalar = Some(Scalar::PerVertex(vec![10.0 * y, 10.0 * y + 4.0, 10.0 * y + 8.0]));
            surface
        };
        let scale = ColourScale::new(ColourMap::Viridis, [0.0, 20.0]);
        let legend = Legend { title: "Pressure".into(), unit: "MPa".into(), scale };
        Scene { surfaces: vec![sheet(1.0, "behind"), sheet(0.0, "front")], legend: Some(legend), ..Scene::default() }
    }

    #[test]
    fn the_value_is_the_linear_interpolation_at_the_point_of_the_nearest_surface() {
        let ray = Ray { origin: Point3::new(0.25, -5.0, 0.5), direction: Vector3::y() };
        let seen = probe(&two_sheets(), &ray, |_| true).unwrap();
        assert_eq!((seen.surface.as_str(), seen.triangle), ("front", 0));
        assert!((seen.point - Point3::new(0.25, 0.0, 0.5)).norm() < 1e-12);
        assert!((seen.value.unwrap() - (0.25 * 4.0 + 0.5 * 8.0)).abs() < 1e-12);
    }

    #[test]
    fn what_is_cut_away_is_looked_through_and_the_void_gives_nothing() {
        let ray = Ray { origin: Point3::new(0.25, -5.0, 0.5), direction: Vector3::y() };
        let seen = probe(&two_sheets(), &ray, |point| point.y > 0.5).unwrap();
        assert_eq!(seen.surface, "behind");
        assert_eq!(probe(&two_sheets(), &Ray { origin: Point3::new(2.0, -5.0, 0.5), ..ray }, |_| true), None);
    }
}

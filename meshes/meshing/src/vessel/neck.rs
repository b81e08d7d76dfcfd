//! A film across a closed curve in space.

use crate::remesh::editable::{Editable, Kind};
use crate::remesh::isotropic::{Aim, flip_edges};
use crate::repair::holes::fill_polygon;
use crate::repair::triangulate::Polygon;
use control::{Cancelled, RunControl};
use mesh::{Point3, Vector3};

/// Rounds of averages, and averages in a round.
const ROUNDS: usize = 20;
const AVERAGES: usize = 20;

/// A nearly minimal surface whose border is the polygon, wound like it; the polygon's points come first.
///
/// A triangulation of least bending is refined to the length of the sides; then every inner vertex moves to the mean of
/// its neighbours again and again, which on nearly equilateral triangles makes the area least. `joined` tells which
/// corners have an edge already.
pub(super) fn film(
    points: &[Point3<f64>],
    joined: &dyn Fn(usize, usize) -> bool,
    control: &RunControl,
) -> Result<Editable, Cancelled> {
    let beyond = vec![Vector3::zeros(); points.len()];
    let mut mesh = fill_polygon(&Polygon { points, beyond: &beyond, joined }, control)?;
    let inner = |mesh: &Editable, v: usize| mesh.kinds[v] == Kind::Free && !mesh.star(v as u32).is_empty();
    let free: Vec<usize> = (0..mesh.points.len()).filter(|&v| inner(&mesh, v)).collect();
    for _ in 0..ROUNDS {
        let around: Vec<Vec<u32>> = free.iter().map(|&v| mesh.neighbours(v as u32)).collect();
        for _ in 0..AVERAGES {
            control.check()?;
            for (&v, around) in free.iter().zip(&around) {
                let sum: Vector3<f64> = around.iter().map(|&n| mesh.points[n as usize].coords).sum();
                mesh.points[v] = Point3::from(sum / around.len().max(1) as f64);
            }
        }
        flip_edges(&mut mesh, Aim::Angle, control)?;
    }
    Ok(mesh)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inside a saddle curve z = ε (x² − y²) on the unit circle the film is z = ε (x² − y²) up to some ε³, its area
    /// π (1 + ε²) up to ε⁴.
    #[test]
    fn the_film_in_a_saddle_is_the_saddle() {
        let (n, tilt) = (80_u32, 0.2);
        let corner = |k: u32| {
            let (y, x) = (std::f64::consts::TAU * f64::from(k) / f64::from(n)).sin_cos();
            Point3::new(x, y, tilt * (x * x - y * y))
        };
        let points: Vec<Point3<f64>> = (0..n).map(corner).collect();
        let film = film(&points, &|_, _| false, &RunControl::silent()).unwrap();
        let (surface, _) = film.finish();
        let off = surface.points.iter().map(|p| (p.z - tilt * (p.x * p.x - p.y * p.y)).abs()).fold(0.0, f64::max);
        assert!(off < 0.02, "{off}");
        let exact = std::f64::consts::PI * (1.0 + tilt * tilt);
        assert!((surface.area() / exact - 1.0).abs() < 0.01, "{} for {exact}", surface.area());
    }
}

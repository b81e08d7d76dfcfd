//! Wanted edge lengths at the vertices of a surface.

use super::Sizing;
use super::editable::{Editable, Kind};
use crate::parallel::parallel_map;
use control::{Cancelled, RunControl};
use mesh::Vector3;
use nalgebra::{Matrix3, Vector3 as Column};

/// Growth of the length over a length at most, so that small and large triangles do not meet.
const GRADIENT: f64 = 0.3;
/// Sweeps that spread small lengths; each carries them one edge farther.
const SWEEPS: usize = 60;

/// The wanted length (mm) at every vertex. A chord of length L on a curve of curvature κ is off by ε where
/// L = √(6 ε/κ − 3 ε²) (Dunyach, Vanderhaeghe, Barthe & Botsch 2013, eq. 3).
pub(crate) fn sizes(mesh: &Editable, sizing: &Sizing, control: &RunControl) -> Result<Vec<f64>, Cancelled> {
    let (min, max, error) = match *sizing {
        Sizing::Uniform { length } => return Ok(vec![length; mesh.points.len()]),
        Sizing::Curvature { min, max, error } => (min, max, error),
    };
    let vertices: Vec<u32> = (0..mesh.points.len() as u32).collect();
    let curvature = parallel_map(&vertices, control, |&v| curvature(mesh, v))?;
    let length = |v: &u32| {
        // Creases have no curvature: they take that of the faces beside them.
        let own = curvature[*v as usize];
        let beside = || mesh.neighbours(*v).into_iter().filter_map(|n| curvature[n as usize]).reduce(f64::max);
        let kappa = own.or_else(beside).unwrap_or(0.0);
        let wanted2 = 6.0 * error / kappa.max(f64::MIN_POSITIVE) - 3.0 * error * error;
        wanted2.max(0.0).sqrt().clamp(min, max)
    };
    let mut sizes = parallel_map(&vertices, control, length)?;
    let edges = mesh.edges();
    for _ in 0..SWEEPS {
        control.check()?;
        let mut changed = false;
        for &[a, b] in &edges {
            let step = GRADIENT * mesh.length(a, b);
            for (from, to) in [(a as usize, b as usize), (b as usize, a as usize)] {
                if sizes[to] > (sizes[from] + step) * (1.0 + 1e-9) {
                    sizes[to] = sizes[from] + step;
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    Ok(sizes)
}

/// Largest absolute normal curvature (1/mm) at a smooth vertex: the second fundamental form that fits the normal
/// curvatures 2 n·e/|e|² along the edges best (Taubin 1995; Meyer et al. 2003). `None` on creases.
fn curvature(mesh: &Editable, v: u32) -> Option<f64> {
    if mesh.kinds[v as usize] != Kind::Free {
        return None;
    }
    let n = mesh.vertex_normal(v)?;
    let u = n.cross(&if n.x.abs() < 0.6 { Vector3::x() } else { Vector3::y() }).try_normalize(0.0)?;
    let w = n.cross(&u);
    let (mut normal, mut right) = (Matrix3::zeros(), Column::zeros());
    for other in mesh.neighbours(v) {
        let e = mesh.points[other as usize] - mesh.points[v as usize];
        let (x, y) = (e.dot(&u), e.dot(&w));
        let flat2 = x * x + y * y;
        if flat2 > 0.0 {
            let row = Column::new(x * x, 2.0 * x * y, y * y) / flat2;
            normal += row * row.transpose();
            right += row * (2.0 * n.dot(&e) / e.norm_squared());
        }
    }
    // A little damping keeps the fit of few directions finite.
    let damping = Matrix3::identity() * (1e-6 * normal.trace());
    let k = (normal + damping).try_inverse()? * right;
    let (mean, half) = (0.5 * (k.x + k.z), (0.25 * (k.x - k.z).powi(2) + k.y * k.y).sqrt());
    Some(mean.abs() + half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::primitives::{icosphere, torus};

    #[test]
    fn curvature_of_sphere_and_torus() {
        for (surface, low, high) in [(icosphere(5.0, 4), 0.2, 0.2), (torus(6.0, 2.0, 96, 48), 0.5, 0.5)] {
            let labels = vec![0; surface.triangles.len()];
            let mesh = Editable::new(surface.points, surface.triangles, labels);
            for v in 0..mesh.points.len() as u32 {
                let kappa = curvature(&mesh, v).unwrap();
                assert!(kappa > 0.96 * low && kappa < 1.04 * high, "{kappa}");
            }
        }
    }
}

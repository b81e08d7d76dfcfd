//! Centrelines of closed surfaces: curves through the middle, from one end to others.
//!
//! The cheapest path through the inside, ∫ ds / d with d the distance to the wall, runs along the middle (Antiga, Ene-
//! Iordache and Remuzzi, IEEE Trans Med Imaging 22:674, 2003, who take it on the Voronoi diagram). It is found on a lattice
//! and then moved, in the planes across it, to where the same integral is least.

mod centre;
mod lattice;
mod path;

use crate::MeshingError;
use control::RunControl;
use geometry::TriangleBvh;
use lattice::Lattice;
use mesh::{ElementKind, Field, Point3, SurfaceMesh, Vector3, VolumeMesh};
use rayon::prelude::*;

/// A curve through the middle of a tube.
#[derive(Debug, Clone, PartialEq)]
pub struct Centreline {
    /// Points from the source on, mm, equally spaced but for the last.
    pub points: Vec<Point3<f64>>,
    /// Radius of the largest sphere inside the surface about each point, mm.
    pub radii: Vec<f64>,
    /// How many points, from the source on, it shares with an earlier line; 0 for the first.
    pub shared: usize,
    /// The earlier line it leaves, and at which of its points.
    pub parent: Option<(usize, usize)>,
}

/// Lines as a mesh of beams that share the nodes of shared parts, with the inscribed radius at the nodes.
pub fn line_mesh(lines: &[Centreline]) -> (VolumeMesh, Field) {
    let (mut nodes, mut radii, mut beams) = (Vec::new(), Vec::new(), Vec::new());
    // The node of every point of every line so far.
    let mut numbers: Vec<Vec<u32>> = Vec::with_capacity(lines.len());
    for line in lines {
        let mut own: Vec<u32> = match line.parent {
            Some((parent, _)) => numbers[parent][..line.shared].to_vec(),
            None => Vec::new(),
        };
        for k in own.len()..line.points.len() {
            if let Some(&before) = own.last() {
                beams.extend([before, nodes.len() as u32]);
            }
            own.push(nodes.len() as u32);
            nodes.push(line.points[k]);
            radii.push(line.radii[k]);
        }
        numbers.push(own);
    }
    (VolumeMesh::new(nodes, ElementKind::Beam2, beams), Field::on_nodes("inscribed radius", "mm", 1, radii))
}

impl Centreline {
    /// Length in mm.
    pub fn length(&self) -> f64 {
        self.points.windows(2).map(|pair| (pair[1] - pair[0]).norm()).sum()
    }

    /// The point of the line nearest to `p`.
    fn nearest(&self, p: &Point3<f64>) -> Option<usize> {
        let apart = |k: usize| (self.points[k] - p).norm_squared();
        (0..self.points.len()).min_by(|&a, &b| apart(a).total_cmp(&apart(b)))
    }

    /// Distance of `p` from the pieces of the line beside its point `k`, mm.
    fn distance_beside(&self, k: usize, p: &Point3<f64>) -> f64 {
        let to = |other: Option<&Point3<f64>>| -> Option<f64> {
            let (start, along) = (self.points[k], other? - self.points[k]);
            let t = (p - start).dot(&along) / along.norm_squared().max(f64::MIN_POSITIVE);
            Some((p - start - along * t.clamp(0.0, 1.0)).norm())
        };
        let before = k.checked_sub(1).and_then(|before| self.points.get(before));
        let beside = [to(before), to(self.points.get(k + 1))];
        beside.into_iter().flatten().fold((self.points[k] - p).norm(), f64::min)
    }

    /// Unit tangent at point `k`, by the neighbours. Panics when out of range.
    pub fn tangent(&self, k: usize) -> Vector3<f64> {
        let last = self.points.len() - 1;
        let chord = self.points[(k + 1).min(last)] - self.points[k.saturating_sub(1)];
        chord.try_normalize(0.0).unwrap_or_else(Vector3::z)
    }
}

/// Centrelines from `source` to each of `targets` (points inside the surface or on its ends, mm). The surface must be
/// closed.
///
/// Every line is as long as its path; where a later one runs inside the inscribed spheres of an earlier one, it shares the
/// earlier one's points. Cost: about a second for 100 000 lattice cells.
///
/// # Errors
/// [`MeshingError::EmptySurface`]; [`MeshingError::NoPath`] for a target that cannot be reached inside; cancellation.
pub fn centrelines(
    surface: &SurfaceMesh,
    source: &Point3<f64>,
    targets: &[Point3<f64>],
    control: &RunControl,
) -> Result<Vec<Centreline>, MeshingError> {
    surface.validate()?;
    let mut bvh = TriangleBvh::new(&surface.points, &surface.triangles);
    if bvh.is_empty() {
        return Err(MeshingError::EmptySurface);
    }
    bvh.prepare_signs(&control.stage("wall", 0.0, 0.1))?;
    let lattice = Lattice::fill(&bvh, surface.volume(), source, &control.stage("inside", 0.1, 0.6))?;
    let tree = path::cheapest(&lattice, source, &control.stage("paths", 0.6, 0.8))?;
    let mut lines: Vec<Centreline> = Vec::with_capacity(targets.len());
    let stage = control.stage("centre", 0.8, 1.0);
    let centred = |target: &Point3<f64>| {
        let rough = tree.path_to(&lattice, target).ok_or(MeshingError::NoPath { to: (*target).into() })?;
        centre::centred(&bvh, &rough, source, target, &stage)
    };
    let centred: Vec<(Vec<Point3<f64>>, Vec<f64>)> = targets.par_iter().map(centred).collect::<Result<_, _>>()?;
    for (points, radii) in centred {
        lines.push(branch(&lines, points, radii));
    }
    Ok(lines)
}

/// The line with the part that runs inside the inscribed spheres of an earlier line replaced by that one's points.
fn branch(earlier: &[Centreline], points: Vec<Point3<f64>>, radii: Vec<f64>) -> Centreline {
    // The last point from the source on that is inside a sphere of `line`, and that sphere.
    let together = |line: &Centreline| {
        let inside = |p: &Point3<f64>| {
            let nearest = line.nearest(p)?;
            (line.distance_beside(nearest, p) <= 0.5 * line.radii[nearest]).then_some(nearest)
        };
        points.iter().map_while(inside).enumerate().last()
    };
    let longest = earlier
        .iter()
        .enumerate()
        .filter_map(|(number, line)| together(line).map(|(own, theirs)| (own, number, theirs)))
        .max_by_key(|&(own, number, _)| (own, std::cmp::Reverse(number)));
    let Some((own, number, theirs)) = longest else {
        return Centreline { points, radii, shared: 0, parent: None };
    };
    let parent = &earlier[number];
    let join = |kept: &[Point3<f64>], rest: &[Point3<f64>]| [kept, rest].concat();
    Centreline {
        points: join(&parent.points[..=theirs], &points[own + 1..]),
        radii: [&parent.radii[..=theirs], &radii[own + 1..]].concat(),
        shared: theirs + 1,
        parent: Some((number, theirs)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::primitives::{cylinder, torus};

    #[test]
    fn the_axis_of_a_cylinder_is_found() {
        let tube = cylinder(3.0, 40.0, 64, 40);
        let (low, high) = (Point3::new(0.0, 0.0, 0.0), Point3::new(0.0, 0.0, 40.0));
        let found = centrelines(&tube, &low, &[high], &RunControl::silent()).unwrap();
        let line = &found[0];
        let off = line.points.iter().map(|p| p.x.hypot(p.y)).fold(0.0, f64::max);
        assert!(off < 0.03, "{off}");
        assert!((line.length() - 40.0).abs() < 0.1, "{}", line.length());
        let middle = line.points.iter().zip(&line.radii).filter(|(p, _)| (4.0..36.0).contains(&p.z));
        let wrong = middle.map(|(_, r)| (r - 3.0).abs()).fold(0.0, f64::max);
        assert!(wrong < 0.03, "{wrong}");
    }

    /// Half of a torus is a bent tube: the line is the circle of the middle, although a shorter way hugs the inner wall.
    #[test]
    fn a_bend_is_not_cut_short() {
        let (ring, tube) = (20.0, 4.0);
        let surface = torus(ring, tube, 96, 32);
        let at = |angle: f64| Point3::new(ring * angle.cos(), ring * angle.sin(), 0.0);
        let found = centrelines(&surface, &at(0.2), &[at(2.4)], &RunControl::silent()).unwrap();
        let off = found[0].points.iter().map(|p| (p.x.hypot(p.y) - ring).hypot(p.z)).fold(0.0, f64::max);
        assert!(off < 0.1, "{off}");
        assert!((found[0].length() / (2.2 * ring) - 1.0).abs() < 0.01, "{}", found[0].length());
        let wrong = found[0].radii.iter().map(|r| (r - tube).abs()).fold(0.0, f64::max);
        assert!(wrong < 0.02 * tube, "{wrong}");
    }

    #[test]
    fn what_cannot_be_reached_is_named() {
        let mut two = cylinder(3.0, 10.0, 24, 10);
        let first = two.points.len() as u32;
        let other = cylinder(3.0, 10.0, 24, 10);
        two.points.extend(other.points.iter().map(|p| p + Vector3::new(20.0, 0.0, 0.0)));
        two.triangles.extend(other.triangles.iter().map(|t| t.map(|v| v + first)));
        let there = Point3::new(20.0, 0.0, 5.0);
        let error = centrelines(&two, &Point3::new(0.0, 0.0, 5.0), &[there], &RunControl::silent()).unwrap_err();
        assert!(matches!(error, MeshingError::NoPath { .. }) && error.to_string().contains("20.00"), "{error}");
    }
}

//! Caps: planar parts of a surface with a sharp border, found by growing coplanar regions.

use super::Rims;
use super::ends::flat_ends;
use super::faces::{Sides, smooth_faces};
use crate::domain::Patch;
use mesh::topology::EdgeTable;
use mesh::{Point3, SurfaceMesh, Vector3};

/// Farthest a corner may lie off the seed's plane, over the diagonal of the surface.
const OFF_PLANE: f64 = 2e-5;
/// Least cosine between normals in one region.
const SAME_NORMAL: f64 = 0.9995;
/// Cosine of the bend (40°) from which an edge is sharp.
const SHARP: f64 = 0.766_044_443_118_978;
/// Least part of a region's border that is sharp.
const SHARP_BORDER: f64 = 0.8;
/// Least area of a cap over the whole area, ...
const LEAST_AREA: f64 = 1e-3;
/// ... of one with fewer than `LEAST_TRIANGLES`: few triangles are planar by chance.
const LEAST_AREA_OF_FEW: f64 = 1e-2;
const LEAST_TRIANGLES: usize = 10;

/// A flat part of the surface.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cap {
    pub(crate) triangles: Vec<u32>,
    /// Area in mm².
    pub(crate) area: f64,
    /// Area-weighted centroid.
    pub(crate) centre: Point3<f64>,
    /// Mean outward unit normal.
    pub(crate) normal: Vector3<f64>,
    /// Exactly planar with a sharp border: its rim is kept as an edge. Else the end only lends its name.
    pub(crate) sharp: bool,
}

/// A flat end of a surface, for example where a vessel was cut or a bone scan stops.
#[derive(Debug, Clone, PartialEq)]
pub struct SurfaceEnd {
    /// The name of its region in a mesh: `cap_1` for the largest.
    pub name: String,
    /// Area-weighted centroid, mm.
    pub centre: Point3<f64>,
    /// Mean outward unit normal.
    pub normal: Vector3<f64>,
    /// Area in mm².
    pub area: f64,
    /// Whether it is exactly planar with a sharp rim.
    pub is_sharp: bool,
}

/// The flat ends of a closed, outward surface, the largest first.
pub fn surface_ends(surface: &SurfaceMesh) -> Vec<SurfaceEnd> {
    let end = |(k, cap): (usize, Cap)| SurfaceEnd {
        name: format!("cap_{}", k + 1),
        centre: cap.centre,
        normal: cap.normal,
        area: cap.area,
        is_sharp: cap.sharp,
    };
    Features::find(surface).caps.into_iter().enumerate().map(end).collect()
}

/// What a surface asks the mesh to keep.
#[derive(Debug, Clone, Default)]
pub(crate) struct Features {
    /// Largest first; cap `k` is patch and region number `k + 1`.
    pub(crate) caps: Vec<Cap>,
    /// Patch of each triangle: the number of its sharp cap; on the wall 0, or, where sharp edges divide it, the number of its
    /// smooth face: 0 for the largest, the others counted on from the caps.
    pub(crate) patches: Vec<Patch>,
    /// Region of each triangle: the number of its cap, sharp or not, 0 for the wall.
    pub(crate) regions: Vec<Patch>,
    /// Whether sharp edges divide the wall into smooth faces, as on what is designed.
    pub(crate) is_divided: bool,
    pub(crate) rims: Rims,
    /// Edges between the regions, the rounded borders of flat ends included.
    pub(crate) borders: Rims,
}

impl Features {
    /// Looks for caps, flat ends and smooth faces on a closed, outward-oriented surface.
    pub(crate) fn find(surface: &SurfaceMesh) -> Self {
        Self::found(surface, false)
    }

    /// As [`Self::find`] where all sharp edges are meant.
    pub(crate) fn of_designed(surface: &SurfaceMesh) -> Self {
        Self::found(surface, true)
    }

    fn found(surface: &SurfaceMesh, is_designed: bool) -> Self {
        let edges = EdgeTable::new(&surface.triangles);
        let normals: Vec<Vector3<f64>> = (0..surface.triangles.len())
            .map(|t| surface.area_vector2(t).try_normalize(0.0).unwrap_or_default())
            .collect();
        let mut caps = sharp_caps(surface, &edges, &normals);
        caps.extend(flat_ends(surface, &edges, &normals, &caps));
        caps.sort_by(|a, b| b.area.total_cmp(&a.area).then(a.triangles.cmp(&b.triangles)));
        let mut features = Self {
            patches: vec![0; surface.triangles.len()],
            regions: vec![0; surface.triangles.len()],
            ..Self::default()
        };
        for (number, cap) in (1..).zip(&caps) {
            for &t in &cap.triangles {
                features.regions[t as usize] = number;
                features.patches[t as usize] = if cap.sharp { number } else { 0 };
            }
        }
        let sides = Sides { surface, edges: &edges, normals: &normals };
        let on_cap: Vec<bool> = features.patches.iter().map(|&patch| patch > 0).collect();
        for (patch, face) in
            features.patches.iter_mut().zip(smooth_faces(&sides, &on_cap, is_designed).into_iter().flatten())
        {
            if let Some(face @ 1..) = face {
                *patch = caps.len() as Patch + face;
                features.is_divided = true;
            }
        }
        features.rims = Rims::between(surface, &edges, &features.patches);
        features.borders = Rims::between(surface, &edges, &features.regions);
        features.caps = caps;
        features
    }
}

impl Cap {
    pub(crate) fn new(surface: &SurfaceMesh, mut triangles: Vec<u32>, sharp: bool) -> Self {
        triangles.sort_unstable();
        let (mut sum, mut moment, mut area) = (Vector3::zeros(), Vector3::zeros(), 0.0);
        for &t in &triangles {
            let area_vector2 = surface.area_vector2(t as usize);
            let [a, b, c] = surface.corners(t as usize).map(|p| p.coords);
            let weight = 0.5 * area_vector2.norm();
            sum += area_vector2;
            moment += (a + b + c) * (weight / 3.0);
            area += weight;
        }
        let centre = Point3::from(moment / area.max(f64::MIN_POSITIVE));
        Self { triangles, area, centre, normal: sum.try_normalize(0.0).unwrap_or_default(), sharp }
    }
}

fn sharp_caps(surface: &SurfaceMesh, edges: &EdgeTable, normals: &[Vector3<f64>]) -> Vec<Cap> {
    let Some((low, high)) = surface.bounds() else { return Vec::new() };
    let off_plane = OFF_PLANE * (high - low).norm();
    let total = surface.area();
    let mut order: Vec<u32> = (0..surface.triangles.len() as u32).collect();
    let area2: Vec<f64> = order.iter().map(|&t| surface.area_vector2(t as usize).norm()).collect();
    order.sort_by(|&s, &t| area2[t as usize].total_cmp(&area2[s as usize]).then(s.cmp(&t)));
    let mut taken = vec![false; order.len()];
    let mut caps = Vec::new();
    for seed in order {
        if taken[seed as usize] {
            continue;
        }
        let (origin, normal) = (surface.corners(seed as usize)[0], normals[seed as usize]);
        let coplanar = |t: u32| {
            let flat = surface.corners(t as usize).iter().all(|p| normal.dot(&(p - origin)).abs() <= off_plane);
            // Slivers in the plane have any normal.
            flat && (normals[t as usize].dot(&normal) > SAME_NORMAL || area2[t as usize] < off_plane * off_plane)
        };
        let region = grow(edges, seed, &mut taken, |_, t| coplanar(t));
        let cap = Cap::new(surface, region, true);
        let least = if cap.triangles.len() < LEAST_TRIANGLES { LEAST_AREA_OF_FEW } else { LEAST_AREA };
        if cap.area > least * total && has_sharp_border(surface, edges, normals, &cap.triangles) {
            caps.push(cap);
        }
    }
    caps
}

/// Triangles connected to `seed`, each over a neighbour from which `belongs` accepts it; all are marked as taken.
pub(crate) fn grow(edges: &EdgeTable, seed: u32, taken: &mut [bool], belongs: impl Fn(u32, u32) -> bool) -> Vec<u32> {
    let mut region = vec![seed];
    taken[seed as usize] = true;
    let mut next = 0;
    while let Some(&t) = region.get(next) {
        next += 1;
        for side in 0..3 {
            if let Some(neighbour) = edges.neighbour(t, side)
                && !taken[neighbour as usize]
                && belongs(t, neighbour)
            {
                taken[neighbour as usize] = true;
                region.push(neighbour);
            }
        }
    }
    region
}

fn has_sharp_border(surface: &SurfaceMesh, edges: &EdgeTable, normals: &[Vector3<f64>], region: &[u32]) -> bool {
    let (mut border, mut sharp) = (0.0, 0.0);
    for &t in region {
        let corners = surface.corners(t as usize);
        for side in 0..3_u8 {
            let k = usize::from(side);
            match edges.neighbour(t, side) {
                Some(other) if region.binary_search(&other).is_ok() => {}
                other => {
                    let length = (corners[(k + 1) % 3] - corners[k]).norm();
                    border += length;
                    let bend = other.map_or(-1.0, |other| normals[t as usize].dot(&normals[other as usize]));
                    sharp += if bend < SHARP { length } else { 0.0 };
                }
            }
        }
    }
    border > 0.0 && sharp >= SHARP_BORDER * border
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::primitives::{cuboid, cylinder, icosphere};

    #[test]
    fn a_cylinder_has_two_caps_with_round_rims_and_a_sphere_none() {
        let features = Features::find(&cylinder(2.0, 10.0, 48, 20));
        assert_eq!(features.caps.len(), 2);
        let polygon = 0.5 * 48.0 * 4.0 * (2.0 * std::f64::consts::PI / 48.0).sin();
        assert!(features.caps.iter().all(|cap| cap.sharp && (cap.area - polygon).abs() < 1e-9));
        assert_eq!((features.rims.segments.len(), features.rims.corners.len()), (96, 0));
        assert!(Features::find(&icosphere(1.0, 4)).caps.is_empty());
    }

    #[test]
    fn a_box_has_six_caps_and_eight_corners() {
        let features = Features::find(&cuboid(Point3::origin(), Point3::new(1.0, 2.0, 3.0), [1, 1, 1]));
        assert_eq!(features.caps.len(), 6);
        assert_eq!(features.rims.corners.len(), 8);
        assert!(features.regions.iter().all(|&region| region > 0));
    }
}

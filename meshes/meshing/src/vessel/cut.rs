//! Plane cuts: what lies beyond a plane is removed, in one part of the surface only, and the section closed.

use super::split::{positive_part, split};
use crate::MeshingError;
use crate::remesh::patches::Patches;
use crate::repair::draft::Draft;
use crate::repair::holes::{Beyond, fill_loop};
use crate::repair::triangulate::newell;
use control::RunControl;
use mesh::topology::{EdgeTable, SurfaceTopology};
use mesh::{Point3, SurfaceMesh, Vector3};
use std::collections::BTreeSet;

/// Region of the triangles that close a section.
const CUT_REGION: &str = "cut";
/// Heights below this part of the largest coordinate off the origin of the plane are rounding.
const FLAT: f64 = 1e-12;

/// An oriented plane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    pub(super) origin: Point3<f64>,
    /// Unit normal; what lies along it is beyond.
    pub(super) normal: Vector3<f64>,
}

impl Plane {
    pub(super) fn height(&self, p: &Point3<f64>) -> f64 {
        self.normal.dot(&(p - self.origin))
    }

    pub(super) fn foot(&self, p: &Point3<f64>) -> Point3<f64> {
        p - self.normal * self.height(p)
    }
}

/// A surface cut by a plane.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaneCut {
    /// What is left, in the regions of the input; the triangles that close the section are the region `cut`.
    pub surface: SurfaceMesh,
    /// Loops of the section.
    pub loops: usize,
    /// Area of the section in mm².
    pub area_mm2: f64,
    /// Area of the removed surface in mm².
    pub removed_area_mm2: f64,
}

/// Removes what lies beyond the plane through `origin` with the direction `normal` and hangs together there with the
/// section nearest to `near`; other parts that the plane would cut stay whole. Every loop of the section lies exactly in
/// the plane and is closed by triangles as long as its sides.
///
/// The surface (mm) must be manifold; it may have holes elsewhere. Vertices nearer to the plane than a seventh of an
/// edge move onto it along that edge, which avoids slivers. Cost: O(n log n).
///
/// # Errors
/// [`MeshingError::BadOption`] for a normal without a direction, [`MeshingError::PlaneMisses`] where nothing is beyond
/// or nothing would be left, [`MeshingError::CutMeetsHole`] where the section runs into a hole or around an inner one,
/// [`MeshingError::NotManifold`], [`MeshingError::Mesh`], cancellation.
pub fn cut_by_plane(
    surface: &SurfaceMesh,
    origin: &Point3<f64>,
    normal: &Vector3<f64>,
    near: &Point3<f64>,
    control: &RunControl,
) -> Result<PlaneCut, MeshingError> {
    let needed = "a vector with a direction and an origin in mm, all finite";
    let bad = || MeshingError::BadOption { option: "plane", value: normal.norm(), needed };
    let direction = normal.try_normalize(0.0).filter(|n| n.iter().chain(origin.iter()).all(|x| x.is_finite()));
    let plane = Plane { origin: *origin, normal: direction.ok_or_else(bad)? };
    let (mut draft, patches) = prepared(surface, control)?;
    let before = draft.surface.area();
    let seed = nearest_crossing(&draft, &plane, near).ok_or(MeshingError::PlaneMisses { at: (*origin).into() })?;
    let section = cut_off(&mut draft, &plane, &[seed], f64::INFINITY, [u32::MAX; 2], control)?;
    let cap = (0u32..).zip(&draft.labels).filter(|(_, label)| **label == u32::MAX).map(|(t, _)| t).collect();
    draft.surface.regions = patches.regions(&draft.labels);
    draft.surface.regions.insert(CUT_REGION.to_owned(), cap);
    let removed_area_mm2 = before - (draft.surface.area() - section.area);
    Ok(PlaneCut { surface: draft.surface, loops: section.loops, area_mm2: section.area, removed_area_mm2 })
}

/// Triangles ready to be cut, their labels standing for the regions of the input.
fn prepared(surface: &SurfaceMesh, control: &RunControl) -> Result<(Draft, Patches), MeshingError> {
    let input = crate::remesh::input::Input::prepare(surface, control)?;
    let (patches, labels) = Patches::of(&input.surface);
    let surface = SurfaceMesh::new(input.surface.points, input.surface.triangles);
    Ok((Draft { surface, labels, repairs: Vec::new() }, patches))
}

/// What a cut left behind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub(super) loops: usize,
    /// Of all loops, mm².
    pub(super) area: f64,
    /// Of the largest loop, mm².
    pub(super) largest: f64,
    /// How far from the plane the removed part reached, mm.
    pub(super) removed_to: f64,
}

/// The triangle that the plane crosses nearest to a point.
pub(super) fn nearest_crossing(draft: &Draft, plane: &Plane, near: &Point3<f64>) -> Option<u32> {
    let distance = |t: usize| {
        let corners = draft.surface.corners(t);
        let heights = corners.map(|p| plane.height(&p));
        let (low, high) = heights.iter().fold((f64::MAX, f64::MIN), |(l, h), &x| (l.min(x), h.max(x)));
        let ends: Vec<Point3<f64>> = (0..3)
            .filter(|&k| (heights[k] > 0.0) != (heights[(k + 1) % 3] > 0.0))
            .map(|k| {
                let next = (k + 1) % 3;
                corners[k] + (corners[next] - corners[k]) * (heights[k] / (heights[k] - heights[next]))
            })
            .collect();
        match ends[..] {
            [a, b] if low <= 0.0 && high > 0.0 => Some(to_segment(near, &a, &b)),
            _ => None,
        }
    };
    let found = (0..draft.labels.len()).filter_map(|t| distance(t).map(|d| (d, t)));
    found.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(_, t)| t as u32)
}

pub(super) fn to_segment(p: &Point3<f64>, a: &Point3<f64>, b: &Point3<f64>) -> f64 {
    let along = b - a;
    let t = ((p - a).dot(&along) / along.norm_squared().max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    (p - (a + along * t)).norm()
}

/// Removes what is beyond the plane and hangs together with the triangles `seeds`, and closes the section with triangles
/// of the given labels, that of the largest loop and that of others. Refuses to remove anything farther than `reach` (mm) from the plane's origin.
pub(super) fn cut_off(
    draft: &mut Draft,
    plane: &Plane,
    seeds: &[u32],
    reach: f64,
    labels: [u32; 2],
    control: &RunControl,
) -> Result<Section, MeshingError> {
    let at: [f64; 3] = plane.origin.into();
    let largest = draft.surface.points.iter().map(|p| (p - plane.origin).amax()).fold(0.0, f64::max);
    let height = |p: &Point3<f64>| Some(plane.height(p)).filter(|h| h.abs() > FLAT * largest).unwrap_or(0.0);
    let mut values: Vec<f64> = draft.surface.points.iter().map(height).collect();
    let edges = EdgeTable::new(&draft.surface.triangles);
    let part = positive_part(&draft.surface.triangles, &edges, &values, seeds.iter().copied());
    control.check()?;
    let beyond = |v: &u32| values[*v as usize] > 0.0;
    let in_part = (0..part.len()).filter(|&t| part[t]).flat_map(|t| draft.surface.triangles[t]).filter(beyond);
    let (mut removed_to, mut farthest) = (0.0_f64, 0.0_f64);
    for v in in_part {
        removed_to = removed_to.max(values[v as usize]);
        farthest = farthest.max((draft.surface.points[v as usize] - plane.origin).norm());
    }
    if farthest > reach {
        return Err(MeshingError::CutTooLarge { at, reaches_mm: farthest, limit_mm: reach });
    }
    let holes: BTreeSet<[u32; 2]> =
        (0..edges.len()).filter(|&edge| edges.uses(edge).len() == 1).map(|edge| edges.edges()[edge]).collect();
    let positive = split(draft, &edges, &mut values, &part);
    control.check()?;
    if !positive.contains(&true) || !positive.contains(&false) {
        return Err(MeshingError::PlaneMisses { at });
    }
    draft.keep(|t| !positive[t]);
    let is_on: Vec<bool> = values.iter().map(|value| *value == 0.0).collect();
    let is_cut = |a: u32, b: u32| is_on[a as usize] && is_on[b as usize] && !holes.contains(&[a.min(b), a.max(b)]);
    let areas = close_section(draft, plane, &is_cut, labels, control)?;
    draft.drop_unused_points();
    let largest = areas.first().copied().unwrap_or(0.0);
    Ok(Section { loops: areas.len(), area: areas.iter().sum(), largest, removed_to })
}

/// Puts the loops of the section into the plane and closes them; their areas, the largest first. Holes that were there
/// before are none of them, even in the plane: `is_cut` tells the sides of the section.
fn close_section(
    draft: &mut Draft,
    plane: &Plane,
    is_cut: &dyn Fn(u32, u32) -> bool,
    labels: [u32; 2],
    control: &RunControl,
) -> Result<Vec<f64>, MeshingError> {
    let topology = SurfaceTopology::new(&draft.surface);
    let mut rims = Vec::new();
    for rim in &topology.boundary_loops {
        let cut_sides = (0..rim.len()).filter(|&k| is_cut(rim[k], rim[(k + 1) % rim.len()])).count();
        if cut_sides == rim.len() {
            let points: Vec<Point3<f64>> = rim.iter().map(|&v| draft.surface.points[v as usize]).collect();
            rims.push((newell(&points).norm(), rim));
        } else if cut_sides > 0 {
            return Err(MeshingError::CutMeetsHole { at: draft.surface.points[rim[0] as usize].into() });
        }
    }
    rims.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let mut areas = Vec::with_capacity(rims.len());
    for (number, (_, rim)) in rims.into_iter().enumerate() {
        let label = labels[number.min(1)];
        areas.push(close_in_plane(draft, &topology.edges, rim, plane, label, control)?);
    }
    if areas.is_empty() { Err(MeshingError::PlaneMisses { at: plane.origin.into() }) } else { Ok(areas) }
}

/// Moves a rim into the plane, which it is wound around from behind, and closes it there; the area.
pub(super) fn close_in_plane(
    draft: &mut Draft,
    edges: &EdgeTable,
    rim: &[u32],
    plane: &Plane,
    label: u32,
    control: &RunControl,
) -> Result<f64, MeshingError> {
    for &v in rim {
        draft.surface.points[v as usize] = plane.foot(&draft.surface.points[v as usize]);
    }
    let points: Vec<Point3<f64>> = rim.iter().map(|&v| draft.surface.points[v as usize]).collect();
    // The surface is on the left of the rim, so seen from beyond the plane the rim runs clockwise.
    let area = -0.5 * newell(&points).dot(&plane.normal);
    if area <= 0.0 {
        return Err(MeshingError::CutMeetsHole { at: points[0].into() });
    }
    let before = draft.surface.points.len();
    fill_loop(draft, edges, rim, Beyond::Nothing, label, control)?;
    for p in &mut draft.surface.points[before..] {
        *p = plane.foot(p);
    }
    Ok(area)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::primitives::{cylinder, icosphere, torus};
    use std::f64::consts::PI;

    fn cut(surface: &SurfaceMesh, origin: [f64; 3], normal: [f64; 3], near: [f64; 3]) -> PlaneCut {
        let control = RunControl::silent();
        let cut = cut_by_plane(surface, &origin.into(), &normal.into(), &near.into(), &control).unwrap();
        let topology = SurfaceTopology::new(&cut.surface);
        assert!(topology.is_watertight() && topology.non_manifold_vertices.is_empty());
        assert_eq!(topology.degenerate_triangles, []);
        let cap = &cut.surface.regions[CUT_REGION];
        let normal = Vector3::from(normal).normalize();
        let corners = cap.iter().flat_map(|&t| cut.surface.corners(t as usize));
        let off = corners.map(|p| normal.dot(&(p - Point3::from(origin))).abs()).fold(0.0, f64::max);
        assert!(off < 1e-13, "{off}");
        let area: f64 = cap.iter().map(|&t| 0.5 * cut.surface.area_vector2(t as usize).dot(&normal)).sum();
        assert!((area - cut.area_mm2).abs() < 1e-10 * area, "{area} {}", cut.area_mm2);
        cut
    }

    /// Cap of height h of a sphere of radius R: V = π h² (R − h/3), curved area 2π R h, section π (2Rh − h²).
    #[test]
    fn a_sphere_keeps_its_cap() {
        let (radius, h) = (2.0, 0.7);
        let sphere = icosphere(radius, 5);
        let normal = Vector3::new(0.3, -0.5, 0.8).normalize();
        let cut = cut(&sphere, (normal * (radius - h)).into(), (-normal).into(), [0.0; 3]);
        let exact = [PI * h * h * (radius - h / 3.0), 2.0 * PI * radius * h, PI * (2.0 * radius * h - h * h)];
        let wall = cut.surface.area() - cut.area_mm2;
        for (found, exact) in [cut.surface.volume(), wall, cut.area_mm2].into_iter().zip(exact) {
            assert!((found / exact - 1.0).abs() < 3e-3, "{found} for {exact}");
        }
        assert!((cut.removed_area_mm2 + wall - sphere.area()).abs() < 1e-3 * sphere.area());
    }

    /// The part of a prism is exact: area of the polygon times the height of the axis.
    #[test]
    fn a_cylinder_is_cut_across_and_aslant_exactly() {
        let tube = cylinder(2.0, 10.0, 48, 20);
        let polygon = 0.5 * 48.0 * 4.0 * (2.0 * PI / 48.0).sin();
        let straight = cut(&tube, [0.0, 0.0, 6.25], [0.0, 0.0, 1.0], [0.0, 0.0, 6.0]);
        assert!((straight.surface.volume() - polygon * 6.25).abs() < 1e-10);
        assert!((straight.area_mm2 - polygon).abs() < 1e-10);
        let aslant = cut(&tube, [0.0, 0.0, 5.0], [0.0, 0.6, 0.8], [0.0, 0.0, 5.0]);
        assert!((aslant.surface.volume() / (polygon * 5.0) - 1.0).abs() < 2e-4, "{}", aslant.surface.volume());
        assert!((aslant.area_mm2 / (polygon / 0.8) - 1.0).abs() < 2e-3, "{}", aslant.area_mm2);
    }

    #[test]
    fn a_ring_is_opened_on_both_sides_of_what_is_removed_and_other_parts_stay() {
        let ring = torus(5.0, 1.0, 64, 24);
        let half = cut(&ring, [0.0, 0.3, 0.0], [0.0, 1.0, 0.0], [5.0, 0.0, 0.0]);
        assert_eq!(half.loops, 2);
        // A plane that dents the ring takes one lens away.
        let dented = cut(&ring, [0.0, 5.5, 0.0], [0.0, 1.0, 0.0], [0.0, 6.0, 0.0]);
        assert_eq!(dented.loops, 1);
        // Across the bar of an H only the leg near the point goes.
        let two = cut(&half.surface, [0.0, -1.5, 0.0], [0.0, 1.0, 0.0], [5.0, 0.0, 0.0]);
        let (low, high) = two.surface.bounds().unwrap();
        assert_eq!(two.loops, 1);
        assert!(low.y < -5.9 && (high.y - 0.3).abs() < 1e-12, "{low} {high}");
    }

    /// Two rods side by side, the second open at the height where the first is cut: its hole stays.
    #[test]
    fn a_hole_that_lies_in_the_plane_already_stays_open() {
        let rod = cylinder(1.0, 4.0, 24, 8);
        let mut two = rod.clone();
        let mut open = cylinder(1.0, 2.0, 24, 4);
        open.triangles.retain(|t| t.iter().any(|&v| open.points[v as usize].z < 2.0));
        let first = two.points.len() as u32;
        two.points.extend(open.points.iter().map(|p| p + Vector3::new(5.0, 0.0, 0.0)));
        two.triangles.extend(open.triangles.iter().map(|t| t.map(|v| v + first)));
        let at = Point3::new(0.0, 0.0, 2.0);
        let made = cut_by_plane(&two, &at, &Vector3::z(), &at, &RunControl::silent()).unwrap();
        assert_eq!((made.loops, SurfaceTopology::new(&made.surface).boundary_loops.len()), (1, 1));
    }

    #[test]
    fn planes_that_miss_or_meet_holes_are_refused() {
        let control = RunControl::silent();
        let tube = cylinder(2.0, 10.0, 24, 10);
        let far = Point3::new(0.0, 0.0, 11.0);
        let missed = cut_by_plane(&tube, &far, &Vector3::z(), &far, &control).unwrap_err();
        assert!(matches!(missed, MeshingError::PlaneMisses { .. }), "{missed}");
        let none = cut_by_plane(&tube, &far, &Vector3::zeros(), &far, &control).unwrap_err();
        assert!(matches!(none, MeshingError::BadOption { .. }), "{none}");
        let mut open = tube.clone();
        open.triangles.retain(|t| t.iter().any(|&v| tube.points[v as usize].z < 10.0));
        let (origin, normal) = (Point3::new(0.0, 0.0, 9.5), Vector3::new(0.5, 0.0, 1.0));
        let met = cut_by_plane(&open, &origin, &normal, &origin, &control).unwrap_err();
        assert!(matches!(met, MeshingError::CutMeetsHole { .. }), "{met}");
    }
}

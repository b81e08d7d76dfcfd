//! From a lumen surface, open or capped, to a closed one with named planar ends.

use super::cut::{Plane, Section, close_in_plane, cut_off, nearest_crossing};
use super::ends::{Opening, RoughEnd, flat_ends, nearest_triangle, nearest_vertex, tips};
use super::extend::extend;
use super::options::{Inlet, LumenOptions};
use super::parent::clear_of_end;
use crate::MeshingError;
use crate::centreline::{Centreline, centrelines};
use crate::features::Cap;
use crate::remesh::input::Input;
use crate::repair::draft::Draft;
use crate::repair::holes::{Beyond, fill_loop};
use crate::repair::{Repair, parts, separate, sheets};
use control::RunControl;
use geometry::TriangleBvh;
use mesh::topology::{EdgeTable, SurfaceTopology};
use mesh::{Point3, SurfaceMesh};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The region of everything but the ends.
const WALL: &str = "wall";
/// Uneven rims are cut off this part of their mean side below their lowest point.
const BELOW: f64 = 0.5;
/// Area of other loops of an end's section over that of the largest at most.
const SMALL: f64 = 0.1;
/// No cut at an end removes anything farther from it than this many of its radii, the unevenness not counted.
const REACH: f64 = 4.0;

/// How an end came to be planar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndKind {
    /// A flat cap of the input.
    Flat,
    /// A hole, closed in the plane of its rim.
    Closed,
    /// Cut by a plane: an uneven hole or a rounded end.
    Cut,
}

/// A named end of a lumen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LumenEnd {
    /// Its region: `inlet`, `outlet_1` (the largest), `outlet_2`, ...
    pub name: String,
    /// Its number among all ends, from 1 on, the largest first.
    pub number: usize,
    /// How it came to be planar.
    pub kind: EndKind,
    /// Centroid, after lengthening, in mm.
    pub centre_mm: [f64; 3],
    /// Outward unit normal.
    pub normal: [f64; 3],
    /// Area in mm².
    pub area_mm2: f64,
    /// √(A/π) in mm.
    pub radius_mm: f64,
    /// By how much it was lengthened, mm.
    pub extension_mm: f64,
}

/// What was found and measured on a prepared lumen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LumenReport {
    /// The inlet, then the outlets.
    pub ends: Vec<LumenEnd>,
    /// Why that end is the inlet.
    pub inlet_reason: String,
    /// Enclosed volume, extensions included, in mm³.
    pub volume_mm3: f64,
    /// Area of the wall, extensions included, in mm².
    pub wall_area_mm2: f64,
    /// Triangles.
    pub triangles: usize,
    /// Pairs of triangles that cut each other, those of the input included; [`repair`](crate::repair) mends them.
    pub crossing_pairs: usize,
}

/// A closed lumen.
#[derive(Debug, Clone, PartialEq)]
pub struct Lumen {
    /// Closed, manifold, outward; the regions `wall`, `inlet`, `outlet_1`, ... cover it once.
    pub surface: SurfaceMesh,
    /// Every change to the input, in the order made.
    pub changes: Vec<Repair>,
    /// Ends and measures.
    pub report: LumenReport,
}

/// Makes a lumen surface (mm), open or capped, closed with named planar ends.
///
/// In this order: holes become planar ends (small ones wall), flat caps are recognised, rounded ends are cut across the
/// centreline if the options ask for it, the ends are named and lengthened. Regions of the input are not kept.
///
/// # Errors
/// [`MeshingError::NotManifold`] and [`MeshingError::SeveralParts`] for what [`repair`](crate::repair) should mend first,
/// [`MeshingError::TooFewEnds`], [`MeshingError::NoSuchEnd`], [`MeshingError::PlaneMisses`],
/// [`MeshingError::CutMeetsHole`] and [`MeshingError::CutTooLarge`] for ends that cannot be cut,
/// [`MeshingError::NoPath`] and others of [`centrelines`], [`MeshingError::TooManyTriangles`],
/// [`MeshingError::BadOption`], [`MeshingError::Mesh`], cancellation.
///
/// Cost: O(n log n) for every hole and cut, about a second for 50 000 triangles and ten ends; a centreline where
/// rounded ends are cut.
pub fn prepare_lumen(
    surface: &SurfaceMesh,
    options: &LumenOptions,
    control: &RunControl,
) -> Result<Lumen, MeshingError> {
    options.validate()?;
    let mut work = Work { draft: sound(surface, &control.stage("examine", 0.0, 0.1))?, kinds: Vec::new() };
    work.close_openings(options, &control.stage("open ends", 0.1, 0.3))?;
    work.recognise_flat(options.least_end, &control.stage("flat ends", 0.3, 0.4))?;
    work.cut_rounded(options, &control.stage("rounded ends", 0.4, 0.7))?;
    let (mut ends, inlet_reason) = work.name_ends(options)?;
    let stage = control.stage("extensions", 0.7, 0.9);
    let count = ends.len();
    for (place, end) in ends.iter_mut().enumerate() {
        stage.report(place as f64 / count as f64);
        work.lengthen(end, place, options.extension, &stage)?;
    }
    work.finish(ends, inlet_reason, &control.stage("check", 0.9, 1.0))
}

/// One connected, manifold, outward part without labels.
fn sound(surface: &SurfaceMesh, control: &RunControl) -> Result<Draft, MeshingError> {
    let input = Input::prepare(surface, control)?;
    let topology = input.topology;
    let surface = SurfaceMesh::new(input.surface.points, input.surface.triangles);
    if let [_, second, ..] = &topology.components[..] {
        let at = second.triangles.first().map_or_else(Point3::origin, |&t| surface.corners(t as usize)[0]);
        return Err(MeshingError::SeveralParts { parts: topology.components.len(), at: at.into() });
    }
    let labels = vec![0; surface.triangles.len()];
    let mut draft = Draft { surface, labels, repairs: Vec::new() };
    draft.drop_unused_points();
    if !topology.non_manifold_vertices.is_empty() {
        part_touching(&mut draft);
    }
    parts::turn_outward(&mut draft, control)?;
    Ok(draft)
}

/// Gives every fan of triangles its own vertex where several touch, and moves them apart a little.
fn part_touching(draft: &mut Draft) {
    sheets::cut(draft);
    separate::separate_touching(draft);
}

/// Part of an end's area that a cut elsewhere may take by rounding.
const WHOLE: f64 = 1e-9;

/// The surface with the label k + 1 on the triangles of end k.
struct Work {
    draft: Draft,
    kinds: Vec<EndKind>,
}

impl Work {
    fn next_label(&self) -> u32 {
        self.kinds.len() as u32 + 1
    }

    fn triangles_of(&self, label: u32) -> Vec<u32> {
        (0u32..).zip(&self.draft.labels).filter(|(_, l)| **l == label).map(|(t, _)| t).collect()
    }

    /// Closes the holes, the largest first: a cut may take smaller ones away.
    fn close_openings(&mut self, options: &LumenOptions, control: &RunControl) -> Result<(), MeshingError> {
        let mut topology = SurfaceTopology::new(&self.draft.surface);
        let count = topology.boundary_loops.len();
        let mut largest = None;
        for round in 0..count {
            control.check()?;
            control.report(round as f64 / count as f64);
            let openings = topology.boundary_loops.iter().filter_map(|rim| Opening::of(&self.draft.surface, rim));
            let Some(opening) = openings.max_by(|a, b| a.radius.total_cmp(&b.radius)) else { break };
            if opening.radius < options.least_end * *largest.get_or_insert(opening.radius) {
                self.close_defect(&opening, &topology.edges, control)?;
            } else if opening.heights.1 - opening.heights.0 <= options.planarity * opening.radius {
                self.close_planar(&opening, &topology.edges, control)?;
            } else {
                self.cut_uneven(&opening, &topology.edges, control)?;
            }
            let before = topology.boundary_loops.len();
            topology = SurfaceTopology::new(&self.draft.surface);
            let gone = (before - 1).saturating_sub(topology.boundary_loops.len());
            if gone > 0 {
                let message = format!("{gone} smaller openings beside it went with what was cut off");
                self.draft.record("openings-removed", opening.plane.origin, 2.0 * opening.radius, gone, message);
            }
        }
        Ok(())
    }

    fn close_defect(&mut self, hole: &Opening, edges: &EdgeTable, control: &RunControl) -> Result<(), MeshingError> {
        let count = fill_loop(&mut self.draft, edges, &hole.rim, Beyond::Surface, 0, control)?;
        let sides = hole.rim.len();
        let message = format!("a small hole with {sides} edges was closed as wall with {count} triangles");
        self.draft.record("hole", hole.plane.origin, 2.0 * hole.radius, 1, message);
        Ok(())
    }

    fn close_planar(&mut self, end: &Opening, edges: &EdgeTable, control: &RunControl) -> Result<(), MeshingError> {
        let label = self.next_label();
        close_in_plane(&mut self.draft, edges, &end.rim, &end.plane, label, control)?;
        self.kinds.push(EndKind::Closed);
        let (sides, moved) = (end.rim.len(), end.heights.1.max(-end.heights.0));
        let message =
            format!("an open end with {sides} edges was closed in its plane; its rim moved by at most {moved:.3} mm");
        self.draft.record("end-closed", end.plane.origin, 2.0 * end.radius, 1, message);
        Ok(())
    }

    fn cut_uneven(&mut self, end: &Opening, edges: &EdgeTable, control: &RunControl) -> Result<(), MeshingError> {
        let (low, high) = end.heights;
        let origin = end.plane.origin + end.plane.normal * (low - BELOW * end.side);
        let beside = |k: usize| {
            let (a, b) = (end.rim[k], end.rim[(k + 1) % end.rim.len()]);
            let edge = edges.edges().binary_search(&[a.min(b), a.max(b)]).ok()?;
            Some(edges.uses(edge).first()?.triangle)
        };
        let seeds: Vec<u32> = (0..end.rim.len()).filter_map(beside).collect();
        let reach = REACH * end.radius + (high - low);
        let section = self.cut(&Plane { origin, ..end.plane }, &seeds, reach, control)?;
        let message = format!(
            "an open end whose rim is {:.3} mm off its plane was cut off at most {:.3} mm inside ({:.2} mm²)",
            high.max(-low),
            section.removed_to,
            section.largest
        );
        self.draft.record("end-cut", origin, 2.0 * end.radius, 1, message);
        Ok(())
    }

    /// A new end at a plane. Only one opening of its size may appear; much smaller ones are closed as wall and listed.
    fn cut(&mut self, plane: &Plane, seeds: &[u32], reach: f64, control: &RunControl) -> Result<Section, MeshingError> {
        let label = self.next_label();
        let before = self.end_areas();
        let section = cut_off(&mut self.draft, plane, seeds, reach, [label, 0], control)?;
        let cut_into = |(before, after): (&f64, &f64)| *after < before * (1.0 - WHOLE);
        if let Some(end) = before.iter().zip(&self.end_areas()).position(cut_into) {
            return Err(MeshingError::CutTakesEnd { at: plane.origin.into(), end: end + 1 });
        }
        let others = section.area - section.largest;
        if others > SMALL * section.largest {
            return Err(MeshingError::CutOpensMore { at: plane.origin.into(), openings: section.loops });
        }
        if section.loops > 1 {
            let count = section.loops - 1;
            let message = format!("{count} small loops of a section ({others:.3} mm²) were closed as wall");
            self.draft.record("small-sections", plane.origin, others.sqrt(), count, message);
        }
        self.kinds.push(EndKind::Cut);
        Ok(section)
    }

    /// Labels flat caps and cuts off nearly flat ends with a rounded rim. The surface must be closed.
    fn recognise_flat(&mut self, least_end: f64, control: &RunControl) -> Result<(), MeshingError> {
        let (sharp, rough) = flat_ends(&self.draft, control)?;
        for cap in sharp {
            let label = self.next_label();
            cap.triangles.iter().for_each(|&t| self.draft.labels[t as usize] = label);
            self.kinds.push(EndKind::Flat);
        }
        let known = (1..=self.kinds.len() as u32).map(|label| self.radius_of(label));
        let largest = known.chain(rough.iter().map(|end| end.radius)).fold(0.0, f64::max);
        for end in rough.iter().filter(|end| end.radius >= least_end * largest) {
            control.check()?;
            self.cut_rough(end, control)?;
        }
        Ok(())
    }

    /// Cuts off a nearly flat end; where that would take more than the end, it was none, and the place is listed.
    fn cut_rough(&mut self, end: &RoughEnd, control: &RunControl) -> Result<(), MeshingError> {
        let RoughEnd { plane, tip, radius } = *end;
        let seeds: Vec<u32> = nearest_triangle(&self.draft, &tip).into_iter().collect();
        let before = self.draft.clone();
        match self.cut(&plane, &seeds, REACH * radius, control) {
            Ok(section) => {
                let message = format!(
                    "a flat end with a rounded rim was cut off {:.3} mm inside ({:.2} mm²)",
                    section.removed_to, section.largest
                );
                self.draft.record("end-cut", plane.origin, 2.0 * radius, 1, message);
            }
            Err(MeshingError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => {
                self.draft = before;
                let message = format!("a flat place was taken for wall, not for an end: {error}");
                self.draft.record("flat-place", tip, 2.0 * radius, 1, message);
            }
        }
        Ok(())
    }

    fn radius_of(&self, label: u32) -> f64 {
        (Cap::new(&self.draft.surface, self.triangles_of(label), true).area / PI).sqrt()
    }

    /// Areas of the ends made so far, mm².
    fn end_areas(&self) -> Vec<f64> {
        let labels = 1..=self.kinds.len() as u32;
        labels.map(|label| Cap::new(&self.draft.surface, self.triangles_of(label), true).area).collect()
    }

    fn centres(&self) -> Vec<Point3<f64>> {
        let labels = 1..=self.kinds.len() as u32;
        labels.map(|label| Cap::new(&self.draft.surface, self.triangles_of(label), true).centre).collect()
    }

    /// Cuts rounded ends across the centreline.
    fn cut_rounded(&mut self, options: &LumenOptions, control: &RunControl) -> Result<(), MeshingError> {
        let Some(radii) = options.cut else { return Ok(()) };
        let surface = &self.draft.surface;
        let given = options.cut_near.iter().filter_map(|p| nearest_vertex(surface, &Point3::from(*p)));
        let mut targets: Vec<Point3<f64>> = given.map(|v| surface.points[v as usize]).collect();
        if targets.is_empty() && self.kinds.len() > 1 {
            let message = format!(
                "no rounded end was looked for, because {} ends are there already; say where with a point near it",
                self.kinds.len()
            );
            let at = self.centres().into_iter().next().unwrap_or_else(Point3::origin);
            self.draft.record("no-cut", at, 0.0, 0, message);
            return Ok(());
        }
        if targets.is_empty() {
            targets = tips(surface, &control.stage("tips", 0.0, 0.1))?;
            let on_end =
                |p: &Point3<f64>| nearest_triangle(&self.draft, p).is_some_and(|t| self.draft.labels[t as usize] > 0);
            targets.retain(|p| !on_end(p));
        }
        let known = self.centres().into_iter().next();
        let Some(source) = known.or_else(|| (targets.len() > 1).then(|| targets.remove(0))) else { return Ok(()) };
        if targets.is_empty() {
            return Ok(());
        }
        let lines = centrelines(surface, &source, &targets, &control.stage("centreline", 0.1, 0.8))?;
        let from_source = if known.is_none() { lines.first().cloned() } else { None };
        for line in from_source.into_iter().chain(lines.iter().map(reversed)) {
            self.cut_tip(&line, radii, control)?;
        }
        Ok(())
    }

    /// Cuts across a line so many local radii from its beginning.
    fn cut_tip(&mut self, line: &Centreline, radii: f64, control: &RunControl) -> Result<(), MeshingError> {
        let radius = line.radii.get(clear_of_end(&line.points, &line.radii)).copied().unwrap_or(0.0);
        let distance = radii * radius;
        let along = |from: f64, to: f64| Some((place(&line.points, from)?, place(&line.points, to)?));
        let needed = "shorter: the centreline does not reach that far from the end";
        let too_far = MeshingError::BadOption { option: "cut", value: radii, needed };
        let half = 0.5 * radius;
        let (Some(origin), Some((before, after))) =
            (place(&line.points, distance), along((distance - half).max(0.0), distance + half))
        else {
            return Err(too_far);
        };
        let Some(normal) = (before - after).try_normalize(0.0) else { return Err(too_far) };
        let plane = Plane { origin, normal };
        let at = origin.into();
        let seed = nearest_crossing(&self.draft, &plane, &origin).ok_or(MeshingError::PlaneMisses { at })?;
        let section = self.cut(&plane, &[seed], distance + REACH * radius, control)?;
        let message = format!(
            "a rounded end was cut off across the centreline, {distance:.3} mm ({radii} local radii of {radius:.3} mm) \
             from its tip; {:.3} mm of it were removed ({:.2} mm²)",
            section.removed_to, section.largest
        );
        self.draft.record("end-cut", origin, 2.0 * radius, 1, message);
        Ok(())
    }

    /// The ends, inlet first, then the outlets by size; labels are renumbered in that order from 1 on.
    fn name_ends(&mut self, options: &LumenOptions) -> Result<(Vec<LumenEnd>, String), MeshingError> {
        let labels = 1..=self.kinds.len() as u32;
        let mut caps: Vec<(u32, Cap)> =
            labels.map(|label| (label, Cap::new(&self.draft.surface, self.triangles_of(label), true))).collect();
        caps.retain(|(_, cap)| !cap.triangles.is_empty());
        if caps.len() < 2 {
            return Err(MeshingError::TooFewEnds { found: caps.len() });
        }
        caps.sort_by(|a, b| b.1.area.total_cmp(&a.1.area).then(a.1.triangles.cmp(&b.1.triangles)));
        let apart = |k: usize, p: [f64; 3]| (caps[k].1.centre - Point3::from(p)).norm();
        let (inlet, reason) = match options.inlet {
            Inlet::Largest => (0, "the end of the largest area".to_owned()),
            Inlet::Number(number) if (1..=caps.len()).contains(&number) => {
                (number - 1, format!("end {number}, as asked"))
            }
            Inlet::Number(number) => return Err(MeshingError::NoSuchEnd { number, ends: caps.len() }),
            Inlet::Nearest(p) => {
                let nearest = (0..caps.len()).min_by(|&a, &b| apart(a, p).total_cmp(&apart(b, p))).unwrap_or(0);
                let [x, y, z] = p;
                (nearest, format!("the end nearest to ({x:.2}, {y:.2}, {z:.2}) mm, {:.2} mm away", apart(nearest, p)))
            }
        };
        let order = std::iter::once(inlet).chain((0..caps.len()).filter(|&k| k != inlet));
        let ends = order.enumerate().map(|(place, k)| {
            let (label, cap) = &caps[k];
            cap.triangles.iter().for_each(|&t| self.draft.labels[t as usize] = place as u32 + 1);
            LumenEnd::of(cap, place, k + 1, self.kinds[*label as usize - 1])
        });
        Ok((ends.collect(), reason))
    }

    fn lengthen(
        &mut self,
        end: &mut LumenEnd,
        place: usize,
        radii: f64,
        control: &RunControl,
    ) -> Result<(), MeshingError> {
        let length = radii * end.radius_mm;
        if length <= 0.0 {
            return Ok(());
        }
        let label = place as u32 + 1;
        let from = Point3::from(end.centre_mm);
        extend(&mut self.draft, label, length, control)?;
        let cap = Cap::new(&self.draft.surface, self.triangles_of(label), true);
        *end = LumenEnd { extension_mm: length, ..LumenEnd::of(&cap, place, end.number, end.kind) };
        let message = format!("{} was lengthened by {length:.3} mm along its normal", end.name);
        self.draft.record("extension", from, length, 1, message);
        Ok(())
    }

    fn finish(
        mut self,
        ends: Vec<LumenEnd>,
        inlet_reason: String,
        control: &RunControl,
    ) -> Result<Lumen, MeshingError> {
        let mut topology = SurfaceTopology::new(&self.draft.surface);
        if !topology.non_manifold_vertices.is_empty() {
            part_touching(&mut self.draft);
            topology = SurfaceTopology::new(&self.draft.surface);
        }
        if !topology.is_watertight() || !topology.non_manifold_vertices.is_empty() {
            let non_manifold = topology.non_manifold_edges.len() + topology.non_manifold_vertices.len();
            if let Some(&v) = topology.boundary_loops.first().and_then(|rim| rim.first()) {
                let (loops, at) = (topology.boundary_loops.len(), self.draft.surface.points[v as usize].into());
                let edges = topology.boundary_loops.iter().map(Vec::len).sum();
                return Err(MeshingError::OpenSurface { loops, edges, at });
            }
            return Err(MeshingError::NotManifold { non_manifold, inconsistent: topology.inconsistent_edges.len() });
        }
        control.check()?;
        let crossing_pairs = self.count_crossings(control)?;
        let wall = self.triangles_of(0);
        let area = |&t: &u32| 0.5 * self.draft.surface.area_vector2(t as usize).norm();
        let report = LumenReport {
            volume_mm3: self.draft.surface.volume(),
            wall_area_mm2: wall.iter().map(area).sum(),
            triangles: self.draft.labels.len(),
            crossing_pairs,
            inlet_reason,
            ends,
        };
        let mut regions: Vec<(String, Vec<u32>)> = vec![(WALL.to_owned(), wall)];
        regions.extend((1u32..).zip(&report.ends).map(|(label, end)| (end.name.clone(), self.triangles_of(label))));
        self.draft.surface.regions = regions.into_iter().collect();
        Ok(Lumen { surface: self.draft.surface, changes: self.draft.repairs, report })
    }

    fn count_crossings(&mut self, control: &RunControl) -> Result<usize, MeshingError> {
        let surface = &self.draft.surface;
        let pairs = TriangleBvh::new(&surface.points, &surface.triangles).self_intersections(control)?;
        if let Some(&(t, _)) = pairs.first() {
            let (place, count) = (self.draft.centroid(t as usize), pairs.len());
            let size = self.draft.bounds_of(&[t]).diagonal();
            let message = format!("{count} pairs of triangles run through each other and were left as they are");
            self.draft.record("crossings", place, size, count, message);
        }
        Ok(pairs.len())
    }
}

impl LumenEnd {
    /// The end in the given place of the order, the inlet being in place 0.
    fn of(cap: &Cap, place: usize, number: usize, kind: EndKind) -> Self {
        Self {
            name: if place == 0 { "inlet".to_owned() } else { format!("outlet_{place}") },
            number,
            kind,
            centre_mm: cap.centre.into(),
            normal: cap.normal.into(),
            area_mm2: cap.area,
            radius_mm: (cap.area / PI).sqrt(),
            extension_mm: 0.0,
        }
    }
}

fn reversed(line: &Centreline) -> Centreline {
    let (mut points, mut radii) = (line.points.clone(), line.radii.clone());
    points.reverse();
    radii.reverse();
    Centreline { points, radii, shared: 0, parent: None }
}

/// The point of a path at a length (mm) from its beginning; `None` beyond its end.
fn place(points: &[Point3<f64>], length: f64) -> Option<Point3<f64>> {
    let mut gone = 0.0;
    for pair in points.windows(2) {
        let part = (pair[1] - pair[0]).norm();
        if part > 0.0 && gone + part >= length {
            return Some(pair[0] + (pair[1] - pair[0]) * ((length - gone) / part));
        }
        gone += part;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RemeshOptions, Sizing, remesh_isotropic};
    use mesh::Vector3;
    use mesh::primitives::{cylinder, icosphere};

    fn prepare(surface: &SurfaceMesh, options: &LumenOptions) -> Lumen {
        let lumen = prepare_lumen(surface, options, &RunControl::silent()).unwrap();
        let topology = SurfaceTopology::new(&lumen.surface);
        assert!(topology.is_watertight() && topology.degenerate_triangles.is_empty());
        let covered: usize = lumen.surface.regions.values().map(Vec::len).sum();
        assert_eq!((covered, lumen.report.crossing_pairs), (lumen.surface.triangles.len(), 0));
        for end in &lumen.report.ends {
            let (centre, normal) = (Point3::from(end.centre_mm), Vector3::from(end.normal));
            let corners = lumen.surface.regions[&end.name].iter().flat_map(|&t| lumen.surface.corners(t as usize));
            let off = corners.map(|p| normal.dot(&(p - centre)).abs()).fold(0.0, f64::max);
            assert!(off < 1e-12, "{}: {off}", end.name);
        }
        lumen
    }

    fn without(surface: &SurfaceMesh, removed: impl Fn(&Point3<f64>) -> bool) -> SurfaceMesh {
        let mut open = surface.clone();
        open.triangles.retain(|t| !t.iter().all(|&v| removed(&surface.points[v as usize])));
        open
    }

    /// Prism of 48 sides: volume = polygon × (l + 2 k √(A/π)) whatever way the ends came to be.
    #[test]
    fn open_and_capped_cylinders_are_lengthened_exactly() {
        let (radius, length, k) = (2.0, 12.0, 5.0);
        let tube = cylinder(radius, length, 48, 24);
        let polygon = 0.5 * 48.0 * radius * radius * (2.0 * PI / 48.0).sin();
        let exact = polygon * (length + 2.0 * k * (polygon / PI).sqrt());
        let options = LumenOptions { extension: k, ..LumenOptions::default() };
        let open = without(&tube, |p| p.z == 0.0);
        for (surface, kind) in [(&tube, EndKind::Flat), (&open, EndKind::Closed)] {
            let lumen = prepare(surface, &options);
            assert!((lumen.report.volume_mm3 / exact - 1.0).abs() < 1e-12, "{}", lumen.report.volume_mm3);
            assert!(lumen.report.ends.iter().any(|end| end.kind == kind));
            assert!((exact / (PI * radius * radius * (length + 2.0 * k * radius)) - 1.0).abs() < 0.01);
        }
        let turned = prepare(&tube, &LumenOptions { inlet: Inlet::Nearest([0.0, 0.0, 11.0]), ..options });
        assert!(turned.report.ends[0].normal[2] > 0.99 && turned.report.ends[1].name == "outlet_1");
    }

    #[test]
    fn an_uneven_opening_is_cut_just_inside_and_a_small_hole_is_wall() {
        let tube = cylinder(2.0, 12.0, 48, 48);
        let uneven = without(&tube, |p| p.z > 10.0 + 0.4 * p.x || (p.x > 1.9 && (p.z - 5.0).abs() < 0.3));
        let lumen = prepare(&uneven, &LumenOptions { least_end: 0.4, ..LumenOptions::default() });
        let codes: Vec<&str> = lumen.changes.iter().map(|change| change.what.as_str()).collect();
        assert_eq!(codes, ["end-cut", "hole"], "{:?}", lumen.changes);
        assert_eq!(lumen.report.ends.len(), 2);
    }

    /// A capsule: cut two radii from its tips, a cylinder of the middle and one radius on each side is left.
    #[test]
    fn rounded_ends_are_found_and_cut_across() {
        let (radius, straight) = (2.0, 20.0);
        let mut capsule = icosphere(radius, 4);
        for p in &mut capsule.points {
            p.z += if p.z > 0.0 { straight } else { 0.0 };
        }
        let options = RemeshOptions { sizing: Some(Sizing::Uniform { length: 0.4 }), ..RemeshOptions::default() };
        let capsule = remesh_isotropic(&capsule, &options, &RunControl::silent()).unwrap().surface;
        let none = prepare_lumen(&capsule, &LumenOptions::default(), &RunControl::silent()).unwrap_err();
        assert_eq!(none, MeshingError::TooFewEnds { found: 0 });
        let lumen = prepare(&capsule, &LumenOptions { cut: Some(2.0), ..LumenOptions::default() });
        let exact = PI * radius * radius * (straight - 2.0 * radius);
        assert!((lumen.report.volume_mm3 / exact - 1.0).abs() < 0.02, "{} for {exact}", lumen.report.volume_mm3);
        assert!(lumen.report.ends.iter().all(|end| end.kind == EndKind::Cut && end.normal[2].abs() > 0.999));
    }

    #[test]
    fn what_cannot_be_prepared_is_refused_and_cancelling_stops() {
        let tube = cylinder(2.0, 12.0, 24, 12);
        let control = RunControl::silent();
        let third = LumenOptions { inlet: Inlet::Number(3), ..LumenOptions::default() };
        let error = prepare_lumen(&tube, &third, &control).unwrap_err();
        assert_eq!(error, MeshingError::NoSuchEnd { number: 3, ends: 2 });
        let negative = LumenOptions { extension: -1.0, ..LumenOptions::default() };
        assert!(matches!(prepare_lumen(&tube, &negative, &control), Err(MeshingError::BadOption { .. })));
        let empty = prepare_lumen(&SurfaceMesh::default(), &LumenOptions::default(), &control).unwrap_err();
        assert_eq!(empty, MeshingError::EmptySurface);
        control.cancel();
        let stopped = prepare_lumen(&tube, &LumenOptions::default(), &control).unwrap_err();
        assert!(matches!(stopped, MeshingError::Cancelled(_)));
    }
}

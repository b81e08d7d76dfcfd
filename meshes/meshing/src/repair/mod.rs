//! From an imperfect surface to a closed, manifold, outward one without crossings; every change is listed.

mod clean;
mod crossings;
pub(crate) mod draft;
pub(crate) mod holes;
pub(crate) mod parts;
mod resurface;
pub(crate) mod separate;
pub(crate) mod sheets;
pub(crate) mod triangulate;

pub use draft::{Defects, Repair};

use crate::MeshingError;
use crate::remesh::patches::Patches;
use crate::remesh::{SurfaceDistance, two_sided};
use control::{Cancelled, RunControl};
use draft::Draft;
use geometry::Aabb;
use mesh::topology::SurfaceTopology;
use mesh::{Point3, SurfaceMesh};
use serde::{Deserialize, Serialize};

/// Points closer than this over the diagonal of the box are one.
const CLOSE: f64 = 1e-7;

/// Whether a surface that cannot be mended in place is replaced by a new one around its inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resurface {
    /// When mending in place fails.
    #[default]
    Auto,
    /// Refuse instead.
    Never,
    /// Always.
    Always,
}

/// What is repaired, and how. Lengths in mm.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RepairOptions {
    /// Points at most this far apart are merged; `None` takes 1e-7 of the diagonal.
    pub merge_tolerance: Option<f64>,
    /// Parts smaller than this (diagonal of their box) are removed; `None` keeps all.
    pub drop_parts_below: Option<f64>,
    /// Holes larger than this (diagonal of their box) stay open, as the openings of a vessel; `None` closes all.
    pub largest_hole: Option<f64>,
    /// The last resort.
    pub resurface: Resurface,
    /// Edge length of a new surface; `None` finds it from extent and thickness.
    pub resurface_size: Option<f64>,
}

/// A repaired surface and what was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// Manifold, outward, without crossings; closed but for holes the options leave open. New triangles are in no region.
    pub surface: SurfaceMesh,
    /// Every change, in the order made.
    pub repairs: Vec<Repair>,
    /// Defects before and after, distance to the input.
    pub report: RepairReport,
}

/// What was wrong before and after a repair and how far the surface moved.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RepairReport {
    /// Defects of the input.
    pub before: Defects,
    /// Defects of the result.
    pub after: Defects,
    /// Whether the result is a new surface around the inside of the input.
    pub resurfaced: bool,
    /// Edge length of that surface in mm.
    pub resurface_size_mm: Option<f64>,
    /// From the vertices and centroids of the input to the result and back; removed parts and new fills count.
    pub distance: SurfaceDistance,
    /// Holes left open by option.
    pub holes_left: usize,
    /// Volume of the result in mm³, when closed.
    pub volume_mm3: Option<f64>,
}

/// Repairs a surface (mm).
///
/// In this order: merge equal points; drop triangles without area and duplicates; drop small parts (by option); cut
/// apart non-manifold edges and vertices; wind consistently; drop open sheets that enclose nothing; close holes; cut out
/// and refill local crossings; turn outward; part what touches. Where crossings remain, a new surface around what has a
/// winding number above one half (by option).
///
/// # Errors
/// [`MeshingError::EmptySurface`], [`MeshingError::EnclosesNothing`] for a surface that is only a sheet,
/// [`MeshingError::Crossings`] and [`MeshingError::NotManifold`] when the defect stays, [`MeshingError::BadOption`],
/// [`MeshingError::Mesh`], [`MeshingError::Cancelled`]; a surface with holes left open and crossings is refused, because a
/// new surface would close them.
///
/// Cost: O(n log n), about 5 µs a triangle; a new surface some seconds.
pub fn repair(surface: &SurfaceMesh, options: &RepairOptions, control: &RunControl) -> Result<Repaired, MeshingError> {
    surface.validate()?;
    options.validate()?;
    let before = Defects::of(surface, &control.stage("examine", 0.0, 0.1))?;
    let (patches, labels) = Patches::of(surface);
    let (points, triangles) = (surface.points.clone(), surface.triangles.clone());
    let mut draft = Draft { surface: SurfaceMesh::new(points, triangles), labels, repairs: Vec::new() };
    let input = draft.surface.clone();
    let holes_left = mend(&mut draft, options, &control.stage("mend", 0.1, 0.5))?;
    let crossings = control.stage("crossings", 0.5, 0.85);
    let mut after = Defects::default();
    let mut size = None;
    if options.resurface != Resurface::Always {
        after = mend_crossings(&mut draft, holes_left, &crossings.stage("cut out", 0.0, 0.5))?;
    }
    let wanted = options.resurface == Resurface::Always || !(after.is_manifold() && after.crossing_pairs == 0);
    if wanted && options.resurface != Resurface::Never && holes_left == 0 {
        size = Some(renew(&mut draft, options, &crossings.stage("new surface", 0.5, 1.0))?);
        after = finish(&mut draft, &crossings)?;
    }
    let control = control.stage("measure", 0.85, 1.0);
    refuse_unless_mended(&draft, &after, holes_left, &control)?;
    let distance = two_sided(&used(&input), &draft.surface, &control)?;
    if let Some(size) = size {
        describe_resurfacing(&mut draft, size, &distance);
    }
    let volume_mm3 = (after.boundary_loops == 0).then(|| draft.surface.volume());
    draft.surface.regions = patches.regions(&draft.labels);
    let resurfaced = size.is_some();
    let report = RepairReport { before, after, resurfaced, resurface_size_mm: size, distance, holes_left, volume_mm3 };
    Ok(Repaired { surface: draft.surface, repairs: draft.repairs, report })
}

impl RepairOptions {
    fn validate(&self) -> Result<(), MeshingError> {
        let needed = "a length in mm, not negative";
        let lengths = [
            ("merge_tolerance", self.merge_tolerance),
            ("drop_parts_below", self.drop_parts_below),
            ("largest_hole", self.largest_hole),
            ("resurface_size", self.resurface_size),
        ];
        for (option, value) in lengths {
            if let Some(value) = value.filter(|value| value.is_nan() || *value < 0.0) {
                return Err(MeshingError::BadOption { option, value, needed });
            }
        }
        match self.resurface_size {
            Some(value) if value <= 0.0 || value.is_infinite() => {
                Err(MeshingError::BadOption { option: "resurface_size", value, needed: "a positive length in mm" })
            }
            _ => Ok(()),
        }
    }
}

/// Everything but crossings; the number of holes left open.
fn mend(draft: &mut Draft, options: &RepairOptions, control: &RunControl) -> Result<usize, MeshingError> {
    let diagonal = Aabb::of_points(&used(&draft.surface).points).diagonal();
    if diagonal.is_nan() || diagonal <= 0.0 {
        return Err(MeshingError::EmptySurface);
    }
    clean::merge_points(draft, options.merge_tolerance.unwrap_or(CLOSE * diagonal));
    clean::flatten_degenerate(draft, control)?;
    clean::drop_duplicates(draft);
    if let Some(limit) = options.drop_parts_below {
        parts::drop_small(draft, limit);
    }
    if draft.labels.is_empty() {
        return Err(MeshingError::EmptySurface);
    }
    let cut = sheets::cut(draft);
    control.check()?;
    parts::drop_sheets(draft, &cut);
    if !parts::encloses_volume(&draft.surface) {
        let at = draft.centroid(0).coords.into();
        return Err(MeshingError::EnclosesNothing { triangles: draft.labels.len(), at });
    }
    control.report(0.3);
    let largest = options.largest_hole.unwrap_or(f64::INFINITY);
    Ok(holes::fill(draft, largest, "hole", &control.stage("holes", 0.3, 1.0))?)
}

/// Cuts apart, drops leftovers and closes the holes of a cut; the number of the first new triangle.
fn close_and_orient(draft: &mut Draft, what: &str, control: &RunControl) -> Result<usize, Cancelled> {
    let cut = sheets::cut(draft);
    control.check()?;
    parts::drop_sheets(draft, &cut);
    let first_new = draft.labels.len();
    holes::fill(draft, f64::INFINITY, what, control)?;
    Ok(first_new)
}

/// Mends crossings in place, where no hole stays open, and counts what is left.
fn mend_crossings(draft: &mut Draft, holes_left: usize, control: &RunControl) -> Result<Defects, Cancelled> {
    // Cutting out would close the holes that shall stay.
    if holes_left == 0 {
        let pairs = crossings::find(draft, control)?;
        if !pairs.is_empty() {
            crossings::mend(draft, pairs, control)?;
        }
    }
    finish(draft, control)
}

/// A new surface around the inside, cut apart where it touches itself; its edge length in mm.
fn renew(draft: &mut Draft, options: &RepairOptions, control: &RunControl) -> Result<f64, MeshingError> {
    parts::turn_outward(draft, control)?;
    let size = resurface::resurface(draft, options.resurface_size, control)?;
    sheets::cut(draft);
    separate::separate_touching(draft);
    let pairs = crossings::find(draft, control)?;
    if !pairs.is_empty() {
        crossings::mend(draft, pairs, control)?;
    }
    Ok(size)
}

/// Outward, nothing touching, no unused points; the defects left.
fn finish(draft: &mut Draft, control: &RunControl) -> Result<Defects, Cancelled> {
    parts::turn_outward(draft, control)?;
    separate::separate_touching(draft);
    draft.drop_unused_points();
    Defects::of(&draft.surface, control)
}

fn refusal(draft: &Draft, pairs: &[(u32, u32)]) -> MeshingError {
    let place = pairs.first().map_or_else(Point3::origin, |pair| draft.centroid(pair.0 as usize));
    MeshingError::Crossings { pairs: pairs.len(), at: place.coords.into() }
}

fn describe_resurfacing(draft: &mut Draft, size: f64, distance: &SurfaceDistance) {
    let bounds = Aabb::of_points(&draft.surface.points);
    let count = draft.surface.triangles.len();
    let message = format!(
        "a new surface of {count} triangles (edges {size:.3} mm) around everything with a winding number above 1/2 \
         replaces the old one; two-sided distance to the input {:.4} mm at most, {:.4} mm on average",
        distance.max_mm, distance.mean_mm
    );
    draft.record("resurfaced", bounds.centre(), bounds.diagonal(), count, message);
}

fn refuse_unless_mended(
    draft: &Draft,
    after: &Defects,
    holes_left: usize,
    control: &RunControl,
) -> Result<(), MeshingError> {
    if draft.labels.is_empty() {
        return Err(MeshingError::EmptySurface);
    }
    if !after.is_manifold() {
        return Err(MeshingError::NotManifold {
            non_manifold: after.non_manifold_edges + after.non_manifold_vertices,
            inconsistent: after.inconsistent_edges,
        });
    }
    if after.boundary_loops > holes_left {
        let topology = SurfaceTopology::new(&draft.surface);
        let edges = topology.boundary_loops.iter().map(Vec::len).sum();
        let first = topology.boundary_loops.first().and_then(|rim| rim.first());
        let at = first.map_or_else(Point3::origin, |&v| draft.surface.points[v as usize]).coords.into();
        return Err(MeshingError::OpenSurface { loops: after.boundary_loops, edges, at });
    }
    if after.crossing_pairs > 0 {
        return Err(refusal(draft, &crossings::find(draft, control)?));
    }
    Ok(())
}

/// The surface with only the points its triangles use.
fn used(surface: &SurfaceMesh) -> SurfaceMesh {
    let labels = vec![0; surface.triangles.len()];
    let mut draft = Draft { surface: surface.clone(), labels, repairs: Vec::new() };
    draft.drop_unused_points();
    draft.surface
}

//! Closes holes: a triangulation of the rim, refined to the edge length around it.

use super::draft::Draft;
use super::triangulate::{Polygon, triangulate};
use crate::remesh::editable::{Editable, Kind};
use crate::remesh::isotropic::{Aim, collapse_short, flip_edges, relax, split_long};
use control::{Cancelled, RunControl};
use geometry::Aabb;
use mesh::topology::{EdgeTable, SurfaceTopology};
use mesh::{Point3, Vector3};

/// Rounds of refinement.
const ROUNDS: usize = 5;
/// Label of new triangles: in no region.
const NO_REGION: u32 = 0;

/// Closes every hole up to `largest` (mm, diagonal of the rim's box) and lists it; the number of larger ones left.
pub(super) fn fill(draft: &mut Draft, largest: f64, what: &str, control: &RunControl) -> Result<usize, Cancelled> {
    let topology = SurfaceTopology::new(&draft.surface);
    let mut left = 0;
    let total = topology.boundary_loops.len().max(1);
    for (number, rim) in topology.boundary_loops.iter().enumerate() {
        control.check()?;
        control.report(number as f64 / total as f64);
        let points: Vec<Point3<f64>> = rim.iter().map(|&v| draft.surface.points[v as usize]).collect();
        let bounds = Aabb::of_points(&points);
        let (size, sides) = (bounds.diagonal(), rim.len());
        if rim.len() < 3 {
            continue;
        }
        if size > largest {
            left += 1;
            let message =
                format!("a hole with {sides} edges is larger than the limit of {largest:.3} mm and stays open");
            draft.record("hole-left-open", bounds.centre(), size, 1, message);
            continue;
        }
        let count = fill_loop(draft, &topology.edges, rim, Beyond::Surface, NO_REGION, control)?;
        let message = format!("a hole with {sides} edges was closed with {count} triangles");
        draft.record(what, bounds.centre(), size, 1, message);
    }
    Ok(left)
}

/// What a fill continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// The surface around the hole: it bends into it as little as possible.
    Surface,
    /// Nothing: the fill itself bends as little as possible.
    Nothing,
}

/// Closes the hole along `rim`, which has the surface on its left; the number of new triangles, all with `label`.
pub(crate) fn fill_loop(
    draft: &mut Draft,
    edges: &EdgeTable,
    rim: &[u32],
    beyond: Beyond,
    label: u32,
    control: &RunControl,
) -> Result<usize, Cancelled> {
    // The fill lies on the other side of the rim, so it is wound the other way.
    let rim: Vec<u32> = rim.iter().rev().copied().collect();
    let points: Vec<Point3<f64>> = rim.iter().map(|&v| draft.surface.points[v as usize]).collect();
    let edge_between = |i: usize, j: usize| {
        let (a, b) = (rim[i], rim[j]);
        edges.edges().binary_search(&[a.min(b), a.max(b)]).ok()
    };
    let normal_beyond = |k: usize| {
        let side = edge_between(k, (k + 1) % rim.len()).and_then(|edge| edges.uses(edge).first())?;
        draft.surface.area_vector2(side.triangle as usize).try_normalize(0.0)
    };
    let normals: Vec<Vector3<f64>> = match beyond {
        Beyond::Surface => (0..rim.len()).map(|k| normal_beyond(k).unwrap_or_default()).collect(),
        Beyond::Nothing => vec![Vector3::zeros(); rim.len()],
    };
    let joined = |i: usize, j: usize| edge_between(i, j).is_some();
    let patch = fill_polygon(&Polygon { points: &points, beyond: &normals, joined: &joined }, control)?;
    Ok(draft.add_patch(&patch, rim, label))
}

/// A triangulated polygon, refined to the length of its sides; its corners come first, fixed, and none of them is lost.
pub(crate) fn fill_polygon(polygon: &Polygon<'_>, control: &RunControl) -> Result<Editable, Cancelled> {
    let (triangles, centre) = triangulate(polygon, control)?;
    let mut points = polygon.points.to_vec();
    if centre {
        let mean = points.iter().map(|p| p - points[0]).sum::<Vector3<f64>>() / points.len() as f64;
        points.push(points[0] + mean);
    }
    let triangles = triangles.into_iter().map(|t| t.map(|k| k as u32)).collect();
    refine(points, triangles, polygon.points.len(), control)
}

/// Cuts and relaxes a patch until its edges are as long as those of its rim, the first `rim` points.
fn refine(
    points: Vec<Point3<f64>>,
    triangles: Vec<[u32; 3]>,
    rim: usize,
    control: &RunControl,
) -> Result<Editable, Cancelled> {
    let labels = vec![NO_REGION; triangles.len()];
    let mut mesh = Editable::new(points, triangles, labels);
    mesh.sealed = true;
    let length = |k: usize| (mesh.points[(k + 1) % rim] - mesh.points[k % rim]).norm();
    let sizes: Vec<f64> = (0..rim).map(|k| 0.5 * (length(k) + length(k + rim - 1))).collect();
    let mean = sizes.iter().sum::<f64>() / rim as f64;
    for v in 0..mesh.points.len() {
        let on_rim = v < rim;
        // Very short sides of the rim must not fill the whole hole with as short ones.
        mesh.sizes[v] = if on_rim { sizes[v].max(0.25 * mean) } else { mean };
        mesh.kinds[v] = if on_rim { Kind::Fixed } else { Kind::Free };
    }
    for _ in 0..ROUNDS {
        control.check()?;
        split_long(&mut mesh, control)?;
        collapse_short(&mut mesh, control)?;
        for aim in [Aim::Angle, Aim::Valence] {
            flip_edges(&mut mesh, aim, control)?;
        }
        relax(&mut mesh, None, control)?;
    }
    for _ in 0..3 {
        flip_edges(&mut mesh, Aim::Angle, control)?;
        relax(&mut mesh, None, control)?;
    }
    Ok(mesh)
}

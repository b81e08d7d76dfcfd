//! Which parts of a surface face inward.

use control::{Cancelled, RunControl};
use mesh::topology::SurfaceTopology;
use mesh::{Point3, SurfaceMesh, Vector3};

/// What the orientation test found.
#[derive(Debug, Default)]
pub(super) struct Orientation {
    /// Triangles of the outermost parts that face inward, and of everything inside these; ascending.
    pub(super) inward: Vec<u32>,
    /// Closed parts inside another that face the same way as the part around them: solids in solids, not cavities.
    pub(super) nested_solids: usize,
    /// Closed parts inside another that face the other way: cavities.
    pub(super) cavities: usize,
    /// Parts whose orientation means nothing: not manifold, not consistently wound, or without volume.
    pub(super) undecided: usize,
}

/// One part with a meaningful sign.
struct Part<'t> {
    triangles: &'t [u32],
    /// Enclosed volume, holes closed by fans; positive for outward normals.
    volume: f64,
    low: Point3<f64>,
    high: Point3<f64>,
    is_closed: bool,
}

/// Compares every part's sign of volume with what it should be. Open parts are closed in thought by a fan over each
/// hole. Parts inside others (boxes nested and generalised winding number of the outer part about a vertex of the inner
/// one above ½) are turned together with the outermost part around them: only their sign relative to it has a meaning.
///
/// Cost: O(n) and for every pair of nested boxes the triangles of the outer part.
pub(super) fn orientation(
    surface: &SurfaceMesh,
    topology: &SurfaceTopology,
    control: &RunControl,
) -> Result<Orientation, Cancelled> {
    let component_of = component_of_triangles(surface, topology);
    let volumes = capped_volumes(surface, topology, &component_of);
    let is_oriented = oriented_components(topology, &component_of);
    let mut found = Orientation::default();
    let mut parts = Vec::new();
    for ((component, &volume), &is_oriented) in topology.components.iter().zip(&volumes).zip(&is_oriented) {
        let corners = component.triangles.iter().flat_map(|&t| surface.corners(t as usize));
        let Some((low, high)) = bounds(corners) else { continue };
        // Rounding leaves a flat part some 1e-16 of its box.
        let is_flat = volume.abs() <= 1e-12 * (high - low).norm().powi(3);
        if !is_oriented || is_flat {
            found.undecided += 1;
        } else {
            let is_closed = component.boundary_loops == 0;
            parts.push(Part { triangles: &component.triangles, volume, low, high, is_closed });
        }
    }
    let around = enclosing(surface, &parts, control)?;
    for (k, part) in parts.iter().enumerate() {
        // The outermost part around this one encloses most of the others.
        let outermost = around[k].iter().copied().find(|&outer| around[outer].is_empty()).unwrap_or(k);
        if parts[outermost].volume < 0.0 {
            found.inward.extend_from_slice(part.triangles);
        }
        if let Some(&parent) = around[k].iter().max_by_key(|&&outer| around[outer].len()) {
            match part.volume.signum() == parts[parent].volume.signum() {
                true => found.nested_solids += 1,
                false => found.cavities += 1,
            }
        }
    }
    found.inward.sort_unstable();
    Ok(found)
}

/// For every part the closed parts around it.
fn enclosing(surface: &SurfaceMesh, parts: &[Part<'_>], control: &RunControl) -> Result<Vec<Vec<usize>>, Cancelled> {
    let mut around = vec![Vec::new(); parts.len()];
    for (inner, part) in parts.iter().enumerate() {
        control.check()?;
        let Some(&first) = part.triangles.first() else { continue };
        let point = surface.corners(first as usize)[0];
        for (outer, other) in parts.iter().enumerate() {
            let is_boxed = (0..3).all(|axis| other.low[axis] <= part.low[axis] && part.high[axis] <= other.high[axis]);
            if outer != inner && other.is_closed && is_boxed {
                control.check()?;
                if surface.winding_number(other.triangles, &point).abs() > 0.5 {
                    around[inner].push(outer);
                }
            }
        }
    }
    Ok(around)
}

/// The volume of every component, each hole closed by a fan about its mean point.
fn capped_volumes(surface: &SurfaceMesh, topology: &SurfaceTopology, component_of: &[usize]) -> Vec<f64> {
    let origin = surface.points.first().copied().unwrap_or_else(Point3::origin);
    let six_volumes = |a: Vector3<f64>, b: Vector3<f64>, c: Vector3<f64>| a.dot(&b.cross(&c));
    let mut volumes = vec![0.0; topology.components.len()];
    for (k, component) in topology.components.iter().enumerate() {
        for &t in &component.triangles {
            let [a, b, c] = surface.corners(t as usize).map(|p| p - origin);
            volumes[k] += six_volumes(a, b, c) / 6.0;
        }
    }
    for hole in &topology.boundary_loops {
        let at = |k: usize| surface.points[hole[k % hole.len()] as usize] - origin;
        let centre = (0..hole.len()).map(at).sum::<Vector3<f64>>() / hole.len() as f64;
        let component = component_at(topology, component_of, [hole[0], hole[1 % hole.len()]]);
        if let Some(volume) = component.and_then(|component| volumes.get_mut(component)) {
            // The surface runs along a → b, so the fan runs along b → a.
            *volume += (0..hole.len()).map(|k| six_volumes(centre, at(k + 1), at(k))).sum::<f64>() / 6.0;
        }
    }
    volumes
}

/// Component of every triangle; `usize::MAX` for those that name a vertex twice.
fn component_of_triangles(surface: &SurfaceMesh, topology: &SurfaceTopology) -> Vec<usize> {
    let mut component_of = vec![usize::MAX; surface.triangles.len()];
    for (k, component) in topology.components.iter().enumerate() {
        component.triangles.iter().for_each(|&t| component_of[t as usize] = k);
    }
    component_of
}

/// Whether neighbours agree in orientation all over a component. Parts that touch in a vertex do no harm here.
fn oriented_components(topology: &SurfaceTopology, component_of: &[usize]) -> Vec<bool> {
    let mut is_oriented = vec![true; topology.components.len()];
    for &edge in topology.inconsistent_edges.iter().chain(&topology.non_manifold_edges) {
        if let Some(slot) = component_at(topology, component_of, edge).and_then(|k| is_oriented.get_mut(k)) {
            *slot = false;
        }
    }
    is_oriented
}

/// The component of the edge between two vertices.
fn component_at(topology: &SurfaceTopology, component_of: &[usize], [a, b]: [u32; 2]) -> Option<usize> {
    let edge = topology.edges.edges().binary_search(&[a.min(b), a.max(b)]).ok()?;
    let side = topology.edges.uses(edge).first()?;
    component_of.get(side.triangle as usize).copied()
}

fn bounds(mut points: impl Iterator<Item = Point3<f64>>) -> Option<(Point3<f64>, Point3<f64>)> {
    let first = points.next()?;
    Some(points.fold((first, first), |(low, high), p| (low.inf(&p), high.sup(&p))))
}

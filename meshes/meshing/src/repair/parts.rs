//! Connected parts: small ones, flaps that enclose nothing, inside and outside.

use super::draft::Draft;
use super::sheets::Cut;
use control::{Cancelled, RunControl};
use geometry::Aabb;
use mesh::topology::SurfaceTopology;
use mesh::{Point3, SurfaceMesh, Vector3};

/// An open part with less than this volume over area^1.5 is a sheet (a sphere has 0.094).
const FLAT: f64 = 0.002;
/// An open part cut off from others is a flap when its area is below this part of all.
const FLAP: f64 = 0.02;

/// Removes closed or open parts smaller than `limit` (mm, diagonal of the box).
pub(super) fn drop_small(draft: &mut Draft, limit: f64) {
    let topology = SurfaceTopology::new(&draft.surface);
    let boxes: Vec<Aabb> = topology.components.iter().map(|part| draft.bounds_of(&part.triangles)).collect();
    let small: Vec<usize> = (0..boxes.len()).filter(|&k| boxes[k].diagonal() < limit).collect();
    let Some(&first) = small.first() else { return };
    let mut dropped = vec![false; draft.labels.len()];
    small.iter().flat_map(|&k| &topology.components[k].triangles).for_each(|&t| dropped[t as usize] = true);
    let size = small.iter().map(|&k| boxes[k].diagonal()).fold(0.0, f64::max);
    let message = format!("{} parts smaller than {limit:.3} mm were removed", small.len());
    draft.record("small-parts", boxes[first].centre(), size, small.len(), message);
    draft.keep(|t| !dropped[t]);
}

/// Removes open parts that enclose nothing: flat sheets, and small flaps that were cut off. At least the largest part
/// stays.
pub(super) fn drop_sheets(draft: &mut Draft, cut: &Cut) {
    let topology = SurfaceTopology::new(&draft.surface);
    let area = |t: &u32| 0.5 * draft.surface.area_vector2(*t as usize).norm();
    let areas: Vec<f64> = topology.components.iter().map(|part| part.triangles.iter().map(area).sum()).collect();
    let total: f64 = areas.iter().sum();
    let volumes = capped_volumes(&draft.surface, &topology);
    let largest = (0..areas.len()).max_by(|&i, &j| areas[i].total_cmp(&areas[j]).then(j.cmp(&i)));
    let mut dropped = vec![false; draft.labels.len()];
    let mut found = Vec::new();
    for (k, part) in topology.components.iter().enumerate() {
        let flat = volumes[k].abs() <= FLAT * areas[k].powf(1.5);
        let flap = areas[k] < FLAP * total && part.triangles.iter().any(|&t| cut.parted.get(t as usize) == Some(&true));
        if part.boundary_loops > 0 && (flat || flap) && Some(k) != largest {
            part.triangles.iter().for_each(|&t| dropped[t as usize] = true);
            found.push((draft.bounds_of(&part.triangles), part.triangles.len(), areas[k]));
        }
    }
    for (bounds, count, area) in found {
        let message = format!("an open sheet of {count} triangles ({area:.3} mm²) that encloses nothing was removed");
        draft.record("open-sheet", bounds.centre(), bounds.diagonal(), count, message);
    }
    draft.keep(|t| !dropped[t]);
}

/// Whether the surface encloses something once its holes are closed by fans.
pub(super) fn encloses_volume(surface: &SurfaceMesh) -> bool {
    let topology = SurfaceTopology::new(surface);
    let volume: f64 = capped_volumes(surface, &topology).iter().map(|v| v.abs()).sum();
    volume > 1e-9 * surface.area().powf(1.5)
}

/// Volume of every part in mm³, each hole closed by a fan about its mean point, relative to the first vertex of all.
fn capped_volumes(surface: &SurfaceMesh, topology: &SurfaceTopology) -> Vec<f64> {
    let mut part_of = vec![usize::MAX; surface.points.len()];
    let mut origins = vec![Point3::origin(); topology.components.len()];
    let mut volumes = vec![0.0; topology.components.len()];
    let six = |a: Vector3<f64>, b: Vector3<f64>, c: Vector3<f64>| a.dot(&b.cross(&c)) / 6.0;
    for (k, part) in topology.components.iter().enumerate() {
        let Some(&first) = part.triangles.first() else { continue };
        origins[k] = surface.corners(first as usize)[0];
        for &t in &part.triangles {
            surface.triangles[t as usize].iter().for_each(|&v| part_of[v as usize] = k);
            let [a, b, c] = surface.corners(t as usize).map(|p| p - origins[k]);
            volumes[k] += six(a, b, c);
        }
    }
    for hole in &topology.boundary_loops {
        let Some(&k) = hole.first().and_then(|&v| part_of.get(v as usize)).filter(|k| **k != usize::MAX) else {
            continue;
        };
        let at = |i: usize| surface.points[hole[i % hole.len()] as usize] - origins[k];
        let centre = (0..hole.len()).map(at).sum::<Vector3<f64>>() / hole.len() as f64;
        volumes[k] += (0..hole.len()).map(|i| six(centre, at(i + 1), at(i))).sum::<f64>();
    }
    volumes
}

/// A part with its box and volume.
struct Part<'t> {
    triangles: &'t [u32],
    bounds: Aabb,
    volume: f64,
    closed: bool,
}

/// Turns the outermost parts outward, and everything inside them with them: a cavity stays a cavity.
pub(crate) fn turn_outward(draft: &mut Draft, control: &RunControl) -> Result<(), Cancelled> {
    let topology = SurfaceTopology::new(&draft.surface);
    let volumes = capped_volumes(&draft.surface, &topology);
    let part = |(k, part): (usize, &'_ mesh::topology::Component)| (k, part.boundary_loops == 0);
    let flags: Vec<(usize, bool)> = topology.components.iter().enumerate().map(part).collect();
    let parts: Vec<Part<'_>> = flags
        .into_iter()
        .map(|(k, closed)| {
            let triangles = &topology.components[k].triangles[..];
            Part { triangles, bounds: draft.bounds_of(triangles), volume: volumes[k], closed }
        })
        .collect();
    let mut inward = Vec::new();
    for (k, part) in parts.iter().enumerate() {
        control.check()?;
        let outermost = outermost_around(&draft.surface, &parts, k, control)?;
        if parts[outermost].volume < 0.0 {
            inward.push(part);
        }
    }
    let Some(first) = inward.first() else { return Ok(()) };
    let triangles: Vec<u32> = inward.iter().flat_map(|part| part.triangles.iter().copied()).collect();
    let (count, place) = (inward.len(), first.bounds.centre());
    let size = inward.iter().map(|part| part.bounds.diagonal()).fold(0.0, f64::max);
    let message = format!("{count} parts ({} triangles) faced inward and were turned", triangles.len());
    triangles.iter().for_each(|&t| draft.surface.triangles[t as usize].swap(1, 2));
    draft.record("turned-outward", place, size, count, message);
    Ok(())
}

/// The largest closed part that part `k` lies in, or itself.
fn outermost_around(
    surface: &SurfaceMesh,
    parts: &[Part<'_>],
    k: usize,
    control: &RunControl,
) -> Result<usize, Cancelled> {
    let own = &parts[k];
    let Some(&first) = own.triangles.first() else { return Ok(k) };
    let point = surface.corners(first as usize)[0];
    let mut best = k;
    for (other, part) in parts.iter().enumerate().filter(|(other, part)| *other != k && part.closed) {
        let boxed = part.bounds.contains(&own.bounds.low) && part.bounds.contains(&own.bounds.high);
        if boxed && part.volume.abs() > parts[best].volume.abs() {
            control.check()?;
            if surface.winding_number(part.triangles, &point).abs() > 0.5 {
                best = other;
            }
        }
    }
    Ok(best)
}

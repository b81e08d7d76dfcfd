//! Layers of flat elements along the wall of a lumen, for flow: the mesh of the whole lumen is pushed inwards and the gap
//! filled with prisms, each cut into three tetrahedra. Where they do not fit, layers are thinned, never left out (Garimella
//! and Shephard, Int J Numer Meth Eng 49:193, 2000).
//!
//! The wall's vertices move along smoothed normals, those on a rim in the plane of their cap. A uniform squeeze of the mesh
//! inside makes room for them.

mod directions;
mod inset;
mod options;
mod prism;
mod report;
mod wall;

#[cfg(test)]
mod tests;

pub use options::LayerOptions;
pub use report::{LayerReport, LayeredReport};

use crate::surface::{Accepted, Input, Layers, Plan, Quality, boundary_topology, measure, topology_lost, volume_mesh};
use crate::tets::TetMesh;
use crate::{MeshOptions, MeshingError};
use control::RunControl;
use inset::Inset;
use mesh::{Point3, Region, SurfaceMesh, VolumeMesh};
use options::Heights;
use wall::Wall;

/// Shifts of the lattice in cells, tried in this order while the mesh has faults: a bad rim is often bad luck.
const SHIFTS: [f64; 3] = [0.37, 0.19, 0.71];

/// A mesh with layers and what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct LayeredMesh {
    /// Tet4 elements; face regions `wall` and `cap_1`, `cap_2`, ... cover the boundary once, element regions `core` and
    /// `layers` the elements.
    pub mesh: VolumeMesh,
    /// Size, quality, errors, findings.
    pub report: LayeredReport,
}

/// Fills a closed surface (mm) with tetrahedra and with layers of prisms, cut into tetrahedra, along all of its boundary but
/// the planar caps with a sharp rim.
///
/// The lumen is meshed as by [`mesh_surface`](crate::mesh_surface), then its wall is moved inwards by the total thickness,
/// less where the lumen is narrow, the wall is folded or elements would suffer: the report counts these vertices. Every
/// prism has a scaled Jacobian of at least 0.1 and every tetrahedron a positive volume. Where a tetrahedron inside the layers
/// keeps a dihedral angle beyond 15° to 160° or a radius ratio below 0.08, or an edge cuts across a rim, the lattice is
/// shifted and the best of four meshes returned.
///
/// # Errors
/// Those of [`mesh_surface`](crate::mesh_surface); [`MeshingError::BadOption`] also for an order other than 1;
/// [`MeshingError::LayersTooThick`] for layers thicker than 0.8 of a given size, or of every size that keeps the volume;
/// [`MeshingError::NoWall`]; [`MeshingError::NoLayers`] where the wall is folded too sharply.
///
/// Cost: about 4 µs and 250 bytes a tetrahedron on two cores, layers included; four times as much where all four are tried.
pub fn mesh_lumen(
    surface: &SurfaceMesh,
    options: &MeshOptions,
    layers: &LayerOptions,
    control: &RunControl,
) -> Result<LayeredMesh, MeshingError> {
    options.validate()?;
    layers.validate()?;
    if options.order != 1 {
        let value = f64::from(options.order);
        return Err(MeshingError::BadOption { option: "order", value, needed: "1 where there are layers" });
    }
    let input = Input::prepare(surface, &control.stage("prepare", 0.0, 0.05))?;
    let mut best = layered(&input, options, layers, &control.stage("mesh", 0.05, 0.95));
    for shift in SHIFTS {
        if !asks_for_another(&best) {
            break;
        }
        control.check()?;
        let another = layered(&input, &shifted(options, shift), layers, &control.stage("shifted", 0.95, 1.0));
        if faults(&another) < faults(&best) {
            best = another;
        }
    }
    control.check()?;
    best.map(|tried| tried.mesh)
}

/// A mesh with the number of its elements across a rim or of bad shape.
struct Try {
    mesh: LayeredMesh,
    faults: usize,
}

fn faults(result: &Result<Try, MeshingError>) -> usize {
    result.as_ref().map_or(usize::MAX, |tried| tried.faults)
}

/// Whether another place of the lattice may do better.
fn asks_for_another(result: &Result<Try, MeshingError>) -> bool {
    match result {
        Ok(tried) => tried.faults > 0,
        Err(error) => matches!(error, MeshingError::NoLayers { .. }),
    }
}

/// The same mesh on a lattice shifted by so many cells more in each direction.
fn shifted(options: &MeshOptions, cells: f64) -> MeshOptions {
    MeshOptions { lattice_shift: options.lattice_shift.map(|shift| shift + cells), ..options.clone() }
}

/// One try, on the lattice that the options place.
fn layered(
    input: &Input,
    options: &MeshOptions,
    layers: &LayerOptions,
    control: &RunControl,
) -> Result<Try, MeshingError> {
    let (mut accepted, heights) = lumen(input, options, layers, &control.stage("lumen", 0.0, 0.4))?;
    let control = control.stage("layers", 0.4, 1.0);
    let tets = std::mem::take(&mut accepted.tets);
    refuse_too_many(tets.tets.len() + 3 * layers.count * accepted.faces.len(), accepted.size, options)?;
    let (wall, core) = Wall::separate(tets, &accepted.faces, input, &control)?;
    let inset = Inset::make(core, &wall, &heights, input, options.passes, &control.stage("inset", 0.0, 0.8))?;
    finish(accepted, &inset, layers, input, &control.stage("measure", 0.8, 1.0))
}

/// The mesh of the whole lumen and the layers' heights. A size that is not given grows if the layers ask for it.
fn lumen(
    input: &Input,
    options: &MeshOptions,
    layers: &LayerOptions,
    control: &RunControl,
) -> Result<(Accepted, Heights), MeshingError> {
    if let Some(size) = options.size {
        let heights = layers.heights(size)?;
        return Ok((Plan::new(input, options, control)?.run(input, options, control)?, heights));
    }
    let found = Plan::new(input, options, control)?.run(input, options, &control.stage("found", 0.0, 0.6))?;
    if let Ok(heights) = layers.heights(found.size) {
        return Ok((found, heights));
    }
    let coarser = MeshOptions { size: Some(layers.least_size()), ..options.clone() };
    let control = control.stage("coarser", 0.6, 1.0);
    let refused = layers.too_thick(found.size);
    let accepted = match Plan::new(input, &coarser, &control)?.run(input, &coarser, &control) {
        Err(MeshingError::TopologyLost { .. }) => return Err(refused),
        other => other?,
    };
    let error = accepted.attempts.last().map_or(0.0, |attempt| attempt.volume_error);
    if error.abs() > options.max_volume_error {
        return Err(refused);
    }
    let heights = layers.heights(accepted.size)?;
    let reason = format!("from the layers' thickness; {:.3} mm follows from the surface alone", found.size);
    Ok((Accepted { reason, ..accepted }, heights))
}

fn refuse_too_many(elements: usize, size_mm: f64, options: &MeshOptions) -> Result<(), MeshingError> {
    if elements > options.max_elements {
        return Err(MeshingError::TooFine { size_mm, elements: elements as f64, limit: options.max_elements });
    }
    Ok(())
}

/// Core and layers as one mesh, named and measured.
fn finish(
    lumen: Accepted,
    inset: &Inset<'_>,
    layers: &LayerOptions,
    input: &Input,
    control: &RunControl,
) -> Result<Try, MeshingError> {
    let tets = joined(inset);
    control.check()?;
    let faces = tets.boundary();
    let topology = boundary_topology(&tets, &faces);
    if !input.topology.is_kept_by(&topology) {
        return Err(topology_lost(input, lumen.size, control));
    }
    let accepted = Accepted { tets, faces, topology, ..lumen };
    let mut mesh = volume_mesh(&accepted.tets, &accepted.faces, input, control)?;
    let (first, last) = (inset.core.tets.len() as u32, accepted.tets.tets.len() as u32);
    mesh.regions.insert("core".to_owned(), Region::Elements((0..first).collect()));
    mesh.regions.insert("layers".to_owned(), Region::Elements((first..last).collect()));
    let stacks = Layers { first, count: layers.count as u32 };
    let mut core = measure(&mesh, &accepted, input, Some(stacks), &control.stage("distance", 0.0, 0.8))?;
    let layers = report::measure(inset, layers, core.volume_mm3, control)?;
    let quality = Quality::of(&inset.core, control)?;
    core.nodes = inset.core.points.len();
    core.elements = inset.core.tets.len();
    core.min_dihedral_deg = quality.min_dihedral;
    core.max_dihedral_deg = quality.max_dihedral;
    core.min_radius_ratio = quality.min_radius_ratio;
    core.thousandth_radius_ratio = quality.thousandth_radius_ratio;
    core.min_scaled_jacobian = quality.min_scaled_jacobian;
    core.judge();
    let bad = inset.bad_tets(control)?.len();
    core.findings.extend(report::findings(&layers, bad));
    let faults = core.stages.rim_edges_blocked + bad;
    Ok(Try { mesh: LayeredMesh { mesh, report: LayeredReport { core, layers } }, faults })
}

/// The core's elements, then those of the layers, triangle by triangle of the wall and from the inside to the wall. The
/// core's nodes keep their numbers; those of each further surface follow, the wall's last.
fn joined(inset: &Inset<'_>) -> TetMesh {
    let (wall, fractions) = (inset.wall, &inset.heights.fractions);
    let mut mesh = inset.core.clone();
    let (count, inside) = (wall.points.len(), mesh.points.len() as u32);
    for (hold, [_, under]) in mesh.holds.iter_mut().zip(&wall.holds) {
        *hold = *under;
    }
    // From the innermost surface, which is the core's, to the wall.
    for fraction in fractions.iter().rev().skip(1) {
        let between = |(outer, inner): (&Point3<f64>, &Point3<f64>)| outer + (inner - outer) * *fraction;
        mesh.points.extend(wall.points.iter().zip(&inset.core.points).map(between));
        let on_wall = *fraction == 0.0;
        mesh.holds.extend(wall.holds.iter().map(|[outer, under]| if on_wall { *outer } else { *under }));
    }
    let number = |surface: usize, v: u32| match surface {
        0 => v,
        _ => inside + ((surface - 1) * count) as u32 + v,
    };
    for triangle in &wall.triangles {
        let cut = prism::cut(*triangle);
        for layer in 0..fractions.len() - 1 {
            let node = |corner: usize| number(layer + corner / 3, triangle[corner % 3]);
            mesh.tets.extend(cut.map(|tet| tet.map(node)));
        }
    }
    // A lumen is of one material.
    mesh.materials.resize(mesh.tets.len(), 1);
    mesh
}

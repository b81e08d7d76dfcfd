//! Meshes of the flow benchmarks, of quadratic or linear tetrahedra.

use crate::suite::CaseError;
use mesh::{ElementKind, Point3, Region, VolumeMesh};
use meshing::sweep::{Profile, StraightAxis, Tube, TubeOptions, mesh_tube};
use meshing::{MeshingError, mapped_block, merge_blocks};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, TAU};

/// A box from the origin to `size`.
pub(super) fn block(kind: ElementKind, counts: [usize; 3], size: [f64; 3]) -> Result<VolumeMesh, MeshingError> {
    mapped_block(kind, counts, |[x, y, z]| Point3::new(size[0] * x, size[1] * y, size[2] * z))
}

/// A round pipe of radius 1 along z with its walls curved: "wall", "inlet" at z = 0, "outlet_1".
pub(super) fn pipe(
    around: usize,
    rings: usize,
    first_height: Option<f64>,
    lengths: [f64; 2],
) -> Result<VolumeMesh, CaseError> {
    let [length, cell] = lengths;
    let axis = StraightAxis { from: Point3::origin(), to: Point3::new(0.0, 0.0, length) };
    let tube = Tube { axis: &axis, radius: Profile::Constant(1.0), wall: None };
    let (kind, rings, length) = (ElementKind::Tet10, Some(rings), Some(cell));
    let options = TubeOptions { kind, around, rings, first_height, length, ..TubeOptions::default() };
    Ok(mesh_tube(&tube, &options, &control::RunControl::silent())?.mesh)
}

/// As wide as long: cells of a pipe with this many around.
pub(super) fn even_cell(around: usize) -> f64 {
    TAU / around as f64
}

/// A channel from x = 0 along x, of `height`, from z = 0 to `depth`, around a cylinder along z.
#[derive(Debug, Clone, Copy)]
pub(super) struct CylinderChannel {
    pub(super) length: f64,
    pub(super) height: f64,
    pub(super) depth: f64,
    pub(super) centre: [f64; 2],
    pub(super) radius: f64,
    /// x where the blocks around the cylinder begin and end.
    pub(super) around: [f64; 2],
}

/// Cells along the quarters of the cylinder (east, north, west, south), away from it, in the wake, before it and across. The wake
/// has as many from wall to wall as the east.
#[derive(Debug, Clone, Copy)]
pub(super) struct CylinderCells {
    pub(super) quarters: [usize; 4],
    pub(super) outward: usize,
    pub(super) wake: usize,
    pub(super) before: usize,
    pub(super) across: usize,
}

impl CylinderChannel {
    /// Four blocks around the cylinder, one behind and, where it stands off the inlet, one before it, of Tet10 with their middle
    /// nodes on the cylinder. Regions "cylinder", "walls" (at y), "inlet", "outlet", "z_min", "z_max". `across` takes the cells
    /// of z from 0..1 to 0..1.
    pub(super) fn mesh(
        &self,
        cells: CylinderCells,
        across: impl Fn(f64) -> f64 + Copy,
    ) -> Result<VolumeMesh, MeshingError> {
        let kind = ElementKind::Tet10;
        let names = ["east", "north", "west", "south"];
        let mut blocks: Vec<(&str, VolumeMesh)> = Vec::new();
        for (quarter, name) in names.into_iter().enumerate() {
            let counts = [cells.outward, cells.quarters[quarter], cells.across];
            blocks.push((name, mapped_block(kind, counts, |x| self.near(quarter, [x[0], x[1], across(x[2])]))?));
        }
        let [first, last] = self.around;
        let wake = |[x, y, z]: [f64; 3]| {
            Point3::new(last + (self.length - last) * graded(x, 0.3), self.height * y, self.depth * across(z))
        };
        blocks.push(("wake", mapped_block(kind, [cells.wake, cells.quarters[0], cells.across], wake)?));
        if first > 0.0 {
            // Turned by half around z, so that its triangles meet those of the block behind it.
            let before =
                |[x, y, z]: [f64; 3]| Point3::new(first * (1.0 - x), self.height * (1.0 - y), self.depth * across(z));
            blocks.push(("before", mapped_block(kind, [cells.before, cells.quarters[2], cells.across], before)?));
        }
        let parts: Vec<(&str, &VolumeMesh)> = blocks.iter().map(|(name, mesh)| (*name, mesh)).collect();
        let mut mesh = merge_blocks(&parts, 1e-7);
        let inlet = if first > 0.0 { "before.x_max" } else { "west.x_max" };
        let around = names.map(|name| format!("{name}.x_min"));
        join(&mut mesh, "cylinder", &around.each_ref().map(String::as_str));
        let walls = ["north.x_max", "south.x_max", "wake.y_min", "wake.y_max", "before.y_min", "before.y_max"];
        join(&mut mesh, "walls", &walls);
        join(&mut mesh, "inlet", &[inlet]);
        join(&mut mesh, "outlet", &["wake.x_max"]);
        for side in ["z_min", "z_max"] {
            let all: Vec<String> = parts.iter().map(|(name, _)| format!("{name}.{side}")).collect();
            join(&mut mesh, side, &all.iter().map(String::as_str).collect::<Vec<_>>());
        }
        mesh.regions.retain(|name, region| matches!(region, Region::Faces(_)) && !name.contains('.'));
        Ok(mesh)
    }

    /// Rays from a quarter of the cylinder, anticlockwise, to a side of the box around it.
    fn near(&self, quarter: usize, [s, t, z]: [f64; 3]) -> Point3<f64> {
        let ([west, east], [south, north]) = (self.around, [0.0, self.height]);
        let corners = [[east, south], [east, north], [west, north], [west, south], [east, south]];
        let ([ax, ay], [bx, by]) = (corners[quarter], corners[quarter + 1]);
        let (sin, cos) = (FRAC_PI_2 * (quarter as f64 + t) - FRAC_PI_4).sin_cos();
        let (x, y) = (self.centre[0] + self.radius * cos, self.centre[1] + self.radius * sin);
        let out = graded(s, 0.3);
        let (far_x, far_y) = (ax + (bx - ax) * t, ay + (by - ay) * t);
        Point3::new(x + (far_x - x) * out, y + (far_y - y) * out, self.depth * z)
    }
}

/// Takes 0..1 to itself with the slope `start` at 0, growing evenly.
fn graded(s: f64, start: f64) -> f64 {
    s * (start + (1.0 - start) * s)
}

/// Gives the faces of several regions, where there are such, one name.
fn join(mesh: &mut VolumeMesh, name: &str, regions: &[&str]) {
    let faces = |region: &&str| match mesh.regions.get(*region) {
        Some(Region::Faces(faces)) => faces.clone(),
        _ => Vec::new(),
    };
    let all = regions.iter().flat_map(faces).collect();
    mesh.regions.insert(name.to_owned(), Region::Faces(all));
}

/// Takes 0..1 to itself with the slope 1 - `part` at both ends.
pub(super) fn graded_to_both_ends(s: f64, part: f64) -> f64 {
    s - part * (TAU * s).sin() / TAU
}

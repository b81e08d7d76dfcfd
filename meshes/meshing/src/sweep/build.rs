//! Nodes, elements and regions of a planned tube.

use super::cells::{Side, elements, face_on, nodes};
use super::section::Quad;
use super::{MeshingError, Plan};
use control::RunControl;
use mesh::{ElementKind, Face, Point3, Region, VolumeMesh};
use std::collections::BTreeMap;

/// Nodes in the order in which elements first use them.
struct Nodes<'a> {
    plan: &'a Plan,
    numbers: Vec<u32>,
    points: Vec<Point3<f64>>,
}

/// The three sections that bound and halve a step: which half nodes of the section lie where.
type Places = [Vec<Option<[f64; 2]>>; 3];

impl Nodes<'_> {
    /// The node at `half` (0 to 2) of step `k`.
    fn number(&mut self, k: usize, half: usize, of_section: u32, places: &Places) -> Option<u32> {
        let (station, local) = (2 * k + half, of_section as usize);
        let number = &mut self.numbers[station * self.plan.section.len() + local];
        if *number == u32::MAX {
            *number = self.points.len() as u32;
            self.points.push(self.plan.stations[station].place(places[half][local]?));
        }
        Some(*number)
    }
}

/// All elements of `kind`, with their regions.
pub(super) fn build(plan: &Plan, kind: ElementKind, control: &RunControl) -> Result<VolumeMesh, MeshingError> {
    let size = plan.section.len();
    let mut numbered = Nodes { plan, numbers: vec![u32::MAX; plan.stations.len() * size], points: Vec::new() };
    let mut connectivity = Vec::new();
    let mut faces: BTreeMap<&'static str, Vec<Face>> = BTreeMap::new();
    let mut parts: BTreeMap<&'static str, Vec<u32>> = BTreeMap::new();
    for (k, step) in plan.steps.iter().enumerate() {
        if k.is_multiple_of(8) {
            control.check()?;
            control.report(k as f64 / plan.steps.len() as f64);
        }
        let places: Places = [0, 1, 2].map(|half| plan.section.points(&plan.widths[k][half]));
        let is_built = |quad: &&Quad| !plan.is_quarter || plan.section.is_in_quarter(quad);
        for quad in plan.section.quads.iter().filter(|quad| quad.band < step.bands).filter(is_built) {
            let key = |[x, y, z]: [usize; 3]| ((2 * k + z) * size) as u64 + u64::from(quad.nodes[x][y]);
            let corners = nodes(ElementKind::Hex8, &[0, 1, 2, 3, 4, 5, 6, 7]);
            let numbers: [u64; 8] = std::array::from_fn(|c| key(corners[c]));
            let names = names(plan, k, quad);
            for element in elements(kind, numbers) {
                let number = (connectivity.len() / kind.node_count()) as u32;
                let of = nodes(kind, &element).into_iter();
                connectivity.extend(of.filter_map(|[x, y, z]| numbered.number(k, z, quad.nodes[x][y], &places)));
                parts.entry(if quad.band >= plan.lumen_bands { "wall" } else { "lumen" }).or_default().push(number);
                for &(side, name) in &names {
                    if let Some(side) = face_on(kind, &element, side) {
                        faces.entry(name).or_default().push(Face { element: number, side });
                    }
                }
            }
        }
    }
    let mut mesh = VolumeMesh::new(numbered.points, kind, connectivity);
    for (name, faces) in faces {
        let of_faces = faces.iter().filter_map(|&face| mesh.face_nodes(face)).flatten();
        let mut all: Vec<u32> = of_faces.collect();
        all.sort_unstable();
        all.dedup();
        mesh.regions.insert(format!("{name}_nodes"), Region::Nodes(all));
        mesh.regions.insert(name.to_owned(), Region::Faces(faces));
    }
    mesh.regions.extend(parts.into_iter().map(|(name, elements)| (name.to_owned(), Region::Elements(elements))));
    Ok(mesh)
}

/// The sides of a cell that are faces of regions.
fn names(plan: &Plan, k: usize, quad: &Quad) -> Vec<(Side, &'static str)> {
    let is_wall = quad.band >= plan.lumen_bands;
    let lumen = plan.lumen_bands_of(k);
    let mut names = Vec::new();
    if k == 0 {
        names.push((Side::Back, if is_wall { "inlet_wall" } else { "inlet" }));
    } else if !is_wall && quad.band >= plan.lumen_bands_of(k - 1) {
        names.push((Side::Back, "wall"));
    }
    if k + 1 == plan.steps.len() {
        names.push((Side::Front, if is_wall { "outlet_1_wall" } else { "outlet_1" }));
    } else if !is_wall && quad.band >= plan.lumen_bands_of(k + 1) {
        names.push((Side::Front, "wall"));
    }
    if quad.is_outermost && is_wall {
        names.push((Side::Outer, "outer"));
    } else if quad.is_outermost && quad.band + 1 == lumen {
        names.push((Side::Outer, if plan.has_wall { "interface" } else { "wall" }));
    }
    if plan.is_quarter {
        let cut = plan.section.sides_on_planes(quad).into_iter();
        names.extend(cut.map(|(side, plane)| (side, ["symmetry_1", "symmetry_2"][plane])));
    }
    names
}

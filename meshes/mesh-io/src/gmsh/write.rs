//! Writer of MSH 4.1 as text.

use super::kinds::{gmsh_order, number_of};
use crate::atomic::check_every;
use crate::{MeshIoError, Place, write_atomically};
use control::RunControl;
use mesh::{ElementKind, Face, MeshError, Point3, Region, VolumeMesh};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// Writes a mesh of solids, or of surface elements alone, as Gmsh's MSH 4.1 (text, mm, LPS), with every region.
///
/// Regions of elements and faces become physical groups of volumes and surfaces, regions of nodes physical groups of
/// points. Coordinates have as many digits as `f64` needs. Line ends and characters that end a line in a name become
/// spaces. Beams, and surface elements beside solids, are refused: in this format they would mean boundaries.
pub fn write_msh(path: &Path, mesh: &VolumeMesh, control: &RunControl) -> Result<(), MeshIoError> {
    let invalid = |source: MeshError| MeshIoError::InvalidMesh { path: path.to_owned(), source };
    mesh.validate().map_err(invalid)?;
    let dimension = dimension(mesh);
    if let Some(block) = mesh.blocks.iter().find(|block| !block.is_empty() && block.kind.dimension() != dimension) {
        return Err(MeshIoError::Unsupported {
            file: path.display().to_string(),
            place: Place::Part(format!("the {} elements", block.kind)),
            what: format!("writing {} elements in a mesh of dimension {dimension} as MSH", block.kind),
            remedy: "write them to a file of their own, or the whole mesh as VTU",
        });
    }
    Ok(write_atomically(path, |writer| encode_msh(writer, mesh, control))?)
}

/// Writes a valid mesh to any writer, leaving out elements of a lower dimension than the largest; see [`write_msh`].
pub fn encode_msh(writer: &mut dyn Write, mesh: &VolumeMesh, control: &RunControl) -> io::Result<()> {
    let plan = Plan::new(mesh);
    writeln!(writer, "$MeshFormat\n4.1 0 8\n$EndMeshFormat")?;
    writeln!(writer, "$Comments\nVesalius mesh. UNIT=mm SPACE=LPS\n$EndComments")?;
    plan.write_names(writer)?;
    plan.write_entities(writer)?;
    plan.write_nodes(writer, control)?;
    plan.write_elements(writer, control)
}

fn dimension(mesh: &VolumeMesh) -> usize {
    let dimensions = mesh.blocks.iter().filter(|block| !block.is_empty()).map(|block| block.kind.dimension());
    dimensions.max().unwrap_or(3).max(2)
}

/// Parts of a mesh that are in the same regions: every one is an entity of the file.
struct Classes {
    class_of: Vec<u32>,
    /// The groups (from 1) of every class; class 0 is in none.
    groups: Vec<Vec<usize>>,
}

impl Classes {
    /// Tells `count` items apart by the lists that name them.
    fn new<'a>(count: usize, lists: impl Iterator<Item = (usize, &'a [u32])>) -> Self {
        let mut classes = Self { class_of: vec![0; count], groups: vec![Vec::new()] };
        for (group, list) in lists {
            let mut with_group = BTreeMap::new();
            for &item in list {
                let Some(class) = classes.class_of.get_mut(item as usize) else { continue };
                let groups = &mut classes.groups;
                *class = *with_group.entry(*class).or_insert_with(|| {
                    let joined = [&groups[*class as usize][..], &[group]].concat();
                    groups.push(joined);
                    groups.len() as u32 - 1
                });
            }
        }
        classes
    }

    /// The items of every class that has some, in order.
    fn members(&self) -> BTreeMap<u32, Vec<u32>> {
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (item, &class) in (0_u32..).zip(&self.class_of) {
            members.entry(class).or_default().push(item);
        }
        members
    }
}

/// What is written: names, and items with their classes.
struct Plan<'a> {
    mesh: &'a VolumeMesh,
    dimension: usize,
    /// Dimension and number of every region.
    names: Vec<(usize, usize, &'a str)>,
    elements: Classes,
    /// Faces in any region, ascending, with their classes.
    faces: Vec<Face>,
    face_classes: Classes,
    nodes: Classes,
}

impl<'a> Plan<'a> {
    fn new(mesh: &'a VolumeMesh) -> Self {
        let dimension = dimension(mesh);
        let mut faces: Vec<Face> = Vec::new();
        let (mut node_lists, mut element_lists, mut face_lists) = (Vec::new(), Vec::new(), Vec::new());
        let mut names = Vec::new();
        for (name, region) in &mesh.regions {
            let (dimension, number) = match region {
                Region::Nodes(list) => {
                    node_lists.push(list.as_slice());
                    (0, node_lists.len())
                }
                Region::Elements(list) => {
                    element_lists.push(list.as_slice());
                    (dimension, element_lists.len())
                }
                // A mesh of surface elements has no faces of solids, so this region is empty.
                Region::Faces(_) if dimension == 2 => continue,
                Region::Faces(list) => {
                    faces.extend(list);
                    face_lists.push(list.as_slice());
                    (2, face_lists.len())
                }
            };
            names.push((dimension, number, name.as_str()));
        }
        faces.sort_unstable();
        faces.dedup();
        let index = |face: &Face| faces.binary_search(face).map_or(u32::MAX, |index| index as u32);
        let face_lists: Vec<Vec<u32>> = face_lists.iter().map(|list| list.iter().map(index).collect()).collect();
        Self {
            mesh,
            dimension,
            names,
            elements: Classes::new(mesh.element_count(), (1..).zip(element_lists)),
            face_classes: Classes::new(faces.len(), (1..).zip(face_lists.iter().map(Vec::as_slice))),
            faces,
            nodes: Classes::new(mesh.nodes.len(), (1..).zip(node_lists)),
        }
    }

    fn write_names(&self, writer: &mut dyn Write) -> io::Result<()> {
        if self.names.is_empty() {
            return Ok(());
        }
        writeln!(writer, "$PhysicalNames\n{}", self.names.len())?;
        for (dimension, number, name) in &self.names {
            writeln!(writer, "{dimension} {number} \"{}\"", name.replace(['\n', '\r'], " "))?;
        }
        writeln!(writer, "$EndPhysicalNames")
    }

    /// Points, curves (none), surfaces and volumes; entity `k + 1` is class `k`.
    fn write_entities(&self, writer: &mut dyn Write) -> io::Result<()> {
        // A mesh of surfaces has no faces of solids.
        let surfaces = if self.dimension == 3 { &self.face_classes } else { &self.elements };
        let none = Classes { class_of: Vec::new(), groups: Vec::new() };
        let volumes = if self.dimension == 3 { &self.elements } else { &none };
        let points = self.nodes.groups.len() - 1;
        writeln!(writer, "$Entities\n{points} 0 {} {}", surfaces.groups.len(), volumes.groups.len())?;
        let origin = Point3::origin();
        let members = self.nodes.members();
        for (class, groups) in self.nodes.groups.iter().enumerate().skip(1) {
            let node = members.get(&(class as u32)).and_then(|nodes| nodes.first());
            let p = node.map_or(origin, |&node| self.mesh.nodes[node as usize]);
            writeln!(writer, "{} {:?} {:?} {:?} {}", class + 1, p.x, p.y, p.z, joined(groups))?;
        }
        let (low, high) = self.mesh.bounds().unwrap_or((origin, origin));
        let bounds = format!("{:?} {:?} {:?} {:?} {:?} {:?}", low.x, low.y, low.z, high.x, high.y, high.z);
        for (class, groups) in surfaces.groups.iter().enumerate().chain(volumes.groups.iter().enumerate()) {
            writeln!(writer, "{} {bounds} {} 0", class + 1, joined(groups))?;
        }
        writeln!(writer, "$EndEntities")
    }

    fn write_nodes(&self, writer: &mut dyn Write, control: &RunControl) -> io::Result<()> {
        let count = self.mesh.nodes.len();
        writeln!(writer, "$Nodes\n1 {count} 1 {count}\n{} 1 0 {count}", self.dimension)?;
        for index in 0..count {
            check_every(control, index)?;
            writeln!(writer, "{}", index + 1)?;
        }
        for (index, p) in self.mesh.nodes.iter().enumerate() {
            check_every(control, index)?;
            writeln!(writer, "{:?} {:?} {:?}", p.x, p.y, p.z)?;
        }
        writeln!(writer, "$EndNodes")
    }

    /// Blocks in the order points, faces, elements; the numbers run elements, faces, points.
    fn write_elements(&self, writer: &mut dyn Write, control: &RunControl) -> io::Result<()> {
        let elements = self.element_blocks();
        let faces = self.face_blocks();
        let points: Vec<(u32, Vec<u32>)> = self.nodes.members().into_iter().filter(|(class, _)| *class > 0).collect();
        let first_face = 1 + self.mesh.element_count();
        let first_point = first_face + self.faces.len();
        let total = elements.values().chain(faces.values()).chain(points.iter().map(|(_, list)| list)).map(Vec::len);
        let total: usize = total.sum();
        let blocks = elements.len() + faces.len() + points.len();
        writeln!(writer, "$Elements\n{blocks} {total} 1 {}", total.max(1))?;
        let mut point = first_point;
        for (class, nodes) in &points {
            writeln!(writer, "0 {} 15 {}", class + 1, nodes.len())?;
            for node in nodes {
                writeln!(writer, "{point} {}", u64::from(*node) + 1)?;
                point += 1;
            }
        }
        for ((kind, class), list) in &faces {
            writeln!(writer, "2 {} {} {}", class + 1, number_of(*kind).unwrap_or(0), list.len())?;
            for &face in list {
                let nodes = self.mesh.face_nodes(self.faces[face as usize]).unwrap_or_default();
                write_element(writer, first_face + face as usize, *kind, &nodes)?;
            }
        }
        for ((kind, class), list) in &elements {
            let number = number_of(*kind).unwrap_or(0);
            writeln!(writer, "{} {} {number} {}", self.dimension, class + 1, list.len())?;
            for (item, &element) in list.iter().enumerate() {
                check_every(control, item)?;
                let nodes = self.mesh.element(element as usize).map_or(&[][..], |(_, nodes)| nodes);
                write_element(writer, 1 + element as usize, *kind, nodes)?;
            }
        }
        writeln!(writer, "$EndElements")
    }

    /// Elements of the mesh's dimension by kind and class.
    fn element_blocks(&self) -> BTreeMap<(ElementKind, u32), Vec<u32>> {
        let mut blocks: BTreeMap<(ElementKind, u32), Vec<u32>> = BTreeMap::new();
        for ((element, (kind, _)), &class) in (0_u32..).zip(self.mesh.elements()).zip(&self.elements.class_of) {
            if kind.dimension() == self.dimension {
                blocks.entry((kind, class)).or_default().push(element);
            }
        }
        blocks
    }

    fn face_blocks(&self) -> BTreeMap<(ElementKind, u32), Vec<u32>> {
        let mut blocks: BTreeMap<(ElementKind, u32), Vec<u32>> = BTreeMap::new();
        for ((index, face), &class) in (0_u32..).zip(&self.faces).zip(&self.face_classes.class_of) {
            let solid = self.mesh.element(face.element as usize);
            if let Some(kind) = solid.and_then(|(kind, _)| kind.face_kind(usize::from(face.side))) {
                blocks.entry((kind, class)).or_default().push(index);
            }
        }
        blocks
    }
}

fn joined(groups: &[usize]) -> String {
    let numbers: Vec<String> = [groups.len()].iter().chain(groups).map(ToString::to_string).collect();
    numbers.join(" ")
}

fn write_element(writer: &mut dyn Write, number: usize, kind: ElementKind, nodes: &[u32]) -> io::Result<()> {
    write!(writer, "{number}")?;
    // Where their node is in our order.
    let order = gmsh_order(kind);
    for theirs in 0..nodes.len() {
        let ours = order.iter().position(|&k| k == theirs).unwrap_or(theirs);
        write!(writer, " {}", u64::from(nodes[ours]) + 1)?;
    }
    writeln!(writer)
}

//! What the readers of numbered meshes have in common: numbers of the file to indices, elements of any kind in any
//! order, faces found by their corners, and the mesh made of them.

use crate::polygon::triangulate;
use crate::source::Source;
use crate::statement::Statements;
use crate::{Format, MeshFile, MeshIoError, Place, Provenance, SurfaceFile, VolumeFile, regions};
use mesh::{ElementBlock, ElementKind, Face, Point3, Region, SurfaceMesh, VolumeMesh};
use std::collections::{BTreeMap, HashMap};

/// More runs of equal element kinds than this are sorted into one block a kind.
const MOST_BLOCKS: usize = 256;

/// The indices (from 0, in order of appearance) of things that a file numbers as it likes.
#[derive(Debug, Default, Clone)]
pub(crate) struct Numbering {
    first: i64,
    /// Length of the run of consecutive numbers that begins with `first` at index 0.
    run: u32,
    /// Everything behind the run.
    others: HashMap<i64, u32>,
}

impl Numbering {
    /// Gives `number` the next index; `Err` with its index when it has one already.
    pub(crate) fn insert(&mut self, number: i64) -> Result<u32, u32> {
        if let Some(index) = self.get(number) {
            return Err(index);
        }
        let index = self.len();
        if index == 0 {
            self.first = number;
        }
        if self.others.is_empty() && number.checked_sub(self.first) == Some(i64::from(self.run)) {
            self.run += 1;
        } else {
            self.others.insert(number, index);
        }
        Ok(index)
    }

    /// The index of `number`.
    pub(crate) fn get(&self, number: i64) -> Option<u32> {
        let offset = number.checked_sub(self.first).and_then(|offset| u32::try_from(offset).ok());
        offset.filter(|&offset| offset < self.run).or_else(|| self.others.get(&number).copied())
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> u32 {
        self.run + self.others.len() as u32
    }
}

/// Elements of any kinds in file order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Elements {
    kinds: Vec<ElementKind>,
    starts: Vec<usize>,
    nodes: Vec<u32>,
}

impl Elements {
    /// Puts an element behind the others; `nodes` must have the kind's count.
    pub(crate) fn push(&mut self, kind: ElementKind, nodes: impl IntoIterator<Item = u32>) {
        self.kinds.push(kind);
        self.starts.push(self.nodes.len());
        self.nodes.extend(nodes);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Kind and nodes of an element; an index out of range has no nodes.
    pub(crate) fn get(&self, index: usize) -> (ElementKind, &[u32]) {
        let kind = self.kinds.get(index).copied().unwrap_or(ElementKind::Beam2);
        let start = self.starts.get(index).copied().unwrap_or(self.nodes.len());
        (kind, self.nodes.get(start..start + kind.node_count()).unwrap_or(&[]))
    }

    /// Every element in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ElementKind, &[u32])> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Whether every element is a triangle or quadrilateral with straight edges.
    fn are_linear_faces(&self) -> bool {
        !self.kinds.is_empty() && self.kinds.iter().all(|kind| matches!(kind, ElementKind::Tri3 | ElementKind::Quad4))
    }

    /// Reorders the nodes of element `index`: new local node `k` is old local node `order[k]`.
    pub(crate) fn reorder(&mut self, index: usize, order: &[usize]) {
        let start = self.starts[index];
        let old: Vec<u32> = self.get(index).1.to_vec();
        for (slot, &k) in self.nodes[start..].iter_mut().zip(order) {
            *slot = old[k];
        }
    }
}

/// A mesh while it is put together; regions count elements as [`Elements`] does.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) nodes: Vec<Point3<f64>>,
    pub(crate) elements: Elements,
    pub(crate) regions: BTreeMap<String, Region>,
    pub(crate) statements: Statements,
    pub(crate) notes: Vec<String>,
}

impl Draft {
    /// Adds a region under its name, or under `name (2)` and so on when that is taken.
    pub(crate) fn insert(&mut self, name: String, region: Region) {
        let name = regions::unused(&self.regions, name);
        self.regions.insert(name, region);
    }

    /// The surface when every element is a linear face, otherwise the volume mesh.
    pub(crate) fn finish(mut self, source: Source<'_>, format: Format) -> Result<MeshFile, MeshIoError> {
        source.check_vertex_count(self.nodes.len())?;
        self.regions.values_mut().for_each(normalise);
        let is_surface = self.elements.are_linear_faces();
        let (surface, mesh) = match is_surface {
            true => (self.surface(source)?, VolumeMesh::default()),
            false => (SurfaceMesh::default(), self.volume(source)?),
        };
        let provenance = Provenance {
            file: source.file.to_owned(),
            format,
            unit: self.statements.unit,
            frame: self.statements.frame,
            sha256: String::new(),
            notes: self.notes,
        };
        let invalid = |error: mesh::MeshError| source.contradiction(Place::File, error.to_string());
        if is_surface {
            surface.validate().map_err(invalid)?;
            return Ok(MeshFile::Surface(SurfaceFile { surface, fields: Vec::new(), provenance }));
        }
        mesh.validate().map_err(invalid)?;
        Ok(MeshFile::Volume(VolumeFile { mesh, fields: Vec::new(), provenance }))
    }

    fn surface(&mut self, source: Source<'_>) -> Result<SurfaceMesh, MeshIoError> {
        let mut surface = SurfaceMesh::new(std::mem::take(&mut self.nodes), Vec::new());
        let mut starts = vec![0_u32];
        for (item, (_, nodes)) in self.elements.iter().enumerate() {
            source.check_every(item)?;
            triangulate(&surface.points, nodes, &mut surface.triangles);
            starts.push(surface.triangles.len() as u32);
        }
        let triangles = |&element: &u32| starts[element as usize]..starts[element as usize + 1];
        for (name, region) in std::mem::take(&mut self.regions) {
            match region {
                Region::Elements(list) => {
                    surface.regions.insert(name, list.iter().flat_map(triangles).collect());
                }
                _ => {
                    self.notes.push(format!("the node set \"{name}\" was left out: a surface keeps sets of triangles"))
                }
            }
        }
        Ok(surface)
    }

    fn volume(&mut self, source: Source<'_>) -> Result<VolumeMesh, MeshIoError> {
        let elements = std::mem::take(&mut self.elements);
        let mut order: Vec<u32> = (0..elements.len() as u32).collect();
        let runs = elements.kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let mut regions = std::mem::take(&mut self.regions);
        if runs >= MOST_BLOCKS {
            order.sort_by_key(|&index| elements.kinds[index as usize]);
            self.notes.push("the elements were sorted by kind".to_owned());
            regions.values_mut().for_each(|region| renumber(region, &order));
        }
        let mut mesh = VolumeMesh { nodes: std::mem::take(&mut self.nodes), blocks: Vec::new(), regions };
        for (item, &index) in order.iter().enumerate() {
            source.check_every(item)?;
            let (kind, nodes) = elements.get(index as usize);
            match mesh.blocks.last_mut().filter(|block| block.kind == kind) {
                Some(block) => block.connectivity.extend_from_slice(nodes),
                None => mesh.blocks.push(ElementBlock { kind, connectivity: nodes.to_vec() }),
            }
        }
        Ok(mesh)
    }
}

/// Sorts a region and drops what it names twice.
fn normalise(region: &mut Region) {
    match region {
        Region::Nodes(list) | Region::Elements(list) => {
            list.sort_unstable();
            list.dedup();
        }
        Region::Faces(list) => {
            list.sort_unstable();
            list.dedup();
        }
    }
}

/// Follows the elements to their new places; `order` lists the old numbers.
fn renumber(region: &mut Region, order: &[u32]) {
    let mut place = vec![0_u32; order.len()];
    for (new, &old) in (0_u32..).zip(order) {
        place[old as usize] = new;
    }
    match region {
        Region::Nodes(_) => {}
        Region::Elements(list) => list.iter_mut().for_each(|element| *element = place[*element as usize]),
        Region::Faces(list) => list.iter_mut().for_each(|face| face.element = place[face.element as usize]),
    }
    normalise(region);
}

/// The face of a solid that every triangle or quadrilateral (corners, `u32::MAX` behind a triangle's three) lies on.
///
/// Between two solids the face belongs to the one from which the winding points outward; on the boundary the winding
/// does not matter. Cost: one look at every face of the solids whose corners are all wanted.
pub(crate) fn match_faces(
    source: Source<'_>,
    elements: &Elements,
    wanted: &[[u32; 4]],
) -> Result<Vec<Option<Face>>, MeshIoError> {
    let mut by_corners: HashMap<[u32; 4], Vec<usize>> = HashMap::new();
    let mut is_wanted = vec![false; elements.nodes.iter().max().map_or(0, |&node| node as usize + 1)];
    for (index, corners) in wanted.iter().enumerate() {
        by_corners.entry(key(*corners)).or_default().push(index);
        for &corner in corners {
            if let Some(flag) = is_wanted.get_mut(corner as usize) {
                *flag = true;
            }
        }
    }
    // The face, and whether the winding is the outward one.
    let mut found: Vec<Option<(Face, bool)>> = vec![None; wanted.len()];
    for (element, (kind, nodes)) in (0_u32..).zip(elements.iter()) {
        source.check_every(element as usize)?;
        for (side, local) in (0_u8..).zip(kind.linear().faces()) {
            let mut corners = [u32::MAX; 4];
            for (corner, &k) in corners.iter_mut().zip(*local) {
                *corner = nodes[usize::from(k)];
            }
            if !corners[..local.len()].iter().all(|&corner| is_wanted[corner as usize]) {
                continue;
            }
            for &index in by_corners.get(&key(corners)).into_iter().flatten() {
                let is_outward = have_same_winding(corners, wanted[index], local.len());
                if found[index].is_none_or(|(_, known)| is_outward && !known) {
                    found[index] = Some((Face { element, side }, is_outward));
                }
            }
        }
    }
    Ok(found.into_iter().map(|found| found.map(|(face, _)| face)).collect())
}

fn key(mut corners: [u32; 4]) -> [u32; 4] {
    corners.sort_unstable();
    corners
}

/// Whether two outlines of the same `count` corners run the same way round.
fn have_same_winding(a: [u32; 4], b: [u32; 4], count: usize) -> bool {
    let start = b.iter().position(|&corner| corner == a[0]).unwrap_or(0);
    (0..count).all(|k| a[k] == b[(start + k) % count])
}

#[cfg(test)]
mod tests {
    use super::*;
    use control::RunControl;

    #[test]
    fn numbers_have_indices_in_order_of_appearance_whatever_their_gaps() {
        let mut numbering = Numbering::default();
        for (index, number) in (0_u32..).zip([7, 8, 9, 20, 3, 10, i64::MAX, i64::MIN]) {
            assert_eq!(numbering.insert(number), Ok(index));
        }
        assert_eq!(numbering.insert(20), Err(3));
        assert_eq!(
            (numbering.get(8), numbering.get(10), numbering.get(11), numbering.get(0)),
            (Some(1), Some(5), None, None)
        );
        assert_eq!(numbering.len(), 8);
    }

    #[test]
    fn a_face_between_two_solids_belongs_to_the_one_it_points_away_from() {
        let control = RunControl::silent();
        let source = Source { file: "t", bytes: &[], control: &control };
        let mut elements = Elements::default();
        elements.push(ElementKind::Tet4, [0, 1, 2, 3]);
        elements.push(ElementKind::Tet4, [1, 2, 3, 4]);
        let none = u32::MAX;
        let wanted = [[3, 1, 2, none], [2, 1, 3, none], [0, 1, 2, none], [0, 1, 4, none]];
        let found = match_faces(source, &elements, &wanted).unwrap();
        let face = |element, side| Some(Face { element, side });
        assert_eq!(found, [face(0, 2), face(1, 0), face(0, 0), None]);
    }

    #[test]
    fn alternating_kinds_are_sorted_and_regions_follow() {
        let control = RunControl::silent();
        let source = Source { file: "t", bytes: &[], control: &control };
        let mut draft = Draft { nodes: vec![Point3::origin(); 8], ..Draft::default() };
        for _ in 0..200 {
            draft.elements.push(ElementKind::Hex8, 0..8);
            draft.elements.push(ElementKind::Tet4, 0..4);
        }
        draft.insert("first".into(), Region::Elements(vec![3, 0, 0]));
        draft.insert("face".into(), Region::Faces(vec![Face { element: 2, side: 5 }]));
        let mesh = draft.finish(source, Format::Inp).unwrap().into_volume().unwrap().mesh;
        assert_eq!(mesh.blocks.len(), 2);
        assert_eq!(mesh.regions["first"], Region::Elements(vec![1, 200]));
        assert_eq!(mesh.regions["face"], Region::Faces(vec![Face { element: 201, side: 5 }]));
        assert!(mesh.validate().is_ok());
    }
}

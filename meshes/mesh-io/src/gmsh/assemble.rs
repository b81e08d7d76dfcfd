//! From nodes, elements and physical groups to a mesh with regions.

use super::cursor::Cursor;
use super::kinds::{Type, element_type, gmsh_order};
use crate::draft::{Draft, Elements, Numbering, match_faces};
use crate::source::Source;
use crate::statement::Statements;
use crate::{MeshIoError, Place};
use mesh::{ElementKind, Face, Point3, Region};
use std::collections::{BTreeMap, HashMap};

/// A physical group: its dimension and number.
type Group = (u8, i64);

/// The first copy of an element and the groups of all.
type Copies = (u32, Vec<i64>);

/// An element of the mesh or of the boundary.
struct RawElement {
    number: i64,
    kind: ElementKind,
    place: Place,
    /// Begin of its nodes' numbers; they are in Gmsh's order.
    start: usize,
}

/// Everything one MSH file says.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) names: BTreeMap<Group, String>,
    /// The physical groups of MSH 4's entities.
    pub(super) entities: BTreeMap<Group, Vec<i64>>,
    pub(super) statements: Statements,
    pub(super) notes: Vec<String>,
    numbering: Numbering,
    nodes: Vec<Point3<f64>>,
    elements: Vec<RawElement>,
    /// Node numbers of the elements.
    connectivity: Vec<i64>,
    /// Elements of every group of surfaces and solids.
    groups: BTreeMap<Group, Vec<u32>>,
    /// Nodes of every group of points and curves, with the place of the element that named them.
    node_groups: BTreeMap<Group, Vec<(i64, Place)>>,
    /// What was read last: an element of the list, or nodes of a point or line.
    last: Last,
    ignored: usize,
}

#[derive(Default)]
enum Last {
    #[default]
    Nothing,
    Element(u8, u32),
    Nodes(u8, Vec<i64>, Place),
}

impl Raw {
    /// Adds a node.
    pub(super) fn node(
        &mut self,
        source: Source<'_>,
        place: Place,
        tag: i64,
        [x, y, z]: [f64; 3],
    ) -> Result<(), MeshIoError> {
        if self.numbering.insert(tag).is_err() {
            return Err(source.contradiction(place, format!("the node {tag} is defined twice")));
        }
        self.nodes.push(Point3::new(x, y, z));
        Ok(())
    }

    /// Reads the number of an element type and refuses what has no kind here, lines and points excepted.
    pub(super) fn element_type(&self, cursor: &mut Cursor<'_>) -> Result<Type, MeshIoError> {
        let place = cursor.place();
        let number = cursor.int("an element type")?;
        let place = cursor.place_since(place);
        match element_type(number) {
            Some(known) if known.dimension < 2 || known.kind.is_some() => Ok(known),
            Some(known) => {
                let remedy = match known.nodes {
                    5 | 13 | 14 => "mesh with tetrahedra, or with hexahedra and prisms only",
                    9 | 18 | 27 => "set Mesh.SecondOrderIncomplete = 1 and save again",
                    _ => "set Mesh.ElementOrder to 1 or 2 and save again",
                };
                Err(cursor.source().unsupported(place, format!("{} (element type {number})", known.name), remedy))
            }
            None => {
                let remedy = "set Mesh.ElementOrder to 1 or 2 and save again";
                Err(cursor.source().unsupported(place, format!("the element type {number}"), remedy))
            }
        }
    }

    /// Reads the nodes of an element.
    pub(super) fn element<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        number: i64,
        kind: Type,
        mut node: impl FnMut(&mut Cursor<'a>) -> Result<i64, MeshIoError>,
    ) -> Result<(), MeshIoError> {
        cursor.source().check_every(self.elements.len())?;
        let place = cursor.place();
        let start = self.connectivity.len();
        for _ in 0..kind.nodes {
            self.connectivity.push(node(cursor)?);
        }
        let place = cursor.place_since(place);
        match kind.kind {
            Some(kind) => {
                self.last = Last::Element(kind.dimension() as u8, self.elements.len() as u32);
                self.elements.push(RawElement { number, kind, place, start });
            }
            None => self.last = Last::Nodes(kind.dimension, self.connectivity.split_off(start), place),
        }
        Ok(())
    }

    /// Puts the element read last into groups of its dimension.
    pub(super) fn put_last_into(&mut self, groups: &[i64]) {
        match &self.last {
            Last::Nothing => {}
            Last::Element(dimension, element) => {
                for &group in groups {
                    self.groups.entry((*dimension, group)).or_default().push(*element);
                }
            }
            Last::Nodes(dimension, nodes, place) => {
                for &group in groups {
                    let list = self.node_groups.entry((*dimension, group)).or_default();
                    list.extend(nodes.iter().map(|&node| (node, place.clone())));
                }
                self.ignored += usize::from(groups.is_empty());
            }
        }
    }

    fn nodes_of(&self, element: &RawElement) -> &[i64] {
        &self.connectivity[element.start..element.start + element.kind.node_count()]
    }

    /// MSH 2 repeats an element for every group it is in: makes one of the copies. Only copies in different groups are
    /// joined, so that a mesh that holds elements twice shows it.
    pub(super) fn join_copies(&mut self) {
        let dimension = self.dimension();
        if self.groups.keys().filter(|group| group.0 == dimension).count() < 2 {
            return;
        }
        let mut group_of = vec![0; self.elements.len()];
        for (&(_, group), list) in &self.groups {
            list.iter().for_each(|&element| group_of[element as usize] = group);
        }
        let mut first: HashMap<(ElementKind, &[i64]), Copies> = HashMap::new();
        let mut target: Vec<u32> = (0..self.elements.len() as u32).collect();
        for (index, element) in (0_u32..).zip(&self.elements) {
            let group = group_of[index as usize];
            let key = (element.kind, self.nodes_of(element));
            let (known, groups) = first.entry(key).or_insert((index, vec![group]));
            if *known != index && group != 0 && !groups.contains(&group) {
                groups.push(group);
                target[index as usize] = *known;
            }
        }
        drop(first);
        let mut place = Vec::with_capacity(target.len());
        let mut kept = 0;
        for (index, &target) in (0_u32..).zip(&target) {
            place.push(if target == index { kept } else { place[target as usize] });
            kept += u32::from(target == index);
        }
        let mut index = 0;
        self.elements.retain(|_| {
            index += 1;
            target[index - 1] as usize == index - 1
        });
        self.groups.values_mut().flatten().for_each(|element| *element = place[*element as usize]);
    }

    /// The dimension of the mesh: 3 with solids, otherwise 2.
    fn dimension(&self) -> u8 {
        if self.elements.iter().any(|element| element.kind.dimension() == 3) { 3 } else { 2 }
    }

    /// The mesh with its regions.
    pub(super) fn into_draft(mut self, source: Source<'_>) -> Result<Draft, MeshIoError> {
        let mut draft = Draft { nodes: std::mem::take(&mut self.nodes), ..Draft::default() };
        draft.statements = std::mem::take(&mut self.statements);
        draft.notes = std::mem::take(&mut self.notes);
        let dimension = self.dimension();
        // The place of every element in the mesh; of boundary faces none.
        let mut place_of = vec![None; self.elements.len()];
        let mut order: Vec<usize> = (0..self.elements.len()).collect();
        order.retain(|&index| self.elements[index].kind.dimension() == usize::from(dimension));
        order.sort_by_key(|&index| self.elements[index].number);
        for index in order {
            place_of[index] = Some(draft.elements.len() as u32);
            self.push(source, &mut draft.elements, &self.elements[index])?;
        }
        self.element_regions(&mut draft, dimension, &place_of);
        if dimension == 3 {
            self.face_regions(source, &mut draft)?;
        }
        self.node_regions(source, &mut draft)?;
        if self.ignored > 0 {
            draft.notes.push(format!("{} points and lines outside every physical group were ignored", self.ignored));
        }
        Ok(draft)
    }

    fn node_index(&self, source: Source<'_>, number: i64, place: &Place) -> Result<u32, MeshIoError> {
        let missing =
            || source.contradiction(place.clone(), format!("an element names the node {number}, which is not defined"));
        self.numbering.get(number).ok_or_else(missing)
    }

    fn push(&self, source: Source<'_>, elements: &mut Elements, element: &RawElement) -> Result<(), MeshIoError> {
        let numbers = self.nodes_of(element);
        let mut nodes = [0; mesh::shape::MAX_NODES];
        for (slot, &theirs) in nodes.iter_mut().zip(gmsh_order(element.kind)) {
            *slot = self.node_index(source, numbers[theirs], &element.place)?;
        }
        elements.push(element.kind, nodes.into_iter().take(element.kind.node_count()));
        Ok(())
    }

    /// The name of a group: its own, or for example "surface_7".
    fn name(&self, (dimension, tag): Group) -> String {
        let kind = ["point", "curve", "surface", "volume"].get(usize::from(dimension)).unwrap_or(&"group");
        self.names.get(&(dimension, tag)).cloned().unwrap_or_else(|| format!("{kind}_{tag}"))
    }

    /// The groups of a dimension: those with elements, and those that only have a name.
    fn groups_of(&self, dimension: u8) -> Vec<Group> {
        let all = self.groups.keys().chain(self.node_groups.keys()).chain(self.names.keys());
        let mut groups: Vec<Group> = all.copied().filter(|group| group.0 == dimension).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    fn element_regions(&self, draft: &mut Draft, dimension: u8, place_of: &[Option<u32>]) {
        for group in self.groups_of(dimension) {
            let members = self.groups.get(&group).into_iter().flatten();
            let list = members.filter_map(|&element| place_of[element as usize]).collect();
            draft.insert(self.name(group), Region::Elements(list));
        }
    }

    fn face_regions(&self, source: Source<'_>, draft: &mut Draft) -> Result<(), MeshIoError> {
        let groups = self.groups_of(2);
        let mut wanted = Vec::new();
        for element in groups.iter().filter_map(|group| self.groups.get(group)).flatten() {
            let element = &self.elements[*element as usize];
            let mut corners = [u32::MAX; 4];
            for (corner, &number) in corners.iter_mut().zip(self.nodes_of(element)).take(element.kind.corner_count()) {
                *corner = self.node_index(source, number, &element.place)?;
            }
            wanted.push(corners);
        }
        let mut found = match_faces(source, &draft.elements, &wanted)?.into_iter();
        for group in groups {
            let count = self.groups.get(&group).map_or(0, Vec::len);
            let faces: Vec<Face> = found.by_ref().take(count).flatten().collect();
            let (name, missing) = (self.name(group), count - faces.len());
            if missing > 0 {
                let what =
                    format!("{missing} of {count} faces of the group \"{name}\" lie on no solid and were left out");
                draft.notes.push(what);
            }
            draft.insert(name, Region::Faces(faces));
        }
        let grouped: usize = wanted.len();
        let boundary = self.elements.iter().filter(|element| element.kind.dimension() == 2).count();
        if boundary > grouped {
            draft.notes.push(format!("{} faces outside every physical group were left out", boundary - grouped));
        }
        Ok(())
    }

    fn node_regions(&self, source: Source<'_>, draft: &mut Draft) -> Result<(), MeshIoError> {
        for group in self.groups_of(1).into_iter().chain(self.groups_of(0)) {
            let mut nodes = Vec::new();
            for (number, place) in self.node_groups.get(&group).into_iter().flatten() {
                nodes.push(self.node_index(source, *number, place)?);
            }
            draft.insert(self.name(group), Region::Nodes(nodes));
        }
        Ok(())
    }
}

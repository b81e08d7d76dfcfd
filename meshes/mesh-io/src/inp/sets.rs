//! Sets of nodes and elements, and surfaces.

use super::model::Model;
use super::scope::{Numbered, Scope, Set, Sets, keep_short, named};
use crate::MeshIoError;
use crate::keyword::{DataLine, Keyword, Position};
use crate::source::{parse_integer, quote};
use mesh::topology::boundary_faces;
use mesh::{ElementKind, Face};

/// Nodes or elements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Node,
    Element,
}

impl What {
    fn name(self) -> &'static str {
        if self == Self::Node { "node" } else { "element" }
    }

    fn numbered(self, scope: &Scope) -> &Numbered {
        if self == Self::Node { &scope.nodes } else { &scope.elements }
    }

    fn sets(self, scope: &Scope) -> &Sets {
        if self == Self::Node { &scope.node_sets } else { &scope.element_sets }
    }
}

impl<'d> Model<'d> {
    pub(super) fn node_set(&mut self, keyword: &'d Keyword) -> Result<(), MeshIoError> {
        let name = self.set_name(keyword, "NSET")?;
        let mut members = self.members(keyword, What::Node)?;
        if let Some(elements) = keyword.value("ELSET") {
            let elements = self.entry(self.scope_of(keyword)?, What::Element, elements.as_bytes(), keyword.position)?;
            members.extend(elements.iter().flat_map(|&element| self.draft.elements.get(element as usize).1.to_vec()));
        }
        let set = named(&mut self.scope().node_sets, name);
        set.extend(members);
        self.describe(keyword, |scope| &mut scope.node_sets, name);
        Ok(())
    }

    pub(super) fn element_set(&mut self, keyword: &'d Keyword) -> Result<(), MeshIoError> {
        let name = self.set_name(keyword, "ELSET")?;
        let members = self.members(keyword, What::Element)?;
        named(&mut self.scope().element_sets, name).extend(members);
        self.describe(keyword, |scope| &mut scope.element_sets, name);
        Ok(())
    }

    /// Keeps what the keyword says about a set besides its members.
    fn describe(&mut self, keyword: &Keyword, sets: impl Fn(&mut Scope) -> &mut Sets, name: &str) {
        let comment = keyword.comment.as_deref().filter(|_| self.is_own);
        let original = comment.and_then(|comment| comment.strip_prefix("region \"")?.strip_suffix('"'));
        let set: &mut Set = named(sets(self.scope()), name);
        set.is_internal |= keyword.has("INTERNAL");
        set.original = original.map(str::to_owned).or(set.original.take());
    }

    fn set_name(&self, keyword: &'d Keyword, parameter: &str) -> Result<&'d str, MeshIoError> {
        let missing = || {
            let found = format!("*{} without a name", keyword.name);
            self.deck.syntax(keyword.position, found, format!("{parameter}=name"))
        };
        keyword.value(parameter).filter(|name| !name.is_empty()).ok_or_else(missing)
    }

    /// The scope that a set's numbers count in: the instance it names or the present one.
    fn scope_of(&self, keyword: &Keyword) -> Result<usize, MeshIoError> {
        let Some(instance) = keyword.value("INSTANCE") else { return Ok(self.scopes.len().saturating_sub(1)) };
        let found = self.scopes.iter().position(|scope| scope.name.eq_ignore_ascii_case(instance));
        found.ok_or_else(|| {
            let expected = "the name of an instance above";
            self.deck.syntax(keyword.position, format!("INSTANCE={instance}"), expected)
        })
    }

    fn members(&mut self, keyword: &'d Keyword, what: What) -> Result<Vec<u32>, MeshIoError> {
        let scope = self.scope_of(keyword)?;
        let mut members = Vec::new();
        let mut missing = 0_u64;
        let limit = 1024 + 4 * self.draft.nodes.len().max(self.draft.elements.len());
        for (item, line) in self.deck.data(keyword).enumerate() {
            self.deck.source(line.position).check_every(item)?;
            keep_short(&mut members, limit);
            if keyword.has("GENERATE") {
                missing = missing.saturating_add(self.generate(scope, what, &line, &mut members)?);
                continue;
            }
            for entry in line.entries().filter(|entry| !entry.is_empty()) {
                members.extend(self.entry(scope, what, entry, line.position)?);
            }
        }
        if missing > 0 {
            let (line, what) = (keyword.position.line, what.name());
            self.draft.notes.push(format!("{missing} {what} numbers of the ranges in line {line} do not exist"));
        }
        Ok(members)
    }

    /// A line "first, last, step"; returns how many of the numbers do not exist.
    fn generate(
        &self,
        scope: usize,
        what: What,
        line: &DataLine<'_>,
        members: &mut Vec<u32>,
    ) -> Result<u64, MeshIoError> {
        let mut values = [0, 0, 1];
        let mut count = 0;
        for (value, entry) in values.iter_mut().zip(line.entries().filter(|entry| !entry.is_empty())) {
            *value = self.integer(line.position, entry, "a number of a range")?;
            count += 1;
        }
        let [first, last, step] = values;
        let Some(scope) = self.scopes.get(scope).filter(|_| count >= 2 && step > 0 && first <= last) else {
            let expected = "first, last and step of a range, the step above 0";
            return Err(self.deck.syntax(line.position, quote(line.text), expected));
        };
        let (found, missing) = what.numbered(scope).range(first, last, step);
        members.extend(found);
        Ok(missing)
    }

    /// What an entry of a set names: a number, a set above, or either behind the name of an instance and a dot.
    fn entry(&self, scope: usize, what: What, entry: &[u8], position: Position) -> Result<Vec<u32>, MeshIoError> {
        let text = String::from_utf8_lossy(entry);
        let text = text.trim_matches('"');
        let present = self.scopes.get(scope).and_then(|scope| lookup(scope, what, text));
        let dotted = || {
            text.match_indices('.').find_map(|(dot, _)| {
                let (instance, rest) = (&text[..dot], &text[dot + 1..]);
                let scope = self.scopes.iter().find(|scope| scope.name.eq_ignore_ascii_case(instance))?;
                lookup(scope, what, rest)
            })
        };
        present.or_else(dotted).ok_or_else(|| {
            let what = what.name();
            let expected = format!("the number of a {what} or the name of a {what} set above").replace("a e", "an e");
            self.deck.syntax(position, quote(entry), expected)
        })
    }

    /// Surfaces of nodes at once; those of faces are kept until all elements are known.
    pub(super) fn surface(&mut self, keyword: &'d Keyword) -> Result<(), MeshIoError> {
        let name = self.set_name(keyword, "NAME")?;
        let kind = keyword.value("TYPE").unwrap_or("ELEMENT").to_ascii_uppercase();
        match kind.as_str() {
            "ELEMENT" if !keyword.has("COMBINE") && !keyword.has("CROP") => {
                let scope = self.scopes.len().saturating_sub(1);
                self.surfaces.push((scope, keyword));
            }
            "NODE" => {
                let scope = self.scopes.len().saturating_sub(1);
                let mut members = Vec::new();
                let limit = 1024 + 4 * self.draft.nodes.len();
                for line in self.deck.data(keyword) {
                    keep_short(&mut members, limit);
                    // A second entry is an area.
                    let entry = line.entries().next().unwrap_or_default();
                    members.extend(self.entry(scope, What::Node, entry, line.position)?);
                }
                named(&mut self.scope().surfaces, name).extend(members);
                self.describe(keyword, |scope| &mut scope.surfaces, name);
            }
            _ => self
                .draft
                .notes
                .push(format!("the surface \"{name}\" ({kind}) was skipped: only sets of faces are read")),
        }
        Ok(())
    }

    /// The faces of a surface, and the shell elements among its elements.
    pub(super) fn faces(
        &mut self,
        scope: usize,
        keyword: &'d Keyword,
        boundary: &mut Option<Vec<Face>>,
    ) -> Result<(Vec<Face>, Vec<u32>), MeshIoError> {
        let (mut faces, mut shells) = (Vec::new(), Vec::new());
        let mut edges = 0_usize;
        let limit = 1024 + 8 * self.draft.elements.len();
        for (item, line) in self.deck.data(keyword).enumerate() {
            self.deck.source(line.position).check_every(item)?;
            keep_short(&mut faces, limit);
            keep_short(&mut shells, limit);
            let mut entries = line.entries();
            let entry = entries.next().filter(|entry| !entry.is_empty());
            let label = entries.next().map(<[u8]>::to_ascii_uppercase).unwrap_or_default();
            let elements = match entry {
                Some(entry) => self.entry(scope, What::Element, entry, line.position)?,
                // A blank name means all elements, of the instance inside one.
                None => match self.scopes.get(scope) {
                    Some(scope) if !scope.name.is_empty() => scope.elements.all(),
                    _ => (0..self.draft.elements.len() as u32).collect(),
                },
            };
            for element in elements {
                let (kind, _) = self.draft.elements.get(element as usize);
                match (kind.dimension(), label.as_slice()) {
                    (3, b"") => faces.extend(self.free_faces(element, boundary)),
                    (3, label) => faces.push(Face { element, side: self.side(kind, label, line.position)? }),
                    (2, b"" | b"SPOS" | b"SNEG") => shells.push(element),
                    _ => edges += 1,
                }
            }
        }
        if edges > 0 {
            let name = keyword.value("NAME").unwrap_or_default();
            self.draft.notes.push(format!("{edges} edges of shells in the surface \"{name}\" were left out"));
        }
        Ok((faces, shells))
    }

    /// The index of a face from its label, S1 for the first.
    fn side(&self, kind: ElementKind, label: &[u8], position: Position) -> Result<u8, MeshIoError> {
        let count = kind.faces().len();
        let number = label.strip_prefix(b"S").and_then(parse_integer);
        let side = number.filter(|&number| number >= 1 && number <= count as i64).map(|number| number as u8 - 1);
        side.ok_or_else(|| self.deck.syntax(position, quote(label), format!("S1 to S{count} of a {kind}")))
    }

    /// The faces of an element that no other element shares.
    fn free_faces(&self, element: u32, boundary: &mut Option<Vec<Face>>) -> Vec<Face> {
        let all = boundary.get_or_insert_with(|| {
            let mut mesh = mesh::VolumeMesh { nodes: self.draft.nodes.clone(), ..Default::default() };
            for (kind, nodes) in self.draft.elements.iter() {
                match mesh.blocks.last_mut().filter(|block: &&mut mesh::ElementBlock| block.kind == kind) {
                    Some(block) => block.connectivity.extend_from_slice(nodes),
                    None => mesh.blocks.push(mesh::ElementBlock { kind, connectivity: nodes.to_vec() }),
                }
            }
            boundary_faces(&mesh)
        });
        let start = all.partition_point(|face| face.element < element);
        all[start..].iter().take_while(|face| face.element == element).copied().collect()
    }
}

/// A number or a set of one scope.
fn lookup(scope: &Scope, what: What, text: &str) -> Option<Vec<u32>> {
    if let Some(index) = text.parse().ok().and_then(|number| what.numbered(scope).get(number)) {
        return Some(if index == u32::MAX { Vec::new() } else { vec![index] });
    }
    what.sets(scope).get(&text.to_ascii_uppercase()).map(|set| set.members.clone())
}

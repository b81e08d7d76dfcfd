//! Nodes and elements of a deck, instance by instance.

use super::kinds::{Shape, shape};
use super::scope::{Scope, named};
use crate::MeshIoError;
use crate::draft::Draft;
use crate::keyword::{Deck, Keyword, Position};
use crate::source::{parse_integer, parse_number, quote};
use crate::{Frame, LengthUnit};
use mesh::{ElementKind, Point3, Vector3};
use nalgebra::{Rotation3, Unit};
use std::collections::BTreeSet;

/// Keywords that make or move nodes and elements: a mesh without them would be another one.
const GENERATORS: [&str; 8] = ["NGEN", "NFILL", "NCOPY", "NMAP", "ELGEN", "ELCOPY", "SYSTEM", "SUBSTRUCTURE GENERATE"];

/// The comment with which our own writer begins.
pub(super) const OWN_COMMENT: &str = "Vesalius mesh.";

/// The place of an instance: moved first, then turned.
struct Motion {
    shift: Vector3<f64>,
    turn: Option<(Point3<f64>, Rotation3<f64>)>,
}

impl Motion {
    const NONE: Self = Self { shift: Vector3::new(0.0, 0.0, 0.0), turn: None };

    fn apply(&self, point: Point3<f64>) -> Point3<f64> {
        let moved = point + self.shift;
        self.turn.as_ref().map_or(moved, |(origin, turn)| origin + turn * (moved - origin))
    }
}

/// A deck while its mesh is put together.
pub(super) struct Model<'d> {
    pub(super) deck: &'d Deck<'d>,
    pub(super) draft: Draft,
    /// Instances in the order of the deck, then everything outside parts.
    pub(super) scopes: Vec<Scope>,
    /// Surfaces of faces, read when all elements are known, with their scope.
    pub(super) surfaces: Vec<(usize, &'d Keyword)>,
    /// Written by ourselves: comments tell the names of regions.
    pub(super) is_own: bool,
    skipped: BTreeSet<String>,
    skipped_types: BTreeSet<String>,
    redefined: usize,
}

impl<'d> Model<'d> {
    /// Reads everything but surfaces of faces.
    pub(super) fn read(deck: &'d Deck<'d>) -> Result<Self, MeshIoError> {
        let mut model = Self {
            deck,
            draft: Draft::default(),
            scopes: Vec::new(),
            surfaces: Vec::new(),
            is_own: false,
            skipped: BTreeSet::new(),
            skipped_types: BTreeSet::new(),
            redefined: 0,
        };
        model.statements();
        let parts: Vec<&Keyword> = deck.keywords.iter().filter(|keyword| keyword.is("PART")).collect();
        let in_assembly = |keyword: &&'d Keyword| keyword.is("ASSEMBLY");
        let assembled = || deck.keywords.iter().filter(in_assembly).flat_map(|assembly| &assembly.children);
        let instances: Vec<&Keyword> = assembled().filter(|keyword| keyword.is("INSTANCE")).collect();
        for instance in &instances {
            model.instance(instance, &parts)?;
        }
        if instances.is_empty() {
            for part in parts {
                model.scopes.push(Scope { name: part.value("NAME").unwrap_or("PART").to_owned(), ..Scope::default() });
                model.keywords(part.children.iter(), &Motion::NONE)?;
            }
        }
        model.scopes.push(Scope::default());
        let outside = deck.keywords.iter().flat_map(|keyword| match keyword.is("ASSEMBLY") {
            true => keyword.children.iter(),
            false => std::slice::from_ref(keyword).iter(),
        });
        model.keywords(outside, &Motion::NONE)?;
        model.report();
        Ok(model)
    }

    /// Unit and frame from comments and the heading.
    fn statements(&mut self) {
        for comment in self.deck.heading.iter().take(100) {
            self.draft.statements.read(comment.as_bytes());
        }
        for keyword in &self.deck.keywords {
            if keyword.is("HEADING") {
                self.deck.data(keyword).take(100).for_each(|line| self.draft.statements.read(line.text));
            }
            self.is_own |= keyword.comment.as_ref().is_some_and(|comment| comment.starts_with(OWN_COMMENT));
        }
        if self.is_own {
            self.draft.statements.unit = Some(LengthUnit::Millimetre);
            self.draft.statements.frame = Some(Frame::Lps);
        }
    }

    fn report(&mut self) {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        let included = self.deck.included().count();
        if included > 0 {
            self.draft.notes.push(format!("{included} included files were read"));
        }
        if !self.skipped.is_empty() {
            let what = format!("keywords that are no part of the mesh were skipped: {}", list(&self.skipped));
            self.draft.notes.push(what);
        }
        if !self.skipped_types.is_empty() {
            let what = format!("elements that are no part of the mesh were skipped: {}", list(&self.skipped_types));
            self.draft.notes.push(what);
        }
        if self.redefined > 0 {
            self.draft.notes.push(format!("{} nodes were defined again; the last definition counts", self.redefined));
        }
    }

    fn instance(&mut self, instance: &'d Keyword, parts: &[&'d Keyword]) -> Result<(), MeshIoError> {
        let motion = self.motion(instance)?;
        let name = instance.value("NAME").or(instance.value("PART")).unwrap_or("INSTANCE");
        self.scopes.push(Scope { name: name.to_owned(), ..Scope::default() });
        if let Some(wanted) = instance.value("PART") {
            let is_wanted = |part: &&&Keyword| part.value("NAME").is_some_and(|name| name.eq_ignore_ascii_case(wanted));
            let Some(part) = parts.iter().find(is_wanted) else {
                let expected = "the name of a part of this deck";
                return Err(self.deck.syntax(instance.position, format!("PART={wanted}"), expected));
            };
            self.keywords(part.children.iter(), &motion)?;
        }
        self.keywords(instance.children.iter(), &motion)
    }

    /// The first data line of an instance is a translation, the second two points of an axis and an angle in degrees.
    fn motion(&self, instance: &Keyword) -> Result<Motion, MeshIoError> {
        let mut motion = Motion::NONE;
        for (k, line) in self.deck.data(instance).enumerate() {
            let mut values = [0.0; 7];
            for (value, entry) in values.iter_mut().zip(line.entries()) {
                *value = self.real(line.position, entry)?;
            }
            let [ax, ay, az, bx, by, bz, angle] = values;
            let (a, b) = (Point3::new(ax, ay, az), Point3::new(bx, by, bz));
            match k {
                0 => motion.shift = a.coords,
                1 => {
                    let Some(axis) = Unit::try_new(b - a, 1e-12) else {
                        return Err(self.deck.syntax(
                            line.position,
                            quote(line.text),
                            "two different points of an axis",
                        ));
                    };
                    motion.turn = Some((a, Rotation3::from_axis_angle(&axis, angle.to_radians())));
                }
                _ => return Err(self.deck.syntax(line.position, quote(line.text), "no third line of an instance")),
            }
        }
        Ok(motion)
    }

    fn keywords(&mut self, keywords: impl Iterator<Item = &'d Keyword>, motion: &Motion) -> Result<(), MeshIoError> {
        for keyword in keywords {
            if keyword.has("INPUT") && ["NODE", "ELEMENT", "NSET", "ELSET"].iter().any(|name| keyword.is(name)) {
                let remedy = "write *INCLUDE, INPUT=file in a line below the keyword instead";
                return Err(self.deck.unsupported(keyword.position, format!("*{}, INPUT=", keyword.name), remedy));
            }
            match keyword.name.as_str() {
                "NODE" => self.nodes(keyword, motion)?,
                "ELEMENT" => self.elements(keyword)?,
                "NSET" => self.node_set(keyword)?,
                "ELSET" => self.element_set(keyword)?,
                "SURFACE" => self.surface(keyword)?,
                "HEADING" | "PART" | "INSTANCE" | "PREPRINT" => {}
                name if GENERATORS.iter().any(|generator| keyword.is(generator)) => {
                    let remedy = "export the mesh with all nodes and elements written out";
                    return Err(self.deck.unsupported(keyword.position, format!("*{name}"), remedy));
                }
                name => {
                    self.skipped.insert(name.to_owned());
                }
            }
        }
        Ok(())
    }

    pub(super) fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    pub(super) fn integer(&self, position: Position, entry: &[u8], what: &str) -> Result<i64, MeshIoError> {
        parse_integer(entry).ok_or_else(|| self.deck.syntax(position, quote(entry), format!("{what} (an integer)")))
    }

    /// A finite number; an empty entry is 0.
    fn real(&self, position: Position, entry: &[u8]) -> Result<f64, MeshIoError> {
        if entry.is_empty() {
            return Ok(0.0);
        }
        match parse_number(entry) {
            Some(value) if value.is_finite() => Ok(value),
            Some(value) => Err(self.deck.source(position).not_finite(crate::Place::Line(position.line), value)),
            None => Err(self.deck.syntax(position, quote(entry), "a coordinate (a number)")),
        }
    }

    fn nodes(&mut self, keyword: &'d Keyword, motion: &Motion) -> Result<(), MeshIoError> {
        if keyword.value("SYSTEM").is_some_and(|system| !system.eq_ignore_ascii_case("R")) {
            let remedy = "export the nodes in Cartesian coordinates";
            return Err(self.deck.unsupported(
                keyword.position,
                "*NODE in cylindrical or spherical coordinates",
                remedy,
            ));
        }
        let mut members = Vec::new();
        for (item, line) in self.deck.data(keyword).enumerate() {
            self.deck.source(line.position).check_every(item)?;
            let mut entries = line.entries();
            let number = self.integer(line.position, entries.next().unwrap_or_default(), "a node number")?;
            let mut point = Point3::origin();
            let mut count = 0;
            for (coordinate, entry) in point.coords.iter_mut().zip(entries) {
                *coordinate = self.real(line.position, entry)?;
                count += 1;
            }
            if count == 0 {
                return Err(self.deck.syntax(line.position, "the end of the line", "the coordinates x, y, z"));
            }
            let point = motion.apply(point);
            let index = self.draft.nodes.len() as u32;
            match self.scope().nodes.insert(number, index) {
                Ok(()) => {
                    self.draft.nodes.push(point);
                    members.push(index);
                }
                Err(known) => {
                    self.draft.nodes[known as usize] = point;
                    self.redefined += 1;
                    members.push(known);
                }
            }
            self.deck.source(line.position).check_vertex_count(self.draft.nodes.len())?;
        }
        if let Some(name) = keyword.value("NSET") {
            named(&mut self.scope().node_sets, name).extend(members);
        }
        Ok(())
    }

    fn elements(&mut self, keyword: &'d Keyword) -> Result<(), MeshIoError> {
        let position = keyword.position;
        let Some(name) = keyword.value("TYPE") else {
            return Err(self.deck.syntax(position, "*ELEMENT without a type", "TYPE=, for example TYPE=C3D10"));
        };
        let before = self.draft.elements.len() as u32;
        match shape(name) {
            Shape::Kind(kind) => self.elements_of(keyword, kind)?,
            Shape::Skipped => {
                self.skipped_types.insert(name.to_ascii_uppercase());
                for line in self.deck.data(keyword) {
                    let number = self.integer(line.position, line.entries().next().unwrap_or_default(), "a number")?;
                    // A second line of one element names a node here; as an element it is never asked for.
                    let _ = self.scope().elements.insert(number, u32::MAX);
                }
            }
            Shape::Unknown => {
                let remedy = "use elements with 4, 6, 8, 10, 15 or 20 nodes (solids) or 3, 4, 6 or 8 (shells)";
                return Err(self.deck.unsupported(position, format!("the element type {name}"), remedy));
            }
        }
        if let Some(name) = keyword.value("ELSET") {
            let after = self.draft.elements.len() as u32;
            named(&mut self.scope().element_sets, name).extend(before..after);
        }
        Ok(())
    }

    fn elements_of(&mut self, keyword: &'d Keyword, kind: ElementKind) -> Result<(), MeshIoError> {
        let needed = 1 + kind.node_count();
        // The line on which an element begins, its number and nodes.
        let mut begun = keyword.position;
        let mut numbers: Vec<i64> = Vec::with_capacity(needed);
        let short = |model: &Self, position: Position, numbers: &[i64]| {
            let found = format!("element {} with {} of {} nodes", numbers[0], numbers.len() - 1, kind.node_count());
            model.deck.syntax(position, found, format!("all nodes of a {kind} (a line that goes on ends with a comma)"))
        };
        for (item, line) in self.deck.data(keyword).enumerate() {
            self.deck.source(line.position).check_every(item)?;
            if numbers.is_empty() {
                begun = line.position;
            }
            let at_start = numbers.len();
            for entry in line.entries() {
                numbers.push(self.integer(line.position, entry, "an element or node number")?);
            }
            if numbers.len() > needed {
                let found = format!("{} node numbers of element {}", numbers.len() - 1, numbers[0]);
                return Err(self.deck.syntax(line.position, found, format!("{} for a {kind}", kind.node_count())));
            }
            // CalculiX needs no comma at the end of a full line.
            let is_open = line.is_continued() || numbers.len() - at_start >= 10;
            match numbers.len() == needed {
                true => {
                    self.element(begun, kind, &numbers)?;
                    numbers.clear();
                }
                false if !is_open => return Err(short(self, line.position, &numbers)),
                false => {}
            }
        }
        if numbers.is_empty() { Ok(()) } else { Err(short(self, begun, &numbers)) }
    }

    fn element(&mut self, position: Position, kind: ElementKind, numbers: &[i64]) -> Result<(), MeshIoError> {
        let Some((&number, numbers)) = numbers.split_first() else { return Ok(()) };
        let index = self.draft.elements.len() as u32;
        let mut nodes = [0; mesh::shape::MAX_NODES];
        for (slot, &node) in nodes.iter_mut().zip(numbers) {
            let Some(index) = self.scope().nodes.get(node) else {
                let what = format!("element {number} names the node {node}, which is not defined");
                return Err(self.deck.contradiction(position, what));
            };
            *slot = index;
        }
        if kind == ElementKind::Beam3 {
            nodes.swap(1, 2);
        }
        if self.scope().elements.insert(number, index).is_err() {
            return Err(self.deck.contradiction(position, format!("the element {number} is defined twice")));
        }
        self.draft.elements.push(kind, nodes.into_iter().take(kind.node_count()));
        Ok(())
    }
}

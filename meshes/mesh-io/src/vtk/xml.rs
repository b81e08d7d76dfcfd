//! VTP and VTU: the element tree, the pieces and the appended data.

use super::array::{Coding, Declaration};
use super::dataset::{Attribute, Cells, CellsByKind, Dataset, GridCells, PolyCells, points};
use super::grid::mesh_file;
use super::tree::{Node, parse};
use crate::source::{Endian, Scalar, Source, quote};
use crate::{Format, MeshFile, MeshIoError, Place};

/// Whether the bytes begin like XML.
pub(crate) fn is_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    bytes.starts_with(b"<?xml") || bytes.starts_with(b"<VTKFile")
}

/// Reads a VTP or VTU file.
pub(crate) fn read(source: Source<'_>) -> Result<MeshFile, MeshIoError> {
    let (root, coding) = root(source)?;
    let mut reader = PieceReader { coding, dataset: Dataset::default(), pieces: 0 };
    let kind = root.attribute("type").unwrap_or("");
    let (format, data) = match kind {
        "PolyData" => (Format::Vtp, root.child(kind)),
        "UnstructuredGrid" => (Format::Vtu, root.child(kind)),
        _ => {
            return Err(MeshIoError::WrongKind {
                file: source.file.to_owned(),
                found: format!("a VTK data set of type \"{kind}\""),
                needed: "PolyData or UnstructuredGrid",
                remedy: "images go to the image reader; extract the surface or the grid before the export",
            });
        }
    };
    let data = data.ok_or_else(|| source.syntax(Place::Byte(0), "no such element", format!("<{kind}>")))?;
    reader.field_data(data)?;
    for piece in data.children("Piece") {
        reader.piece(piece, format)?;
        reader.field_data(piece)?;
    }
    mesh_file(source, format, reader.dataset)
}

/// The `<VTKFile>` of a file and how its arrays are coded.
pub(super) fn root(source: Source<'_>) -> Result<(Node<'_>, Coding<'_>), MeshIoError> {
    let (xml, appended) = split_appended(source)?;
    let root = parse(source, xml, appended.is_some())?;
    if root.name != "VTKFile" {
        let found = format!("<{}>", root.name);
        return Err(source.syntax(Place::Byte(0), found, "<VTKFile>"));
    }
    let coding = coding(source, &root, appended)?;
    Ok((root, coding))
}

/// The XML in front of `<AppendedData>`, and the appended bytes with whether they are base64.
#[expect(clippy::type_complexity, reason = "the pair is taken apart by the only caller")]
fn split_appended(source: Source<'_>) -> Result<(&[u8], Option<(&[u8], bool)>), MeshIoError> {
    let tag = b"<AppendedData";
    let Some(start) = find(source.bytes, tag) else { return Ok((source.bytes, None)) };
    let rest = &source.bytes[start..];
    let broken = |expected: &str| source.syntax(Place::Byte(start), "a damaged <AppendedData>", expected);
    let open = find(rest, b">").ok_or_else(|| broken("\">\""))?;
    let is_base64 = match &rest[..open] {
        head if find(head, b"raw").is_some() => false,
        head if find(head, b"base64").is_some() => true,
        _ => return Err(broken("encoding=\"raw\" or \"base64\"")),
    };
    let body = &rest[open + 1..];
    let underscore = body.iter().position(|byte| !byte.is_ascii_whitespace()).filter(|&k| body[k] == b'_');
    let body = &body[underscore.ok_or_else(|| broken("\"_\" in front of the data"))? + 1..];
    let body = match is_base64 {
        true => &body[..find(body, b"<").unwrap_or(body.len())],
        false => body,
    };
    Ok((&source.bytes[..start], Some((body, is_base64))))
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    let (&first, tail) = pattern.split_first()?;
    let mut start = 0;
    while let Some(step) = bytes[start..].iter().position(|&byte| byte == first) {
        start += step + 1;
        if bytes[start..].starts_with(tail) {
            return Some(start - 1);
        }
    }
    None
}

fn coding<'a>(
    source: Source<'a>,
    root: &Node<'_>,
    appended: Option<(&'a [u8], bool)>,
) -> Result<Coding<'a>, MeshIoError> {
    let endian = match root.attribute("byte_order") {
        Some("BigEndian") => Endian::Big,
        _ => Endian::Little,
    };
    let header = match root.attribute("header_type") {
        None | Some("UInt32") => Scalar::U32,
        Some("UInt64") => Scalar::U64,
        Some(other) => {
            let remedy = "write the file with header_type UInt32 or UInt64";
            return Err(source.unsupported(Place::Byte(0), format!("the header type {other}"), remedy));
        }
    };
    let is_compressed = match root.attribute("compressor") {
        None | Some("") => false,
        Some("vtkZLibDataCompressor") => true,
        Some(other) => {
            let remedy = "save it with the compressor ZLib or without compression";
            return Err(source.unsupported(Place::Byte(0), format!("the compressor {other}"), remedy));
        }
    };
    Ok(Coding { source, endian, header, is_compressed, appended })
}

struct PieceReader<'a> {
    coding: Coding<'a>,
    dataset: Dataset,
    pieces: usize,
}

impl PieceReader<'_> {
    fn piece(&mut self, piece: &Node<'_>, format: Format) -> Result<(), MeshIoError> {
        let source = self.coding.source;
        let count = self.stated(piece, "NumberOfPoints")?;
        let new_points = self.points(piece)?;
        if new_points.len() != count {
            let what = format!("NumberOfPoints is {count}, but the coordinates are {}", new_points.len());
            return Err(source.contradiction(Place::Part(format!("piece {}", self.pieces)), what));
        }
        let first_vertex = self.dataset.points.len();
        self.dataset.points.extend(new_points);
        match format {
            Format::Vtp => self.polydata_cells(piece, first_vertex)?,
            _ => self.grid_cells(piece, first_vertex)?,
        }
        let point_data = self.attributes(piece, "PointData")?;
        let cell_data = self.attributes(piece, "CellData")?;
        let is_first = self.pieces == 0;
        let notes = &mut self.dataset.notes;
        join(&mut self.dataset.point_data, point_data, is_first, notes);
        join(&mut self.dataset.cell_data, cell_data, is_first, notes);
        self.pieces += 1;
        Ok(())
    }

    fn stated(&self, piece: &Node<'_>, name: &str) -> Result<usize, MeshIoError> {
        let text = piece.attribute(name).unwrap_or("");
        let place = || Place::Part(format!("piece {}", self.pieces));
        text.trim()
            .parse()
            .map_err(|_| self.coding.source.syntax(place(), quote(text.as_bytes()), format!("{name} (a count)")))
    }

    fn points(&self, piece: &Node<'_>) -> Result<Vec<mesh::Point3<f64>>, MeshIoError> {
        let Some(node) = piece.child("Points").and_then(|points| points.child("DataArray")) else {
            return Ok(Vec::new());
        };
        let array = Declaration::new(self.coding, node)?;
        let values = self.coding.floats(&array)?;
        if !values.len().is_multiple_of(3) {
            let what = format!("{} coordinates are no whole number of points", values.len());
            return Err(self.coding.source.contradiction(array.place(), what));
        }
        points(self.coding.source, &array.place(), &values)
    }

    fn polydata_cells(&mut self, piece: &Node<'_>, first_vertex: usize) -> Result<(), MeshIoError> {
        let lists = ["Verts", "Lines", "Polys", "Strips"].map(|name| self.cells(piece, name));
        let CellsByKind::Poly(PolyCells { vertices, lines, polygons, strips }) = &mut self.dataset.kind else {
            return Ok(());
        };
        for (into, list) in [vertices, lines, polygons, strips].into_iter().zip(lists) {
            into.append(list?, first_vertex);
        }
        Ok(())
    }

    fn grid_cells(&mut self, piece: &Node<'_>, first_vertex: usize) -> Result<(), MeshIoError> {
        let cells = self.cells(piece, "Cells")?;
        let types = match self.array_of(piece, "Cells", "types") {
            Some(node) => self.coding.integers(&Declaration::new(self.coding, node)?)?,
            None => Vec::new(),
        };
        if self.pieces == 0 {
            self.dataset.kind = CellsByKind::Grid(GridCells::default());
        }
        if let CellsByKind::Grid(grid) = &mut self.dataset.kind {
            grid.cells.append(cells, first_vertex);
            grid.types.extend(types);
        }
        Ok(())
    }

    fn array_of<'n, 'x>(&self, piece: &'n Node<'x>, list: &str, name: &str) -> Option<&'n Node<'x>> {
        piece.child(list)?.children.iter().find(|node| node.attribute("Name") == Some(name))
    }

    fn cells(&self, piece: &Node<'_>, list: &str) -> Result<Cells, MeshIoError> {
        let (Some(connectivity), Some(offsets)) =
            (self.array_of(piece, list, "connectivity"), self.array_of(piece, list, "offsets"))
        else {
            return Ok(Cells::default());
        };
        let connectivity = self.coding.integers(&Declaration::new(self.coding, connectivity)?)?;
        let offsets = self.coding.integers(&Declaration::new(self.coding, offsets)?)?;
        Cells::new(self.coding.source, &Place::Part(format!("<{list}>")), connectivity, &offsets)
    }

    fn attributes(&mut self, piece: &Node<'_>, list: &str) -> Result<Vec<Attribute>, MeshIoError> {
        let mut attributes = Vec::new();
        for node in piece.child(list).iter().flat_map(|data| data.children("DataArray")) {
            let array = Declaration::new(self.coding, node)?;
            if array.is_text() {
                self.dataset.notes.push(format!("the text array \"{}\" was ignored", array.name));
                continue;
            }
            let values = self.coding.floats(&array)?;
            attributes.push(Attribute { name: array.name, components: array.components, values });
        }
        Ok(attributes)
    }

    /// The frame (3D Slicer's "SPACE"), the unit and our region lists.
    fn field_data(&mut self, node: &Node<'_>) -> Result<(), MeshIoError> {
        for field in node.children("FieldData") {
            for node in field.children.iter().filter(|child| child.name.ends_with("Array")) {
                let array = Declaration::new(self.coding, node)?;
                let is_region =
                    ["nodes:", "elements:", "faces:", "triangles:"].iter().any(|kind| array.name.starts_with(kind));
                if array.is_text() && ["SPACE", "UNIT"].contains(&array.name.as_str()) {
                    let value = self.coding.strings(&array)?.concat();
                    self.dataset.statements.read(format!("{}={value}", array.name).as_bytes());
                } else if is_region && !array.is_text() {
                    let numbers = self.coding.integers(&array)?;
                    self.dataset.regions.push((array.name, numbers));
                }
            }
        }
        Ok(())
    }
}

/// Puts the arrays of another piece behind those of the earlier ones; an array that is not in every piece is dropped.
fn join(all: &mut Vec<Attribute>, more: Vec<Attribute>, is_first: bool, notes: &mut Vec<String>) {
    if is_first {
        *all = more;
        return;
    }
    all.retain_mut(|attribute| {
        let twin = more.iter().find(|other| other.name == attribute.name && other.components == attribute.components);
        match twin {
            Some(twin) => attribute.values.extend(&twin.values),
            None => notes.push(format!("the array \"{}\" was ignored: it is not in every piece", attribute.name)),
        }
        twin.is_some()
    });
}

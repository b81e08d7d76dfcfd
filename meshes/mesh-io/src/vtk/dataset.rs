//! What the XML and the legacy format have in common: points, cells and attribute arrays, and the surface of polydata.

use crate::polygon::{MOST_CORNERS, triangulate};
use crate::source::Source;
use crate::statement::Statements;
use crate::{MeshIoError, Place, strip};
use mesh::{Field, FieldLocation, Point3, SurfaceMesh};

/// Cells as one list of vertex numbers; cell `k` is `connectivity[ends[k - 1]..ends[k]]`.
#[derive(Debug, Default, Clone)]
pub(super) struct Cells {
    pub(super) connectivity: Vec<i64>,
    pub(super) ends: Vec<usize>,
}

impl Cells {
    /// Checks the ends (VTK's "offsets"): not decreasing and within the connectivity.
    pub(super) fn new(
        source: Source<'_>,
        place: &Place,
        connectivity: Vec<i64>,
        ends: &[i64],
    ) -> Result<Self, MeshIoError> {
        let mut checked = Vec::with_capacity(ends.len());
        let mut last = 0;
        for (cell, &end) in ends.iter().enumerate() {
            let end = usize::try_from(end).ok().filter(|&end| end >= last && end <= connectivity.len());
            last = end.ok_or_else(|| {
                let stated = ends[cell];
                let length = connectivity.len();
                let what =
                    format!("cell {cell} ends at offset {stated}, after {last}, but the connectivity has {length}");
                source.contradiction(place.clone(), what)
            })?;
            checked.push(last);
        }
        Ok(Self { connectivity, ends: checked })
    }

    /// From the legacy layout: every cell is its length and then its vertices.
    pub(super) fn from_counted(
        source: Source<'_>,
        place: &Place,
        numbers: &[i64],
        cells: usize,
    ) -> Result<Self, MeshIoError> {
        let mut made = Self::default();
        let mut rest = numbers;
        for cell in 0..cells {
            let split = rest.split_first().and_then(|(&length, tail)| {
                let length = usize::try_from(length).ok().filter(|&length| length <= tail.len())?;
                Some(tail.split_at(length))
            });
            let Some((vertices, tail)) = split else {
                let what = format!("cell {cell} of {cells} does not fit into the {} numbers stated", numbers.len());
                return Err(source.contradiction(place.clone(), what));
            };
            made.connectivity.extend_from_slice(vertices);
            made.ends.push(made.connectivity.len());
            rest = tail;
        }
        Ok(made)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn cell(&self, k: usize) -> &[i64] {
        let start = if k == 0 { 0 } else { self.ends[k - 1] };
        &self.connectivity[start..self.ends[k]]
    }

    /// Puts the cells of another piece behind, whose vertices are counted from `first_vertex`.
    pub(super) fn append(&mut self, other: Self, first_vertex: usize) {
        let offset = self.connectivity.len();
        self.connectivity.extend(other.connectivity.iter().map(|&v| v.saturating_add(first_vertex as i64)));
        self.ends.extend(other.ends.iter().map(|&end| end + offset));
    }
}

/// A named list of numbers in a file.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) components: usize,
    pub(super) values: Vec<f64>,
}

impl Attribute {
    /// As a field; "displacement [mm]" has the name "displacement" and the unit "mm".
    pub(super) fn into_field(self, location: FieldLocation) -> Field {
        let (name, unit) = split_unit(&self.name);
        Field { name, unit, location, components: self.components, values: self.values }
    }
}

fn split_unit(name: &str) -> (String, String) {
    let split = name.strip_suffix(']').and_then(|rest| rest.rsplit_once(" ["));
    match split {
        Some((bare, unit)) => (bare.to_owned(), unit.to_owned()),
        None => (name.to_owned(), String::new()),
    }
}

/// Everything a VTK file may say about one unstructured data set.
#[derive(Debug, Default)]
pub(super) struct Dataset {
    pub(super) points: Vec<Point3<f64>>,
    pub(super) kind: CellsByKind,
    pub(super) point_data: Vec<Attribute>,
    pub(super) cell_data: Vec<Attribute>,
    /// Region lists that our own writer put into the field data.
    pub(super) regions: Vec<(String, Vec<i64>)>,
    pub(super) statements: Statements,
    pub(super) notes: Vec<String>,
}

/// The cells of polydata or of an unstructured grid.
#[derive(Debug)]
pub(super) enum CellsByKind {
    Poly(PolyCells),
    Grid(GridCells),
}

impl Default for CellsByKind {
    fn default() -> Self {
        Self::Poly(PolyCells::default())
    }
}

/// The four lists of polydata, in the order in which cell data count them.
#[derive(Debug, Default)]
pub(super) struct PolyCells {
    pub(super) vertices: Cells,
    pub(super) lines: Cells,
    pub(super) polygons: Cells,
    pub(super) strips: Cells,
}

/// The cells of an unstructured grid with VTK's type numbers.
#[derive(Debug, Default)]
pub(super) struct GridCells {
    pub(super) cells: Cells,
    pub(super) types: Vec<i64>,
}

/// Points from a flat list of coordinates.
pub(super) fn points(source: Source<'_>, place: &Place, values: &[f64]) -> Result<Vec<Point3<f64>>, MeshIoError> {
    if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
        return Err(source.not_finite(place.clone(), value));
    }
    source.check_vertex_count(values.len() / 3)?;
    Ok(values.chunks_exact(3).map(|p| Point3::new(p[0], p[1], p[2])).collect())
}

/// `vertices` of a cell as valid vertex numbers.
pub(super) fn checked(
    source: Source<'_>,
    what: &str,
    cell: usize,
    vertices: &[i64],
    count: usize,
    into: &mut Vec<u32>,
) -> Result<(), MeshIoError> {
    into.clear();
    for &vertex in vertices {
        into.push(source.vertex(|| Place::Part(format!("{what} {cell}")), vertex, count)?);
    }
    Ok(())
}

/// The surface of polydata: polygons and strips cut into triangles, cell data repeated for every triangle.
pub(super) fn surface(
    source: Source<'_>,
    points: Vec<Point3<f64>>,
    cells: &PolyCells,
    notes: &mut Vec<String>,
) -> Result<(SurfaceMesh, Vec<usize>), MeshIoError> {
    let mut surface = SurfaceMesh::new(points, Vec::new());
    // The VTK cell every triangle came from.
    let mut origin = Vec::new();
    let mut vertices = Vec::new();
    let mut first_cell = cells.vertices.len() + cells.lines.len();
    for (list, what) in [(&cells.polygons, "polygon"), (&cells.strips, "strip")] {
        for k in 0..list.len() {
            source.check_every(k)?;
            checked(source, what, k, list.cell(k), surface.points.len(), &mut vertices)?;
            if what == "strip" {
                strip::append(&vertices, &mut surface.triangles);
            } else if vertices.len() > MOST_CORNERS {
                let corners = format!("a face of {} corners", vertices.len());
                return Err(source.unsupported(
                    Place::Part(format!("{what} {k}")),
                    corners,
                    "triangulate it before the export",
                ));
            } else {
                triangulate(&surface.points, &vertices, &mut surface.triangles);
            }
            origin.resize(surface.triangles.len(), first_cell + k);
        }
        first_cell += list.len();
    }
    for (list, what) in [(&cells.vertices, "vertex"), (&cells.lines, "line")] {
        if list.len() > 0 {
            notes.push(format!("{} {what} cells were ignored", list.len()));
        }
    }
    Ok((surface, origin))
}

/// Attributes as fields, dropping with a note those whose length does not fit.
pub(super) fn fields(
    attributes: Vec<Attribute>,
    location: FieldLocation,
    tuples: usize,
    notes: &mut Vec<String>,
) -> Vec<Field> {
    let mut kept = Vec::new();
    for attribute in attributes {
        let needed = attribute.components.checked_mul(tuples);
        if attribute.components == 0 || needed != Some(attribute.values.len()) {
            let (name, found) = (&attribute.name, attribute.values.len());
            notes.push(format!("the array \"{name}\" was ignored: it has {found} values for {tuples} tuples"));
        } else {
            kept.push(attribute.into_field(location));
        }
    }
    kept
}

/// Cell data chosen (and repeated) by `origin`, the file's cell number of every element kept.
pub(super) fn select(fields: Vec<Field>, origin: &[usize]) -> Vec<Field> {
    let selected = |field: Field| {
        let values = origin.iter().flat_map(|&cell| field.tuple(cell).to_vec()).collect();
        Field { values, ..field }
    };
    fields.into_iter().map(selected).collect()
}

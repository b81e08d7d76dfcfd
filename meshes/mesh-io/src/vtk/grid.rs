//! A data set as what it is: a surface when every cell is a triangle, polygon or strip, otherwise a volume mesh.

use super::dataset::{Cells, CellsByKind, Dataset, GridCells, PolyCells, checked, fields, select, surface};
use crate::source::Source;
use crate::{Format, MeshFile, MeshIoError, Place, Provenance, SurfaceFile, VolumeFile};
use mesh::{ElementBlock, ElementKind, Face, Field, FieldLocation, Point3, Region, VolumeMesh};
use std::collections::BTreeMap;

const VERTEX: i64 = 1;
const POLYGON: i64 = 7;
const PIXEL: i64 = 8;
const VOXEL: i64 = 11;

/// More runs of equal element kinds than this are sorted into one block a kind.
const MOST_BLOCKS: usize = 256;

/// Turns a data set into a surface or a volume mesh.
pub(super) fn mesh_file(source: Source<'_>, format: Format, dataset: Dataset) -> Result<MeshFile, MeshIoError> {
    let Dataset { points, kind, point_data, cell_data, regions, statements, mut notes } = dataset;
    let mut all = fields(point_data, FieldLocation::Node, points.len(), &mut notes);
    let provenance = |notes| Provenance {
        file: source.file.to_owned(),
        format,
        unit: statements.unit,
        frame: statements.frame,
        sha256: String::new(),
        notes,
    };
    let poly = match kind {
        CellsByKind::Poly(poly) => poly,
        CellsByKind::Grid(grid) if is_surface(&grid) => as_polygons(grid),
        CellsByKind::Grid(grid) => {
            let cell_fields = fields(cell_data, FieldLocation::Element, grid.cells.len(), &mut notes);
            let (mut mesh, origin) = volume(source, points, &grid, &mut notes)?;
            mesh.regions = volume_regions(source, regions)?;
            mesh.validate().map_err(|error| source.contradiction(Place::File, error.to_string()))?;
            all.extend(reordered(cell_fields, &origin, grid.cells.len()));
            return Ok(MeshFile::Volume(VolumeFile { mesh, fields: all, provenance: provenance(notes) }));
        }
    };
    let cells = poly.vertices.len() + poly.lines.len() + poly.polygons.len() + poly.strips.len();
    let cell_fields = fields(cell_data, FieldLocation::Element, cells, &mut notes);
    let (mut surface, origin) = surface(source, points, &poly, &mut notes)?;
    for (name, numbers) in regions {
        let Some(name) = name.strip_prefix("triangles:") else { continue };
        surface.regions.insert(name.to_owned(), unsigned(source, name, &numbers)?);
    }
    surface.validate().map_err(|error| source.contradiction(Place::File, error.to_string()))?;
    all.extend(select(cell_fields, &origin));
    Ok(MeshFile::Surface(SurfaceFile { surface, fields: all, provenance: provenance(notes) }))
}

fn is_surface(grid: &GridCells) -> bool {
    let linear_face = |&kind: &i64| matches!(kind, 5 | 9 | POLYGON | PIXEL);
    grid.types.iter().any(linear_face) && grid.types.iter().all(|kind| linear_face(kind) || matches!(kind, 1..=4))
}

/// Faces of a grid as polygons. Cell data keep their order because every cell, face or not, becomes one polygon:
/// points and lines have fewer than three vertices and give no triangle.
fn as_polygons(grid: GridCells) -> PolyCells {
    let mut polygons = Cells::default();
    for (k, &kind) in grid.types.iter().enumerate() {
        let vertices = grid.cells.cell(k);
        match (kind, vertices) {
            (PIXEL, &[a, b, c, d]) => polygons.connectivity.extend([a, b, d, c]),
            (1..=4, _) => {}
            _ => polygons.connectivity.extend_from_slice(vertices),
        }
        polygons.ends.push(polygons.connectivity.len());
    }
    PolyCells { polygons, ..PolyCells::default() }
}

/// The volume mesh, and the file's cell number of every element.
fn volume(
    source: Source<'_>,
    points: Vec<Point3<f64>>,
    grid: &GridCells,
    notes: &mut Vec<String>,
) -> Result<(VolumeMesh, Vec<usize>), MeshIoError> {
    let mut mesh = VolumeMesh { nodes: points, ..VolumeMesh::default() };
    let order = cell_order(source, grid, notes)?;
    let (mut vertices, mut turned) = (Vec::new(), 0_usize);
    for (item, &(cell, kind)) in order.iter().enumerate() {
        source.check_every(item)?;
        checked(source, "cell", cell, grid.cells.cell(cell), mesh.nodes.len(), &mut vertices)?;
        if vertices.len() != kind.node_count() {
            let what = format!("cell {cell} ({kind}) has {} nodes instead of {}", vertices.len(), kind.node_count());
            return Err(source.contradiction(Place::File, what));
        }
        match grid.types[cell] {
            VOXEL => vertices = [0, 1, 3, 2, 4, 5, 7, 6].map(|k: usize| vertices[k]).to_vec(),
            PIXEL => vertices.swap(2, 3),
            _ if kind == ElementKind::Wedge6 && is_turned_wedge(&mesh.nodes, &vertices) => {
                vertices = [0, 2, 1, 3, 5, 4].map(|k: usize| vertices[k]).to_vec();
                turned += 1;
            }
            _ => {}
        }
        match mesh.blocks.last_mut().filter(|block| block.kind == kind) {
            Some(block) => block.connectivity.extend_from_slice(&vertices),
            None => mesh.blocks.push(ElementBlock { kind, connectivity: vertices.clone() }),
        }
    }
    if turned > 0 {
        // VTK documents the opposite orientation of linear wedges from Abaqus', and files of both kinds exist.
        notes.push(format!("{turned} linear wedges had the triangle (0, 1, 2) facing outward and were turned"));
    }
    Ok((mesh, order.into_iter().map(|(cell, _)| cell).collect()))
}

/// The cells to keep in element order: as in the file, or sorted by kind when the kinds alternate too often.
fn cell_order(
    source: Source<'_>,
    grid: &GridCells,
    notes: &mut Vec<String>,
) -> Result<Vec<(usize, ElementKind)>, MeshIoError> {
    if grid.types.len() != grid.cells.len() {
        let what = format!("{} cells, but {} cell types", grid.cells.len(), grid.types.len());
        return Err(source.contradiction(Place::File, what));
    }
    let mut order = Vec::with_capacity(grid.types.len());
    let mut points = 0_usize;
    for (cell, &number) in grid.types.iter().enumerate() {
        match element_kind(number) {
            Some(kind) => order.push((cell, kind)),
            None if number == VERTEX || number == 2 => points += 1,
            None => {
                let what = format!("the VTK cell type {number}");
                let remedy = "convert to triangles, quadrilaterals, tetrahedra, hexahedra or wedges before the export";
                return Err(source.unsupported(Place::Part(format!("cell {cell}")), what, remedy));
            }
        }
    }
    if points > 0 {
        notes.push(format!("{points} vertex cells were ignored"));
    }
    let runs = order.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    if runs >= MOST_BLOCKS {
        order.sort_by_key(|&(cell, kind)| (kind, cell));
        notes.push("the elements were sorted by kind".to_owned());
    }
    Ok(order)
}

fn element_kind(number: i64) -> Option<ElementKind> {
    match number {
        PIXEL => Some(ElementKind::Quad4),
        VOXEL => Some(ElementKind::Hex8),
        _ => ElementKind::ALL.into_iter().find(|kind| i64::from(kind.vtk_cell_type()) == number),
    }
}

fn is_turned_wedge(nodes: &[Point3<f64>], wedge: &[u32]) -> bool {
    let at = |k: usize| nodes[wedge[k] as usize];
    let normal = (at(1) - at(0)).cross(&(at(2) - at(0)));
    let up = (at(3) - at(0)) + (at(4) - at(1)) + (at(5) - at(2));
    normal.dot(&up) < 0.0
}

/// Cell data in element order.
fn reordered(fields: Vec<Field>, origin: &[usize], cells: usize) -> Vec<Field> {
    let is_identity = origin.len() == cells && origin.iter().enumerate().all(|(element, &cell)| element == cell);
    if is_identity { fields } else { select(fields, origin) }
}

fn volume_regions(source: Source<'_>, lists: Vec<(String, Vec<i64>)>) -> Result<BTreeMap<String, Region>, MeshIoError> {
    let mut regions = BTreeMap::new();
    for (name, numbers) in lists {
        let Some((kind, name)) = name.split_once(':') else { continue };
        let region = match kind {
            "nodes" => Region::Nodes(unsigned(source, name, &numbers)?),
            "elements" => Region::Elements(unsigned(source, name, &numbers)?),
            "faces" => {
                let pairs = unsigned(source, name, &numbers)?;
                let face = |pair: &[u32]| Face { element: pair[0], side: u8::try_from(pair[1]).unwrap_or(u8::MAX) };
                Region::Faces(pairs.chunks_exact(2).map(face).collect())
            }
            _ => continue,
        };
        regions.insert(name.to_owned(), region);
    }
    Ok(regions)
}

fn unsigned(source: Source<'_>, region: &str, numbers: &[i64]) -> Result<Vec<u32>, MeshIoError> {
    let convert = |&number: &i64| {
        let what = || source.contradiction(Place::Part(format!("region \"{region}\"")), format!("it names {number}"));
        u32::try_from(number).map_err(|_| what())
    };
    numbers.iter().map(convert).collect()
}

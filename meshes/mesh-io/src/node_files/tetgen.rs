//! TetGen's `.node`, `.ele` and `.face` (Si, TetGen manual, "File formats"): a line of counts, then numbered lines. The
//! numbers begin with 0 or 1, which the first node shows; gaps are allowed.

use super::{Row, rows};
use crate::draft::{Draft, Numbering, match_faces};
use crate::source::Source;
use crate::{MeshIoError, Place};
use mesh::{ElementKind, Face, Point3, Region};
use std::collections::BTreeMap;

/// Reads nodes, tetrahedra and, where they are, the boundary's markers.
pub(super) fn read(nodes: Source<'_>, list: Source<'_>, faces: Option<Source<'_>>) -> Result<Draft, MeshIoError> {
    let mut draft = Draft::default();
    let numbering = read_nodes(nodes, &mut draft)?;
    read_elements(list, &numbering, &mut draft)?;
    // Before the faces: their sides are counted in the final order.
    super::order::make_positive(&mut draft);
    if let Some(faces) = faces {
        read_faces(faces, &numbering, &mut draft)?;
    }
    Ok(draft)
}

/// The line of counts and the numbered lines behind it, as many as it says.
fn table<'a>(
    source: Source<'a>,
    what: &'static str,
) -> Result<(Row<'a>, impl Iterator<Item = Result<Row<'a>, MeshIoError>>), MeshIoError> {
    let mut lines = rows(source);
    let head = match lines.next() {
        Some(row) => row?,
        None => return Err(source.syntax(Place::File, "no line of numbers", format!("the number of {what}"))),
    };
    let count = head.count(0, what)?;
    let mut done = 0;
    let checked = std::iter::from_fn(move || match (lines.next(), done < count) {
        (Some(Ok(row)), false) => {
            let what = format!("a line behind the last of {count} {what}");
            Some(Err(source.contradiction(row.place, what)))
        }
        (None, true) => {
            let (found, needed) = (std::mem::replace(&mut done, count), count);
            Some(Err(source.truncated(Place::File, format!("the list of {what}"), (needed, found, "lines"))))
        }
        (row, _) => {
            done += 1;
            row
        }
    });
    Ok((head, checked))
}

fn read_nodes(source: Source<'_>, draft: &mut Draft) -> Result<Numbering, MeshIoError> {
    let (head, lines) = table(source, "nodes")?;
    let dimension = if head.words.len() > 1 { head.integer(1, "the dimension")? } else { 3 };
    if dimension != 3 {
        let remedy = "extrude it, or give the nodes a third coordinate";
        return Err(source.unsupported(head.place, format!("a mesh of dimension {dimension}"), remedy));
    }
    let mut numbering = Numbering::default();
    for row in lines {
        let row = row?;
        let number = row.integer(0, "the number of a node")?;
        if numbering.insert(number).is_err() {
            return Err(source.contradiction(row.place, format!("the node {number} is defined twice")));
        }
        draft.nodes.push(row.point(1)?);
        source.check_vertex_count(draft.nodes.len())?;
    }
    if head.words.len() > 2 && head.integer(2, "the number of attributes")? > 0 {
        draft.notes.push("the attributes of the nodes were ignored".to_owned());
    }
    Ok(numbering)
}

/// `count` nodes from `column` on.
fn indices(row: &Row<'_>, column: usize, count: usize, numbering: &Numbering) -> Result<Vec<u32>, MeshIoError> {
    let index = |k| {
        let number = row.integer(column + k, "the number of a node")?;
        let missing = || {
            let what = format!("it names the node {number}, which is not defined");
            row.source.contradiction(row.place.clone(), what)
        };
        numbering.get(number).ok_or_else(missing)
    };
    (0..count).map(index).collect()
}

fn read_elements(source: Source<'_>, numbering: &Numbering, draft: &mut Draft) -> Result<(), MeshIoError> {
    let (head, lines) = table(source, "tetrahedra")?;
    let count = if head.words.len() > 1 { head.integer(1, "the nodes of a tetrahedron")? } else { 4 };
    let kind = match count {
        4 => ElementKind::Tet4,
        10 => ElementKind::Tet10,
        _ => return Err(source.syntax(head.place, count.to_string(), "4 or 10 nodes of a tetrahedron")),
    };
    let has_attribute = head.words.len() > 2 && head.integer(2, "the number of attributes")? > 0;
    let mut regions: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut order: Option<Vec<usize>> = None;
    for (element, row) in (0_u32..).zip(lines) {
        let row = row?;
        let nodes = indices(&row, 1, kind.node_count(), numbering)?;
        if order.is_none() {
            order = Some(mid_edge_order(&row, &nodes, &draft.nodes)?);
        }
        let order = order.as_deref().unwrap_or(&[]);
        draft.elements.push(kind, order.iter().filter_map(|&k| nodes.get(k).copied()));
        if has_attribute {
            let value = row.number(1 + kind.node_count(), "the region of a tetrahedron")?;
            regions.entry(format!("region_{value}")).or_default().push(element);
        }
    }
    for (name, list) in regions {
        draft.insert(name, Region::Elements(list));
    }
    Ok(())
}

/// For every node of ours TetGen's, found from the first tetrahedron: its mid-edge nodes lie in the middle of its edges.
fn mid_edge_order(row: &Row<'_>, nodes: &[u32], points: &[Point3<f64>]) -> Result<Vec<usize>, MeshIoError> {
    let at = |k: usize| points[nodes[k] as usize];
    let mut order: Vec<usize> = vec![0, 1, 2, 3];
    if nodes.len() == 4 {
        return Ok(order);
    }
    for &[a, b] in ElementKind::Tet10.edges() {
        let middle = nalgebra::center(&at(usize::from(a)), &at(usize::from(b)));
        let distance = |k: &usize| (at(*k) - middle).norm_squared();
        let nearest = (4..10).min_by(|j, k| distance(j).total_cmp(&distance(k))).unwrap_or(4);
        order.push(nearest);
    }
    let mut sorted = order.clone();
    sorted.sort_unstable();
    match sorted.into_iter().eq(0..10) {
        true => Ok(order),
        false => {
            let what = "the six nodes behind the corners of the first tetrahedron do not lie on its six edges";
            Err(row.source.contradiction(row.place.clone(), what))
        }
    }
}

/// Triangles with a marker; 0 marks nothing.
fn read_faces(source: Source<'_>, numbering: &Numbering, draft: &mut Draft) -> Result<(), MeshIoError> {
    let (head, lines) = table(source, "faces")?;
    if head.words.len() < 2 || head.integer(1, "0 or 1 for markers")? == 0 {
        return Ok(());
    }
    let mut wanted = Vec::new();
    let mut markers = Vec::new();
    for row in lines {
        let row = row?;
        // Three or, of quadratic tetrahedra, six nodes; behind the marker may stand the two tetrahedra.
        let column = match row.words.len() {
            8 | 10 => 7,
            _ => 4,
        };
        let marker = row.integer(column, "the marker of a face")?;
        if let ([a, b, c], true) = (indices(&row, 1, 3, numbering)?.as_slice(), marker != 0) {
            wanted.push([*a, *b, *c, u32::MAX]);
            markers.push(marker);
        }
    }
    let found = match_faces(source, &draft.elements, &wanted)?;
    let mut regions: BTreeMap<i64, Vec<Face>> = BTreeMap::new();
    for (marker, face) in markers.iter().zip(&found) {
        regions.entry(*marker).or_default().extend(face);
    }
    let missing = found.iter().filter(|face| face.is_none()).count();
    if missing > 0 {
        draft.notes.push(format!("{missing} faces with a marker lie on no tetrahedron and were left out"));
    }
    for (marker, list) in regions {
        draft.insert(format!("marker_{marker}"), Region::Faces(list));
    }
    Ok(())
}

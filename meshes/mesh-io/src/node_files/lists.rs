//! The node and element lists of ANSYS (NWRITE and EWRITE): a node is its number and coordinates, an element its 8 nodes,
//! 5 attributes (material, type, real constants, section, system) and its number. Tetrahedra and wedges repeat nodes.

use super::{Row, rows};
use crate::MeshIoError;
use crate::draft::{Draft, Numbering};
use crate::source::Source;
use mesh::{ElementKind, Region};
use std::collections::BTreeMap;

/// Nodes of an element, its attributes and its number.
const COLUMNS: usize = 8 + 5 + 1;

/// Reads both lists.
pub(super) fn read(nodes: Source<'_>, list: Source<'_>) -> Result<Draft, MeshIoError> {
    let mut draft = Draft::default();
    let mut numbering = Numbering::default();
    for row in rows(nodes) {
        let row = row?;
        let number = row.integer(0, "the number of a node")?;
        if numbering.insert(number).is_err() {
            return Err(nodes.contradiction(row.place, format!("the node {number} is defined twice")));
        }
        draft.nodes.push(row.point(1)?);
        nodes.check_vertex_count(draft.nodes.len())?;
    }
    let mut materials: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    let mut numbers = Numbering::default();
    for (element, row) in (0_u32..).zip(rows(list)) {
        let row = row?;
        if row.words.len() != COLUMNS {
            let found = format!("{} numbers", row.words.len());
            let expected = "8 node numbers, 5 attributes and the number of the element";
            return Err(list.syntax(row.place, found, expected));
        }
        let (kind, nodes) = nodes_of(&row, &numbering)?;
        draft.elements.push(kind, nodes);
        materials.entry(row.integer(8, "the number of a material")?).or_default().push(element);
        let number = row.integer(COLUMNS - 1, "the number of the element")?;
        if numbers.insert(number).is_err() {
            return Err(list.contradiction(row.place, format!("the element {number} is defined twice")));
        }
    }
    if materials.len() > 1 {
        for (material, elements) in materials {
            draft.insert(format!("material_{material}"), Region::Elements(elements));
        }
    }
    Ok(draft)
}

/// Kind and nodes: hexahedra have 8 different nodes, wedges (I J K K M N O O), tetrahedra (I J K K M M M M) or zeros.
fn nodes_of(row: &Row<'_>, numbering: &Numbering) -> Result<(ElementKind, Vec<u32>), MeshIoError> {
    let mut numbers = [0_i64; 8];
    for (column, number) in numbers.iter_mut().enumerate() {
        *number = row.integer(column, "the number of a node")?;
    }
    let [i, j, k, l, m, n, o, p] = numbers;
    let (kind, used) = match (m, n, o, p) {
        (0, 0, 0, 0) => (ElementKind::Tet4, vec![i, j, k, l]),
        (_, _, 0, 0) => (ElementKind::Wedge6, vec![i, j, k, l, m, n]),
        _ if k == l && m == n && n == o && o == p => (ElementKind::Tet4, vec![i, j, k, m]),
        _ if k == l && o == p => (ElementKind::Wedge6, vec![i, j, k, m, n, o]),
        _ if m == n && n == o && o == p => {
            let remedy = "mesh with hexahedra, wedges or tetrahedra";
            return Err(row.source.unsupported(row.place.clone(), "a pyramid", remedy));
        }
        _ => (ElementKind::Hex8, numbers.to_vec()),
    };
    let index = |number: i64| {
        let missing = || {
            let what = format!("it names the node {number}, which is not defined");
            row.source.contradiction(row.place.clone(), what)
        };
        numbering.get(number).ok_or_else(missing)
    };
    Ok((kind, used.into_iter().map(index).collect::<Result<_, _>>()?))
}

//! Entities, nodes and elements of MSH 4.1.

use super::assemble::Raw;
use super::cursor::Cursor;
use crate::{MeshIoError, Place};

// Bytes of the C types.
const DOUBLE: usize = 8;
const INT: usize = 4;

/// The physical groups of every point, curve, surface and volume; boxes and boundaries are left out.
pub(super) fn entities(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Result<(), MeshIoError> {
    cursor.end_line();
    let mut counts = [0; 4];
    for (dimension, count) in counts.iter_mut().enumerate() {
        let reals = if dimension == 0 { 3 } else { 6 };
        *count = cursor.count("the number of entities", reals * DOUBLE + INT)?;
    }
    for (dimension, count) in (0_u8..).zip(counts) {
        for item in 0..count {
            cursor.source().check_every(item)?;
            let tag = cursor.int("the number of an entity")?;
            for _ in 0..if dimension == 0 { 3 } else { 6 } {
                // An entity without nodes may have a box that is not finite.
                cursor.any_real()?;
            }
            let mut groups = Vec::new();
            for _ in 0..cursor.count("the number of physical groups", INT)? {
                // A negative number is the group with the other orientation.
                groups.push(cursor.int("the number of a physical group")?.saturating_abs());
            }
            if dimension > 0 {
                for _ in 0..cursor.count("the number of bounding entities", INT)? {
                    cursor.int("the number of an entity")?;
                }
            }
            raw.entities.insert((dimension, tag), groups);
        }
    }
    Ok(())
}

/// Blocks of nodes: the numbers of a block, then its coordinates.
pub(super) fn nodes(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Result<(), MeshIoError> {
    let (blocks, total) = totals(cursor, "the number of nodes", 3 * DOUBLE)?;
    let mut tags = Vec::new();
    let mut done = 0;
    for _ in 0..blocks {
        let dimension = cursor.int("the dimension of an entity")?;
        cursor.int("the number of an entity")?;
        let is_parametric = cursor.int("0 or 1 for parametric coordinates")? != 0;
        let place = cursor.place();
        let count = cursor.count("the number of nodes of a block", 3 * DOUBLE)?;
        let place = cursor.place_since(place);
        tags.clear();
        for item in 0..count {
            cursor.source().check_every(item)?;
            tags.push(cursor.tag("a node number")?);
        }
        let parameters = if is_parametric { dimension.clamp(0, 3) } else { 0 };
        for (item, &tag) in tags.iter().enumerate() {
            cursor.source().check_every(item)?;
            let place = cursor.place();
            let point = [cursor.real()?, cursor.real()?, cursor.real()?];
            let place = cursor.place_since(place);
            for _ in 0..parameters {
                cursor.any_real()?;
            }
            raw.node(cursor.source(), place, tag, point)?;
        }
        done += count;
        check_total(cursor, place, "nodes", done, total)?;
    }
    check_end(cursor, "nodes", done, total)
}

/// Blocks of elements of one entity and one type: numbers and nodes.
pub(super) fn elements(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Result<(), MeshIoError> {
    let (blocks, total) = totals(cursor, "the number of elements", 2 * INT)?;
    let mut done = 0;
    for _ in 0..blocks {
        let place = cursor.place();
        let dimension = cursor.int("the dimension of an entity")?;
        let entity = cursor.int("the number of an entity")?;
        let kind = raw.element_type(cursor)?;
        let place = cursor.place_since(place);
        if dimension != i64::from(kind.dimension) {
            let what = format!("{} in an entity of dimension {dimension}", kind.name);
            return Err(cursor.source().contradiction(place, what));
        }
        let count = cursor.count("the number of elements of a block", (1 + kind.nodes) * INT)?;
        let groups = raw.entities.get(&(kind.dimension, entity)).cloned().unwrap_or_default();
        for item in 0..count {
            cursor.source().check_every(item)?;
            let number = cursor.tag("an element number")?;
            raw.element(cursor, number, kind, |cursor| cursor.tag("a node number"))?;
            raw.put_last_into(&groups);
        }
        done += count;
        check_total(cursor, place, "elements", done, total)?;
    }
    check_end(cursor, "elements", done, total)
}

/// The number of blocks and of items; the smallest and largest number behind them say nothing new.
fn totals(cursor: &mut Cursor<'_>, what: &str, least: usize) -> Result<(usize, usize), MeshIoError> {
    cursor.end_line();
    let blocks = cursor.count("the number of blocks", 3 * INT)?;
    let total = cursor.count(what, least)?;
    cursor.tag("the smallest number")?;
    cursor.tag("the largest number")?;
    Ok((blocks, total))
}

fn check_total(cursor: &Cursor<'_>, place: Place, what: &str, done: usize, total: usize) -> Result<(), MeshIoError> {
    match done <= total {
        true => Ok(()),
        false => Err(cursor.source().contradiction(place, format!("{done} {what} in blocks, but {total} are stated"))),
    }
}

fn check_end(cursor: &Cursor<'_>, what: &str, done: usize, total: usize) -> Result<(), MeshIoError> {
    match done == total {
        true => Ok(()),
        false => {
            let what = format!("{done} {what} in blocks, but {total} are stated");
            Err(cursor.source().contradiction(cursor.place(), what))
        }
    }
}

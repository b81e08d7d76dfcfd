//! Nodes and elements of MSH 2.

use super::assemble::Raw;
use super::cursor::Cursor;
use super::kinds::Type;
use crate::MeshIoError;

/// Every node: its number and coordinates.
pub(super) fn nodes(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Result<(), MeshIoError> {
    let count = cursor.text_count("the number of nodes", 28)?;
    for item in 0..count {
        cursor.source().check_every(item)?;
        let place = cursor.place();
        let tag = cursor.int("a node number")?;
        let place = cursor.place_since(place);
        let point = [cursor.real()?, cursor.real()?, cursor.real()?];
        raw.node(cursor.source(), place, tag, point)?;
    }
    Ok(())
}

/// Every element: number, type, tags (the first is the physical group) and nodes. Binary files put elements of one type
/// behind a common head.
pub(super) fn elements(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Result<(), MeshIoError> {
    let count = cursor.text_count("the number of elements", 8)?;
    let mut done = 0;
    while done < count {
        if cursor.binary.is_none() {
            let number = cursor.int("an element number")?;
            let kind = raw.element_type(cursor)?;
            let tags = cursor.int("the number of tags")?;
            let tags = cursor.checked(cursor.place(), tags, "the number of tags", 4)?;
            element(cursor, raw, number, kind, tags)?;
            done += 1;
            continue;
        }
        let kind = raw.element_type(cursor)?;
        let place = cursor.place();
        let (together, tags) = (cursor.int("the number of elements")?, cursor.int("the number of tags")?);
        let tags = cursor.checked(place.clone(), tags, "the number of tags", 4)?;
        let together = cursor.checked(place.clone(), together, "the number of elements", 4 * (1 + kind.nodes))?;
        if together == 0 || together > count - done {
            let what = format!("a block of {together} elements, but {} of {count} are left", count - done);
            return Err(cursor.source().contradiction(place, what));
        }
        for _ in 0..together {
            let number = cursor.int("an element number")?;
            element(cursor, raw, number, kind, tags)?;
        }
        done += together;
    }
    raw.join_copies();
    Ok(())
}

fn element(cursor: &mut Cursor<'_>, raw: &mut Raw, number: i64, kind: Type, tags: usize) -> Result<(), MeshIoError> {
    let mut group = 0;
    for tag in 0..tags {
        let value = cursor.int("a tag")?;
        if tag == 0 {
            // A negative number is the group with the other orientation.
            group = value.saturating_abs();
        }
    }
    raw.element(cursor, number, kind, |cursor| cursor.int("a node number"))?;
    raw.put_last_into(&if group == 0 { Vec::new() } else { vec![group] });
    Ok(())
}

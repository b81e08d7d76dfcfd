//! Names for the parts of a surface file.

use std::collections::BTreeMap;

/// Regions from parts in file order. Unnamed parts are numbered, equal names are made different, empty parts are
/// dropped, and a single part that is the whole surface is no region.
pub(crate) fn from_parts(parts: Vec<(String, Vec<u32>)>, triangles: usize) -> BTreeMap<String, Vec<u32>> {
    let mut regions = BTreeMap::new();
    let is_whole = parts.len() == 1 && parts[0].1.len() == triangles;
    for (index, (name, members)) in parts.into_iter().enumerate() {
        if !is_whole && !members.is_empty() {
            let name = if name.is_empty() { format!("solid {}", index + 1) } else { name };
            regions.insert(unused(&regions, name), members);
        }
    }
    regions
}

/// `name`, or `name (2)`, `name (3)` … when it is taken.
pub(crate) fn unused<V>(taken: &BTreeMap<String, V>, name: String) -> String {
    if !taken.contains_key(&name) {
        return name;
    }
    (2_usize..).map(|k| format!("{name} ({k})")).find(|candidate| !taken.contains_key(candidate)).unwrap_or(name)
}

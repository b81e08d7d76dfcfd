use mesh::{ElementBlock, Face, Point3, Region, VolumeMesh};
use std::collections::BTreeMap;

/// Joins meshes into one: nodes closer than `tolerance` (mm) become one node, the first of them keeps its place.
///
/// Each part has a name: its regions become `name.region`, its elements the region `name`. Faces that two elements
/// now share are no longer outside and leave the face regions. Cost O(n log n) for n nodes.
pub fn merge_blocks(parts: &[(&str, &VolumeMesh)], tolerance: f64) -> VolumeMesh {
    let mut merged = VolumeMesh::default();
    let mut cells: BTreeMap<[i64; 3], Vec<u32>> = BTreeMap::new();
    for (name, part) in parts {
        let first_element = merged.element_count() as u32;
        let number: Vec<u32> =
            part.nodes.iter().map(|p| find_or_add(p, tolerance, &mut merged.nodes, &mut cells)).collect();
        for block in &part.blocks {
            let connectivity = block.connectivity.iter().map(|&n| number[n as usize]);
            match merged.blocks.last_mut() {
                Some(last) if last.kind == block.kind => last.connectivity.extend(connectivity),
                _ => merged.blocks.push(ElementBlock { kind: block.kind, connectivity: connectivity.collect() }),
            }
        }
        for (region, content) in &part.regions {
            merged.regions.insert(format!("{name}.{region}"), renumber(content, &number, first_element));
        }
        let elements = (first_element..merged.element_count() as u32).collect();
        merged.regions.insert((*name).to_owned(), Region::Elements(elements));
    }
    drop_shared_faces(&mut merged);
    merged
}

fn find_or_add(
    p: &Point3<f64>,
    tolerance: f64,
    nodes: &mut Vec<Point3<f64>>,
    cells: &mut BTreeMap<[i64; 3], Vec<u32>>,
) -> u32 {
    let size = 4.0 * tolerance.max(f64::MIN_POSITIVE);
    let cell = |shift: [f64; 3]| -> [i64; 3] { std::array::from_fn(|a| ((p[a] + shift[a]) / size).floor() as i64) };
    let mut candidates = Vec::new();
    for corner in 0..8 {
        let shift = std::array::from_fn(|a| if corner >> a & 1 == 0 { -tolerance } else { tolerance });
        candidates.extend(cells.get(&cell(shift)).into_iter().flatten().copied());
    }
    let near = candidates.into_iter().filter(|&n| (nodes[n as usize] - p).norm() <= tolerance).min();
    near.unwrap_or_else(|| {
        let number = nodes.len() as u32;
        nodes.push(*p);
        cells.entry(cell([0.0; 3])).or_default().push(number);
        number
    })
}

fn renumber(region: &Region, node: &[u32], first_element: u32) -> Region {
    match region {
        Region::Nodes(list) => {
            let mut list: Vec<u32> = list.iter().map(|&n| node[n as usize]).collect();
            list.sort_unstable();
            list.dedup();
            Region::Nodes(list)
        }
        Region::Faces(list) => {
            Region::Faces(list.iter().map(|f| Face { element: f.element + first_element, side: f.side }).collect())
        }
        Region::Elements(list) => Region::Elements(list.iter().map(|e| e + first_element).collect()),
    }
}

fn drop_shared_faces(merged: &mut VolumeMesh) {
    let corners = |mesh: &VolumeMesh, face: Face| {
        let kind = mesh.element(face.element as usize)?.0.face_kind(usize::from(face.side))?;
        let mut nodes = mesh.face_nodes(face)?;
        nodes.truncate(kind.corner_count());
        nodes.sort_unstable();
        Some(nodes)
    };
    let mut uses: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
    for (element, (kind, _)) in merged.elements().enumerate() {
        for side in 0..kind.faces().len() {
            if let Some(key) = corners(merged, Face { element: element as u32, side: side as u8 }) {
                *uses.entry(key).or_default() += 1;
            }
        }
    }
    let mut regions = std::mem::take(&mut merged.regions);
    for region in regions.values_mut() {
        if let Region::Faces(faces) = region {
            faces.retain(|&face| corners(merged, face).is_some_and(|key| uses[&key] == 1));
        }
    }
    merged.regions = regions;
}

#[cfg(test)]
mod tests {
    use crate::{mapped_block, merge_blocks};
    use mesh::{ElementKind, Point3, Region};

    #[test]
    fn two_blocks_share_the_nodes_of_their_common_side_and_keep_their_names() {
        for kind in [ElementKind::Hex20, ElementKind::Tet10] {
            let left = mapped_block(kind, [2, 2, 2], |[x, y, z]| Point3::new(x, y, z)).unwrap();
            let right = mapped_block(kind, [3, 2, 2], |[x, y, z]| Point3::new(1.0 + x, y + 1e-9, z)).unwrap();
            let merged = merge_blocks(&[("left", &left), ("right", &right)], 1e-6);
            merged.validate().unwrap();
            let whole = mapped_block(kind, [5, 2, 2], |[x, y, z]| Point3::new(x, y, z)).unwrap();
            assert_eq!(merged.nodes.len(), whole.nodes.len());
            assert_eq!(merged.element_count(), whole.element_count());
            let count = |name: &str| match &merged.regions[name] {
                Region::Faces(faces) => faces.len(),
                Region::Elements(elements) => elements.len(),
                Region::Nodes(nodes) => nodes.len(),
            };
            assert_eq!((count("left.x_max"), count("right.x_min")), (0, 0));
            assert_eq!(count("right"), right.element_count());
            assert!(count("left.x_min") > 0 && count("right.x_max") == count("left.x_min"));
        }
    }
}

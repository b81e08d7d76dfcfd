use super::edges::EdgeTable;
use crate::{Face, Point3, SurfaceMesh, Vector3, VolumeMesh};
use std::collections::VecDeque;

/// The triangles reached from `seeds` across edges where the normals of the two triangles differ by at most `angle`
/// (radians), ascending. At non-manifold edges all triangles are neighbours. Seeds out of range are ignored; a triangle
/// without area is reached from everywhere and leads nowhere.
pub fn grow_triangles_by_angle(surface: &SurfaceMesh, edges: &EdgeTable, seeds: &[u32], angle: f64) -> Vec<u32> {
    let normals: Vec<Vector3<f64>> = (0..surface.triangles.len()).map(|t| surface.area_vector2(t)).collect();
    let neighbours = |t: u32| {
        let around = (0..3).filter_map(move |side| edges.edge_of_side(t, side));
        around.flat_map(|edge| edges.uses(edge).iter().map(|at| at.triangle))
    };
    grow(&normals, seeds.iter().copied(), angle, neighbours)
}

/// The faces among `boundary` reached from `seeds` across edges where the normals of the two faces differ by at most
/// `angle` (radians); sorted. `boundary` must be sorted, as [`super::boundary_faces`] gives it.
///
/// The normal of a face is that of its corners (mean over a quadrilateral). Cost: O(n log n).
pub fn grow_faces_by_angle(mesh: &VolumeMesh, boundary: &[Face], seeds: &[Face], angle: f64) -> Vec<Face> {
    let mut sides: Vec<([u32; 2], u32)> = Vec::with_capacity(4 * boundary.len());
    let mut normals = Vec::with_capacity(boundary.len());
    let mut first_side = vec![0usize];
    for (number, &face) in (0u32..).zip(boundary) {
        let nodes = mesh.face_nodes(face).unwrap_or_default();
        let corners = &nodes[..corner_count(nodes.len())];
        for (k, &a) in corners.iter().enumerate() {
            let b = corners[(k + 1) % corners.len()];
            sides.push(([a.min(b), a.max(b)], number));
        }
        first_side.push(sides.len());
        normals.push(area_vector2(corners, &mesh.nodes));
    }
    let mut order: Vec<u32> = (0..sides.len() as u32).collect();
    order.sort_unstable_by_key(|&side| sides[side as usize]);
    let at_edge = |edge: [u32; 2]| {
        let first = order.partition_point(|&side| sides[side as usize].0 < edge);
        let sides = &sides;
        order[first..].iter().map(move |&side| sides[side as usize]).take_while(move |s| s.0 == edge).map(|s| s.1)
    };
    let neighbours = |face: u32| {
        let own = &sides[first_side[face as usize]..first_side[face as usize + 1]];
        own.iter().flat_map(|side| at_edge(side.0)).collect::<Vec<_>>()
    };
    let seeds = seeds.iter().filter_map(|seed| boundary.binary_search(seed).ok()).map(|seed| seed as u32);
    grow(&normals, seeds, angle, neighbours).into_iter().map(|face| boundary[face as usize]).collect()
}

fn corner_count(nodes: usize) -> usize {
    if nodes >= 6 { nodes / 2 } else { nodes }
}

/// Twice the vector area of a closed polygon.
fn area_vector2(corners: &[u32], points: &[Point3<f64>]) -> Vector3<f64> {
    let Some(&first) = corners.first() else { return Vector3::zeros() };
    let spoke = |node: u32| points[node as usize] - points[first as usize];
    corners.windows(2).map(|edge| spoke(edge[0]).cross(&spoke(edge[1]))).sum()
}

/// Breadth-first search over items with normals; the result is sorted.
fn grow<I: IntoIterator<Item = u32>>(
    normals: &[Vector3<f64>],
    seeds: impl Iterator<Item = u32>,
    angle: f64,
    neighbours: impl Fn(u32) -> I,
) -> Vec<u32> {
    let mut reached = vec![false; normals.len()];
    let mut queue: VecDeque<u32> = VecDeque::new();
    let mut reach = |item: u32, queue: &mut VecDeque<u32>| {
        if reached.get(item as usize) == Some(&false) {
            reached[item as usize] = true;
            queue.push_back(item);
        }
    };
    seeds.for_each(|seed| reach(seed, &mut queue));
    while let Some(item) = queue.pop_front() {
        let from = &normals[item as usize];
        for other in neighbours(item) {
            let to = &normals[other as usize];
            // The angle by its tangent is exact for small angles, unlike the cosine, and 0 for a zero vector.
            if from.norm_squared() > 0.0 && from.cross(to).norm().atan2(from.dot(to)) <= angle {
                reach(other, &mut queue);
            }
        }
    }
    (0u32..).zip(&reached).filter(|(_, reached)| **reached).map(|(item, _)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ElementKind;
    use crate::primitives::cylinder;
    use crate::topology::boundary_faces;

    #[test]
    fn the_side_of_a_cylinder_grows_up_to_its_rims() {
        let surface = cylinder(1.0, 3.0, 24, 3);
        let edges = EdgeTable::new(&surface.triangles);
        let on_side = |t: &u32| surface.area_vector2(*t as usize).z.abs() < 1e-12;
        let side: Vec<u32> = (0..surface.triangles.len() as u32).filter(on_side).collect();
        let step = std::f64::consts::TAU / 24.0;
        assert_eq!(grow_triangles_by_angle(&surface, &edges, &side[..1], 1.01 * step), side);
        let flat = grow_triangles_by_angle(&surface, &edges, &side[..1], 0.99 * step);
        assert_eq!(flat.len(), 2 * 3, "one strip of three rectangles");
    }

    #[test]
    fn a_face_of_a_box_of_hexahedra_grows_up_to_its_edges() {
        let node = |i: u32, j: u32| i + 3 * j;
        let plane = |z: f64| (0..9).map(move |k| Point3::new(f64::from(k % 3), f64::from(k / 3), z));
        let nodes = plane(0.0).chain(plane(1.0)).collect();
        let cell = |i, j| {
            let bottom = [node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)];
            [bottom, bottom.map(|n| n + 9)].concat()
        };
        let cells = [cell(0, 0), cell(1, 0), cell(0, 1), cell(1, 1)].concat();
        let mesh = VolumeMesh::new(nodes, ElementKind::Hex8, cells);
        let boundary = boundary_faces(&mesh);
        let top = Face { element: 0, side: 1 };
        let grown = grow_faces_by_angle(&mesh, &boundary, &[top], 0.1);
        assert_eq!(grown, (0..4).map(|element| Face { element, side: 1 }).collect::<Vec<_>>());
        assert_eq!(grow_faces_by_angle(&mesh, &boundary, &[top], 1.6), boundary);
    }
}

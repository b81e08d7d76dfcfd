//! Pieces of a mesh that broke off.

use super::Input;
use crate::tets::{FACES, TetMesh};
use control::{Cancelled, RunControl};
use mesh::quality::signed_volume;
use mesh::topology::SurfaceTopology;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Part of the mesh's volume below which a piece that broke off is dropped.
const TINY: f64 = 1e-3;

/// What was dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Dropped {
    pub(super) pieces: usize,
    /// Of all of them, mm³.
    pub(super) volume: f64,
}

/// Drops the pieces of a mesh with less than a thousandth of its volume that belong to a part of the input of which the mesh
/// has a larger piece. Pieces hang together over faces.
pub(super) fn drop_fragments(tets: &mut TetMesh, input: &Input, control: &RunControl) -> Result<Dropped, Cancelled> {
    let pieces = pieces(tets, control)?;
    control.check()?;
    let count = pieces.iter().max().map_or(0, |&last| last as usize + 1);
    let (mut volumes, mut vertices) = (vec![0.0; count], vec![None; count]);
    for (t, &piece) in pieces.iter().enumerate() {
        volumes[piece as usize] += signed_volume(&tets.corners(t));
        let at_boundary = || tets.tets[t].iter().copied().find(|&v| tets.on_boundary(v));
        let vertex = &mut vertices[piece as usize];
        *vertex = vertex.or_else(at_boundary);
    }
    // The part of the input that a piece belongs to is that of the triangle next to a vertex of its boundary.
    let parts = parts_of_triangles(input);
    let part_of = |vertex: &Option<u32>| {
        let closest = input.domain.bvh.closest_point(&tets.points[(*vertex)? as usize], f64::INFINITY)?;
        parts.get(closest.triangle as usize).copied()
    };
    let part_of_pieces: Vec<Option<u32>> = vertices.iter().map(part_of).collect();
    let mut largest: BTreeMap<Option<u32>, f64> = BTreeMap::new();
    for (part, &volume) in part_of_pieces.iter().zip(&volumes) {
        let largest = largest.entry(*part).or_default();
        *largest = largest.max(volume);
    }
    let total: f64 = volumes.iter().sum();
    let drops = |piece: usize| {
        let is_largest = volumes[piece] >= largest[&part_of_pieces[piece]];
        part_of_pieces[piece].is_some() && !is_largest && volumes[piece] < TINY * total
    };
    let dropped: Vec<bool> = (0..count).map(drops).collect();
    let keep: Vec<bool> = pieces.iter().map(|&piece| !dropped[piece as usize]).collect();
    tets.retain(&keep);
    tets.drop_unused_vertices();
    let gone = || dropped.iter().zip(&volumes).filter(|(dropped, _)| **dropped);
    Ok(Dropped {
        pieces: gone().count(),
        volume: gone().map(|(_, volume)| volume).fold(0.0, |sum, volume| sum + volume),
    })
}

/// The number of the piece of each tetrahedron. All tetrahedra at a vertex inside hang together over faces, so that only faces
/// between boundary vertices must be compared.
fn pieces(tets: &TetMesh, control: &RunControl) -> Result<Vec<u32>, Cancelled> {
    let mut parent: Vec<u32> = (0..tets.tets.len() as u32).collect();
    let mut join = |a: u32, b: u32| {
        let [a, b] = [root(&mut parent, a), root(&mut parent, b)];
        parent[a.max(b) as usize] = a.min(b);
    };
    let mut first_at = vec![None; tets.points.len()];
    let mut faces: Vec<([u32; 3], u32)> = Vec::new();
    for (t, tet) in (0..).zip(&tets.tets) {
        for &v in tet.iter().filter(|v| !tets.on_boundary(**v)) {
            join(*first_at[v as usize].get_or_insert(t), t);
        }
        for mut vertices in FACES.iter().map(|face| face.map(|k| tet[k])) {
            if vertices.iter().all(|&v| tets.on_boundary(v)) {
                vertices.sort_unstable();
                faces.push((vertices, t));
            }
        }
    }
    control.check()?;
    faces.par_sort_unstable();
    control.check()?;
    faces.windows(2).filter(|pair| pair[0].0 == pair[1].0).for_each(|pair| join(pair[0].1, pair[1].1));
    let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
    let number = |t: u32| {
        let (root, next) = (root(&mut parent, t), numbers.len() as u32);
        *numbers.entry(root).or_insert(next)
    };
    Ok((0..tets.tets.len() as u32).map(number).collect())
}

fn root(parent: &mut [u32], mut t: u32) -> u32 {
    while parent[t as usize] != t {
        parent[t as usize] = parent[parent[t as usize] as usize];
        t = parent[t as usize];
    }
    t
}

/// The part of the input, of those connected over edges, that each triangle belongs to.
fn parts_of_triangles(input: &Input) -> Vec<u32> {
    let mut parts = vec![0; input.surface.triangles.len()];
    for (number, part) in (0..).zip(&SurfaceTopology::new(&input.surface).components) {
        part.triangles.iter().for_each(|&t| parts[t as usize] = number);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Sphere;
    use crate::stuffing::{Grid, stuff};
    use crate::surface::pinches::separate;
    use crate::surface::{boundary_surface, boundary_topology};
    use mesh::{Point3, SurfaceMesh};

    fn ball(x: f64, radius: f64) -> TetMesh {
        let grid = Grid { size: 0.25 * radius, coarsening: 0, shift: [0.0; 3], limit: usize::MAX };
        stuff(&Sphere { centre: Point3::new(x, 0.0, 0.0), radius }, &grid, &RunControl::silent()).unwrap()
    }

    fn joined(mut one: TetMesh, other: TetMesh) -> TetMesh {
        let first = one.points.len() as u32;
        one.points.extend(other.points);
        one.holds.extend(other.holds);
        one.materials.extend(other.materials);
        one.tets.extend(other.tets.iter().map(|tet| tet.map(|v| v + first)));
        one
    }

    fn surface(tets: &TetMesh) -> SurfaceMesh {
        boundary_surface(tets, &tets.boundary())
    }

    #[test]
    fn only_a_tiny_piece_of_a_body_that_has_a_larger_one_is_dropped() {
        let two = |radius: f64| joined(ball(0.0, 10.0), ball(11.5, radius));
        let one_body = Input::prepare(&surface(&ball(0.0, 10.0)), &RunControl::silent()).unwrap();
        for (radius, pieces) in [(0.5, 1), (1.4, 0)] {
            let mut tets = two(radius);
            let count = tets.tets.len();
            let dropped = drop_fragments(&mut tets, &one_body, &RunControl::silent()).unwrap();
            assert_eq!((dropped.pieces, tets.tets.len() < count), (pieces, pieces > 0), "{radius}");
        }
        let two_bodies = Input::prepare(&surface(&two(0.5)), &RunControl::silent()).unwrap();
        let dropped = drop_fragments(&mut two(0.5), &two_bodies, &RunControl::silent()).unwrap();
        assert_eq!(dropped, Dropped::default());
    }

    #[test]
    fn bodies_that_share_one_vertex_are_set_apart() {
        let mut tets = joined(ball(0.0, 1.0), ball(2.5, 1.0));
        let last = |tets: &TetMesh, of: std::ops::Range<usize>| {
            of.filter(|&v| tets.on_boundary(v as u32))
                .max_by(|&a, &b| tets.points[a].x.total_cmp(&tets.points[b].x))
                .unwrap()
        };
        let half = tets.points.len() / 2;
        let (kept, gone) = (last(&tets, 0..half) as u32, last(&tets, half..2 * half) as u32);
        tets.tets.iter_mut().flatten().filter(|v| **v == gone).for_each(|v| *v = kept);
        assert!(!boundary_topology(&tets, &tets.boundary()).manifold);
        assert_eq!(separate(&mut tets, &RunControl::silent()).unwrap(), 1);
        let topology = boundary_topology(&tets, &tets.boundary());
        assert!(topology.manifold && topology.euler_characteristics == [2, 2], "{topology:?}");
    }
}

//! Pieces cut out of a mesh, worked on by themselves with their hull held, and put back.

use crate::domain::{Material, OUTSIDE};
use crate::tets::{FACES, Hold, Incidence, TetMesh};
use mesh::Point3;
use std::collections::BTreeMap;

/// A mesh whose pieces are replaced; dead tetrahedra and unused vertices are dropped by [`Patchwork::finish`].
pub(crate) struct Patchwork<'a> {
    mesh: &'a mut TetMesh,
    around: Incidence,
    alive: Vec<bool>,
    /// Tetrahedra around the vertices whose star differs from `around`.
    changed: BTreeMap<u32, Vec<u32>>,
}

/// Where a mesh of some tetrahedra came from. In that mesh the first vertices are those of the hull, which other tetrahedra of
/// the whole have too: they are held fixed, so that their numbers stay whatever is done to what is behind them.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// The vertices of the hull in the whole, ascending.
    hull: Vec<u32>,
    /// The other vertices in the whole, ascending.
    inner: Vec<u32>,
    /// The tetrahedra of the whole, ascending.
    taken: Vec<u32>,
    /// The faces of the hull, their vertices ascending, with the material of the tetrahedron outside; ascending.
    beyond: Vec<([u32; 3], Material)>,
}

/// A face between two materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Border {
    pub(crate) vertices: [u32; 3],
    pub(crate) materials: [Material; 2],
}

impl<'a> Patchwork<'a> {
    pub(crate) fn new(mesh: &'a mut TetMesh) -> Self {
        let around = Incidence::new(mesh.points.len(), &mesh.tets);
        let alive = vec![true; mesh.tets.len()];
        Self { mesh, around, alive, changed: BTreeMap::new() }
    }

    pub(crate) fn mesh(&self) -> &TetMesh {
        self.mesh
    }

    /// The tetrahedra around a vertex; none around one that is gone.
    fn star(&self, v: u32) -> &[u32] {
        self.changed.get(&v).map_or_else(|| self.around.of(v), Vec::as_slice)
    }

    /// The tetrahedra around any of the vertices, and so on `rings` times; ascending.
    pub(crate) fn rings(&self, vertices: &[u32], rings: usize) -> Vec<u32> {
        let stars = |vertices: &[u32]| ascending(vertices.iter().flat_map(|&v| self.star(v)).copied().collect());
        (1..rings).fold(stars(vertices), |tets, _| stars(&self.corners_of(&tets)))
    }

    fn corners_of(&self, tets: &[u32]) -> Vec<u32> {
        ascending(tets.iter().flat_map(|&t| self.mesh.tets[t as usize]).collect())
    }

    /// The tetrahedra `taken` (ascending) as a mesh of their own.
    pub(crate) fn cut(&self, taken: Vec<u32>) -> (Piece, TetMesh) {
        let is_taken = |t: &u32| taken.binary_search(t).is_ok();
        let (hull, inner): (Vec<u32>, Vec<u32>) =
            self.corners_of(&taken).into_iter().partition(|&v| !self.star(v).iter().all(is_taken));
        let local: BTreeMap<u32, u32> = hull.iter().chain(&inner).copied().zip(0..).collect();
        let point = |&v: &u32| self.mesh.points[v as usize];
        let hold = |&v: &u32| self.mesh.holds[v as usize];
        let mesh = TetMesh {
            points: hull.iter().chain(&inner).map(point).collect(),
            tets: taken.iter().map(|&t| self.mesh.tets[t as usize].map(|v| local[&v])).collect(),
            materials: taken.iter().map(|&t| self.mesh.materials[t as usize]).collect(),
            holds: hull.iter().map(|_| Hold::Fixed).chain(inner.iter().map(hold)).collect(),
        };
        let mut beyond = Vec::new();
        for (&t, tet) in taken.iter().zip(&mesh.tets) {
            for face in FACES {
                let other = self.across(t, face.map(|k| self.mesh.tets[t as usize][k]));
                if let Some(other) = other.filter(|other| !is_taken(other)) {
                    beyond.push((sorted(face.map(|k| tet[k])), self.mesh.materials[other as usize]));
                }
            }
        }
        beyond.sort_unstable();
        (Piece { hull, inner, taken, beyond }, mesh)
    }

    /// The tetrahedron on the other side of a face.
    fn across(&self, t: u32, face: [u32; 3]) -> Option<u32> {
        let holds = |other: &u32| *other != t && face.iter().all(|v| self.mesh.tets[*other as usize].contains(v));
        self.star(face[0]).iter().copied().find(holds)
    }

    /// The faces between materials and around them that only tetrahedra outside a piece have, of `tets` (ascending).
    pub(crate) fn borders_beside(&self, piece: &Piece, tets: &[u32]) -> Vec<[Point3<f64>; 3]> {
        let is_beside = |t: &u32| piece.taken.binary_search(t).is_err();
        let mut faces = Vec::new();
        for &t in tets.iter().filter(|t| is_beside(t)) {
            let (tet, material) = (self.mesh.tets[t as usize], self.mesh.materials[t as usize]);
            let faces_of = FACES.map(|face| face.map(|k| tet[k]));
            let on_border = faces_of.into_iter().filter(|face| face.iter().all(|&v| self.mesh.on_boundary(v)));
            let is_border = |face: &[u32; 3]| {
                self.across(t, *face)
                    .is_none_or(|other| is_beside(&other) && self.mesh.materials[other as usize] != material)
            };
            faces.extend(on_border.filter(is_border).map(|face| face.map(|v| self.mesh.points[v as usize])));
        }
        faces
    }

    /// Puts a mesh in the place of the tetrahedra that a piece was cut from. Its first vertices are those of the hull.
    pub(crate) fn put(&mut self, piece: &Piece, mesh: &TetMesh) {
        let Piece { hull, taken, .. } = piece;
        let (held, first, behind) = (hull.len(), self.mesh.points.len() as u32, self.mesh.tets.len() as u32);
        let whole = |v: u32| hull.get(v as usize).copied().unwrap_or(first + v - held as u32);
        for v in self.corners_of(taken) {
            let star: Vec<u32> = self.star(v).iter().copied().filter(|t| taken.binary_search(t).is_err()).collect();
            self.changed.insert(v, star);
        }
        taken.iter().for_each(|&t| self.alive[t as usize] = false);
        self.mesh.points.extend(&mesh.points[held..]);
        self.mesh.holds.extend(&mesh.holds[held..]);
        for (t, (tet, &material)) in (behind..).zip(mesh.tets.iter().zip(&mesh.materials)) {
            let tet = tet.map(whole);
            tet.iter().for_each(|v| self.changed.entry(*v).or_default().push(t));
            self.mesh.tets.push(tet);
            self.mesh.materials.push(material);
            self.alive.push(true);
        }
    }

    /// Drops what pieces replaced.
    pub(crate) fn finish(self) {
        self.mesh.retain(&self.alive);
        self.mesh.drop_unused_vertices();
    }
}

impl Piece {
    /// How many vertices are held because they belong to tetrahedra outside too.
    pub(crate) fn held(&self) -> u32 {
        self.hull.len() as u32
    }

    /// The number that a vertex of the whole has in the mesh when it was cut; `None` for those of the hull.
    pub(crate) fn number_of(&self, v: u32) -> Option<u32> {
        self.inner.binary_search(&v).ok().map(|k| self.held() + k as u32)
    }

    /// The faces between materials and around them of a mesh in its place, those of the hull with what is outside.
    pub(crate) fn borders(&self, mesh: &TetMesh) -> Vec<Border> {
        let faces_of = |(t, tet): (usize, &[u32; 4])| {
            FACES.map(|face| face.map(|k| tet[k])).map(|face| (sorted(face), face, mesh.materials[t]))
        };
        let mut faces: Vec<_> = mesh.tets.iter().enumerate().flat_map(faces_of).collect();
        faces.sort_unstable();
        let border = |group: &[([u32; 3], [u32; 3], Material)]| {
            let (key, vertices, material) = *group.first()?;
            let hull = || self.beyond.binary_search_by(|face| face.0.cmp(&key)).ok().map(|k| self.beyond[k].1);
            let beyond = group.get(1).map(|other| other.2).or_else(hull).unwrap_or(OUTSIDE);
            (material != beyond).then_some(Border { vertices, materials: [material, beyond] })
        };
        faces.chunk_by(|a, b| a.0 == b.0).filter_map(border).collect()
    }

    /// Exchanges the number of a vertex of a mesh in its place with that of the first behind the hull, which stays too as long
    /// as it is held. Returns it.
    pub(crate) fn bring_forward(&self, mesh: &mut TetMesh, v: u32) -> u32 {
        let first = self.held();
        mesh.points.swap(v as usize, first as usize);
        mesh.holds.swap(v as usize, first as usize);
        for w in mesh.tets.iter_mut().flatten() {
            if *w == v {
                *w = first;
            } else if *w == first {
                *w = v;
            }
        }
        first
    }
}

fn sorted(mut face: [u32; 3]) -> [u32; 3] {
    face.sort_unstable();
    face
}

fn ascending(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Sphere;
    use crate::surface::{MeshOptions, fill};
    use control::RunControl;
    use std::collections::BTreeSet;

    /// A stuffed ball of two materials.
    fn ball() -> TetMesh {
        let domain = Sphere { centre: Point3::origin(), radius: 5.0 };
        let mut mesh = fill(&domain, &MeshOptions::default(), [1.0, 1.0], &RunControl::silent()).unwrap();
        for t in 0..mesh.tets.len() {
            let is_right = mesh.corners(t).iter().map(|p| p.x).sum::<f64>() > 0.0;
            mesh.materials[t] = if is_right { 1 } else { 2 };
        }
        mesh
    }

    fn corners(mesh: &TetMesh) -> BTreeSet<([[u64; 3]; 4], Material)> {
        let bits = |p: Point3<f64>| [p.x, p.y, p.z].map(f64::to_bits);
        (0..mesh.tets.len()).map(|t| (mesh.corners(t).map(bits), mesh.materials[t])).collect()
    }

    #[test]
    fn a_piece_put_back_leaves_the_mesh_as_it_was() {
        let mut mesh = ball();
        let before = (corners(&mesh), mesh.boundary().len(), mesh.points.len());
        let mut patchwork = Patchwork::new(&mut mesh);
        let taken = patchwork.rings(&[40], 3);
        let (piece, own) = patchwork.cut(taken.clone());
        assert!(piece.held() > 0 && (piece.held() as usize) < own.points.len());
        assert!(own.holds.iter().take(piece.held() as usize).all(|hold| *hold == Hold::Fixed));
        patchwork.put(&piece, &own);
        // What was put can be cut again.
        let again = patchwork.rings(&[piece.hull[0]], 2);
        let (piece, own) = patchwork.cut(again);
        patchwork.put(&piece, &own);
        patchwork.finish();
        assert_eq!((corners(&mesh), mesh.boundary().len(), mesh.points.len()), before);
    }

    #[test]
    fn borders_of_a_piece_and_beside_it_are_those_of_the_whole_there() {
        let mut mesh = ball();
        // Every vertex of a border must say so.
        mesh.holds.iter_mut().for_each(|hold| *hold = Hold::On(0));
        let all = mesh.boundary();
        let patchwork = Patchwork::new(&mut mesh);
        let (taken, wide) = (patchwork.rings(&[40], 2), patchwork.rings(&[40], 3));
        let is_first_of = |tets: &[u32], t: u32| tets.binary_search(&t).is_ok();
        let touched = |tets: &[u32]| {
            let faces = all.iter().filter(|face| is_first_of(tets, face.tet)).map(|face| sorted(face.vertices));
            faces.collect::<BTreeSet<_>>()
        };
        let (piece, own) = patchwork.cut(taken.clone());
        let borders = piece.borders(&own);
        assert_eq!(borders.len(), touched(&taken).len());
        assert!(borders.iter().all(|border| border.materials[0] != border.materials[1]));
        let beside = patchwork.borders_beside(&piece, &wide).len();
        // Both sides' faces between tetrahedra beside the piece, those of the hull with the piece.
        let outside: Vec<u32> = wide.iter().copied().filter(|t| taken.binary_search(t).is_err()).collect();
        let shared = touched(&taken).intersection(&touched(&outside)).count();
        let twice = all.iter().filter(|face| is_first_of(&outside, face.tet)).count();
        assert_eq!(beside + shared, twice);
    }

    #[test]
    fn a_vertex_brought_forward_keeps_its_place() {
        let mut mesh = ball();
        let patchwork = Patchwork::new(&mut mesh);
        let (piece, mut own) = patchwork.cut(patchwork.rings(&[40], 3));
        let v = own.points.len() as u32 - 1;
        let (at, before) = (own.points[v as usize], corners(&own));
        let first = piece.bring_forward(&mut own, v);
        assert_eq!((first, own.points[first as usize]), (piece.held(), at));
        assert_eq!(corners(&own), before);
    }
}

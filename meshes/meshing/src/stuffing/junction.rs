//! Tetrahedra of the lattice in which three or four materials meet.
//!
//! Each face of three materials gets a point where they meet, each such tetrahedron one inside, and the tetrahedron is the
//! cone of its divided faces: the division of a face hangs on the face alone, so that neighbours agree, and every part is
//! positive because the cuts keep clear of the vertices. Exact positions come later, when vertices move onto the junction
//! as far as the tetrahedra around them stay good (the lattice cleaving of Bronson, Levine and Whitaker, IEEE Trans Vis
//! Comput Graph 20:223 (2014), bounds the angles a priori; here smoothing and reconnection do).

use super::cut::Cuts;
use super::lattice::Lattice;
use crate::domain::{Material, OUTSIDE};
use crate::tets::FACES;
use mesh::{Point3, Vector3};

/// The tetrahedra of more than two materials.
pub(super) struct Junctions {
    tets: Vec<[u32; 4]>,
    /// Whether each vertex of the lattice belongs to one of them; empty without any.
    marked: Vec<bool>,
}

/// The points that junctions add, numbered from `first` on: those on faces in the order of the faces, then those inside.
struct Added<'a> {
    materials: &'a [Material],
    cuts: &'a Cuts,
    first_cut: u32,
    first: u32,
    /// Faces of three materials by their vertices, ascending.
    faces: Vec<[u32; 3]>,
}

impl Junctions {
    /// Takes them out of the crossed tetrahedra of a lattice.
    pub(super) fn take(lattice: &mut Lattice) -> Self {
        let materials = &lattice.materials;
        let meets = |tet: &[u32; 4]| distinct(&tet.map(|v| materials[v as usize])) > 2;
        let (tets, crossed): (Vec<_>, Vec<_>) = std::mem::take(&mut lattice.crossed).into_iter().partition(meets);
        let mut marked = vec![false; if tets.is_empty() { 0 } else { materials.len() }];
        tets.iter().flatten().for_each(|&v| marked[v as usize] = true);
        lattice.crossed = crossed;
        Self { tets, marked }
    }

    /// Whether a vertex belongs to one of the tetrahedra.
    pub(super) fn is_at(&self, vertex: u32) -> bool {
        self.marked.get(vertex as usize).copied().unwrap_or(false)
    }

    /// Appends the points where materials meet and the parts of the tetrahedra, none of the outside.
    pub(super) fn fill(
        &self,
        materials: &[Material],
        cuts: &Cuts,
        first_cut: u32,
        points: &mut Vec<Point3<f64>>,
        tets: &mut Vec<([u32; 4], Material)>,
    ) {
        let meets = |face: &[u32; 3]| distinct(&face.map(|v| materials[v as usize])) == 3;
        let mut faces: Vec<[u32; 3]> =
            self.tets.iter().flat_map(|tet| FACES.map(|face| sorted(face.map(|k| tet[k])))).filter(meets).collect();
        faces.sort_unstable();
        faces.dedup();
        let added = Added { materials, cuts, first_cut, first: points.len() as u32, faces };
        let on_face =
            |&[a, b, c]: &[u32; 3]| mean([[a, b], [b, c], [c, a]].map(|[v, w]| cuts.point(cuts.number(v, w))).iter());
        let on_faces: Vec<Point3<f64>> = added.faces.iter().map(on_face).collect();
        points.extend(&on_faces);
        for tet in &self.tets {
            let centre = points.len() as u32;
            let of_faces = FACES.iter().filter_map(|face| added.number(face.map(|k| tet[k])));
            let meeting: Vec<Point3<f64>> =
                of_faces.filter_map(|v| on_faces.get((v - added.first) as usize).copied()).collect();
            points.push(mean(meeting.iter()));
            for face in FACES {
                for (triangle, material) in added.divide(face.map(|k| tet[k])) {
                    let [a, b, c] = triangle;
                    if material != OUTSIDE {
                        // The triangle faces outward: the centre is behind it.
                        tets.push(([a, c, b, centre], material));
                    }
                }
            }
        }
    }
}

impl Added<'_> {
    fn material(&self, v: u32) -> Material {
        self.materials[v as usize]
    }

    fn cut(&self, v: u32, w: u32) -> u32 {
        self.first_cut + self.cuts.number(v, w)
    }

    /// The point on a face of three materials.
    fn number(&self, face: [u32; 3]) -> Option<u32> {
        self.faces.binary_search(&sorted(face)).ok().map(|k| self.first + k as u32)
    }

    /// The triangles of a face with their materials, in the orientation of the face; divided as the stencils do where
    /// there are two.
    fn divide(&self, face: [u32; 3]) -> Vec<([u32; 3], Material)> {
        if let Some(middle) = self.number(face) {
            let corner = |k: usize| {
                let [v, next, last] = [face[k], face[(k + 1) % 3], face[(k + 2) % 3]];
                let parts = [[v, self.cut(v, next), middle], [v, middle, self.cut(v, last)]];
                parts.map(|part| (part, self.material(v)))
            };
            return (0..3).flat_map(corner).collect();
        }
        // The corner whose material the two others do not share.
        let lone = (0..3).find(|&k| {
            let [own, next, last] = [k, k + 1, k + 2].map(|k| self.material(face[k % 3]));
            own != next && next == last
        });
        let Some(k) = lone else { return vec![(face, self.material(face[0]))] };
        let [v, p, q] = [face[k], face[(k + 1) % 3], face[(k + 2) % 3]];
        let (vp, vq) = (self.cut(v, p), self.cut(v, q));
        let others = if p < q { [[p, q, vq], [p, vq, vp]] } else { [[p, q, vp], [q, vq, vp]] };
        let [first, second] = others.map(|part| (part, self.material(p)));
        vec![([v, vp, vq], self.material(v)), first, second]
    }
}

fn distinct(materials: &[Material]) -> usize {
    (0..materials.len()).filter(|&k| !materials[..k].contains(&materials[k])).count()
}

fn sorted(mut face: [u32; 3]) -> [u32; 3] {
    face.sort_unstable();
    face
}

fn mean<'a>(points: impl ExactSizeIterator<Item = &'a Point3<f64>>) -> Point3<f64> {
    let count = points.len().max(1) as f64;
    Point3::from(points.fold(Vector3::zeros(), |sum, p| sum + p.coords) / count)
}

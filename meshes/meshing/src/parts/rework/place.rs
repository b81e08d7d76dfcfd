//! A place with the piece of the mesh around it.

use super::remedies::Remedy;
use super::{Aim, LEAST, Spot};
use crate::domain::{Domain, Patch};
use crate::optimise::piece::{Border, Patchwork, Piece};
use crate::optimise::{Boundary, Measure, last_shape, relieve_to, shape};
use crate::parts::deviation::is_in_fold;
use crate::tets::{Hold, TetMesh};
use control::{Cancelled, RunControl};
use geometry::{Aabb, TriangleBvh};
use mesh::{Partition, Point3, Vector3};

/// The excess after the work over that before, at most, and where nothing better is looked for.
const GAIN: f64 = 0.98;
const ENOUGH: f64 = 0.05;
/// Remedies that are followed to the end, the most promising first, times one more than the effort.
const FOLLOWED: usize = 5;
/// Turns of smoothing and reconnection, times one more than the effort.
const TURNS: usize = 12;
/// Distance over the tolerance by which vertices may leave the boundary.
const OFF_BORDER: f64 = 0.5;

pub(super) struct Place<'a> {
    pub(super) aim: &'a Aim<'a>,
    pub(super) piece: Piece,
    pub(super) mesh: TetMesh,
    /// Where the mesh should be, and where it is.
    pub(super) target: Point3<f64>,
    pub(super) from: Point3<f64>,
    /// The patch of the target; `None` where a tetrahedron is bad.
    pub(super) patch: Option<Patch>,
    /// The vertices of the spot that are inside the piece.
    pub(super) vertices: Vec<u32>,
    /// Faces of the mesh beside the piece.
    context: Vec<[Point3<f64>; 3]>,
    /// Points of the input that faces of the piece may be next to.
    points: Vec<Asked>,
    /// Centroids of the borders that the piece was cut with, ascending, and what each adds to the excess.
    centroids: Vec<(Key, f64)>,
}

/// A point of the input.
struct Asked {
    point: Point3<f64>,
    /// Its distance from the mesh, and the centroid of the face there.
    distance: f64,
    nearest: Key,
}

/// The bits of a point's coordinates.
type Key = [u64; 3];

impl<'a> Place<'a> {
    /// The place of a spot in the tetrahedra `taken`, with the faces of `wide` around them; `border` are all faces of the mesh,
    /// perhaps before others were replaced. `None` where the spot is gone.
    pub(super) fn new(
        patchwork: &Patchwork<'_>,
        aim: &'a Aim<'a>,
        border: &TriangleBvh,
        spot: &Spot,
        taken: Vec<u32>,
        wide: &[u32],
    ) -> Option<Self> {
        if taken.is_empty() {
            return None;
        }
        let (piece, mesh) = patchwork.cut(taken);
        let vertices: Vec<u32> = spot.vertices.iter().filter_map(|&v| piece.number_of(v)).collect();
        let patch = match spot.off {
            Some((triangle, _)) => Some(*aim.domain.labels.get(triangle as usize)?),
            None => None,
        };
        let from = start(spot, &spot.vertices.map(|v| patchwork.mesh().points[v as usize]));
        let context = patchwork.borders_beside(&piece, wide);
        let mut place = Self {
            aim,
            piece,
            mesh,
            target: spot.target,
            from,
            patch,
            vertices,
            context,
            points: Vec::new(),
            centroids: Vec::new(),
        };
        let borders = place.piece.borders(&place.mesh);
        place.points = place.points_near(&borders, border);
        let added = |border: &Border| {
            let centroid = centroid(&border.vertices.map(|v| place.mesh.points[v as usize]));
            (key(&centroid), place.beyond(aim.domain.distance(&centroid, f64::INFINITY)))
        };
        place.centroids = borders.iter().map(added).collect();
        place.centroids.sort_by_key(|known| known.0);
        Some(place)
    }

    /// Corners and centroids of the input's triangles near the borders inside the piece, but those that are far from the mesh
    /// because they are nearer to another place or in folds.
    fn points_near(&self, borders: &[Border], whole: &TriangleBvh) -> Vec<Asked> {
        let Aim { domain, partition, tolerance, .. } = self.aim;
        let is_inside = |border: &&Border| border.vertices.iter().any(|v| *v >= self.piece.held());
        let inside = borders.iter().filter(is_inside).flat_map(|border| border.vertices);
        let corners: Vec<Point3<f64>> = inside.map(|v| self.mesh.points[v as usize]).chain([self.target]).collect();
        let faces = self.faces(&self.mesh, borders);
        let own = bvh(&faces);
        let mut points = Vec::new();
        for t in domain.bvh.triangles_near(&Aabb::of_points(&corners).inflated(*tolerance)) {
            let corners = partition.triangles[t as usize];
            for point in asked(partition, &corners) {
                let Some(closest) = own.closest_point(&point, f64::INFINITY) else { continue };
                let distance = closest.distance;
                let is_ours =
                    || whole.distance(&point, distance).is_none_or(|nearest| nearest >= distance * (1.0 - 1e-9));
                if distance <= *tolerance || (is_ours() && !is_in_fold(domain, partition, &corners, &point)) {
                    let nearest = key(&centroid(&faces[closest.triangle as usize]));
                    points.push(Asked { point, distance, nearest });
                }
            }
        }
        points
    }

    /// The borders of a mesh in the place of the piece and of what is beside it.
    fn faces(&self, mesh: &TetMesh, borders: &[Border]) -> Vec<[Point3<f64>; 3]> {
        let own = borders.iter().map(|border| border.vertices.map(|v| mesh.points[v as usize]));
        own.chain(self.context.iter().copied()).collect()
    }

    /// What a distance adds to the excess.
    fn beyond(&self, distance: f64) -> f64 {
        (distance / self.aim.tolerance - 1.0).max(0.0).powi(2)
    }

    /// Sum of (d/tolerance - 1)² over the distances d beyond the tolerance between the input's points and the borders of a mesh
    /// in the place of the piece, and between the centroids of these borders and the input; infinite beyond `limit`.
    ///
    /// A point within the tolerance of a face that is still there needs no look.
    fn excess(&self, mesh: &TetMesh, limit: f64) -> f64 {
        let faces = self.faces(mesh, &self.piece.borders(mesh));
        let mut keys: Vec<Key> = Vec::with_capacity(faces.len());
        let mut sum = 0.0;
        for (k, face) in faces.iter().enumerate() {
            let centroid = centroid(face);
            keys.push(key(&centroid));
            let is_context = k + self.context.len() >= faces.len();
            if !is_context {
                sum += match self.centroids.binary_search_by(|known| known.0.cmp(&keys[k])) {
                    Ok(known) => self.centroids[known].1,
                    Err(_) => self.beyond(self.aim.domain.distance(&centroid, f64::INFINITY)),
                };
            }
        }
        keys.sort_unstable();
        let is_fine =
            |asked: &Asked| asked.distance <= self.aim.tolerance && keys.binary_search(&asked.nearest).is_ok();
        let bvh = bvh(&faces);
        for asked in self.points.iter().filter(|asked| !is_fine(asked)) {
            if sum > limit {
                return f64::INFINITY;
            }
            sum += self.beyond(bvh.distance(&asked.point, f64::INFINITY).unwrap_or(f64::INFINITY));
        }
        if sum > limit { f64::INFINITY } else { sum }
    }

    /// The piece with a mesh that is better, if any remedy leads to one.
    pub(super) fn worked(self, effort: usize, control: &RunControl) -> Result<Option<(Piece, TetMesh)>, Cancelled> {
        let before = self.excess(&self.mesh, f64::INFINITY);
        let measure: Measure = if effort == 0 { shape } else { last_shape };
        let shapes = (0..self.mesh.tets.len()).map(|t| measure(&self.mesh.corners(t)));
        // A bad tetrahedron has to go, whatever may be far; a place that is far has to come nearer.
        let (floor, mut limit) = match self.patch {
            None => (LEAST, before),
            Some(_) => (shapes.fold(f64::INFINITY, f64::min).min(LEAST), GAIN * before),
        };
        if self.patch.is_some() && before == 0.0 {
            return Ok(None);
        }
        let mut remedies: Vec<(f64, Remedy)> = Vec::new();
        for remedy in self.remedies(effort) {
            control.check()?;
            let promised = self.excess(&remedy.mesh, limit);
            if promised.is_finite() {
                remedies.push((promised, remedy));
            }
        }
        remedies.sort_by(|a, b| a.0.total_cmp(&b.0));
        remedies.truncate(FOLLOWED * (effort + 1));
        let mut best = None;
        for (_, remedy) in remedies {
            let Some(mesh) = self.followed(remedy, (measure, floor), effort, control)? else { continue };
            let after = self.excess(&mesh, limit);
            if after.is_finite() && (best.is_none() || after < limit) {
                (best, limit) = (Some(mesh), after);
            }
            if best.is_some() && (self.patch.is_none() || limit <= ENOUGH * before) {
                break;
            }
        }
        Ok(best.map(|mesh| (self.piece, mesh)))
    }

    /// What becomes of a remedy once all tetrahedra are at the floor of shape again, if they get there.
    fn followed(
        &self,
        Remedy { mut mesh, pinned }: Remedy,
        quality: (Measure, f64),
        effort: usize,
        control: &RunControl,
    ) -> Result<Option<TetMesh>, Cancelled> {
        let boundary = Boundary { domain: self.aim.domain, rims: self.aim.rims, faces: &[] };
        let hold = pinned.map(|v| (v, std::mem::replace(&mut mesh.holds[v as usize], Hold::Fixed)));
        let farthest = OFF_BORDER * self.aim.tolerance;
        let is_good =
            relieve_to(&mut mesh, &boundary, quality, farthest, (TURNS * (effort + 1), (effort << 8) as u64), control)?;
        if let Some((v, hold)) = hold {
            mesh.holds[v as usize] = hold;
        }
        Ok(is_good.then_some(mesh))
    }
}

/// The point of the mesh next to a target: a centroid of one of its faces, or the point of that face nearest to the target.
fn start(spot: &Spot, corners: &[Point3<f64>; 3]) -> Point3<f64> {
    let Some((_, distance)) = spot.off else { return spot.target };
    let centroid = centroid(corners);
    if ((centroid - spot.target).norm() - distance).abs() <= 1e-9 * distance {
        return centroid;
    }
    let face = TriangleBvh::new(corners, &[[0, 1, 2]]);
    face.closest_point(&spot.target, f64::INFINITY).map_or(centroid, |closest| closest.point)
}

/// The points of a triangle whose distances are looked at.
fn asked(partition: &Partition, corners: &[u32; 3]) -> [Point3<f64>; 4] {
    let corners = corners.map(|v| partition.points[v as usize]);
    let [a, b, c] = corners;
    [a, b, c, centroid(&corners)]
}

fn centroid(corners: &[Point3<f64>; 3]) -> Point3<f64> {
    Point3::from(corners.iter().map(|p| p.coords).sum::<Vector3<f64>>() / 3.0)
}

fn key(p: &Point3<f64>) -> Key {
    [p.x, p.y, p.z].map(f64::to_bits)
}

fn bvh(faces: &[[Point3<f64>; 3]]) -> TriangleBvh {
    let triangles: Vec<[u32; 3]> = (0..faces.len() as u32).map(|k| [3 * k, 3 * k + 1, 3 * k + 2]).collect();
    TriangleBvh::new(faces.as_flattened(), &triangles)
}

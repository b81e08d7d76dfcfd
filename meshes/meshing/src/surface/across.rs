//! How many elements lie side by side between opposite places of a wall.

use super::Input;
use super::regions::region_of;
use super::report::Finding;
use crate::parallel::parallel_map;
use crate::tets::{BoundaryFace, FACES, Incidence, TetMesh};
use control::{Cancelled, RunControl};
use mesh::{Point3, Vector3};
use serde::{Deserialize, Serialize};

/// Elements across a lumen at least: fewer hold no profile of velocities, nor one of stresses in bending.
pub(super) const ENOUGH: f64 = 4.0;
/// Where on a face its line starts: the weights of its corners keep the line out of the lattice's planes of symmetry, in
/// which it would run along edges.
const START: [f64; 3] = [0.31, 0.33, 0.36];
/// Cosine (60°) of the angle between the line and the normal where it leaves from which a wall is opposite.
const OPPOSITE: f64 = 0.5;
/// Cosine (45.6°) of the angle between a face and the input next to it up to which it follows the input: one that rounds off a
/// right-angled edge is at 45° to either side, one that closes a crevice or the edge of a blade at more.
const FOLLOWS: f64 = 0.7;
/// Tetrahedra that a line passes at most, far more than any does.
const LONGEST: usize = 20_000;

/// Elements between opposite places of the wall.
///
/// From every face of the wall a line runs along the inward normal to where it leaves the mesh. It passes as many elements as
/// its length over the mean edge of the tetrahedra in which it runs: edges laid end to end, not tetrahedra pierced, of which
/// there are four times as many. A layer of prisms along the wall counts as one element, however flat. A line says nothing
/// where it starts on or leaves through the flat end of a vessel or bone, where it leaves at more than 60° to the normal,
/// along a wall and not through the one opposite, or where the face that it starts on lies at more than 45° to the input next
/// to it: such a face closes a crevice narrower than an element, or the edge of a blade, and its normal runs along the wall.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ElementsAcross {
    /// Fewest elements across.
    pub least: f64,
    /// Where: on the wall, mm.
    pub at_mm: [f64; 3],
    /// Distance to the opposite wall there, mm.
    pub width_mm: f64,
    /// Part of the wall's area, of that whose lines say something, with fewer than 4 elements across.
    pub share_below_4: f64,
    /// Part of the wall's area whose lines say something.
    pub share_measured: f64,
}

/// Tetrahedra of layers along a wall: those from `first` on are prisms cut into three, `count` on each face of the wall.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layers {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// What a line found.
pub(super) struct Line {
    from: Point3<f64>,
    /// Its length, mm.
    pub(super) width: f64,
    elements: f64,
}

impl Line {
    /// Whether it passes too few elements.
    pub(super) fn is_short(&self) -> bool {
        self.elements < ENOUGH
    }
}

impl ElementsAcross {
    /// Measures a mesh of the tetrahedra `tets` with the boundary `faces`. `None` where no line says anything. Cost: a
    /// twentieth of that of the mesh.
    pub(crate) fn measure(
        tets: &TetMesh,
        faces: &[BoundaryFace],
        input: &Input,
        layers: Option<Layers>,
        control: &RunControl,
    ) -> Result<Option<Self>, Cancelled> {
        let lines = Lines::new(tets, faces, input, layers, control)?;
        Ok(lines.summary(&lines.all(control)?))
    }

    /// A warning of too few elements across a lumen; `limit` is the number of elements that kept the size from being
    /// smaller, if one did.
    pub(crate) fn finding(&self, limit: Option<usize>) -> Option<Finding> {
        if self.least >= ENOUGH {
            return None;
        }
        let Self { least, at_mm: [x, y, z], width_mm, share_below_4, .. } = self;
        let remedy = limit.map_or("a smaller size gives more".to_owned(), |limit| {
            format!("{limit} elements allow no smaller size: mesh fewer vessels at once or allow more elements")
        });
        let percent = 100.0 * share_below_4;
        Some(Finding::warning(
            "elements_across",
            format!(
                "{least:.2} elements across at ({x:.2}, {y:.2}, {z:.2}) mm, where it is {width_mm:.3} mm wide, and \
                 fewer than {ENOUGH:.0} on {percent:.2} % of the wall; {remedy}"
            ),
        ))
    }
}

/// What lines pass through.
pub(super) struct Lines<'a> {
    tets: &'a TetMesh,
    /// Sorted by tetrahedron and side.
    faces: &'a [BoundaryFace],
    /// Whether each lies on a flat end, with a sharp rim or without.
    ends: Vec<bool>,
    /// Whether each follows the input next to it.
    follows: Vec<bool>,
    around: Incidence,
    layers: Option<Layers>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(
        tets: &'a TetMesh,
        faces: &'a [BoundaryFace],
        input: &Input,
        layers: Option<Layers>,
        control: &RunControl,
    ) -> Result<Self, Cancelled> {
        let last = input.features.caps.len();
        let is_end = |face: &BoundaryFace| (1..=last).contains(&usize::from(region_of(tets, face, input)));
        let ends = parallel_map(faces, control, is_end)?;
        let follows =
            parallel_map(faces, control, |face| follows(&face.vertices.map(|v| tets.points[v as usize]), input))?;
        let around = Incidence::new(tets.points.len(), &tets.tets);
        Ok(Self { tets, faces, ends, follows, around, layers })
    }

    /// The line from each face, where it says something.
    pub(super) fn all(&self, control: &RunControl) -> Result<Vec<Option<Line>>, Cancelled> {
        let lines = parallel_map(self.faces, control, |face| self.from(face))?;
        Ok(lines.into_iter().zip(&self.follows).map(|(line, follows)| line.filter(|_| *follows)).collect())
    }

    /// What all lines say together; one a face.
    fn summary(&self, found: &[Option<Line>]) -> Option<ElementsAcross> {
        let (mut wall, mut measured, mut below) = (0.0, 0.0, 0.0);
        let mut least: Option<&Line> = None;
        for ((face, line), is_end) in self.faces.iter().zip(found).zip(&self.ends) {
            let area = if *is_end { 0.0 } else { face.area_vector2(&self.tets.points).norm() };
            wall += area;
            let Some(line) = line else { continue };
            measured += area;
            below += if line.is_short() { area } else { 0.0 };
            least = Some(least.filter(|least| least.elements <= line.elements).unwrap_or(line));
        }
        least.map(|line| ElementsAcross {
            least: line.elements,
            at_mm: line.from.into(),
            width_mm: line.width,
            share_below_4: below / measured,
            share_measured: measured / wall,
        })
    }

    /// The line from a face of the wall to the wall opposite.
    fn from(&self, face: &BoundaryFace) -> Option<Line> {
        let corners = face.vertices.map(|v| self.tets.points[v as usize].coords);
        let from = Point3::from(corners[0] * START[0] + corners[1] * START[1] + corners[2] * START[2]);
        let direction = -face.area_vector2(&self.tets.points).try_normalize(0.0)?;
        if self.is_end(face.tet, face.side)? {
            return None;
        }
        let (mut tet, mut side) = (face.tet, usize::from(face.side));
        let (mut width, mut elements, mut layer) = (0.0_f64, 0.0, None);
        for _ in 0..LONGEST {
            let corners = self.tets.corners(tet as usize);
            let (out, at, cosine) = exit(&corners, side, &from, &direction)?;
            let before = std::mem::replace(&mut layer, self.layer(tet));
            elements += match layer {
                None => (at - width).max(0.0) / mean_edge(&corners),
                Some(_) if layer == before => 0.0,
                Some(_) => 1.0,
            };
            width = width.max(at);
            let Some(next) = self.beyond(tet, out) else {
                let is_opposite = cosine >= OPPOSITE && !self.is_end(tet, out as u8)?;
                return is_opposite.then_some(Line { from, width, elements });
            };
            (tet, side) = next;
        }
        None
    }

    fn is_end(&self, tet: u32, side: u8) -> Option<bool> {
        let face = self.faces.binary_search_by_key(&(tet, side), |face| (face.tet, face.side)).ok()?;
        self.ends.get(face).copied()
    }

    /// The layer of a tetrahedron along the wall; `None` inside.
    fn layer(&self, tet: u32) -> Option<u32> {
        let Layers { first, count } = self.layers?;
        Some(tet.checked_sub(first)? / 3 % count)
    }

    /// The tetrahedron on the other side of a face, with the side that it has there.
    fn beyond(&self, tet: u32, side: usize) -> Option<(u32, usize)> {
        let shared = FACES[side].map(|k| self.tets.tets[tet as usize][k]);
        let fewest = shared.into_iter().min_by_key(|&v| self.around.of(v).len())?;
        let opposite = |other: u32| {
            let vertices = &self.tets.tets[other as usize];
            let has_all = other != tet && shared.iter().all(|v| vertices.contains(v));
            let side = || FACES.iter().position(|face| face.iter().all(|&k| shared.contains(&vertices[k])));
            if has_all { side() } else { None }
        };
        self.around.of(fewest).iter().find_map(|&other| Some((other, opposite(other)?)))
    }
}

/// Whether the normal of a face is within 45.6° of that of the input's triangle next to it.
fn follows([a, b, c]: &[Point3<f64>; 3], input: &Input) -> bool {
    let unit = |[a, b, c]: [Point3<f64>; 3]| (b - a).cross(&(c - a)).try_normalize(0.0);
    let middle = Point3::from((a.coords + b.coords + c.coords) / 3.0);
    let bvh = &input.domain.bvh;
    let nearest = || unit(bvh.corners(bvh.closest_point(&middle, f64::INFINITY)?.triangle)?);
    unit([*a, *b, *c]).zip(nearest()).is_some_and(|(own, nearest)| own.dot(&nearest) >= FOLLOWS)
}

/// Where a line that came in through one side leaves a tetrahedron: the side, how far along, and the cosine of the angle to
/// the outward normal.
fn exit(
    corners: &[Point3<f64>; 4],
    entered: usize,
    from: &Point3<f64>,
    direction: &Vector3<f64>,
) -> Option<(usize, f64, f64)> {
    let leaves = |side: usize| {
        let [a, b, c] = FACES[side].map(|k| corners[k]);
        let normal = (b - a).cross(&(c - a));
        let slope = normal.dot(direction);
        (slope > 0.0).then(|| (side, normal.dot(&(a - from)) / slope, slope / normal.norm()))
    };
    (0..4).filter(|&side| side != entered).filter_map(leaves).min_by(|a, b| a.1.total_cmp(&b.1))
}

fn mean_edge([a, b, c, d]: &[Point3<f64>; 4]) -> f64 {
    [a - b, a - c, a - d, b - c, b - d, c - d].iter().map(|edge| edge.norm()).sum::<f64>() / 6.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MeshOptions, mapped_block, mesh_lumen, mesh_surface};
    use mesh::primitives::cylinder;
    use mesh::{ElementKind, SurfaceMesh};

    /// A plate of cubes cut into six tetrahedra each, all with edges 1, 1, 1, √2, √2 and √3: a line across passes as many
    /// elements as its length over their mean, wherever it starts.
    #[test]
    fn a_line_across_a_plate_of_equal_elements_passes_its_thickness_over_their_edge() {
        let block =
            mapped_block(ElementKind::Tet4, [5, 6, 4], |[x, y, z]| Point3::new(5.0 * x, 6.0 * y, 4.0 * z)).unwrap();
        let connectivity = block.blocks[0].elements().map(|tet| [tet[0], tet[1], tet[2], tet[3]]).collect();
        let mut tets = TetMesh { points: block.nodes, tets: connectivity, ..TetMesh::default() };
        tets.holds = vec![crate::tets::Hold::Fixed; tets.points.len()];
        tets.materials = vec![1; tets.tets.len()];
        let faces = tets.boundary();
        let is_end = |face: &BoundaryFace| face.area_vector2(&tets.points).z.abs() < 0.1;
        let ends: Vec<bool> = faces.iter().map(is_end).collect();
        let follows = vec![true; faces.len()];
        let around = Incidence::new(tets.points.len(), &tets.tets);
        let lines = Lines { tets: &tets, faces: &faces, ends: ends.clone(), follows, around, layers: None };
        let found = lines.all(&RunControl::silent()).unwrap();
        let exact = 4.0 / ((3.0 + 2.0 * 2.0_f64.sqrt() + 3.0_f64.sqrt()) / 6.0);
        for (line, is_end) in found.iter().zip(ends) {
            assert_eq!(line.is_none(), is_end);
            let Some(line) = line else { continue };
            assert!((line.width - 4.0).abs() < 1e-12 && (line.elements - exact).abs() < 1e-9, "{}", line.elements);
        }
        let summary = lines.summary(&found).unwrap();
        assert!(summary.share_below_4 == 1.0 && summary.share_measured == 1.0, "{summary:?}");
    }

    /// In the crotch of a bifurcation the walls of two branches meet at 11° outside: the mesh closes that crevice where it is
    /// narrower than an element with faces that lie across both walls, and a line along their normals is a chord close to one
    /// wall, not the way to the wall opposite.
    #[test]
    fn a_face_that_closes_a_crevice_says_nothing_of_the_lumen() {
        let input = Input::prepare(&cylinder(2.0, 12.0, 64, 24), &RunControl::silent()).unwrap();
        let side = Point3::new(2.0, 0.0, 6.0);
        let face =
            |along: [f64; 3], up: [f64; 3]| [side, side + Vector3::from(along) * 0.1, side + Vector3::from(up) * 0.1];
        let (along, axis) = ([0.0, 1.0, 0.0], [0.0, 0.0, 1.0]);
        assert!(follows(&face(along, axis), &input));
        assert!(follows(&face([0.6, 0.8, 0.0], axis), &input), "at 37°, as where an edge is rounded off");
        assert!(!follows(&face([0.9, 0.44, 0.0], axis), &input), "at 64°, nearly across the wall");
        assert!(!follows(&face(axis, along), &input), "turned to the inside");
    }

    /// A tube of radius 2 with a throat of radius 0.4 at z = 6.
    fn stenosis() -> SurfaceMesh {
        let mut surface = cylinder(2.0, 12.0, 64, 96);
        for p in &mut surface.points {
            let narrower = 1.0 - 0.8 * (-(p.z - 6.0_f64).powi(2)).exp();
            (p.x, p.y) = (narrower * p.x, narrower * p.y);
        }
        surface
    }

    #[test]
    fn a_throat_has_four_elements_across_by_default_and_a_warning_at_a_size_too_large() {
        let (surface, control) = (stenosis(), RunControl::silent());
        let options = |size| MeshOptions { size, ..MeshOptions::default() };
        let warning = |findings: &[Finding]| findings.iter().any(|finding| finding.code == "elements_across");
        let found = mesh_surface(&surface, &options(None), &control).unwrap().report;
        let across = found.elements_across.unwrap();
        println!("{} {across:?} {}", found.size_mm, found.elements);
        assert!(across.least >= ENOUGH && across.share_below_4 == 0.0 && !warning(&found.findings), "{across:?}");
        let coarse = mesh_surface(&surface, &options(Some(0.4)), &control).unwrap().report;
        let across = coarse.elements_across.unwrap();
        println!("{across:?}");
        assert!((1.5..3.0).contains(&across.least) && (0.6..1.0).contains(&across.width_mm), "{across:?}");
        assert!((across.at_mm[2] - 6.0).abs() < 0.5 && warning(&coarse.findings), "{:?}", coarse.findings);
        // Three layers from either side are six elements, however flat.
        let layered = mesh_lumen(&surface, &options(Some(0.4)), &crate::LayerOptions::default(), &control).unwrap();
        let least = layered.report.core.elements_across.unwrap().least;
        assert!((6.0..9.0).contains(&least), "{least}");
    }
}

//! Bodies that run into each other as parts of one mesh: where several overlap, the first of them fills the place.

mod refine;

use crate::MeshingError;
use crate::domain::Patch;
use crate::features::Features;
use crate::parts::{PartsMesh, mesh_faced_parts};
use crate::surface::{MeshOptions, refuse_unless_closed};
use control::RunControl;
use geometry::TriangleBvh;
use mesh::topology::{EdgeTable, SurfaceTopology, merge_equal_points};
use mesh::{Partition, Point3, SurfaceMesh};
use refine::{Refined, refine};

/// A shift that keeps surfaces from touching exactly is at most this part of the size of the bodies, in `SHIFTS` tries.
const SHIFT: f64 = 1e-9;
const SHIFTS: usize = 6;
/// Sizes over the last body's between which a body's unit is believed.
const BELIEVED: [f64; 2] = [1.0 / 500.0, 10.0];

/// A closed body.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Name of its part in the mesh.
    pub name: String,
    /// Its surface, mm, closed.
    pub surface: SurfaceMesh,
    /// Whether all its sharp edges (40°) stay edges: for what is designed. Of other bodies those do that divide the surface into
    /// smooth faces, if nearly all do, else the rims of flat ends.
    pub keeps_edges: bool,
}

/// The parts that bodies make, and the smooth face that each triangle belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    /// Part `k + 1` is what body `k` fills.
    pub partition: Partition,
    /// A number for each triangle; between numbers a sharp edge stays an edge.
    pub faces: Vec<u16>,
}

/// Fills bodies with tetrahedra that share nodes and faces where bodies touch; see [`overlay`] and [`crate::mesh_parts`].
///
/// # Errors
/// As those.
pub fn mesh_bodies(bodies: &[Body], options: &MeshOptions, control: &RunControl) -> Result<PartsMesh, MeshingError> {
    let Overlay { partition, faces } = overlay(bodies, &control.stage("overlay", 0.0, 0.1))?;
    mesh_faced_parts(&partition, &faces, options, &control.stage("parts", 0.1, 1.0))
}

/// The ordered union of bodies: a point belongs to the first body that contains it. An implant comes before its bone.
///
/// Triangles are divided along the curves where surfaces pass through each other, told by exact predicates. Where surfaces
/// only touch (a corner on a face, faces in one plane), the later body is shifted by up to 10⁻⁸ of its size. The volumes of
/// the parts are those of the surfaces to rounding. Cost: O(n log n) for n triangles.
///
/// # Errors
/// [`MeshingError::OpenSurface`], [`MeshingError::NotManifold`], [`MeshingError::BodyApart`] for a body that touches no
/// other, [`MeshingError::BodyHidden`] for one that earlier ones fill altogether, [`MeshingError::UnlikelySize`] where
/// sizes differ as units do, [`MeshingError::BodiesTouch`] where no shift helps, [`MeshingError::Cancelled`].
pub fn overlay(bodies: &[Body], control: &RunControl) -> Result<Overlay, MeshingError> {
    let mut solids: Vec<Solid> = bodies.iter().map(Solid::new).collect::<Result<_, _>>()?;
    let Some(last) = solids.last() else { return Err(MeshingError::EmptySurface) };
    let size = last.size;
    for (body, solid) in bodies.iter().zip(&solids) {
        let ratio = solid.size / size;
        if !(BELIEVED[0]..=BELIEVED[1]).contains(&ratio) {
            return Err(MeshingError::UnlikelySize { name: body.name.clone(), size_mm: solid.size, other_mm: size });
        }
    }
    let mut soup = Refined::default();
    for (number, (body, solid)) in bodies.iter().zip(&mut solids).enumerate() {
        let part = number as f64 / bodies.len() as f64;
        soup = add(soup, body, solid, number as u16, &control.stage("cut", part, part + 0.5))?;
    }
    let trees: Vec<TriangleBvh> =
        solids.iter().map(|solid| TriangleBvh::new(&solid.surface.points, &solid.surface.triangles)).collect();
    control.check()?;
    named(&soup, bodies, &trees)
}

/// A body ready to be cut.
struct Solid {
    surface: SurfaceMesh,
    faces: Vec<Patch>,
    /// Diagonal of its box, mm.
    size: f64,
}

impl Solid {
    fn new(body: &Body) -> Result<Self, MeshingError> {
        body.surface.validate()?;
        let (mut surface, _) = merge_equal_points(&body.surface, 0.0);
        refuse_unless_closed(&surface, &SurfaceTopology::new(&surface))?;
        if surface.volume() < 0.0 {
            surface.flip();
        }
        let size = surface.bounds().map_or(0.0, |(low, high)| (high - low).norm());
        let features = if body.keeps_edges { Features::of_designed(&surface) } else { Features::find(&surface) };
        Ok(Self { faces: features.patches, surface, size })
    }
}

/// The triangles so far and those of another body, divided along the curves where they cross.
fn add(
    soup: Refined,
    body: &Body,
    solid: &mut Solid,
    number: u16,
    control: &RunControl,
) -> Result<Refined, MeshingError> {
    let mut random = crate::blocks::Random::new(u64::from(number) + 1);
    let points = solid.surface.points.clone();
    let mut at = Point3::origin();
    for attempt in 0..SHIFTS {
        let step = SHIFT * solid.size * (attempt as f64).powi(2);
        let shift = nalgebra::Vector3::from_fn(|_, _| random.symmetric()) * step;
        solid.surface.points = points.iter().map(|p| p + shift).collect();
        match refine(&soup, &solid.surface, &solid.faces, number, control)? {
            Ok(refined) => return Ok(refined),
            Err(place) => at = place,
        }
    }
    Err(MeshingError::BodiesTouch { name: body.name.clone(), at: at.into() })
}

/// The triangles that part something, with what is on their two sides.
fn named(soup: &Refined, bodies: &[Body], trees: &[TriangleBvh]) -> Result<Overlay, MeshingError> {
    let mut overlay = Overlay { partition: Partition::default(), faces: Vec::new() };
    let mut touches = vec![bodies.len() == 1; bodies.len()];
    for group in groups(soup) {
        let owner = usize::from(soup.owners[group[0] as usize]);
        let within: Vec<bool> = contained(soup, &group, trees, owner);
        for (other, _) in within.iter().enumerate().filter(|(_, inside)| **inside) {
            (touches[owner], touches[other]) = (true, true);
        }
        if within[..owner].contains(&true) {
            continue;
        }
        let beyond = within.iter().position(|inside| *inside).map_or(Partition::OUTSIDE, |body| body as u16 + 1);
        for &t in &group {
            overlay.partition.triangles.push(soup.triangles[t as usize]);
            overlay.partition.sides.push([owner as u16 + 1, beyond]);
            overlay.faces.push(soup.faces[t as usize]);
        }
    }
    let parts = overlay.partition.sides.iter().flatten().copied().collect::<std::collections::BTreeSet<u16>>();
    for (number, body) in (1_u16..).zip(bodies) {
        let name = body.name.clone();
        if !touches[usize::from(number) - 1] {
            return Err(MeshingError::BodyApart { name });
        }
        if !parts.contains(&number) {
            return Err(MeshingError::BodyHidden { name });
        }
        overlay.partition.names.insert(number, name);
    }
    overlay.partition.points = soup.points.clone();
    Ok(overlay)
}

/// Triangles of one body that hang together over edges where nothing crosses.
fn groups(soup: &Refined) -> Vec<Vec<u32>> {
    let edges = EdgeTable::new(&soup.triangles);
    let mut seen = vec![false; soup.triangles.len()];
    let mut groups = Vec::new();
    for seed in 0..soup.triangles.len() as u32 {
        if seen[seed as usize] {
            continue;
        }
        seen[seed as usize] = true;
        let mut group = vec![seed];
        let mut next = 0;
        while let Some(&t) = group.get(next) {
            next += 1;
            for other in (0..3_u8).filter_map(|side| edges.neighbour(t, side)) {
                if !std::mem::replace(&mut seen[other as usize], true) {
                    group.push(other);
                }
            }
        }
        groups.push(group);
    }
    groups
}

/// Which bodies contain a group of triangles of `owner`: told at the middle of its largest.
fn contained(soup: &Refined, group: &[u32], trees: &[TriangleBvh], owner: usize) -> Vec<bool> {
    let corners = |t: u32| soup.triangles[t as usize].map(|v| soup.points[v as usize]);
    let area = |t: u32| {
        let [a, b, c] = corners(t);
        (b - a).cross(&(c - a)).norm_squared()
    };
    let largest = group.iter().copied().max_by(|&s, &t| area(s).total_cmp(&area(t)).then(t.cmp(&s)));
    let [a, b, c] = largest.map_or([Point3::origin(); 3], corners);
    let middle = Point3::from((a.coords + b.coords + c.coords) / 3.0);
    trees.iter().enumerate().map(|(k, tree)| k != owner && tree.is_inside(&middle)).collect()
}

#[cfg(test)]
mod tests;

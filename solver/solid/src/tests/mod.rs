//! Tests of the whole model on small meshes.

mod convergence;
mod equilibrium;
mod exact;
mod heterogeneous;
mod mechanisms;
mod recovery;

use crate::{LinearStatics, Material, Place, SolidError};
use control::RunControl;
use mesh::{ElementKind, Point3, Vector3, VolumeMesh};
use meshing::{Distortion, distorted_block, mapped_block};

const SOLIDS: [ElementKind; 6] = [
    ElementKind::Tet4,
    ElementKind::Tet10,
    ElementKind::Hex8,
    ElementKind::Hex20,
    ElementKind::Wedge6,
    ElementKind::Wedge15,
];

fn silent() -> RunControl {
    RunControl::silent()
}

/// A unit cube of `n`³ cells.
fn cube(kind: ElementKind, n: usize) -> VolumeMesh {
    mapped_block(kind, [n; 3], Point3::from).unwrap()
}

/// A parallelepiped of 3³ cells with shifted inner nodes and straight edges.
fn distorted(kind: ElementKind) -> VolumeMesh {
    let skew = |[x, y, z]: [f64; 3]| Point3::new(x + 0.2 * y, 1.1 * y - 0.1 * z, 0.9 * z + 0.15 * x);
    distorted_block(kind, [3; 3], Distortion { amplitude: 0.15, seed: 7 }, skew).unwrap()
}

/// A block with curved edges.
fn curved(kind: ElementKind) -> VolumeMesh {
    mapped_block(kind, [2; 3], |[x, y, z]| Point3::new(x + 0.1 * y * y, y + 0.15 * x * z, z - 0.1 * x * x)).unwrap()
}

fn bone<'m>(mesh: &'m VolumeMesh) -> LinearStatics<'m> {
    let mut model = LinearStatics::new(mesh);
    model.material(Place::Everywhere, Material::isotropic(17e3, 0.3).unwrap());
    model
}

fn boundary(mesh: &VolumeMesh) -> Place {
    Place::Given(mesh::Region::Faces(mesh::topology::boundary_faces(mesh)))
}

fn message<T: std::fmt::Debug>(result: Result<T, SolidError>) -> String {
    result.unwrap_err().to_string()
}

fn vector(x: f64, y: f64, z: f64) -> Vector3<f64> {
    Vector3::new(x, y, z)
}

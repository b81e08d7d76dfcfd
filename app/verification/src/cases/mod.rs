//! The cases, one file a question.

mod cook;
mod elliptic;
mod flow;
mod graded;
mod grid;
mod manufactured;
mod patch;
mod plate;
mod shapes;
mod surfaces;
mod taper;
mod tube;

use crate::suite::{Case, CaseError};
use mesh::{Point3, VolumeMesh};

pub(crate) const ALL: &[Case] = &[
    grid::CELIK,
    patch::TET4,
    patch::TET10,
    patch::HEX8,
    patch::HEX20,
    patch::WEDGE6,
    patch::WEDGE15,
    patch::RIGID,
    manufactured::TET4,
    manufactured::HEX8,
    manufactured::TET10,
    manufactured::HEX20,
    manufactured::HEX20_DISTORTED,
    tube::TET10,
    tube::HEX20,
    cook::TET10,
    cook::HEX20,
    elliptic::LE1_TET10,
    elliptic::LE1_HEX20,
    elliptic::LE10_TET10,
    elliptic::LE10_HEX20,
    taper::LE11_TET10,
    taper::LE11_HEX20,
    graded::TET10,
    graded::HEX8,
    plate::TET10,
    plate::HEX20,
    surfaces::SPHERE,
    surfaces::TORUS,
    surfaces::GYROID,
    flow::poiseuille::PLANE,
    flow::poiseuille::PIPE,
    flow::ethier_steinman::SPACE_P2P1,
    flow::ethier_steinman::SPACE_P1P1,
    flow::ethier_steinman::TIME_P2P1,
    flow::ethier_steinman::TIME_P1P1,
    flow::ethier_steinman::TIME_UNEVEN,
    flow::junction::DEVELOPED_P2P1,
    flow::junction::DEVELOPED_P1P1,
    flow::junction::CHANNEL_P2P1,
    flow::junction::CHANNEL_P1P1,
    flow::junction::BRANCHING_P2P1,
    flow::junction::BRANCHING_P1P1,
    flow::checkerboard::CHECKERBOARD,
    flow::steady::P2P1,
    flow::steady::P1P1,
    flow::womersley::ALPHA_2,
    flow::womersley::ALPHA_5,
    flow::womersley::ALPHA_15,
    flow::outlets::RESISTANCE_P2P1,
    flow::outlets::RESISTANCE_P1P1,
    flow::outlets::RCR,
    flow::cavity::RE_100,
    flow::cavity::RE_1000,
    flow::cylinder::STEADY_2D,
    flow::cylinder::UNSTEADY_2D,
    flow::channel::STEADY_3D,
    flow::fda_nozzle::RE_500,
];

/// The node at `(x, y, z)` mm, to a millionth of the mesh's extent.
fn node_at(mesh: &VolumeMesh, x: f64, y: f64, z: f64) -> Result<usize, CaseError> {
    let place = Point3::new(x, y, z);
    let extent = mesh.bounds().map_or(0.0, |(low, high)| (high - low).norm());
    let distance = |n: &usize| (mesh.nodes[*n] - place).norm_squared();
    (0..mesh.nodes.len())
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .filter(|n| distance(n).sqrt() <= 1e-6 * extent)
        .ok_or(CaseError::NoNode { x, y, z })
}

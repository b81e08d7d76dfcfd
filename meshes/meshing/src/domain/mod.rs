//! What can be meshed: a solid that answers distance, side and projection.

mod borders;
mod graded;
mod implicit;
mod parts;
mod spots;
mod surface;

pub(crate) use borders::FinerAtBorders;
pub(crate) use graded::Graded;
pub use implicit::{Gyroid, Sphere, Torus};
pub(crate) use parts::{Part, PartsDomain};
pub(crate) use spots::{FinerAtSpots, Spot};
pub(crate) use surface::SurfaceDomain;

use mesh::Point3;

/// The part of a boundary a point belongs to: 0 is the smooth wall, `k` the planar cap number `k`.
pub type Patch = u16;

/// What fills a point of space: 0 is outside, `k` the material number `k`.
pub type Material = u16;

/// Outside every solid.
pub const OUTSIDE: Material = 0;

/// A bounded solid, or several that touch, one a material. Lengths in mm.
pub trait Domain: Sync {
    /// A box around the solid.
    fn bounds(&self) -> (Point3<f64>, Point3<f64>);

    /// Distance from `p` to the boundary, or a lower bound of it that changes by at most |p - q| between p and q.
    /// The caller knows that the distance is at most `at_most`; a query may use that to look less far.
    fn distance(&self, p: &Point3<f64>, at_most: f64) -> f64;

    /// The material at `p`.
    fn material(&self, p: &Point3<f64>) -> Material;

    /// Where the segment from a point to a point of another material leaves the first material, as a fraction of its
    /// length; `None` when the crossing cannot be told. With one of them outside, `from` is the other.
    fn crossing(&self, from: &Point3<f64>, to: &Point3<f64>) -> Option<f64>;

    /// The patch that a point where two materials meet lies on.
    fn patch_at(&self, _p: &Point3<f64>, _between: [Material; 2]) -> Patch {
        0
    }

    /// The boundary point of `patch` nearest to `p`, or `None` when it is farther than `reach`.
    fn project(&self, p: &Point3<f64>, patch: Patch, reach: f64) -> Option<Point3<f64>>;

    /// How many times a cell at the boundary may be doubled anywhere, see [`Domain::level_limit`].
    fn most_doublings(&self) -> u8 {
        0
    }

    /// How many times a cell may be doubled where the boundary passes within `reach` (in each coordinate) of `centre`;
    /// 0 demands the finest size.
    fn level_limit(&self, _centre: &Point3<f64>, _reach: f64) -> u8 {
        0
    }

    /// How many times a cell may be doubled that lies within `reach` (in each coordinate) of `centre`, away from the boundary
    /// too.
    fn inner_limit(&self, _centre: &Point3<f64>, _reach: f64) -> u8 {
        u8::MAX
    }

    /// Distance to the boundary, negative inside a solid.
    fn signed_distance(&self, p: &Point3<f64>) -> f64 {
        let distance = self.distance(p, f64::INFINITY);
        if self.material(p) == OUTSIDE { distance } else { -distance }
    }
}

//! The prisms between a wall triangle and its place inside.

use mesh::{ElementKind, Point3, quality};

/// What lies between a triangle of the wall and the same triangle moved inwards, cut into layers.
pub(super) struct Stack<'a> {
    /// Numbers of the triangle's vertices, which decide how the prisms are cut.
    pub(super) vertices: [u32; 3],
    /// Corners on the wall, counter-clockwise seen from outside.
    pub(super) outer: [Point3<f64>; 3],
    /// The same corners inside.
    pub(super) inner: [Point3<f64>; 3],
    /// Distance of the layers from the wall over the whole: from 0 to 1.
    pub(super) fractions: &'a [f64],
}

/// Measures of all prisms of a stack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StackQuality {
    /// Smallest scaled Jacobian of a prism's corners.
    pub(super) prism_jacobian: f64,
    /// Volume of the smallest tetrahedron of a prism over the mean of the three.
    pub(super) tetrahedron_share: f64,
    /// Smallest scaled Jacobian of a tetrahedron.
    pub(super) tetrahedron_jacobian: f64,
    /// Longest over shortest edge of a prism.
    pub(super) aspect: f64,
}

impl StackQuality {
    /// The best there is.
    pub(super) const BEST: Self =
        Self { prism_jacobian: 1.0, tetrahedron_share: 1.0, tetrahedron_jacobian: 1.0, aspect: 1.0 };

    pub(super) fn worse(self, other: Self) -> Self {
        Self {
            prism_jacobian: self.prism_jacobian.min(other.prism_jacobian),
            tetrahedron_share: self.tetrahedron_share.min(other.tetrahedron_share),
            tetrahedron_jacobian: self.tetrahedron_jacobian.min(other.tetrahedron_jacobian),
            aspect: self.aspect.max(other.aspect),
        }
    }
}

impl Stack<'_> {
    /// Corners of each prism, the three inner ones first.
    fn prisms(&self) -> impl Iterator<Item = [Point3<f64>; 6]> + '_ {
        let at = |k: usize, fraction: f64| self.outer[k] + (self.inner[k] - self.outer[k]) * fraction;
        self.fractions.windows(2).map(move |pair| {
            let [near, far] = [pair[0], pair[1]];
            std::array::from_fn(|k| if k < 3 { at(k, far) } else { at(k - 3, near) })
        })
    }

    /// The smaller of the least scaled Jacobian of the prisms' corners and the least share of a tetrahedron: positive
    /// exactly where every prism and every tetrahedron has a positive volume at its corners.
    pub(super) fn soundness(&self) -> f64 {
        let of = |corners: [Point3<f64>; 6]| jacobian(&corners).min(share(&self.tetrahedra(&corners)));
        self.prisms().map(of).fold(f64::INFINITY, worse)
    }

    pub(super) fn quality(&self) -> StackQuality {
        let of = |corners: [Point3<f64>; 6]| {
            let tetrahedra = self.tetrahedra(&corners);
            let jacobians = tetrahedra.iter().filter_map(|tet| quality::scaled_jacobian(ElementKind::Tet4, tet));
            StackQuality {
                prism_jacobian: jacobian(&corners),
                tetrahedron_share: share(&tetrahedra),
                tetrahedron_jacobian: jacobians.fold(f64::INFINITY, worse),
                aspect: quality::edge_ratio(ElementKind::Wedge6, &corners),
            }
        };
        self.prisms().map(of).fold(StackQuality::BEST, StackQuality::worse)
    }

    fn tetrahedra(&self, corners: &[Point3<f64>; 6]) -> [[Point3<f64>; 4]; 3] {
        cut(self.vertices).map(|tet| tet.map(|k| corners[k]))
    }
}

/// The smaller one, and NaN where there is one, which passes no test.
fn worse(a: f64, b: f64) -> f64 {
    if a <= b || a.is_nan() { a } else { b }
}

fn jacobian(corners: &[Point3<f64>; 6]) -> f64 {
    quality::scaled_jacobian(ElementKind::Wedge6, corners).unwrap_or(f64::NEG_INFINITY)
}

fn share(tetrahedra: &[[Point3<f64>; 4]; 3]) -> f64 {
    let volumes = tetrahedra.map(|tet| quality::signed_volume(&tet));
    let sum: f64 = volumes.iter().sum();
    let least = volumes.into_iter().fold(f64::INFINITY, worse);
    if sum > 0.0 { 3.0 * least / sum } else { f64::NEG_INFINITY }
}

/// The three tetrahedra of a prism as local corners (0, 1, 2 inside, 3, 4, 5 on the wall's side above them).
///
/// The diagonal of a side starts at the inner corner with the smaller number, so that neighbours agree; a prism cut so
/// always has one of the six cuts that exist (Dompierre et al. 1999).
pub(super) fn cut(vertices: [u32; 3]) -> [[usize; 4]; 3] {
    let first = (0..3).min_by_key(|&k| vertices[k]).unwrap_or(0);
    let [a, b, c] = [0, 1, 2].map(|k| (first + k) % 3);
    let (below, above) = (|k: usize| k, |k: usize| k + 3);
    let middle = if vertices[b] < vertices[c] {
        [[below(a), below(b), below(c), above(c)], [below(a), below(b), above(c), above(b)]]
    } else {
        [[below(a), below(b), below(c), above(b)], [below(a), below(c), above(c), above(b)]]
    };
    [middle[0], middle[1], [below(a), above(b), above(c), above(a)]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A right prism of height 1 whose inner side is `shrunk`.
    fn stack(vertices: [u32; 3], shrunk: f64, fractions: &[f64]) -> Stack<'_> {
        let triangle = [[0.0, 0.0], [1.0, 0.0], [0.5, 0.75_f64.sqrt()]];
        let at = |[x, y]: [f64; 2], z: f64, scale: f64| Point3::new(scale * x, scale * y, z);
        let (outer, inner) = (triangle.map(|p| at(p, 1.0, 1.0)), triangle.map(|p| at(p, 0.0, shrunk)));
        Stack { vertices, outer, inner, fractions }
    }

    #[test]
    fn every_order_of_the_numbers_cuts_a_prism_into_three_equal_tetrahedra() {
        for vertices in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let stack = stack(vertices, 1.0, &[0.0, 1.0]);
            let quality = stack.quality();
            assert!((quality.tetrahedron_share - 1.0).abs() < 1e-14, "{vertices:?}");
            assert!((quality.prism_jacobian - 1.0).abs() < 1e-14 && (quality.aspect - 1.0).abs() < 1e-14);
            assert!((stack.soundness() - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn a_prism_turned_inside_out_is_seen_in_any_layer() {
        assert!(stack([0, 1, 2], 0.5, &[0.0, 0.3, 1.0]).soundness() > 0.1);
        assert!(stack([0, 1, 2], -0.5, &[0.0, 0.3, 1.0]).soundness() < 0.0);
        assert!(stack([0, 1, 2], f64::NAN, &[0.0, 0.3, 1.0]).soundness() <= 0.0);
    }
}

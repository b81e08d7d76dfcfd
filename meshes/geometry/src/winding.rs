//! Generalised winding number: Jacobson et al. 2013 by the fast expansion of Barill et al. 2018 (Fast winding numbers
//! for soups and clouds, ACM TOG 37:43), eqs. 15-19.

use crate::bvh::{LeafTriangle, Node, STACK};
use crate::{TriangleBvh, is_usable};
use nalgebra::{Matrix3, Point3, Vector3};
use std::f64::consts::PI;

/// A node is far when the query point is more than this many node radii from its centre (β of Barill et al.).
const OPENING: f64 = 2.0;

/// Squared distance (mm²) below which nothing is far, so that its powers stay finite.
const TINY: f64 = 1e-200;

/// When a node is far, and where its moments are taken about.
#[derive(Debug, Clone, Copy)]
struct Reach {
    centre: Point3<f64>,
    /// Square of β times the largest distance from the centre to a vertex below the node.
    far_squared: f64,
}

/// Moments of the area vectors about the centre. Only the parts symmetric in all indices matter, because the
/// derivatives of the harmonic kernel are symmetric.
#[derive(Debug, Clone, Copy)]
struct Moments {
    /// ∫ n dA.
    area: Vector3<f64>,
    /// sym ∫ n ⊗ y dA as xx, yy, zz, xy, yz, zx.
    first: [f64; 6],
    /// sym ∫ n ⊗ y ⊗ y dA as xxx, yyy, zzz, xxy, xxz, yyx, yyz, zzx, zzy, xyz.
    second: [f64; 10],
}

const PAIRS: [[usize; 2]; 6] = [[0, 0], [1, 1], [2, 2], [0, 1], [1, 2], [2, 0]];
const TRIPLES: [[usize; 3]; 10] =
    [[0, 0, 0], [1, 1, 1], [2, 2, 2], [0, 0, 1], [0, 0, 2], [1, 1, 0], [1, 1, 2], [2, 2, 0], [2, 2, 1], [0, 1, 2]];

/// The expansions of all nodes, in node order; the test for farness is kept apart because most visits need only it.
#[derive(Debug, Clone)]
pub(crate) struct Expansions {
    reach: Vec<Reach>,
    moments: Vec<Moments>,
}

impl Moments {
    const ZERO: Self = Self { area: Vector3::new(0.0, 0.0, 0.0), first: [0.0; 6], second: [0.0; 10] };

    fn of_triangle([a, b, c]: &[Point3<f64>; 3], centre: &Point3<f64>) -> Self {
        let area = (b - a).cross(&(c - a)) * 0.5;
        let corners = [a - centre, b - centre, c - centre];
        let mean = (corners[0] + corners[1] + corners[2]) / 3.0;
        // ∫ y⊗y over a triangle = A/12 (Σ corners y⊗y + 9 mean⊗mean).
        let spread = corners.iter().fold(mean * mean.transpose() * 9.0, |sum, y| sum + y * y.transpose()) / 12.0;
        Self::new(area, &mean, &spread)
    }

    /// sym(area ⊗ mean) and sym(area ⊗ spread) for a symmetric `spread`.
    fn new(area: Vector3<f64>, mean: &Vector3<f64>, spread: &Matrix3<f64>) -> Self {
        let first = PAIRS.map(|[i, j]| 0.5 * (area[i] * mean[j] + area[j] * mean[i]));
        let second = TRIPLES
            .map(|[i, j, k]| (area[i] * spread[(j, k)] + area[j] * spread[(k, i)] + area[k] * spread[(i, j)]) / 3.0);
        Self { area, first, second }
    }

    /// The same distribution with moments about a centre that is `shift` nearer to the origin of y' = y + shift.
    fn shifted(&self, shift: &Vector3<f64>) -> Self {
        let mut moved = Self::new(self.area, shift, &(shift * shift.transpose()));
        let first = self.first_matrix();
        for (value, own) in moved.first.iter_mut().zip(self.first) {
            *value += own;
        }
        for ((value, own), [i, j, k]) in moved.second.iter_mut().zip(self.second).zip(TRIPLES) {
            let mixed = first[(i, j)] * shift[k] + first[(j, k)] * shift[i] + first[(k, i)] * shift[j];
            *value += own + mixed * (2.0 / 3.0);
        }
        moved
    }

    fn first_matrix(&self) -> Matrix3<f64> {
        let [xx, yy, zz, xy, yz, zx] = self.first;
        Matrix3::new(xx, xy, zx, xy, yy, yz, zx, yz, zz)
    }

    fn add(&mut self, other: &Self) {
        self.area += other.area;
        self.first.iter_mut().zip(other.first).for_each(|(a, b)| *a += b);
        self.second.iter_mut().zip(other.second).for_each(|(a, b)| *a += b);
    }

    /// Solid angle seen from a point at -d from the centre: Taylor series of ∫ n·(d + y)/|d + y|³ dA to second order.
    fn solid_angle(&self, d: &Vector3<f64>) -> f64 {
        let inverse2 = 1.0 / d.norm_squared();
        let inverse3 = inverse2 * inverse2.sqrt();
        let (x, y, z) = (d.x, d.y, d.z);
        let (x2, y2, z2) = (x * x, y * y, z * z);
        let [xx, yy, zz, xy, yz, zx] = self.first;
        let first_dd = xx * x2 + yy * y2 + zz * z2 + 2.0 * (xy * x * y + yz * y * z + zx * z * x);
        let [xxx, yyy, zzz, xxy, xxz, yyx, yyz, zzx, zzy, xyz] = self.second;
        let second_ddd = x * (xxx * x2 + 3.0 * (yyx * y2 + zzx * z2))
            + y * (yyy * y2 + 3.0 * (xxy * x2 + zzy * z2))
            + z * (zzz * z2 + 3.0 * (xxz * x2 + yyz * y2))
            + 6.0 * xyz * x * y * z;
        let second_d = (xxx + yyx + zzx) * x + (xxy + yyy + zzy) * y + (xxz + yyz + zzz) * z;
        let zeroth = self.area.dot(d);
        let first = xx + yy + zz - 3.0 * first_dd * inverse2;
        let second = inverse2 * (7.5 * second_ddd * inverse2 - 4.5 * second_d);
        inverse3 * (zeroth + first + second)
    }
}

impl Expansions {
    pub(crate) fn new(nodes: &[Node], triangles: &[LeafTriangle]) -> Self {
        let mut reach: Vec<Reach> = nodes.iter().map(|node| Reach::new(node, triangles)).collect();
        // Triangles without area say nothing; a far node of them contributes nothing, whatever its radius.
        let mut moments = vec![Moments::ZERO; nodes.len()];
        for position in (0..nodes.len()).rev() {
            let (node, centre) = (&nodes[position], reach[position].centre);
            let mut sum = Moments::ZERO;
            if node.is_leaf() {
                for triangle in &triangles[node.slots()] {
                    sum.add(&Moments::of_triangle(&triangle.corners, &centre));
                }
            } else {
                for child in [position + 1, position + node.right as usize] {
                    sum.add(&moments[child].shifted(&(reach[child].centre - centre)));
                }
            }
            moments[position] = sum;
            reach[position].far_squared *= OPENING * OPENING;
        }
        Self { reach, moments }
    }
}

impl Reach {
    /// Area-weighted centroid, and the (not yet multiplied) squared radius about it.
    fn new(node: &Node, triangles: &[LeafTriangle]) -> Self {
        let (mut weighted, mut total) = (Vector3::zeros(), 0.0);
        let origin = node.bounds.centre();
        for triangle in &triangles[node.slots()] {
            let [a, b, c] = triangle.corners.map(|p| p - origin);
            let area = (b - a).cross(&(c - a)).norm();
            weighted += (a + b + c) * (area / 3.0);
            total += area;
        }
        let centre = if total > 0.0 { origin + weighted / total } else { origin };
        let corners = triangles[node.slots()].iter().flat_map(|triangle| &triangle.corners);
        Self { centre, far_squared: corners.map(|p| (p - centre).norm_squared()).fold(0.0, f64::max) }
    }
}

/// A sum of angles kept as a complex number and a count of whole turns, so that one arctangent serves many triangles.
struct AngleSum {
    re: f64,
    im: f64,
    turns: f64,
}

impl AngleSum {
    const ZERO: Self = Self { re: 1.0, im: 0.0, turns: 0.0 };

    /// Adds the argument, in (-π, π], of re + i im. A zero adds nothing.
    fn add(&mut self, re: f64, im: f64) {
        let product = (self.re * re - self.im * im, self.re * im + self.im * re);
        // The principal arguments add up unless both have one sign and their sum passes the negative real axis.
        if self.im >= 0.0 && im >= 0.0 && product.1 < 0.0 {
            self.turns += 1.0;
        } else if self.im < 0.0 && im < 0.0 && product.1 >= 0.0 {
            self.turns -= 1.0;
        }
        let size = product.0.abs() + product.1.abs();
        if size > 0.0 {
            (self.re, self.im) = (product.0 / size, product.1 / size + 0.0);
        }
    }

    fn angle(&self) -> f64 {
        self.im.atan2(self.re) + 2.0 * PI * self.turns
    }
}

/// Adds half the solid angle of the triangle (van Oosterom and Strackee 1983, eq. 8), positive seen from behind.
fn add_half_solid_angle(sum: &mut AngleSum, p: &Point3<f64>, corners: &[Point3<f64>; 3]) {
    let [a, b, c] = [corners[0] - p, corners[1] - p, corners[2] - p];
    let (la, lb, lc) = (a.norm(), b.norm(), c.norm());
    let scale = la * lb * lc;
    if scale > 0.0 {
        let volume = a.dot(&b.cross(&c));
        let denominator = scale + a.dot(&b) * lc + b.dot(&c) * la + c.dot(&a) * lb;
        // A point in the triangle's plane sees no solid angle, on the triangle itself the mean of both sides: none.
        if volume != 0.0 {
            sum.add(denominator / scale, volume / scale);
        }
    }
}

impl TriangleBvh {
    /// Generalised winding number of the surface about `p`: w = Σ solid angles / 4π.
    ///
    /// For a closed surface with outward normals 1 inside and 0 outside (−1 inside for inward normals); on the surface
    /// ½; for open or self-intersecting surfaces the sensible value in between. Far nodes by second-order expansion with
    /// opening parameter 2, near triangles exactly; error below 2e-3 on closed surfaces. NaN for unusable `p`, 0 for an
    /// empty tree. Cost: O(log n).
    pub fn winding_number(&self, p: &Point3<f64>) -> f64 {
        self.winding_without(p, usize::MAX)
    }

    /// Whether `p` is inside: winding number above ½. The surface must be oriented outwards. False for NaN.
    pub fn is_inside(&self, p: &Point3<f64>) -> bool {
        self.winding_number(p) > 0.5
    }

    /// The winding number of all triangles but the one in `excluded`.
    pub(crate) fn winding_without(&self, p: &Point3<f64>, excluded: usize) -> f64 {
        if !is_usable(p) {
            return f64::NAN;
        }
        if self.nodes.is_empty() {
            return 0.0;
        }
        let (mut far, mut near) = (0.0, AngleSum::ZERO);
        let mut stack = [0u32; STACK];
        let mut height = 1;
        while height > 0 {
            height -= 1;
            let position = stack[height] as usize;
            let reach = &self.expansions.reach[position];
            let d = reach.centre - p;
            let node = &self.nodes[position];
            if d.norm_squared() > reach.far_squared.max(TINY) && !node.slots().contains(&excluded) {
                far += self.expansions.moments[position].solid_angle(&d);
            } else if node.is_leaf() {
                for slot in node.slots().filter(|&slot| slot != excluded) {
                    add_half_solid_angle(&mut near, p, &self.triangles[slot].corners);
                }
            } else {
                stack[height] = position as u32 + node.right;
                stack[height + 1] = position as u32 + 1;
                height += 2;
            }
        }
        (far + 2.0 * near.angle()) / (4.0 * PI)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few triangles within the unit ball, none symmetric.
    fn cluster() -> TriangleBvh {
        let coordinate = |k: u32| (f64::from(k) * 2.399963).sin() * 0.57;
        let points = (0..24).map(|k| Point3::new(coordinate(k), coordinate(7 * k + 1), coordinate(5 * k + 3)));
        let triangles: Vec<[u32; 3]> = (0..8).map(|t| [3 * t, 3 * t + 1, 3 * t + 2]).collect();
        TriangleBvh::new(&points.collect::<Vec<_>>(), &triangles)
    }

    fn exact(tree: &TriangleBvh, p: &Point3<f64>) -> f64 {
        let mut sum = AngleSum::ZERO;
        tree.triangles.iter().for_each(|triangle| add_half_solid_angle(&mut sum, p, &triangle.corners));
        2.0 * sum.angle()
    }

    /// The first neglected term of ∫ n·(d + y)/|d + y|³ dA falls as d⁻⁵; a wrong moment would leave d⁻³ or d⁻⁴.
    #[test]
    fn the_expansion_about_the_root_errs_by_the_third_order_term() {
        let tree = cluster();
        let error = |distance: f64| {
            let directions = (0..20).map(|k| {
                let (u, v) = (f64::from(k) * 0.7, f64::from(k) * 1.9);
                Vector3::new(u.cos() * v.sin(), u.sin() * v.sin(), v.cos()) * distance
            });
            let centre = tree.expansions.reach[0].centre;
            let square =
                |d: Vector3<f64>| (tree.expansions.moments[0].solid_angle(&-d) - exact(&tree, &(centre + d))).powi(2);
            directions.map(square).sum::<f64>().sqrt()
        };
        let rate = (error(20.0) / error(40.0)).log2();
        assert!((rate - 5.0).abs() < 0.1, "rate {rate}");
    }

    #[test]
    fn arguments_add_up_over_several_turns_in_both_directions() {
        for step in [0.4, 3.0, -0.4, -3.0, -1.6, 1.6] {
            let mut sum = AngleSum::ZERO;
            for k in 1..50 {
                sum.add(f64::cos(step), f64::sin(step));
                assert!((sum.angle() - step * f64::from(k)).abs() < 1e-12, "{k} steps of {step}");
            }
        }
    }
}

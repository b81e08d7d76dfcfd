//! Generalised winding number: Jacobson et al. 2013 by the fast expansion of Barill et al. 2018 (Fast winding numbers
//! for soups and clouds, ACM TOG 37:43), eqs. 15-19.

use crate::bvh::{LeafTriangle, Node, STACK};
use crate::{TriangleBvh, is_usable};
use nalgebra::{Matrix3, Point3, Vector3};
use rayon::prelude::*;
use std::f64::consts::PI;

/// A node is far when the query point is more than this many node radii from its centre (β of Barill et al.).
const OPENING: f64 = 2.0;

/// Squared distance (mm²) below which nothing is far, and modulus below which a complex number has no argument: their
/// powers and reciprocals stay finite.
const TINY: f64 = 1e-200;

/// A node as the winding number sees it: when it is far, and what lies below it.
#[derive(Debug, Clone, Copy)]
struct Cluster {
    /// Centre of the moments: the area-weighted centroid.
    centre: Point3<f64>,
    /// Square of β times the largest distance from the centre to a vertex below the node.
    far_squared: f64,
    /// 1 / that distance, the unit of length of the expansion; 1 when it is 0.
    inverse_radius: f64,
    first: u32,
    count: u32,
    /// Offset of the right child; 0 for a leaf.
    right: u32,
}

/// The expansion about a cluster's centre in units of its radius: traceless moments, of which single precision suffices.
#[derive(Debug, Clone, Copy)]
struct Expansion {
    area: [f32; 3],
    first: [f32; 6],
    second: [f32; 10],
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

/// The expansions of all nodes, in node order; apart from the clusters because most visits need only those.
#[derive(Debug, Clone)]
pub(crate) struct Expansions {
    clusters: Vec<Cluster>,
    expansions: Vec<Expansion>,
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

    /// The traceless parts in units of a radius. Traces have no effect, because the kernel is harmonic.
    fn expansion(&self, inverse_radius: f64) -> Expansion {
        let mut first = self.first;
        let third = (first[0] + first[1] + first[2]) / 3.0;
        first[..3].iter_mut().for_each(|value| *value -= third);
        let [xxx, yyy, zzz, xxy, xxz, yyx, yyz, zzx, zzy, _] = self.second;
        let trace = [xxx + yyx + zzx, xxy + yyy + zzy, xxz + yyz + zzz];
        let mut second = self.second;
        for (value, [i, j, k]) in second.iter_mut().zip(TRIPLES) {
            let part = |i: usize, j: usize, k: usize| if i == j { trace[k] / 5.0 } else { 0.0 };
            *value -= part(i, j, k) + part(j, k, i) + part(k, i, j);
        }
        let (by2, by3, by4) = (inverse_radius.powi(2), inverse_radius.powi(3), inverse_radius.powi(4));
        Expansion {
            area: [0, 1, 2].map(|k| (self.area[k] * by2) as f32),
            first: first.map(|value| (value * by3) as f32),
            second: second.map(|value| (value * by4) as f32),
        }
    }
}

impl Expansion {
    /// Solid angle seen from a point at −d from the centre (d in units of the radius): Taylor series of
    /// ∫ n·(d + y)/|d + y|³ dA to second order, a·d/d³ − 3 M:dd/d⁵ + 15/2 S:ddd/d⁷ for traceless M and S.
    fn solid_angle(&self, d: &Vector3<f64>) -> f64 {
        let inverse = 1.0 / d.norm();
        let (x, y, z) = (d.x * inverse, d.y * inverse, d.z * inverse);
        let (x2, y2, z2) = (x * x, y * y, z * z);
        let [ax, ay, az] = self.area.map(f64::from);
        let [xx, yy, zz, xy, yz, zx] = self.first.map(f64::from);
        let [xxx, yyy, zzz, xxy, xxz, yyx, yyz, zzx, zzy, xyz] = self.second.map(f64::from);
        let zeroth = ax * x + ay * y + az * z;
        let first = xx * x2 + yy * y2 + zz * z2 + 2.0 * (xy * x * y + yz * y * z + zx * z * x);
        let second = x * (xxx * x2 + 3.0 * (yyx * y2 + zzx * z2))
            + y * (yyy * y2 + 3.0 * (xxy * x2 + zzy * z2))
            + z * (zzz * z2 + 3.0 * (xxz * x2 + yyz * y2))
            + 6.0 * xyz * x * y * z;
        inverse * inverse * (zeroth + inverse * (7.5 * inverse * second - 3.0 * first))
    }
}

impl Expansions {
    pub(crate) fn new(nodes: &[Node], triangles: &[LeafTriangle]) -> Self {
        let clusters: Vec<Cluster> = nodes.par_iter().map(|node| Cluster::new(node, triangles)).collect();
        let mut moments = vec![Moments::ZERO; nodes.len()];
        for (position, node) in nodes.iter().enumerate().rev() {
            let centre = clusters[position].centre;
            let mut sum = Moments::ZERO;
            if node.is_leaf() {
                for triangle in &triangles[node.slots()] {
                    sum.add(&Moments::of_triangle(&triangle.corners, &centre));
                }
            } else {
                for child in [position + 1, position + node.right as usize] {
                    sum.add(&moments[child].shifted(&(clusters[child].centre - centre)));
                }
            }
            moments[position] = sum;
        }
        let expansions = moments.iter().zip(&clusters).map(|(m, cluster)| m.expansion(cluster.inverse_radius));
        Self { expansions: expansions.collect(), clusters }
    }
}

impl Cluster {
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
        let radius_squared = corners.map(|p| (p - centre).norm_squared()).fold(0.0, f64::max);
        Self {
            centre,
            far_squared: (OPENING * OPENING * radius_squared).max(TINY),
            inverse_radius: if radius_squared > TINY { 1.0 / radius_squared.sqrt() } else { 1.0 },
            first: node.first,
            count: node.count,
            right: node.right,
        }
    }

    fn slots(&self) -> std::ops::Range<usize> {
        self.first as usize..(self.first + self.count) as usize
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

    /// Adds the argument, in (-π, π], of re + i im. A zero adds nothing. Needs [`AngleSum::rescale`] now and then.
    fn add(&mut self, re: f64, im: f64) {
        let product = (self.re * re - self.im * im, self.re * im + self.im * re);
        if product.0.abs() + product.1.abs() < TINY {
            return;
        }
        // The principal arguments add up unless both have one sign and their sum passes the negative real axis.
        if self.im >= 0.0 && im >= 0.0 && product.1 < 0.0 {
            self.turns += 1.0;
        } else if self.im < 0.0 && im < 0.0 && product.1 >= 0.0 {
            self.turns -= 1.0;
        }
        // Adding 0 turns −0 into 0, so that π does not become −π.
        (self.re, self.im) = (product.0, product.1 + 0.0);
    }

    /// Brings the modulus near 1, which changes no angle.
    fn rescale(&mut self) {
        let scale = 1.0 / (self.re.abs() + self.im.abs());
        (self.re, self.im) = (self.re * scale, self.im * scale);
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
    if scale > f64::MIN_POSITIVE {
        let volume = a.dot(&b.cross(&c));
        let denominator = scale + a.dot(&b) * lc + b.dot(&c) * la + c.dot(&a) * lb;
        // A point in the triangle's plane sees no solid angle, on the triangle itself the mean of both sides: none.
        if volume != 0.0 {
            let inverse = 1.0 / scale;
            sum.add(denominator * inverse, volume * inverse);
        }
    }
}

impl TriangleBvh {
    /// Generalised winding number of the surface about `p`: w = Σ solid angles / 4π.
    ///
    /// For a closed surface with outward normals 1 inside and 0 outside (−1 inside for inward normals); on the surface
    /// between; for open or self-intersecting surfaces the sensible value in between. Far nodes by second-order
    /// expansion with opening parameter 2, near triangles exactly: measured error at most 1e-2 on the test anatomies.
    /// NaN for unusable `p`, 0 for an empty tree. Cost: O(log n), about 4 µs near a surface of 10 000 triangles.
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
            let cluster = &self.expansions.clusters[position];
            let d = cluster.centre - p;
            if d.norm_squared() > cluster.far_squared && !cluster.slots().contains(&excluded) {
                far += self.expansions.expansions[position].solid_angle(&(d * cluster.inverse_radius));
            } else if cluster.right == 0 {
                for slot in cluster.slots().filter(|&slot| slot != excluded) {
                    add_half_solid_angle(&mut near, p, &self.triangles[slot].corners);
                }
                near.rescale();
            } else {
                stack[height] = position as u32 + cluster.right;
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
            let (root, expansion) = (&tree.expansions.clusters[0], &tree.expansions.expansions[0]);
            let square = |d: Vector3<f64>| {
                (expansion.solid_angle(&(-d * root.inverse_radius)) - exact(&tree, &(root.centre + d))).powi(2)
            };
            directions.map(square).sum::<f64>().sqrt()
        };
        let rate = (error(5.0) / error(10.0)).log2();
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

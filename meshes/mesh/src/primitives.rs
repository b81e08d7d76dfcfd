//! Closed test surfaces of known shape, with outward normals. Vertices lie on the exact surface.

use crate::{Point3, SurfaceMesh, Vector3};
use std::collections::HashMap;
use std::f64::consts::TAU;

/// A sphere about the origin: the icosahedron with every triangle cut in four `levels` times (20 · 4^levels triangles).
pub fn icosphere(radius: f64, levels: u32) -> SurfaceMesh {
    let golden = (1.0 + 5f64.sqrt()) / 2.0;
    let mut directions: Vec<Vector3<f64>> = Vec::new();
    for [a, b] in [[1.0, golden], [-1.0, golden], [1.0, -golden], [-1.0, -golden]] {
        directions.extend([Vector3::new(0.0, a, b), Vector3::new(a, b, 0.0), Vector3::new(b, 0.0, a)]);
    }
    let mut triangles = Vec::new();
    for i in 0..12usize {
        for j in i + 1..12 {
            for k in j + 1..12 {
                let adjacent = |p: usize, q: usize| (directions[p] - directions[q]).norm() < 2.1;
                if adjacent(i, j) && adjacent(j, k) && adjacent(k, i) {
                    let outward = directions[i].dot(&directions[j].cross(&directions[k])) > 0.0;
                    let (j, k) = if outward { (j, k) } else { (k, j) };
                    triangles.push([i as u32, j as u32, k as u32]);
                }
            }
        }
    }
    for _ in 0..levels {
        triangles = quartered(&triangles, &mut directions);
    }
    let points = directions.iter().map(|d| Point3::from(d * (radius / d.norm()))).collect();
    SurfaceMesh::new(points, triangles)
}

/// Every triangle cut in four at the midpoints of its edges.
fn quartered(triangles: &[[u32; 3]], directions: &mut Vec<Vector3<f64>>) -> Vec<[u32; 3]> {
    let mut middles: HashMap<[u32; 2], u32> = HashMap::new();
    let mut middle = |a: u32, b: u32| {
        *middles.entry([a.min(b), a.max(b)]).or_insert_with(|| {
            let (a, b) = (directions[a as usize], directions[b as usize]);
            directions.push(a / a.norm() + b / b.norm());
            directions.len() as u32 - 1
        })
    };
    let quarter = |&[a, b, c]: &[u32; 3]| {
        let (ab, bc, ca) = (middle(a, b), middle(b, c), middle(c, a));
        [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
    };
    triangles.iter().flat_map(quarter).collect()
}

/// A torus about the z axis: tube of radius `minor` along a circle of radius `major`; `around` rectangles along the
/// circle (at least 3), `across` along the tube (at least 3), two triangles each.
pub fn torus(major: f64, minor: f64, around: u32, across: u32) -> SurfaceMesh {
    let (around, across) = (around.max(3), across.max(3));
    let (mut points, mut triangles) = (Vec::new(), Vec::new());
    for i in 0..around {
        for j in 0..across {
            let (u, v) = (TAU * f64::from(i) / f64::from(around), TAU * f64::from(j) / f64::from(across));
            let reach = major + minor * v.cos();
            points.push(Point3::new(reach * u.cos(), reach * u.sin(), minor * v.sin()));
            let node = |i: u32, j: u32| i % around * across + j % across;
            let [a, b, c, d] = [node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)];
            triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    SurfaceMesh::new(points, triangles)
}

/// An axis-aligned box with `cells` rectangles along each axis (at least 1), two triangles each.
pub fn cuboid(low: Point3<f64>, high: Point3<f64>, cells: [u32; 3]) -> SurfaceMesh {
    let cells = cells.map(|n| n.max(1));
    let mut numbers: HashMap<[u32; 3], u32> = HashMap::new();
    let (mut points, mut triangles) = (Vec::new(), Vec::new());
    let mut node = |at: [u32; 3]| {
        *numbers.entry(at).or_insert_with(|| {
            let along = |k: usize| match at[k] {
                n if n == cells[k] => high[k],
                n => low[k] + (high[k] - low[k]) * f64::from(n) / f64::from(cells[k]),
            };
            points.push(Point3::new(along(0), along(1), along(2)));
            points.len() as u32 - 1
        })
    };
    for axis in 0..3 {
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        for (level, outward) in [(0, false), (cells[axis], true)] {
            for (i, j) in (0..cells[u]).flat_map(|i| (0..cells[v]).map(move |j| (i, j))) {
                let mut corner = |du: u32, dv: u32| {
                    let mut at = [0; 3];
                    (at[axis], at[u], at[v]) = (level, i + du, j + dv);
                    node(at)
                };
                let [a, b, c, d] = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)];
                triangles.extend(if outward { [[a, b, c], [a, c, d]] } else { [[a, c, b], [a, d, c]] });
            }
        }
    }
    SurfaceMesh::new(points, triangles)
}

/// A cylinder about the z axis from z = 0 to `length`, closed by flat caps with a centre vertex; `around` rectangles
/// along the circle (at least 3), `along` along the axis (at least 1), two triangles each.
pub fn cylinder(radius: f64, length: f64, around: u32, along: u32) -> SurfaceMesh {
    let (around, along) = (around.max(3), along.max(1));
    let (mut points, mut triangles) = (Vec::new(), Vec::new());
    for k in 0..=along {
        let z = length * f64::from(k) / f64::from(along);
        for i in 0..around {
            let angle = TAU * f64::from(i) / f64::from(around);
            points.push(Point3::new(radius * angle.cos(), radius * angle.sin(), z));
        }
    }
    let node = |i: u32, k: u32| k * around + i % around;
    let (bottom, top) = (points.len() as u32, points.len() as u32 + 1);
    points.extend([Point3::origin(), Point3::new(0.0, 0.0, length)]);
    for i in 0..around {
        for k in 0..along {
            let [a, b, c, d] = [node(i, k), node(i + 1, k), node(i + 1, k + 1), node(i, k + 1)];
            triangles.extend([[a, b, c], [a, c, d]]);
        }
        triangles.extend([[bottom, node(i + 1, 0), node(i, 0)], [top, node(i, along), node(i + 1, along)]]);
    }
    SurfaceMesh::new(points, triangles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::SurfaceTopology;
    use std::f64::consts::PI;

    /// Name, surface at a refinement level, exact volume.
    type Shape = (&'static str, fn(u32) -> SurfaceMesh, f64);

    #[test]
    fn volumes_converge_to_the_exact_ones_with_the_square_of_the_size() {
        let shapes: [Shape; 3] = [
            ("sphere", |n| icosphere(2.0, n), 4.0 / 3.0 * PI * 8.0),
            ("torus", |n| torus(3.0, 1.0, 12 << n, 6 << n), 2.0 * PI * PI * 3.0),
            ("cylinder", |n| cylinder(1.5, 4.0, 8 << n, 1 << n), PI * 9.0),
        ];
        for (name, shape, exact) in shapes {
            let error = |n| (exact - shape(n).volume()) / exact;
            assert!(SurfaceTopology::new(&shape(2)).is_watertight());
            let rate = (error(3) / error(4)).log2();
            assert!(error(4) > 0.0 && (rate - 2.0).abs() < 0.05, "{name}: error {}, rate {rate}", error(4));
        }
    }

    #[test]
    fn a_box_has_its_exact_volume_and_area() {
        let surface = cuboid(Point3::new(-1.0, 0.0, 2.0), Point3::new(1.0, 3.0, 6.0), [2, 3, 4]);
        assert!((surface.volume() - 24.0).abs() < 1e-13 && (surface.area() - 52.0).abs() < 1e-13);
        assert_eq!((surface.triangles.len(), surface.points.len()), (2 * 2 * (6 + 12 + 8), 54));
        assert!(SurfaceTopology::new(&surface).is_watertight());
    }
}

use mesh::{Point3, SurfaceMesh, Vector3};

/// One closed loop in which a plane cuts a surface.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionLoop {
    /// Corner points in order, in mm; the last joins the first.
    pub points: Vec<Point3<f64>>,
    /// Enclosed area in mm² (always positive).
    pub area: f64,
    /// Centroid of the enclosed area in mm.
    pub centroid: Point3<f64>,
}

impl SectionLoop {
    /// Area and centroid of a planar polygon by its triangle fan about the first point.
    fn new(points: Vec<Point3<f64>>, normal: &Vector3<f64>) -> Self {
        let origin = points[0];
        let (mut area, mut moment) = (0.0, Vector3::zeros());
        for pair in points.windows(2) {
            let (a, b) = (pair[0] - origin, pair[1] - origin);
            let signed = 0.5 * normal.dot(&a.cross(&b));
            area += signed;
            moment += signed * (a + b) / 3.0;
        }
        let centroid = if area == 0.0 { origin } else { origin + moment / area };
        Self { points, area: area.abs(), centroid }
    }
}

type EdgeKey = (u32, u32);

/// Closed loops in which the plane through `origin` with unit `normal` cuts `surface`, largest area first.
/// Open chains (at holes of the surface) are left out. A vertex on the plane counts as above it. Cost O(n + k log k).
pub fn plane_section(surface: &SurfaceMesh, origin: &Point3<f64>, normal: &Vector3<f64>) -> Vec<SectionLoop> {
    let height: Vec<f64> = surface.points.iter().map(|p| normal.dot(&(p - origin))).collect();
    let crossing = |a: u32, b: u32| (height[a as usize] >= 0.0) != (height[b as usize] >= 0.0);
    let mut segments: Vec<[EdgeKey; 2]> = Vec::new();
    for &[a, b, c] in &surface.triangles {
        let cut: Vec<EdgeKey> = [(a, b), (b, c), (c, a)]
            .into_iter()
            .filter(|&(i, j)| crossing(i, j))
            .map(|(i, j)| (i.min(j), i.max(j)))
            .collect();
        if let [first, second] = cut[..] {
            segments.push([first, second]);
        }
    }
    let point_on = |(a, b): EdgeKey| {
        let (ha, hb) = (height[a as usize], height[b as usize]);
        let (pa, pb) = (surface.points[a as usize], surface.points[b as usize]);
        pa + (pb - pa) * (ha / (ha - hb))
    };
    let mut loops: Vec<SectionLoop> = chain(&segments)
        .into_iter()
        .map(|keys| SectionLoop::new(keys.into_iter().map(point_on).collect(), normal))
        .collect();
    loops.sort_by(|a, b| b.area.total_cmp(&a.area));
    loops
}

/// Joins segments that share an edge key into closed loops of keys.
fn chain(segments: &[[EdgeKey; 2]]) -> Vec<Vec<EdgeKey>> {
    let mut ends: Vec<(EdgeKey, usize)> =
        segments.iter().enumerate().flat_map(|(s, keys)| keys.iter().map(move |&key| (key, s))).collect();
    ends.sort_unstable();
    let other_segment = |key: EdgeKey, s: usize| {
        let first = ends.partition_point(|&(k, _)| k < key);
        ends[first..].iter().take_while(|&&(k, _)| k == key).map(|&(_, t)| t).find(|&t| t != s)
    };
    let mut used = vec![false; segments.len()];
    let mut loops = Vec::new();
    for start in 0..segments.len() {
        if used[start] {
            continue;
        }
        let [first, mut key] = segments[start];
        let (mut keys, mut current) = (vec![first], start);
        used[start] = true;
        while key != first {
            let Some(next) = other_segment(key, current).filter(|&t| !used[t]) else { break };
            keys.push(key);
            used[next] = true;
            let [a, b] = segments[next];
            key = if a == key { b } else { a };
            current = next;
        }
        if key == first && keys.len() >= 3 {
            loops.push(keys);
        }
    }
    loops
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two unit cubes side by side, cut at mid height: two squares of area 1.
    #[test]
    fn two_cubes_give_two_unit_squares_with_their_centroids() {
        let mut surface = SurfaceMesh::default();
        for shift in [0.0, 3.0] {
            let base = surface.points.len() as u32;
            for k in 0..8u32 {
                let bit = |n: u32| f64::from(k >> n & 1);
                surface.points.push(Point3::new(bit(0) + shift, bit(1), bit(2)));
            }
            for [a, b, c, d] in [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]] {
                surface.triangles.push([base + a, base + b, base + c]);
                surface.triangles.push([base + a, base + c, base + d]);
            }
        }
        let loops = plane_section(&surface, &Point3::new(0.0, 0.0, 0.25), &Vector3::z());
        assert_eq!(loops.len(), 2);
        for (found, x) in loops.iter().zip([0.5, 3.5]) {
            assert!((found.area - 1.0).abs() < 1e-12);
            assert!((found.centroid - Point3::new(x, 0.5, 0.25)).norm() < 1e-12, "{:?}", found.centroid);
        }
    }
}

//! Triangulation of one face of a file.

use mesh::{Point3, Vector3};

/// Faces with more corners are refused: cutting off ears costs up to the cube of the corners.
pub(crate) const MOST_CORNERS: usize = 1024;

/// Cuts a polygon (vertex numbers into `points`) into `corners - 2` triangles of the same winding.
///
/// Quadrilaterals are cut along the shorter diagonal that lies inside, larger polygons by cutting off ears
/// (Meisters 1975, American Mathematical Monthly 82:648) in the plane of Newell's normal. When rounding or a
/// self-crossing outline leaves no ear, the corner of the largest turn is cut off, so the result always covers
/// every edge. Every vertex number must be valid.
pub(crate) fn triangulate(points: &[Point3<f64>], polygon: &[u32], triangles: &mut Vec<[u32; 3]>) {
    match *polygon {
        [a, b, c] => triangles.push([a, b, c]),
        [a, b, c, d] => quadrilateral(points, [a, b, c, d], triangles),
        _ if polygon.len() > 4 => cut_ears(points, polygon, triangles),
        _ => {}
    }
}

fn quadrilateral(points: &[Point3<f64>], [a, b, c, d]: [u32; 4], triangles: &mut Vec<[u32; 3]>) {
    let at = |v: u32| points[v as usize];
    let normal = (at(c) - at(a)).cross(&(at(d) - at(b)));
    let turn = |u: u32, v: u32, w: u32| (at(v) - at(u)).cross(&(at(w) - at(v))).dot(&normal);
    let ac_is_inside = turn(a, b, c) >= 0.0 && turn(a, c, d) >= 0.0;
    let bd_is_inside = turn(a, b, d) >= 0.0 && turn(b, c, d) >= 0.0;
    let ac_is_shorter = (at(c) - at(a)).norm_squared() <= (at(d) - at(b)).norm_squared();
    let cut_ac = match (ac_is_inside, bd_is_inside) {
        (true, false) => true,
        (false, true) => false,
        _ => ac_is_shorter,
    };
    match cut_ac {
        true => triangles.extend([[a, b, c], [a, c, d]]),
        false => triangles.extend([[a, b, d], [b, c, d]]),
    }
}

fn cut_ears(points: &[Point3<f64>], polygon: &[u32], triangles: &mut Vec<[u32; 3]>) {
    let at = |v: u32| points[v as usize];
    let origin = at(polygon[0]);
    let sides = (0..polygon.len()).map(|k| (at(polygon[k]) - origin, at(polygon[(k + 1) % polygon.len()]) - origin));
    let normal: Vector3<f64> = sides.map(|(p, q)| p.cross(&q)).sum();
    let turn = |u: u32, v: u32, w: u32| (at(v) - at(u)).cross(&(at(w) - at(v))).dot(&normal);
    let mut rest = polygon.to_vec();
    while rest.len() > 3 {
        let n = rest.len();
        let corner = |k: usize| [rest[(k + n - 1) % n], rest[k], rest[(k + 1) % n]];
        let is_ear = |k: &usize| {
            let [u, v, w] = corner(*k);
            let holds = |p: u32| turn(u, v, p) >= 0.0 && turn(v, w, p) >= 0.0 && turn(w, u, p) >= 0.0;
            turn(u, v, w) > 0.0 && !rest.iter().any(|&p| p != u && p != v && p != w && holds(p))
        };
        let best_turn = || {
            let size = |k: usize| turn(corner(k)[0], corner(k)[1], corner(k)[2]);
            (0..n).max_by(|&j, &k| size(j).total_cmp(&size(k)))
        };
        let k = (0..n).find(is_ear).or_else(best_turn).unwrap_or(0);
        triangles.push(corner(k));
        rest.remove(k);
    }
    triangles.push([rest[0], rest[1], rest[2]]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::SurfaceMesh;

    fn areas(outline: &[[f64; 2]]) -> (Vec<f64>, f64) {
        // Tilted out of the coordinate planes.
        let points: Vec<_> = outline.iter().map(|&[x, y]| Point3::new(x, 0.6 * y, 0.8 * y)).collect();
        let polygon: Vec<u32> = (0..outline.len() as u32).collect();
        let mut triangles = Vec::new();
        triangulate(&points, &polygon, &mut triangles);
        let surface = SurfaceMesh::new(points, triangles);
        let up = Vector3::new(0.0, -0.8, 0.6);
        let signed: Vec<f64> = (0..surface.triangles.len()).map(|t| 0.5 * surface.area_vector2(t).dot(&up)).collect();
        let n = outline.len();
        let shoelace = |k: usize| {
            let ([x, y], [u, v]) = (outline[k], outline[(k + 1) % n]);
            0.5 * (x * v - u * y)
        };
        (signed, (0..n).map(shoelace).sum())
    }

    #[test]
    fn concave_outlines_are_covered_once_without_reversed_triangles() {
        let arrow = [[0.0, 0.0], [2.0, 0.0], [0.5, 0.5], [0.0, 2.0]];
        let comb = [
            [0., 0.],
            [5., 0.],
            [5., 3.],
            [4., 3.],
            [4., 1.],
            [3., 1.],
            [3., 3.],
            [2., 3.],
            [2., 1.],
            [1., 1.],
            [0., 3.],
        ];
        for outline in [&arrow[..], &comb[..]] {
            let (signed, total) = areas(outline);
            assert_eq!(signed.len(), outline.len() - 2);
            assert!(signed.iter().all(|&area| area > 0.0), "{signed:?}");
            assert!((signed.iter().sum::<f64>() - total).abs() < 1e-12);
        }
    }
}

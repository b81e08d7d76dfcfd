use crate::{Point3, SurfaceMesh};
use std::collections::HashMap;

/// The surface with points at most `tolerance` (mm) apart made one, and the new number of every old point.
///
/// A tolerance of 0 merges equal coordinates only (−0 equals 0), as STL files need. Otherwise every point joins the
/// closest kept point within the tolerance, in order, so chains of close points do not collapse. New numbers follow the
/// first occurrence; triangles and regions keep their order and number, also when they lose their area. NaN merges with
/// nothing. Cost: O(n).
pub fn merge_equal_points(surface: &SurfaceMesh, tolerance: f64) -> (SurfaceMesh, Vec<u32>) {
    let (points, number_of) =
        if tolerance > 0.0 { merge_close(&surface.points, tolerance) } else { merge_identical(&surface.points) };
    // A vertex out of range stays out of range, for `validate` to name.
    let renumber = |v: u32| number_of.get(v as usize).copied().unwrap_or(v.max(points.len() as u32));
    let triangles = surface.triangles.iter().map(|triangle| triangle.map(renumber)).collect();
    let regions = surface.regions.clone();
    (SurfaceMesh { points, triangles, regions }, number_of)
}

fn merge_identical(points: &[Point3<f64>]) -> (Vec<Point3<f64>>, Vec<u32>) {
    // Only looked up, never iterated: the hash order cannot show.
    let mut seen = HashMap::with_capacity(points.len() / 4);
    let mut kept: Vec<Point3<f64>> = Vec::new();
    let number = |p: &Point3<f64>| {
        let fresh = kept.len() as u32;
        // Adding 0 turns −0 into 0.
        let number = if p.iter().any(|c| c.is_nan()) {
            fresh
        } else {
            *seen.entry([p.x, p.y, p.z].map(|c| (c + 0.0).to_bits())).or_insert(fresh)
        };
        if number == fresh {
            kept.push(*p);
        }
        number
    };
    let numbers = points.iter().map(number).collect();
    (kept, numbers)
}

fn merge_close(points: &[Point3<f64>], tolerance: f64) -> (Vec<Point3<f64>>, Vec<u32>) {
    // Beyond 2^52 cells a coordinate has no digits left below the tolerance.
    let limit = tolerance * 2f64.powi(52);
    if !points.iter().flat_map(|p| p.iter()).all(|c| c.abs() < limit) {
        return merge_identical(points);
    }
    let cell = |p: &Point3<f64>| [p.x, p.y, p.z].map(|c| (c / tolerance).floor() as i64);
    let mut cells: HashMap<[i64; 3], Vec<u32>> = HashMap::new();
    let mut kept: Vec<Point3<f64>> = Vec::new();
    let number = |p: &Point3<f64>| {
        let [x, y, z] = cell(p);
        let mut best: Option<(f64, u32)> = None;
        for offset in 0..27 {
            let near = [x + offset / 9 - 1, y + offset / 3 % 3 - 1, z + offset % 3 - 1];
            for &candidate in cells.get(&near).into_iter().flatten() {
                let distance = (p - kept[candidate as usize]).norm();
                if distance <= tolerance && best.is_none_or(|b| (distance, candidate) < b) {
                    best = Some((distance, candidate));
                }
            }
        }
        best.map_or_else(
            || {
                let fresh = kept.len() as u32;
                kept.push(*p);
                cells.entry([x, y, z]).or_default().push(fresh);
                fresh
            },
            |(_, number)| number,
        )
    };
    let numbers = points.iter().map(number).collect();
    (kept, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_a_line(x: &[f64]) -> SurfaceMesh {
        SurfaceMesh::new(x.iter().map(|&x| Point3::new(x, 0.0, 0.0)).collect(), vec![[0, 1, 2], [3, 2, 4]])
    }

    #[test]
    fn numbers_follow_the_first_occurrence_and_negative_zero_is_zero() {
        let (merged, numbers) = merge_equal_points(&on_a_line(&[5.0, 0.0, -0.0, 5.0, 1e-300]), 0.0);
        assert_eq!(numbers, [0, 1, 1, 0, 2]);
        assert_eq!((merged.points.len(), &merged.triangles[..]), (3, &[[0, 1, 1], [0, 1, 2]][..]));
    }

    #[test]
    fn chains_of_close_points_do_not_collapse() {
        let (merged, numbers) = merge_equal_points(&on_a_line(&[0.0, 0.9, 1.8, 2.7, f64::MAX]), 1.0);
        assert_eq!((merged.points.len(), numbers), (5, vec![0, 1, 2, 3, 4]), "no digits left: only equal points merge");
        let (_, numbers) = merge_equal_points(&on_a_line(&[0.0, 0.9, 1.8, 2.7, -0.5]), 1.0);
        assert_eq!(numbers, [0, 0, 1, 1, 0]);
    }
}

//! From the points and inscribed radii of a centreline to a smooth axis and profile.

use super::{Profile, SplineAxis};
use crate::MeshingError;
use mesh::Point3;

/// A spline through points of the line about one radius apart, so that the steps of its lattice do not bend it, and the
/// radius averaged around each of them. Within one radius of its ends the inscribed spheres shrink towards the ends'
/// planes: there the radius stays what it is farther in.
///
/// # Errors
/// [`MeshingError::BadOption`] for a line shorter than two radii, or with points or radii that are not finite.
pub fn along(points: &[Point3<f64>], radii: &[f64]) -> Result<(SplineAxis, Profile), MeshingError> {
    let mut at = vec![0.0];
    for (k, pair) in points.windows(2).enumerate() {
        at.push(at[k] + (pair[1] - pair[0]).norm());
    }
    let length = at.last().copied().unwrap_or(0.0);
    let Some(inner) = away_from_ends(&at, radii) else {
        let needed = "the centreline must be longer than two of its radii, with as many radii as points";
        return Err(MeshingError::BadOption { option: "along", value: length, needed });
    };
    let radius = |k: usize| radii[k.clamp(inner[0], inner[1])];
    let mut chosen = vec![0];
    for k in 1..points.len() - 1 {
        let last = chosen[chosen.len() - 1];
        if at[k] - at[last] >= radius(last) && length - at[k] >= 0.5 * radius(k) {
            chosen.push(k);
        }
    }
    chosen.push(points.len() - 1);
    let axis = SplineAxis::through(&chosen.iter().map(|&k| points[k]).collect::<Vec<_>>())?;
    let mean = |&k: &usize| {
        let near: Vec<f64> =
            (0..points.len()).filter(|&j| (at[j] - at[k]).abs() <= 0.5 * radius(k)).map(radius).collect();
        near.iter().sum::<f64>() / near.len().max(1) as f64
    };
    let places = axis.lengths().iter().zip(&chosen).map(|(&s, k)| [s, mean(k)]).collect();
    Ok((axis, Profile::through(places)?))
}

/// The first and last point farther from the ends than the radius there.
fn away_from_ends(at: &[f64], radii: &[f64]) -> Option<[usize; 2]> {
    let length = at.last().copied()?;
    let is_sound = at.len() == radii.len() && length.is_finite() && radii.iter().all(|r| *r >= 0.0 && r.is_finite());
    // Spheres at an end shrink to nothing there: the widest so far tells how far the end reaches.
    let from = |order: Vec<usize>, distance: &dyn Fn(usize) -> f64| {
        let mut widest = 0.0_f64;
        order.into_iter().find(|&k| {
            widest = widest.max(radii[k]);
            widest > 0.0 && distance(k) > 1.05 * widest
        })
    };
    if !is_sound {
        return None;
    }
    let first = from((0..at.len()).collect(), &|k| at[k])?;
    let last = from((0..at.len()).rev().collect(), &|k| length - at[k])?;
    (first <= last).then_some([first, last])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Axis;

    /// A quarter of a circle in steps with noise, radius 2, shrinking to nothing at the ends.
    #[test]
    fn a_rough_line_becomes_a_smooth_axis_with_the_radius_kept_up_to_its_ends() {
        let mut random = crate::blocks::Random::new(3);
        let (big, r) = (20.0_f64, 2.0_f64);
        let angles: Vec<f64> = (0..=100).map(|k| f64::from(k) / 100.0 * std::f64::consts::FRAC_PI_2).collect();
        let noise = |random: &mut crate::blocks::Random| 0.01 * random.symmetric();
        let points: Vec<_> = angles
            .iter()
            .map(|a| Point3::new(big * a.cos() + noise(&mut random), big * a.sin(), noise(&mut random)))
            .collect();
        let length = big * std::f64::consts::FRAC_PI_2;
        let radii: Vec<f64> = angles.iter().map(|a| r.min(big * a).min(length - big * a).max(0.0)).collect();
        let (axis, profile) = along(&points, &radii).unwrap();
        assert!((axis.length() / length - 1.0).abs() < 2e-3, "{}", axis.length());
        for k in 0..=60 {
            let s = axis.length() * f64::from(k) / 60.0;
            let place = axis.at(s);
            assert!((place.point.x.hypot(place.point.y) - big).abs() < 0.05 && place.curvature < 0.2);
            assert!((profile.at(s, s) - r).abs() < 1e-12, "{s} {}", profile.at(s, s));
        }
        assert!(along(&points[..5], &radii[..5]).is_err() && along(&points, &radii[1..]).is_err());
    }
}

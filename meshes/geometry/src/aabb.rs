use nalgebra::{Point3, Vector3};

/// An axis-aligned box, in mm. The empty box has `low` = +∞ and `high` = -∞.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aabb {
    /// Smallest coordinates.
    pub low: Point3<f64>,
    /// Largest coordinates.
    pub high: Point3<f64>,
}

impl Default for Aabb {
    fn default() -> Self {
        Self::empty()
    }
}

impl Aabb {
    /// The box that holds nothing.
    pub fn empty() -> Self {
        Self {
            low: Point3::new(f64::INFINITY, f64::INFINITY, f64::INFINITY),
            high: Point3::new(f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY),
        }
    }

    /// The smallest box around `points`; NaN coordinates are ignored.
    pub fn of_points<'a>(points: impl IntoIterator<Item = &'a Point3<f64>>) -> Self {
        let mut bounds = Self::empty();
        points.into_iter().for_each(|p| bounds.insert(p));
        bounds
    }

    /// Whether the box holds no point.
    pub fn is_empty(&self) -> bool {
        (0..3).any(|k| self.low[k] > self.high[k])
    }

    /// Grows the box so that it holds `p`; NaN coordinates are ignored.
    pub fn insert(&mut self, p: &Point3<f64>) {
        for k in 0..3 {
            self.low[k] = self.low[k].min(p[k]);
            self.high[k] = self.high[k].max(p[k]);
        }
    }

    /// The smallest box around both.
    pub fn union(&self, other: &Self) -> Self {
        Self { low: self.low.inf(&other.low), high: self.high.sup(&other.high) }
    }

    /// The box moved outwards by `margin` (mm) on all sides.
    pub fn inflated(&self, margin: f64) -> Self {
        let shift = Vector3::repeat(margin);
        Self { low: self.low - shift, high: self.high + shift }
    }

    /// Centre; NaN for the empty box.
    pub fn centre(&self) -> Point3<f64> {
        nalgebra::center(&self.low, &self.high)
    }

    /// Edge lengths; negative for the empty box.
    pub fn size(&self) -> Vector3<f64> {
        self.high - self.low
    }

    /// Length of the space diagonal in mm; 0 for the empty box.
    pub fn diagonal(&self) -> f64 {
        if self.is_empty() { 0.0 } else { self.size().norm() }
    }

    /// Half the surface area in mm²; 0 for the empty box.
    pub fn half_area(&self) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let s = self.size();
        s.x * s.y + s.y * s.z + s.z * s.x
    }

    /// Whether the closed box holds `p`.
    pub fn contains(&self, p: &Point3<f64>) -> bool {
        (0..3).all(|k| self.low[k] <= p[k] && p[k] <= self.high[k])
    }

    /// Whether the closed boxes share a point.
    pub fn overlaps(&self, other: &Self) -> bool {
        (0..3).all(|k| self.low[k] <= other.high[k] && other.low[k] <= self.high[k])
    }

    /// Square of the distance from `p` to the box in mm²; 0 inside, +∞ for the empty box.
    pub fn distance_squared(&self, p: &Point3<f64>) -> f64 {
        let along = |k: usize| (self.low[k] - p[k]).max(p[k] - self.high[k]).max(0.0);
        let (x, y, z) = (along(0), along(1), along(2));
        x * x + y * y + z * z
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_box_is_neutral_for_union_and_infinitely_far() {
        let empty = Aabb::empty();
        let unit = Aabb::of_points(&[Point3::origin(), Point3::new(1.0, 1.0, 1.0)]);
        assert!(empty.is_empty() && !unit.is_empty());
        assert_eq!(empty.union(&unit), unit);
        assert_eq!(empty.distance_squared(&Point3::origin()), f64::INFINITY);
        assert!(!empty.overlaps(&unit));
        assert_eq!((empty.diagonal(), empty.half_area()), (0.0, 0.0));
    }

    #[test]
    fn distance_to_a_box_uses_only_the_coordinates_outside() {
        let unit = Aabb::of_points(&[Point3::origin(), Point3::new(1.0, 1.0, 1.0)]);
        assert_eq!(unit.distance_squared(&Point3::new(0.5, 0.5, 0.5)), 0.0);
        assert_eq!(unit.distance_squared(&Point3::new(4.0, 0.5, -4.0)), 25.0);
    }
}

//! The cross-section: a square core with rounded sides, rings of quadrilaterals around it.

use super::cells::Side;
use std::f64::consts::{FRAC_PI_4, TAU};

/// Distance of the core's corners from the axis over the radius of the band around it.
const CORE: f64 = 0.55;
/// 1 makes the sides of the core straight, 0 parts of a circle; at this value the three angles at its corners are nearly
/// equal.
const STRAIGHTNESS: f64 = 0.65;

/// A band of rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Band {
    /// Rings.
    pub(super) layers: usize,
    /// Whether the rings may be thinner at its outer side.
    pub(super) is_graded: bool,
}

/// The widths of a section somewhere along the tube.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Widths {
    /// Outer radii of the bands, ascending, mm.
    pub(super) radii: Vec<f64>,
    /// Thickness of the outermost ring of a graded band, mm; `None` makes all rings equally thick.
    pub(super) first: Option<f64>,
}

/// Where a node of the section lies, in steps of half an element.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the core, or on its border.
    Core([usize; 2]),
    /// On a ray from the axis, so many half layers out in a band.
    Ring { ray: usize, band: usize, step: usize },
}

/// Nine nodes of a quadrilateral, three along its first side by three along its second; outwards comes first in bands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quad {
    pub(super) nodes: [[u32; 3]; 3],
    /// 0 for the core and the innermost band.
    pub(super) band: usize,
    /// Whether it is the outermost of its band.
    pub(super) is_outermost: bool,
}

/// Which nodes and quadrilaterals a section has; the same all along a tube.
#[derive(Debug)]
pub(super) struct Section {
    places: Vec<Place>,
    pub(super) quads: Vec<Quad>,
    bands: Vec<Band>,
    /// Half elements along a side of the core.
    side: usize,
}

impl Section {
    /// `quarter` elements along a quarter of the circle.
    pub(super) fn new(quarter: usize, bands: Vec<Band>) -> Self {
        let side = 2 * quarter;
        let places = (0..=side).flat_map(|i| (0..=side).map(move |j| Place::Core([i, j]))).collect();
        let mut section = Self { places, quads: Vec::new(), bands, side };
        for (i, j) in (0..quarter).flat_map(|i| (0..quarter).map(move |j| (i, j))) {
            let node = |x: usize, y: usize| section.core_node(2 * i + x, 2 * j + y);
            let nodes = [0, 1, 2].map(|x| [0, 1, 2].map(|y| node(x, y)));
            section.quads.push(Quad { nodes, band: 0, is_outermost: false });
        }
        let mut inner: Vec<u32> = (0..4 * side).map(|ray| section.border(ray)).collect();
        for band in 0..section.bands.len() {
            inner = section.add_band(band, inner);
        }
        section
    }

    /// Whether a quadrilateral lies in the quarter of positive coordinates.
    pub(super) fn is_in_quarter(&self, quad: &Quad) -> bool {
        match self.places.get(quad.nodes[1][1] as usize) {
            Some(&Place::Core([i, j])) => 2 * i > self.side && 2 * j > self.side,
            Some(&Place::Ring { ray, .. }) => 2 * ray > self.side && 2 * ray < 3 * self.side,
            None => false,
        }
    }

    /// Whether a node lies where the first coordinate is 0, and where the second is.
    fn is_on_planes(&self, node: u32) -> [bool; 2] {
        match self.places.get(node as usize) {
            Some(&Place::Core([i, j])) => [2 * i == self.side, 2 * j == self.side],
            // Rays count from -45°.
            Some(&Place::Ring { ray, .. }) => [3, 1].map(|k| 2 * ray % (4 * self.side) == k * self.side),
            None => [false; 2],
        }
    }

    /// The sides of a quadrilateral that lie where the first or the second coordinate is 0.
    pub(super) fn sides_on_planes(&self, quad: &Quad) -> Vec<(Side, usize)> {
        let [[a, _, b], _, [c, _, d]] = quad.nodes;
        let sides = [(Side::Inner, [a, b]), (Side::Outer, [c, d]), (Side::Low, [a, c]), (Side::High, [b, d])];
        let all = sides.into_iter().flat_map(|(side, ends)| [0, 1].map(|plane| (side, ends, plane)));
        all.filter(|(_, ends, plane)| ends.iter().all(|&node| self.is_on_planes(node)[*plane]))
            .map(|(side, _, plane)| (side, plane))
            .collect()
    }

    /// Number of nodes, in steps of half an element.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn bands(&self) -> &[Band] {
        &self.bands
    }

    fn core_node(&self, i: usize, j: usize) -> u32 {
        (i * (self.side + 1) + j) as u32
    }

    /// The node of the core's border on a ray; rays are counted from -45°.
    fn border(&self, ray: usize) -> u32 {
        let (side, along) = (self.side, ray % self.side);
        match ray / side {
            0 => self.core_node(side, along),
            1 => self.core_node(side - along, side),
            2 => self.core_node(0, side - along),
            _ => self.core_node(along, 0),
        }
    }

    /// Adds the rings around the nodes `inner` and gives the outermost nodes.
    fn add_band(&mut self, band: usize, mut inner: Vec<u32>) -> Vec<u32> {
        let (layers, rays) = (self.bands[band].layers, inner.len());
        for layer in 0..layers {
            let mut rows = vec![inner];
            for step in [2 * layer + 1, 2 * layer + 2] {
                let first = self.places.len() as u32;
                self.places.extend((0..rays).map(|ray| Place::Ring { ray, band, step }));
                rows.push((first..first + rays as u32).collect());
            }
            for ray in (0..rays).step_by(2) {
                let nodes = [0, 1, 2].map(|x| [0, 1, 2].map(|y| rows[x][(ray + y) % rays]));
                self.quads.push(Quad { nodes, band, is_outermost: layer + 1 == layers });
            }
            inner = rows.swap_remove(2);
        }
        inner
    }

    /// Places of the nodes of the bands that `widths` has, across the tube in mm; others are `None`.
    pub(super) fn points(&self, widths: &Widths) -> Vec<Option<[f64; 2]>> {
        let rays = 4 * self.side;
        let fractions: Vec<Vec<Vec<f64>>> = (0..widths.radii.len())
            .map(|band| (0..rays).map(|ray| self.fractions(widths, band, ray)).collect())
            .collect();
        let point = |place: &Place| match *place {
            Place::Core(index) => widths.radii.first().map(|radius| self.core_point(index).map(|x| x * radius)),
            Place::Ring { ray, band, step } => {
                let (inner, outer) = self.limits(widths, band, ray)?;
                let radius = inner + (outer - inner) * fractions.get(band)?.get(ray)?.get(step)?;
                let (sin, cos) = angle(ray, rays).sin_cos();
                Some([radius * cos, radius * sin])
            }
        };
        self.places.iter().map(point).collect()
    }

    /// Radii between which a band lies on a ray.
    fn limits(&self, widths: &Widths, band: usize, ray: usize) -> Option<(f64, f64)> {
        let outer = *widths.radii.get(band)?;
        let inner = match band.checked_sub(1) {
            Some(below) => *widths.radii.get(below)?,
            None => outer * core_radius(angle(ray, 4 * self.side)),
        };
        Some((inner, outer))
    }

    /// How far out the half layers of a band are on a ray, from 0 to 1.
    fn fractions(&self, widths: &Widths, band: usize, ray: usize) -> Vec<f64> {
        let (Some((inner, outer)), Some(of)) = (self.limits(widths, band, ray), self.bands.get(band)) else {
            return Vec::new();
        };
        let growth = match widths.first.filter(|_| of.is_graded) {
            Some(first) => growth(first / (outer - inner), of.layers),
            None => 1.0,
        };
        let heights: Vec<f64> = (0..of.layers).rev().map(|k| growth.powi(k as i32)).collect();
        let sum: f64 = heights.iter().sum();
        let mut at = vec![0.0];
        let mut below = 0.0;
        for height in heights {
            at.extend([(below + 0.5 * height) / sum, (below + height) / sum]);
            below += height;
        }
        // The outer side is exact.
        if let Some(last) = at.last_mut() {
            *last = 1.0;
        }
        at
    }

    /// The node of the core for a radius of 1 of the band around it: blended from the four sides (Coons).
    fn core_point(&self, [i, j]: [usize; 2]) -> [f64; 2] {
        let side = self.side;
        let border = |ray: usize| {
            let angle = angle(ray % (4 * side), 4 * side);
            let (sin, cos) = angle.sin_cos();
            [cos, sin].map(|x| x * core_radius(angle))
        };
        let (x, y) = (i as f64 / side as f64, j as f64 / side as f64);
        let (east, west) = (border(j), border(3 * side - j));
        let (north, south) = (border(2 * side - i), border(3 * side + i));
        let corners = [border(3 * side), border(0), border(side), border(2 * side)];
        std::array::from_fn(|k| {
            let of_sides = (1.0 - x) * west[k] + x * east[k] + (1.0 - y) * south[k] + y * north[k];
            let [a, b, c, d] = corners.map(|corner| corner[k]);
            of_sides - (1.0 - x) * (1.0 - y) * a - x * (1.0 - y) * b - x * y * c - (1.0 - x) * y * d
        })
    }
}

fn angle(ray: usize, rays: usize) -> f64 {
    TAU * ray as f64 / rays as f64 - FRAC_PI_4
}

/// Radius of the core's border for a radius of 1 of the band around it: between a circle and a square.
pub(super) fn core_radius(angle: f64) -> f64 {
    let within = (angle + FRAC_PI_4).rem_euclid(2.0 * FRAC_PI_4) - FRAC_PI_4;
    CORE * (1.0 - STRAIGHTNESS + STRAIGHTNESS * FRAC_PI_4.cos() / within.cos())
}

/// The ratio g of neighbouring layers: first (1 + g + ... + gⁿ⁻¹) = 1, for a first layer of at most 1/n.
pub(super) fn growth(first: f64, layers: usize) -> f64 {
    let sum = |g: f64| (0..layers).fold(0.0, |sum, _| sum * g + 1.0);
    let (mut low, mut high) = (1.0, 2.0);
    while first * sum(high) < 1.0 && high < 1e6 && layers > 1 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if first * sum(middle) < 1.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

//! Tubes swept along an axis: a cross-section of quadrilaterals becomes hexahedra or tetrahedra with curved walls.

mod along;
mod axis;
mod build;
mod cells;
mod profile;
mod report;
mod section;
#[cfg(test)]
mod tests;

pub use along::along;
pub use axis::{ArcAxis, Axis, AxisPoint, SplineAxis, StraightAxis};
pub use profile::Profile;
pub use report::{TubeRegion, TubeReport};

use crate::MeshingError;
use axis::{across, carried};
use control::RunControl;
use mesh::{ElementKind, Point3, Vector3, VolumeMesh};
use profile::{Borders, Piece};
use section::{Band, Section, Widths, core_radius, growth};
use std::f64::consts::{FRAC_PI_4, TAU};

/// Least distance of the centre of curvature from the axis over the outer radius of the tube.
const CLEAR: f64 = 1.05;
/// Growth of layers away from the wall at most, where their number is found.
const GROWTH: f64 = 1.25;
/// Growth of the length of elements away from a step or a narrow place, a unit of length.
const LENGTHENING: f64 = 0.3;
/// Samples for the length of elements in each piece of a tube.
const SAMPLES: usize = 400;
/// Points around a section at which overlaps are looked for.
const PROBES: usize = 8;
/// Rings of a band at least and at most.
const RINGS: [usize; 2] = [2, 400];

/// A tube around an axis.
pub struct Tube<'a> {
    /// The line through its middle.
    pub axis: &'a dyn Axis,
    /// Radius of the lumen.
    pub radius: Profile,
    /// Thickness of a wall around the lumen, without steps; the lumen has none either then.
    pub wall: Option<Profile>,
}

/// How a tube is divided.
#[derive(Debug, Clone, PartialEq)]
pub struct TubeOptions {
    /// Hex8, Hex20, Tet4 or Tet10.
    pub kind: ElementKind,
    /// Elements around the tube, a multiple of 4 from 8 on.
    pub around: usize,
    /// Rings between the core and the wall, and in each band behind a step; `None` finds their numbers.
    pub rings: Option<usize>,
    /// Thickness of the ring at the wall of the lumen in mm; the others grow towards the core. `None`: all equally thick.
    pub first_height: Option<f64>,
    /// Rings in the wall.
    pub wall_rings: usize,
    /// Length of the elements along the axis in mm; `None`: as long as wide, shorter near steps.
    pub length: Option<f64>,
    /// Lengths of the elements instead at places along the axis (distance, length) in mm, in ascending order, with straight
    /// lines between them.
    pub lengths: Vec<[f64; 2]>,
    /// Only the quarter between the two directions across the axis that the sections are built on, for flows and loads with
    /// two planes of symmetry: the cut faces are the regions `symmetry_1` and `symmetry_2`. Needs a multiple of 8 around.
    pub quarter: bool,
    /// Largest number of elements.
    pub max_elements: usize,
}

impl Default for TubeOptions {
    fn default() -> Self {
        Self {
            kind: ElementKind::Hex20,
            around: 24,
            rings: None,
            first_height: None,
            wall_rings: 2,
            length: None,
            lengths: Vec::new(),
            quarter: false,
            max_elements: 2_000_000,
        }
    }
}

/// A swept tube and what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct TubeMesh {
    /// Element regions `lumen` and, with a wall, `wall`; face regions `inlet`, `outlet_1` and `wall`, with a wall
    /// `interface` between it and the lumen, `outer`, `inlet_wall`, `outlet_1_wall`; node regions `inlet_nodes`, ... of
    /// each of these.
    pub mesh: VolumeMesh,
    /// Volumes, areas, quality.
    pub report: TubeReport,
}

/// Fills a tube with elements.
///
/// The section is a square core with rounded sides and rings of quadrilaterals around it, so that no node lies on the axis
/// alone and nothing has a seam. Sections stand across the axis, turned as little as possible from one to the next. Behind
/// a widening step the section of the narrow part goes on inside the wide one, which has more rings around it; the flat
/// ring at the step belongs to the wall. All nodes of the walls, mid-edge nodes included, lie at the radius around the
/// axis; the error of the volume falls with the square of the size for linear and with its fourth power for quadratic
/// elements.
///
/// Cost: about 2 µs a node.
///
/// # Errors
/// [`MeshingError::BadOption`], [`MeshingError::TubeTooTight`] where the axis bends within the tube,
/// [`MeshingError::TubeMeetsItself`], [`MeshingError::TubeRadius`] where there is no radius, [`MeshingError::FirstHeightTooLarge`],
/// [`MeshingError::TooFine`], [`MeshingError::InvertedElement`], [`MeshingError::Cancelled`].
pub fn mesh_tube(tube: &Tube<'_>, options: &TubeOptions, control: &RunControl) -> Result<TubeMesh, MeshingError> {
    options.validate()?;
    let plan = Plan::new(tube, options, &control.stage("plan", 0.0, 0.2))?;
    let mesh = build::build(&plan, options.kind, &control.stage("elements", 0.2, 0.7))?;
    let report = report::measure(tube, &plan, &mesh, &control.stage("measure", 0.7, 1.0))?;
    Ok(TubeMesh { mesh, report })
}

impl TubeOptions {
    fn validate(&self) -> Result<(), MeshingError> {
        let bad = |option, value, needed| Err(MeshingError::BadOption { option, value, needed });
        if !matches!(self.kind, ElementKind::Hex8 | ElementKind::Hex20 | ElementKind::Tet4 | ElementKind::Tet10) {
            return Err(MeshingError::UnsupportedBlock { kind: self.kind, counts: [self.around, 0, 0] });
        }
        if !(8..=1000).contains(&self.around) || !self.around.is_multiple_of(4) {
            return bad("around", self.around as f64, "a multiple of 4 from 8 to 1000");
        }
        if self.quarter && !self.around.is_multiple_of(8) {
            return bad("around", self.around as f64, "a multiple of 8 for a quarter");
        }
        if let Some(rings) = self.rings.filter(|rings| !(1..=RINGS[1]).contains(rings)) {
            return bad("rings", rings as f64, "from 1 to 400");
        }
        if !(1..=RINGS[1]).contains(&self.wall_rings) {
            return bad("wall_rings", self.wall_rings as f64, "from 1 to 400");
        }
        for (option, length) in [("first_height", self.first_height), ("length", self.length)] {
            if let Some(value) = length.filter(|value| !(*value > 0.0 && value.is_finite())) {
                return bad(option, value, "a positive length in mm");
            }
        }
        let is_length = |place: &[f64; 2]| place[0].is_finite() && place[1].is_finite() && place[1] > 0.0;
        if let Some(place) = self.lengths.iter().find(|place| !is_length(place)) {
            return bad("lengths", place[1], "a positive length in mm at each place");
        }
        if let Some(pair) = self.lengths.windows(2).find(|pair| pair[1][0] <= pair[0][0]) {
            return bad("lengths", pair[1][0], "places in ascending order");
        }
        Ok(())
    }
}

/// A section across the axis.
struct Station {
    s: f64,
    at: AxisPoint,
    /// Directions of the section's coordinates.
    across: [Vector3<f64>; 2],
}

impl Station {
    fn place(&self, [x, y]: [f64; 2]) -> Point3<f64> {
        self.at.point + self.across[0] * x + self.across[1] * y
    }
}

/// A length of tube between neighbouring even stations, of one piece.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// The piece that it belongs to.
    piece: usize,
    /// Bands in it.
    bands: usize,
}

/// All that decides where nodes lie.
struct Plan {
    section: Section,
    /// Twice as many as there are elements along the tube, and one.
    stations: Vec<Station>,
    steps: Vec<Step>,
    /// Bands of the lumen in the widest piece.
    lumen_bands: usize,
    has_wall: bool,
    /// Whether only a quarter is built.
    is_quarter: bool,
    /// Widths at both ends and the middle of each step.
    widths: Vec<[Widths; 3]>,
}

impl Plan {
    fn new(tube: &Tube<'_>, options: &TubeOptions, control: &RunControl) -> Result<Self, MeshingError> {
        let length = tube.axis.length();
        if !(length > 0.0 && length.is_finite()) {
            return Err(MeshingError::BadOption { option: "length", value: length, needed: "a positive length in mm" });
        }
        tube.radius.validate(length, tube.wall.is_none())?;
        if let Some(wall) = &tube.wall {
            wall.validate(length, false)?;
        }
        let borders = Borders::new(tube.radius.pieces(tube.wall.as_ref(), length));
        let sizes = Sizes::new(tube, options, borders.pieces())?;
        let mut places = vec![0.0];
        let mut steps = Vec::new();
        for (k, piece) in borders.pieces().iter().enumerate() {
            control.check()?;
            let ends = sizes.divide(piece, options.max_elements)?;
            for pair in ends.windows(2) {
                places.extend([0.5 * (pair[0] + pair[1]), pair[1]]);
                steps.push(Step { piece: k, bands: piece.level as usize + 1 + usize::from(tube.wall.is_some()) });
            }
        }
        let stations = stations(tube.axis, &places, control)?;
        let mut widths = Vec::with_capacity(steps.len());
        for (k, step) in steps.iter().enumerate() {
            let own = &stations[2 * k..2 * k + 3];
            let middle = own[1].s;
            let of = |station: &Station| width(tube, options, &borders, step.piece, [station.s, middle]);
            widths.push([of(&own[0]), of(&own[1]), of(&own[2])]);
        }
        check_room(&stations, &widths)?;
        refuse_overlap(&stations, &widths, control)?;
        let lumen_bands = borders.pieces().iter().map(|piece| piece.level as usize + 1).max().unwrap_or(1);
        let bands = bands(tube, options, lumen_bands, &widths, &stations)?;
        let section = Section::new(options.around / 4, bands);
        let each = if options.kind.linear() == ElementKind::Tet4 { 6.0 } else { 1.0 };
        let share = if options.quarter { 0.25 } else { 1.0 };
        let elements = share * each * section.quads.len() as f64 * steps.len() as f64;
        if elements > options.max_elements as f64 {
            return Err(MeshingError::TooFine {
                size_mm: length / steps.len() as f64,
                elements,
                limit: options.max_elements,
            });
        }
        Ok(Self {
            section,
            stations,
            steps,
            lumen_bands,
            has_wall: tube.wall.is_some(),
            is_quarter: options.quarter,
            widths,
        })
    }

    /// Largest ratio of neighbouring rings of the lumen.
    fn max_growth(&self) -> f64 {
        let of = |widths: &Widths| -> f64 {
            let Some(first) = widths.first else { return 1.0 };
            let gaps = gaps(widths, self.lumen_bands).into_iter().zip(self.section.bands());
            gaps.map(|(gap, band)| growth(first / gap[1], band.layers)).fold(1.0, f64::max)
        };
        self.widths.iter().flatten().map(of).fold(1.0, f64::max)
    }

    /// Bands of the lumen in step `k`; none beyond the ends.
    fn lumen_bands_of(&self, k: usize) -> usize {
        self.steps.get(k).map_or(0, |step| step.bands - usize::from(self.has_wall))
    }
}

/// Widths at `s` of a piece that `middle` lies in.
fn width(tube: &Tube<'_>, options: &TubeOptions, borders: &Borders, piece: usize, [s, middle]: [f64; 2]) -> Widths {
    let radius = tube.radius.at(s, middle);
    let mut radii = borders.radii(piece, s, radius);
    radii.extend(tube.wall.as_ref().map(|wall| radius + wall.at(s, middle)));
    Widths { radii, first: options.first_height }
}

/// Sections across the axis at `places`, from frames without rotation.
fn stations(axis: &dyn Axis, places: &[f64], control: &RunControl) -> Result<Vec<Station>, MeshingError> {
    let mut stations: Vec<Station> = Vec::with_capacity(places.len());
    for (k, &s) in places.iter().enumerate() {
        if k.is_multiple_of(1024) {
            control.check()?;
        }
        let at = axis.at(s);
        let first = match stations.last() {
            Some(last) => carried(&last.at, &last.across[0], &at),
            None => across(&at.tangent),
        };
        stations.push(Station { s, across: [first, at.tangent.cross(&first)], at });
    }
    Ok(stations)
}

/// Refuses a radius that is none, and an axis that bends around a point in or near the tube.
fn check_room(stations: &[Station], widths: &[[Widths; 3]]) -> Result<(), MeshingError> {
    for (k, triple) in widths.iter().enumerate() {
        for (station, widths) in stations[2 * k..].iter().zip(triple) {
            let at: [f64; 3] = station.at.point.into();
            let mut inner = 0.0;
            for &radius in &widths.radii {
                if !(radius > inner && radius.is_finite()) {
                    return Err(MeshingError::TubeRadius {
                        at,
                        along_mm: station.s,
                        radius_mm: radius,
                        inner_mm: inner,
                    });
                }
                inner = radius;
            }
            if station.at.curvature * inner * CLEAR >= 1.0 {
                let curvature_radius_mm = 1.0 / station.at.curvature;
                return Err(MeshingError::TubeTooTight { at, curvature_radius_mm, radius_mm: inner });
            }
        }
    }
    Ok(())
}

/// Refuses a tube that runs through itself: a point of its axis or wall between the sections of another part of it. Along the
/// tube that part is more than its radius away: nearer ones are the sections beside each other.
fn refuse_overlap(stations: &[Station], widths: &[[Widths; 3]], control: &RunControl) -> Result<(), MeshingError> {
    if stations.iter().all(|station| station.at.curvature == 0.0) {
        return Ok(());
    }
    let outer = |k: usize| widths[k][0].radii.last().copied().unwrap_or(0.0);
    for (j, station) in stations.iter().step_by(2).enumerate().take(widths.len()) {
        control.check()?;
        let wall = (0..PROBES).map(|k| (TAU * k as f64 / PROBES as f64).sin_cos());
        let probes: Vec<Point3<f64>> =
            wall.map(|(sin, cos)| station.place([outer(j) * cos, outer(j) * sin])).chain([station.at.point]).collect();
        for (i, other) in stations.iter().step_by(2).enumerate().take(widths.len()) {
            let half = stations.get(2 * i + 1).map_or(0.0, |next| next.s - other.s);
            let inside = |p: &&Point3<f64>| {
                let from = *p - other.at.point;
                let along = from.dot(&other.at.tangent);
                along.abs() <= half && (from - other.at.tangent * along).norm() < outer(i) * (1.0 - 1e-6)
            };
            if (station.s - other.s).abs() > outer(i)
                && let Some(p) = probes.iter().find(inside)
            {
                return Err(MeshingError::TubeMeetsItself { at: (*p).into() });
            }
        }
    }
    Ok(())
}

/// Rings of each band: as given, or enough for rings as thick as the elements are wide, from the first height on.
fn bands(
    tube: &Tube<'_>,
    options: &TubeOptions,
    lumen_bands: usize,
    widths: &[[Widths; 3]],
    stations: &[Station],
) -> Result<Vec<Band>, MeshingError> {
    let count = lumen_bands + usize::from(tube.wall.is_some());
    let mut bands = vec![Band { layers: options.rings.unwrap_or(RINGS[0]), is_graded: true }; count];
    if tube.wall.is_some() {
        bands[lumen_bands] = Band { layers: options.wall_rings, is_graded: false };
    }
    let all = || widths.iter().enumerate().flat_map(|(k, triple)| triple.iter().zip(&stations[2 * k..]));
    let mut room = vec![RINGS[1]; lumen_bands];
    for (widths, _) in all().filter(|_| options.rings.is_none()) {
        for (band, gap) in gaps(widths, lumen_bands).into_iter().enumerate() {
            let size = TAU * widths.radii[band] / options.around as f64;
            bands[band].layers = bands[band].layers.max(rings(gap[1], size, options.first_height));
            // Rings that the widest place asks for must not be too many for the narrowest.
            room[band] = room[band].min(options.first_height.map_or(RINGS[1], |first| (gap[0] / first) as usize));
        }
    }
    for (band, room) in bands.iter_mut().zip(room).filter(|_| options.rings.is_none()) {
        band.layers = band.layers.min(room.max(1));
    }
    let Some(first_mm) = options.first_height else { return Ok(bands) };
    for (widths, station) in all() {
        for (band, gap) in gaps(widths, lumen_bands).into_iter().enumerate() {
            let layers = bands[band].layers;
            if first_mm * layers as f64 > gap[0] * (1.0 + 1e-9) {
                let at = station.at.point.into();
                return Err(MeshingError::FirstHeightTooLarge { at, first_mm, layers, gap_mm: gap[0] });
            }
        }
    }
    Ok(bands)
}

/// Least and largest thickness of each band of the lumen, mm.
fn gaps(widths: &Widths, lumen_bands: usize) -> Vec<[f64; 2]> {
    let core = [core_radius(FRAC_PI_4), core_radius(0.0)];
    let mut inner = widths.radii.first().map_or([0.0; 2], |radius| core.map(|x| x * radius));
    let mut gaps = Vec::new();
    for &radius in widths.radii.iter().take(lumen_bands) {
        gaps.push(inner.map(|inner| radius - inner));
        inner = [radius; 2];
    }
    gaps
}

/// Rings that fill `gap` when none is thicker than `size` and each at most [`GROWTH`] times the one outside it.
fn rings(gap: f64, size: f64, first: Option<f64>) -> usize {
    let Some(first) = first else { return (gap / size).round() as usize };
    let (mut filled, mut height, mut count) = (0.0, first, 0);
    while filled < gap && count < RINGS[1] {
        filled += height;
        height = (height * GROWTH).min(size.max(first));
        count += 1;
    }
    count
}

/// Lengths of elements along the axis.
struct Sizes {
    /// Narrow places: where they are and the length there.
    narrow: Vec<[f64; 2]>,
    given: Option<f64>,
    /// Places with a length each.
    places: Vec<[f64; 2]>,
}

impl Sizes {
    fn new(tube: &Tube<'_>, options: &TubeOptions, pieces: &[Piece]) -> Result<Self, MeshingError> {
        let around = options.around as f64;
        let mut narrow = Vec::new();
        for piece in pieces {
            for k in 0..=SAMPLES {
                let s = piece.from + (piece.to - piece.from) * k as f64 / SAMPLES as f64;
                let radius = tube.radius.at(s, 0.5 * (piece.from + piece.to));
                if !(radius > 0.0 && radius.is_finite()) {
                    let at = tube.axis.at(s).point.into();
                    return Err(MeshingError::TubeRadius { at, along_mm: s, radius_mm: radius, inner_mm: 0.0 });
                }
                narrow.push([s, TAU * radius / around]);
            }
        }
        Ok(Self { narrow, given: options.length, places: options.lengths.clone() })
    }

    /// The length at `s`.
    fn at(&self, s: f64) -> f64 {
        let from = |&[place, size]: &[f64; 2]| size + LENGTHENING * (s - place).abs();
        let after = self.places.partition_point(|place| place[0] <= s);
        match (after.checked_sub(1).and_then(|k| self.places.get(k)), self.places.get(after)) {
            (Some([s0, a]), Some([s1, b])) => return a + (b - a) * (s - s0) / (s1 - s0),
            (Some([_, length]), None) | (None, Some([_, length])) => return *length,
            (None, None) => {}
        }
        self.given.unwrap_or_else(|| self.narrow.iter().map(from).fold(f64::INFINITY, f64::min))
    }

    /// Places from one end of a piece to the other, so far apart as the lengths say.
    fn divide(&self, piece: &Piece, most: usize) -> Result<Vec<f64>, MeshingError> {
        let h = (piece.to - piece.from) / SAMPLES as f64;
        let mut sums = vec![0.0];
        for k in 0..SAMPLES {
            sums.push(sums[k] + h / self.at(piece.from + h * (k as f64 + 0.5)));
        }
        let total = sums[SAMPLES];
        if total > most as f64 {
            return Err(MeshingError::TooFine { size_mm: h * SAMPLES as f64 / total, elements: total, limit: most });
        }
        let count = (total.round() as usize).max(1);
        let place = |j: usize| {
            let wanted = total * j as f64 / count as f64;
            let k = sums.partition_point(|sum| *sum <= wanted).clamp(1, SAMPLES) - 1;
            piece.from + h * (k as f64 + (wanted - sums[k]) / (sums[k + 1] - sums[k]))
        };
        let mut places: Vec<f64> = (0..count).map(place).collect();
        places.push(piece.to);
        Ok(places)
    }
}

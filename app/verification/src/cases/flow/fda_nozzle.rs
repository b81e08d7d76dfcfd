//! The nozzle of the FDA's first round robin (Stewart et al., Cardiovasc Eng Technol 3:139, 2012) at a throat Reynolds number of
//! 500, against particle image velocimetry in five laboratories (Hariharan et al., J Biomech Eng 133:041002, 2011).
//!
//! Steady and symmetric to the axis: a quarter of the pipe. Each mesh starts from the steady state of the one before, the first
//! from a parabola in every section.

use super::nozzle::{self, FLUX, Level, R, Steady};
use crate::check::{Bound, Outcome};
use crate::piv::DataSet;
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::Point3;
use std::f64::consts::{FRAC_PI_2, PI};

pub(in crate::cases) const RE_500: Case = Case {
    id: "flow/fda_nozzle_500",
    title: "FDA nozzle with a sudden expansion at a throat Reynolds number of 500, against five laboratories",
    shelf: Shelf::Full,
    solve,
};

/// The laboratories' files, shortened (assets/README.md).
const FILES: [&str; 5] = [
    include_str!("../../../../../assets/reference/fda_nozzle/PIV_Sudden_Expansion_500_243.txt"),
    include_str!("../../../../../assets/reference/fda_nozzle/PIV_Sudden_Expansion_500_297.txt"),
    include_str!("../../../../../assets/reference/fda_nozzle/PIV_Sudden_Expansion_500_468.txt"),
    include_str!("../../../../../assets/reference/fda_nozzle/PIV_Sudden_Expansion_500_763.txt"),
    include_str!("../../../../../assets/reference/fda_nozzle/PIV_Sudden_Expansion_500_999.txt"),
];

/// The last two are compared.
const LEVELS: [Level; 3] = [
    Level { around: 8, rings: 2, length: 1.5, step: 2e-3 },
    Level { around: 16, rings: 3, length: 0.8, step: 1e-3 },
    Level { around: 16, rings: 5, length: 0.6, step: 8e-4 },
];

const AXIAL_PROFILES: &str = "profile-axial-velocity-at-z";
/// What the laboratories' band on the axis is widened by.
const WIDER: f64 = 0.05;
/// Measured velocities below this part of the largest of their profile are left out of the error of the profiles.
const SLOW: f64 = 0.05;
/// Where fully developed flow from the inlet must still be found, mm.
const DEVELOPED: [f64; 2] = [-88.0, -64.0];
/// Laboratory without a place in the mean of the pressures: Stewart et al. leave it out too.
const OFF_IN_PRESSURE: u32 = 999;
/// Stations with a hole in the wall, mm.
const PRESSURE_STATIONS: [f64; 6] = [-90.32, -40.01, -19.99, 8.0, 16.0, 32.0];

const BAND: &str =
    "least to largest of the laboratories' PIV (doi 10.17917/C78G69), widened by 5 %; its middle is the reference";
const MEASURED: &str = "mean of the laboratories' PIV (doi 10.17917/C78G69)";
const POISEUILLE: &str = "exact: 2 Q/(π R²)";
const PROFILES: &str = "E of Stewart et al. 2012 eq. 2 over all laboratories and stations, points above 5 % of the largest velocity of \
                        their profile; beyond the wall u = 0";
const MASS: &str = "largest |Q(z)/Q - 1| of the 12 stations";
const PRESSURE: &str = "mean of the laboratories 243, 468 and 763, each less its own pressure at z = 0 (999 left out as by Stewart et al. \
                        2012, 297 took its pressures back)";
const BETWEEN_MESHES: &str = "difference between the last two meshes";
const STEADY: &str = "largest change on the axis from a rate of change ten times that of the end";

fn solve(control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let sets = FILES.map(DataSet::read).into_iter().collect::<Result<Vec<_>, _>>();
    let sets = sets.map_err(|error| CaseError::Reference(error.to_string()))?;
    let mut last: Option<Steady> = None;
    let mut before = None;
    for (k, level) in LEVELS.iter().enumerate() {
        let stage = control.stage("mesh and march", k as f64 / 3.0, (k + 1) as f64 / 3.0);
        let next = nozzle::steady(level, last.as_ref(), &on_axis(&stations(&sets)), &stage)?;
        before = last.replace(next);
    }
    let (Some(fine), Some(medium)) = (last, before) else { return Ok(Vec::new()) };
    let mut outcomes = axis(&sets, &fine);
    outcomes.extend(pressures(&sets, &fine));
    outcomes.extend(profiles(&sets, &fine, &medium));
    let changes = stations(&sets).into_iter().map(|z| (fine.axial(z) / medium.axial(z) - 1.0).abs());
    let changes = changes.fold(0.0, f64::max);
    outcomes.push(reported("axis-between-meshes", 100.0 * changes, 0.0, "%", BETWEEN_MESHES));
    outcomes.push(at_most("steady", 100.0 * fine.settled, 0.1, "%", STEADY));
    Ok(outcomes)
}

fn reported(name: &str, value: f64, reference: f64, unit: &'static str, source: &'static str) -> Outcome {
    Outcome { name: name.to_owned(), value, reference, unit, bound: Bound::Reported, source }
}

fn at_most(name: &str, value: f64, reference: f64, unit: &'static str, source: &'static str) -> Outcome {
    Outcome { bound: Bound::AtMost, ..reported(name, value, reference, unit, source) }
}

/// Stations on the axis, mm, ascending.
fn stations(sets: &[DataSet]) -> Vec<f64> {
    let all = sets.iter().flat_map(|set| set.along("z-distribution-axial-velocity"));
    let mut stations: Vec<f64> = all.map(|row| 1e3 * row[0]).collect();
    stations.sort_by(f64::total_cmp);
    stations.dedup_by(|a, b| (*a - *b).abs() < 1e-6);
    stations
}

fn on_axis(stations: &[f64]) -> Vec<Point3<f64>> {
    stations.iter().map(|&z| Point3::new(0.0, 0.0, z)).collect()
}

/// What the laboratories measured on the axis at a station (mm), m/s.
fn measured(sets: &[DataSet], name: &str, z: f64) -> Vec<f64> {
    let all = sets.iter().flat_map(|set| set.along(name));
    all.filter(|row| (1e3 * row[0] - z).abs() < 1e-6).map(|row| row[1]).collect()
}

/// Velocities on the axis: in the developed flow against Poiseuille's, then against the laboratories.
fn axis(sets: &[DataSet], flow: &Steady) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for z in stations(sets) {
        let own = 1e-3 * flow.axial(z);
        let all = measured(sets, "z-distribution-axial-velocity", z);
        let (low, high) = all.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), u| (low.min(*u), high.max(*u)));
        let (low, high) = (low * (1.0 - WIDER), high * (1.0 + WIDER));
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let name = format!("axis{z:+.0}mm");
        if DEVELOPED.iter().any(|developed| (developed - z).abs() < 1e-6) {
            let exact = 1e-3 * 2.0 * FLUX / (PI * R * R);
            let bound = Bound::Relative(0.01);
            outcomes.push(Outcome { bound, ..reported(&name, own, exact, "m/s", POISEUILLE) });
            outcomes.push(reported(&format!("{name}-against-piv"), own, mean, "m/s", MEASURED));
        } else if z.abs() < 48.5 {
            let bound = Bound::Absolute(0.5 * (high - low));
            outcomes.push(Outcome { bound, ..reported(&name, own, 0.5 * (low + high), "m/s", BAND) });
        } else {
            outcomes.push(reported(&name, own, mean, "m/s", MEASURED));
        }
    }
    outcomes
}

/// Pressures at the wall less that at the end of the throat: reported, not judged. Over the expansion momentum allows a rise of at
/// most ρ U² (β a - β' a²) = 22 Pa (a the ratio of the areas, β = 1.25 and β' = 4/3 of the profiles); the laboratories give 138 Pa
/// at 32 mm.
fn pressures(sets: &[DataSet], flow: &Steady) -> Vec<Outcome> {
    let rise = |set: &DataSet, z: f64| {
        let of = |z: f64| measured(std::slice::from_ref(set), "wall-distribution-pressure", z).first().copied();
        Some(of(z)? - of(0.0)?)
    };
    let of_station = |z: f64| {
        let sound = sets.iter().filter(|set| set.laboratory != OFF_IN_PRESSURE);
        let all: Vec<f64> = sound.filter_map(|set| rise(set, z)).collect();
        let own = 1e6 * (flow.pressure(z) - flow.pressure(0.0));
        reported(&format!("pressure{z:+.0}mm"), own, all.iter().sum::<f64>() / all.len() as f64, "Pa", PRESSURE)
    };
    PRESSURE_STATIONS.into_iter().map(of_station).collect()
}

/// The error of the profiles, how many points it has, and the mass through their stations.
fn profiles(sets: &[DataSet], fine: &Steady, medium: &Steady) -> Vec<Outcome> {
    let (error, points) = profile_error(sets, fine);
    let (coarser, _) = profile_error(sets, medium);
    let mut stations: Vec<f64> =
        sets.iter().flat_map(|set| set.profiles(AXIAL_PROFILES).map(|(z, _)| 1e3 * z)).collect();
    stations.sort_by(f64::total_cmp);
    stations.dedup_by(|a, b| (*a - *b).abs() < 1e-6);
    let lost = stations.iter().map(|&z| (flux(fine, z) / FLUX - 1.0).abs()).fold(0.0, f64::max);
    vec![
        at_most("profiles", error, 0.2, "1", PROFILES),
        reported("profile-points", points as f64, points as f64, "1", "points in the error of the profiles"),
        reported("profiles-between-meshes", error - coarser, 0.0, "1", BETWEEN_MESHES),
        at_most("mass", 100.0 * lost, 0.1, "%", MASS),
    ]
}

/// Mean of |u_exp - u|/|u_exp| and the number of its points.
fn profile_error(sets: &[DataSet], flow: &Steady) -> (f64, usize) {
    let (mut sum, mut count) = (0.0, 0);
    for (z, rows) in sets.iter().flat_map(|set| set.profiles(AXIAL_PROFILES)) {
        let largest = rows.iter().map(|row| row[1].abs()).fold(0.0, f64::max);
        let fast: Vec<[f64; 2]> = rows.iter().copied().filter(|row| row[1].abs() > SLOW * largest).collect();
        let points: Vec<Point3<f64>> = fast.iter().map(|row| across(1e3 * row[0], 0.5, 1e3 * z)).collect();
        for (row, own) in fast.iter().zip(flow.velocities(&points)) {
            sum += (row[1] - 1e-3 * own.z).abs() / row[1].abs();
            count += 1;
        }
    }
    (sum / f64::from(count), count as usize)
}

/// A point of the quarter at a distance from the axis, so far around from 0 to 1.
fn across(r: f64, around: f64, z: f64) -> Point3<f64> {
    let (sin, cos) = (around * FRAC_PI_2).sin_cos();
    Point3::new(r.abs() * cos, r.abs() * sin, z)
}

/// Flux through a section, mm³/s, by two points of Gauss in each of many cells along and around.
fn flux(flow: &Steady, z: f64) -> f64 {
    const CELLS: [usize; 2] = [60, 24];
    let gauss = |cells: usize| {
        let h = 1.0 / cells as f64;
        (0..2 * cells).map(move |k| h * ((k / 2) as f64 + 0.5 + [-0.5, 0.5][k % 2] / 3.0_f64.sqrt()))
    };
    let radius = nozzle::radius(z);
    let places: Vec<(f64, f64)> =
        gauss(CELLS[0]).flat_map(|r| gauss(CELLS[1]).map(move |around| (radius * r, around))).collect();
    let points: Vec<Point3<f64>> = places.iter().map(|&(r, around)| across(r, around, z)).collect();
    let area = |r: f64| 4.0 * r * radius * FRAC_PI_2 / (4 * CELLS[0] * CELLS[1]) as f64;
    places.iter().zip(flow.velocities(&points)).map(|(&(r, _), u)| area(r) * u.z).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All five files can be read, were measured in the fluid and at the flux of the case, and have the known bands.
    #[test]
    fn the_files_are_those_of_the_case() {
        let sets: Vec<DataSet> = FILES.iter().map(|text| DataSet::read(text).unwrap()).collect();
        assert_eq!(sets.iter().map(|set| set.laboratory).collect::<Vec<_>>(), [243, 297, 468, 763, 999]);
        for set in &sets {
            assert!(
                (set.flux * 1e9 - FLUX).abs() < 1e-9 && (set.density * 1e-12 - nozzle::FLUID.density).abs() < 1e-18
            );
            assert!((set.viscosity * 1e-6 - nozzle::FLUID.viscosity).abs() < 1e-18);
        }
        let wanted = [-88.0, -64.0, -48.0, -42.0, -20.0, -8.0, 0.0, 8.0, 16.0, 24.0, 32.0, 40.0, 48.0, 60.0, 80.0];
        assert_eq!(stations(&sets).iter().map(|z| (z * 1e6).round() / 1e6).collect::<Vec<_>>(), wanted);
        let at_end = measured(&sets, "z-distribution-axial-velocity", 0.0);
        assert!(at_end.len() == 5 && at_end.iter().all(|u| (0.709..0.754).contains(u)), "{at_end:?}");
        assert_eq!(
            sets.iter().map(|set| set.profiles(AXIAL_PROFILES).count()).collect::<Vec<_>>(),
            [12, 12, 9, 12, 12]
        );
        assert!(sets[1].along("wall-distribution-pressure").is_empty());
    }
}

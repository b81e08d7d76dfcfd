//! Cycles with closed forms.

use super::*;
use std::f64::consts::{PI, TAU};

/// A cycle of one second of a shear stress alike by both recoveries at one node, in steps of three lengths.
fn cycle(tau: impl Fn(f64) -> Vector3<f64>, before: Option<&CycleMetrics>) -> ShearHistory {
    let normal = [Vector3::z()];
    let mut history = ShearHistory::new(1, before.map(|metrics| (metrics, &normal[..]))).unwrap();
    let count = 3000;
    for k in 0..=count {
        let part = f64::from(k) / f64::from(count);
        let time = part + 0.1 / TAU * (TAU * part).sin();
        let value = vec![tau(time)];
        let shear = WallShear { time, by_forces: value.clone(), by_gradient: value, gap: vec![0.0], relative_gap: 0.0 };
        history.add(&shear).unwrap();
    }
    history
}

fn metrics(tau: impl Fn(f64) -> Vector3<f64>, before: Option<&CycleMetrics>) -> CycleMetrics {
    cycle(tau, before).metrics().unwrap()
}

/// τ = A + B cos ωt: without a change of sign TAWSS = A; with it (2/π)(A asin(A/B) + √(B² - A²)).
#[test]
fn shear_along_a_line_has_closed_forms() {
    for (a, b) in [(2.0_f64, 1.0_f64), (1.0, 1.0), (0.5, 1.0), (0.1, 2.0)] {
        let found = metrics(|t| Vector3::x() * (a + b * (TAU * t).cos()), None).by_forces;
        let tawss = if a >= b { a } else { 2.0 / PI * (a * (a / b).asin() + (b * b - a * a).sqrt()) };
        let osi = 0.5 * (1.0 - a / tawss);
        let close = |value: f64, exact: f64| assert!((value - exact).abs() < 1e-5, "{a} {b}: {value} {exact}");
        close(found.tawss[0], tawss);
        close(found.osi[0], osi);
        close(found.mean[0].x, a);
        close(found.rrt[0], 1.0 / ((1.0 - 2.0 * osi) * tawss));
        close(found.ecap[0], osi / tawss);
        close(found.twssg[0], 4.0 * b);
        close(found.peak[0], a + b);
        assert_eq!((found.capped, &found.transverse), (0, &None));
    }
}

/// A constant part A along x and one of size B that turns: for A = 0 there is no direction; TAWSS by quadrature, the part
/// across is B |sin ωt|, of mean 2 B/π.
#[test]
fn turning_shear_has_closed_forms() {
    let turning = |a: f64, b: f64| move |t: f64| Vector3::new(a + b * (TAU * t).cos(), b * (TAU * t).sin(), 0.0);
    let found = metrics(turning(0.0, 3.0), None).by_forces;
    assert!((found.tawss[0] - 3.0).abs() < 1e-9 && (found.osi[0] - 0.5).abs() < 1e-6, "{found:?}");
    assert!((found.twssg[0] - 3.0 * TAU).abs() < 1e-4 && found.capped == 1);
    assert!((found.rrt[0] - 1.0 / 0.03).abs() < 1e-6 && (found.ecap[0] - 0.5 / 3.0).abs() < 1e-6);
    let first = metrics(turning(2.0, 1.5), None);
    let second = metrics(turning(2.0, 1.5), Some(&first)).by_gradient;
    let count = 10_000;
    let size = |k: i32| (4.0 + 2.25 + 6.0 * (TAU * f64::from(k) / f64::from(count)).cos()).sqrt();
    let tawss = (0..count).map(size).sum::<f64>() / f64::from(count);
    let transverse = second.transverse.unwrap()[0];
    println!("{transverse} of {}, {:?}", 3.0 / PI, second.transverse_error);
    assert!((second.tawss[0] - tawss).abs() < 1e-5 && (second.osi[0] - 0.5 * (1.0 - 2.0 / tawss)).abs() < 1e-5);
    assert!((transverse - 3.0 / PI).abs() < 1e-5 && second.transverse_error.unwrap()[0] < 1e-4);
}

/// When the mean turns between the cycles, the transverse shear is known to within the bound.
#[test]
fn the_bound_of_the_transverse_shear_holds() {
    let along = |angle: f64| move |t: f64| Vector3::new(angle.cos(), angle.sin(), 0.0) * (1.0 + 0.5 * (TAU * t).cos());
    let first = metrics(along(0.0), None);
    for angle in [0.01, 0.3, 1.5, PI] {
        let found = metrics(along(angle), Some(&first)).by_forces;
        // Exactly, nothing runs across.
        let (transverse, bound) = (found.transverse.unwrap()[0], found.transverse_error.unwrap()[0]);
        assert!(transverse <= bound + 1e-9 && bound < 1.01 * angle, "{angle}: {transverse} {bound}");
    }
}

#[test]
fn a_history_goes_on_from_its_state_and_refuses_what_does_not_fit() {
    let tau = |t: f64| Vector3::new(1.0 + t, t * t, 0.0);
    let shear = |time: f64| WallShear {
        time,
        by_forces: vec![tau(time)],
        by_gradient: vec![tau(time) * 1.1],
        gap: vec![0.0],
        relative_gap: 0.0,
    };
    let mut whole = ShearHistory::new(1, None).unwrap();
    (0..=10).for_each(|k| whole.add(&shear(f64::from(k) * 0.1)).unwrap());
    let mut part = ShearHistory::new(1, None).unwrap();
    (0..=4).for_each(|k| part.add(&shear(f64::from(k) * 0.1)).unwrap());
    let mut rest = ShearHistory::restore(part.state().clone()).unwrap();
    (5..=10).for_each(|k| rest.add(&shear(f64::from(k) * 0.1)).unwrap());
    assert_eq!(rest, whole);
    let metrics = whole.metrics().unwrap();
    let expected = 0.1 * metrics.by_forces.tawss[0];
    assert!((metrics.gap(|metrics| &metrics.tawss)[0] - expected).abs() < 1e-12);
    assert!(whole.add(&shear(0.3)).unwrap_err().to_string().contains("after that of the last step"));
    assert!(ShearHistory::new(1, None).unwrap().metrics().is_err());
    let mut state = part.state().clone();
    state.by_gradient.peak.push(0.0);
    assert!(ShearHistory::restore(state).unwrap_err().to_string().contains("1 are needed"));
}

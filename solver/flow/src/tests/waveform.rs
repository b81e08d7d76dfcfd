//! Flow rates in time: means, harmonics, refusals.

use crate::Waveform;
use nalgebra::Complex;
use std::f64::consts::TAU;

fn mean_by_sampling(waveform: &Waveform) -> f64 {
    let (count, period) = (20_000, waveform.period().unwrap());
    (0..count).map(|k| waveform.at((f64::from(k) + 0.5) / f64::from(count) * period)).sum::<f64>() / f64::from(count)
}

#[test]
fn the_internal_carotid_has_its_published_extremes_and_keeps_a_mean() {
    let waveform = Waveform::internal_carotid().scaled(4300.0).unwrap();
    let least = (0..951).map(|k| waveform.at(f64::from(k) / 1000.0)).fold(f64::MAX, f64::min);
    println!("{} {} {}", waveform.largest() / 4300.0, least / 4300.0, waveform.at(0.109) / 4300.0);
    assert!((waveform.largest() / 4300.0 - 2.189).abs() < 0.02 && (least / 4300.0 - 0.403).abs() < 0.02);
    assert!((waveform.at(0.109) / waveform.largest() - 1.0).abs() < 1e-3);
    assert!((mean_by_sampling(&waveform) / 4300.0 - 1.0).abs() < 1e-12 && waveform.mean() == 4300.0);
    assert!((waveform.at(0.3) - waveform.at(0.3 + 7.0 * 0.951)).abs() < 1e-8);
}

#[test]
fn samples_of_a_series_give_back_its_harmonics_and_mean() {
    let series = Waveform::internal_carotid().scaled(100.0).unwrap();
    let times: Vec<f64> = (0..=200).map(|k| 0.951 * f64::from(k) / 200.0).collect();
    let values: Vec<f64> = times.iter().map(|&t| series.at(t)).collect();
    let sampled = Waveform::samples(&times, &values, None).unwrap();
    let known = series.harmonics(12);
    for (found, expected) in sampled.harmonics(12).iter().zip(&known) {
        assert!((found - expected).norm() < 2e-2, "{found} {expected}");
    }
    assert!((sampled.mean() - values[..200].iter().sum::<f64>() / 200.0).abs() < 1e-11);
    assert!((sampled.largest() / series.largest() - 1.0).abs() < 1e-4);
    assert!((sampled.mean_square() / series.mean_square() - 1.0).abs() < 1e-4);
    let short = Waveform::samples(&times[..200], &values[..200], Some(0.951)).unwrap();
    assert!((short.at(0.95) - sampled.at(0.95)).abs() < 1e-9);
    assert_eq!(series.harmonics_that_matter(1e-6, 24).len(), 12);
    assert!(Waveform::constant(3.0).unwrap().harmonics_that_matter(1e-6, 24).is_empty());
}

/// The series of many harmonics comes back to the samples.
#[test]
fn uneven_samples_keep_the_mean_of_what_is_between_them() {
    let times = [0.0, 0.05, 0.1, 0.3, 0.5, 0.55, 0.9];
    let values = [1.0, 4.0, 5.0, 0.0, -2.0, 1.0, 1.0];
    let waveform = Waveform::samples(&times, &values, Some(1.0)).unwrap();
    assert!((mean_by_sampling(&waveform) - waveform.mean()).abs() < 1e-6);
    let rebuilt = |t: f64| {
        let sum = (1_u32..)
            .zip(waveform.harmonics(400))
            .map(|(n, c)| (c * Complex::from_polar(1.0, TAU * f64::from(n) * t)).re);
        waveform.mean() + sum.sum::<f64>()
    };
    for (t, value) in times.iter().zip(values) {
        assert!((rebuilt(*t) - value).abs() < 1e-3, "{t}: {} {value}", rebuilt(*t));
    }
    let scaled = waveform.scaled(-3.0).unwrap();
    assert!(
        (scaled.mean() + 3.0).abs() < 1e-12
            && (scaled.at(0.2) / waveform.at(0.2) + 3.0 / waveform.mean()).abs() < 1e-12
    );
}

#[test]
fn a_ramp_starts_at_rest_without_a_kink() {
    let ramped = Waveform::internal_carotid().ramped(0.2).unwrap();
    let slope = |t: f64| (ramped.ramp_at(t + 1e-6) - ramped.ramp_at(t - 1e-6)) / 2e-6;
    assert_eq!([ramped.at(-1.0), ramped.at(0.0)], [0.0; 2]);
    assert!(slope(0.0).abs() < 1e-4 && slope(0.2).abs() < 1e-3 && (ramped.ramp_at(0.1) - 0.5).abs() < 1e-12);
    assert_eq!(ramped.at(0.3), Waveform::internal_carotid().at(0.3));
    assert!(Waveform::internal_carotid().ramped(f64::NAN).is_err());
}

#[test]
fn bad_waveforms_are_refused_with_place_and_remedy() {
    let message = |times: &[f64], values: &[f64], period| {
        Waveform::samples(times, values, period).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let (times, values) = ([0.0, 0.1, 0.2, 0.3, 0.4], [1.0, 2.0, 5.0, 2.0, 1.01]);
    assert_eq!(message(&times, &values, None), "");
    for (times, values, period, expected) in [
        (&times[..3], &values[..3], None, "give at least 4"),
        (&times, &values[..4], None, "5 times and 4 flow rates"),
        (&[0.0, 0.1, 0.1, 0.3], &values[..4], None, "sample 3: the time 0.1 s does not come after 0.1 s"),
        (&[-0.1, 0.1, 0.2, 0.3], &values[..4], None, "sample 1: the time -0.1 s is negative"),
        (&times, &[1.0, f64::NAN, 2.0, 3.0, 1.0], None, "sample 2: (0.1 s, NaN mm³/s) must be finite"),
        (&times, &[1.0, 2.0, 3.0, 2.0, 1.5], None, "differs from the first, 1 mm³/s"),
        (&times, &values, Some(0.8), "sample the whole period"),
        (&times, &values, Some(0.3), "the samples cover 0.4 s and the period is 0.3 s"),
        (&times, &values, Some(f64::INFINITY), "the period of the waveform is inf"),
    ] {
        let found = message(times, values, period);
        assert!(found.contains(expected), "{found}");
    }
    assert!(Waveform::constant(f64::NAN).is_err() && Waveform::series(1.0, 0.0, &[]).is_err());
    let harmonic = Waveform::series(1.0, 1.0, &[(1.0, 0.0), (f64::NAN, 0.0)]).unwrap_err().to_string();
    assert!(harmonic.contains("harmonic 2"), "{harmonic}");
    assert!(Waveform::series(0.0, 1.0, &[(1.0, 0.0)]).unwrap().scaled(2.0).is_err());
}

//! Measures the queries on the test anatomies: `cargo run --release -p geometry --example query_speed [FILE..]`.
//! Figures are per second of this thread's processor time; with RAYON_NUM_THREADS=1 the parallel queries run on
//! another thread and only their wall time means something.

#![expect(clippy::unwrap_used, reason = "a measurement may stop at the first surprise")]

#[path = "../tests/support/mod.rs"]
mod support;

use control::RunControl;
use geometry::TriangleBvh;
use nalgebra::{Point3, Vector3};
use std::time::Instant;

/// Deterministic numbers in [-1, 1] (a 64-bit linear congruential generator).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn vector(&mut self) -> Vector3<f64> {
        Vector3::new(self.next(), self.next(), self.next())
    }
}

/// Time this thread has spent on a processor, where Linux tells it: other programs do not disturb it.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? * 1e-9)
}

/// As [`timed`], by the clock on the wall.
fn timed_on_the_wall<T>(label: &str, count: usize, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    print_rate(label, count, start.elapsed().as_secs_f64());
    result
}

fn print_rate(label: &str, count: usize, seconds: f64) {
    println!("  {label:34} {seconds:8.3} s  {:9.0} /s", count as f64 / seconds);
}

fn timed<T>(label: &str, count: usize, work: impl FnOnce() -> T) -> T {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let result = work();
    let elapsed = start.elapsed().as_secs_f64();
    let seconds = cpu_seconds().zip(cpu).map_or(elapsed, |(end, start)| end - start);
    print_rate(label, count, seconds);
    result
}

fn main() {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.is_empty() {
        names = ["libhip_m4_lfemur.stl", "lss_L3_vertebra.obj", "carotid_lumen_capped.stl"].map(String::from).to_vec();
    }
    names.iter().for_each(|name| measure(name));
}

fn measure(name: &str) {
    const COUNT: usize = 200_000;
    let control = RunControl::silent();
    let (points, triangles) = support::load(name);
    println!("{name}: {} triangles", triangles.len());
    let mut tree = timed_on_the_wall("build", triangles.len(), || TriangleBvh::new(&points, &triangles));
    let (bounds, mut numbers) = (tree.bounds(), Numbers(1));
    let near: Vec<Point3<f64>> = (0..COUNT)
        .map(|k| {
            let [a, b, c] = tree.corners((k * 7919 % triangles.len()) as u32).unwrap();
            Point3::from((a.coords + b.coords + c.coords) / 3.0) + numbers.vector() * (0.005 * bounds.diagonal())
        })
        .collect();
    let anywhere: Vec<Point3<f64>> =
        (0..COUNT).map(|_| bounds.centre() + numbers.vector().component_mul(&bounds.size()) * 0.5).collect();
    for (place, queries) in [("near", &near), ("box", &anywhere)] {
        let closest = |p: &Point3<f64>| tree.closest_point(p, f64::INFINITY).unwrap().distance;
        timed(&format!("closest point, {place}"), COUNT, || queries.iter().map(closest).sum::<f64>());
        let w = timed(&format!("winding number, {place}"), COUNT, || {
            queries.iter().map(|p| tree.winding_number(p)).collect::<Vec<_>>()
        });
        let error = w.iter().map(|w| (w - w.round()).abs()).fold(0.0, f64::max);
        println!("  largest distance to an integer {error:.2e}");
    }
    let slow =
        timed("signed distance, near", COUNT, || near.iter().map(|p| tree.signed_distance(p)).collect::<Vec<_>>());
    timed_on_the_wall("prepare signs", triangles.len(), || tree.prepare_signs(&control).unwrap());
    let fast = timed("signed distance, near, prepared", COUNT, || {
        near.iter().map(|p| tree.signed_distance(p)).collect::<Vec<_>>()
    });
    assert_eq!(slow, fast);
    timed("rays", COUNT, || near.iter().filter(|p| tree.ray(p, &Vector3::x(), 0.0..=f64::INFINITY).is_some()).count());
    timed_on_the_wall("self-intersections", triangles.len(), || tree.self_intersections(&control).unwrap());
    timed_on_the_wall("thickness", triangles.len(), || tree.thicknesses(&control).unwrap());
}

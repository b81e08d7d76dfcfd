//! Reads the assets, for tests and measurements only.

use nalgebra::Point3;
use std::collections::HashMap;
use std::path::Path;

/// Points in mm and triangles.
pub(crate) type Surface = (Vec<Point3<f64>>, Vec<[u32; 3]>);

fn asset(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/anatomies").join(name)).unwrap()
}

/// Enough of STL (both kinds) and OBJ (metres) for the assets; equal points are merged.
pub(crate) fn load(name: &str) -> Surface {
    let bytes = asset(name);
    let text = String::from_utf8_lossy(&bytes);
    let numbers = |line: &str| -> Vec<f64> { line.split_whitespace().filter_map(|w| w.parse().ok()).collect() };
    if name.ends_with(".obj") {
        let points =
            text.lines().filter_map(|l| l.strip_prefix("v ")).map(|l| Point3::from_slice(&numbers(l)) * 1000.0);
        let corner = |word: &str| word.split('/').next().unwrap().parse::<u32>().unwrap() - 1;
        let faces = text.lines().filter_map(|l| l.strip_prefix("f "));
        let faces = faces.map(|l| l.split_whitespace().map(corner).collect::<Vec<_>>().try_into().unwrap());
        return (points.collect(), faces.collect());
    }
    let corners: Vec<Point3<f64>> = if text.starts_with("solid") && text.contains("vertex") {
        let lines = text.lines().filter_map(|l| l.trim().strip_prefix("vertex"));
        lines.map(|l| Point3::from_slice(&numbers(l))).collect()
    } else {
        let float = |b: &[u8]| f64::from(f32::from_le_bytes(b.try_into().unwrap()));
        let triangle = |t: &[u8]| [12, 24, 36].map(|k| Point3::from([0, 4, 8].map(|j| float(&t[k + j..k + j + 4]))));
        bytes[84..].chunks_exact(50).flat_map(triangle).collect()
    };
    let (mut points, mut seen) = (Vec::new(), HashMap::new());
    let mut number = |p: &Point3<f64>| {
        *seen.entry([p.x, p.y, p.z].map(|c| (c + 0.0).to_bits())).or_insert_with(|| {
            points.push(*p);
            points.len() as u32 - 1
        })
    };
    let triangles = corners.chunks_exact(3).map(|t| [number(&t[0]), number(&t[1]), number(&t[2])]).collect();
    (points, triangles)
}

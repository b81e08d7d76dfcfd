//! The queries on real surfaces against the figures measured with a prototype.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
use control::RunControl;
use geometry::TriangleBvh;
use nalgebra::Point3;
use std::collections::HashMap;
use std::path::Path;

type Surface = (Vec<Point3<f64>>, Vec<[u32; 3]>);

fn asset(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/anatomies").join(name)).unwrap()
}

/// Enough of STL (both kinds) and OBJ (metres) for the assets; equal points are merged.
fn load(name: &str) -> Surface {
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

fn tree(name: &str) -> TriangleBvh {
    let (points, triangles) = load(name);
    TriangleBvh::new(&points, &triangles)
}

#[test]
fn thickness_percentiles_of_the_femur_and_the_vertebra() {
    for (name, expected) in [("libhip_m4_lfemur.stl", [17.9, 25.3, 37.5]), ("lss_L3_vertebra.obj", [4.4, 5.8, 23.0])] {
        let found = tree(name).thickness_percentiles(&[0.01, 0.05, 0.5], &RunControl::silent()).unwrap();
        for (found, expected) in found.iter().zip(expected) {
            let found = found.unwrap();
            assert!((found / expected - 1.0).abs() < 0.02, "{name}: {found} instead of {expected} mm");
        }
    }
}

#[test]
fn clean_bones_do_not_intersect_themselves_and_the_carotid_does_in_four_faces() {
    for (name, expected) in [
        ("libhip_m4_lfemur.stl", 0),
        ("gfxmorph_femur.stl", 0),
        ("lss_L3_vertebra.obj", 0),
        ("lss_pelvis.obj", 0),
        ("carotid_lumen_capped.stl", 4),
    ] {
        let pairs = tree(name).self_intersections(&RunControl::silent()).unwrap();
        let mut faces: Vec<u32> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
        faces.sort_unstable();
        faces.dedup();
        assert_eq!(faces.len(), expected, "{name}: {pairs:?}");
    }
}

#[test]
fn debug_carotid() {
    let (points, triangles) = load("carotid_lumen_capped.stl");
    for t in [200usize, 272, 421, 3119, 6861, 6932, 7818, 7820] {
        println!("{t} {:?}", triangles[t]);
        for v in triangles[t] { println!("   {v} {:?}", points[v as usize].coords.as_slice()); }
    }
}

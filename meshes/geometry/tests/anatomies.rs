//! The queries on real surfaces against the figures measured with a prototype.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
use control::RunControl;
use geometry::TriangleBvh;

mod support;
use support::load;

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
fn clean_bones_do_not_intersect_themselves() {
    for name in ["libhip_m4_lfemur.stl", "gfxmorph_femur.stl", "lss_L3_vertebra.obj", "lss_pelvis.obj"] {
        assert_eq!(tree(name).self_intersections(&RunControl::silent()).unwrap(), [], "{name}");
    }
}

/// Two rings of four faces, each pair confirmed in rational arithmetic. In the second ring the edges pass each other by
/// 2e-7 of their length (5e-8 mm), which tools that work in single precision do not see: they report the first ring.
#[test]
fn the_carotid_intersects_itself_in_two_rings_of_four_faces() {
    let pairs = tree("carotid_lumen_capped.stl").self_intersections(&RunControl::silent()).unwrap();
    let first = [(200, 272), (200, 3119), (272, 421), (421, 3119)];
    let second = [(6861, 7818), (6932, 7818), (6932, 7820)];
    assert_eq!(pairs, [&first[..], &second].concat());
}

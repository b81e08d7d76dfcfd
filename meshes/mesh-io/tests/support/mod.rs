//! What the tests of several formats share.

#![allow(dead_code, reason = "not every test file uses all of it")]

use mesh::{ElementKind, Face, Point3, Region, VolumeMesh};
use mesh_io::{MeshFile, MeshIoError};
use proptest::prelude::*;

/// Copies of a file, cut or with some bytes changed; the same every time.
pub(crate) fn damaged(whole: &[u8], count: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |below: usize| {
        // Steele, Lea and Flood (2014): splitmix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    };
    (0..count).map(move |round| {
        let mut bytes = whole.to_vec();
        if round % 20 == 0 {
            bytes.truncate(next(whole.len()));
        }
        for _ in 0..1 + next(4) {
            let place = next(bytes.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte = [next(256) as u8, b'9', b'-', 0xFF, 0, b',', b'\n', b'*', b'1'][next(9)];
            }
        }
        bytes
    })
}

/// What is read is valid, what is not says why.
pub(crate) fn assert_valid(outcome: Result<MeshFile, MeshIoError>) {
    match outcome {
        Ok(MeshFile::Surface(file)) => assert!(file.surface.validate().is_ok()),
        Ok(MeshFile::Volume(file)) => assert!(file.mesh.validate().is_ok()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A row of tetrahedra that share faces, all positive, with random regions.
pub(crate) fn any_regions() -> impl Strategy<Value = VolumeMesh> {
    const COUNT: u32 = 12;
    let name = "[A-Za-z0-9][ -~]{0,12}[A-Za-z0-9_äß\"]";
    let members = |below: u32| prop::collection::btree_set(0..below, 0..20);
    let region = (0..3_u8, members(COUNT), members(COUNT + 3), members(4 * COUNT));
    prop::collection::btree_map(name, region, 0..6).prop_map(|regions| {
        let turn = |k: u32| f64::from(k) * 2.0;
        // A helix: consecutive points span tetrahedra.
        let nodes = (0..COUNT + 3).map(|k| Point3::new(turn(k).cos(), turn(k).sin(), f64::from(k) / 3.0));
        let connectivity = (0..COUNT).flat_map(|k| [k, k + 1, k + 2, k + 3]).collect();
        let mut mesh = VolumeMesh::new(nodes.collect(), ElementKind::Tet4, connectivity);
        for element in mesh.blocks[0].connectivity.chunks_exact_mut(4) {
            let at = |k: usize| mesh.nodes[element[k] as usize];
            let volume = (at(1) - at(0)).cross(&(at(2) - at(0))).dot(&(at(3) - at(0)));
            if volume < 0.0 {
                element.swap(0, 1);
            }
        }
        for (name, (kind, elements, nodes, faces)) in regions {
            let face = |face: u32| Face { element: face / 4, side: (face % 4) as u8 };
            let region = match kind {
                0 => Region::Nodes(nodes.into_iter().collect()),
                1 => Region::Elements(elements.into_iter().collect()),
                _ => Region::Faces(faces.into_iter().map(face).collect()),
            };
            mesh.regions.insert(name, region);
        }
        mesh
    })
}

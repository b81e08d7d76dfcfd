//! TetGen's files and the node and element lists of ANSYS.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use control::RunControl;
use mesh::shape::mesh_jacobian_ranges;
use mesh::{ElementKind, Face, Point3, Region};
use mesh_io::{Format, LengthUnit, MeshFile, MeshIoError, VolumeFile};
use std::collections::BTreeMap;
use std::path::Path;

mod support;

const NODE: &str = "# made by hand\n5  3  1  1\n1  0 0 0  0.5 1\n2  1 0 0  0.5 1\n3  0 1 0  0.5 1 # right\n4  0 0 1  0.5 0\n5  1 1 1 0.5 -1\n";
const ELE: &str = "2 4 1\n1  1 2 3 4  7\n2  2 3 4 5  -2\n";
const FACE: &str = "3 1\n1  1 3 2  3\n2  2 4 3  4\n3  1 2 4  0\n";

/// Writes files of one name and reads the first.
fn read(files: &[(&str, &str)]) -> Result<MeshFile, MeshIoError> {
    let folder = tempfile::tempdir().unwrap();
    for (extension, text) in files {
        std::fs::write(folder.path().join(format!("a.1.{extension}")), text).unwrap();
    }
    mesh_io::read_mesh(&folder.path().join(format!("a.1.{}", files[0].0)), &RunControl::silent())
}

fn volume(files: &[(&str, &str)]) -> VolumeFile {
    read(files).unwrap().into_volume().unwrap()
}

fn refusal(files: &[(&str, &str)]) -> String {
    read(files).unwrap_err().to_string()
}

fn face(element: u32, side: u8) -> Face {
    Face { element, side }
}

#[test]
fn regions_and_markers_are_read_whichever_file_is_named_and_wherever_the_numbers_begin() {
    let files = [("node", NODE), ("ele", ELE), ("face", FACE)];
    let file = volume(&files);
    assert_eq!(file.provenance.format, Format::TetGen);
    assert_eq!(file.mesh.nodes[4], Point3::new(1.0, 1.0, 1.0));
    assert_eq!(file.mesh.blocks[0].connectivity, [0, 1, 2, 3, 1, 2, 3, 4]);
    let expected = BTreeMap::from([
        ("region_7".to_owned(), Region::Elements(vec![0])),
        ("region_-2".to_owned(), Region::Elements(vec![1])),
        ("marker_3".to_owned(), Region::Faces(vec![face(0, 0)])),
        ("marker_4".to_owned(), Region::Faces(vec![face(1, 0)])),
    ]);
    assert_eq!(file.mesh.regions, expected);
    assert!(file.provenance.notes[0].ends_with("a.1.ele"), "{:?}", file.provenance.notes);
    for first in 0..3 {
        let mut order = files;
        order.rotate_left(first);
        assert_eq!(volume(&order).mesh, file.mesh);
    }
    let from_zero = "5 3\n0 0 0 0\n1 1 0 0\n2 0 1 0\n3 0 0 1\n4 1 1 1\n";
    let found = volume(&[("ele", "2 4 0\n0 0 1 2 3\n1 1 2 3 4\n"), ("node", from_zero)]).mesh;
    assert_eq!((&found.nodes, &found.blocks), (&file.mesh.nodes, &file.mesh.blocks));
    assert!(found.regions.is_empty());
}

#[test]
fn tetrahedra_of_the_other_orientation_are_turned_as_a_whole() {
    let file = volume(&[("ele", "2 4 0\n1 2 1 3 4\n2 3 2 4 5\n"), ("node", NODE)]);
    assert_eq!(file.mesh.blocks[0].connectivity, [0, 1, 2, 3, 1, 2, 3, 4]);
    assert!(
        file.provenance.notes.iter().any(|note| note.contains("all 2 tet4 elements")),
        "{:?}",
        file.provenance.notes
    );
}

/// TetGen draws the mid-edge nodes in an order of its own; any order is found from their places.
/// A marker stays on its own triangle when the tetrahedron's nodes are put into another order.
#[test]
fn markers_stay_on_their_faces_when_tetrahedra_are_turned() {
    let file = volume(&[("ele", "1 4 0\n1 2 1 3 4\n"), ("node", NODE), ("face", "1 1\n1 1 3 4 9\n")]);
    let Some(Region::Faces(faces)) = file.mesh.regions.get("marker_9") else { panic!("no marker_9") };
    let (kind, nodes) = file.mesh.element(faces[0].element as usize).unwrap();
    let mut corners: Vec<u32> = kind.faces()[faces[0].side as usize].iter().map(|&k| nodes[k as usize]).collect();
    corners.sort_unstable();
    // Nodes 1, 3, 4 of the file.
    assert_eq!(corners, [0, 2, 3]);
}

#[test]
fn mid_edge_nodes_in_any_order_come_to_their_edges() {
    let reference = mesh::shape::reference_nodes(ElementKind::Tet10);
    let order = [0, 1, 2, 3, 9, 4, 8, 6, 5, 7];
    for (corners, positive) in [([0, 1, 2, 3], true), ([1, 0, 2, 3], false)] {
        let place: Vec<usize> = corners.into_iter().chain(order[4..].iter().copied()).collect();
        let mut node = "10 3 0 0\n".to_owned();
        for (number, [x, y, z]) in reference.iter().enumerate() {
            node += &format!("{number} {x} {y} {z}\n");
        }
        let list: Vec<String> = place.iter().map(ToString::to_string).collect();
        let file = volume(&[("ele", &format!("1 10 0\n1 {}\n", list.join(" "))), ("node", &node)]);
        assert_eq!(file.mesh.blocks[0].connectivity, (0..10).collect::<Vec<u32>>());
        assert_eq!(file.provenance.notes.len(), if positive { 1 } else { 2 });
    }
    let node = "10 3\n".to_owned() + &(0..10).map(|k| format!("{k} {k} {} {}\n", k * k, k % 3)).collect::<String>();
    assert!(
        refusal(&[("ele", "1 10 0\n1 0 1 2 3 4 5 6 7 8 9\n"), ("node", &node)]).contains("do not lie on its six edges")
    );
}

#[test]
fn faults_name_file_line_and_remedy() {
    assert!(refusal(&[("node", NODE)]).contains("a.1.ele beside it is not supported; put both files into one folder"));
    assert!(refusal(&[("elem", "1 2\n")]).contains("a.1.node beside it"));
    for (old, new, message) in [
        ("2 4 1", "3 4 1", "needs 3 lines, but the file ends after 2"),
        ("2 4 1", "1 4 1", "a.1.ele, line 3: a line behind the last of 1 tetrahedra"),
        ("2 4 1", "99999999999 4 1", "truncated"),
        ("2 4 1", "-2 4 1", "not negative"),
        ("2 4 1", "2 5 1", "line 1: found 5, expected 4 or 10"),
        ("2 3 4 5", "2 3 4 6", "a.1.ele, line 3: it names the node 6, which is not defined"),
        ("5  -2", "5", "line 3: found the end of the line, expected the region"),
        ("2 3 4 5", "2 3 x 5", "found \"x\""),
    ] {
        let ele = ELE.replacen(old, new, 1);
        let error = refusal(&[("ele", &ele), ("node", NODE)]);
        assert!(error.contains(message), "{old:?} -> {new:?}: {error}");
    }
    for (old, new, message) in [
        ("5  3", "5  2", "a mesh of dimension 2 is not supported"),
        ("5  3", "77777777  3", "a.1.node, line 2"),
        ("\n3  0 1", "\n2  0 1", "line 5: the node 2 is defined twice"),
        ("3  0 1 0", "3  0 nan 0", "line 5: the coordinate NaN is not finite"),
    ] {
        let node = NODE.replacen(old, new, 1);
        let error = refusal(&[("ele", ELE), ("node", &node)]);
        assert!(error.contains(message), "{old:?} -> {new:?}: {error}");
    }
}

const CUBE_NODE: &str = "3 0 0 0\n5 1 0 0\n7 1 1 0\n9 0 1 0\n11 0 0 1\n13 1 0 1\n15 1 1 1\n17 0 1 1\n";

fn cube(nodes: &str) -> Result<MeshFile, MeshIoError> {
    read(&[("elem", &format!("{nodes} 1 1 1 1 0 4\n")), ("node", CUBE_NODE)])
}

#[test]
fn lists_of_hexahedra_wedges_and_tetrahedra_are_read() {
    for (nodes, kind, connectivity) in [
        ("3 5 7 9 11 13 15 17", ElementKind::Hex8, vec![0, 1, 2, 3, 4, 5, 6, 7]),
        ("11 13 15 17 3 5 7 9", ElementKind::Hex8, vec![0, 1, 2, 3, 4, 5, 6, 7]),
        ("3 5 9 7 11 13 17 15", ElementKind::Hex8, vec![0, 1, 2, 3, 4, 5, 6, 7]),
        ("3 5 7 7 11 13 15 15", ElementKind::Wedge6, vec![0, 1, 2, 4, 5, 6]),
        ("3 5 7 11 13 15 0 0", ElementKind::Wedge6, vec![0, 1, 2, 4, 5, 6]),
        ("3 5 9 9 11 11 11 11", ElementKind::Tet4, vec![0, 1, 3, 4]),
        ("3 5 9 11 0 0 0 0", ElementKind::Tet4, vec![0, 1, 3, 4]),
    ] {
        let mesh = cube(nodes).unwrap().into_volume().unwrap().mesh;
        assert_eq!((mesh.blocks[0].kind, &mesh.blocks[0].connectivity), (kind, &connectivity), "{nodes}");
        assert!(mesh.regions.is_empty());
    }
    assert!(cube("3 5 7 9 11 11 11 11").unwrap_err().to_string().contains("a pyramid is not supported"));
    assert!(cube("3 5 7 9 11 13 15 18").unwrap_err().to_string().contains("line 1: it names the node 18"));
    assert!(cube("3 5 7 9 11 13 15").unwrap_err().to_string().contains("line 1: found 13 numbers, expected 8 node"));
    let two = "3 5 7 7 11 13 15 15 1 1 1 1 0 1\n3 7 9 9 11 15 17 17 2 1 1 1 0 2\n";
    let mesh = volume(&[("node", CUBE_NODE), ("elem", two)]).mesh;
    let material = |number: u32| (format!("material_{}", number + 1), Region::Elements(vec![number]));
    assert_eq!(mesh.regions, BTreeMap::from([material(0), material(1)]));
}

#[test]
fn a_ring_of_the_disc_is_read_with_positive_jacobians() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/anatomies/disc_L3L4_fe/L34_AN_R1.elem");
    let control = RunControl::silent();
    let file = mesh_io::read_volume(&path, &control).unwrap();
    assert_eq!(file.provenance.format, Format::NodeElem);
    assert_eq!((file.mesh.nodes.len(), file.mesh.element_count()), (560, 240));
    assert!(mesh_jacobian_ranges(&file.mesh, true).iter().all(|range| range.unwrap().minimum > 0.0));
    assert_eq!(mesh_io::read_volume(&path.with_extension("node"), &control).unwrap().mesh, file.mesh);
    let judged = mesh_io::load_volume(&path, Some(LengthUnit::Metre), None, &control).unwrap();
    assert_eq!(judged.report.inverted, 0);
    let volume = judged.report.volume_mm3.unwrap();
    assert!((1_000.0..30_000.0).contains(&volume), "{volume} mm³");
}

/// No damage may panic or hang, whatever it hits.
#[test]
fn ten_thousand_damaged_files_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let control = RunControl::silent();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let lists = "3 5 7 7 11 13 15 15 1 1 1 1 0 1\n3 7 9 9 11 15 17 17 2 1 1 1 0 2\n";
    for (name, text) in [("a.node", NODE), ("a.ele", ELE), ("a.face", FACE), ("b.node", CUBE_NODE), ("b.elem", lists)] {
        std::fs::write(path(name), text).unwrap();
    }
    for (name, text) in [("a.node", NODE), ("a.ele", ELE), ("a.face", FACE), ("b.node", CUBE_NODE), ("b.elem", lists)] {
        let file = path(name);
        for bytes in support::damaged(text.as_bytes(), 10_000) {
            support::assert_valid(mesh_io::read_mesh_bytes(&file, &bytes, &control));
        }
    }
}

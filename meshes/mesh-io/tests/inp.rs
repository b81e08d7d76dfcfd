//! Decks of Abaqus and CalculiX, and what the writer writes.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use control::RunControl;
use mesh::{ElementBlock, ElementKind, Face, Point3, Region, VolumeMesh};
use mesh_io::{Format, Frame, HexIntegration, LengthUnit, MeshFile, MeshIoError};
use proptest::prelude::*;
use std::collections::BTreeMap;

mod support;

fn read(text: &str) -> Result<MeshFile, MeshIoError> {
    mesh_io::read_mesh_bytes("a.inp", text.as_bytes(), &RunControl::silent())
}

fn volume(text: &str) -> mesh_io::VolumeFile {
    read(text).unwrap().into_volume().unwrap()
}

fn refusal(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

fn encode(mesh: &VolumeMesh) -> String {
    let mut bytes = Vec::new();
    mesh_io::encode_inp(&mut bytes, mesh, HexIntegration::Reduced, &RunControl::silent()).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn faces(list: &[(u32, u8)]) -> Region {
    Region::Faces(list.iter().map(|&(element, side)| Face { element, side }).collect())
}

/// One element of every kind but the plain faces, with overlapping regions of every kind.
fn every_kind() -> VolumeMesh {
    let mut mesh = VolumeMesh::default();
    for (k, kind) in ElementKind::ALL.into_iter().enumerate().filter(|(_, kind)| kind.dimension() != 2) {
        let first = mesh.nodes.len() as u32;
        let reference = match kind.dimension() {
            1 => (0..kind.node_count()).map(|n| [n as f64, 0.0, 0.0]).collect(),
            _ => mesh::shape::reference_nodes(kind),
        };
        let at = |[x, y, z]: [f64; 3]| Point3::new(x + 3.0 * k as f64 + 1.0 / 3.0, y * 1e-7, z * 1e5 - 1.0 / 7.0);
        mesh.nodes.extend(reference.into_iter().map(at));
        mesh.blocks.push(ElementBlock { kind, connectivity: (first..mesh.nodes.len() as u32).collect() });
    }
    mesh.regions = BTreeMap::from([
        ("distal cut".to_owned(), faces(&[(0, 3), (2, 1), (3, 5), (5, 4)])),
        ("distal-cut".to_owned(), Region::Nodes((0..40).collect())),
        ("2nd \"bone\" Ä".to_owned(), Region::Elements(vec![1, 2, 3, 5])),
        ("empty".to_owned(), Region::Elements(vec![])),
        ("no faces".to_owned(), faces(&[])),
        ("Nall".to_owned(), Region::Nodes(vec![7])),
        ("DISTAL_CUT_NODES".to_owned(), Region::Nodes(vec![3])),
        ("distal/cut".to_owned(), faces(&[(4, 0)])),
        ("distal/cut 2".to_owned(), Region::Nodes(vec![5])),
        ("distal_cut_nodes".to_owned(), Region::Elements(vec![6])),
    ]);
    mesh
}

fn assert_same(found: &VolumeMesh, written: &VolumeMesh) {
    assert_eq!((&found.blocks, &found.regions), (&written.blocks, &written.regions));
    for (p, q) in found.nodes.iter().zip(&written.nodes) {
        assert!((p - q).norm() <= 1e-12 * (1.0 + q.coords.norm()), "{p} {q}");
    }
    assert_eq!(found.nodes.len(), written.nodes.len());
}

#[test]
fn what_the_writer_writes_comes_back_with_every_region_under_its_own_name() {
    let mesh = every_kind();
    let file = volume(&encode(&mesh));
    assert_same(&file.mesh, &mesh);
    assert_eq!(file.provenance.format, Format::Inp);
    assert_eq!((file.provenance.unit, file.provenance.frame), (Some(LengthUnit::Millimetre), Some(Frame::Lps)));
    assert!(file.provenance.notes.is_empty(), "{:?}", file.provenance.notes);
    // The caller's own cards behind and a heading before do not matter.
    let deck = format!("*HEADING\nplate\n{}*NSET, NSET=LOAD\n1\n*STEP\n*STATIC\n*END STEP\n", encode(&mesh));
    let found = volume(&deck).mesh;
    assert_eq!(found.regions["LOAD"], Region::Nodes(vec![0]));
    assert_eq!(found.regions.len(), mesh.regions.len() + 1);
}

#[test]
fn a_mesh_of_plain_faces_is_a_surface() {
    let nodes = [[0., 0., 0.], [1., 0., 0.], [1., 1., 0.], [0., 1., 0.], [2., 0., 0.]].map(Point3::from).to_vec();
    let mut mesh = VolumeMesh::new(nodes, ElementKind::Quad4, vec![0, 1, 2, 3]);
    mesh.blocks.push(ElementBlock { kind: ElementKind::Tri3, connectivity: vec![1, 4, 2] });
    mesh.regions.insert("flap".into(), Region::Elements(vec![1]));
    mesh.regions.insert("patch".into(), Region::Elements(vec![0]));
    let surface = read(&encode(&mesh)).unwrap().into_surface().unwrap().surface;
    assert_eq!(surface.triangles, [[0, 1, 2], [0, 2, 3], [1, 4, 2]]);
    assert_eq!(surface.regions, BTreeMap::from([("flap".to_owned(), vec![2]), ("patch".to_owned(), vec![0, 1])]));
}

/// As a hand-written CalculiX deck: odd spellings, sets of sets, ranges, surfaces of every sort.
const DECK: &str = "** Model of two bricks, units: mm\n*Heading\n A test, SPACE=RAS\n*NODE, nset=Nodes\n\
    100, 0.0, 0.0D0, 0.\n101, 1.0, ,\n 102 ,1.E0,+1.d+00,0\n103, 0, 1, 0\n104, 0, 0, 1\n105, 1, 0, 1\n106, 1, 1, 1, 0.5\n\
    107, 0, 1, 1,\n*NODE\n108, 0, 0, 2\n109, 1, 0, 2\n110, 1, 1, 2\n111, 0, 1, 2\n*ELEMENT, TYPE = c3d8r, ELSET=Lower\n\
    7, 100, 101, 102, 103, 104, 105, 106, 107\n*Element,type=C3D8I,\nelset=upper\n9, 104, 105, 106, 107,\n\
    108, 109, 110, 111\n*ELEMENT, TYPE=SPRINGA, ELSET=Springs\n50, 100, 108\n*ELSET, ELSET=both\nLOWER, Upper,\n\
    *ELSET, ELSET=range, GENERATE\n7, 11, 2\n*NSET, NSET=odd, generate\n101, 111, 2\n103, 103\n*NSET, NSET=all\n\
    odd, 100, 102, 104,\n106\n108, 110\n*NSET, NSET=of lower, ELSET=lower\n*SURFACE, NAME=sides, TYPE=ELEMENT\nlower, S3\n\
    9, S6\n*SURFACE, NAME=skin\nboth,\n*SURFACE, TYPE=NODE, NAME=tip\nodd, 1.0\n108,\n*MATERIAL, NAME=steel\n*ELASTIC\n\
    210000., .3\n*STEP\n*NODE FILE\nU\n*END STEP\n";

#[test]
fn a_deck_in_every_permitted_spelling_is_read() {
    let file = volume(DECK);
    assert_eq!(file.mesh.nodes.len(), 12);
    assert_eq!(file.mesh.nodes[2], Point3::new(1.0, 1.0, 0.0));
    assert_eq!(
        file.mesh.blocks,
        [ElementBlock {
            kind: ElementKind::Hex8,
            connectivity: vec![0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11]
        }]
    );
    let skin = [(0, 0), (0, 2), (0, 3), (0, 4), (0, 5), (1, 1), (1, 2), (1, 3), (1, 4), (1, 5)];
    let expected = BTreeMap::from([
        ("Lower".to_owned(), Region::Elements(vec![0])),
        ("upper".to_owned(), Region::Elements(vec![1])),
        ("Springs".to_owned(), Region::Elements(vec![])),
        ("both".to_owned(), Region::Elements(vec![0, 1])),
        ("range".to_owned(), Region::Elements(vec![0, 1])),
        ("Nodes".to_owned(), Region::Nodes((0..8).collect())),
        ("odd".to_owned(), Region::Nodes(vec![1, 3, 5, 7, 9, 11])),
        ("all".to_owned(), Region::Nodes((0..12).collect())),
        ("of lower".to_owned(), Region::Nodes((0..8).collect())),
        ("sides".to_owned(), faces(&[(0, 2), (1, 5)])),
        ("skin".to_owned(), faces(&skin)),
        ("tip".to_owned(), Region::Nodes(vec![1, 3, 5, 7, 8, 9, 11])),
    ]);
    assert_eq!(file.mesh.regions, expected);
    assert_eq!((file.provenance.unit, file.provenance.frame), (Some(LengthUnit::Millimetre), Some(Frame::Ras)));
    let notes = file.provenance.notes.join("\n");
    assert!(notes.contains("skipped: ELASTIC, MATERIAL, STEP"), "{notes}");
    assert!(notes.contains("skipped: SPRINGA") && notes.contains("1 element numbers of the ranges"), "{notes}");
    let windows = DECK.replace('\n', "\r\n");
    assert_eq!(volume(&windows).mesh, file.mesh);
}

/// Abaqus numbers the faces of solids as [`ElementKind::faces`] lists them: corners from the Abaqus manual.
#[test]
fn face_labels_name_the_faces_of_the_manual() {
    let manual: [(ElementKind, &str, &[&[u8]]); 3] = [
        (ElementKind::Tet4, "C3D4", &[&[1, 2, 3], &[1, 4, 2], &[2, 4, 3], &[3, 4, 1]]),
        (ElementKind::Wedge6, "C3D6", &[&[1, 2, 3], &[4, 6, 5], &[1, 4, 5, 2], &[2, 5, 6, 3], &[3, 6, 4, 1]]),
        (
            ElementKind::Hex8,
            "C3D8",
            &[&[1, 2, 3, 4], &[5, 8, 7, 6], &[1, 5, 6, 2], &[2, 6, 7, 3], &[3, 7, 8, 4], &[4, 8, 5, 1]],
        ),
    ];
    for (kind, name, sides) in manual {
        for (side, corners) in sides.iter().enumerate() {
            let nodes: String = (1..=kind.node_count()).map(|n| format!("{n}, {n}., 0, {n}\n")).collect();
            let list: Vec<String> = (1..=kind.node_count()).map(|n| n.to_string()).collect();
            let deck = format!(
                "*NODE\n{nodes}*ELEMENT, TYPE={name}\n1, {}\n*SURFACE, NAME=s\n1, s{}\n",
                list.join(", "),
                side + 1
            );
            let mesh = volume(&deck).mesh;
            let Region::Faces(found) = &mesh.regions["s"] else { panic!("{:?}", mesh.regions) };
            let mut found: Vec<u8> = mesh.face_nodes(found[0]).unwrap().iter().map(|&n| n as u8 + 1).collect();
            let mut corners = corners.to_vec();
            found.sort_unstable();
            corners.sort_unstable();
            assert_eq!(found, corners, "{name} S{}", side + 1);
        }
    }
}

#[test]
fn quadratic_elements_may_go_on_in_further_lines() {
    let nodes: String = (1..=20).map(|n| format!("{n}, {n}, 0.5, 0\n")).collect();
    let entries = |range: std::ops::RangeInclusive<u32>| range.map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    let deck = format!(
        "*NODE\n{nodes}*ELEMENT, TYPE=C3D20R\n1, {},\n{}\n2, {}\n{}\n*ELEMENT, TYPE=C3D10M\n3, {},\n{}\n*ELEMENT, TYPE=B32\n4, 1, 2, 3\n",
        entries(1..=15),
        entries(16..=20),
        entries(1..=10),
        entries(11..=20),
        entries(1..=4),
        entries(5..=10),
    );
    let mesh = volume(&deck).mesh;
    assert_eq!(mesh.blocks[0].connectivity, (0..20).chain(0..20).collect::<Vec<_>>());
    assert_eq!(mesh.blocks[1], ElementBlock { kind: ElementKind::Tet10, connectivity: (0..10).collect() });
    assert_eq!(mesh.blocks[2], ElementBlock { kind: ElementKind::Beam3, connectivity: vec![0, 2, 1] });
}

const PART: &str = "*Part, name=Pin\n*Node\n1, 0, 0, 0\n2, 1, 0, 0\n3, 0, 1, 0\n4, 0, 0, 1\n*Element, type=C3D4\n1, 1, 2, 3, 4\n\
    *Nset, nset=tip, internal\n4\n*Nset, nset=base\n1, 2, 3\n*Elset, elset=base\n1\n*Surface, name=side\n1, S2\n*End Part\n";

#[test]
fn one_instance_gives_plain_names_and_several_give_names_behind_their_instance() {
    let one = format!("{PART}*Assembly, name=A\n*Instance, name=Pin-1, part=PIN\n*End Instance\n*End Assembly\n");
    let mesh = volume(&one).mesh;
    let names: Vec<&str> = mesh.regions.keys().map(String::as_str).collect();
    assert_eq!(names, ["base", "base (nodes)", "side"]);
    let two = format!(
        "{PART}*Assembly, name=A\n*Instance, name=Pin-1, part=Pin\n*End Instance\n*Instance, name=Pin-2, part=Pin\n10, 0, 0\n\
         10, 0, 0, 10, 0, 1, 90.\n*End Instance\n*Node\n1, 5, 5, 5\n*Nset, nset=ref\n1\n*Nset, nset=feet, instance=Pin-2\n\
         base\n*Nset, nset=feet\npin-1.2, Pin-1.tip\n*Elset, elset=all\nPin-1.1, Pin-2.base\n*Surface, name=contact\nPin-2.base, S1\n\
         *End Assembly\n*Material, name=m\n"
    );
    let mesh = volume(&two).mesh;
    assert_eq!(mesh.nodes.len(), 9);
    let turned = [[10., 0., 0.], [10., 1., 0.], [9., 0., 0.], [10., 0., 1.]].map(Point3::from);
    assert!(mesh.nodes[4..8].iter().zip(turned).all(|(p, q)| (p - q).norm() < 1e-14), "{:?}", mesh.nodes);
    let expected = BTreeMap::from([
        ("Pin-1.base".to_owned(), Region::Elements(vec![0])),
        ("Pin-1.base (nodes)".to_owned(), Region::Nodes(vec![0, 1, 2])),
        ("Pin-2.base".to_owned(), Region::Elements(vec![1])),
        ("Pin-2.base (nodes)".to_owned(), Region::Nodes(vec![4, 5, 6])),
        ("Pin-1.side".to_owned(), faces(&[(0, 1)])),
        ("Pin-2.side".to_owned(), faces(&[(1, 1)])),
        ("all".to_owned(), Region::Elements(vec![0, 1])),
        ("contact".to_owned(), faces(&[(1, 0)])),
        ("feet".to_owned(), Region::Nodes(vec![1, 3, 4, 5, 6])),
        ("ref".to_owned(), Region::Nodes(vec![8])),
    ]);
    assert_eq!(mesh.regions, expected);
    // A part without an assembly is read as it stands.
    assert_eq!(volume(PART).mesh.nodes.len(), 4);
}

#[test]
fn faults_are_named_with_their_line_and_remedy() {
    for (old, new, message) in [
        ("9, 104, 105, 106, 107,\n108", "9, 104, 105, 106, 107\n108", "line 22: found element 9 with 4 of 8 nodes"),
        ("108, 109, 110, 111\n*EL", "108, 109, 110, 111, 3\n*EL", "line 23: found 9 node numbers of element 9"),
        (
            "108, 109, 110, 111\n*EL",
            "108, 109, 110, 112\n*EL",
            "line 22: element 9 names the node 112, which is not defined",
        ),
        ("\n9, 104", "\n7, 104", "the element 7 is defined twice"),
        ("\n9, 104", "\nx, 104", "line 22: found \"x\", expected an element or node number (an integer)"),
        ("c3d8r", "C3D27", "line 18: the element type C3D27 is not supported; use elements with"),
        ("c3d8r", "", "the element type  is not supported"),
        (", TYPE = c3d8r", "", "line 18: found *ELEMENT without a type"),
        ("103, 0, 1, 0", "103, 0, east, 0", "line 8: found \"east\", expected a coordinate"),
        ("103, 0, 1, 0", "103, 0, inf, 0", "line 8: the coordinate inf is not finite"),
        ("103, 0, 1, 0", "103", "line 8: found the end of the line"),
        (
            "LOWER, Upper,",
            "LOWER, Uper,",
            "line 27: found \"Uper\", expected the number of an element or the name of an element set",
        ),
        ("odd, 100, 102", "odd, 100, 999", "found \"999\", expected the number of a node"),
        ("7, 11, 2", "7, 11, 0", "first, last and step of a range"),
        ("7, 11, 2", "11, 7", "line 29"),
        ("9, S6", "9, S7", "found \"S7\", expected S1 to S6 of a hex8"),
        ("*MATERIAL", "*NGEN", "*NGEN is not supported; export the mesh with all nodes"),
        ("*NODE, nset=Nodes", "*NODE, SYSTEM=C", "Cartesian"),
        ("*NODE, nset=Nodes", "*NODE, INPUT=a.txt", "*INCLUDE"),
        ("*END STEP\n", "", "*END STEP, which line"),
    ] {
        assert!(DECK.contains(old), "{old}");
        let error = refusal(&DECK.replacen(old, new, 1));
        assert!(error.contains(message), "{old:?} -> {new:?}: {error}");
    }
    assert!(refusal("*HEADING\nnothing\n*NODE\n1, 0, 0, 0\n").contains("no element"));
    assert!(
        refusal(&format!("{PART}*Assembly\n*Instance, name=a, part=b\n*End Instance\n*End Assembly\n"))
            .contains("PART=b")
    );
    // Sets that name themselves do not grow.
    let growing = format!("{DECK}{}", "*NSET, NSET=all\nall, all, all, all, all, all, all\n".repeat(50));
    assert_eq!(volume(&growing).mesh, volume(DECK).mesh);
    let wide = DECK.replace("7, 11, 2", "7, 9223372036854775807, 2");
    assert_eq!(volume(&wide).mesh, volume(DECK).mesh);
}

/// The layouts of CalculiX GraphiX, PrePoMax, Gmsh and FreeCAD, reduced to one tetrahedron.
#[test]
fn decks_as_other_programs_write_them_are_read() {
    let graphix = "*NODE, NSET=Nall\n         1,0.000000000000e+00,0.000000000000e+00,0.000000000000e+00\n         2,1.0e+00,0.0,0.0\n\
        3,0.0,1.0,0.0\n4,0.0,0.0,1.0\n*ELEMENT, TYPE=C3D4, ELSET=Eall\n         1,         1,         2,         3,         4\n\
        ** Names based on fix\n*NSET,NSET=Nfix\n1,\n2,\n** Surface based on load\n*SURFACE, NAME=Sload\n1,S4\n";
    let prepomax = "************************************************************\n** Heading +++++\n**\n*Heading\nHash: x, Date: 1, \
        Unit system: MM_TON_S_C\n**\n** Nodes +++\n**\n*Node\n1, 0.0E+000, 0, 0\n2, 1, 0, 0\n3, 0, 1, 0\n4, 0, 0, 1\n**\n\
        *Element, Type=C3D4, Elset=Solid_part-1\n1, 1, 2, 3, 4\n*Nset, Nset=Nfix\n1,2\n*Elset, Elset=Internal-1_Sload_S4\n1\n\
        *Surface, Name=Sload, Type=Element\nInternal-1_Sload_S4, S4\n*Step\n*Static\n*Node file\nRF, U\n*End step\n";
    let gmsh = "*Heading\n a.inp\n*NODE\n1, 0, 0, 0\n2, 1, 0, 0\n3, 0, 1, 0\n4, 0, 0, 1\n******* E L E M E N T S *************\n\
        *ELEMENT, type=C3D4, ELSET=Volume1\n1, 1, 2, 3, 4\n*ELSET,ELSET=PhysicalVolume1\n1,\n*NSET,NSET=Nfix\n1, 2,\n\
        *SURFACE, NAME=Sload\nPhysicalVolume1, S4\n";
    let freecad = "** written by FreeCAD\n\n** Nodes\n*Node, NSET=Nall\n1, 0, 0, 0\n2, 1, 0, 0\n3, 0, 1, 0\n4, 0, 0, 1\n\n\n\
        ** Volume elements\n*Element, TYPE=C3D4, ELSET=Evolumes\n1, 1, 2, 3, 4\n\n** Define element set Eall\n\
        *ELSET, ELSET=Eall\nEvolumes\n*NSET,NSET=Nfix\n1,\n2,\n*SURFACE, NAME=Sload\nEall, S4\n*MATERIAL, NAME=m\n\
        *ELASTIC\n210000, 0.300\n*STEP, INC=2000\n*STATIC\n*END STEP\n";
    for (name, text) in [("all.msh", graphix), ("a.inp", prepomax), ("a.inp", gmsh), ("deck", freecad)] {
        let file = mesh_io::read_volume_bytes(name, text.as_bytes(), &RunControl::silent()).unwrap();
        assert_eq!(file.provenance.format, Format::Inp);
        assert_eq!(file.mesh.blocks, [ElementBlock { kind: ElementKind::Tet4, connectivity: vec![0, 1, 2, 3] }]);
        assert_eq!(file.mesh.regions["Nfix"], Region::Nodes(vec![0, 1]), "{name}");
        assert_eq!(file.mesh.regions["Sload"], faces(&[(0, 3)]), "{name}");
    }
}

#[test]
fn included_files_belong_to_the_deck_and_a_circle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.inp");
    let (head, tail) = DECK.split_at(DECK.find("*ELEMENT, TYPE = c3d8r").unwrap());
    std::fs::write(folder.path().join("elements.txt"), tail).unwrap();
    std::fs::write(&path, format!("{head}*INCLUDE, INPUT=elements.txt\n")).unwrap();
    let file = mesh_io::read_volume(&path, &RunControl::silent()).unwrap();
    assert_eq!(file.mesh, volume(DECK).mesh);
    std::fs::write(folder.path().join("elements.txt"), tail.replacen("111\n", "112\n", 1)).unwrap();
    let error = mesh_io::read_volume(&path, &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("elements.txt, line 5: element 9 names the node 112"), "{error}");
    std::fs::write(folder.path().join("elements.txt"), "*INCLUDE, INPUT=main.inp\n").unwrap();
    let error = mesh_io::read_volume(&path, &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("elements.txt, line 1") && error.contains("circle"), "{error}");
}

/// No damage may panic or hang, whatever it hits.
#[test]
fn ten_thousand_damaged_decks_never_panic() {
    let part = format!(
        "{PART}*Assembly, name=A\n*Instance, name=P, part=Pin\n1, 0, 0\n*End Instance\n*Nset, nset=a\nP.tip\n*End Assembly\n"
    );
    for whole in [DECK, &part, &encode(&every_kind())] {
        for bytes in support::damaged(whole.as_bytes(), 10_000) {
            support::assert_valid(mesh_io::read_mesh_bytes("a.inp", &bytes, &RunControl::silent()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any sets of a block of tetrahedra come back.
    #[test]
    fn random_regions_survive(mesh in support::any_regions()) {
        assert_same(&volume(&encode(&mesh)).mesh, &mesh);
    }
}

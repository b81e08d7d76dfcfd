//! A study and a record with values of realistic size and awkward content: long texts, a quantity that did not converge,
//! a check that is only reported. Shared by the tests of `credibility` and `report`; nothing in it was computed.

use std::path::Path;
use study::Study;
use study::record::{
    CodeCheck, Comparison, Figure, Finding, InputFile, Location, MeshQuality, MeshRecord, OutputFile, Program,
    Quantity, Record, Severity, SolveRecord, Status, StudyReference, sha256,
};
use uncertainty::{GridLevel, GridStudy};

pub(crate) const FIGURES: [&str; 6] = ["displacement", "tension", "compression", "section", "mesh", "convergence"];

pub(crate) fn study() -> Study {
    Study::parse(Path::new("femur_stance.toml"), STUDY.to_owned()).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn record(study: &Study) -> Record {
    let program = Program { name: "vesalius".into(), version: "0.1.0".into() };
    let reference = StudyReference { title: study.document.title.clone(), sha256: study.sha256() };
    let mut record = Record::begun(program, reference, 0);
    record.status = Status::Finished;
    record.inputs.push(InputFile {
        path: "../assets/anatomies/libhip_m4_lfemur_with_a_rather_long_file_name_that_has_to_wrap.stl".into(),
        sha256: sha256(b"surface"),
        bytes: 3_643_484,
        licence: "MIT, LibHip (c) 2022 DIKU; Moshfeghifar et al., Comput Methods Programs Biomed 226:107140".into(),
        withheld: Vec::new(),
    });
    let sizes = [("fine", 1.9, 412_338), ("medium", 2.85, 121_507), ("coarse", 4.275, 35_911)];
    record.meshes = sizes.into_iter().map(|(label, size, elements)| mesh(label, size, elements)).collect();
    record.solves = record.meshes.iter().map(solve).collect();
    record.quantities = quantities(&record.meshes);
    record.checks = checks();
    record.findings.push(Finding {
        severity: Severity::Note,
        code: "surface_repaired".into(),
        message: "3 duplicate triangles were removed and 12 vertices closer than 1e-6 mm were merged.".into(),
        place: "../assets/anatomies/libhip_m4_lfemur.stl".into(),
        remedy: String::new(),
    });
    record.figures = FIGURES.iter().map(|name| figure(name)).collect();
    let output = |path: &str| OutputFile { path: path.into(), sha256: sha256(path.as_bytes()) };
    record.files = vec![output("fields/stance_fine.vtu"), output("fields/stance_medium.vtu")];
    record
}

fn mesh(label: &str, size: f64, elements: usize) -> MeshRecord {
    let volume = 217_640.25;
    let quality = MeshQuality {
        min_dihedral_deg: Some(20.4),
        max_dihedral_deg: Some(146.2),
        min_radius_ratio: Some(0.211),
        thousandth_radius_ratio: None,
        min_scaled_jacobian: Some(0.152),
    };
    MeshRecord {
        label: label.into(),
        size_mm: size,
        representative_size_mm: (volume / elements as f64).cbrt(),
        grid_size_mm: (volume / elements as f64).cbrt(),
        element: "tet10".into(),
        nodes: elements * 3 / 2,
        elements,
        volume_mm3: volume,
        volume_error: -0.000_63 * size,
        hausdorff_mm: Some(0.041 * size),
        quality,
    }
}

fn solve(mesh: &MeshRecord) -> SolveRecord {
    SolveRecord {
        mesh: mesh.label.clone(),
        load_case: "stance".into(),
        method: "conjugate gradients, p-multigrid".into(),
        dofs: mesh.nodes * 3 - 1284,
        iterations: 19,
        residual: 6.3e-11,
        energy_mj: 1324.87,
        equilibrium_residual: 4.1e-12,
        relative_energy_error: Some(0.021),
    }
}

/// Name, label, symbol, values on the three meshes, unit, formal order.
type Row = (&'static str, &'static str, &'static str, [f64; 3], &'static str, f64);

/// Values on the three meshes: five that converge, one that oscillates.
fn quantities(meshes: &[MeshRecord]) -> Vec<Quantity> {
    let rows: [Row; 6] = [
        ("head_displacement", "Displacement of the femoral head", "u", [1.3241, 1.3216, 1.3127], "mm", 2.0),
        ("stiffness", "Stiffness along the hip contact force", "K", [1512.7, 1515.6, 1525.9], "N/mm", 2.0),
        (
            "neck_tension_peak",
            "Peak maximum principal strain in the neck",
            "ε1,max",
            [0.2487, 0.2391, 0.2452],
            "%",
            2.0,
        ),
        (
            "neck_tension_p99",
            "99th percentile of the maximum principal strain in the neck",
            "ε1,99",
            [0.1932, 0.1925, 0.1904],
            "%",
            2.0,
        ),
        (
            "neck_compression_peak",
            "Peak minimum principal strain in the neck",
            "ε3,min",
            [-0.3521, -0.3466, -0.3317],
            "%",
            2.0,
        ),
        (
            "neck_compression_p99",
            "99th percentile of the compressive principal strain in the neck",
            "ε3,99",
            [-0.2711, -0.2698, -0.2657],
            "%",
            2.0,
        ),
    ];
    rows.into_iter().map(|row| quantity(row, meshes)).collect()
}

fn quantity(row: Row, meshes: &[MeshRecord]) -> Quantity {
    let (name, label, symbol, values, unit, order) = row;
    let levels = meshes.iter().zip(values).map(|(mesh, value)| GridLevel { size_mm: mesh.grid_size_mm, value });
    let grid = GridStudy::judge(levels.collect(), order, 1e-9).unwrap_or_else(|error| panic!("{error}"));
    let peak = name.ends_with("peak");
    Quantity {
        name: name.into(),
        label: label.into(),
        symbol: symbol.into(),
        value: values[0],
        unit: unit.into(),
        load_case: "stance".into(),
        location: Location {
            name: if name.starts_with("neck") { "neck".into() } else { "hip_contact".into() },
            point_mm: peak.then_some([-41.237, 12.904, -318.551]),
        },
        uncertainty: Quantity::uncertainty_of(&grid),
        grid: Some(grid),
        reference: (name == "stiffness").then(|| Comparison::new(1512.7, 1480.0, "a comparator of this test")),
        remarks: vec!["Solid bone: the surface has no medullary canal, so the body is stiffer than the bone.".into()],
    }
}

fn checks() -> Vec<CodeCheck> {
    let mut checks = Vec::new();
    let mut add = |id: &str, value: f64, reference: f64, unit: &str, tolerance: &str, passed: bool, source: &str| {
        let area = id.split('/').next().unwrap_or_default().to_owned();
        let (unit, tolerance, source) = (unit.to_owned(), tolerance.to_owned(), source.to_owned());
        checks.push(CodeCheck { id: id.into(), area, value, reference, unit, tolerance, passed, source });
    };
    for (k, element) in ["tet4", "tet10", "hex8", "hex20"].into_iter().enumerate() {
        let error = 3.1e-14 * (k + 1) as f64;
        let linear = "a linear displacement field is reproduced exactly";
        add(&format!("solid/patch/{element}/stress_error"), error, 1e-10, "1", "at most", true, linear);
        let rigid = "a translation and a linearised rotation strain nothing";
        add(&format!("solid/rigid_motion/{element}/strain"), 0.1 * error, 1e-12, "1", "at most", true, rigid);
        let formal = if element == "tet10" || element == "hex20" { 2.8 } else { 1.9 };
        let mms = "method of manufactured solutions, trigonometric field on the unit cube";
        add(&format!("solid/manufactured/{element}/order"), formal + 0.14, formal, "1", "at least", true, mms);
    }
    add("solid/manufactured/hex20_distorted/order", 2.07, 2.8, "1", "reported", true, "as above on a distorted mesh");
    let nafems = "The Standard NAFEMS Benchmarks, Rev. 3, 1990";
    for (id, value, reference) in [
        ("solid/nafems_le1/tet10/stress_yy", 92.66, 92.7),
        ("solid/nafems_le1/hex20/stress_yy", 92.71, 92.7),
        ("solid/nafems_le10/tet10/stress_yy", -5.361, -5.38),
        ("solid/nafems_le10/hex20/stress_yy", -5.402, -5.38),
        ("solid/nafems_le11/tet10/stress_zz", -105.8, -106.0),
        ("solid/nafems_le11/hex20/stress_zz", -106.1, -106.0),
    ] {
        add(id, value, reference, "MPa", "within 1 %", true, nafems);
    }
    for element in ["tet10", "hex20"] {
        let cook = "R. D. Cook, 1974; converged value by refinement, see the case";
        add(&format!("solid/cook_membrane/{element}/tip_deflection"), 23.93, 23.96, "mm", "within 1 %", true, cook);
        let lame = "Lamé's solution";
        add(&format!("solid/thick_cylinder/{element}/hoop_stress"), 71.39, 71.43, "MPa", "within 1 %", true, lame);
    }
    add(
        "solid/plate_bending/tet10/bending_stiffness",
        9.981e6,
        1.0e7,
        "N mm²",
        "within 2 %",
        true,
        "ASTM F382, beam formula",
    );
    for shape in ["sphere", "torus", "gyroid"] {
        add(&format!("mesh/{shape}/volume_order"), 2.02, 1.8, "1", "at least", true, "volume error falls as h²");
    }
    add(
        "uncertainty/celik/order",
        1.534,
        1.53,
        "1",
        "within 1 %",
        true,
        "Celik et al. 2008, J. Fluids Eng. 130:078001, table 1",
    );
    checks
}

fn figure(name: &str) -> Figure {
    Figure {
        file: format!("figures/{name}.png"),
        caption: format!("The field called {name} on the surface of the proximal femur in one-legged stance"),
        alt_text: format!("Proximal femur seen from the front, coloured by {name}; the largest value is in the neck."),
        sha256: sha256(&picture(name)),
    }
}

/// Bytes that stand for a figure until `report` draws one.
pub(crate) fn picture(name: &str) -> Vec<u8> {
    name.as_bytes().to_vec()
}

const STUDY: &str = include_str!("realistic.toml");

//! The program in a harness: no window, no system dialogs; files are made in a temporary folder.

#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

use desktop::{Command, Model, Workbench};
use eframe::egui;
use egui_kittest::{Harness, HarnessBuilder};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use study::record::{Location, Program as Maker, Quantity, Record, Status, StudyReference, Uncertainty};

pub(crate) type Program = Harness<'static, Workbench>;

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program with nothing open.
pub(crate) fn program() -> Program {
    build(builder(), None)
}

/// The program started with a file.
pub(crate) fn program_with(file: &Path) -> Program {
    let mut program = build(builder(), Some(file.to_owned()));
    settle(&mut program);
    program
}

pub(crate) fn builder() -> HarnessBuilder<Workbench> {
    Harness::builder().with_size([1280.0, 800.0]).with_theme(egui::Theme::Light).with_max_steps(64)
}

pub(crate) fn build(builder: HarnessBuilder<Workbench>, file: Option<PathBuf>) -> Program {
    builder.build_eframe(move |creation| Workbench::new(&creation.egui_ctx, None, file, |_| None))
}

/// Steps until `condition` holds; a job may take its time, but not for ever.
pub(crate) fn wait(program: &mut Program, what: &str, condition: impl Fn(&Model) -> bool) {
    let start = Instant::now();
    while !condition(program.state().model()) {
        assert!(start.elapsed() < Duration::from_secs(120), "{what}: {:#?}", program.state().model().log);
        std::thread::sleep(Duration::from_millis(5));
        program.step();
    }
    program.run_ok();
}

/// Steps until no job runs and the picture is there.
pub(crate) fn settle(program: &mut Program) {
    wait(program, "the job ends", |model| model.job.is_none());
    let start = Instant::now();
    while program.state().is_drawing() {
        assert!(start.elapsed() < Duration::from_secs(60), "the picture is never ready");
        std::thread::sleep(Duration::from_millis(5));
        program.step();
    }
    program.run_ok();
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Drops a file on the window and waits for what comes of it.
pub(crate) fn drop_file(program: &mut Program, file: &Path) {
    program.input_mut().dropped_files.push(Arc::new(Dropped(file.to_owned())));
    program.step();
    settle(program);
}

pub(crate) fn ask(program: &mut Program, command: Command) {
    program.state_mut().carry_out(command);
    program.step();
    settle(program);
}

/// A box of `size` mm with one corner at the origin, as text STL; `missing` triangles are left out.
pub(crate) fn box_stl(size: [f64; 3], missing: usize) -> String {
    let corner = |k: usize| [0, 1, 2].map(|axis| if k >> axis & 1 == 1 { size[axis] } else { 0.0 });
    let faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = faces.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).skip(missing);
    let mut text = String::from("solid box\n");
    for triangle in triangles {
        text += "facet normal 0 0 0\nouter loop\n";
        for [x, y, z] in triangle.map(corner) {
            text += &format!("vertex {x} {y} {z}\n");
        }
        text += "endloop\nendfacet\n";
    }
    text + "endsolid box\n"
}

/// A study without files.
pub(crate) const PLATE: &str = include_str!("../../../../examples/plate_bending.toml");

/// A finished run of [`PLATE`] in `folder`, with a field that is known everywhere: a bar bent by an end displacement of
/// 0.1 mm whose stress is proportional to the height z and falls off along x.
pub(crate) fn finished_plate(folder: &Path) -> PathBuf {
    let file = folder.join("plate.toml");
    std::fs::write(&file, PLATE).unwrap();
    let results = folder.join("plate.results");
    std::fs::create_dir_all(results.join("fields")).unwrap();
    let mesh = bar();
    let stress = |p: &mesh::Point3<f64>| [100.0 * p.z * (1.0 - p.x / 120.0), 0.0, 0.0, 0.0, 0.0, 0.0];
    let bent = |p: &mesh::Point3<f64>| [0.0, 0.0, -0.1 * (p.x / 120.0).powi(2)];
    let fields = [
        mesh::Field::on_nodes("displacement", "mm", 3, mesh.nodes.iter().flat_map(bent).collect()),
        mesh::Field::on_nodes("stress", "MPa", 6, mesh.nodes.iter().flat_map(stress).collect()),
    ];
    let path = "fields/bending.vtu";
    mesh_io::write_vtu(&results.join(path), &mesh, &fields, &control::RunControl::silent()).unwrap();
    let mut record = record(study::record::sha256(PLATE.as_bytes()));
    record.files.push(study::record::OutputFile { path: path.into(), sha256: String::new() });
    std::fs::write(results.join("record.json"), record.to_json().unwrap()).unwrap();
    file
}

/// 60 × 6 × 2 hexahedra, 120 mm × 12 mm × 4 mm, z from -2 to 2.
fn bar() -> mesh::VolumeMesh {
    grid([60, 6, 2], |i, j, k| [2.0 * f64::from(i), 2.0 * f64::from(j) - 6.0, 2.0 * f64::from(k) - 2.0])
}

/// Hexahedra in rows, columns and layers with their nodes in places.
fn grid([nx, ny, nz]: [u32; 3], place: impl Fn(u32, u32, u32) -> [f64; 3]) -> mesh::VolumeMesh {
    let node = |i: u32, j: u32, k: u32| i + (nx + 1) * (j + (ny + 1) * k);
    let mut nodes = Vec::new();
    for k in 0..=nz {
        for j in 0..=ny {
            nodes.extend((0..=nx).map(|i| mesh::Point3::from(place(i, j, k))));
        }
    }
    let mut elements = Vec::new();
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                for k in [k, k + 1] {
                    elements.extend([node(i, j, k), node(i + 1, j, k), node(i + 1, j + 1, k), node(i, j + 1, k)]);
                }
            }
        }
    }
    mesh::VolumeMesh::new(nodes, mesh::ElementKind::Hex8, elements)
}

/// A study of a flow through a tube.
pub(crate) const PIPE: &str = r#"version = 1
title = "Pipe"
question = "How much pressure is lost?"
context_of_use = "Test."
[risk]
influence = "low"
influence_rationale = "test"
consequence = "low"
consequence_rationale = "test"
[device.tube]
radius = [["0 mm", "1 mm"], ["8 mm", "1 mm"]]
[material]
name = "blood"
law = "newtonian_fluid"
source = "handbook"
parameters = { density = "1060 kg/m^3", viscosity = "3.5 mPa s" }
[mesh]
size = "0.2 mm"
element = "tet10"
levels = 2
[[flow.inlets]]
region = "inlet"
mean = "1 mL/s"
source = "test"
[[flow.outlets]]
region = "outlet_1"
pressure = "0 mmHg"
source = "test"
[[outputs]]
name = "drop"
label = "pressure drop"
unit = "mmHg"
flow = { metric = "pressure_drop", region = "inlet", to = "outlet_1" }
"#;

/// Largest speed in the moments of [`finished_pipe`], in mm/s; they are 0.2 s apart.
pub(crate) const SPEEDS: [f64; 4] = [100.0, 300.0, 200.0, 50.0];

/// A finished run of [`PIPE`] in `folder`: a square channel with a velocity along z that vanishes on its sides, a pressure
/// that falls along it, and a shear stress of the whole cycle.
pub(crate) fn finished_pipe(folder: &Path) -> PathBuf {
    let file = folder.join("pipe.toml");
    std::fs::write(&file, PIPE).unwrap();
    let results = folder.join("pipe.results");
    std::fs::create_dir_all(results.join("fields")).unwrap();
    let mesh = channel();
    let on_nodes = |name: &str, unit: &str, components: usize, value: &dyn Fn(&mesh::Point3<f64>) -> Vec<f64>| {
        mesh::Field::on_nodes(name, unit, components, mesh.nodes.iter().flat_map(value).collect())
    };
    let mut record = record(study::record::sha256(PIPE.as_bytes()));
    let mut write = |name: &str, fields: &[mesh::Field]| {
        let path = format!("fields/{name}");
        mesh_io::write_vtu(&results.join(&path), &mesh, fields, &control::RunControl::silent()).unwrap();
        record.files.push(study::record::OutputFile { path, sha256: String::new() });
    };
    write("cycle.vtu", &[on_nodes("TAWSS", "Pa", 1, &|p| vec![1.0 + 0.1 * p.z])]);
    let mut steps = Vec::new();
    for (number, speed) in (1..).zip(SPEEDS) {
        let name = format!("flow_{number:04}.vtu");
        let velocity = |p: &mesh::Point3<f64>| vec![0.0, 0.0, speed * (1.0 - p.x * p.x) * (1.0 - p.y * p.y)];
        let pressure = |p: &mesh::Point3<f64>| vec![0.1 * speed * (8.0 - p.z)];
        write(&name, &[on_nodes("velocity", "mm/s", 3, &velocity), on_nodes("pressure", "Pa", 1, &pressure)]);
        steps.push((0.2 * f64::from(number), name));
    }
    mesh_io::write_pvd(&results.join("fields/flow.pvd"), &steps).unwrap();
    record.files.push(study::record::OutputFile { path: "fields/flow.pvd".into(), sha256: String::new() });
    std::fs::write(results.join("record.json"), record.to_json().unwrap()).unwrap();
    file
}

/// 6 × 6 × 12 hexahedra in [-1, 1]² × [0, 8] with its ends and sides named.
fn channel() -> mesh::VolumeMesh {
    let place = |i: u32, j: u32, k: u32| [f64::from(i) / 3.0 - 1.0, f64::from(j) / 3.0 - 1.0, f64::from(k) / 1.5];
    let mut mesh = grid([6, 6, 12], place);
    let faces = mesh::topology::boundary_faces(&mesh);
    for (name, end) in [("inlet", Some(0.0)), ("outlet_1", Some(8.0)), ("wall", None)] {
        let is_at = |face: &mesh::Face, z: f64| {
            mesh.face_nodes(*face).unwrap().iter().all(|&node| mesh.nodes[node as usize].z == z)
        };
        let is_here = |face: &&mesh::Face| match end {
            Some(z) => is_at(face, z),
            None => !is_at(face, 0.0) && !is_at(face, 8.0),
        };
        let own = faces.iter().filter(is_here).copied().collect();
        mesh.regions.insert(name.to_owned(), mesh::Region::Faces(own));
    }
    mesh
}

/// A record with one quantity that has an interval and one that did not converge.
pub(crate) fn record(sha256: String) -> Record {
    let program = Maker { name: "vesalius".into(), version: "0.1.0".into() };
    let mut record = Record::begun(program, StudyReference { title: "Plate".into(), sha256 }, 0);
    record.status = Status::Finished;
    let quantity = |name: &str, label: &str, value: f64, unit: &str, uncertainty: Uncertainty| Quantity {
        name: name.into(),
        label: label.into(),
        symbol: String::new(),
        value,
        unit: unit.into(),
        load_case: "bending".into(),
        location: Location { name: "loading rollers".into(), point_mm: None },
        uncertainty,
        grid: None,
        reference: None,
        remarks: Vec::new(),
    };
    let interval = Uncertainty::Interval { low: 12.3, high: 12.4, covers: "discretisation".into() };
    record.quantities.push(quantity("stiffness", "Bending stiffness", 12.345678, "N m²", interval));
    let range = Uncertainty::None { reason: "not converged: oscillating".into(), range: Some([180.0, 240.0]) };
    record.quantities.push(quantity("stress", "Largest stress", 218.9, "MPa", range));
    record
}

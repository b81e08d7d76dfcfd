//! The Vesalius side of `calculix_linear.py`: writes one femur problem for both programs and solves it.
//!
//! `prepare SURFACE.stl SIZE_MM` writes femur.vtu and femur.inp; `solve direct|iterative` reads femur.vtu and writes
//! METHOD.txt with one line `node u v w` (mm) a node.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use vesalius::control::RunControl;
use vesalius::mesh::{Region, Vector3, VolumeMesh};
use vesalius::mesh_io;
use vesalius::meshing::{MeshOptions, mesh_surface};
use vesalius::solid::{LinearStatics, LoadCase, Material, Method, Place, SolverOptions};

const YOUNG: f64 = 17_000.0;
const POISSON: f64 = 0.3;
/// Force of every loaded node, N.
const FORCE: [f64; 3] = [1.0, -0.5, -3.0];

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["prepare", surface, size] => prepare(Path::new(surface), size.parse()?),
        ["solve", "direct"] => solve("direct", Method::Direct),
        ["solve", "iterative"] => solve("iterative", Method::Iterative),
        _ => Err("usage: calculix_linear prepare SURFACE.stl SIZE_MM | solve direct|iterative".into()),
    }
}

fn prepare(surface: &Path, size: f64) -> Result<(), Box<dyn Error>> {
    let control = RunControl::silent();
    let surface =
        mesh_io::load_surface(surface, Some(mesh_io::LengthUnit::Millimetre), Some(mesh_io::Frame::Lps), &control)?;
    let options = MeshOptions { size: Some(size), order: 2, ..MeshOptions::default() };
    let mut mesh = mesh_surface(&surface.surface, &options, &control)?.mesh;
    mesh.regions.clear();
    let (low, high) = mesh.bounds().ok_or("an empty mesh")?;
    let slab = |mesh: &VolumeMesh, from: f64, to: f64| {
        let all = 0..mesh.nodes.len() as u32;
        Region::Nodes(all.filter(|&n| (from..=to).contains(&mesh.nodes[n as usize].z)).collect())
    };
    let (fixed, loaded) = (slab(&mesh, low.z, low.z + 5.0), slab(&mesh, high.z - 5.0, high.z));
    mesh.regions.insert("FIXED".to_owned(), fixed);
    mesh.regions.insert("LOADED".to_owned(), loaded);
    mesh_io::write_vtu(Path::new("femur.vtu"), &mesh, &[], &control)?;
    mesh_io::write_inp(Path::new("femur.inp"), &mesh, mesh_io::HexIntegration::Full, &control)?;
    let mut deck = std::fs::read_to_string("femur.inp")?;
    write!(deck, "*MATERIAL, NAME=BONE\n*ELASTIC\n{YOUNG}, {POISSON}\n*SOLID SECTION, ELSET=EALL, MATERIAL=BONE\n")?;
    deck.push_str("*BOUNDARY\nFIXED, 1, 3, 0.\n*STEP\n*STATIC\n*CLOAD\n");
    for (direction, force) in (1..).zip(FORCE) {
        writeln!(deck, "LOADED, {direction}, {force}")?;
    }
    deck.push_str("*NODE PRINT, NSET=NALL\nU\n*END STEP\n");
    std::fs::write("femur.inp", deck)?;
    let (nodes, elements) = (mesh.nodes.len(), mesh.element_count());
    println!("Left LibHip femur, {elements} Tet10, {nodes} nodes, {} displacement components.", 3 * nodes);
    Ok(())
}

fn solve(name: &str, method: Method) -> Result<(), Box<dyn Error>> {
    let control = RunControl::silent();
    let mesh = mesh_io::read_volume(Path::new("femur.vtu"), &control)?.mesh;
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, Material::isotropic(YOUNG, POISSON)?);
    model.fix("FIXED");
    model.load_case(LoadCase::new("push").nodal_force("LOADED", Vector3::from(FORCE)));
    let options = SolverOptions { method, ..SolverOptions::default() };
    let solution = model.solve(&options, &control)?;
    let mut text = String::new();
    for (node, u) in (1..).zip(&solution.cases[0].displacement) {
        writeln!(text, "{node} {:e} {:e} {:e}", u.x, u.y, u.z)?;
    }
    std::fs::write(format!("{name}.txt"), text)?;
    Ok(())
}

use super::*;
use constitutive::bone::{
    ApparentDensity, AshLine, AshRatio, BoneLaw, BoneLimits, Calibration, DensityLaw, MORGAN_POOLED, Piece,
};
use imaging::{LabelMap, Rescale, SmoothOptions, Voxels, label_surface};
use mesh::{ElementKind, Vector3};
use meshing::{MeshOptions, mapped_block, mesh_surface};
use solid::{LinearStatics, Material, Place, Sampling};

/// Side of the test block, mm: its elements are a little less than 3, 6, 12 voxels long in images of steps 1, 1/2, 1/4 mm, so
/// that the samples of all three lie alike among the voxels.
const SIDE: f64 = 9.0 - 1e-8;

fn silent() -> RunControl {
    RunControl::silent()
}

/// ρ_app = (0.02 + 0.001 HU) / 0.6.
fn bone_map(law: BoneLaw) -> BoneMap {
    let limits = BoneLimits { minimum_modulus: 1.0, maximum_modulus: 50e3, metal_above: 3000.0 };
    let calibration = Calibration::new(0.02, 1e-3).unwrap();
    BoneMap::new(calibration, AshLine::EQUAL, AshRatio::new(0.6).unwrap(), law, limits).unwrap()
}

/// E = 10 + 8000 ρ and E = 10 + 8000 ρ²: laws whose integrals are known.
const LINEAR: BoneLaw = made_up(&[Piece { above: 0.0, constant: 10.0, factor: 8000.0, exponent: 1.0 }]);
const SQUARE: BoneLaw = made_up(&[Piece { above: 0.0, constant: 10.0, factor: 8000.0, exponent: 2.0 }]);

const fn made_up(pieces: &'static [Piece]) -> BoneLaw {
    BoneLaw::Apparent(DensityLaw::<ApparentDensity>::new("made up", pieces, [0.0, 5.0], "test"))
}

/// An image of cubic voxels of `step` mm whose box is [-2, 10]³ mm.
fn image(step: f64, hounsfield: impl Fn(&Point3<f64>) -> f64) -> Image {
    let n = (12.0 / step).round() as usize;
    let first = Point3::origin() + Vector3::repeat(0.5 * step - 2.0);
    let grid = Grid::aligned([n; 3], first, [step; 3]).unwrap();
    let values = (0..grid.count()).map(|k| hounsfield(&grid.position(grid.voxel(k).map(|v| v as f64)))).collect();
    Image { grid, voxels: Voxels::F64(values), rescale: Rescale::NONE }
}

fn block(kind: ElementKind) -> VolumeMesh {
    mapped_block(kind, [3; 3], |x| Point3::from(x.map(|x| SIDE * x))).unwrap()
}

fn curved(kind: ElementKind) -> VolumeMesh {
    mapped_block(kind, [2; 3], |[x, y, z]| {
        Point3::new(SIDE * x, SIDE * y - 0.8 * x * (1.0 - x), SIDE * z + 0.3 * y * y)
    })
    .unwrap()
}

fn mapped(image: &Image, law: BoneLaw, mesh: &VolumeMesh) -> MappedBone {
    Mapping { image, map: &bone_map(law), soft_below: 0.0 }.onto(mesh, &silent()).unwrap()
}

/// The modulus at every Gauss point of the stiffness, with the point.
fn at_gauss_points(mesh: &VolumeMesh, bone: &MappedBone) -> Vec<(Point3<f64>, f64)> {
    let mut model = LinearStatics::new(mesh);
    model.material(Place::Everywhere, Material::isotropic_field(bone.modulus.clone(), 0.3).unwrap());
    let rest = vec![Vector3::zeros(); mesh.nodes.len()];
    let states = model.states(&rest, None, Sampling::Stiffness, &silent()).unwrap();
    states.iter().map(|state| (state.position, bone.modulus.at(state.element as usize, &state.position))).collect()
}

#[test]
fn a_constant_image_gives_a_constant_modulus() {
    let image = image(1.0, |_| 400.0);
    let expected = bone_map(BoneLaw::Apparent(MORGAN_POOLED)).at(400.0).modulus;
    assert!((expected - 8920.0 * 0.7_f64.powf(1.83)).abs() < 1e-9);
    for kind in [ElementKind::Tet4, ElementKind::Tet10, ElementKind::Hex20, ElementKind::Wedge15] {
        let mesh = curved(kind);
        let bone = mapped(&image, BoneLaw::Apparent(MORGAN_POOLED), &mesh);
        for (x, modulus) in at_gauss_points(&mesh, &bone) {
            assert!((modulus / expected - 1.0).abs() < 1e-12, "{kind}: {modulus} at {x}");
        }
        let Spread { minimum, mean, maximum } = bone.summary.modulus;
        assert!([minimum, mean, maximum].iter().all(|value| (value / expected - 1.0).abs() < 1e-12), "{kind}");
    }
}

#[test]
fn a_linear_image_and_law_give_exact_gauss_points_and_element_means() {
    let hounsfield = |p: &Point3<f64>| 300.0 + 20.0 * p.x - 13.0 * p.y + 7.0 * p.z;
    let image = image(1.0, hounsfield);
    let exact = |p: &Point3<f64>| 10.0 + 8000.0 * (0.02 + 1e-3 * hounsfield(p)) / 0.6;
    for kind in [ElementKind::Tet4, ElementKind::Tet10, ElementKind::Hex8, ElementKind::Wedge15] {
        let mesh = curved(kind);
        let bone = mapped(&image, LINEAR, &mesh);
        for (x, modulus) in at_gauss_points(&mesh, &bone) {
            assert!((modulus / exact(&x) - 1.0).abs() < 1e-11, "{kind}: {modulus} at {x}");
        }
        let mesh = block(kind);
        let bone = mapped(&image, LINEAR, &mesh);
        for (piece, (_, nodes)) in bone.modulus.pieces.iter().zip(mesh.elements()) {
            let corners = &nodes[..kind.corner_count()];
            let sum = corners.iter().fold(Vector3::zeros(), |sum, &node| sum + mesh.nodes[node as usize].coords);
            let centre = Point3::from(sum / corners.len() as f64);
            assert!((piece.mean / exact(&centre) - 1.0).abs() < 1e-12, "{kind}: {} at {centre}", piece.mean);
        }
    }
}

/// ρ = c + d sin(πx/L) cos(πy/L) in a cube of side L: ∫ρ² = L³ (c² + d²/4), as the mixed term has no integral.
#[test]
fn the_integral_of_the_modulus_converges_with_order_two_in_the_image_spacing() {
    let (c, d) = (0.7, 0.4);
    let wave = |p: &Point3<f64>| {
        let [x, y] = [p.x, p.y].map(|x| std::f64::consts::PI * x / SIDE);
        (0.6 * (c + d * x.sin() * y.cos()) - 0.02) / 1e-3
    };
    let exact = 10.0 + 8000.0 * (c * c + 0.25 * d * d);
    // The parts of a hexahedron would lie at the voxels' centres, where the image is exact and equal steps integrate the wave.
    let mesh = block(ElementKind::Tet10);
    let error = |step: f64| {
        let bone = mapped(&image(step, wave), SQUARE, &mesh);
        assert!((bone.summary.volume - SIDE.powi(3)).abs() < 1e-9);
        (bone.summary.modulus.mean - exact).abs() / exact
    };
    let errors = [1.0, 0.5, 0.25].map(error);
    let orders = [(errors[0] / errors[1]).log2(), (errors[1] / errors[2]).log2()];
    println!("errors {errors:?}, orders {orders:.2?}");
    assert!(orders.iter().all(|&order| order > 1.9), "errors {errors:?}, orders {orders:?}");
}

/// A label map of an ellipsoid in voxels of 1 x 1 x 1.5 mm, its image by `hounsfield` of the signed relative radius and the
/// position; gives the mineral by the mesh over the mineral by the voxels.
fn mineral_ratio(hounsfield: impl Fn(f64, &Point3<f64>) -> f64) -> f64 {
    let grid = Grid::aligned([44, 38, 26], Point3::new(-21.5, -18.5, -19.0), [1.0, 1.0, 1.5]).unwrap();
    let radius = |p: &Point3<f64>| (p.x / 17.0).hypot(p.y / 14.0).hypot(p.z / 14.0);
    let position = |index: usize| grid.position(grid.voxel(index).map(|n| n as f64));
    let labels: Vec<u16> = (0..grid.count()).map(|index| u16::from(radius(&position(index)) < 1.0)).collect();
    let values: Vec<f64> = (0..grid.count()).map(position).map(|p| hounsfield(radius(&p), &p)).collect();
    let map = LabelMap { labels, ..LabelMap::empty(grid.clone()) };
    let image = Image { grid: grid.clone(), voxels: Voxels::F64(values), rescale: Rescale::NONE };
    let bone_map = bone_map(LINEAR);
    let inside = (0..grid.count()).filter(|&index| map.labels[index] == 1);
    let by_voxels: f64 =
        inside.map(|index| bone_map.at(image.value(index)).mineral.0).sum::<f64>() * grid.voxel_volume();
    let surface = label_surface(map, &SmoothOptions::default(), &silent()).unwrap().of_label(1);
    let options = MeshOptions { size: Some(3.0), order: 2, ..MeshOptions::default() };
    let mesh = mesh_surface(&surface, &options, &silent()).unwrap().mesh;
    let bone = Mapping { image: &image, map: &bone_map, soft_below: 0.0 }.onto(&mesh, &silent()).unwrap();
    bone.summary.mineral_mg / by_voxels
}

#[test]
fn the_mineral_on_the_mesh_is_that_of_the_voxels() {
    let smooth = mineral_ratio(|_, p| 300.0 + 6.0 * p.x - 4.0 * p.z);
    // Blurred at the border, as by a scanner: from 400 HU inside to 0 outside over three voxels.
    let blurred = mineral_ratio(|r, _| 200.0 * (1.0 - (15.0 * (r - 1.0) / 1.5).tanh()));
    let step = mineral_ratio(|r, _| if r < 1.0 { 400.0 } else { 0.0 });
    println!("mineral by mesh over mineral by voxels: smooth {smooth:.4}, blurred {blurred:.4}, step {step:.4}");
    assert!((smooth - 1.0).abs() < 0.01, "{smooth}");
    assert!((blurred - 1.0).abs() < 0.01, "{blurred}");
    // A step between voxel centres is interpolated: over half a voxel inside the border the image falls to one half, which
    // takes an eighth of a voxel of depth, here 3 · 1.1 / (8 · 15) = 2.8 % of the volume.
    assert!((0.95..0.99).contains(&step), "{step}");
}

#[test]
fn what_is_no_bone_is_counted_by_volume() {
    let mesh = block(ElementKind::Tet10);
    let split = 0.5 * SIDE;
    let jump = image(0.25, |p| if p.x < split { -1000.0 } else { 4000.0 });
    let bone = mapped(&jump, BoneLaw::Apparent(MORGAN_POOLED), &mesh);
    let Shares { outside, soft, negative, at_floor, at_ceiling, metal, .. } = bone.summary.shares;
    // The jump lies at a voxel border; it is interpolated over one voxel, 3 % of the block.
    for (share, half) in [(soft, 0.5), (negative, 0.5), (metal, 0.5), (at_ceiling, 0.5), (at_floor, 0.5)] {
        assert!((share - half).abs() < 0.04, "{:?}", bone.summary.shares);
    }
    assert_eq!(outside, 0.0);
    assert_eq!((bone.summary.modulus.minimum, bone.summary.modulus.maximum), (1.0, 50e3));
    assert!(at_gauss_points(&mesh, &bone).iter().all(|(_, modulus)| (1.0 - 1e-9..=50e3 + 1e-6).contains(modulus)));

    let shifted = mapped_block(ElementKind::Tet4, [3; 3], |[x, y, z]| {
        Point3::new(SIDE * x + 10.0 - 0.75 * SIDE, SIDE * y, SIDE * z)
    });
    let bone = mapped(&image(1.0, |_| 400.0), LINEAR, &shifted.unwrap());
    assert!((bone.summary.shares.outside - 0.25).abs() < 0.03, "{:?}", bone.summary.shares);
}

#[test]
fn samples_follow_the_voxels_within_bounds() {
    let mesh = block(ElementKind::Tet10);
    let count = |step: f64| mapped(&image(step, |_| 100.0), LINEAR, &mesh).summary;
    // Elements of 3 mm: at least 2 parts a direction, one a voxel step, at most 16.
    assert_eq!(count(3.0).samples, mesh.element_count() * 8);
    assert_eq!(count(0.5).samples, mesh.element_count() * 216);
    let finest = count(0.15);
    assert_eq!((finest.samples, finest.coarse_elements), (mesh.element_count() * 4096, mesh.element_count()));
    let voxels = finest.volume / 0.5_f64.powi(3);
    assert!(count(0.5).samples as f64 > voxels);
}

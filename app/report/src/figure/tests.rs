use super::*;
use scene::{Camera, ColourMap, ColourScale, Legend, Point3, Scalar, Shading, Surface, View};

fn square(z: f64, colour: Colour) -> Surface {
    let points = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]].map(|[x, y]| Point3::new(x, y, z));
    let surface = Surface::plain("square", points.to_vec(), vec![[0, 1, 2], [0, 2, 3]], colour);
    Surface { shading: Shading::Flat, ..surface }
}

/// A scene seen from +z without decorations.
fn bare(surfaces: Vec<Surface>) -> Scene {
    let camera = Camera::looking(-scene::Vector3::z(), scene::Vector3::y());
    Scene { surfaces, camera, scale_bar: false, triad: scene::Triad::Hidden, ..Scene::default() }
}

fn pixels(png: &[u8]) -> (usize, Vec<[u8; 3]>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let pixels = bytes[..info.buffer_size()].chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
    (info.width as usize, pixels)
}

fn middle(scene: &Scene) -> [u8; 3] {
    let (width, pixels) = pixels(&render_scene(scene, [200, 160]).unwrap());
    pixels[80 * width + 100]
}

#[test]
fn the_nearer_surface_hides_the_farther_one_in_any_order() {
    let (near, far) = (square(5.0, Colour::new(200, 0, 0)), square(0.0, Colour::new(0, 0, 200)));
    for surfaces in [vec![near.clone(), far.clone()], vec![far.clone(), near.clone()]] {
        let [red, _, blue] = middle(&bare(surfaces));
        assert!(red > 150 && blue == 0);
    }
    let glass = Surface { opacity: 0.5, ..near };
    let [red, _, blue] = middle(&bare(vec![glass.clone(), far.clone()]));
    assert!(red > 80 && blue > 80, "{red} {blue}");
    let behind = Surface { points: far.points.iter().map(|p| p - scene::Vector3::z()).collect(), ..glass };
    assert_eq!(middle(&bare(vec![behind, far.clone()])), middle(&bare(vec![far])), "a hidden glass changes nothing");
}

/// A square in perspective, tilted about x: the value is linear in space, not in the picture.
#[test]
fn values_are_interpolated_in_space_and_coloured_by_the_scale() {
    for heights in [None, Some(1.5)] {
        let mut surface = square(0.0, Colour::WHITE);
        for point in &mut surface.points {
            point.z = -0.8 * point.y;
        }
        surface.scalar = Some(Scalar::PerVertex(surface.points.iter().map(|p| p.y).collect()));
        let mut scene = bare(vec![surface]);
        let mut scale = ColourScale::new(ColourMap::Viridis, [0.0, 10.0]);
        scale.bands = Some(2);
        scene.legend = Some(Legend { title: "Height".into(), unit: "mm".into(), scale });
        scene.framing = scene::Framing::Fixed;
        scene.camera = scene.camera.fitted(scene.points().copied().collect::<Vec<_>>().iter(), 1.0, 0.1);
        if let Some(heights) = heights {
            scene.camera = scene.camera.with_perspective(heights);
        }
        let [width, height] = [400, 300];
        let layout = overlay::Layout::new(&scene, width, height);
        let (camera, frame) = layout.framed(&scene, width, height);
        let image = raster::draw(&raster::Seen { scene: &scene, camera: &camera }, &frame);
        // The bands change colour at y = 5: there the picture must change, one pixel each way.
        let edge = frame.place(&camera, Point3::new(5.0, 5.0, -4.0)).unwrap();
        let colour = |row: f64| image.pixels[(row as usize * 400 + edge.x as usize) * 3 + 2];
        let (above, below) = (colour(edge.y - 2.0), colour(edge.y + 2.0));
        assert!(above < 50 && below > 60, "{heights:?}: yellow {above} above, violet {below} below");
    }
}

#[test]
fn adjoining_triangles_leave_no_gap() {
    // A fan of slivers around an off-grid point covers the middle of the picture completely.
    let count = 97;
    let mut points = vec![Point3::new(0.123, 0.077, 0.0)];
    points.extend((0..count).map(|k| {
        let angle = std::f64::consts::TAU * f64::from(k) / f64::from(count);
        Point3::new(10.0 * angle.cos(), 10.0 * angle.sin(), 0.0)
    }));
    let triangles = (0..count as u32).map(|k| [0, 1 + k, 1 + (k + 1) % count as u32]).collect();
    let mut scene = bare(vec![Surface::plain("fan", points, triangles, Colour::new(10, 10, 10))]);
    scene.background = Colour::new(255, 0, 255);
    let (width, pixels) = pixels(&render_scene(&scene, [300, 300]).unwrap());
    let inside = (0..pixels.len()).filter(|k| {
        let (x, y) = ((k % width) as f64 - 150.0, (k / width) as f64 - 150.0);
        x * x + y * y < 100.0 * 100.0
    });
    assert!(inside.clone().count() > 30_000);
    assert!(inside.into_iter().all(|k| pixels[k][0] < 20), "the background shines through");
}

fn rich_scene() -> Scene {
    let mut surface = square(0.0, Colour::WHITE);
    surface.points[2].z = 4.0;
    surface.scalar = Some(Scalar::PerVertex(vec![0.0, 1.0, 2.0, f64::NAN]));
    surface.edges = vec![[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]];
    let scale = ColourScale::new(ColourMap::Cividis, [0.0, 2.0]);
    let mut scene = Scene {
        surfaces: vec![surface],
        legend: Some(Legend { title: "Pressure on the plate".into(), unit: "MPa".into(), scale }),
        camera: Camera::view(View::AnteriorLeft),
        notes: vec!["Deformation drawn × 5".into()],
        ..Scene::default()
    };
    scene.mark_extremes();
    scene
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let scene = rich_scene();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| render_scene(&scene, [640, 480]).unwrap())
    };
    let one = with(1);
    assert_eq!(one, with(3));
    assert_eq!(one, with(2));
}

/// The bytes of this picture on every machine. When the drawing is changed on purpose, look at the new picture, then
/// enter its checksum.
#[test]
fn the_bytes_are_the_same_on_every_machine() {
    let png = render_scene(&rich_scene(), [400, 300]).unwrap();
    let (_, pixels) = pixels(&png);
    assert_eq!(checksum(pixels.as_flattened()), SCENE_CHECKSUM);
}

const SCENE_CHECKSUM: u64 = 7_240_152_562_589_939_635;

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn absurd_sizes_and_broken_scenes_are_refused() {
    assert!(matches!(render_scene(&rich_scene(), [10, 300]), Err(ReportError::FigureSize { .. })));
    assert!(matches!(render_scene(&rich_scene(), [100_000, 100_000]), Err(ReportError::FigureSize { .. })));
    let mut scene = rich_scene();
    scene.surfaces[0].triangles[0][0] = 99;
    assert!(matches!(render_scene(&scene, [400, 300]), Err(ReportError::Scene(_))));
}

#[test]
fn an_svg_plot_escapes_its_texts_and_is_complete() {
    use scene::plot::{Axis, Series};
    let plot = Plot {
        x: Axis::logarithmic("Element size", "mm"),
        y: Axis::linear("Strain <ε₁> & error", "1"),
        series: vec![Series::marked("five", vec![[1.0, 0.004], [2.0, 0.0041], [-4.0, 0.0045]], Colour::category(0))],
        ..Plot::default()
    };
    let svg = plot_svg(&plot);
    assert!(svg.contains("Strain &lt;ε₁&gt; &amp; error (× 10⁻³)") && svg.ends_with("</svg>\n"));
    // Two of the three points can be shown on a logarithmic axis; each is a white disc under a coloured one.
    assert_eq!(svg.matches("<circle").count(), 2 * 2 + 2);
}

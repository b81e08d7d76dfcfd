//! What the graphics card draws, checked pixel by pixel on a context without a window.
//! Without a driver each test prints "skipped: …" and passes; with CI=true it fails.

use scene::{
    Arrow, Camera, Colour, ColourMap, ColourScale, FixedZone, Legend, Point3, Scalar, Scene, Shading, Surface, Vector3,
    View,
};
use std::sync::Arc;
use viewport::{Pixels, RenderError, render};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 240;

/// Draws, or says why not.
fn draw(scene: Scene) -> Option<Pixels> {
    match render(Arc::new(scene), WIDTH, HEIGHT) {
        Ok(pixels) => Some(pixels),
        Err(RenderError::NoGl(reason)) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
            println!("skipped: {reason}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn keep(pixels: &Pixels, name: &str) {
    let Some(folder) = std::env::var_os("VESALIUS_PICTURES") else { return };
    let bytes: Vec<u8> = pixels.rgba.iter().flatten().copied().collect();
    let path = std::path::Path::new(&folder).join(name);
    let saved = image::save_buffer(path, &bytes, pixels.width, pixels.height, image::ColorType::Rgba8);
    assert!(saved.is_ok(), "{saved:?}");
}

/// A sheet in the plane y = 0 from (0, 0) to (4, 3) whose value grows with x.
fn sheet(values: impl Fn(f64) -> f64) -> Surface {
    let (columns, rows) = (40, 30);
    let node = |i: u32, j: u32| i + (columns + 1) * j;
    let mut points = Vec::new();
    for j in 0..=rows {
        points.extend((0..=columns).map(|i| Point3::new(f64::from(i) * 0.1, 0.0, f64::from(j) * 0.1)));
    }
    let mut triangles = Vec::new();
    for j in 0..rows {
        for i in 0..columns {
            triangles.push([node(i, j), node(i + 1, j), node(i + 1, j + 1)]);
            triangles.push([node(i, j), node(i + 1, j + 1), node(i, j + 1)]);
        }
    }
    let scalar = Scalar::PerVertex(points.iter().map(|p| values(p.x)).collect());
    let mut surface = Surface::plain("sheet", points, triangles, Colour::BONE);
    surface.scalar = Some(scalar);
    surface
}

fn pressure(range: [f64; 2]) -> Legend {
    let mut scale = ColourScale::new(ColourMap::Viridis, range);
    scale.above = Some(Colour::new(255, 0, 255));
    Legend { title: "Pressure".into(), unit: "MPa".into(), scale }
}

/// The sheet exactly fills the picture: 4 mm wide, 3 mm high, seen from the front.
fn filled(surface: Surface, legend: Legend) -> Scene {
    let mut camera = Camera::view(View::Anterior);
    camera.target = Point3::new(2.0, 0.0, 1.5);
    camera.height = 3.0;
    Scene { surfaces: vec![surface], legend: Some(legend), camera, ..Scene::default() }
}

/// The brightness a sheet facing the viewer has.
fn lit(colour: Colour) -> [f64; 3] {
    let brightness = scene::light::brightness(Vector3::z(), scene::light::SCALAR);
    colour.channels().map(|channel| (f64::from(channel) * brightness).min(255.0))
}

fn distance(pixel: [u8; 4], expected: [f64; 3]) -> f64 {
    (0..3).map(|k| (f64::from(pixel[k]) - expected[k]).abs()).fold(0.0, f64::max)
}

#[test]
fn every_pixel_has_the_colour_that_the_scale_gives_its_value() {
    let legend = pressure([0.0, 3.0]);
    let Some(pixels) = draw(filled(sheet(|x| x), legend.clone())) else { return };
    keep(&pixels, "field.png");
    for (index, &pixel) in pixels.rgba.iter().enumerate() {
        let x = ((index as u32 % WIDTH) as f64 + 0.5) * 4.0 / f64::from(WIDTH);
        // Four samples a pixel may straddle the border between two texels of the map or the end of the range.
        let half = 0.5 * 4.0 / f64::from(WIDTH);
        let near = [x - half, x, x + half].map(|x| distance(pixel, lit(legend.scale.colour(x))));
        let at_end = (x - 3.0).abs() < 2.0 * half;
        assert!(at_end || near.iter().any(|&d| d <= 2.5), "x = {x}: {pixel:?}, off by {near:?}");
    }
}

#[test]
fn the_picture_agrees_with_the_projection_about_where_things_are() {
    let mut scene = filled(sheet(|x| x), pressure([0.0, 5.0]));
    scene.camera.height = 6.0;
    let camera = scene.camera;
    let Some(pixels) = draw(scene) else { return };
    let covered = |index: usize| pixels.rgba[index] != [255, 255, 255, 255];
    for (index, _) in pixels.rgba.iter().enumerate() {
        let column = f64::from(index as u32 % WIDTH) + 0.5 - f64::from(WIDTH) / 2.0;
        let row = f64::from(HEIGHT) / 2.0 - f64::from(index as u32 / WIDTH) - 0.5;
        let point = camera.target + (camera.right() * column + camera.up() * row) * (camera.height / f64::from(HEIGHT));
        let inside =
            |margin: f64| (-margin..4.0 + margin).contains(&point.x) && (-margin..3.0 + margin).contains(&point.z);
        assert!(covered(index) || !inside(-0.03), "{point} is missing");
        assert!(!covered(index) || inside(0.03), "{point} is covered");
    }
}

#[test]
fn values_that_are_no_number_have_their_own_colour_and_elements_stay_flat() {
    let legend = pressure([0.0, 3.0]);
    let mut surface = sheet(|x| x);
    let count = surface.triangles.len();
    surface.scalar = Some(Scalar::PerTriangle((0..count).map(|k| if k % 2 == 0 { 1.5 } else { f64::NAN }).collect()));
    surface.shading = Shading::Flat;
    let Some(pixels) = draw(filled(surface, legend.clone())) else { return };
    keep(&pixels, "elements.png");
    let [value, missing] = [legend.scale.colour(1.5), Colour::NOT_A_NUMBER].map(lit);
    let of = |colour| pixels.rgba.iter().filter(|&&pixel| distance(pixel, colour) <= 2.0).count();
    let (valued, without) = (of(value), of(missing));
    // The rest are pixels on the border between two triangles, a mixture of both.
    assert!(valued > 25_000 && without > 25_000, "{valued} with a value, {without} without");
}

#[test]
fn a_body_far_from_the_origin_is_drawn_without_tearing() {
    let near = filled(sheet(|x| x), pressure([0.0, 3.0]));
    let mut far = near.clone();
    let shift = Vector3::new(2500.0, -1800.0, 950.0);
    far.surfaces[0].points.iter_mut().for_each(|point| *point += shift);
    far.camera.target += shift;
    let (Some(near), Some(far)) = (draw(near), draw(far)) else { return };
    let different = near.rgba.iter().zip(&far.rgba).filter(|(a, b)| a != b).count();
    assert!(different < 40, "{different} pixels differ");
}

#[test]
fn arrows_edges_and_held_zones_are_drawn() {
    let legend = pressure([0.0, 3.0]);
    let mut scene = filled(sheet(|_| 1.5), legend);
    scene.camera.height = 6.0;
    let bare = draw(scene.clone());
    scene.surfaces[0].edges = vec![[0, 1], [0, 41]];
    scene.arrows.push(Arrow {
        tail: Point3::new(2.0, -1.0, 5.0),
        tip: Point3::new(2.0, -1.0, 3.0),
        label: "229 N".into(),
        colour: Colour::new(196, 52, 45),
    });
    let corner = [[0.0, 0.0], [1.5, 0.0], [1.5, 1.0], [0.0, 1.0]].map(|[x, z]| Point3::new(x, 0.0, z));
    let zone = FixedZone { label: "held".into(), points: corner.to_vec(), triangles: vec![[0, 1, 2], [0, 2, 3]] };
    scene.fixed_zones.push(zone);
    let (Some(bare), Some(drawn)) = (bare, draw(scene)) else { return };
    keep(&drawn, "arrows.png");
    let red = |pixels: &Pixels| pixels.rgba.iter().filter(|p| p[0] > 100 && p[1] < 80 && p[2] < 80).count();
    assert!(red(&bare) == 0 && red(&drawn) > 60, "{} red pixels", red(&drawn));
    let dark = |pixels: &Pixels| pixels.rgba.iter().filter(|p| p[..3].iter().all(|&c| c < 70)).count();
    assert!(dark(&bare) == 0 && dark(&drawn) > 300, "{} dark pixels", dark(&drawn));
}

//! How long a large scene takes: layout for the card, one probe, one picture on a hidden context.
//!
//! `cargo run --release -p viewport --features offscreen --example frame_times`

use mesh::primitives::icosphere;
use scene::{Camera, Colour, ColourMap, ColourScale, Legend, Scalar, Scene, Surface, View};
use std::sync::Arc;
use std::time::Instant;
use viewport::{Picture, camera, probe, render};

fn main() {
    for levels in [5, 7] {
        let sphere = icosphere(50.0, levels);
        let mut surface = Surface::from_mesh("sphere", &sphere, Colour::BONE);
        surface.scalar = Some(Scalar::PerVertex(sphere.points.iter().map(|p| p.z).collect()));
        let scale = ColourScale::new(ColourMap::Viridis, [-50.0, 50.0]);
        let legend = Legend { title: "Height".into(), unit: "mm".into(), scale };
        let mut scene = Scene { surfaces: vec![surface], legend: Some(legend), ..Scene::default() };
        scene.camera = Camera::view(View::Anterior);
        scene.fit(1.5);
        let scene = Arc::new(scene);
        println!("{} triangles", sphere.triangles.len());
        let start = Instant::now();
        let picture = Picture::new(Arc::clone(&scene)).map(|picture| picture.sphere().1);
        println!("  layout  {:.3} s  (radius {picture:.1?} mm)", start.elapsed().as_secs_f64());
        let start = Instant::now();
        let hit = probe(&scene, &camera::ray(&scene.camera, [0.1, 0.1], 100.0), |_| true);
        println!("  probe   {:.3} s  (value {:?})", start.elapsed().as_secs_f64(), hit.and_then(|hit| hit.value));
        let start = Instant::now();
        match render(scene, 1200, 800) {
            Ok(_) => {
                println!("  picture {:.3} s  (context, layout, upload and drawing)", start.elapsed().as_secs_f64())
            }
            Err(error) => println!("  picture not drawn: {error}"),
        }
    }
}

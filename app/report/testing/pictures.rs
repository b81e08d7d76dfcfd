//! Figures and a dossier with made-up content for the tests and for looking at the layout.

use credibility::Dossier;
use scene::{Arrow, Camera, Colour, ColourScale, FixedZone, Legend, Point3, Scalar, Scene, Surface, Vector3, View};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A bent, tapering tube that stands for a bone, coloured by a smooth field, with load, held end and marked extremes.
pub(crate) fn bone(view: View, title: &str, unit: &str, scale: f64) -> Scene {
    const AROUND: u32 = 96;
    const ALONG: u32 = 140;
    let mut points = Vec::new();
    let mut values = Vec::new();
    for j in 0..=ALONG {
        let s = f64::from(j) / f64::from(ALONG);
        let axis = Point3::new(38.0 * s * s * s, -9.0 * s, 150.0 * s);
        let radius = 14.0 - 6.0 * s + 14.0 * (-((s - 0.93) / 0.09).powi(2)).exp();
        let closing = (1.0 - ((s - 0.9).max(0.0) / 0.1).powi(2)).max(0.0).sqrt();
        for i in 0..AROUND {
            let angle = std::f64::consts::TAU * f64::from(i) / f64::from(AROUND);
            let normal = Vector3::new(angle.cos(), angle.sin(), 0.0);
            points.push(axis + radius * closing * normal);
            values.push(scale * ((1.0 - s) * angle.cos() + 0.6 * (-((s - 0.75) / 0.1).powi(2)).exp()));
        }
    }
    let mut triangles = Vec::new();
    for j in 0..ALONG {
        for i in 0..AROUND {
            let (a, b) = (j * AROUND + i, j * AROUND + (i + 1) % AROUND);
            triangles.extend([[a, b, b + AROUND], [a, b + AROUND, a + AROUND]]);
        }
    }
    let held = triangles[..(12 * AROUND) as usize].to_vec();
    let zone = FixedZone { label: "held".to_owned(), points: points.clone(), triangles: held };
    let colours = ColourScale::automatic(values.iter().copied());
    let mut surface = Surface::plain("bone", points, triangles, Colour::BONE);
    surface.scalar = Some(Scalar::PerVertex(values));
    let tip = Point3::new(38.0, -9.0, 150.0);
    let load = Arrow {
        tail: tip + Vector3::new(14.0, 4.0, 34.0),
        tip,
        label: "hip contact 2003 N".to_owned(),
        colour: Colour::new(170, 30, 30),
    };
    let mut scene = Scene {
        surfaces: vec![surface],
        fixed_zones: vec![zone],
        arrows: vec![load],
        legend: Some(Legend { title: title.to_owned(), unit: unit.to_owned(), scale: colours }),
        camera: Camera::view(view),
        notes: vec!["Deformation drawn × 20".to_owned()],
        ..Scene::default()
    };
    scene.mark_extremes();
    scene
}

/// Bytes for every figure of a dossier, whose checksums are entered into it.
pub(crate) fn figures(
    dossier: &mut Dossier,
    size: [u32; 2],
    draw: impl Fn(&Scene, [u32; 2]) -> Vec<u8>,
) -> BTreeMap<String, Vec<u8>> {
    let views = [View::Anterior, View::Posterior, View::AnteriorLeft, View::Right, View::PosteriorRight, View::Left];
    let mut files = BTreeMap::new();
    for (k, figure) in dossier.figures.iter_mut().enumerate() {
        let (title, unit, scale) = match k % 3 {
            0 => ("Displacement", "mm", 1.32),
            1 => ("Maximum principal strain", "%", 0.25),
            _ => ("Minimum principal stress", "MPa", 41.0),
        };
        let scene = bone(views[k % views.len()], title, unit, scale);
        let bytes = draw(&scene, size);
        figure.sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        files.insert(figure.file.clone(), bytes);
    }
    files
}

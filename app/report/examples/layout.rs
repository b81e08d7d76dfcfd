//! Writes a dossier and figures with made-up content, for looking at the layout:
//! `cargo run --release -p report --example layout -- out`

#[path = "../testing/pictures.rs"]
mod pictures;
#[path = "../../credibility/testing/realistic.rs"]
mod realistic;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give the folder to write to")?;
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let study = realistic::study();
    let mut dossier = credibility::assess(&study, &realistic::record(&study))?;
    let draw = |scene: &scene::Scene, size| report::render_scene(scene, size).unwrap_or_else(|error| panic!("{error}"));
    let figures = pictures::figures(&mut dossier, [1600, 1200], draw);
    for (file, bytes) in &figures {
        std::fs::write(folder.join(file.replace('/', "_")), bytes)?;
    }
    std::fs::write(folder.join("dossier.json"), serde_json::to_string_pretty(&dossier)?)?;
    std::fs::write(folder.join("dossier.pdf"), report::dossier_pdf(&dossier, &figures)?)?;
    Ok(())
}

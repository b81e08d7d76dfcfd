use crate::atomic::check_every;
use crate::{MeshIoError, write_atomically};
use control::RunControl;
use mesh::{Point3, SurfaceMesh, Vector3};
use std::io::{self, Write};
use std::path::Path;

/// Writes a binary STL whose header says `SPACE=LPS UNIT=mm`. Coordinates are rounded to `f32` (7 digits); regions are lost.
pub fn write_stl_binary(path: &Path, surface: &SurfaceMesh, control: &RunControl) -> Result<(), MeshIoError> {
    surface.validate().map_err(|source| MeshIoError::InvalidMesh { path: path.to_owned(), source })?;
    let count = u32::try_from(surface.triangles.len()).map_err(|_| MeshIoError::TooLarge {
        file: path.display().to_string(),
        what: "triangles",
        count: surface.triangles.len() as u64,
        limit: u64::from(u32::MAX),
    })?;
    Ok(write_atomically(path, |writer| {
        let mut header = *b"Vesalius binary STL. SPACE=LPS UNIT=mm                                          ";
        header[79] = b'\n';
        writer.write_all(&header)?;
        writer.write_all(&count.to_le_bytes())?;
        for t in 0..surface.triangles.len() {
            check_every(control, t)?;
            let mut record = [0_u8; 50];
            let [a, b, c] = surface.corners(t).map(|p| p.coords);
            let values = [normal(surface, t), a, b, c];
            let components = values.iter().flat_map(Vector3::iter);
            for (slot, &value) in record.chunks_exact_mut(4).zip(components) {
                slot.copy_from_slice(&(value as f32).to_le_bytes());
            }
            writer.write_all(&record)?;
        }
        Ok(())
    })?)
}

/// Writes a text STL with full `f64` digits, one solid a region and one for the triangles of no region; the first
/// solid's name says `SPACE=LPS UNIT=mm`. A triangle of several regions goes to the first by name.
pub fn write_stl_ascii(path: &Path, surface: &SurfaceMesh, control: &RunControl) -> Result<(), MeshIoError> {
    surface.validate().map_err(|source| MeshIoError::InvalidMesh { path: path.to_owned(), source })?;
    Ok(write_atomically(path, |writer| {
        let mut is_written = vec![false; surface.triangles.len()];
        let mut statement = " SPACE=LPS UNIT=mm";
        for (name, triangles) in &surface.regions {
            let name = name.replace(['\n', '\r'], " ");
            let mine: Vec<u32> = triangles.iter().copied().filter(|&t| !is_written[t as usize]).collect();
            mine.iter().for_each(|&t| is_written[t as usize] = true);
            solid(writer, surface, &format!("{name}{statement}"), &mine, control)?;
            statement = "";
        }
        let rest: Vec<u32> = (0..surface.triangles.len() as u32).filter(|&t| !is_written[t as usize]).collect();
        match rest.is_empty() {
            true => Ok(()),
            false => solid(writer, surface, &format!("surface{statement}"), &rest, control),
        }
    })?)
}

fn solid(
    writer: &mut impl Write,
    surface: &SurfaceMesh,
    name: &str,
    triangles: &[u32],
    control: &RunControl,
) -> io::Result<()> {
    writeln!(writer, "solid {name}")?;
    for (item, &t) in triangles.iter().enumerate() {
        check_every(control, item)?;
        let n = normal(surface, t as usize);
        writeln!(writer, "facet normal {} {} {}\n outer loop", n.x, n.y, n.z)?;
        for Point3 { coords: p } in surface.corners(t as usize) {
            writeln!(writer, "  vertex {} {} {}", p.x, p.y, p.z)?;
        }
        writeln!(writer, " endloop\nendfacet")?;
    }
    writeln!(writer, "endsolid {name}")
}

/// The unit normal; zero for a triangle without area, as the format asks.
fn normal(surface: &SurfaceMesh, t: usize) -> Vector3<f64> {
    surface.area_vector2(t).try_normalize(0.0).unwrap_or_else(Vector3::zeros)
}

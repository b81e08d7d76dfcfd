use crate::{WriteError, write_atomically};
use quick_xml::escape::escape;
use std::io::Write;
use std::path::Path;

/// Writes ParaView's collection of time steps: pairs of time in seconds and the data file relative to `path`'s folder.
pub fn write_pvd(path: &Path, steps: &[(f64, String)]) -> Result<(), WriteError> {
    write_atomically(path, |writer| {
        writer.write_all(b"<?xml version=\"1.0\"?>\n")?;
        writer
            .write_all(b"<VTKFile type=\"Collection\" version=\"0.1\" byte_order=\"LittleEndian\">\n <Collection>\n")?;
        for (time, file) in steps {
            let file = escape(file.replace('\\', "/"));
            writeln!(writer, "  <DataSet timestep=\"{time}\" group=\"\" part=\"0\" file=\"{file}\"/>")?;
        }
        writer.write_all(b" </Collection>\n</VTKFile>\n")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_lists_its_steps_with_escaped_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fields.pvd");
        write_pvd(&path, &[(0.0, "fields/0.vtu".into()), (0.25, "fields/a & b.vtu".into())]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("timestep=\"0.25\" group=\"\" part=\"0\" file=\"fields/a &amp; b.vtu\""), "{text}");
        assert_eq!(text.matches("<DataSet").count(), 2);
    }
}

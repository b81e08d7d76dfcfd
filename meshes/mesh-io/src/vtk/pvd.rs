use super::xml::root;
use crate::source::Source;
use crate::{MeshIoError, Place, WriteError, write_atomically};
use control::RunControl;
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

/// Reads such a collection from its bytes: pairs of time and data file, as it lists them. `file` is its name in messages.
///
/// # Errors
/// What is wrong and where.
pub fn read_pvd(file: &str, bytes: &[u8], control: &RunControl) -> Result<Vec<(f64, String)>, MeshIoError> {
    let source = Source { file, bytes, control };
    let (root, _) = root(source)?;
    let Some(collection) = root.child("Collection") else {
        return Err(source.syntax(Place::File, "no <Collection>", "a VTK collection of time steps"));
    };
    let step = |node: &super::tree::Node<'_>| {
        let time =
            node.attribute("timestep").and_then(|text| text.trim().parse::<f64>().ok()).filter(|t| t.is_finite());
        let name = node.attribute("file").filter(|name| !name.is_empty());
        time.zip(name.map(str::to_owned)).ok_or_else(|| {
            source.syntax(Place::File, "a DataSet without a time or a file", "timestep=\"0.25\" file=\"name.vtu\"")
        })
    };
    collection.children("DataSet").map(step).collect()
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
        let read = read_pvd("fields.pvd", text.as_bytes(), &RunControl::silent()).unwrap();
        assert_eq!(read, [(0.0, "fields/0.vtu".to_owned()), (0.25, "fields/a & b.vtu".to_owned())]);
    }

    #[test]
    fn what_is_no_collection_is_refused() {
        let whole = "<VTKFile type=\"Collection\" version=\"0.1\" byte_order=\"LittleEndian\"><Collection>\
                     <DataSet timestep=\"1\" file=\"a.vtu\"/></Collection></VTKFile>";
        let read = |text: &str| read_pvd("a.pvd", text.as_bytes(), &RunControl::silent());
        assert_eq!(read(whole).unwrap().len(), 1);
        for (from, to) in
            [("timestep=\"1\"", ""), ("\"1\"", "\"nan\""), ("Collection>", "Group>"), ("</Collection>", "")]
        {
            assert!(read(&whole.replace(from, to)).is_err(), "{to}");
        }
        (0..whole.len() - 10).for_each(|end| assert!(read(&whole[..end]).is_err(), "{end}"));
    }
}

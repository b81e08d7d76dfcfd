//! A deterministic ZIP archive: entries in the given order, one fixed date, no machine attributes.

use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::Write;

/// 1980-01-01, the format's first day.
const DATE: u16 = 0x0021;
/// Version 2.0: deflate.
const VERSION: u16 = 20;
const UTF8_NAMES: u16 = 1 << 11;
const DEFLATED: u16 = 8;

struct Entry {
    name: String,
    crc: u32,
    compressed: u32,
    size: u32,
    offset: u32,
}

/// Packs named files. Names have forward slashes.
///
/// Returns `None` when a file or the archive passes the format's 4 GiB or 65 535 entries.
pub(crate) fn archive(files: &[(String, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut entries = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let compressed = deflate(bytes)?;
        let mut crc = Crc::new();
        crc.update(bytes);
        let entry = Entry {
            name: name.clone(),
            crc: crc.sum(),
            compressed: u32::try_from(compressed.len()).ok()?,
            size: u32::try_from(bytes.len()).ok()?,
            offset: u32::try_from(out.len()).ok()?,
        };
        out.extend(0x0403_4b50_u32.to_le_bytes());
        common(&mut out, &entry)?;
        out.extend(0_u16.to_le_bytes());
        out.extend(name.as_bytes());
        out.extend(compressed);
        entries.push(entry);
    }
    directory(&mut out, &entries)?;
    Some(out)
}

fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// The fields that local and central headers share.
fn common(out: &mut Vec<u8>, entry: &Entry) -> Option<()> {
    for word in [VERSION, UTF8_NAMES, DEFLATED, 0, DATE] {
        out.extend(word.to_le_bytes());
    }
    for word in [entry.crc, entry.compressed, entry.size] {
        out.extend(word.to_le_bytes());
    }
    out.extend(u16::try_from(entry.name.len()).ok()?.to_le_bytes());
    Some(())
}

fn directory(out: &mut Vec<u8>, entries: &[Entry]) -> Option<()> {
    let start = u32::try_from(out.len()).ok()?;
    for entry in entries {
        out.extend(0x0201_4b50_u32.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        common(out, entry)?;
        // extra field, comment, disk, internal attributes
        out.extend([0; 8]);
        // external attributes
        out.extend([0; 4]);
        out.extend(entry.offset.to_le_bytes());
        out.extend(entry.name.as_bytes());
    }
    let size = u32::try_from(out.len()).ok()? - start;
    let count = u16::try_from(entries.len()).ok()?;
    out.extend(0x0605_4b50_u32.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn files() -> Vec<(String, Vec<u8>)> {
        vec![("a.txt".to_owned(), b"abc".repeat(1000)), ("folder/ü.bin".to_owned(), vec![]), ("c".to_owned(), vec![7])]
    }

    #[test]
    fn archives_repeat_their_bytes() {
        assert_eq!(archive(&files()), archive(&files()));
    }

    /// Python reads the archive and checks every CRC; where there is no Python, the layout is checked by offsets alone.
    #[test]
    fn another_program_reads_the_archive() {
        let bytes = archive(&files()).unwrap();
        assert_eq!(bytes[bytes.len() - 22..bytes.len() - 18], 0x0605_4b50_u32.to_le_bytes());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.zip");
        std::fs::write(&path, bytes).unwrap();
        let script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; \
                      print([(i.filename, i.file_size) for i in z.infolist()])";
        let Ok(output) = Command::new("python3").args(["-c", script]).arg(&path).output() else { return };
        let listing = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(listing.trim(), "[('a.txt', 3000), ('folder/ü.bin', 0), ('c', 1)]");
    }
}

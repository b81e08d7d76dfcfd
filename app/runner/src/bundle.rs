//! The replayable bundle: study, inputs, record and figures in one deterministic archive.

use crate::RunnerError;
use crate::folder::ResultsFolder;
use crate::zip::archive;
use std::path::PathBuf;
use study::Study;
use study::record::Record;

/// Packs what another machine needs to run the study again and to compare: `README.txt`, the study with its input files
/// at the same relative places, and the results under `results/`.
pub(crate) fn bundle(study: &Study, folder: &ResultsFolder, record: &Record) -> Result<Vec<u8>, RunnerError> {
    let depth = record.inputs.iter().map(|input| climbs(&input.path)).max().unwrap_or(0);
    // Every ".." at the beginning of a path needs one folder above the study.
    let home = format!("study/{}", "in/".repeat(depth));
    let study_path = format!("{home}{}", study.file_name());
    let mut files = vec![
        ("README.txt".to_owned(), readme(&study_path, record).into_bytes()),
        (study_path, study.text.clone().into_bytes()),
    ];
    for input in &record.inputs {
        files.push((normalised(&format!("{home}{}", input.path)), read(study.resolve(&input.path))?));
    }
    let results = ["record.json".to_owned()].into_iter().chain(record.figures.iter().map(|f| f.file.clone()));
    for file in results {
        files.push((format!("results/{file}"), read(folder.path(&file))?));
    }
    archive(&files).ok_or_else(|| RunnerError::Folder {
        folder: folder.root().to_owned(),
        reason: "the bundle is larger than a ZIP archive can be (4 GiB); use smaller inputs".to_owned(),
    })
}

fn readme(study_path: &str, record: &Record) -> String {
    format!(
        "Replayable bundle of \"{}\".\nRun it again with {} {}:\n    {} dossier {study_path} -o again\nand compare \
         again/record.json with results/record.json: the bytes are equal for the same program.\n",
        record.study.title, record.program.name, record.program.version, record.program.name
    )
}

fn read(path: PathBuf) -> Result<Vec<u8>, RunnerError> {
    std::fs::read(&path).map_err(|error| RunnerError::Folder {
        folder: path,
        reason: format!("the file cannot be read for the bundle ({error}); run the study again"),
    })
}

/// Number of folders that a relative path climbs above its start.
fn climbs(path: &str) -> usize {
    let (mut level, mut lowest) = (0_i32, 0_i32);
    for part in path.split('/') {
        level += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        lowest = lowest.min(level);
    }
    lowest.unsigned_abs() as usize
}

/// The path without "." and "..".
fn normalised(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_keep_their_place_relative_to_the_study() {
        assert_eq!(climbs("../assets/a.stl"), 1);
        assert_eq!(climbs("x/../../../a.stl"), 2);
        assert_eq!(climbs("a/b.stl"), 0);
        assert_eq!(normalised("study/in/../assets/a.stl"), "study/assets/a.stl");
        assert_eq!(normalised("study/./a//b.stl"), "study/a/b.stl");
    }
}

//! The replayable bundle: study, inputs, record and figures in one deterministic archive.

use crate::RunnerError;
use crate::folder::ResultsFolder;
use crate::zip::archive;
use std::path::PathBuf;
use study::Study;
use study::record::Record;

/// Packs what another machine needs to run the study again and to compare: `README.txt`, the study with its input files
/// at the same relative places, and the results under `results/`. Inputs with entries that may identify a patient stay out;
/// `README.txt` names them with their hashes.
pub(crate) fn bundle(study: &Study, folder: &ResultsFolder, record: &Record) -> Result<Vec<u8>, RunnerError> {
    let depth = record.inputs.iter().map(|input| climbs(&input.path)).max().unwrap_or(0);
    // Every ".." at the beginning of a path needs one folder above the study.
    let home = format!("study/{}", "in/".repeat(depth));
    let study_path = format!("{home}{}", study.file_name());
    let mut files = vec![
        ("README.txt".to_owned(), readme(&study_path, record).into_bytes()),
        (study_path, study.text.clone().into_bytes()),
    ];
    for input in record.inputs.iter().filter(|input| input.withheld.is_empty()) {
        for path in files_of(study, &input.path)? {
            files.push((normalised(&format!("{home}{path}")), read(study.resolve(&path))?));
        }
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

/// The file of an input, or those of a folder of slices, relative to the study.
fn files_of(study: &Study, input: &str) -> Result<Vec<String>, RunnerError> {
    let folder = study.resolve(input);
    if !folder.is_dir() {
        return Ok(vec![input.to_owned()]);
    }
    let refuse = |error: std::io::Error| RunnerError::Folder {
        folder: folder.clone(),
        reason: format!("the slices cannot be listed for the bundle ({error}); run the study again"),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(refuse)? {
        let entry = entry.map_err(refuse)?;
        if entry.path().is_file() {
            files.push(format!("{}/{}", input.trim_end_matches('/'), entry.file_name().to_string_lossy()));
        }
    }
    files.sort();
    Ok(files)
}

fn readme(study_path: &str, record: &Record) -> String {
    let left_out = record.inputs.iter().filter(|input| !input.withheld.is_empty()).map(|input| {
        format!(
            "\nNot in this bundle, because entries of it may identify a patient: {}\n(SHA-256 {}). Put it back at this \
             place relative to the study.\n",
            input.path, input.sha256
        )
    });
    let left_out: String = left_out.collect();
    format!(
        "Replayable bundle of \"{}\".\nRun it again with {} {}:\n    {} dossier {study_path} -o again\nand compare \
         again/record.json with results/record.json: the bytes are equal for the same program.\n{left_out}",
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

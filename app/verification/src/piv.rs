//! Reader of the files in which laboratories gave their measurements of the FDA nozzle: lines of a header, then blocks
//! `plot-<name> [z] [angle]`, the number of rows, rows of two numbers. All in m, m/s and Pa.

/// Measurements of one laboratory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataSet {
    /// Number of the laboratory.
    pub(crate) laboratory: u32,
    /// kg/m³, Pa s and m³/s.
    pub(crate) density: f64,
    pub(crate) viscosity: f64,
    pub(crate) flux: f64,
    plots: Vec<Plot>,
}

/// One block.
#[derive(Debug, Clone, PartialEq)]
struct Plot {
    /// What stands behind `plot-`. Blocks that the laboratory took back are called `deleted-plot-...` and are left out.
    name: String,
    /// Where a profile was measured, m.
    at: Option<f64>,
    rows: Vec<[f64; 2]>,
}

/// A place in a file that cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("line {line}: {what}")]
pub(crate) struct Malformed {
    line: usize,
    what: String,
}

fn malformed<T>(line: usize, what: impl Into<String>) -> Result<T, Malformed> {
    Err(Malformed { line, what: what.into() })
}

impl DataSet {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Malformed`] for lines that are none of the format's and entries that are missing.
    pub(crate) fn read(text: &str) -> Result<Self, Malformed> {
        let mut lines = (1..).zip(text.lines()).map(|(number, line)| (number, line.trim()));
        let mut header = [None; 4];
        let (mut plots, mut last) = (Vec::new(), 0);
        while let Some((number, line)) = lines.next() {
            last = number;
            let mut words = line.split_whitespace();
            let Some(key) = words.next() else { continue };
            if let Some(name) = key.strip_prefix("plot-") {
                let at = words.next().map(|word| finite(word, number)).transpose()?;
                plots.push(Plot { name: name.to_owned(), at, rows: rows(&mut lines, number)? });
            } else if key.starts_with("deleted-plot-") {
                rows(&mut lines, number)?;
            } else if let Some(k) = HEADER.iter().position(|known| *known == key) {
                header[k] = Some(finite(words.next().unwrap_or_default(), number)?);
            } else if !["dataset-", "geometry-", "fluid-"].iter().any(|known| key.starts_with(known)) {
                return malformed(number, format!("\"{key}\" begins no entry of the format"));
            }
        }
        let needed = |k: usize| match header[k] {
            Some(value) => Ok(value),
            None => malformed(last, format!("the file ends without {}", HEADER[k])),
        };
        Ok(Self { laboratory: needed(0)? as u32, density: needed(1)?, viscosity: needed(2)?, flux: needed(3)?, plots })
    }

    /// Rows of a distribution along the axis or the wall: z in m, value.
    pub(crate) fn along(&self, name: &str) -> &[[f64; 2]] {
        self.plots.iter().find(|plot| plot.name == name).map_or(&[], |plot| &plot.rows)
    }

    /// Profiles: z in m, and rows of the distance from the axis in m, with its sign, and the value.
    pub(crate) fn profiles<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (f64, &'a [[f64; 2]])> + 'a {
        let own = self.plots.iter().filter(move |plot| plot.name == name);
        own.filter_map(|plot| plot.at.map(|z| (z, plot.rows.as_slice())))
    }
}

/// Entries of the header that are needed.
const HEADER: [&str; 4] = ["dataset-code", "fluid-density", "fluid-viscosity", "fluid-volumetric-flow-rate"];

/// The number of rows and the rows of the block that begins at line `from`.
fn rows<'a>(lines: &mut impl Iterator<Item = (usize, &'a str)>, from: usize) -> Result<Vec<[f64; 2]>, Malformed> {
    let Some((number, count)) = lines.next() else { return malformed(from, "the block has no number of rows") };
    let Ok(count) = count.parse::<usize>() else {
        return malformed(number, format!("\"{count}\" is no number of rows"));
    };
    let mut rows = Vec::new();
    for _ in 0..count {
        let Some((number, line)) = lines.next() else {
            return malformed(number, format!("{count} rows are announced, {} are there", rows.len()));
        };
        let values: Vec<f64> = line.split_whitespace().map(|word| finite(word, number)).collect::<Result<_, _>>()?;
        match values[..] {
            [x, y] => rows.push([x, y]),
            _ => return malformed(number, format!("{} numbers in a row of two", values.len())),
        }
    }
    Ok(rows)
}

fn finite(word: &str, line: usize) -> Result<f64, Malformed> {
    match word.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => malformed(line, format!("\"{word}\" is no finite number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "dataset-code 7\r\nfluid-density 1056\r\nfluid-viscosity 0.0035\r\n\
                        fluid-volumetric-flow-rate 5.20624E-006\r\n";

    #[test]
    fn blocks_are_read_and_those_taken_back_left_out() {
        let text = format!(
            "dataset-comment \"any\"\n{HEAD}deleted-plot-pressure\n1\n0 9\n\
             plot-pressure\n2\n-1.0E-002 3\n0 4\nplot-profile -0.088 0\n1\n1e-3 0.5\n\n"
        );
        let set = DataSet::read(&text).unwrap();
        assert_eq!((set.laboratory, set.density, set.flux), (7, 1056.0, 5.20624e-6));
        assert_eq!(set.along("pressure"), [[-0.01, 3.0], [0.0, 4.0]]);
        assert_eq!(set.profiles("profile").collect::<Vec<_>>(), [(-0.088, [[0.001, 0.5]].as_slice())]);
        assert!(set.along("velocity").is_empty());
    }

    #[test]
    fn malformed_files_are_refused_with_the_line() {
        let refused = |text: &str| DataSet::read(&format!("{HEAD}{text}")).unwrap_err().to_string();
        assert_eq!(refused("plot-a\n3\n0 1\n0 2\n"), "line 6: 3 rows are announced, 2 are there");
        assert_eq!(refused("plot-a\nmany\n"), "line 6: \"many\" is no number of rows");
        assert_eq!(refused("plot-a\n-1\n"), "line 6: \"-1\" is no number of rows");
        assert_eq!(refused("plot-a"), "line 5: the block has no number of rows");
        assert_eq!(refused("plot-a\n1\n0 1 2\n"), "line 7: 3 numbers in a row of two");
        assert_eq!(refused("plot-a\n1\n0 nan\n"), "line 7: \"nan\" is no finite number");
        assert_eq!(refused("plot-a x\n1\n0 1\n"), "line 5: \"x\" is no finite number");
        assert_eq!(refused("0 1\n"), "line 5: \"0\" begins no entry of the format");
        assert_eq!(refused("fluid-density \n"), "line 5: \"\" is no finite number");
        let bare = DataSet::read("dataset-code 7\nfluid-density 1\n").unwrap_err().to_string();
        assert_eq!(bare, "line 2: the file ends without fluid-viscosity");
        assert!(DataSet::read("").is_err() && DataSet::read("plot-a\n99999999999999999999\n").is_err());
        assert!(DataSet::read("plot-a\n18446744073709551615\n").is_err());
    }
}

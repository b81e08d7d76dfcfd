//! Waveforms from text in two columns.

use crate::waveform::refused;
use crate::{FlowError, Waveform};
use quantity::{Unit, UnitClass};

impl Waveform {
    /// Reads one period of a flow rate from two columns, time and flow rate, under a header that names their units:
    /// `time [s], flow [mL/s]` or `t (ms); Q (L/min)`. Columns are separated by tabs, semicolons or commas; beside a tab or a
    /// semicolon a number may have a decimal comma. Empty lines and lines that begin with `#` are skipped. For the `period` (s)
    /// and what is refused see [`Waveform::samples`].
    ///
    /// # Errors
    /// [`FlowError::Waveform`] with the line, [`FlowError::Value`].
    pub fn from_csv(text: &str, period: Option<f64>) -> Result<Self, FlowError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = (1_usize..).zip(text.lines().map(str::trim));
        let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let Some((first, header)) = lines.next() else {
            return refused("line 1".to_owned(), format!("there is nothing to read: {HEADER}"));
        };
        let separator = ['\t', ';', ','].into_iter().find(|&c| header.contains(c)).unwrap_or(',');
        let [time, flow] = two(header, separator, first)?;
        let time = column_unit(time, UnitClass::Time, first)?;
        let flow = column_unit(flow, UnitClass::FlowRate, first)?;
        let (mut times, mut values) = (Vec::new(), Vec::new());
        for (number, line) in lines {
            let cells = two(line, separator, number)?;
            let [t, q] = [value(cells[0], separator, number)?, value(cells[1], separator, number)?];
            times.push(time.to_internal(t));
            values.push(flow.to_internal(q));
        }
        Self::samples(&times, &values, period)
    }
}

const HEADER: &str = "begin with a header with units, such as \"time [s], flow [mL/s]\"";

fn two(line: &str, separator: char, number: usize) -> Result<[&str; 2], FlowError> {
    let cells: Vec<&str> = line.split(separator).map(|cell| cell.trim().trim_matches('"').trim()).collect();
    match cells[..] {
        [first, second] => Ok([first, second]),
        _ => refused(format!("line {number}"), format!("it has {} columns: give two, time and flow rate", cells.len())),
    }
}

fn value(cell: &str, separator: char, line: usize) -> Result<f64, FlowError> {
    let decimal = if separator == ',' { cell.to_owned() } else { cell.replace(',', ".") };
    match decimal.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => refused(format!("line {line}"), format!("\"{cell}\" is no finite number: mend it or leave the line out")),
    }
}

/// The unit in brackets behind a column's name.
fn column_unit(cell: &str, class: UnitClass, line: usize) -> Result<Unit, FlowError> {
    let place = || format!("line {line}, \"{cell}\"");
    let bracketed = |open: char, close: char| {
        let inner = cell.get(cell.find(open)? + open.len_utf8()..)?.trim_end();
        inner.strip_suffix(close).map(str::trim)
    };
    let Some(unit) = bracketed('[', ']').or_else(|| bracketed('(', ')')).filter(|unit| !unit.is_empty()) else {
        return refused(place(), format!("the column has no unit: {HEADER}"));
    };
    let is_velocity = Unit::parse(unit).is_ok_and(|unit| unit.dimension == UnitClass::Velocity.dimension());
    if class == UnitClass::FlowRate && is_velocity {
        let why = "that is a velocity and a flow rate such as mL/s is wanted: multiply the mean velocity over the section by its area";
        return refused(place(), why.to_owned());
    }
    class.unit(unit).or_else(|error| refused(place(), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        Waveform::from_csv(text, None).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn separators_units_and_decimal_commas_are_read() {
        let texts = [
            "time [s], flow [mL/s]\n0, 1\n0.25, 3\n0.5, 1\n0.75, -1\n1, 1\n",
            "\u{feff}t (ms);Q (L/min)\r\n# from the ward\r\n0;0,06\r\n250;0,18\r\n500;0,06\r\n\r\n750;-0,06\r\n1000;0,06\r\n",
            "\"t [s]\"\t\"flow rate [mm^3/s]\"\n0\t1e3\n0.25\t3e3\n0.5\t1e3\n0.75\t-1e3\n1\t1e3",
        ];
        for text in texts {
            let waveform = Waveform::from_csv(text, None).unwrap();
            assert_eq!(waveform.period(), Some(1.0), "{text}");
            for (t, q) in [(0.0, 1000.0), (0.25, 3000.0), (0.75, -1000.0)] {
                assert!((waveform.at(t) - q).abs() < 1e-9, "{text}: {}", waveform.at(t));
            }
            assert!((waveform.mean() - 1000.0).abs() < 1e-9);
        }
    }

    #[test]
    fn what_cannot_be_read_names_the_line_and_a_remedy() {
        for (text, expected) in [
            ("", "begin with a header"),
            ("0,1\n1,2\n", "line 1, \"0\": the column has no unit"),
            ("t [s], u [cm/s]\n0, 1\n", "a velocity and a flow rate such as mL/s is wanted"),
            ("t [s], p [mmHg]\n0, 1\n", "\"mmHg\" is a pressure or stress; a flow rate such as \"5 L/min\" is needed"),
            ("flow [mL/s], t [s]\n0, 1\n", "\"mL/s\" is a flow rate; a time"),
            ("t [s], Q [ml/sec]\n0, 1\n", "the unit \"sec\" is unknown"),
            ("t [s], Q [mL/s]\n0, 1\n0.1; 2\n", "line 3: it has 1 columns"),
            ("t [s], Q [mL/s], x [1]\n", "line 1: it has 3 columns"),
            ("t [s], Q [mL/s]\n\n0, 1\n0.1, nan\n", "line 4: \"nan\" is no finite number"),
            ("t [s], Q [mL/s]\n0, 1\n0.1, 1e999\n", "is no finite number"),
            ("t [s], Q [mL/s]\n0, 1\n", "there are 1 of them"),
            ("t [s], Q [mL/s]\n0, 1\n1, 2\n2, 3\n3, 4\n", "repeat the first sample"),
            ("t ]s[, Q )(\n", "the column has no unit"),
        ] {
            assert!(message(text).contains(expected), "{text}: {}", message(text));
        }
    }
}

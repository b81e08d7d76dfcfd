//! The parts of a [`Record`](super::Record). Units are in the field names (`_mm`, `_mj`) or beside the value.

use serde::{Deserialize, Serialize};
use uncertainty::{GridStudy, GridVerdict};

/// The program that computed a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// "vesalius".
    pub name: String,
    /// Version, for example "0.1.0".
    pub version: String,
}

/// The study a record belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyReference {
    /// The study's title.
    pub title: String,
    /// SHA-256 of the study file's bytes, hexadecimal.
    pub sha256: String,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Status {
    /// Everything the study asks for was computed.
    Finished,
    /// The user stopped the run; what is in the record is complete, the rest is missing.
    Cancelled,
    /// The run could not go on.
    Failed {
        /// What happened, where, and what to try.
        message: String,
    },
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Path relative to the study, with forward slashes.
    pub path: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Licence and attribution as the study states them.
    pub licence: String,
    /// Names of entries of the file that may identify a patient. They were read past; a file that has any is packed into no
    /// bundle.
    #[serde(default)]
    pub withheld: Vec<String>,
}

/// Quality of a mesh's elements.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeshQuality {
    /// Smallest dihedral angle in degrees; `None` for meshes without tetrahedra.
    pub min_dihedral_deg: Option<f64>,
    /// Largest dihedral angle in degrees; `None` for meshes without tetrahedra.
    pub max_dihedral_deg: Option<f64>,
    /// Smallest radius ratio `3 r_in / R_circ`, 1 for a regular tetrahedron; `None` for meshes without tetrahedra.
    pub min_radius_ratio: Option<f64>,
    /// The radius ratio that one element in a thousand is below; `None` where it was not measured.
    #[serde(default)]
    pub thousandth_radius_ratio: Option<f64>,
    /// Smallest scaled Jacobian over all elements, 1 is best.
    pub min_scaled_jacobian: Option<f64>,
}

/// One mesh of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeshRecord {
    /// "fine", "medium", "coarse".
    pub label: String,
    /// Element size asked of the mesher.
    pub size_mm: f64,
    /// Representative element size `(V/N)^(1/3)`.
    pub representative_size_mm: f64,
    /// Size that the grid study goes by: the lattice width of meshes that are each other scaled, refined zones included;
    /// else the representative size.
    pub grid_size_mm: f64,
    /// Element kind, for example "tet10".
    pub element: String,
    /// Number of nodes.
    pub nodes: usize,
    /// Number of elements.
    pub elements: usize,
    /// Meshed volume.
    pub volume_mm3: f64,
    /// Meshed volume over the volume of the geometry, minus one.
    pub volume_error: f64,
    /// Largest sampled distance between the mesh's boundary and the surface; `None` where it was not measured.
    pub hausdorff_mm: Option<f64>,
    /// Element quality.
    pub quality: MeshQuality,
}

/// One linear or nonlinear solve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SolveRecord {
    /// Label of the mesh.
    pub mesh: String,
    /// Name of the load case.
    pub load_case: String,
    /// Solution method in words, for example "sparse Cholesky (METIS ordering)".
    pub method: String,
    /// Unknowns solved for.
    pub dofs: usize,
    /// Iterations; 1 for a direct solve with no refinement.
    pub iterations: usize,
    /// Relative residual `|K u - f| / |f|` at the end.
    pub residual: f64,
    /// Strain energy in mJ (N mm).
    pub energy_mj: f64,
    /// Sum of all loads and reactions over the sum of the loads' magnitudes; 0 is perfect balance.
    pub equilibrium_residual: f64,
    /// Relative error in the energy norm estimated from recovered stresses (Zienkiewicz & Zhu 1987); `None` where it was
    /// not estimated.
    pub relative_energy_error: Option<f64>,
}

/// One run of a flow through time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowRecord {
    /// Label of the mesh.
    pub mesh: String,
    /// Factor by which its steps are longer than those of the results: 1, or 2 where the error of the step is estimated.
    pub step_factor: u32,
    /// Method in words.
    pub method: String,
    /// Nodes with a velocity.
    pub velocities: usize,
    /// Nodes with a pressure.
    pub pressures: usize,
    /// Cycles; 0 for a steady flow.
    pub cycles: u32,
    /// Steps of the whole run.
    pub steps: u64,
    /// Steps that were undone and taken in two.
    pub repeated: u64,
    /// Shortest and longest step of the last cycle, or of a steady run, s.
    pub step_s: [f64; 2],
    /// Largest Courant number in the last cycle, by the spacing of the nodes.
    pub courant: f64,
    /// Largest sum of |∇·u| over the mesh in the last cycle, over the largest inflow: no section's flow rate is off by more.
    pub imbalance: f64,
    /// Largest change of the velocity in the last cycle where two steps were taken as one, over its size.
    pub doubled_step: Option<f64>,
    /// Change from the end of the last cycle but one to that of the last: of the velocity over its size or of the pressure at an
    /// opening over its range in a cycle, whichever is larger.
    pub periodicity: Option<f64>,
    /// Change of the velocity in one passage at the end of a steady run, over its size.
    pub steady_change: Option<f64>,
    /// Difference of the wall shear stresses of both recoveries over their size.
    pub wall_shear_gap: f64,
}

/// Where a value belongs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Name of the region or of the place in words.
    pub name: String,
    /// The point in mm, LPS, where the value is that of one point.
    pub point_mm: Option<[f64; 3]>,
}

/// What is known about the error of a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Uncertainty {
    /// The value lies in the interval as far as the named sources of error are concerned.
    Interval {
        /// Lower end, in the unit of the value.
        low: f64,
        /// Upper end, in the unit of the value.
        high: f64,
        /// The sources of error covered and the method, for example "discretisation, grid-convergence index".
        covers: String,
    },
    /// No interval can be given.
    None {
        /// Why.
        reason: String,
        /// Smallest and largest value over the meshes, where there are several.
        range: Option<[f64; 2]>,
    },
}

/// A quantity of interest: never a value without its unit, place and uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// Name in the study, a key such as "head_displacement".
    pub name: String,
    /// Name in words for tables.
    pub label: String,
    /// Symbol for formulas, plain text such as "u_h".
    pub symbol: String,
    /// The value on the finest mesh, in `unit`.
    pub value: f64,
    /// The unit written out; "1" for pure numbers.
    pub unit: String,
    /// Load case that it belongs to; empty for what is measured on the anatomy.
    pub load_case: String,
    /// Where.
    pub location: Location,
    /// Its uncertainty or the reason for having none.
    pub uncertainty: Uncertainty,
    /// The grid study behind the uncertainty, with values in `unit`.
    pub grid: Option<GridStudy>,
    /// A value from elsewhere to compare with.
    pub reference: Option<Comparison>,
    /// What must be said wherever the value is shown, for example "solid bone: the surface has no canal".
    pub remarks: Vec<String>,
}

/// A result beside a value from elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The other value, in the unit of the result.
    pub value: f64,
    /// Where it comes from.
    pub source: String,
    /// Result over reference, minus one, in percent; `None` for a reference of zero.
    pub difference_percent: Option<f64>,
}

impl Comparison {
    /// Compares `result` with `value`, both in one unit.
    pub fn new(result: f64, value: f64, source: &str) -> Self {
        let difference_percent = (value != 0.0).then(|| 100.0 * (result / value - 1.0));
        Self { value, source: source.to_owned(), difference_percent }
    }
}

/// A grid verdict in two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convergence {
    /// An interval is given.
    Converged,
    /// The range over the meshes is given.
    NotConverged,
    /// No grid study was made.
    NotAssessed,
}

impl Quantity {
    /// The uncertainty that a grid study supports, in the unit of its values.
    pub fn uncertainty_of(grid: &GridStudy) -> Uncertainty {
        match grid.interval() {
            Ok([low, high]) => {
                let covers = match grid.verdict {
                    GridVerdict::Unchanged { .. } => {
                        "discretisation: no change beyond the solver's error on three grids"
                    }
                    _ => "discretisation: grid-convergence index on three grids, safety factor 1.25",
                };
                Uncertainty::Interval { low, high, covers: covers.to_owned() }
            }
            Err(reason) => Uncertainty::None { reason: format!("not converged: {reason}"), range: Some(grid.range) },
        }
    }

    /// Whether the quantity converged over the grids.
    pub fn convergence(&self) -> Convergence {
        match &self.grid {
            // Two meshes give an interval by an assumed order.
            None if matches!(self.uncertainty, Uncertainty::Interval { .. }) => Convergence::Converged,
            None => Convergence::NotAssessed,
            Some(grid) if grid.interval().is_ok() => Convergence::Converged,
            Some(_) => Convergence::NotConverged,
        }
    }
}

/// One check of the code-verification table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeCheck {
    /// Name of the case, for example "patch/tet10".
    pub id: String,
    /// Area, for example "solid".
    pub area: String,
    /// The value computed by this program.
    pub value: f64,
    /// The reference value.
    pub reference: f64,
    /// Unit of both; "1" for pure numbers.
    pub unit: String,
    /// The tolerance in words and numbers, for example "1 %" or "at least 2.8".
    pub tolerance: String,
    /// Whether the value satisfies it.
    pub passed: bool,
    /// Where the reference value comes from.
    pub source: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// May change the results.
    Warning,
    /// Makes results unusable.
    Error,
}

/// Something the reader of the results must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Short fixed name, for example "unit_guessed".
    pub code: String,
    /// What was found.
    pub message: String,
    /// Where: a file, a line of the study, a region.
    pub place: String,
    /// What to do about it; empty when nothing has to be done.
    pub remedy: String,
}

/// A picture written by the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Path relative to the results folder, with forward slashes.
    pub file: String,
    /// Caption for the report.
    pub caption: String,
    /// Text for readers who cannot see the picture.
    pub alt_text: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// A file written by the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Path relative to the results folder, with forward slashes.
    pub path: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

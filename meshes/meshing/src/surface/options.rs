use super::Refinement;
use crate::MeshingError;

/// Where elements may be larger than at the boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grading {
    /// One size everywhere.
    Uniform,
    /// One size in a band along the boundary, doubling inwards.
    #[default]
    Interior,
    /// As `Interior`, and up to four times the size on the boundary where it is flat and the solid thick.
    Surface,
}

/// More halvings would make most elements lie along the borders.
const MOST_HALVINGS: u8 = 3;

/// What mesh is wanted.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MeshOptions {
    /// Long edge of the elements at the boundary in mm; `None` finds it.
    pub size: Option<f64>,
    /// Growth inwards.
    pub grading: Grading,
    /// How many times the elements are halved along the borders of flat ends, where supports end: 0 to 3.
    pub border_refinement: u8,
    /// 1 for Tet4, 2 for Tet10 with mid-edge nodes on the surface.
    pub order: u8,
    /// Largest number of elements.
    pub max_elements: usize,
    /// Largest relative volume error when the size is found.
    pub max_volume_error: f64,
    /// Smoothing passes at most.
    pub passes: usize,
    /// Places with smaller elements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refine: Vec<Refinement>,
    /// Shift of the lattice in cells, to test that results do not hang on its position.
    pub lattice_shift: [f64; 3],
}

impl Default for MeshOptions {
    fn default() -> Self {
        Self {
            size: None,
            grading: Grading::Interior,
            border_refinement: 0,
            order: 1,
            max_elements: 3_000_000,
            max_volume_error: 0.005,
            passes: 12,
            refine: Vec::new(),
            lattice_shift: [0.0; 3],
        }
    }
}

impl MeshOptions {
    /// Levels of coarsening inside.
    pub(crate) fn coarsening(&self) -> u8 {
        match self.grading {
            Grading::Uniform => 0,
            Grading::Interior | Grading::Surface => 8,
        }
    }

    /// Refuses refinements where there is no surface to apply them to.
    pub(crate) fn refuse_refinements(&self) -> Result<(), MeshingError> {
        let value = self.refine.len() as f64;
        let needed = "absent: only the mesh of one closed surface can be refined in places";
        if self.refine.is_empty() { Ok(()) } else { Err(MeshingError::BadOption { option: "refine", value, needed }) }
    }

    pub(crate) fn validate(&self) -> Result<(), MeshingError> {
        if let Some(size_mm) = self.size
            && !(size_mm > 0.0 && size_mm.is_finite())
        {
            return Err(MeshingError::BadOption { option: "size", value: size_mm, needed: "a positive length in mm" });
        }
        if !matches!(self.order, 1 | 2) {
            return Err(MeshingError::BadOption { option: "order", value: f64::from(self.order), needed: "1 or 2" });
        }
        if self.border_refinement > MOST_HALVINGS {
            return Err(MeshingError::BadOption {
                option: "border_refinement",
                value: f64::from(self.border_refinement),
                needed: "0 to 3",
            });
        }
        self.refine.iter().try_for_each(Refinement::validate)?;
        let error = self.max_volume_error;
        if !(error > 0.0 && error < 1.0) {
            return Err(MeshingError::BadOption {
                option: "max_volume_error",
                value: error,
                needed: "between 0 and 1",
            });
        }
        Ok(())
    }
}

use crate::located::Located;
use crate::measure::{Length, Measure, class};
use quantity::UnitClass;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// Meshes of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeshPlan {
    /// Element size of the finest mesh, or "automatic".
    pub size: Located<MeshSize>,
    /// Element kind.
    pub element: Located<ElementChoice>,
    /// Number of meshes of the grid study: 1 (none) or 3. An anatomy study has 1.
    pub levels: Located<u32>,
    /// Ratio of the sizes of successive meshes, above 1.3 (Celik et al. 2008).
    pub ratio: Located<f64>,
    /// How many times the elements of an anatomy are halved along the borders of its flat ends, 0 to 3. Stresses are
    /// unbounded where a held end meets the free surface; small elements there keep that from spoiling the rest.
    pub border_refinement: Located<u8>,
    /// So many layers of flat elements along the wall of a closed lumen, for flow: 3 to 20. Only in an anatomy study of one
    /// part, with element = "tet4".
    pub layers: Option<Located<u32>>,
    /// Height of the layer at the wall; all layers together are half an element thick when absent.
    pub first_layer: Option<Located<Length>>,
}

impl Default for MeshPlan {
    fn default() -> Self {
        Self {
            size: Located::new(MeshSize::Automatic, 0),
            element: Located::new(ElementChoice::Tet10, 0),
            levels: Located::new(3, 0),
            ratio: Located::new(1.5, 0),
            border_refinement: Located::new(0, 0),
            layers: None,
            first_layer: None,
        }
    }
}

/// Element size asked of the mesher.
#[derive(Debug, Clone, PartialEq)]
pub enum MeshSize {
    /// The mesher chooses from the thickness of the body.
    Automatic,
    /// The size.
    Given(Length),
}

impl<'de> Deserialize<'de> for MeshSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "automatic" {
            return Ok(Self::Automatic);
        }
        let length = Measure::<class::Length>::parse(&text).map_err(serde::de::Error::custom)?;
        if length.value() <= 0.0 {
            return Err(serde::de::Error::custom(format!("the element size \"{text}\" must be above 0 mm")));
        }
        Ok(Self::Given(length))
    }
}

impl Serialize for MeshSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Automatic => "automatic",
            Self::Given(length) => length.text(),
        })
    }
}

impl JsonSchema for MeshSize {
    fn schema_name() -> Cow<'static, str> {
        "MeshSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": format!("\"automatic\" or {} ({})", UnitClass::Length.name(), UnitClass::Length.units().join(", ")),
            "examples": ["automatic", "3 mm"],
        })
    }
}

/// Element kinds that a study may ask for. Anatomies take tetrahedra; plates take all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the variants are the elements' names")]
pub enum ElementChoice {
    Tet4,
    Tet10,
    Hex8,
    Hex20,
}

impl ElementChoice {
    /// Polynomial order of the displacement, 1 or 2.
    pub const fn order(self) -> u8 {
        match self {
            Self::Tet4 | Self::Hex8 => 1,
            Self::Tet10 | Self::Hex20 => 2,
        }
    }

    /// Whether it is a tetrahedron.
    pub const fn is_tetrahedron(self) -> bool {
        matches!(self, Self::Tet4 | Self::Tet10)
    }
}

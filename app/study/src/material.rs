//! Material laws as declared parameters. The declaration feeds the study's schema, its checks and the report's table.

use crate::bone::{BONE_DENSITY, BoneMapping};
use crate::located::Located;
use crate::measure::schema_of;
use quantity::{Parameter, Range, UnitClass};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A material: a law, the values of its parameters and where they come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Name for tables.
    pub name: String,
    /// Name of the law, one of [`LAWS`].
    pub law: Located<String>,
    /// Values by parameter name, as text with a unit.
    pub parameters: Located<BTreeMap<Located<String>, Located<ParameterText>>>,
    /// Where the values come from.
    pub source: String,
    /// How a CT image becomes density and modulus: needed by the law "bone_density", known to no other.
    #[serde(default)]
    pub bone: Option<Located<BoneMapping>>,
}

/// The value of a parameter: text with a unit, or a bare number where the class has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParameterText {
    /// Text with a unit.
    Text(String),
    /// A pure number.
    Number(f64),
}

impl std::fmt::Display for ParameterText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Number(number) => write!(formatter, "{number}"),
        }
    }
}

/// A material law and its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Law {
    /// Name in studies.
    pub name: &'static str,
    /// Name in words.
    pub label: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
}

const POISSONS_RATIO: Parameter = Parameter {
    name: "poissons_ratio",
    symbol: "ν",
    label: "Poisson's ratio",
    class: UnitClass::Number,
    unit: "1",
    range: Range::between(-1.0, 0.5),
    default: None,
    source: "Between -1 and 0.5 the strain energy is positive.",
};

/// Every law that a study may name.
pub const LAWS: &[Law] = &[
    Law {
        name: "isotropic_elastic",
        label: "linear elastic, isotropic",
        parameters: &[
            Parameter {
                name: "youngs_modulus",
                symbol: "E",
                label: "Young's modulus",
                class: UnitClass::Pressure,
                unit: "GPa",
                range: Range::POSITIVE,
                default: None,
                source: "Slope of uniaxial stress over strain.",
            },
            POISSONS_RATIO,
        ],
    },
    Law {
        name: BONE_DENSITY,
        label: "bone, linear elastic and isotropic, its modulus from the density in a CT image",
        parameters: BONE_PARAMETERS,
    },
    crate::blood::FLUIDS[0],
    crate::blood::FLUIDS[1],
    crate::blood::FLUIDS[2],
    crate::blood::FLUIDS[3],
];

const BONE_PARAMETERS: &[Parameter] = &[
    POISSONS_RATIO,
    Parameter {
        name: "calibration_intercept",
        symbol: "a",
        label: "Mineral density at 0 HU",
        class: UnitClass::Density,
        unit: "g/cm^3",
        range: Range::ANY,
        default: None,
        source: "Line through the inserts of a phantom: ρ_QCT = a + b HU.",
    },
    Parameter {
        name: "calibration_slope",
        symbol: "b",
        label: "Mineral density a Hounsfield unit",
        class: UnitClass::Density,
        unit: "g/cm^3",
        range: Range::POSITIVE,
        default: None,
        source: "Line through the inserts of a phantom: ρ_QCT = a + b HU.",
    },
    Parameter {
        name: "ash_over_apparent",
        symbol: "r",
        label: "Ash density over apparent density",
        class: UnitClass::Number,
        unit: "1",
        range: Range::between(0.0, 1.0),
        default: Some("0.598"),
        source: "0.598 ± 0.004, human femora: Schileo et al. 2008, J Biomech 41:2483. Used by laws in apparent density.",
    },
    Parameter {
        name: "strain_rate",
        symbol: "ε̇",
        label: "Strain rate",
        class: UnitClass::Frequency,
        unit: "1/s",
        range: Range::POSITIVE,
        default: Some("1 1/s"),
        source: "Used by the law of Carter and Hayes alone.",
    },
    Parameter {
        name: "minimum_modulus",
        symbol: "E_min",
        label: "Lowest modulus",
        class: UnitClass::Pressure,
        unit: "MPa",
        range: Range::POSITIVE,
        default: None,
        source: "Keeps the stiffness positive in marrow and in voxels at the border.",
    },
    Parameter {
        name: "maximum_modulus",
        symbol: "E_max",
        label: "Highest modulus",
        class: UnitClass::Pressure,
        unit: "GPa",
        range: Range::POSITIVE,
        default: None,
        source: "Stiffer than dense cortical bone is no bone.",
    },
    Parameter {
        name: "metal_above",
        symbol: "HU_max",
        label: "Hounsfield units above which a voxel is metal",
        class: UnitClass::Number,
        unit: "1",
        range: Range::POSITIVE,
        default: Some("3000"),
        source: "The end of the scale of 12-bit scanners is 3071; dense cortical bone is below 2000.",
    },
    Parameter {
        name: "soft_tissue_below",
        symbol: "HU_soft",
        label: "Hounsfield units below which a voxel is counted as soft tissue",
        class: UnitClass::Number,
        unit: "1",
        range: Range::ANY,
        default: Some("100"),
        source: "Muscle and disc are below 100 HU; so is some trabecular bone, so that the share is looked at in the \
                 elements of the surface.",
    },
];

impl Material {
    /// The law; `None` when the name is unknown.
    pub fn declared_law(&self) -> Option<&'static Law> {
        LAWS.iter().find(|law| law.name == self.law.as_str())
    }

    /// The parameters of the law with the study's text and the value in the internal unit, in the order of the
    /// declaration. Empty for an unknown law; a checked study has every value.
    pub fn values(&self) -> Vec<(&'static Parameter, String, f64)> {
        let Some(law) = self.declared_law() else { return Vec::new() };
        let value = |parameter: &'static Parameter| {
            let text = self.text(parameter.name).or(parameter.default.map(str::to_owned))?;
            let value = parameter.parse(Some(&text)).ok()?;
            Some((parameter, text, value))
        };
        law.parameters.iter().filter_map(value).collect()
    }

    /// Whether its law is that of a fluid.
    pub fn is_fluid(&self) -> bool {
        crate::blood::FLUIDS.iter().any(|law| law.name == self.law.as_str())
    }

    /// The value of one parameter in the internal unit.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values().into_iter().find(|(parameter, ..)| parameter.name == name).map(|(.., value)| value)
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.parameters.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value.to_string())
    }
}

impl JsonSchema for Material {
    fn schema_name() -> Cow<'static, str> {
        "Material".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let laws: Vec<Schema> = LAWS.iter().map(|law| law_schema(law, generator)).collect();
        json_schema!({
            "description": "A material: a law, the values of its parameters and where they come from.",
            "oneOf": laws,
        })
    }
}

fn law_schema(law: &Law, generator: &mut SchemaGenerator) -> Schema {
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for parameter in law.parameters {
        let mut schema = schema_of(parameter.class);
        schema.insert("description".to_owned(), parameter.help().into());
        properties.insert(parameter.name.to_owned(), schema.into());
        if parameter.default.is_none() {
            required.push(parameter.name);
        }
    }
    let mut schema = json_schema!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "description": "Name for tables." },
            "law": { "const": law.name, "description": law.label },
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            },
            "source": { "type": "string", "description": "Where the values come from." },
        },
        "required": ["name", "law", "parameters", "source"],
        "additionalProperties": false,
    });
    if law.name == BONE_DENSITY {
        let bone = generator.subschema_for::<BoneMapping>();
        if let Some(properties) = schema.get_mut("properties").and_then(|value| value.as_object_mut()) {
            properties.insert("bone".to_owned(), bone.into());
        }
        if let Some(required) = schema.get_mut("required").and_then(|value| value.as_array_mut()) {
            required.push("bone".into());
        }
    }
    schema
}

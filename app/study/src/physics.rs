//! Supports and loads of linear statics.

use crate::located::Located;
use crate::measure::{Length, Moment, Pressure};
use quantity::{QuantityError, UnitClass};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A named frame: "LPS" or one that landmarks define ("femur").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FrameName(pub Located<String>);

impl Default for FrameName {
    fn default() -> Self {
        Self(Located::new("LPS".to_owned(), 0))
    }
}

impl FrameName {
    /// Whether it is the frame of the body, LPS.
    pub fn is_lps(&self) -> bool {
        self.0.as_str() == "LPS"
    }
}

/// An axis of LPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the variants are the axes")]
pub enum Axis {
    X,
    Y,
    Z,
}

/// Displacements prescribed on a region, component by component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// The region.
    pub region: Located<String>,
    /// Components held at zero.
    #[serde(default)]
    pub fixed: Vec<Axis>,
    /// Components held at a value.
    #[serde(default)]
    pub displacement: BTreeMap<Axis, Length>,
    /// What the support stands for.
    #[serde(default)]
    pub description: Option<String>,
}

/// Loads that act together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadCase {
    /// Name.
    pub name: Located<String>,
    /// What it stands for.
    #[serde(default)]
    pub description: Option<String>,
    /// The loads.
    pub loads: Located<Vec<Load>>,
}

/// One load on a region: exactly one of `force`, `moment`, `pressure`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// The region.
    pub region: Located<String>,
    /// What the load stands for.
    #[serde(default)]
    pub description: Option<String>,
    /// Where the value comes from.
    pub source: String,
    /// Frame of the components.
    #[serde(default)]
    pub frame: FrameName,
    /// Total force, spread over the region so that it adds no stiffness (RBE3).
    #[serde(default)]
    pub force: Option<Located<[ForceComponent; 3]>>,
    /// The point that the force acts through, in `frame`; the region's centre when absent. With a point given, the line of
    /// action is the same on every mesh.
    #[serde(default)]
    pub through: Option<[Length; 3]>,
    /// Total moment about the region's centre, spread like a force.
    #[serde(default)]
    pub moment: Option<Located<[Moment; 3]>>,
    /// Pressure on the region's faces, positive towards the body.
    #[serde(default)]
    pub pressure: Option<Located<Pressure>>,
}

/// A component of a force, in newtons or in percent of the subject's body weight: "120 N", "-54.0 %BW".
#[derive(Debug, Clone, PartialEq)]
pub struct ForceComponent {
    text: String,
    value: f64,
    relative: bool,
}

impl ForceComponent {
    /// Reads a component.
    ///
    /// # Errors
    /// When the text is neither a force nor a percentage of body weight.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let (value, relative) = match text.trim().strip_suffix("BW") {
            Some(percent) if percent.trim_end().ends_with('%') => (UnitClass::Number.parse(percent)?, true),
            _ => (UnitClass::Force.parse(text)?, false),
        };
        Ok(Self { text: text.to_owned(), value, relative })
    }

    /// Whether it is a percentage of body weight.
    pub fn is_relative(&self) -> bool {
        self.relative
    }

    /// The component in N for a body weight in N.
    pub fn newton(&self, body_weight: f64) -> f64 {
        if self.relative { self.value * body_weight } else { self.value }
    }

    /// The text of the study.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<'de> Deserialize<'de> for ForceComponent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for ForceComponent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for ForceComponent {
    fn schema_name() -> Cow<'static, str> {
        "ForceComponent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a force (N, kN, mN) or a percentage of the subject's body weight (%BW)",
            "examples": ["120 N", "-54.0 %BW"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forces_are_newtons_or_percent_of_body_weight() {
        let relative = ForceComponent::parse("-54.0 %BW").unwrap();
        assert!(relative.is_relative() && (relative.newton(836.0) + 0.54 * 836.0).abs() < 1e-12);
        assert_eq!(ForceComponent::parse("1.2 kN").unwrap().newton(836.0), 1200.0);
        assert!(ForceComponent::parse("12 %").is_err(), "a percentage must say of what");
        assert!(ForceComponent::parse("12 BW").is_err());
    }
}

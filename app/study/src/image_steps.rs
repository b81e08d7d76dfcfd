//! The steps from an image or label map to a surface, or to several that share their borders.

use crate::located::Located;
use crate::measure::{Length, Volume};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// What is taken from an image. The steps are done in this order, whatever the order in the file: crop; threshold, label or
/// parts; seed; open; close; fill; islands; largest; smooth. Exactly one of `threshold`, `label`, `parts` is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageSteps {
    /// Voxel size where the file records none; refused where it records one. Every output then says that it was assumed.
    #[serde(default)]
    pub voxel_size: Option<Located<Length>>,
    /// Where the assumed voxel size comes from.
    #[serde(default)]
    pub voxel_size_source: Option<String>,
    /// Only the voxels whose centres lie in this box (mm, LPS) are looked at. What goes on beyond it is closed flat.
    #[serde(default)]
    pub crop: Option<Located<Crop>>,
    /// Voxels whose value lies in this range, for example "200.." or "-150..250" (Hounsfield units in CT).
    #[serde(default)]
    pub threshold: Option<Located<ValueRange>>,
    /// Voxels with any of these labels, by value or by the name that the file gives; several become one.
    #[serde(default)]
    pub label: Vec<Located<LabelWord>>,
    /// Labels that become parts of one mesh, with shared faces where they touch.
    #[serde(default)]
    pub parts: Vec<PartPlan>,
    /// Points (LPS): only what is connected with any of them is kept.
    #[serde(default)]
    pub seed: Vec<[Length; 3]>,
    /// Radius of the ball that opens: what is thinner than two radii goes.
    #[serde(default)]
    pub open: Option<Located<Length>>,
    /// Radius of the ball that closes: gaps narrower than two radii are filled.
    #[serde(default)]
    pub close: Option<Located<Length>>,
    /// Whether cavities are filled.
    #[serde(default)]
    pub fill: bool,
    /// Pieces smaller than this are removed; those of `parts` are given to what is around them.
    #[serde(default)]
    pub islands: Option<Located<Volume>>,
    /// Whether only the largest piece is kept.
    #[serde(default)]
    pub largest: bool,
    /// Averages that smooth the surface; 0 leaves the steps of the voxels. The volume stays that of the voxels.
    #[serde(default)]
    pub smooth: Option<u32>,
}

/// A box along the axes of LPS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Smallest coordinates.
    pub low: [Length; 3],
    /// Largest coordinates.
    pub high: [Length; 3],
}

/// A label that becomes a part of the mesh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartPlan {
    /// The label, by value or by the name that the file gives.
    pub label: Located<LabelWord>,
    /// Name of the part; the file's name for the label, or "label_7", when absent.
    #[serde(default)]
    pub name: Option<Located<String>>,
}

/// A label: its value, or the name that the file gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelWord(pub String);

impl<'de> Deserialize<'de> for LabelWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;

        impl Visitor<'_> for Word {
            type Value = LabelWord;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the value of a label such as 29, or its name in the file")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<LabelWord, E> {
                Ok(LabelWord(value.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<LabelWord, E> {
                Ok(LabelWord(text.to_owned()))
            }
        }

        deserializer.deserialize_any(Word)
    }
}

impl Serialize for LabelWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl JsonSchema for LabelWord {
    fn schema_name() -> Cow<'static, str> {
        "LabelWord".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "description": "the value of a label, or the name that the file gives it",
            "examples": [29, "aorta"],
        })
    }
}

/// A range of values, either end open: "low..high", both included.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueRange {
    text: String,
    /// The smallest value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
}

impl ValueRange {
    /// Reads "200..", "..250" or "-150..250".
    ///
    /// # Errors
    /// What is wrong, in words that begin with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no range of values: write for example 200.. or -150..250");
        let (low, high) = text.split_once("..").ok_or_else(wrong)?;
        let end = |word: &str, open: f64| match word.trim() {
            "" => Ok(open),
            number => number.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(wrong),
        };
        let (low, high) = (end(low, f64::NEG_INFINITY)?, end(high, f64::INFINITY)?);
        if low > high || (low.is_infinite() && high.is_infinite()) {
            return Err(wrong());
        }
        Ok(Self { text: text.to_owned(), low, high })
    }

    /// The text of the study.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<'de> Deserialize<'de> for ValueRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for ValueRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for ValueRange {
    fn schema_name() -> Cow<'static, str> {
        "ValueRange".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a range of values, low..high, either end open",
            "examples": ["200..", "-150..250"],
        })
    }
}

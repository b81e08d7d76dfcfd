//! The steps that mend a surface and make a vessel of it ready for flow.

use crate::located::Located;
use crate::measure::Length;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// How the surface is mended, before anything else is done with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RepairPlan {
    /// Holes larger than this stay open, as the openings of a vessel; all are closed when absent.
    pub largest_hole: Option<Located<Length>>,
    /// Parts smaller than this are removed; none when absent.
    pub drop_parts: Option<Located<Length>>,
    /// When to lay a new surface around the inside of the old one.
    pub resurface: Resurfacing,
    /// Afterwards all edges are made about this long; sharp edges are kept.
    pub remesh: Option<Located<Length>>,
}

/// The last resort of a repair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resurfacing {
    /// When mending in place fails.
    #[default]
    Auto,
    /// Refuse instead.
    Never,
    /// Always.
    Always,
}

/// How a vessel is prepared for flow: planar named ends, straight extensions. The regions of the surface are then `wall`,
/// `inlet`, `outlet_1`, ...
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VesselPlan {
    /// The inlet: the number of an end, 1 being the largest, or a point near it (LPS); the largest end when absent.
    pub inlet: Option<Located<InletPlan>>,
    /// Every end is lengthened by this many of its radii, straight along its normal, blending into a circle.
    pub extend: Option<Located<f64>>,
    /// Rounded ends are cut across the centreline, this many local radii from their tips.
    pub cut: Option<Located<f64>>,
    /// Points near the tips of rounded ends to cut (LPS); when absent, tips are looked for where fewer than two ends are
    /// found.
    pub cut_at: Vec<[Length; 3]>,
}

/// How the sac of an aneurysm is told from its parent vessel. The surface then has the region `sac`, and the sac is measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SacPlan {
    /// A point on the dome (LPS); the largest bulge when absent.
    pub dome: Option<[Length; 3]>,
    /// The sac begins this many parent radii from the parent's centreline; 1.35 when absent.
    pub factor: Option<Located<f64>>,
}

/// Which end is the inlet.
#[derive(Debug, Clone, PartialEq)]
pub enum InletPlan {
    /// The end of this number, 1 being the largest.
    Number(usize),
    /// The end nearest to this point.
    Near([Length; 3]),
}

impl<'de> Deserialize<'de> for InletPlan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Inlet;

        impl<'de> Visitor<'de> for Inlet {
            type Value = InletPlan;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the number of an end, or a point near it such as [\"1 mm\", \"2 mm\", \"3 mm\"]")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<InletPlan, E> {
                let wrong = || E::custom(format!("{number} is no number of an end: they count from 1, the largest"));
                usize::try_from(number).ok().filter(|&number| number > 0).map(InletPlan::Number).ok_or_else(wrong)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<InletPlan, A::Error> {
                let mut next = |place| list.next_element()?.ok_or_else(|| A::Error::invalid_length(place, &self));
                let point = [next(0)?, next(1)?, next(2)?];
                match list.next_element::<Length>()? {
                    None => Ok(InletPlan::Near(point)),
                    Some(_) => Err(A::Error::invalid_length(4, &self)),
                }
            }
        }

        deserializer.deserialize_any(Inlet)
    }
}

impl Serialize for InletPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.serialize(serializer),
            Self::Near(point) => point.serialize(serializer),
        }
    }
}

impl JsonSchema for InletPlan {
    fn schema_name() -> Cow<'static, str> {
        "InletPlan".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let point = generator.subschema_for::<[Length; 3]>();
        json_schema!({
            "description": "the number of an end, 1 being the largest, or a point near it",
            "anyOf": [{ "type": "integer", "minimum": 1 }, point],
            "examples": [1],
        })
    }
}

//! Quantities in a study: text with a unit outside, a number in the internal unit inside.

use quantity::UnitClass;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A unit class as a type.
pub trait Class {
    /// The class.
    const CLASS: UnitClass;
}

macro_rules! classes {
    ($($name:ident),* $(,)?) => {
        /// One type for each unit class that a study uses.
        pub mod class {
            $(
                #[doc = concat!("[`quantity::UnitClass::", stringify!($name), "`] as a type.")]
                #[derive(Debug, Clone, Copy, PartialEq)]
                pub enum $name {}

                impl super::Class for $name {
                    const CLASS: quantity::UnitClass = quantity::UnitClass::$name;
                }
            )*
        }
        $(
            #[doc = concat!("A quantity of class [`quantity::UnitClass::", stringify!($name), "`].")]
            pub type $name = Measure<class::$name>;
        )*
    };
}

classes!(
    Angle,
    Area,
    BendingStiffness,
    Compliance,
    Energy,
    FlowRate,
    FlowResistance,
    Force,
    Length,
    Moment,
    Number,
    Pressure,
    Stiffness,
    Temperature,
    TemperatureDifference,
    Time,
    Volume,
);

/// A quantity of class `C` as the study states it.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure<C> {
    text: String,
    value: f64,
    class: PhantomData<C>,
}

impl<C: Class> Measure<C> {
    /// Reads a quantity.
    ///
    /// # Errors
    /// When the text is no quantity of class `C`.
    pub fn parse(text: &str) -> Result<Self, quantity::QuantityError> {
        let value = C::CLASS.parse(text)?;
        Ok(Self { text: text.to_owned(), value, class: PhantomData })
    }

    /// The number in the internal unit (mm, N, MPa, s, tonne, K, rad).
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The text of the study, with its unit.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<C> fmt::Display for Measure<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

struct MeasureVisitor<C>(PhantomData<C>);

impl<C: Class> MeasureVisitor<C> {
    fn number<E: Error>(self, number: f64) -> Result<Measure<C>, E> {
        Measure::parse(&number.to_string()).map_err(E::custom)
    }
}

impl<C: Class> Visitor<'_> for MeasureVisitor<C> {
    type Value = Measure<C>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} such as \"{}\"", C::CLASS.name(), C::CLASS.example())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Measure<C>, E> {
        Measure::parse(text).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Measure<C>, E> {
        self.number(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Measure<C>, E> {
        self.number(number as f64)
    }
}

impl<'de, C: Class> Deserialize<'de> for Measure<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MeasureVisitor(PhantomData))
    }
}

impl<C> Serialize for Measure<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<C: Class> JsonSchema for Measure<C> {
    fn schema_name() -> Cow<'static, str> {
        format!("{:?}", C::CLASS).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema_of(C::CLASS)
    }
}

/// The schema of a quantity of a class: text with a unit; bare numbers too where the class has no unit.
pub(crate) fn schema_of(class: UnitClass) -> Schema {
    let description = format!("{} with its unit ({})", class.name(), class.units().join(", "));
    match class {
        UnitClass::Number | UnitClass::Strain => json_schema!({
            "type": ["string", "number"],
            "description": format!("{} ({})", class.name(), class.units().join(", ")),
            "examples": [class.example()],
        }),
        _ => json_schema!({ "type": "string", "description": description, "examples": [class.example()] }),
    }
}

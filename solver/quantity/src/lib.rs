//! Unit classes, parsing and display of physical quantities, declared parameters.
//!
//! Inside the program every number is in the coherent system millimetre, tonne, second, kelvin, radian, mole, which makes
//! force newton, stress MPa and energy mJ. At every border a quantity is text with its unit:
//!
//! ```
//! use quantity::UnitClass;
//! assert_eq!(UnitClass::Length.parse("2.5 cm").unwrap(), 25.0);
//! assert_eq!(UnitClass::Pressure.parse("17 GPa").unwrap(), 17_000.0);
//! assert_eq!(UnitClass::Pressure.format(17_000.0, "GPa", 3).unwrap(), "17 GPa");
//! let error = UnitClass::Length.parse("5 kg").unwrap_err().to_string();
//! assert_eq!(error, "\"5 kg\" is a mass; a length such as \"5 mm\" is needed");
//! ```

mod class;
mod dimension;
mod format;
mod nearest;
mod parameter;
mod parse;
mod unit;

pub use class::UnitClass;
pub use dimension::Dimension;
pub use format::{compact_number, significant};
pub use nearest::nearest;
pub use parameter::{Parameter, ParameterError, Range};
pub use parse::QuantityError;
pub use unit::{Unit, UnitError};

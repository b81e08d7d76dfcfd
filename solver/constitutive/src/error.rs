/// What is wrong with a material.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConstitutiveError {
    /// A parameter outside its range.
    #[error("{law}: {name} ({symbol}) = {value} is outside its range: {range}")]
    ParameterOutOfRange {
        /// The law.
        law: &'static str,
        /// The parameter's key.
        name: &'static str,
        /// Its symbol.
        symbol: &'static str,
        /// The value in the internal unit.
        value: f64,
        /// The range in words.
        range: String,
    },
    /// Constants that are each in range, but together give a negative strain energy.
    #[error(
        "{law}: the constants give a negative strain energy for some strain; \
         lower the Poisson's ratios so that nu_ij² < E_i / E_j and the compliance is positive definite"
    )]
    NotPositiveDefinite {
        /// The law.
        law: &'static str,
    },
    /// Material axes that do not span space.
    #[error("{law}: the first and second material axis must be finite, not zero and not parallel")]
    DegenerateAxes {
        /// The law.
        law: &'static str,
    },
}

/// Checks `value` against its declaration.
pub(crate) fn check(law: &'static str, parameter: &quantity::Parameter, value: f64) -> Result<(), ConstitutiveError> {
    if parameter.range.contains(value) && value.is_finite() {
        return Ok(());
    }
    let quantity::Parameter { name, symbol, .. } = *parameter;
    Err(ConstitutiveError::ParameterOutOfRange { law, name, symbol, value, range: parameter.range_text() })
}

//! Material laws: stress and consistent tangent

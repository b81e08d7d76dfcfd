//! Unit classes, parsing and display of physical quantities, declared parameters

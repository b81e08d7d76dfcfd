//! Finite elements: kernels, quadrature, degrees of freedom, constraints, coloured assembly

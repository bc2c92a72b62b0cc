//! Every distribution of the library through the same tests: total probability, expected score and information, moments, samplers,
//! estimates in closed form, edges, and reference values.
mod case;
mod cases;
mod properties;
mod quadrature;
mod reference;
mod vectors;

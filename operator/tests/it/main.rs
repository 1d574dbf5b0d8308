//! The operator's source as a whole.

mod layers;

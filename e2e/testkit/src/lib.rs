//! What tests of several crates need: a builder of balas, facts on real packages to build them from, and a check of who
//! knows whom in a program. Without Kubernetes, so that the tests of the registry build none.

pub mod bala;
pub mod catalogue;
pub mod layers;

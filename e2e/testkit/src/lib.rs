//! Test packages: a builder of balas, and facts on real packages to build them from. Without Kubernetes, so that the
//! tests of the registry build none.

pub mod bala;
pub mod catalogue;

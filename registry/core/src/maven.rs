//! What a registry is to clients that know Maven repositories.

pub mod central;

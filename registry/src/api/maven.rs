//! Maven repositories, below `/2.0/maven`, and below `/2.0/auth/maven` for those who are to say who they are.

pub(super) mod central;

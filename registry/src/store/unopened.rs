//! Why a store cannot be opened.

use std::path::PathBuf;

/// Why a URL cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("\"{0}\" is no store: use s3://BUCKET/PREFIX, az://…, gs://…, file:///FOLDER or memory:")]
    Scheme(String),
    #[error("the store's settings are wrong")]
    Settings(#[source] object_store::Error),
    #[error("{variable} {problem}: correct it in the environment of this process")]
    Variable { variable: &'static str, problem: &'static str },
    #[error("the folder {} cannot be made or opened", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
}

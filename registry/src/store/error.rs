//! What went wrong with the store, as far as anyone acts on it.

use super::key::Key;

/// Why an operation failed. For a write it means "may have happened" unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store does not know the credentials.
    #[error("the store rejected the credentials")]
    Credentials(#[source] object_store::Error),
    /// The store knows the credentials and refuses the operation.
    #[error("the store denied access")]
    Denied(#[source] object_store::Error),
    /// There is no such bucket or container.
    #[error("the bucket does not exist")]
    NoBucket(#[source] object_store::Error),
    /// An object that was there, or must be, is not.
    #[error("{0} is missing from the store")]
    Missing(String),
    /// The folder of the log cannot be brought to the disk.
    #[error("the store's folder cannot be synchronized")]
    Disk(#[source] std::io::Error),
    /// The store cannot be reached, or answered with an error of its own.
    #[error("the store is not available")]
    Unavailable(#[source] object_store::Error),
}

/// S3 error codes that mean that the keys, not the rights, are wrong.
const CREDENTIAL_CODES: [&str; 5] = [
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
    "AuthorizationHeaderMalformed",
];

impl Error {
    /// An object that must be there is not.
    pub fn missing(key: &Key<'_>) -> Self {
        Self::Missing(key.path().to_string())
    }

    /// The label of this error in metrics.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Credentials(_) => "credentials_rejected",
            Self::Denied(_) => "denied",
            Self::NoBucket(_) => "no_bucket",
            Self::Missing(_) => "missing",
            Self::Disk(_) => "disk",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        // Only the message tells these apart: object_store keeps no code of the provider.
        let text = format!("{error:?}");
        let has = |code: &&str| text.contains(*code);
        match &error {
            _ if ["NoSuchBucket", "ContainerNotFound"].iter().any(has) => Self::NoBucket(error),
            _ if CREDENTIAL_CODES.iter().any(has) => Self::Credentials(error),
            object_store::Error::Unauthenticated { .. } => Self::Credentials(error),
            object_store::Error::PermissionDenied { .. } => Self::Denied(error),
            _ => Self::Unavailable(error),
        }
    }
}

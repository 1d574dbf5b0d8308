//! Opening a store that should be there.

use url::Url;

use super::failure::ServeError;
use crate::base::instruments::Instruments;
use crate::store::Store;

/// Opens a store. To open a folder makes it, so that one that is not there is refused unless it is to be made: it may be
/// mistyped.
pub(super) fn existing(url: &Url, create: bool, instruments: &Instruments) -> Result<Store, ServeError> {
    if !create
        && url.scheme() == "file"
        && let Ok(folder) = url.to_file_path()
        && !folder.is_dir()
    {
        return Err(ServeError::NoFolder(folder));
    }
    Ok(Store::open(url, instruments.clock.clone(), instruments.metrics.clone())?)
}

//! The last words of a process that could not start: the kubelet reads them from a file, and the operator
//! shows them in the status of the Registry.

use std::error::Error as _;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use barre_contract::failure::{Failure, LastWords};
use clap::error::{ContextKind, ContextValue};
use serde::Serialize;

/// Where Kubernetes reads it, and the variable that names another file.
pub(super) const FILE: &str = "/dev/termination-log";
pub(super) const FILE_VARIABLE: &str = "BARRE_TERMINATION_MESSAGE";
const FILE_FLAG: &str = "--termination-message";

/// The kubelet keeps the last 4 KiB; a cut one would not be JSON.
const MAX_MESSAGE_CHARS: usize = 1000;

/// A message that fits.
pub(super) fn last_words(reason: Failure, message: &str) -> LastWords {
    LastWords {
        reason: reason.as_str().to_owned(),
        message: message.chars().take(MAX_MESSAGE_CHARS).collect(),
        known: None,
    }
}

/// The last words about a command line that cannot be: which flag, and what it takes. A value that a parser refused is not
/// repeated, since it may be a secret.
pub(super) fn about_arguments(error: &clap::Error) -> LastWords {
    let rendered = error.to_string();
    let first: Vec<_> = rendered.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let text = if let (Some(ContextValue::String(flag)), Some(why)) =
        (error.get(ContextKind::InvalidArg), error.source())
    {
        format!("{flag}: {why}")
    } else {
        first.join(" ").trim_start_matches("error: ").to_owned()
    };
    last_words(Failure::ArgumentsInvalid, &text)
}

/// The file for them, where the flags could not be read as a whole.
pub(super) fn file(arguments: &[OsString]) -> PathBuf {
    let flag =
        arguments.iter().filter_map(|argument| argument.to_str()).enumerate().find_map(|(at, text)| {
            let rest = text.strip_prefix(FILE_FLAG)?;
            rest.strip_prefix('=').map(PathBuf::from).or_else(|| arguments.get(at + 1).map(PathBuf::from))
        });
    flag.or_else(|| std::env::var_os(FILE_VARIABLE).map(PathBuf::from)).unwrap_or_else(|| FILE.into())
}

/// Writes it to `path`. Outside Kubernetes there is no such file, and it is not made.
pub(super) fn write(words: &impl Serialize, path: &Path) {
    let written = serde_json::to_vec(words)
        .map_err(std::io::Error::from)
        .and_then(|json| OpenOptions::new().write(true).truncate(true).open(path)?.write_all(&json));
    if let Err(error) = written {
        tracing::debug!(path = %path.display(), error = &error as &dyn std::error::Error, "no termination message");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::args::Args;

    #[test]
    fn it_is_json_and_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("termination-log");
        std::fs::write(&path, "something longer that was there before").unwrap();
        write(&last_words(Failure::ForeignOwner, "owned by \"x\""), &path);
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written, r#"{"reason":"ForeignOwner","message":"owned by \"x\""}"#);
        write(&last_words(Failure::LogDamaged, &"ä\n".repeat(10_000)), &path);
        assert!(std::fs::metadata(&path).unwrap().len() < 4096);
    }

    #[test]
    fn a_wrong_flag_is_named_with_what_it_takes() {
        let words = |line: &str| {
            let error = Args::from_arguments(line.split(' ')).unwrap_err();
            let words = about_arguments(&error);
            assert_eq!(words.reason, "ArgumentsInvalid");
            words.message
        };
        let serve = "barre-registry serve --store memory: --anonymous-read true";
        let url = words(&format!("{serve} --external-url http://a:99999"));
        assert!(url.starts_with("--external-url <URL>: use https://HOST"), "{url}");
        let store = words("barre-registry serve --store s3://hush:hush@bucket");
        assert!(store.starts_with("--store <URL>: credentials") && !store.contains("hush"), "{store}");
        assert!(words(&format!("{serve} --newer")).contains("unexpected argument '--newer'"));
        assert!(words("barre-registry serve").contains("--store <URL>"));
        assert!(words("barre-registry serve --store memory:").contains("nobody could use this registry"));
    }

    #[test]
    fn the_file_is_found_without_parsing() {
        let file = |line: &str| file(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(file("serve --termination-message=/a"), PathBuf::from("/a"));
        assert_eq!(file("serve --termination-message /a"), PathBuf::from("/a"));
        assert_eq!(file("serve"), PathBuf::from(FILE));
    }

    #[test]
    fn a_missing_file_stays_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nothing");
        write(&last_words(Failure::LogDamaged, "text"), &path);
        assert!(!path.exists());
    }
}

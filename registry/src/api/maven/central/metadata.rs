//! `maven-metadata.xml` of a group for a distribution: how it is asked for, and how it is answered.

use std::fmt::Display;
use std::future::ready;
use std::str::FromStr;
use std::sync::Arc;

use barre_core::distribution::Distribution;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::CACHE_CONTROL;
use warp::Filter;
use warp::path::Tail;
use warp::reject::Rejection;

use super::super::door::Place;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::Encoding;
use crate::api::common::made::{self, Tag, unneeded};
use crate::api::common::query::Query;
use crate::service::Services;

const FILE: &str = "maven-metadata.xml";

/// Clients leave out the padding; whoever adds it means the same.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) type MetadataCall = Call<(Encoding,)>;

/// `v2201-13-0`, where it is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct For(pub(super) Distribution);

impl FromStr for For {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Distribution::of_tag(text).map(Self).ok_or(())
    }
}

/// A question, as the artifact that it is in the path: encoded, so that it may have slashes in it.
#[derive(Debug)]
pub(super) struct Question(String);

impl Question {
    /// As it stands in the path.
    pub(super) fn encoded(&self) -> &str {
        &self.0
    }

    /// What is asked: a query as behind the `?` of a URL, although clients encode nothing in it.
    pub(super) fn query(&self) -> Result<Query, Error> {
        let text = decoded(&self.0).ok_or_else(|| {
            Error::BadRequest("the question in the path is not a text in Base64, like cT1odHRw".to_owned())
        })?;
        Ok(Query::new(&text))
    }
}

/// A text in Base64. One that ends in a slash stands before another one in a path, and of two in a row one is left when they
/// arrive; nowhere else in a text there can be two.
fn decoded(encoded: &str) -> Option<String> {
    let text = |encoded: &str| String::from_utf8(BASE64.decode(encoded).ok()?).ok();
    text(encoded).or_else(|| text(&format!("{encoded}/")))
}

/// The question that is the rest of a path but for the name of the file.
fn question(tail: &str) -> Option<Question> {
    let encoded = tail.strip_suffix(FILE)?;
    let encoded = match encoded.strip_suffix('/') {
        None if !encoded.is_empty() => return None,
        encoded => encoded.unwrap_or_default(),
    };
    let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8().ok()?;
    Some(Question(decoded.into_owned()))
}

/// `…/{distribution}/{group}/{question}/maven-metadata.xml`
pub(super) fn of_group(
    services: &Arc<Services>,
    place: Place,
    group: &'static str,
) -> impl Filter<Extract = (For, Question, MetadataCall), Error = Rejection> + Clone + use<> {
    let question = warp::path::tail()
        .and_then(|tail: Tail| ready(question(tail.as_str()).ok_or_else(warp::reject::not_found)));
    place.path().and(warp::path::param()).and(warp::path(group)).and(question).and(read(services))
}

/// The end of a path, behind an artifact that is one part of it.
pub(super) fn file() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    warp::path(FILE).and(warp::path::end())
}

/// A document for whoever asks, which caches must ask for again.
pub(super) async fn answered(
    call: &MetadataCall,
    tag: Option<&Tag>,
    document: &(impl Display + Sync),
) -> Result<Answer, Error> {
    let (encoding,) = call.inputs;
    let known = tag.map(|tag| unneeded(call, tag)).transpose()?.flatten();
    let response = match known {
        Some(response) => response,
        None => made::xml(call, encoding, tag, document).await?,
    };
    Ok(Answer::new(response).with(CACHE_CONTROL, "no-cache".to_owned()))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn asked(tail: &str) -> Option<String> {
        decoded(question(tail)?.encoded())
    }

    #[test]
    fn questions_are_read_as_clients_encode_them() {
        for (tail, expected) in [
            ("cT1odHRw/maven-metadata.xml", "q=http"),
            ("cT0+/maven-metadata.xml", "q=>"),
            ("cT1hPj/Dvz4/maven-metadata.xml", "q=a>?ÿ>"),
            ("cT1hYg%3D%3D/maven-metadata.xml", "q=ab"),
            ("cT1hYg==/maven-metadata.xml", "q=ab"),
            // Its last slash is gone.
            ("cT1hYsO/maven-metadata.xml", "q=abÿ"),
            // The same, where what is left is a text as well.
            ("cT0/maven-metadata.xml", "q="),
            ("maven-metadata.xml", ""),
        ] {
            assert_eq!(asked(tail).as_deref(), Some(expected), "{tail}");
        }
        for bad in ["cT1o_HRw", "c", "w7", "cT1 dHRw", "%ff", "cT1odHRwé", "//8"] {
            assert_eq!(asked(&format!("{bad}/maven-metadata.xml")), None, "{bad}");
        }
        for other in ["cT1odHRw/maven-metadata.xml.sha1", "cT1odHRw", "cT1odHRwmaven-metadata.xml", ""] {
            assert!(question(other).is_none(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn every_question_arrives(text in any::<String>()) {
            let path = format!("{}/{FILE}", STANDARD_NO_PAD.encode(&text));
            let arrived = asked(&path.replace("//", "/"));
            // What a search would not look at anyway.
            let shorter = text.strip_suffix('?').map(str::to_owned);
            prop_assert!(arrived == Some(text.clone()) || arrived.is_some() && arrived == shorter, "{path}");
        }
    }

    #[test]
    fn only_a_distribution_is_one() {
        assert!("v2201-13-0".parse::<For>().is_ok());
        assert!("acme".parse::<For>().is_err());
    }

    #[test]
    fn what_is_no_question_is_refused_with_what_one_is() {
        let refused = Question("?".to_owned()).query().unwrap_err();
        assert!(matches!(refused, Error::BadRequest(text) if text.contains("Base64")));
    }
}

//! As an OCI registry.

use super::guide::{Guide, Place, Step, quoted};
use super::input::{Setup, USER, Way};

pub(super) fn guide(setup: &Setup<'_>) -> Guide {
    let Setup { id, token, .. } = setup;
    let lines = format!(
        "[[repository.oci]]\nid = {}\nurl = {}\nusername = {}\naccesstoken = {}",
        quoted(id),
        quoted(setup.base()),
        quoted(USER),
        quoted(token)
    );
    Guide {
        way: Way::Oci,
        title: "as an OCI registry",
        clients: "bal 2201.14.0 and later",
        through: format!(
            "builds, `bal pull --repository={id}` and `bal push --repository={id}`; a build asks more often than by the \
             other ways"
        ),
        not_through: "search, deprecate, tools, editors: they go to Ballerina Central",
        needs: setup.warning().into_iter().collect(),
        steps: vec![Step { place: Place::Settings, lines }],
    }
}

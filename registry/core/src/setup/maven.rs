//! As a Maven repository.

use super::guide::{Guide, Place, Step, quoted};
use super::input::{Setup, USER, Way};

/// For what names it.
pub(super) fn hosted(setup: &Setup<'_>) -> Guide {
    let Setup { id, .. } = setup;
    Guide {
        way: Way::Maven,
        title: "as a Maven repository, for what names it",
        clients: "bal 2201.8.0 and later",
        through: format!(
            "`bal push --repository={id}`, `bal pull --repository={id}`, and builds, for each `[[dependency]]` with \
             `repository = {}`; newer versions also look there for what names none",
            quoted(id)
        ),
        not_through: "search, deprecate, tools, and all that names no repository: they go to Ballerina Central",
        needs: needs(setup),
        steps: vec![Step { place: Place::Settings, lines: repository(setup) }],
    }
}

/// For all that is read.
pub(super) fn proxy(setup: &Setup<'_>) -> Guide {
    Guide {
        way: Way::MavenProxy,
        title: "as the Maven repository from which everything is read",
        clients: "bal 2201.13.3 and later",
        through: format!(
            "everything that is read: builds, pull, search, tools, editors; and `bal push --repository={}`",
            setup.id
        ),
        not_through: "`bal push` without `--repository`, and `bal deprecate`: they go to Ballerina Central. And what only \
                      that has is not there: its packages",
        needs: std::iter::once("Only one repository may have `proxyCentral`.".to_owned())
            .chain(needs(setup))
            .collect(),
        steps: vec![Step {
            place: Place::Settings,
            lines: format!("{}\nproxyCentral = true", repository(setup)),
        }],
    }
}

fn needs(setup: &Setup<'_>) -> Vec<String> {
    let challenging = format!(
        "`bal` sends the token only when it is asked for it, and below `/2.0/auth/maven` every request is asked. Whoever has \
         none reads public packages at `{}/2.0/maven`.",
        setup.base()
    );
    std::iter::once(challenging).chain(setup.warning()).collect()
}

fn repository(setup: &Setup<'_>) -> String {
    let Setup { id, token, .. } = setup;
    let url = quoted(&format!("{}/2.0/auth/maven", setup.base()));
    let (id, user, token) = (quoted(id), quoted(USER), quoted(token));
    format!("[[repository.maven]]\nid = {id}\nurl = {url}\nusername = {user}\naccesstoken = {token}")
}

//! What API docs declare, as editors find it: symbols, and those of them that are connectors.

use super::super::xml::{Document, Element};
use super::search::{Part, list};
use crate::declaration::{Declaration, Quality};
use crate::description::{Description, Visibility};
use crate::distribution::Distribution;
use crate::package::Coordinates;
use crate::release::Stored;
use crate::state::Release;

/// The group of symbols.
pub const SYMBOL_SEARCH: &str = "__symbolsearch__";
/// The group of connectors.
pub const CONNECTOR_SEARCH: &str = "__connectorsearch__";

/// Something that is declared, and by which release.
pub struct Found<'a> {
    pub id: String,
    pub declaration: &'a Declaration,
    pub release: &'a Release,
    /// What whoever uses its version should hear, if it is deprecated.
    pub deprecated: Option<&'a str>,
    /// Where its bala is.
    pub bala_url: String,
}

/// What editors show of the symbols that are found.
pub fn symbols<'a>(
    distribution: Distribution,
    question: &'a str,
    part: Part,
    found: impl Iterator<Item = Found<'a>>,
) -> Document<'a> {
    let found = found.map(symbol).collect();
    list(distribution, SYMBOL_SEARCH, question, part, Element::of("symbols", found))
}

/// What editors show of the connectors that are found.
pub fn connectors<'a>(
    distribution: Distribution,
    question: &'a str,
    part: Part,
    found: impl Iterator<Item = Found<'a>>,
) -> Document<'a> {
    let found = found.map(connector).collect();
    list(distribution, CONNECTOR_SEARCH, question, part, Element::of("connectors", found))
}

fn symbol(Found { id, declaration, release, .. }: Found<'_>) -> Element<'_> {
    let Declaration { construct, module: _, name, summary, qualities: _ } = declaration;
    let Coordinates { org, name: package, version } = &release.description.coordinates;
    let mut elements = vec![
        Element::text("id", id),
        Element::text("packageID", release.id.to_string()),
        Element::text("name", package.as_str()),
        Element::text("org", org.as_str()),
        Element::text("version", version.to_string()),
        created(release),
        Element::text("icon", ""),
        Element::text("symbolType", construct.word()),
        // Only what stands in a module itself is listed.
        Element::text("symbolParent", ""),
        Element::text("symbolName", name.as_str()),
        Element::text("description", summary.as_str()),
        Element::text("symbolSignature", ""),
    ];
    let words = [
        ("isIsolated", declaration.is(Quality::Isolated)),
        ("isRemote", false),
        ("isResource", false),
        ("isClosed", declaration.is(Quality::Closed)),
        ("isDistinct", declaration.is(Quality::Distinct)),
        ("isReadOnly", declaration.is(Quality::Readonly)),
    ];
    elements.extend(words.map(|(name, is)| truth(name, is)));
    Element::of("symbol", elements)
}

/// Its own elements stand before those of its package: clients take the first of a name.
fn connector(found: Found<'_>) -> Element<'_> {
    let Declaration { module, name, summary, .. } = found.declaration;
    let id = found.id.clone();
    Element::of(
        "connector",
        vec![
            Element::text("id", id),
            Element::text("name", name.as_str()),
            Element::text("displayName", ""),
            Element::text("moduleName", module.as_str()),
            Element::text("icon", ""),
            Element::text("documentation", summary.as_str()),
            package(found),
        ],
    )
}

fn package(Found { release, deprecated, bala_url, .. }: Found<'_>) -> Element<'_> {
    let Description { coordinates, platform, bala_version, distribution, specification, .. } =
        &release.description;
    let Description { visibility, template, graalvm, tool, summary, repository, .. } = &release.description;
    let Description { keywords, authors, licenses, .. } = &release.description;
    let Coordinates { org, name, version } = coordinates;
    let Stored { digest, .. } = &release.stored;
    Element::of(
        "package",
        vec![
            Element::text("id", release.id.to_string()),
            Element::text("organization", org.as_str()),
            Element::text("name", name.as_str()),
            Element::text("version", version.to_string()),
            Element::text("platform", platform.as_str()),
            Element::text("languageSpecificationVersion", specification.as_str()),
            truth("isDeprecated", deprecated.is_some()),
            Element::text("deprecateMessage", deprecated.unwrap_or_default()),
            Element::text("URL", format!("/{org}/{name}/{version}")),
            Element::text("balaVersion", bala_version.as_str()),
            Element::text("balaURL", bala_url),
            Element::text("digest", format!("sha-256={}", digest.hex())),
            Element::text("summary", summary.as_str()),
            truth("template", *template),
            Element::list("licenses", "license", licenses),
            Element::list("authors", "author", authors),
            Element::text("sourceCodeLocation", repository.as_str()),
            Element::list("keywords", "keyword", keywords),
            Element::text("ballerinaVersion", distribution.as_str()),
            Element::text("icon", ""),
            Element::text("ownerUUID", ""),
            created(release),
            // Nothing counts them yet.
            Element::text("pullCount", "0"),
            Element::text("visibility", if *visibility == Visibility::Public { "public" } else { "private" }),
            Element::text("balToolId", tool.as_deref().unwrap_or_default()),
            Element::text("graalvmCompatible", graalvm.map_or("Unknown", |is| if is { "Yes" } else { "No" })),
        ],
    )
}

fn created(release: &Release) -> Element<'_> {
    let created = release.stored.published.unwrap_or(release.created);
    Element::text("createdDate", created.as_millisecond().to_string())
}

fn truth<'a>(name: &'static str, is: bool) -> Element<'a> {
    Element::text(name, if is { "true" } else { "false" })
}

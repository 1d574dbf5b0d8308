//! What API docs declare, as somebody finds it: of each package what its newest version with docs says, of those in use.

use std::sync::Arc;

use barre_core::api_docs::{DeclarationId, id};
use barre_core::declaration::{Construct, Declaration};
use barre_core::package::{Org, PackageId};
use barre_core::release::AttachedFile;
use barre_core::search::Page;
use barre_core::state::Release;

use super::client::Client;
use super::listed::Listed;
use super::view::{PackageView, View};

/// Something that is declared, and by which release.
pub struct Declared {
    pub listed: Listed,
    pub docs: Arc<AttachedFile>,
    pub declaration: Declaration,
}

/// What somebody looks for.
pub struct DeclaredWanted {
    /// Anything where this is nothing.
    pub construct: Option<Construct>,
    /// What it must mention, all of it, in lower case.
    pub words: Vec<String>,
    /// Of any organization where there is none.
    pub orgs: Vec<Org>,
    pub package: Option<String>,
}

/// How well something fits: the best comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Name,
    BeginningOfName,
    Mention,
}

const FITS: [Fit; 3] = [Fit::Name, Fit::BeginningOfName, Fit::Mention];

impl Declared {
    /// A page of what is found, and how much there is on all pages. Of what fits equally well, in the order of packages, and
    /// of what one declares in the order of its docs.
    pub fn find(client: &Client, view: View<'_>, wanted: &DeclaredWanted, page: Page) -> (Vec<Self>, usize) {
        // Twice, because more may be found than there is room to sort.
        let mut counts = [0; FITS.len()];
        wanted.each(client, view, |_, _, _, fit| counts[fit as usize] += 1);
        let mut next = [0, counts[0], counts[0] + counts[1]];
        let end = page.offset.saturating_add(page.limit);
        let mut found = Vec::new();
        wanted.each(client, view, |package, documented, declaration, fit| {
            let place = next[fit as usize];
            next[fit as usize] += 1;
            if (page.offset..end).contains(&place) {
                found.push((place, Self::of(package, documented, declaration)));
            }
        });
        found.sort_by_key(|(place, _)| *place);
        (found.into_iter().map(|(_, declared)| declared).collect(), counts.iter().sum())
    }

    /// One by its id, if it is such a construct.
    pub fn named(view: View<'_>, wanted: &DeclarationId, construct: Construct) -> Option<Self> {
        let DeclarationId { coordinates, module, name } = wanted;
        let package = view.package(&coordinates.org, &coordinates.name)?;
        let documented = package.docs(&coordinates.version)?;
        let declaration = documented.1.declares.iter().find(|declaration| {
            declaration.construct == construct && declaration.module == *module && declaration.name == *name
        });
        Some(Self::of(&package, documented, declaration?))
    }

    fn of(package: &PackageView<'_>, (release, docs): Documented<'_>, declaration: &Declaration) -> Self {
        Self {
            listed: Listed::of(package, release),
            docs: Arc::clone(docs),
            declaration: declaration.clone(),
        }
    }

    /// What clients ask for it by.
    pub fn id(&self) -> String {
        let Declaration { module, name, .. } = &self.declaration;
        id(&self.listed.release.description.coordinates, module, name)
    }
}

type Documented<'a> = (&'a Arc<Release>, &'a Arc<AttachedFile>);

impl DeclaredWanted {
    /// Tells of everything that is wanted.
    fn each<'a>(
        &self,
        client: &Client,
        view: View<'a>,
        mut tell: impl FnMut(&PackageView<'a>, Documented<'a>, &'a Declaration, Fit),
    ) {
        for package in view.documented().filter(|package| self.may_have(package.id())) {
            let newest = client.documented(&package);
            let version = newest.map(|release| &release.description.coordinates.version);
            let Some(documented) = version.and_then(|version| package.docs(version)) else { continue };
            let (_, docs) = documented;
            let names = package.id().to_string().to_lowercase();
            for declaration in &docs.declares {
                if let Some(fit) = self.fit(&names, declaration) {
                    tell(&package, documented, declaration, fit);
                }
            }
        }
    }

    fn may_have(&self, PackageId { org, name }: &PackageId) -> bool {
        let called = |package: &String| package.eq_ignore_ascii_case(name.as_str());
        (self.orgs.is_empty() || self.orgs.contains(org)) && self.package.as_ref().is_none_or(called)
    }

    /// How something fits, of a package that is called so in lower case.
    fn fit(&self, package: &str, declaration: &Declaration) -> Option<Fit> {
        let Declaration { construct, module, name, summary, .. } = declaration;
        if self.construct.is_some_and(|wanted| wanted != *construct) {
            return None;
        }
        let (module, name, summary) = (module.to_lowercase(), name.to_lowercase(), summary.to_lowercase());
        let texts = [package, &module, &name, &summary];
        if !self.words.iter().all(|word| texts.iter().any(|text| text.contains(word))) {
            return None;
        }
        Some(if self.words.contains(&name) {
            Fit::Name
        } else if self.words.iter().any(|word| name.starts_with(word)) {
            Fit::BeginningOfName
        } else {
            Fit::Mention
        })
    }
}

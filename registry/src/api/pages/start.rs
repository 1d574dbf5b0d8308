//! The start page: what this is, and how a client is set up.

use std::fmt::Write as _;

use barre_core::access::AnonymousRead;
use barre_core::setup::{Guide, ID, Setup, Step, TOKEN, Way};
use url::Url;

use super::html::{self, Prose, Text};
use crate::api::common::route::BASE;

/// The page of a registry that is reached by this endpoint.
pub(super) fn page(endpoint: &Url, anonymous: AnonymousRead) -> String {
    let base = endpoint.as_str().trim_end_matches('/');
    let who = match anonymous {
        AnonymousRead::Allowed => {
            "Public packages are read without a token; whatever is published or private needs one."
        }
        AnonymousRead::Denied => "Whoever reads or publishes here needs a token.",
    };
    let mut body = format!(
        "<h1>Ballerina packages</h1>\n\
         <p>This is a package registry for Ballerina (Barre), at <code>{}</code>. It is used by the <code>bal</code> command. \
         {who} Tokens are made by whoever operates this registry.</p>\n\
         <h2>Setting up <code>bal</code></h2>\n\
         <p>There are {} ways; one is enough. Its lines go into <code>Settings.toml</code>, with a token in the place of \
         <code>{}</code>.</p>\n<ul class=\"ways\">\n",
        Text(base),
        Way::ALL.len(),
        Text(TOKEN),
    );
    let setup = Setup { endpoint, id: ID, token: TOKEN };
    let guides = Way::ALL.map(|way| way.guide(&setup));
    for guide in &guides {
        let (id, title, clients) = (guide.way.as_str(), Text(guide.title), Text(guide.clients));
        line(&mut body, format_args!("<li><a href=\"#{id}\">{title}</a> <small>{clients}</small></li>"));
    }
    line(&mut body, format_args!("</ul>"));
    for guide in &guides {
        section(&mut body, guide);
    }
    line(
        &mut body,
        format_args!(
            "<h2>For programs</h2>\n\
             <p>The API of Ballerina Central is below <a href=\"{BASE}/packages\"><code>{BASE}</code></a>, OCI distribution \
             below <a href=\"/v2/_catalog\"><code>/v2</code></a>, both in JSON.</p>"
        ),
    );
    html::page("Ballerina packages", &body)
}

fn section(body: &mut String, guide: &Guide) {
    let Guide { way, title, clients, through, not_through, needs, steps } = guide;
    line(
        body,
        format_args!(
            "<section id=\"{}\">\n<h3>{} <small>{}</small></h3>\n\
             <dl><dt>Through it</dt><dd>{}</dd>\n<dt>Not through it</dt><dd>{}</dd></dl>",
            way.as_str(),
            Text(&capitalized(title)),
            Text(clients),
            Prose(through),
            Prose(not_through),
        ),
    );
    for need in needs {
        line(body, format_args!("<p>{}</p>", Prose(need)));
    }
    for Step { place, lines } in steps {
        line(
            body,
            format_args!(
                "<figure><figcaption>{}</figcaption><pre>{}</pre></figure>",
                Text(place.as_str()),
                Text(lines)
            ),
        );
    }
    line(body, format_args!("</section>"));
}

fn line(body: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(body, "{text}");
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_way_of_this_endpoint() {
        let endpoint: Url = "https://packages.example.com".parse().unwrap();
        let page = page(&endpoint, AnonymousRead::Allowed);
        let setup = Setup { endpoint: &endpoint, id: ID, token: TOKEN };
        for way in Way::ALL {
            assert!(page.contains(&format!("<section id=\"{}\">", way.as_str())), "{way:?}");
            for step in way.guide(&setup).steps {
                assert!(page.contains(&format!("<pre>{}</pre>", Text(&step.lines))), "{step:?}");
            }
        }
        insta::assert_snapshot!("start", page.split_once("<body>").unwrap().1);
    }

    #[test]
    fn it_says_who_needs_a_token() {
        let endpoint: Url = "http://a".parse().unwrap();
        assert!(page(&endpoint, AnonymousRead::Allowed).contains("read without a token"));
        assert!(
            page(&endpoint, AnonymousRead::Denied).contains("Whoever reads or publishes here needs a token.")
        );
    }

    #[test]
    fn an_endpoint_is_never_markup() {
        let endpoint: Url = "http://a\"'&b/".parse().unwrap();
        let page = page(&endpoint, AnonymousRead::Allowed);
        assert!(page.contains("a&quot;&#39;&amp;b") && !page.contains("a\""), "{page}");
    }
}

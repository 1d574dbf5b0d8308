//! Answers what no route took.

use http::header::ALLOW;
use http::{Method, StatusCode};
use warp::reply::{Reply, Response};

use super::answer::value;
use super::error::Error;
use super::route::{BASE, Route};

/// Answers a request that none of `routes` took. Below some paths there is `unserved`, with a sentence about it.
pub(crate) fn unrouted(
    routes: &[Route],
    unserved: &[(&str, &str)],
    method: &Method,
    path: &str,
) -> Result<Response, Error> {
    // A path that only looks like one that takes this method is none either.
    let is_other = |methods: &String| !methods.split(", ").any(|taken| taken == method.as_str());
    let is_options = *method == Method::OPTIONS;
    let Some(methods) = methods(routes, path).filter(|methods| is_options || is_other(methods)) else {
        let known = unserved.iter().find(|(beginning, _)| path.starts_with(beginning));
        let text = known.map_or_else(
            || format!("there is nothing at this path: the API is below {BASE}"),
            |(_, sentence)| (*sentence).to_owned(),
        );
        return Err(Error::NotFound(text));
    };
    if !is_options {
        return Err(Error::MethodNotAllowed(methods));
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(ALLOW, value(methods));
    Ok(response)
}

/// The methods that a path has, as `Allow` lists them.
fn methods(routes: &[Route], path: &str) -> Option<String> {
    let mut methods: Vec<&str> = Vec::new();
    for route in routes.iter().filter(|route| fits(route.template, path)) {
        methods.push(route.method);
        if route.method == "GET" {
            methods.push("HEAD");
        }
    }
    if methods.is_empty() {
        return None;
    }
    methods.push("OPTIONS");
    Some(methods.join(", "))
}

/// Whether a path has the form of a template. A variable part may end in what is always there.
fn fits(template: &str, path: &str) -> bool {
    let (mut parts, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (parts.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(given)) if part == given || is_value(part, given) => {}
            _ => return false,
        }
    }
}

fn is_value(part: &str, given: &str) -> bool {
    let end = part.rsplit_once('}').map(|(_, end)| end);
    end.and_then(|end| given.strip_suffix(end)).is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_their_templates() {
        for (path, expected) in
            [("/a/x/c", true), ("/a/x", false), ("/a//c", false), ("/a/x/c/d", false), ("/b/x/c", false)]
        {
            assert_eq!(fits("/a/{b}/c", path), expected, "{path}");
        }
        assert!(fits("/", "/"));
        for (file, expected) in [("x-1-graph.json", true), ("x-1.json", false), ("-graph.json", false)] {
            assert_eq!(fits("/a/{x}-{y}-graph.json", &format!("/a/{file}")), expected, "{file}");
        }
    }
}

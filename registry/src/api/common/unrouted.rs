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
    let Some(methods) = methods(routes, path) else {
        let known = unserved.iter().find(|(beginning, _)| path.starts_with(beginning));
        let text = known.map_or_else(
            || format!("there is nothing at this path: the API is below {BASE}"),
            |(_, sentence)| (*sentence).to_owned(),
        );
        return Err(Error::NotFound(text));
    };
    if *method != Method::OPTIONS {
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

/// Whether a path has the form of a template.
fn fits(template: &str, path: &str) -> bool {
    let (mut parts, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (parts.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(given)) if part == given || (part.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
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
    }
}

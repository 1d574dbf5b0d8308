//! What clients ask Central for and no registry has: each with a sentence that says so, and where it is.

/// The beginnings of such paths.
pub(crate) const UNSERVED: &[(&str, &str)] = &[
    (
        "/2.0/update-tool/",
        "this registry has packages, and no distributions of Ballerina: let `bal dist` and `bal update` reach \
         api.central.ballerina.io itself, or install distributions from ballerina.io",
    ),
    (
        "/maven2/",
        "this registry has Ballerina packages, and no jars of Maven Central: let `bal` reach that, or a mirror of it",
    ),
    (
        "/2.0/docs/",
        "this registry has no API documentation of that: of a version it is at /2.0/docs/ORGANIZATION/NAME/VERSION, once it \
         was uploaded",
    ),
    ("/2.0/users/", "this registry has no accounts: tokens are made by whoever operates it"),
    (
        "/2.0/organizations/",
        "this registry has no accounts: which organizations a token is good for is decided by whoever operates it",
    ),
];

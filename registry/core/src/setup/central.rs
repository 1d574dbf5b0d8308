//! In the place of Ballerina Central: by its name, and a certificate authority that the JVM believes.

use url::Host;

use super::guide::{Guide, Place, Step, quoted};
use super::input::{CENTRAL, Setup, Way};

pub(super) fn guide(setup: &Setup<'_>) -> Guide {
    // What stands before the name in a file of hosts is an address.
    let address = match setup.endpoint.host() {
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(Host::Domain(name)) => format!("<address of {name}>"),
        None => "<address>".to_owned(),
    };
    let store = "install -m 600 \"$JAVA_HOME/lib/security/cacerts\" truststore\n\
         keytool -importcert -noprompt -alias registry -file ca.crt -keystore truststore -storepass changeit\n\
         export JAVA_TOOL_OPTIONS=\"-Djavax.net.ssl.trustStore=$PWD/truststore -Djavax.net.ssl.trustStorePassword=changeit\"";
    Guide {
        way: Way::Central,
        title: "in the place of Ballerina Central, by its name",
        clients: "bal of every version",
        through: "everything: builds, pull, push, search, deprecate, tools, editors".to_owned(),
        not_through: "jars of Java libraries. And what only Ballerina Central has is not there: its packages, and the \
                      distributions of `bal dist`",
        needs: vec![
            format!(
                "It needs a TLS proxy in front of the registry, on port 443, with a certificate for `{CENTRAL}`, and \
                 `--also-host {CENTRAL}` at the registry (`server.additionalHosts` in a Registry)."
            ),
            "`ca.crt` is the authority of that certificate.".to_owned(),
        ],
        steps: vec![
            Step {
                place: Place::Settings,
                lines: format!("[central]\naccesstoken = {}", quoted(setup.token)),
            },
            Step { place: Place::Hosts, lines: format!("{address} {CENTRAL}") },
            Step { place: Place::Shell, lines: store.to_owned() },
        ],
    }
}

//! `barre-registry setup bal`: what goes into a Settings.toml.

use barre_core::setup::{Setup, Way};

use super::args::SetupBal;

/// The text for the one who ran it: of all ways, or of the one that was chosen.
pub fn bal(args: &SetupBal) -> String {
    let setup = Setup { endpoint: &args.endpoint, id: &args.id, token: args.token() };
    if let Some(way) = args.way {
        return way.guide(&setup).to_string();
    }
    let first = format!(
        "# The ways of bal to {}: take one. Its lines go into ~/.ballerina/Settings.toml, with the token in them.\n",
        args.endpoint.as_str().trim_end_matches('/')
    );
    std::iter::once(first)
        .chain(Way::ALL.map(|way| way.guide(&setup).to_string()))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::args::{self, Args, Command};

    fn printed(flags: &str) -> String {
        let line = format!("barre-registry setup bal --endpoint https://bal.example.com {flags}");
        match Args::from_arguments(line.trim_end().split(' ')).map(|args| args.command) {
            Ok(Command::Setup { command: args::Setup::Bal(args) }) => bal(&args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_ways_or_one() {
        let all = printed("");
        assert!(all.starts_with("# The ways of bal to https://bal.example.com: take one."), "{all}");
        for way in Way::ALL {
            let one = printed(&format!("--way {}", way.as_str()));
            assert!(all.contains(&one) && one.len() < all.len() / 2, "{one}");
        }
    }

    #[test]
    fn names_are_those_that_were_given() {
        let text = printed("--way oci --id team --token-placeholder ${TOKEN}");
        for line in ["id = \"team\"", "accesstoken = \"${TOKEN}\"", "--repository=team"] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains("ours") && !text.contains("barre_"), "{text}");
    }
}

//! A way, described.

use std::fmt;

use super::input::Way;

/// How somebody goes a way. Printed, it is the lines of a Settings.toml, with all the rest in comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    pub way: Way,
    pub title: &'static str,
    /// Which versions of `bal` know this way.
    pub clients: &'static str,
    pub through: String,
    pub not_through: &'static str,
    /// What must be so besides, in sentences.
    pub needs: Vec<String>,
    pub steps: Vec<Step>,
}

/// Lines, and where they go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub place: Place,
    pub lines: String,
}

/// Where lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Settings,
    Hosts,
    Shell,
}

impl Place {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "~/.ballerina/Settings.toml",
            Self::Hosts => "/etc/hosts",
            Self::Shell => "In a shell",
        }
    }
}

impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { way, title, clients, through, not_through, needs, steps } = self;
        writeln!(f, "# {}: {title}. For {clients}.", way.as_str())?;
        writeln!(f, "# Through it: {through}.")?;
        writeln!(f, "# Not through it: {not_through}.")?;
        for need in needs {
            writeln!(f, "# {need}")?;
        }
        for Step { place, lines } in steps {
            if *place == Place::Settings {
                writeln!(f, "\n{lines}")?;
                continue;
            }
            writeln!(f, "\n# {}:", place.as_str())?;
            for line in lines.lines() {
                writeln!(f, "#   {line}")?;
            }
        }
        Ok(())
    }
}

/// Text as TOML has it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

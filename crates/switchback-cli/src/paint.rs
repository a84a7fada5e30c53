//! Colours: five of them, or none.

use crate::args::Color;
use anstyle::{AnsiColor, Style};

/// How the parts of a text are painted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paint {
    /// Whether anything is painted at all.
    pub colour: bool,
}

impl Paint {
    /// Decides for one stream: the option, then NO_COLOR, then CLICOLOR_FORCE, then whether it is a terminal.
    pub fn choose(color: Color, terminal: bool, env: &dyn Fn(&str) -> Option<String>) -> Paint {
        let set = |name| env(name).is_some_and(|v| !v.is_empty());
        let colour = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if set("NO_COLOR") => false,
            Color::Auto if set("CLICOLOR_FORCE") && env("CLICOLOR_FORCE").as_deref() != Some("0") => true,
            Color::Auto if env("TERM").as_deref() == Some("dumb") => false,
            Color::Auto => terminal && env("CLICOLOR").as_deref() != Some("0"),
        };
        Paint { colour }
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A heading.
    pub fn strong(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    /// What matters less.
    pub fn dim(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    /// What is done.
    pub fn good(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    /// What is still to be done.
    pub fn open(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    /// What is wrong.
    pub fn bad(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default().bold(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(color: Color, terminal: bool, env: &[(&str, &str)]) -> bool {
        let look = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Paint::choose(color, terminal, &look).colour
    }

    #[test]
    fn the_option_wins_over_the_environment_and_that_over_the_terminal() {
        assert!(choose(Color::Always, false, &[("NO_COLOR", "1")]));
        assert!(!choose(Color::Never, true, &[("CLICOLOR_FORCE", "1")]));
        assert!(choose(Color::Auto, true, &[]));
        assert!(!choose(Color::Auto, false, &[]));
        assert!(!choose(Color::Auto, true, &[("NO_COLOR", "1")]));
        assert!(choose(Color::Auto, true, &[("NO_COLOR", "")]));
        assert!(choose(Color::Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!choose(Color::Auto, false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!choose(Color::Auto, true, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
        assert!(!choose(Color::Auto, true, &[("TERM", "dumb")]));
        assert!(!choose(Color::Auto, true, &[("CLICOLOR", "0")]));
    }
}

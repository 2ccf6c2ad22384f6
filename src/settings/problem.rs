//! What is wrong with the settings, for the operator to read once and mend at once.

use std::fmt;

/// One setting that has to change before Greenlight starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The environment variable.
    pub variable: &'static str,
    /// What is wrong, to be read after the variable's name; never its value.
    pub wrong: String,
    pub remedy: &'static str,
}

/// Everything that is wrong.
#[derive(Clone, Debug, thiserror::Error)]
pub struct SettingsError {
    pub problems: Vec<Problem>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot start with these settings:")?;
        for Problem {
            variable,
            wrong,
            remedy,
        } in &self.problems
        {
            write!(f, "\n  {variable} {wrong}\n    {remedy}")?;
        }
        Ok(())
    }
}

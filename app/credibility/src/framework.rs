use serde::{Deserialize, Serialize};

/// Why the frameworks could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CredibilityError {
    /// A framework file is not what the program expects.
    #[error("{file}, line {line}: {message}; restore the file that came with the program")]
    Framework {
        /// The file.
        file: String,
        /// Line counted from 1.
        line: usize,
        /// The parser's words.
        message: String,
    },
}

/// A level that a ladder does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{letter}\" is no level of {clause}; its levels are {first} to {last}")]
pub struct LetterError {
    /// What was given.
    pub letter: String,
    /// The leaf.
    pub clause: String,
    /// Lowest level.
    pub first: String,
    /// Highest level.
    pub last: String,
}

/// Steps, categories and ladders, as data with their version and their state of checking.
#[derive(Debug, Clone, PartialEq)]
pub struct Framework {
    pub(crate) guidance: Guidance,
    pub(crate) ladders: Ladders,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guidance {
    pub(crate) version: u32,
    pub(crate) title: String,
    pub(crate) source: String,
    pub(crate) note: String,
    pub(crate) checked_against_primary: bool,
    pub(crate) steps: Vec<NamedStep>,
    pub(crate) categories: Vec<Category>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedStep {
    pub(crate) number: u8,
    pub(crate) name: String,
    pub(crate) phase: String,
}

/// A category of credibility evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// 1 to 8.
    pub number: u8,
    /// Name.
    pub name: String,
    /// What belongs to it.
    pub definition: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ladders {
    pub(crate) version: u32,
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) checked_against_primary: bool,
    pub(crate) leaves: Vec<Leaf>,
}

/// A credibility factor with its ladder of levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Clause, for example "5.1.2.1".
    pub clause: String,
    /// The factor that the leaf belongs to.
    pub group: String,
    /// Name.
    pub name: String,
    /// Levels from the lowest to the highest.
    pub rungs: Vec<Rung>,
}

/// One level of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// Its letter.
    pub letter: String,
    /// What it takes.
    pub text: String,
}

impl Leaf {
    /// Position of a letter on the ladder, the lowest is 0. Comparable within this ladder only.
    ///
    /// # Errors
    /// When the ladder has no such letter.
    pub fn position(&self, letter: &str) -> Result<usize, LetterError> {
        let end = |rung: Option<&Rung>| rung.map_or_else(String::new, |rung| rung.letter.clone());
        self.rungs.iter().position(|rung| rung.letter == letter).ok_or_else(|| LetterError {
            letter: letter.to_owned(),
            clause: self.clause.clone(),
            first: end(self.rungs.first()),
            last: end(self.rungs.last()),
        })
    }
}

impl Framework {
    /// The framework that comes with the program.
    ///
    /// # Errors
    /// Never with the files of a release; see [`Framework::parse`].
    pub fn bundled() -> Result<Self, CredibilityError> {
        Self::parse(
            include_str!("../../../assets/credibility/fda_2023_framework.json"),
            include_str!("../../../assets/credibility/vv40_ladders.json"),
        )
    }

    /// A framework from the texts of its two files, for ladders that an applicant has rewritten.
    ///
    /// # Errors
    /// When a text is not JSON of the expected layout.
    pub fn parse(guidance: &str, ladders: &str) -> Result<Self, CredibilityError> {
        let failure = |file: &str, error: serde_json::Error| CredibilityError::Framework {
            file: file.to_owned(),
            line: error.line(),
            message: error.to_string(),
        };
        Ok(Self {
            guidance: serde_json::from_str(guidance).map_err(|e| failure("fda_2023_framework.json", e))?,
            ladders: serde_json::from_str(ladders).map_err(|e| failure("vv40_ladders.json", e))?,
        })
    }

    /// Every leaf in the order of the standard.
    pub fn leaves(&self) -> &[Leaf] {
        &self.ladders.leaves
    }

    /// The leaf of a clause.
    pub fn leaf(&self, clause: &str) -> Option<&Leaf> {
        self.ladders.leaves.iter().find(|leaf| leaf.clause == clause)
    }

    /// The category of a number from 1 to 8.
    pub fn category(&self, number: u8) -> Option<&Category> {
        self.guidance.categories.iter().find(|category| category.number == number)
    }

    /// Whether a person has compared every entry with the primary documents.
    pub fn is_checked(&self) -> bool {
        self.guidance.checked_against_primary && self.ladders.checked_against_primary
    }

    /// Title, version and state of checking of each part, for the dossier.
    pub fn notes(&self) -> Vec<String> {
        let state = |checked| if checked { "checked against the primary document" } else { "NOT checked" };
        let (guidance, ladders) = (&self.guidance, &self.ladders);
        vec![
            format!(
                "{}, version {} ({}): {} Source: {}.",
                guidance.title,
                guidance.version,
                state(guidance.checked_against_primary),
                guidance.note,
                guidance.source
            ),
            format!(
                "{}, version {} ({}): {}",
                ladders.title,
                ladders.version,
                state(ladders.checked_against_primary),
                ladders.note
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_framework_has_nine_steps_eight_categories_and_23_leaves() {
        let framework = Framework::bundled().unwrap();
        assert!(framework.guidance.steps.iter().map(|step| step.number).eq(1..=9));
        assert!(framework.guidance.categories.iter().map(|category| category.number).eq(1..=8));
        assert_eq!(framework.leaves().len(), 23);
        for leaf in framework.leaves() {
            let letters: Vec<&str> = leaf.rungs.iter().map(|rung| rung.letter.as_str()).collect();
            assert_eq!(letters, ["a", "b", "c", "d", "e"][..letters.len()], "{}", leaf.clause);
            assert!(letters.len() >= 2);
        }
        assert!(framework.notes().iter().all(|note| note.contains("NOT checked")));
    }

    #[test]
    fn letters_are_ordered_within_their_ladder_only() {
        let framework = Framework::bundled().unwrap();
        let leaf = framework.leaf("5.2.3.2.1").unwrap();
        assert!(leaf.position("a").unwrap() < leaf.position("b").unwrap());
        assert_eq!(
            leaf.position("c").unwrap_err().to_string(),
            "\"c\" is no level of 5.2.3.2.1; its levels are a to b"
        );
    }
}

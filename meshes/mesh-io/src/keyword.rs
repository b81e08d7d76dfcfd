//! The keyword tree of Abaqus and CalculiX input, with the file and line of everything.
//!
//! A keyword line begins with one `*` and goes on in the next line when it ends with a comma; data lines follow it;
//! `**` begins a comment. Upper and lower case mean the same, except in file names. `*INCLUDE` is replaced by the file it
//! names. `*PART`, `*ASSEMBLY`, `*INSTANCE` and `*STEP` hold the keywords up to their `*END` as children. Source: Abaqus
//! Keywords Reference Manual, "Input syntax rules"; CalculiX CrunchiX User's Manual.

use crate::source::{Source, quote};
use crate::{MeshIoError, Place};
use control::RunControl;
use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Keywords that hold others up to their `*END`.
const BLOCKS: [&str; 4] = ["PART", "ASSEMBLY", "INSTANCE", "STEP"];
/// Files that include each other deeper than this are refused, as are more of them in all.
const DEEPEST_INCLUDE: usize = 16;
const DEEPEST_BLOCK: usize = 8;
const MOST_INCLUDES: usize = 1000;

/// Where something stands: a file of the deck (an index) and a line from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Index of the file; 0 is the deck itself, the others are included.
    pub file: usize,
    /// The line, from 1.
    pub line: usize,
}

/// One parameter of a keyword, for example `TYPE=C3D10` or the flag `GENERATE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Upper case, single spaces.
    pub name: String,
    /// As written, without quotation marks; `None` for a flag.
    pub value: Option<String>,
}

/// A keyword with its parameters, data lines and children.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyword {
    /// Upper case, single spaces, without the `*`, for example "SOLID SECTION".
    pub name: String,
    /// In the order of the file.
    pub parameters: Vec<Parameter>,
    /// Its own line.
    pub position: Position,
    /// The text of the comment line directly above, without the `**`.
    pub comment: Option<String>,
    /// Keywords up to the matching `*END`, for a part, assembly, instance or step.
    pub children: Vec<Keyword>,
    data: Range<usize>,
}

impl Keyword {
    /// Whether it is this keyword; `name` in upper case. Spaces do not count, as in CalculiX.
    pub fn is(&self, name: &str) -> bool {
        let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
        self.name == name || letters(&self.name) == letters(name)
    }

    /// The value of a parameter; `name` in upper case.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|parameter| parameter.name == name)?.value.as_deref()
    }

    /// Whether a parameter is there, with or without a value; `name` in upper case.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == name)
    }
}

/// One data line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataLine<'d> {
    /// Where it stands.
    pub position: Position,
    /// Its text without white space at the ends.
    pub text: &'d [u8],
}

impl<'d> DataLine<'d> {
    /// What stands between the commas, without white space; nothing behind a comma at the end.
    pub fn entries(&self) -> impl Iterator<Item = &'d [u8]> + use<'d> {
        let text = self.text.strip_suffix(b",").unwrap_or(self.text);
        text.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
    }

    /// Whether a comma at the end says that the next line goes on.
    pub fn is_continued(&self) -> bool {
        self.text.ends_with(b",")
    }
}

struct DeckFile<'a> {
    name: String,
    bytes: Cow<'a, [u8]>,
}

/// A data line as bytes of a file.
struct Line {
    position: Position,
    bytes: Range<usize>,
}

/// An input deck: its files and their keywords.
pub struct Deck<'a> {
    /// The keywords outside every part, assembly and step, and these, in the order of the file.
    pub keywords: Vec<Keyword>,
    /// The comment lines before the first keyword, without the `**`.
    pub heading: Vec<String>,
    files: Vec<DeckFile<'a>>,
    lines: Vec<Line>,
    control: &'a RunControl,
}

impl<'a> Deck<'a> {
    /// Reads a deck and the files it includes, which are looked for beside it and beside the file that names them.
    pub fn read(source: Source<'a>) -> Result<Self, MeshIoError> {
        let main = DeckFile { name: source.file.to_owned(), bytes: Cow::Borrowed(source.bytes) };
        let deck = Self {
            keywords: Vec::new(),
            heading: Vec::new(),
            files: vec![main],
            lines: Vec::new(),
            control: source.control,
        };
        let path = PathBuf::from(source.file);
        let mut reader = Reader { deck, open: Vec::new(), comment: None, paths: vec![identity(&path)] };
        reader.file(0)?;
        reader.finish()
    }

    /// The data lines of a keyword of this deck, in order.
    pub fn data<'d>(&'d self, keyword: &Keyword) -> impl Iterator<Item = DataLine<'d>> + use<'d, 'a> {
        let lines = self.lines.get(keyword.data.clone()).unwrap_or(&[]);
        lines.iter().map(|line| {
            let bytes = self.files.get(line.position.file).map_or(&[][..], |file| &file.bytes);
            DataLine { position: line.position, text: bytes.get(line.bytes.clone()).unwrap_or(&[]) }
        })
    }

    /// The files that were included, as they were opened.
    pub fn included(&self) -> impl Iterator<Item = &str> + '_ {
        self.files.iter().skip(1).map(|file| file.name.as_str())
    }

    /// The file of a position, to word a refusal.
    pub fn source(&self, position: Position) -> Source<'_> {
        let file = self.files.get(position.file).map_or("", |file| file.name.as_str());
        Source { file, bytes: &[], control: self.control }
    }

    /// Something else stands at `position` than belongs there.
    pub fn syntax(&self, position: Position, found: impl Into<String>, expected: impl Into<String>) -> MeshIoError {
        self.source(position).syntax(Place::Line(position.line), found, expected)
    }

    /// Two statements of the deck contradict each other.
    pub fn contradiction(&self, position: Position, what: impl Into<String>) -> MeshIoError {
        self.source(position).contradiction(Place::Line(position.line), what)
    }

    /// Valid input that is not read here.
    pub fn unsupported(&self, position: Position, what: impl Into<String>, remedy: &'static str) -> MeshIoError {
        self.source(position).unsupported(Place::Line(position.line), what, remedy)
    }
}

/// The path by which a file is known again.
fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

struct Reader<'a> {
    deck: Deck<'a>,
    /// The blocks that are not ended yet, outermost first.
    open: Vec<Keyword>,
    comment: Option<String>,
    /// The files being read, outermost first.
    paths: Vec<PathBuf>,
}

impl Reader<'_> {
    /// Reads one file to its end.
    fn file(&mut self, file: usize) -> Result<(), MeshIoError> {
        let mut next = 0;
        let mut line = 0;
        while let Some(range) = self.line(file, &mut next) {
            line += 1;
            self.deck.source(Position { file, line }).check_every(line)?;
            let position = Position { file, line };
            let text = &self.deck.files[file].bytes[range.clone()];
            match text {
                [] => {}
                [b'*', b'*', comment @ ..] => {
                    let comment = String::from_utf8_lossy(comment).trim().to_owned();
                    if self.deck.keywords.is_empty() && self.open.is_empty() {
                        self.deck.heading.push(comment.clone());
                    }
                    self.comment = Some(comment);
                }
                [b'*', ..] => {
                    let mut text = text.to_vec();
                    while text.ends_with(b",") {
                        let Some(more) = self.line(file, &mut next) else { break };
                        line += 1;
                        text.extend_from_slice(&self.deck.files[file].bytes[more]);
                    }
                    self.keyword(&text, position)?;
                }
                _ => self.data_line(position, range)?,
            }
        }
        Ok(())
    }

    /// The next line without white space at its ends, and moves behind it.
    fn line(&self, file: usize, next: &mut usize) -> Option<Range<usize>> {
        let bytes = &self.deck.files[file].bytes;
        let rest = bytes.get(*next..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
        let end_length = if rest[length..].starts_with(b"\r\n") { 2 } else { 1 };
        let mark = if *next == 0 && rest.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let line = &rest[mark.min(length)..length];
        let start = *next + length - line.trim_ascii_start().len();
        *next += length + end_length;
        Some(start..start + line.trim_ascii().len())
    }

    fn data_line(&mut self, position: Position, bytes: Range<usize>) -> Result<(), MeshIoError> {
        self.comment = None;
        let number = self.deck.lines.len();
        let siblings = self.open.last_mut().map_or(&mut self.deck.keywords, |block| &mut block.children);
        // A line of a block before its first child is the block's own.
        let keyword = match siblings.is_empty() {
            false => siblings.last_mut().filter(|keyword| !BLOCKS.contains(&keyword.name.as_str())),
            true => self.open.last_mut(),
        };
        let Some(keyword) = keyword else {
            let text = quote(&self.deck.files[position.file].bytes[bytes]);
            return Err(self.deck.syntax(position, text, "a keyword such as *NODE before the first data line"));
        };
        if keyword.data.is_empty() {
            keyword.data = number..number;
        }
        keyword.data.end = number + 1;
        self.deck.lines.push(Line { position, bytes });
        Ok(())
    }

    fn keyword(&mut self, text: &[u8], position: Position) -> Result<(), MeshIoError> {
        let text = String::from_utf8_lossy(text);
        let mut parts = split(text.strip_prefix('*').unwrap_or(&text)).into_iter();
        let name = spaced(parts.next().unwrap_or_default());
        let parameters = parts.filter(|part| !part.trim().is_empty()).map(parameter).collect();
        let comment = self.comment.take();
        let keyword = Keyword { name, parameters, position, comment, children: Vec::new(), data: 0..0 };
        if keyword.is("INCLUDE") {
            return self.include(&keyword);
        }
        if BLOCKS.contains(&keyword.name.as_str()) {
            if self.open.len() >= DEEPEST_BLOCK {
                let found = format!("*{} inside {DEEPEST_BLOCK} other blocks", keyword.name);
                return Err(self.deck.syntax(position, found, "an *END before it"));
            }
            self.open.push(keyword);
            return Ok(());
        }
        match BLOCKS.iter().find(|block| keyword.is(&format!("END {block}"))) {
            Some(block) => self.close(block, position),
            None => {
                self.put(keyword);
                Ok(())
            }
        }
    }

    fn put(&mut self, keyword: Keyword) {
        self.open.last_mut().map_or(&mut self.deck.keywords, |block| &mut block.children).push(keyword);
    }

    fn close(&mut self, block: &str, position: Position) -> Result<(), MeshIoError> {
        match self.open.pop() {
            Some(open) if open.name == block => {
                self.put(open);
                Ok(())
            }
            Some(open) => {
                let expected = format!("*END {}, which line {} begins", open.name, open.position.line);
                Err(self.deck.syntax(position, format!("*END {block}"), expected))
            }
            None => Err(self.deck.syntax(position, format!("*END {block}"), format!("*{block} before it"))),
        }
    }

    fn include(&mut self, keyword: &Keyword) -> Result<(), MeshIoError> {
        let position = keyword.position;
        let Some(name) = keyword.value("INPUT") else {
            return Err(self.deck.syntax(position, "*INCLUDE without a file", "INPUT=file"));
        };
        let beside = |file: &str| Path::new(file).parent().map(|folder| folder.join(name));
        let candidates = [0, position.file].map(|file| beside(&self.deck.files[file].name));
        let path = candidates.into_iter().flatten().find(|path| path.is_file());
        let Some(path) = path else {
            let expected = "a file beside this one (a path counts from the deck's folder)";
            return Err(self.deck.syntax(position, format!("INPUT={name}, which is not there"), expected));
        };
        let known = identity(&path);
        if self.paths.contains(&known) {
            let what = format!("it includes {name}, which is included from there already: the files go in a circle");
            return Err(self.deck.contradiction(position, what));
        }
        if self.paths.len() >= DEEPEST_INCLUDE || self.deck.files.len() >= MOST_INCLUDES {
            let what = format!("more than {DEEPEST_INCLUDE} files inside each other or {MOST_INCLUDES} in all");
            return Err(self.deck.unsupported(position, what, "put them into one file"));
        }
        let file = path.display().to_string();
        let bytes = std::fs::read(&path).map_err(|source| MeshIoError::Read { file: file.clone(), source })?;
        self.deck.files.push(DeckFile { name: file, bytes: Cow::Owned(bytes) });
        self.paths.push(known);
        self.file(self.deck.files.len() - 1)?;
        self.paths.pop();
        Ok(())
    }
}

impl<'a> Reader<'a> {
    fn finish(self) -> Result<Deck<'a>, MeshIoError> {
        match self.open.last() {
            Some(open) => {
                let expected = format!("*END {}, which line {} begins", open.name, open.position.line);
                Err(self.deck.syntax(open.position, "the end of the file", expected))
            }
            None => Ok(self.deck),
        }
    }
}

/// Splits at commas outside quotation marks.
fn split(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let is_end = |c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    };
    text.split(is_end).collect()
}

/// Upper case with single spaces.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase()
}

fn parameter(part: &str) -> Parameter {
    let Some((name, value)) = part.split_once('=') else {
        return Parameter { name: spaced(part), value: None };
    };
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    Parameter { name: spaced(name), value: Some(value.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_deck<R>(text: &str, test: impl FnOnce(Result<Deck<'_>, MeshIoError>) -> R) -> R {
        let control = RunControl::silent();
        test(Deck::read(Source { file: "t.inp", bytes: text.as_bytes(), control: &control }))
    }

    fn refusal(text: &str) -> String {
        with_deck(text, |deck| deck.err().unwrap().to_string())
    }

    #[test]
    fn keywords_parameters_data_and_comments_keep_their_lines() {
        let text = "** made by hand\r\n** for a test\n*Solid  section, elset = \"a, b\",\n  Material=Steel, unsorted,\n\
            ** why\n 1., 2,  ,3 ,\n\n  4\n** region\n*step\n0.1\n*STATIC\n1,\n*end STEP\n*BOUNDARY\n";
        with_deck(text, |deck| {
            let deck = deck.unwrap();
            assert_eq!(deck.heading, ["made by hand", "for a test"]);
            let names: Vec<&str> = deck.keywords.iter().map(|keyword| keyword.name.as_str()).collect();
            assert_eq!(names, ["SOLID SECTION", "STEP", "BOUNDARY"]);
            let section = &deck.keywords[0];
            assert!(section.is("SOLIDSECTION") && section.has("UNSORTED"));
            assert_eq!((section.value("ELSET"), section.value("MATERIAL")), (Some("a, b"), Some("Steel")));
            assert_eq!((section.position.line, section.comment.as_deref()), (3, Some("for a test")));
            let lines: Vec<DataLine<'_>> = deck.data(section).collect();
            assert_eq!(lines.iter().map(|line| line.position.line).collect::<Vec<_>>(), [6, 8]);
            assert_eq!(lines[0].entries().collect::<Vec<_>>(), [&b"1."[..], b"2", b"", b"3"]);
            assert!(lines[0].is_continued() && !lines[1].is_continued());
            let step = &deck.keywords[1];
            assert_eq!((step.children[0].name.as_str(), step.comment.as_deref()), ("STATIC", Some("region")));
            assert_eq!(deck.data(step).map(|line| line.text).collect::<Vec<_>>(), [b"0.1"]);
            assert_eq!(deck.data(&step.children[0]).count(), 1);
        });
    }

    #[test]
    fn blocks_that_do_not_match_and_lines_without_a_keyword_are_refused_with_their_line() {
        assert!(refusal("*PART, NAME=A\n*NODE\n").contains("line 1: found the end of the file, expected *END PART"));
        assert!(refusal("*STEP\n*END PART\n").contains("line 2: found *END PART, expected *END STEP"));
        assert!(refusal("*NODE\n*END STEP\n").contains("line 2: found *END STEP, expected *STEP before it"));
        assert!(refusal("** a\n1, 2, 3\n").contains("line 2: found \"1, 2, 3\", expected a keyword"));
        assert!(refusal("*INCLUDE\n").contains("expected INPUT=file"));
        assert!(
            refusal("*INCLUDE, INPUT=nowhere.inp\n").contains("line 1: found INPUT=nowhere.inp, which is not there")
        );
    }

    #[test]
    fn included_files_are_read_in_place_and_circles_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("sub")).unwrap();
        std::fs::write(path("sub/nodes.txt"), "1, 0, 0, 0\n** more\n*INCLUDE, input=more.txt\n").unwrap();
        std::fs::write(path("sub/more.txt"), "2, 1, 0, 0\n*ELSET\n").unwrap();
        let main = "*NODE\n*Include, Input=sub/nodes.txt\n3, 4\n";
        std::fs::write(path("main.inp"), main).unwrap();
        let control = RunControl::silent();
        let name = path("main.inp").display().to_string();
        let deck = Deck::read(Source { file: &name, bytes: main.as_bytes(), control: &control }).unwrap();
        let found: Vec<_> = deck.data(&deck.keywords[0]).map(|line| (line.position.file, line.position.line)).collect();
        assert_eq!(found, [(1, 1), (2, 1)]);
        assert_eq!(deck.data(&deck.keywords[1]).next().unwrap().text, b"3, 4");
        assert!(deck.source(Position { file: 2, line: 1 }).file.ends_with("more.txt"));
        assert_eq!(deck.included().count(), 2);
        std::fs::write(path("sub/more.txt"), "*INCLUDE, INPUT=../main.inp\n").unwrap();
        let error = Deck::read(Source { file: &name, bytes: main.as_bytes(), control: &control }).err().unwrap();
        assert!(error.to_string().contains("more.txt, line 1: it includes ../main.inp"), "{error}");
        assert!(error.to_string().contains("circle"), "{error}");
    }
}

use crate::ReportError;
use crate::figure::fonts::{BOLD, MONOSPACED, REGULAR};
use std::collections::BTreeMap;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

/// Inter Italic, SIL OFL 1.1; figures do not need it.
const ITALIC: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Italic.otf");

/// The file that a template reads its data from.
pub(super) const DATA: &str = "data.json";

/// Everything a template may see: its source, its data, its pictures and the bundled fonts.
struct Bundle {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: Source,
    files: BTreeMap<String, Bytes>,
}

impl Bundle {
    fn new(template: &str, files: BTreeMap<String, Vec<u8>>) -> Result<Self, ReportError> {
        let fonts = [REGULAR, BOLD, ITALIC, MONOSPACED];
        let fonts: Vec<Font> = fonts.into_iter().flat_map(|data| Font::iter(Bytes::new(data))).collect();
        // Typst asks for a path after resolving it; one that it would resolve to another could never be found.
        let known = files.into_iter().map(|(path, bytes)| {
            let resolved = file_id(&path)?;
            let same = resolved.vpath().get_without_slash() == path;
            if same { Ok((path, Bytes::new(bytes))) } else { Err(ReportError::FigureName { file: path }) }
        });
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            main: Source::new(file_id("main.typ")?, template.to_owned()),
            files: known.collect::<Result<_, ReportError>>()?,
        })
    }

    fn unknown(id: FileId) -> FileError {
        FileError::NotFound(id.vpath().get_without_slash().into())
    }

    /// Messages of Typst with line numbers, the first few of them.
    fn describe(&self, diagnostics: &[SourceDiagnostic]) -> String {
        let line = |diagnostic: &SourceDiagnostic| {
            let range = self.range(diagnostic.span);
            let line = range.and_then(|range| self.main.lines().byte_to_line(range.start));
            let place = line.map_or_else(String::new, |line| format!("line {}: ", line + 1));
            let hints: Vec<&str> = diagnostic.hints.iter().map(|hint| hint.v.as_str()).collect();
            format!("{place}{} {}", diagnostic.message, hints.join(" ")).trim_end().to_owned()
        };
        diagnostics.iter().take(5).map(line).collect::<Vec<_>>().join("; ")
    }
}

fn file_id(path: &str) -> Result<FileId, ReportError> {
    let path = VirtualPath::new(path).map_err(|_| ReportError::FigureName { file: path.to_owned() })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Bundle {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(Self::unknown(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(id.vpath().get_without_slash()).cloned().ok_or_else(|| Self::unknown(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// There is no clock here: a document has the date of its study.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// A document to typeset.
pub(super) struct Document<'a> {
    /// Typst source.
    pub(super) template: &'a str,
    /// Files the template reads, by path.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Identifies the document; the same text gives the same bytes.
    pub(super) identity: String,
    /// Year, month, day.
    pub(super) date: [u16; 3],
}

impl Document<'_> {
    /// Typesets the document as tagged PDF/A-2a.
    ///
    /// # Errors
    /// What Typst finds in template, data or pictures, and whatever breaks the standard.
    pub(super) fn pdf(self) -> Result<Vec<u8>, ReportError> {
        let world = Bundle::new(self.template, self.files)?;
        let failure = |stage: &'static str, message: String| ReportError::Typesetting { stage, message };
        let compiled = typst::compile::<typst_layout::PagedDocument>(&world);
        let document = compiled.output.map_err(|errors| failure("layout", world.describe(&errors)))?;
        if !compiled.warnings.is_empty() {
            return Err(failure("layout", world.describe(&compiled.warnings)));
        }
        let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
            .map_err(|error| failure("PDF standard", error.message().to_string()))?;
        let [year, month, day] = self.date;
        let date = Datetime::from_ymd_hms(i32::from(year), month as u8, day as u8, 0, 0, 0);
        let options = PdfOptions {
            ident: Smart::Custom(self.identity),
            creator: Smart::Custom(Some("Vesalius".to_owned())),
            timestamp: date.map(Timestamp::new_utc),
            standards,
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(|errors| failure("PDF/A-2a", world.describe(&errors)))
    }
}

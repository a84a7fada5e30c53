//! An error for people: what failed, the line with a caret under it, the server's code, what is already applied, and
//! what to do next.

use crate::output::redact;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::fmt;
use switchback::{Error, Location};

/// How wide a text may become.
const WIDTH: usize = 110;

/// The error as text, with a line feed at its end.
pub fn render(error: &Error, database: Option<&str>, colour: bool) -> String {
    let shown = Shown {
        message: match database {
            Some(database) => format!("{database}: {}", redact(error.message())),
            None => redact(error.message()),
        },
        code: error.server_code().map(|code| format!("{} {code}", error.kind().as_str())),
        help: help(error),
        place: error.location().and_then(Line::new),
    };
    let theme = GraphicalTheme {
        characters: ThemeCharacters { error: "error:".to_owned(), ..ThemeCharacters::unicode() },
        styles: if colour { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(WIDTH)
        .with_break_words(false)
        .with_context_lines(0)
        .without_syntax_highlighting();
    let mut out = String::new();
    if handler.render_report(&mut out, &shown).is_err() {
        out = format!("error: {error}\n");
    }
    out
}

/// The place where only a file is known, what is applied, and the hint.
fn help(error: &Error) -> Option<String> {
    let mut lines = Vec::new();
    if let Some(place) = error.location().filter(|place| Line::new(place).is_none()) {
        lines.push(format!("in {place}"));
    }
    lines.extend(error.what_is_applied().map(redact));
    lines.extend(error.what_next().map(redact));
    (!lines.is_empty()).then(|| lines.join("\n"))
}

struct Shown {
    message: String,
    code: Option<String>,
    help: Option<String>,
    place: Option<Line>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| place as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, place.span))))
    }
}

/// One line of a file: all that an error carries of it.
struct Line {
    file: String,
    line: usize,
    column: usize,
    text: String,
    /// From the column to the end of the word there.
    span: SourceSpan,
}

impl Line {
    fn new(place: &Location) -> Option<Line> {
        let line = place.line?;
        let column = place.column.unwrap_or(1).max(1);
        let text = redact(place.source_line.as_ref()?);
        let start = text.char_indices().nth(column - 1).map_or(text.len(), |(i, _)| i);
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let rest = &text[start..];
        let length = match rest.find(|c| !word(c)) {
            Some(0) => rest.chars().next().map_or(0, char::len_utf8),
            Some(length) => length,
            None => rest.len(),
        };
        let span = SourceSpan::new(start.into(), length);
        Some(Line { file: place.file.clone(), line, column, text, span })
    }
}

impl SourceCode for Line {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        Ok(Box::new(MietteSpanContents::new_named(
            self.file.clone(),
            self.text.as_bytes(),
            SourceSpan::new(0.into(), self.text.len()),
            self.line - 1,
            self.column - 1,
            1,
        )))
    }
}

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
        message: message(error, database),
        help: error.what_next().map(redact),
        place: error.location().and_then(Line::new),
    };
    let theme = GraphicalTheme {
        characters: ThemeCharacters {
            error: "error:".to_owned(),
            underline: '^',
            ..ThemeCharacters::unicode()
        },
        styles: if colour { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let mut handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(WIDTH)
        .with_break_words(false)
        .with_context_lines(0)
        .without_syntax_highlighting();
    if let Some(applied) = error.what_is_applied() {
        handler = handler.with_footer(redact(applied));
    }
    let mut out = differences(error);
    if handler.render_report(&mut out, &shown).is_err() {
        out += &format!("error: {}\n", redact(&error.to_string()));
    }
    out
}

/// What differs, as a diff has it.
fn differences(error: &Error) -> String {
    let mut out = String::new();
    for d in error.differences() {
        let side = |sign: char, text: &Option<String>| {
            text.as_ref().map_or(String::new(), |text| format!("    {sign} {text}\n"))
        };
        out += &format!("  {}\n{}{}", d.object, side('-', &d.before), side('+', &d.after));
    }
    redact(&out)
}

/// The sentence, behind the database and the file where no line of that can be shown, before the server's code.
fn message(error: &Error, database: Option<&str>) -> String {
    let mut message = database.map_or_else(String::new, |database| format!("{database}: "));
    if let Some(place) = error.location().filter(|place| Line::new(place).is_none()) {
        message += &format!("{place}: ");
    }
    message += error.message();
    if let Some(code) = error.server_code() {
        message += &format!(" ({code})");
    }
    redact(&message)
}

struct Shown {
    message: String,
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
        let mut text = redact(place.source_line.as_ref()?);
        let start = text.char_indices().nth(column - 1).map_or(text.len(), |(i, _)| i);
        if start == text.len() {
            // The end of the line has no character that a caret could stand under.
            text.push(' ');
        }
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

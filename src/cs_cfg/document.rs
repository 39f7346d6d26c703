//! The document: a CS.cfg that is its own source text, read once and never changed.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use memchr::{memchr, memrchr2};

use super::ambiguity::{Ambiguity, Comparison, Stretch, stops_start};
use super::index::{Index, IndexBuilder, IndexedLine, LineNumbers};
use super::reader::{KeyValue, head, java, python, tail};

/// A CS.cfg. It borrows the bytes that it was parsed from.
///
/// What it says is what the server (Java) reads; where `pki-server` (Python) reads something else is
/// in [`CsCfg::ambiguities`].
pub struct CsCfg<'a> {
    pub(super) index: Index<'a>,
    numbers: LineNumbers<'a>,
    stretches: Vec<Stretch>,
    /// Where the last logical line begins.
    last_line: usize,
    /// One of the readers would join what is put behind the last line to it.
    is_dangling: bool,
}

/// The parameters of a document whose keys begin with the same prefix. As an iterator it gives them in
/// key order, each key once.
#[derive(Clone)]
pub struct Section<'p, 'a> {
    document: &'p CsCfg<'a>,
    lines: &'p [IndexedLine],
}

/// What is directly below a prefix, in key order.
pub struct Children<'p, 'a> {
    /// The parameters with no further dot in their keys.
    pub parameters: Vec<Parameter<'p, 'a>>,
    /// What stands before the next dot in the other keys, each once, and the parameters that have it there.
    pub groups: Vec<(&'p [u8], Section<'p, 'a>)>,
}

/// A parameter of a document: the lines of one key, of which the last one counts.
#[derive(Clone, Copy)]
pub struct Parameter<'p, 'a> {
    document: &'p CsCfg<'a>,
    line: &'p IndexedLine,
    shadowed: &'p [IndexedLine],
}

impl<'a> CsCfg<'a> {
    /// Reads a CS.cfg. Cannot fail: every byte string is some CS.cfg.
    ///
    /// # Panics
    /// At 2 GiB and more; whoever reads a file holds it to [`MAX_SIZE`](super::MAX_SIZE) first.
    pub fn parse(source: &'a [u8]) -> CsCfg<'a> {
        assert!(i32::try_from(source.len()).is_ok(), "a CS.cfg of 2 GiB");
        let mut index = IndexBuilder::new(source);
        let mut numbers = LineNumbers::new(source);
        let mut comparison = Comparison::new(source);
        let (mut start, mut last_line, mut is_dangling) = (0, 0, false);
        for line in java::lines(source) {
            // An empty key is that of a line of blanks: nothing that could be asked for.
            if let Some(parameter) = comparison.key_value(&line)
                && !parameter.key.is_empty()
            {
                index.push(start, &line, parameter);
            }
            numbers.push(start, &line);
            (last_line, is_dangling) = (start, line.dangling);
            start += line.raw.len();
        }
        let (stretches, is_open) = comparison.finish();
        let is_dangling = is_dangling || is_open;
        CsCfg { index: index.finish(), numbers, stretches, last_line, is_dangling }
    }

    /// The bytes.
    pub fn source(&self) -> &'a [u8] {
        self.index.source()
    }

    /// Whether it holds no parameter at all.
    pub fn is_empty(&self) -> bool {
        self.index.all().is_empty()
    }

    /// The value that the server reads for `key`.
    pub fn get(&self, key: &[u8]) -> Option<Cow<'a, [u8]>> {
        self.parameter(key).map(|parameter| parameter.value())
    }

    /// The parameter with this key.
    pub fn parameter(&self, key: &[u8]) -> Option<Parameter<'_, 'a>> {
        self.parameters().parameter(key)
    }

    /// The parameters whose keys begin with `prefix`.
    pub fn below(&self, prefix: &[u8]) -> Section<'_, 'a> {
        Section { document: self, lines: self.index.below(prefix) }
    }

    /// What is directly below `prefix`.
    pub fn children(&self, prefix: &[u8]) -> Children<'_, 'a> {
        let mut children = Children { parameters: Vec::new(), groups: Vec::new() };
        let mut rest = self.index.below(prefix);
        while let Some(first) = rest.first() {
            let key = self.index.key(first);
            let name = tail(key, prefix.len());
            rest = match memchr(b'.', name) {
                None => {
                    let (lines, behind) = self.index.split_first_key(rest);
                    children.parameters.extend(Parameter::of(self, lines));
                    behind
                }
                Some(dot) => {
                    let (lines, behind) = self.index.split_prefix(rest, head(key, prefix.len() + dot + 1));
                    children.groups.push((head(name, dot), Section { document: self, lines }));
                    behind
                }
            };
        }
        children
    }

    /// Every parameter.
    pub fn parameters(&self) -> Section<'_, 'a> {
        Section { document: self, lines: self.index.all() }
    }

    /// Whether the keys are in the file in the order of their bytes, as the server's own rewrite puts
    /// them.
    pub fn is_in_key_order(&self) -> bool {
        self.index.in_key_order()
    }

    /// Where the two readers disagree, in the order of the file.
    pub fn ambiguities(&self) -> impl Iterator<Item = Ambiguity<'a>> {
        self.stretches.iter().map(|stretch| {
            let (range, text) = (stretch.range(), self.text_of(*stretch));
            let (java, python) = (java::key_values(text).collect(), python::key_values(text).collect());
            Ambiguity { line: self.numbers.at(range.start), range, java, python, stops_start: stops_start(text) }
        })
    }

    /// How many physical lines the server sees.
    pub fn line_count(&self) -> usize {
        self.numbers.count()
    }

    /// Whether the file seems to have been cut off inside a line: the text behind the last line break
    /// is not empty and has no `=`.
    pub fn ends_inside_a_line(&self) -> bool {
        let behind = memrchr2(b'\n', b'\r', self.source()).map_or(0, |at| at + 1);
        let rest = tail(self.source(), behind);
        !rest.is_empty() && memchr(b'=', rest).is_none()
    }

    /// Where the readers disagree.
    pub(super) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// The lines there.
    pub(super) fn text_of(&self, stretch: Stretch) -> &'a [u8] {
        let range = stretch.range();
        tail(head(self.source(), range.end), range.start)
    }

    /// The first stretch that shares a byte with `range` or, where that is empty, holds it.
    pub(super) fn stretch_near(&self, range: &Range<usize>) -> Option<Stretch> {
        let before = self.stretches.partition_point(|stretch| stretch.range().end <= range.start);
        let stretch = self.stretches.get(before).copied();
        stretch.filter(|stretch| stretch.range().start < range.end.max(range.start + 1))
    }

    /// The number of the physical line, from 1, that begins at `start`.
    pub(super) fn line_number(&self, start: usize) -> usize {
        self.numbers.at(start)
    }

    /// Where the last logical line begins.
    pub(super) fn last_line(&self) -> usize {
        self.last_line
    }

    /// Whether one of the readers would join what is put behind the last line to it.
    pub(super) fn is_dangling(&self) -> bool {
        self.is_dangling
    }

    /// What `pki-server` reads, in the order of the file, lines that it refuses left out.
    pub(super) fn as_python_reads<'p>(&'p self) -> impl Iterator<Item = KeyValue<'a>> + use<'p, 'a> {
        let mut start = 0;
        let outside = self.stretches.iter().map(|stretch| Some(*stretch)).chain([None]);
        outside.flat_map(move |stretch| {
            let range = stretch.map_or(self.source().len()..self.source().len(), Stretch::range);
            let alike = tail(head(self.source(), range.start), start);
            start = range.end;
            let stretch = tail(head(self.source(), range.end), range.start);
            java::key_values(alike).chain(python::key_values(stretch))
        })
    }
}

impl fmt::Debug for CsCfg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CsCfg({})", self.source().escape_ascii())
    }
}

impl fmt::Debug for Parameter<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameter({}={})", self.key().escape_ascii(), self.value().escape_ascii())
    }
}

impl<'p, 'a> Section<'p, 'a> {
    /// The parameter with this key, if it is one of them.
    pub fn parameter(&self, key: &[u8]) -> Option<Parameter<'p, 'a>> {
        Parameter::of(self.document, self.document.index.of(self.lines, key))
    }

    /// The number of their first physical line.
    pub fn first_line(&self) -> Option<usize> {
        let first = self.lines.iter().map(IndexedLine::start).min();
        first.map(|start| self.document.line_number(start))
    }
}

impl<'p, 'a> Iterator for Section<'p, 'a> {
    type Item = Parameter<'p, 'a>;

    fn next(&mut self) -> Option<Parameter<'p, 'a>> {
        let (lines, behind) = self.document.index.split_first_key(self.lines);
        self.lines = behind;
        Parameter::of(self.document, lines)
    }
}

impl<'p, 'a> Parameter<'p, 'a> {
    fn of(document: &'p CsCfg<'a>, lines: &'p [IndexedLine]) -> Option<Parameter<'p, 'a>> {
        let (line, shadowed) = lines.split_last()?;
        Some(Parameter { document, line, shadowed })
    }

    /// The key.
    pub fn key(&self) -> &'p [u8] {
        self.document.index.key(self.line)
    }

    /// The value that the server reads.
    pub fn value(&self) -> Cow<'a, [u8]> {
        self.document.index.value(self.line)
    }

    /// The number of the physical line, from 1, on which the line that counts begins.
    pub fn line(&self) -> usize {
        self.document.line_number(self.line.start())
    }

    /// The numbers of the lines of the same key before it, which the server ignores.
    pub fn shadowed(&self) -> Vec<usize> {
        self.shadowed.iter().map(|line| self.document.line_number(line.start())).collect()
    }

    /// Whether there are such lines.
    pub fn has_shadowed(&self) -> bool {
        !self.shadowed.is_empty()
    }

    /// Where the line that counts begins in the file, in bytes.
    pub fn start(&self) -> usize {
        self.line.start()
    }

    /// Where it is.
    pub(super) fn range(&self) -> Range<usize> {
        self.document.index.range(self.line)
    }

    /// Where the lines before it are.
    pub(super) fn shadowed_ranges(&self) -> impl Iterator<Item = Range<usize>> + use<'p, 'a> {
        let index = &self.document.index;
        self.shadowed.iter().map(|line| index.range(line))
    }
}

//! The lines of a file, by their keys and by their numbers.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use super::reader::java::{LogicalLine, first_line, lines, trim_start, without_ending};
use super::reader::{KeyValue, head, tail};

/// A line that is a parameter.
#[derive(Clone, Copy)]
pub(super) struct IndexedLine {
    /// Where it begins.
    start: u32,
    /// How long it is with its end, and [`CONTINUED`] where it is.
    length: u32,
    /// Where its key begins.
    key: u32,
    /// How long its key is; where the file does not hold it in one piece, [`SCATTERED`] and the
    /// place of the key among such ones.
    key_length: u32,
    /// Where its value begins, unless it is continued.
    value: u32,
}

const SCATTERED: u32 = 1 << 31;
const CONTINUED: u32 = 1 << 31;

/// Every parameter of a file in the order of the keys' bytes; lines of one key in the order of the
/// file, so that the last of them is the one that counts.
///
/// A sorted list and no hash map: the server writes its files in key order, so that building it
/// costs no more than reading the lines, and the keys with one prefix are side by side. Keys and
/// values are read where they are in the file.
pub(super) struct Index<'a> {
    source: &'a [u8],
    lines: Vec<IndexedLine>,
    /// The keys that the file does not hold in one piece. Usually there are none.
    scattered: Vec<u8>,
    scattered_ends: Vec<u32>,
    in_key_order: bool,
}

/// Collects the lines of a file in their order.
pub(super) struct IndexBuilder<'a> {
    index: Index<'a>,
    last_key: Cow<'a, [u8]>,
}

impl<'a> IndexBuilder<'a> {
    pub fn new(source: &'a [u8]) -> IndexBuilder<'a> {
        // No line of a parameter with a key is shorter.
        const SHORTEST: usize = 2;
        let expected = memchr::memchr_iter(b'\n', source).count() + 1;
        let lines = Vec::with_capacity(expected.min(source.len().div_ceil(SHORTEST)));
        let index = Index { source, lines, scattered: Vec::new(), scattered_ends: Vec::new(), in_key_order: true };
        IndexBuilder { index, last_key: Cow::Borrowed(b"") }
    }

    /// Adds the line that begins at `start` and is this parameter.
    pub fn push(&mut self, start: usize, line: &LogicalLine<'a>, KeyValue { key, value }: KeyValue<'a>) {
        if self.last_key.as_ref().cmp(key.as_ref()) == Ordering::Greater {
            self.index.in_key_order = false;
        }
        let key_length = match &key {
            Cow::Borrowed(key) => key.len() as u32,
            Cow::Owned(key) => self.index.push_scattered(key),
        };
        let blanks = line.raw.len() - trim_start(line.raw).len();
        let (is_continued, length) = (line.is_continued(), line.raw.len() as u32);
        let value = if is_continued { 0 } else { start + without_ending(line.raw).len() - value.len() };
        self.index.lines.push(IndexedLine {
            start: start as u32,
            length: if is_continued { length | CONTINUED } else { length },
            key: (start + blanks) as u32,
            key_length,
            value: value as u32,
        });
        self.last_key = key;
    }

    pub fn finish(self) -> Index<'a> {
        let mut index = self.index;
        if !index.in_key_order {
            let mut lines = std::mem::take(&mut index.lines);
            // Usually a few lines were put in by hand: a sort that makes use of the order that is there.
            lines.sort_by(|one, other| index.key(one).cmp(index.key(other)));
            index.lines = lines;
        }
        index
    }
}

impl<'a> Index<'a> {
    /// The file.
    pub fn source(&self) -> &'a [u8] {
        self.source
    }

    /// Whether the keys are in the file in the order of their bytes, as the server's own rewrite
    /// puts them.
    pub fn in_key_order(&self) -> bool {
        self.in_key_order
    }

    /// Every line, in key order.
    pub fn all(&self) -> &[IndexedLine] {
        &self.lines
    }

    /// The lines of a key among some that are in key order; they are in the order of the file.
    pub fn of<'i>(&self, lines: &'i [IndexedLine], key: &[u8]) -> &'i [IndexedLine] {
        let (_, lines) = lines.split_at(lines.partition_point(|line| self.key(line) < key));
        let is_of_key = |line: &IndexedLine| self.key(line) == key;
        match lines {
            // Somebody may have written a million of them.
            [first, second, ..] if is_of_key(first) && is_of_key(second) => {
                lines.split_at(lines.partition_point(is_of_key)).0
            }
            [first, ..] if is_of_key(first) => std::slice::from_ref(first),
            _ => &[],
        }
    }

    /// Lines in key order, those of the first key apart from the others.
    pub fn split_first_key<'i>(&self, lines: &'i [IndexedLine]) -> (&'i [IndexedLine], &'i [IndexedLine]) {
        let Some((first, behind)) = lines.split_first() else { return (&[], &[]) };
        // Usually the first key has one line.
        let more = behind.iter().take_while(|line| self.key(line) == self.key(first)).count();
        lines.split_at(1 + more)
    }

    /// The lines whose keys begin with `prefix`, in key order.
    pub fn below(&self, prefix: &[u8]) -> &[IndexedLine] {
        let (_, lines) = self.lines.split_at(self.place_of(prefix));
        lines.split_at(lines.partition_point(|line| self.key(line).starts_with(prefix))).0
    }

    /// Lines in key order, those at their begin whose keys begin with `prefix` apart from the others.
    /// They are read one after the other: to search is slower where they are few.
    pub fn split_prefix<'i>(&self, lines: &'i [IndexedLine], prefix: &[u8]) -> (&'i [IndexedLine], &'i [IndexedLine]) {
        lines.split_at(lines.iter().take_while(|line| self.key(line).starts_with(prefix)).count())
    }

    /// The line whose key is the last one before `key`.
    pub fn before(&self, key: &[u8]) -> Option<&IndexedLine> {
        self.lines.split_at(self.place_of(key)).0.last()
    }

    fn place_of(&self, key: &[u8]) -> usize {
        self.lines.partition_point(|line| self.key(line) < key)
    }

    /// The key of a line.
    pub fn key(&self, line: &IndexedLine) -> &[u8] {
        if line.is_scattered() {
            return self.scattered_key((line.key_length - SCATTERED) as usize);
        }
        head(tail(self.source, line.key as usize), line.key_length as usize)
    }

    /// The value of a line. It borrows from the file, unless the line is continued.
    pub fn value(&self, line: &IndexedLine) -> Cow<'a, [u8]> {
        let Range { start, end } = self.range(line);
        let before_end = head(self.source, end);
        if line.length & CONTINUED != 0 {
            return first_line(tail(before_end, start)).split().value;
        }
        Cow::Borrowed(without_ending(tail(before_end, line.value as usize)))
    }

    fn push_scattered(&mut self, key: &[u8]) -> u32 {
        let place = self.scattered_ends.len() as u32;
        self.scattered.extend_from_slice(key);
        self.scattered_ends.push(self.scattered.len() as u32);
        SCATTERED + place
    }

    fn scattered_key(&self, place: usize) -> &[u8] {
        let end = |place: usize| self.scattered_ends.get(place).map_or(0, |end| *end as usize);
        tail(head(&self.scattered, end(place)), place.checked_sub(1).map_or(0, end))
    }

    /// Where a line is in the file.
    pub fn range(&self, line: &IndexedLine) -> Range<usize> {
        line.start()..line.start() + (line.length & !CONTINUED) as usize
    }
}

impl IndexedLine {
    /// Where it begins.
    pub fn start(&self) -> usize {
        self.start as usize
    }

    fn is_scattered(&self) -> bool {
        self.key_length >= SCATTERED
    }
}

/// The numbers of a file's physical lines.
pub(super) struct LineNumbers<'a> {
    source: &'a [u8],
    /// Now and then where a logical line begins, and how many physical ones are before it.
    marks: Vec<(u32, u32)>,
    count: usize,
}

impl<'a> LineNumbers<'a> {
    pub fn new(source: &'a [u8]) -> LineNumbers<'a> {
        LineNumbers { source, marks: Vec::new(), count: 0 }
    }

    /// Takes the next logical line, which begins at `start`.
    pub fn push(&mut self, start: usize, line: &LogicalLine<'_>) {
        // What is read again for each number that is asked for.
        const DISTANCE: usize = 512;
        if self.marks.last().is_none_or(|(mark, _)| start - *mark as usize >= DISTANCE) {
            self.marks.push((start as u32, self.count as u32));
        }
        self.count += line.physical_lines;
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The number, from 1, of the line at whose begin `start` is.
    pub fn at(&self, start: usize) -> usize {
        let marked = self.marks.partition_point(|(mark, _)| *mark as usize <= start);
        let (mark, before) = match self.marks.split_at(marked).0.last() {
            Some((mark, before)) => (*mark as usize, *before as usize),
            None => (0, 0),
        };
        let between = tail(head(self.source, start), mark);
        before + lines(between).map(|line| line.physical_lines).sum::<usize>() + 1
    }
}

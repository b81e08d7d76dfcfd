//! The XML of a VTK file as a small tree that borrows its texts.

use crate::source::Source;
use crate::{MeshIoError, Place};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// VTK nests six deep; more than this is no VTK file.
const DEEPEST: usize = 32;

/// One XML element.
#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node<'a>>,
    /// The text directly inside, without that of the children.
    pub(super) text: Cow<'a, str>,
}

impl<'a> Node<'a> {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Node<'a>> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every child of that name.
    pub(super) fn children<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Node<'a>> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// Parses `xml`, whose last elements may be left open when `is_cut` (before the appended data).
pub(super) fn parse<'a>(source: Source<'_>, xml: &'a [u8], is_cut: bool) -> Result<Node<'a>, MeshIoError> {
    let mut reader = Reader::from_reader(xml);
    let mut open: Vec<Node<'a>> = vec![Node::default()];
    let mut events = 0_usize;
    loop {
        events += 1;
        source.check_every(events)?;
        let event = reader.read_event();
        let place = Place::Byte(usize::try_from(reader.error_position().min(reader.buffer_position())).unwrap_or(0));
        match event.map_err(|error| source.syntax(place.clone(), error.to_string(), "well-formed XML"))? {
            Event::Start(start) if open.len() <= DEEPEST => open.push(node(source, &start, &place)?),
            Event::Start(_) => return Err(source.syntax(place, "elements nested too deeply", "a VTK file")),
            Event::Empty(start) => close(&mut open, node(source, &start, &place)?),
            Event::End(_) => {
                if let Some(done) = open.pop() {
                    close(&mut open, done);
                }
            }
            Event::Text(text) => append(&mut open, text.into_inner()),
            Event::CData(text) => append(&mut open, text.into_inner()),
            Event::Eof => break,
            _ => {}
        }
    }
    if open.len() > 1 && !is_cut {
        let unclosed = open.last().map(|node| format!("the end of the file inside <{}> (truncated)", node.name));
        return Err(source.syntax(Place::Byte(xml.len()), unclosed.unwrap_or_default(), "its closing tag"));
    }
    while open.len() > 1 {
        if let Some(done) = open.pop() {
            close(&mut open, done);
        }
    }
    open.pop()
        .and_then(|root| root.children.into_iter().next())
        .ok_or_else(|| source.syntax(Place::Byte(0), "no XML element", "<VTKFile>"))
}

fn close<'a>(open: &mut [Node<'a>], done: Node<'a>) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(done);
    }
}

fn append<'a>(open: &mut [Node<'a>], text: Cow<'a, str>) {
    let Some(node) = open.last_mut() else { return };
    match node.text.is_empty() {
        true => node.text = text,
        false => node.text.to_mut().push_str(&text),
    }
}

fn node(source: Source<'_>, start: &BytesStart<'_>, place: &Place) -> Result<Node<'static>, MeshIoError> {
    let mut node = Node { name: start.name().into_inner().to_owned(), ..Node::default() };
    for attribute in start.attributes() {
        let broken = |detail: String| source.syntax(place.clone(), detail, "XML attributes");
        let attribute = attribute.map_err(|error| broken(error.to_string()))?;
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| broken(error.to_string()))?;
        node.attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
    }
    Ok(node)
}

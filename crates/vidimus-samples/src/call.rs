//! One HTTP call with its blanks: what every language writes down, and nothing of Postman's.

use serde_json::Value;

use crate::{
    sample::{Sample, Shape},
    text::Text,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `Collection / Folder / Item`, without the collection where there is none.
    pub title: String,
    pub name: String,
    pub description: String,
    pub method: String,
    /// With its query.
    pub url: Text,
    pub headers: Vec<(String, Text)>,
    /// HTTP Basic (RFC 7617), where no header says otherwise.
    pub basic: Option<Basic>,
    pub body: Body,
    /// Those that the call needs; one whose default names another comes after it.
    pub variables: Vec<Variable>,
    pub sample: Option<Sample>,
    /// What the program does not do as the collection would.
    pub notes: Vec<String>,
    /// As the collection has it.
    pub item: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basic {
    pub username: Text,
    pub password: Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    None,
    /// application/x-www-form-urlencoded.
    Form(Vec<(Text, Text)>),
    /// multipart/form-data.
    Multipart(Vec<Part>),
    Raw(Text),
    /// The contents of a file.
    File(Text),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: Text,
    pub content: PartContent,
    pub content_type: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartContent {
    Value(Text),
    /// The path of a file.
    File(Text),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Of the environment variable too.
    pub name: String,
    /// `None`: the program ends where the environment has no value.
    pub default: Option<Text>,
}

impl Basic {
    /// What is written in Base64.
    pub fn pair(&self) -> Text {
        let mut pair = self.username.clone();
        pair.literal(":");
        pair.append(self.password.clone());
        pair
    }
}

impl Call {
    /// What a program reads of the reply; `None`: it shows the reply and no more.
    pub fn shape(&self) -> Option<&Shape> {
        self.sample.as_ref()?.shape.as_ref()
    }

    /// Whether a file is sent, or is a part of what is.
    pub fn sends_a_file(&self) -> bool {
        match &self.body {
            Body::File(_) => true,
            Body::Multipart(parts) => {
                parts.iter().any(|part| matches!(part.content, PartContent::File(_)))
            }
            Body::None | Body::Form(_) | Body::Raw(_) => false,
        }
    }

    /// The header's value, whatever its case.
    pub fn header(&self, wanted: &str) -> Option<&Text> {
        let mut headers = self.headers.iter();
        headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    /// Every text that the request is made of.
    pub fn texts(&self) -> Vec<&Text> {
        let mut texts = vec![&self.url];
        texts.extend(self.headers.iter().map(|(_, value)| value));
        if let Some(basic) = &self.basic {
            texts.extend([&basic.username, &basic.password]);
        }
        match &self.body {
            Body::None => {}
            Body::Form(fields) => {
                texts.extend(fields.iter().flat_map(|(name, value)| [name, value]));
            }
            Body::Multipart(parts) => {
                for part in parts {
                    let (PartContent::Value(content) | PartContent::File(content)) = &part.content;
                    texts.extend([&part.name, content]);
                }
            }
            Body::Raw(text) | Body::File(text) => texts.push(text),
        }
        texts
    }

    /// Whether a value is written so anywhere, such as percent-encoded.
    pub fn encodes(&self, wanted: crate::text::Encoding) -> bool {
        self.texts().into_iter().flat_map(|text| &text.pieces).any(|piece| {
            matches!(piece, crate::text::Piece::Variable { encoding, .. } if *encoding == wanted)
        })
    }
}

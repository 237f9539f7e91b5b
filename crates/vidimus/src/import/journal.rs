//! The undo file, which is the import's journal as well: what will be made or replaced is written there,
//! a line each, before the server is asked to.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use serde_json::{Value, json};

use super::finding::Noun;
use crate::failure::Failure;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Made {
        noun: Noun,
        id: String,
    },
    /// What stood there before, sealed by the server.
    Replaced {
        noun: Noun,
        id: String,
        version: i64,
        sealed: String,
    },
    Undone {
        noun: Noun,
        id: String,
    },
}

/// Whose import it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub product: String,
    pub tenant: String,
    /// Of what is brought in: another export, or other answers, are another import.
    pub export: String,
}

pub struct Journal {
    file: File,
    pub header: Header,
    pub lines: Vec<Line>,
    known: HashSet<(Noun, String)>,
}

impl Line {
    fn json(&self) -> Value {
        match self {
            Self::Made { noun, id } => json!({"made": noun.route(), "id": id}),
            Self::Replaced { noun, id, version, sealed } => {
                json!({"replaced": noun.route(), "id": id, "version": version, "sealed": sealed})
            }
            Self::Undone { noun, id } => json!({"undone": noun.route(), "id": id}),
        }
    }

    fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let noun = |key: &str| text(key).and_then(Noun::of_route);
        let id = text("id")?.to_owned();
        if let Some(noun) = noun("made") {
            return Some(Self::Made { noun, id });
        }
        if let Some(noun) = noun("undone") {
            return Some(Self::Undone { noun, id });
        }
        let version = value.get("version")?.as_i64()?;
        let sealed = text("sealed")?.to_owned();
        Some(Self::Replaced { noun: noun("replaced")?, id, version, sealed })
    }

    pub fn whose(&self) -> (Noun, &str) {
        match self {
            Self::Made { noun, id }
            | Self::Replaced { noun, id, .. }
            | Self::Undone { noun, id } => (*noun, id),
        }
    }
}

impl Header {
    fn json(&self) -> Value {
        json!({"vidimus_import": 1, "product": self.product, "tenant": self.tenant,
            "export": self.export})
    }

    fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
        (value.get("vidimus_import")? == 1).then_some(())?;
        Some(Self { product: text("product")?, tenant: text("tenant")?, export: text("export")? })
    }
}

impl Journal {
    /// A new one, or the one of an import that was interrupted.
    ///
    /// # Errors
    /// The file is another import's.
    pub fn begin(path: &Path, header: Header) -> Result<Self, Failure> {
        match Self::open(path) {
            Ok(journal) if journal.header == header => {
                if journal.lines.iter().any(|line| matches!(line, Line::Undone { .. })) {
                    let what = "holds an import that was taken back; choose another file";
                    return Err(Failure::refused(format!("{} {what}", path.display())));
                }
                Ok(journal)
            }
            Ok(_) => {
                let what =
                    "holds another import, or this one with other answers; choose another file";
                Err(Failure::refused(format!("{} {what}", path.display())))
            }
            Err(_) if !path.exists() => {
                Self::create(path, header).map_err(|why| cannot(path, &why))
            }
            Err(failure) => Err(failure),
        }
    }

    fn create(path: &Path, header: Header) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", header.json())?;
        file.sync_all()?;
        Ok(Self { file, header, lines: Vec::new(), known: HashSet::new() })
    }

    /// # Errors
    /// It is no undo file.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|why| cannot(path, &why))?;
        let broken =
            || Failure::refused(format!("{} is no undo file of an import", path.display()));
        // A line without its end was being written when the power went.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut values =
            text.get(..whole).unwrap_or_default().lines().map(serde_json::from_str::<Value>);
        let header = values.next().and_then(Result::ok).and_then(|value| Header::of(&value));
        let header = header.ok_or_else(broken)?;
        let lines = values.map(|value| value.ok().and_then(|value| Line::of(&value)));
        let lines = lines.collect::<Option<Vec<Line>>>().ok_or_else(broken)?;
        let file = OpenOptions::new().append(true).open(path).map_err(|why| cannot(path, &why))?;
        let length = u64::try_from(whole).unwrap_or_default();
        file.set_len(length).map_err(|why| cannot(path, &why))?;
        let known = lines.iter().map(Line::whose).map(|(noun, id)| (noun, id.to_owned())).collect();
        Ok(Self { file, header, lines, known })
    }

    /// Whether what was there before is written down.
    pub fn knows(&self, noun: Noun, id: &str) -> bool {
        self.known.contains(&(noun, id.to_owned()))
    }

    /// # Errors
    /// The disk.
    pub fn write(&mut self, lines: Vec<Line>) -> Result<(), Failure> {
        let text: String = lines.iter().map(|line| format!("{}\n", line.json())).collect();
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|why| Failure::refused(format!("cannot write the undo file: {why}")))?;
        self.known.extend(lines.iter().map(Line::whose).map(|(noun, id)| (noun, id.to_owned())));
        self.lines.extend(lines);
        Ok(())
    }
}

fn cannot(path: &Path, why: &io::Error) -> Failure {
    Failure::refused(format!("undo file {}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn header() -> Header {
        let of = str::to_owned;
        Header { product: of("hydra"), tenant: of("default"), export: of("ab") }
    }

    #[test]
    fn it_is_private_goes_on_and_forgets_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("undo");
        let made = |id: &str| Line::Made { noun: Noun::Client, id: id.to_owned() };
        let mut journal = Journal::begin(&path, header()).unwrap();
        journal.write(vec![made("a")]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("{\"made\":\"clie");
        fs::write(&path, text).unwrap();
        let mut journal = Journal::begin(&path, header()).unwrap();
        assert_eq!(journal.lines, [made("a")]);
        assert!(journal.knows(Noun::Client, "a") && !journal.knows(Noun::User, "a"));
        let sealed = "x".to_owned();
        let id = "b".to_owned();
        let replaced = Line::Replaced { noun: Noun::User, id, version: 3, sealed };
        journal.write(vec![replaced.clone()]).unwrap();
        assert_eq!(Journal::open(&path).unwrap().lines, [made("a"), replaced]);
    }

    #[test]
    fn another_import_and_another_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("undo");
        Journal::begin(&path, header()).unwrap();
        let other = Header { export: "cd".to_owned(), ..header() };
        assert!(Journal::begin(&path, other).is_err());
        fs::write(&path, "precious").unwrap();
        assert!(Journal::begin(&path, header()).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }
}

//! Python 3 with requests.

use super::{
    Language,
    code::Code,
    literal,
    members::{self, Reader, Step},
    names::{Names, Syntax},
};
use crate::{
    call::{Body, Call, PartContent},
    text::Encoding,
};

pub const LANGUAGE: Language = Language {
    name: "python",
    title: "Python",
    file: "sample.py",
    run: "python3 sample.py",
    program,
};

pub const RESERVED: &str = "False None True and as assert async await break class continue def del elif else \
     except finally for from global if import in is lambda nonlocal not or pass raise \
     return try while with yield print str open range len base64 json os sys requests \
     quote urlencode unlock_code ssl roots trusted chilkat2 ABSENT value get show size \
     in_json fail request http response reply text why i j k l m n isinstance int list \
     dict set type OSError ValueError IndexError KeyError TypeError";

const SYNTAX: Syntax = Syntax {
    literal: literal::python,
    plus: " + ",
    sigil: "",
    json: |name| format!("in_json({name})"),
    percent: |name| format!("quote({name}, safe=\"\")"),
    reserved: RESERVED,
};

const READER: Reader = Reader {
    show: |path| format!("show(reply{})", members::arguments(path, literal::python, "")),
    each,
};

pub fn each(path: &[Step], index: &'static str) -> (String, &'static str) {
    let path = members::arguments(path, literal::python, "");
    (format!("for {index} in range(size(reply{path})):"), "")
}

pub const VALUE: &str = r#"
def value(name, default=None):
    """A value that the call needs: the environment's, else the default."""
    found = os.environ.get(name, default)
    if found is None:
        print(f"{name} is not set: give it in the environment", file=sys.stderr)
        sys.exit(2)
    return found
"#;

pub const IN_JSON: &str = r#"
def in_json(text):
    """As it is written between the quotes of a JSON string."""
    return json.dumps(text)[1:-1]
"#;

const READING: &str = r#"
ABSENT = object()


def get(found, *path):
    """What is at the path."""
    for step in path:
        try:
            found = found[step]
        except (IndexError, KeyError, TypeError):
            return ABSENT
    return found


def size(reply, *path):
    """How many elements the array at the path has; it is shown where it has none."""
    found = get(reply, *path)
    if isinstance(found, list) and found:
        return len(found)
    show(reply, *path)
    return 0


def show(reply, *path):
    """Prints what is at the path."""
    label = ""
    for step in path:
        label += f"[{step}]" if isinstance(step, int) else f".{step}" if label else step
    found = get(reply, *path)
    text = found if isinstance(found, str) else "(absent)" if found is ABSENT else json.dumps(found)
    print(f"{label} = {text}")
"#;

const FAIL: &str = r#"
if response.status_code >= 400:
    print(f"Failed: {response.status_code} {response.reason}\n{text}", file=sys.stderr)
    sys.exit(1)
"#;

const REPLY: &str = r#"
try:
    reply = json.loads(text)
except ValueError as why:
    print(f"The reply is not JSON: {why}", file=sys.stderr)
    sys.exit(1)
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("    ", "#");
    let names = Names::new(call, &SYNTAX);
    code.opening(call, "Needs requests: pip install requests", LANGUAGE.run);
    imports(&mut code, call);
    let in_json = call.encodes(Encoding::Json).then_some(IN_JSON);
    let reading = members::functions(READING, call);
    let value = (!call.variables.is_empty()).then_some(VALUE);
    functions(&mut code, [value, in_json, reading.as_deref()]);
    variables(&mut code, call, &names);
    request(&mut code, call, &names);
    code.line("");
    code.lines(
        r#"text = response.content.decode("utf-8", "replace")
print(f"Response Status Code = {response.status_code}")
print("Response Body:")
print(text)"#,
    );
    code.line("");
    code.lines(FAIL);
    if let Some(shape) = code.sample(call) {
        code.lines(REPLY);
        code.line("");
        members::write(&mut code, shape, &READER);
    }
    code.finish()
}

fn imports(code: &mut Code, call: &Call) {
    code.line("");
    if call.basic.is_some() {
        code.line("import base64");
    }
    if call.shape().is_some() || call.encodes(Encoding::Json) {
        code.line("import json");
    }
    if !call.variables.is_empty() || matches!(call.body, Body::Multipart(_)) {
        code.line("import os");
    }
    code.line("import sys");
    if call.encodes(Encoding::Percent) {
        code.line("from urllib.parse import quote");
    }
    code.line("");
    code.line("import requests");
}

/// Two blank lines around each (PEP 8).
pub fn functions<'f>(code: &mut Code, functions: impl IntoIterator<Item = Option<&'f str>>) {
    for function in functions.into_iter().flatten() {
        code.line("");
        code.line("");
        code.lines(function);
    }
    code.line("");
    code.line("");
}

pub fn variables(code: &mut Code, call: &Call, names: &Names<'_>) {
    code.variables(call, names, |name, asked| format!("{name} = value({asked})"));
    if !call.variables.is_empty() {
        code.line("");
    }
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    code.open("try:");
    code.open("response = requests.request(");
    code.line(format!("{},", literal::python(&call.method)));
    code.line(format!("{},", names.text(&call.url)));
    headers(code, call, names);
    match &call.body {
        Body::None => {}
        Body::Form(fields) => {
            code.open("data=[");
            for (name, value) in fields {
                code.line(format!("({}, {}),", names.text(name), names.text(value)));
            }
            code.close("],");
        }
        Body::Raw(text) => code.line(format!("data={}.encode(),", names.operand(text))),
        Body::File(path) => code.line(format!("data=open({}, \"rb\"),", names.text(path))),
        Body::Multipart(parts) => {
            code.open("files=[");
            for part in parts {
                let (file, content) = match &part.content {
                    PartContent::Value(text) => ("None".to_owned(), names.text(text)),
                    PartContent::File(path) => {
                        let path = names.text(path);
                        (format!("os.path.basename({path})"), format!("open({path}, \"rb\")"))
                    }
                };
                let of = part.content_type.as_ref();
                let of = of.map(|of| format!(", {}", literal::python(of))).unwrap_or_default();
                code.line(format!("({}, ({file}, {content}{of})),", names.text(&part.name)));
            }
            code.close("],");
        }
    }
    code.line("timeout=30,");
    code.line("allow_redirects=False,");
    code.close(")");
    code.dedent();
    code.open("except (OSError, ValueError) as why:");
    code.line("print(f\"Failed: {why}\", file=sys.stderr)");
    code.line("sys.exit(1)");
    code.dedent();
}

fn headers(code: &mut Code, call: &Call, names: &Names<'_>) {
    if call.headers.is_empty() && call.basic.is_none() {
        return;
    }
    code.open("headers={");
    for (name, value) in &call.headers {
        code.line(format!("{}: {},", literal::python(name), names.text(value)));
    }
    if let Some(basic) = &call.basic {
        code.line(format!("\"Authorization\": {},", basic_value(basic, names)));
    }
    code.close("},");
}

pub fn basic_value(basic: &crate::call::Basic, names: &Names<'_>) -> String {
    format!("\"Basic \" + base64.b64encode({}.encode()).decode()", names.operand(&basic.pair()))
}

//! Python 3 with Chilkat, as its own pages have it, but for what is wrong there: values are put in, numbers
//! are read as they come rather than in 32 bits, and a failure is the program's, too.

use super::{
    Language,
    code::Code,
    literal,
    members::{self, Reader, Step},
    names::{Names, Syntax},
    python,
};
use crate::{
    call::{Body, Call, PartContent},
    sample::Shape,
    text::{Encoding, Text},
};

pub const LANGUAGE: Language = Language {
    name: "python-chilkat2",
    title: "Python (Chilkat)",
    file: "sample_chilkat2.py",
    run: "python3 sample_chilkat2.py",
    program,
};

const SYNTAX: Syntax = Syntax {
    literal: literal::python,
    plus: " + ",
    sigil: "",
    json: |name| format!("in_json({name})"),
    percent: |name| format!("quote({name}, safe=\"\")"),
    reserved: python::RESERVED,
};

const READER: Reader = Reader {
    show: |path| format!("show(reply, {})", path_of(path)),
    each: |path, index| (format!("for {index} in range(size(reply, {})):", path_of(path)), ""),
};

/// Where an array is the whole reply.
const WHOLE: &str = "reply";

/// Chilkat's own: `f"a.b[{i}].c"`.
fn path_of(path: &[Step]) -> String {
    let (mut written, mut formatted) = (String::new(), false);
    for step in path {
        match step {
            Step::Index(index) => {
                if written.is_empty() {
                    written.push_str(WHOLE);
                }
                written.push_str(&format!("[{{{index}}}]"));
                formatted = true;
            }
            Step::Name(name) => {
                if !written.is_empty() {
                    written.push('.');
                }
                let plain = |it: char| it.is_ascii_alphanumeric() || "_-".contains(it);
                let name = match name.chars().all(plain) && !name.is_empty() {
                    true => name.clone(),
                    false => format!("\"{name}\""),
                };
                written.push_str(&name.replace('{', "{{").replace('}', "}}"));
            }
        }
    }
    if written.is_empty() {
        written.push_str(WHOLE);
    }
    if formatted {
        format!("f{}", literal::python(&written))
    } else {
        literal::python(&written.replace("{{", "{").replace("}}", "}"))
    }
}

const FAIL: &str = r#"
def fail(why):
    print(f"Failed: {why}", file=sys.stderr)
    sys.exit(1)
"#;

const SHOW: &str = r#"
def show(reply, path):
    """Prints what is at the path."""
    kind = reply.JsonTypeOf(path)
    if kind < 1:
        text = "(absent)"
    elif kind == 3:
        text = reply.ObjectOf(path).Emit()
    elif kind == 4:
        text = reply.ArrayOf(path).Emit()
    else:
        text = "null" if kind == 6 else reply.StringOf(path)
    print(f"{path} = {text}")
"#;

const HTTP: &str = r#"
http = chilkat2.Http()
http.FollowRedirects = False
# Chilkat checks certificates where it is asked to; against those that Python takes.
http.RequireSslCertVerify = True
roots = ssl.get_default_verify_paths().cafile
trusted = chilkat2.TrustedRoots()
if roots and not (trusted.LoadCaCertsPem(roots) and trusted.Activate()):
    fail(trusted.LastErrorText)
"#;

const SIZE: &str = r#"
def size(reply, path):
    """How many elements the array at the path has; it is shown where it has none."""
    if reply.SizeOfArray(path) > 0:
        return reply.SizeOfArray(path)
    show(reply, path)
    return 0
"#;

const UNLOCK: &str = r#"
# Thirty days to try it; a license's own code in the environment afterwards.
unlock_code = os.environ.get("CHILKAT_UNLOCK_CODE", "Anything for 30-day trial")
if not chilkat2.Global().UnlockBundle(unlock_code):
    fail("Chilkat is locked: CHILKAT_UNLOCK_CODE")
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("    ", "#");
    let names = Names::new(call, &SYNTAX);
    code.opening(call, "Needs Chilkat: pip install chilkat2", LANGUAGE.run);
    code.line("");
    if call.basic.is_some() {
        code.line("import base64");
    }
    if call.encodes(Encoding::Json) {
        code.line("import json");
    }
    code.lines("import os\nimport ssl\nimport sys");
    let imported = imported(call).join(", ");
    if !imported.is_empty() {
        code.line(format!("from urllib.parse import {imported}"));
    }
    code.line("");
    code.line("import chilkat2");
    let in_json = call.encodes(Encoding::Json).then_some(python::IN_JSON);
    let show = call.shape().map(|_| SHOW);
    let size = members::functions(SIZE, call).filter(|size| !size.is_empty());
    let functions = [Some(python::VALUE), Some(FAIL), in_json, show, size.as_deref()];
    python::functions(&mut code, functions);
    python::variables(&mut code, call, &names);
    code.lines(UNLOCK);
    code.line("");
    request(&mut code, call, &names);
    if let Some(shape) = code.sample(call) {
        code.line("reply = chilkat2.JsonObject()");
        let body = match shape {
            Shape::Array(_) => format!("'{{\"{WHOLE}\":' + response.BodyStr + \"}}\""),
            _ => "response.BodyStr".to_owned(),
        };
        code.open(format!("if not reply.Load({body}):"));
        code.line("fail(\"the reply is not JSON\")");
        code.dedent();
        code.line("");
        members::write(&mut code, shape, &READER);
    }
    code.finish()
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    code.lines(HTTP);
    code.line("request = chilkat2.HttpRequest()");
    code.line(format!("request.HttpVerb = {}", literal::python(&call.method)));
    let mut content_type = None;
    for (name, value) in &call.headers {
        if name.eq_ignore_ascii_case("content-type") {
            content_type = Some(names.text(value));
            continue;
        }
        code.line(format!("request.AddHeader({}, {})", literal::python(name), names.text(value)));
    }
    if let Some(basic) = &call.basic {
        let value = python::basic_value(basic, names);
        code.line(format!("request.AddHeader(\"Authorization\", {value})"));
    }
    if matches!(call.body, Body::Multipart(_)) {
        content_type = Some("\"multipart/form-data\"".to_owned());
    }
    if let Some(of) = content_type {
        code.line(format!("request.ContentType = {of}"));
    }
    body(code, call, names);
    code.line("");
    code.lines(&format!(
        r#"response = chilkat2.HttpResponse()
if not http.HttpReq({}, request, response):
    fail(http.LastErrorText)
print(f"Response Status Code = {{response.StatusCode}}")
print("Response Body:")
print(response.BodyStr)

if response.StatusCode >= 400:
    fail(f"{{response.StatusCode}} {{response.StatusText}}\n{{response.BodyStr}}")"#,
        names.text(&call.url)
    ));
}

fn is_plain(name: &Text) -> bool {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    name.as_literal().is_some_and(|name| name.chars().all(plain))
}

/// What the program takes from the library beside Chilkat's.
fn imported(call: &Call) -> Vec<&'static str> {
    let odd = |fields: &[(Text, Text)]| !fields.iter().all(|(name, _)| is_plain(name));
    let form = matches!(&call.body, Body::Form(fields) if odd(fields));
    let wanted = [(call.encodes(Encoding::Percent), "quote"), (form, "urlencode")];
    wanted.into_iter().filter_map(|(is, name)| is.then_some(name)).collect()
}

fn body(code: &mut Code, call: &Call, names: &Names<'_>) {
    match &call.body {
        Body::None => {}
        Body::Form(fields) if !fields.iter().all(|(name, _)| is_plain(name)) => {
            // Chilkat takes blanks out of the names of parameters.
            code.open("request.LoadBodyFromString(urlencode([");
            for (name, value) in fields {
                code.line(format!("({}, {}),", names.text(name), names.text(value)));
            }
            code.close("]), \"utf-8\")");
        }
        Body::Form(fields) => {
            for (name, value) in fields {
                code.line(format!("request.AddParam({}, {})", names.text(name), names.text(value)));
            }
        }
        Body::Raw(text) => {
            code.line(format!("request.LoadBodyFromString({}, \"utf-8\")", names.text(text)));
        }
        Body::File(path) => {
            code.open(format!("if not request.LoadBodyFromFile({}):", names.text(path)));
            code.line("fail(request.LastErrorText)");
            code.dedent();
        }
        Body::Multipart(parts) => {
            for part in parts {
                let name = names.text(&part.name);
                match &part.content {
                    PartContent::Value(text) => {
                        if let Some(of) = &part.content_type {
                            code.comment(&format!("Chilkat does not say that this one is {of}."));
                        }
                        code.line(format!("request.AddParam({name}, {})", names.text(text)));
                    }
                    PartContent::File(path) => {
                        let path = names.text(path);
                        code.open(format!("if not request.AddFileForUpload({name}, {path}):"));
                        code.line("fail(request.LastErrorText)");
                        code.dedent();
                    }
                }
            }
        }
    }
}

//! Rust with ureq, which needs no runtime.

use super::{
    Language,
    code::Code,
    literal,
    members::{self, Reader},
    names::{Names, Syntax},
};
use crate::{
    call::{Body, Call, Part, PartContent},
    text::Encoding,
};

pub const LANGUAGE: Language = Language {
    name: "rust",
    title: "Rust",
    file: "src/main.rs",
    run: "cargo run --quiet",
    program,
};

const SYNTAX: Syntax = Syntax {
    literal: literal::rust,
    plus: ", ",
    sigil: "",
    json: |name| format!("&in_json(&{name})"),
    percent: |name| format!("&percent(&{name})"),
    reserved: "abstract as async await become box break const continue crate do dyn else enum \
         extern false final fn for gen if impl in let loop macro match mod move mut override \
         priv pub ref return self static struct super trait true try type typeof unsafe \
         unsized use virtual where while yield value in_json percent form parts get show size \
         fail main agent request response body text status reply ureq serde_json base64 std \
         str i j k l m n _ Some None Ok Err Vec String Option Result format println eprintln \
         boundary multipart read Part union",
};

const READER: Reader = Reader {
    show: |path| format!("show(&reply, &[{}]);", steps(path)),
    each: |path, index| (format!("for {index} in 0..size(&reply, &[{}]) {{", steps(path)), "}"),
};

fn steps(path: &[members::Step]) -> String {
    let step = |step: &members::Step| match step {
        members::Step::Name(name) => format!("{}.into()", literal::rust(name)),
        members::Step::Index(index) => format!("{index}.into()"),
    };
    path.iter().map(step).collect::<Vec<_>>().join(", ")
}

const FAIL: &str = r#"
fn fail(code: i32, said: &str) -> ! {
    eprintln!("{said}");
    std::process::exit(code)
}
"#;

const VALUE: &str = r#"
/// A value that the call needs: the environment's, else the default.
fn value(name: &str, default: Option<String>) -> String {
    match std::env::var(name).ok().or(default) {
        Some(found) => found,
        None => fail(2, &format!("{name} is not set: give it in the environment")),
    }
}
"#;

const IN_JSON: &str = r#"
/// As it is written between the quotes of a JSON string.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
"#;

const PERCENT: &str = r#"
fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
"#;

const FORM: &str = r#"
fn form(fields: &[[String; 2]]) -> String {
    let field = |[name, value]: &[String; 2]| format!("{}={}", percent(name), percent(value));
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}
"#;

const PARTS: &str = r#"
/// One part: its name, its content, the path that it was read from, its type.
type Part = (String, Vec<u8>, Option<String>, &'static str);

fn multipart(boundary: &str, parts: &[Part]) -> Vec<u8> {
    let quoted = |text: &str| text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let mut body = Vec::new();
    for (name, content, path, content_type) in parts {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name));
        if let Some(path) = path {
            let file = std::path::Path::new(path).file_name().unwrap_or_default().to_string_lossy();
            head.push_str(&format!("; filename=\"{}\"", quoted(&file)));
        }
        if !content_type.is_empty() {
            head.push_str(&format!("\r\nContent-Type: {content_type}"));
        }
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}
"#;

const READ: &str = r#"
fn read(path: &str) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|why| fail(1, &format!("Failed: {path}: {why}")))
}
"#;

const READING: &str = r#"
/// What is at the path.
fn get<'a>(reply: &'a Value, path: &[Value]) -> Option<&'a Value> {
    path.iter().try_fold(reply, |found, step| match step {
        Value::String(name) => found.get(name),
        index => found.get(usize::try_from(index.as_u64()?).ok()?),
    })
}

/// How many elements the array at the path has; it is shown where it has none.
fn size(reply: &Value, path: &[Value]) -> usize {
    let size = get(reply, path).and_then(Value::as_array).map_or(0, Vec::len);
    if size == 0 {
        show(reply, path);
    }
    size
}

/// Prints what is at the path.
fn show(reply: &Value, path: &[Value]) {
    let mut label = String::new();
    for step in path {
        match step {
            Value::String(name) if label.is_empty() => label.push_str(name),
            Value::String(name) => label.push_str(&format!(".{name}")),
            index => label.push_str(&format!("[{index}]")),
        }
    }
    match get(reply, path) {
        None => println!("{label} = (absent)"),
        Some(Value::String(text)) => println!("{label} = {text}"),
        Some(other) => println!("{label} = {other}"),
    }
}
"#;

const ANSWER: &str = r#"
let mut response = match agent.run(request) {
    Ok(response) => response,
    Err(why) => fail(1, &format!("Failed: {why}")),
};
let text = match response.body_mut().read_to_vec() {
    Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
    Err(why) => fail(1, &format!("Failed: {why}")),
};
let status = response.status();
println!("Response Status Code = {}", status.as_u16());
println!("Response Body:");
println!("{text}");
if status.as_u16() >= 400 {
    fail(1, &format!("Failed: {status}\n{text}"));
}
"#;

const REPLY: &str = r#"
let reply: Value = match serde_json::from_str(&text) {
    Ok(reply) => reply,
    Err(why) => fail(1, &format!("The reply is not JSON: {why}")),
};
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("    ", "//");
    let names = Names::new(call, &SYNTAX);
    let reading = members::functions(READING, call);
    code.opening(call, "", LANGUAGE.run);
    dependencies(&mut code, call);
    code.line("");
    code.line("#![allow(non_snake_case)]");
    if call.shape().is_some() {
        code.line("");
        code.line("use serde_json::Value;");
    }
    let form = matches!(call.body, Body::Form(_));
    code.functions([
        Some(FAIL),
        (!call.variables.is_empty()).then_some(VALUE),
        call.encodes(Encoding::Json).then_some(IN_JSON),
        (form || call.encodes(Encoding::Percent)).then_some(PERCENT),
        form.then_some(FORM),
        matches!(call.body, Body::Multipart(_)).then_some(PARTS),
        call.sends_a_file().then_some(READ),
        reading.as_deref(),
    ]);
    code.line("");
    code.open("fn main() {");
    for variable in &call.variables {
        let name = literal::rust(&variable.name);
        let default = variable.default.as_ref();
        let default =
            default.map_or("None".to_owned(), |text| format!("Some({})", owned(text, &names)));
        code.line(format!("let {} = value({name}, {default});", names.of(&variable.name)));
    }
    code.line("");
    request(&mut code, call, &names);
    code.line("");
    code.lines(ANSWER);
    code.reply(call, REPLY, &READER);
    code.close("}");
    code.finish()
}

/// Those that the program names; what is stated is what a `Cargo.toml` beside it says.
fn dependencies(code: &mut Code, call: &Call) {
    code.comment("");
    code.comment("Cargo.toml beside src/:");
    code.comment("  [package]\n  name = \"sample\"\n  edition = \"2024\"");
    code.comment(
        "  [dependencies]\n  ureq = { version = \"3\", features = [\"platform-verifier\"] }",
    );
    if call.shape().is_some() || call.encodes(Encoding::Json) {
        code.comment("  serde_json = { version = \"1\", features = [\"preserve_order\"] }");
    }
    if call.basic.is_some() {
        code.comment("  base64 = \"0.23\"");
    }
}

/// A `String`.
fn owned(text: &crate::text::Text, names: &Names<'_>) -> String {
    use crate::text::{Encoding::Plain, Piece};
    match text.pieces.as_slice() {
        [] => "String::new()".to_owned(),
        [Piece::Literal(text)] => format!("{}.to_owned()", literal::rust(text)),
        [Piece::Variable { name, encoding: Plain }] => format!("{}.clone()", names.of(name)),
        pieces => {
            let piece = |piece: &Piece| match piece {
                Piece::Variable { name, encoding: Plain } => format!("&*{}", names.of(name)),
                other => names.text(&crate::text::Text { pieces: vec![other.clone()] }),
            };
            format!("[{}].concat()", pieces.iter().map(piece).collect::<Vec<_>>().join(", "))
        }
    }
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    if let Body::Multipart(parts) = &call.body {
        code.line("let boundary = format!(\"{:032x}\", std::process::id() as u128 * 0x9E37_79B9_7F4A_7C15_F39C);");
        code.open("let body = multipart(&boundary, &[");
        parts.iter().for_each(|part| multipart(code, part, names));
        code.close("]);");
    }
    code.lines(
        r#"
let agent: ureq::Agent = ureq::Agent::config_builder()
    .timeout_global(Some(std::time::Duration::from_secs(30)))
    .max_redirects(0)
    .max_redirects_will_error(false)
    .http_status_as_error(false)
    .tls_config(
        // Certificates that this machine trusts, such as a company's own.
        ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::PlatformVerifier)
            .build(),
    )
    .build()
    .into();"#,
    );
    code.line("let request = ureq::http::Request::builder()");
    let method = literal::rust(&call.method);
    code.line(format!("    .method({method})"));
    code.line(format!("    .uri({})", owned(&call.url, names)));
    for (name, value) in &call.headers {
        code.line(format!("    .header({}, {})", literal::rust(name), owned(value, names)));
    }
    if let Some(basic) = &call.basic {
        let pair = owned(&basic.pair(), names);
        code.line("    .header(\"Authorization\", {");
        code.line("        use base64::Engine;");
        code.line(format!("        let pair = {pair};"));
        code.line(
            "        format!(\"Basic {}\", base64::engine::general_purpose::STANDARD.encode(pair))",
        );
        code.line("    })");
    }
    match &call.body {
        Body::None => code.line("    .body(Vec::new());"),
        Body::Raw(text) => code.line(format!("    .body({}.into_bytes());", owned(text, names))),
        Body::File(path) => code.line(format!("    .body(read(&{}));", owned(path, names))),
        Body::Multipart(_) => {
            code.line("    .header(\"Content-Type\", format!(\"multipart/form-data; boundary={boundary}\"))");
            code.line("    .body(body);");
        }
        Body::Form(fields) => {
            code.line("    .body(form(&[");
            for (name, value) in fields {
                code.line(format!("        [{}, {}],", owned(name, names), owned(value, names)));
            }
            code.line("    ]).into_bytes());");
        }
    }
    code.lines(
        r#"
let request = match request {
    Ok(request) => request,
    Err(why) => fail(1, &format!("Failed: {why}")),
};"#,
    );
}

fn multipart(code: &mut Code, part: &Part, names: &Names<'_>) {
    let of = literal::rust(part.content_type.as_deref().unwrap_or_default());
    let name = owned(&part.name, names);
    code.line(match &part.content {
        PartContent::Value(text) => {
            format!("({name}, {}.into_bytes(), None, {of}),", owned(text, names))
        }
        PartContent::File(path) => {
            let path = owned(path, names);
            format!("({name}, read(&{path}), Some({path}), {of}),")
        }
    });
}

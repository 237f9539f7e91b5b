//! JavaScript with fetch, for Node 18 and later, without packages.

use super::{
    Language,
    code::Code,
    literal,
    members::{self, Reader},
    names::{Names, Syntax},
};
use crate::{
    call::{Body, Call, PartContent},
    text::Encoding,
};

pub const LANGUAGE: Language = Language {
    name: "javascript",
    title: "JavaScript",
    file: "sample.mjs",
    run: "node sample.mjs",
    program: |call| program(call, &JAVASCRIPT),
};

/// What TypeScript says beside it.
pub struct Flavour {
    pub needs: &'static str,
    pub run: &'static str,
    pub functions: [&'static str; 4],
    pub typed: bool,
}

const JAVASCRIPT: Flavour = Flavour {
    needs: "Needs Node 18 or later, and no packages",
    run: LANGUAGE.run,
    functions: [VALUE, IN_JSON, MULTIPART, READING],
    typed: false,
};

pub const RESERVED: &str = "arguments async await break case catch class const continue debugger default delete \
     do else enum eval export extends false finally for function if implements import in \
     instanceof interface let new null package private protected public return static \
     super switch this throw true try typeof undefined var void while with yield value \
     inJson get show size response text reply boundary multipart why encodeURIComponent \
     readFile crypto Buffer URLSearchParams fetch console process JSON Array Object \
     client config last main fail any string number unknown type i j k l m n Uint8Array \
     AbortSignal Promise Infinity NaN Boolean globalThis require module exports";

pub const SYNTAX: Syntax = Syntax {
    literal: literal::javascript,
    plus: " + ",
    sigil: "",
    json: |name| format!("inJson({name})"),
    percent: |name| format!("encodeURIComponent({name})"),
    reserved: RESERVED,
};

pub const READER: Reader = Reader {
    show: |path| format!("show(reply{});", members::arguments(path, literal::javascript, "")),
    each: |path, index| {
        let path = members::arguments(path, literal::javascript, "");
        (format!("for (let {index} = 0; {index} < size(reply{path}); {index}++) {{"), "}")
    },
};

const VALUE: &str = r#"
/** A value that the call needs: the environment's, else the default. */
function value(name, fallback) {
  const found = process.env[name] ?? fallback;
  if (found === undefined) {
    console.error(`${name} is not set: give it in the environment`);
    process.exit(2);
  }
  return found;
}
"#;

const IN_JSON: &str = r#"
/** As it is written between the quotes of a JSON string. */
function inJson(text) {
  return JSON.stringify(text).slice(1, -1);
}
"#;

const MULTIPART: &str = r#"
/** Each part: its name, its content, the path that it was read from, its type. */
function multipart(boundary, parts) {
  const quoted = (text) => text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const whole = [];
  for (const [name, content, path, type] of parts) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
    head += path === null ? "" : `; filename="${quoted(path.split("/").pop())}"`;
    head += type === null ? "" : `\r\nContent-Type: ${type}`;
    whole.push(Buffer.from(`${head}\r\n\r\n`), Buffer.from(content), Buffer.from("\r\n"));
  }
  return Buffer.concat([...whole, Buffer.from(`--${boundary}--\r\n`)]);
}
"#;

const READING: &str = r#"
/** What is at the path. */
function get(found, ...path) {
  for (const step of path) {
    found = found?.[step];
  }
  return found;
}

/** How many elements the array at the path has; it is shown where it has none. */
function size(reply, ...path) {
  const found = get(reply, ...path);
  if (!Array.isArray(found) || found.length === 0) {
    show(reply, ...path);
    return 0;
  }
  return found.length;
}

/** Prints what is at the path. */
function show(reply, ...path) {
  const label = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const found = get(reply, ...path);
  const text = typeof found === "string" ? found : (JSON.stringify(found) ?? "(absent)");
  console.log(`${label.replace(/^\./, "")} = ${text}`);
}
"#;

const ANSWER: &str = r#"
console.log(`Response Status Code = ${response.status}`);
console.log("Response Body:");
console.log(text);

if (response.status >= 400) {
  console.error(`Failed: ${response.status} ${response.statusText}\n${text}`);
  process.exit(1);
}
"#;

const REPLY: &str = r#"
try {
  reply = JSON.parse(text);
} catch (why) {
  console.error(`The reply is not JSON: ${why}`);
  process.exit(1);
}
"#;

pub fn program(call: &Call, flavour: &Flavour) -> String {
    let mut code = Code::new("  ", "//");
    let names = Names::new(call, &SYNTAX);
    code.opening(call, flavour.needs, flavour.run);
    functions(&mut code, call, flavour, true);
    code.line("");
    code.open(main(flavour));
    imports(&mut code, call);
    variables(&mut code, call, &names);
    let typed = |of: &str| if flavour.typed { format!(": {of}") } else { String::new() };
    code.line(format!("let response{};", typed("Response")));
    code.line(format!("let text{};", typed("string")));
    code.open("try {");
    request(&mut code, call, &names);
    code.line("text = await response.text();");
    code.dedent();
    code.open(format!("}} catch (why{}) {{", typed("any")));
    code.line("console.error(`Failed: ${why.cause ?? why}`);");
    code.line("process.exit(1);");
    code.close("}");
    code.line("");
    code.lines(ANSWER);
    reading(&mut code, call, &typed("any"));
    code.close("}");
    code.line("");
    code.line("main();");
    code.finish()
}

/// A function, so that it does not matter whether the file is taken for a module.
pub fn main(flavour: &Flavour) -> &'static str {
    if flavour.typed { "async function main(): Promise<void> {" } else { "async function main() {" }
}

pub fn reading(code: &mut Code, call: &Call, typed: &str) {
    let Some(shape) = code.sample(call) else { return };
    code.line(format!("let reply{typed};"));
    code.lines(REPLY);
    code.line("");
    members::write(code, shape, &READER);
}

fn imports(code: &mut Code, call: &Call) {
    if call.sends_a_file() {
        code.line("const { readFile } = await import(\"node:fs/promises\");");
    }
}

pub fn functions(code: &mut Code, call: &Call, flavour: &Flavour, encodes: bool) {
    let [value, in_json, multipart, reading] = flavour.functions;
    let reading = members::functions(reading, call);
    let functions = [
        (!call.variables.is_empty()).then_some(value),
        (encodes && call.encodes(Encoding::Json)).then_some(in_json),
        matches!(call.body, Body::Multipart(_)).then_some(multipart),
        reading.as_deref(),
    ];
    code.functions(functions);
}

pub fn variables(code: &mut Code, call: &Call, names: &Names<'_>) {
    code.variables(call, names, |name, asked| format!("const {name} = value({asked});"));
    if !call.variables.is_empty() {
        code.line("");
    }
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    if matches!(call.body, Body::Multipart(_)) {
        code.line("const boundary = crypto.randomUUID();");
    }
    code.open(format!("response = await fetch({}, {{", names.text(&call.url)));
    code.line(format!("method: {},", literal::javascript(&call.method)));
    headers(code, call, names);
    match &call.body {
        Body::None => {}
        Body::Form(fields) => {
            code.open("body: new URLSearchParams([");
            for (name, value) in fields {
                code.line(format!("[{}, {}],", names.text(name), names.text(value)));
            }
            code.close("]),");
        }
        Body::Raw(text) => code.line(format!("body: {},", names.text(text))),
        Body::File(path) => code.line(format!("body: await readFile({}),", names.text(path))),
        Body::Multipart(parts) => {
            code.open("body: multipart(boundary, [");
            for part in parts {
                let of =
                    part.content_type.as_deref().map_or("null".to_owned(), literal::javascript);
                let (content, path) = match &part.content {
                    PartContent::Value(text) => (names.text(text), "null".to_owned()),
                    PartContent::File(path) => {
                        let path = names.text(path);
                        (format!("await readFile({path})"), path)
                    }
                };
                code.line(format!("[{}, {content}, {path}, {of}],", names.text(&part.name)));
            }
            code.close("]),");
        }
    }
    code.line("redirect: \"manual\",");
    code.line("signal: AbortSignal.timeout(30_000),");
    code.close("});");
}

fn headers(code: &mut Code, call: &Call, names: &Names<'_>) {
    let multipart = matches!(call.body, Body::Multipart(_));
    if call.headers.is_empty() && call.basic.is_none() && !multipart {
        return;
    }
    code.open("headers: [");
    if multipart {
        code.line("[\"Content-Type\", `multipart/form-data; boundary=${boundary}`],");
    }
    for (name, value) in &call.headers {
        code.line(format!("[{}, {}],", literal::javascript(name), names.text(value)));
    }
    if let Some(basic) = &call.basic {
        let value = format!("Buffer.from({}).toString(\"base64\")", names.text(&basic.pair()));
        code.line(format!("[\"Authorization\", \"Basic \" + {value}],"));
    }
    code.close("],");
}

//! Java 17 in one file, without libraries: it brings the reader of JSON that the platform does not have.

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

pub const LANGUAGE: Language =
    Language { name: "java", title: "Java", file: "Sample.java", run: "java Sample.java", program };

const SYNTAX: Syntax = Syntax {
    literal: literal::java,
    plus: " + ",
    sigil: "",
    json: |name| format!("inJson({name})"),
    percent: |name| format!("percent({name})"),
    reserved: "abstract assert boolean break byte case catch char class const continue default do \
         double else enum extends final finally float for goto if implements import \
         instanceof int interface long native new package private protected public return \
         short static strictfp super switch synchronized this throw throws transient try void \
         volatile while true false null var record yield sealed permits _ sample json string \
         value injson percent form multipart get show size fail main args request response \
         client boundary body text reply why i j k l m n System Duration HttpClient \
         HttpRequest HttpResponse URI URLEncoder StandardCharsets Files Path List Map Object \
         Integer StringBuilder Matcher Pattern Base64 UUID IOException InterruptedException \
         IllegalArgumentException RuntimeException ArrayList LinkedHashMap Collectors \
         StringJoiner ByteArrayOutputStream Math Character Override quoted non",
};

const READER: Reader = Reader {
    show: |path| format!("show(reply{});", members::arguments(path, literal::java, "")),
    each: |path, index| {
        let path = members::arguments(path, literal::java, "");
        (format!("for (int {index} = 0; {index} < size(reply{path}); {index}++) {{"), "}")
    },
};

const FAIL: &str = r#"
static void fail(int code, String said) {
    System.err.println(said);
    System.exit(code);
}
"#;

const VALUE: &str = r#"
/** A value that the call needs: the environment's, else the default. */
static String value(String name, String fallback) {
    String found = System.getenv().getOrDefault(name, fallback);
    if (found == null) {
        fail(2, name + " is not set: give it in the environment");
    }
    return found;
}
"#;

const PERCENT: &str = r#"
static String percent(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
}
"#;

const FORM: &str = r#"
/** Pairs of a name and a value, in their order. */
static String form(String... pairs) {
    StringJoiner fields = new StringJoiner("&");
    for (int i = 0; i < pairs.length; i += 2) {
        fields.add(URLEncoder.encode(pairs[i], StandardCharsets.UTF_8)
            + "=" + URLEncoder.encode(pairs[i + 1], StandardCharsets.UTF_8));
    }
    return fields.toString();
}
"#;

const MULTIPART: &str = r#"
/** Each part: its name, its value or else the path of its file, its type. */
static byte[] multipart(String boundary, String[]... parts) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (String[] part : parts) {
        String head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + quoted(part[0]) + "\"";
        if (part[1] == null) {
            head += "; filename=\"" + quoted(Path.of(part[2]).getFileName().toString()) + "\"";
        }
        if (part[3] != null) {
            head += "\r\nContent-Type: " + part[3];
        }
        body.write((head + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
        body.write(part[1] == null
            ? Files.readAllBytes(Path.of(part[2])) : part[1].getBytes(StandardCharsets.UTF_8));
        body.write("\r\n".getBytes(StandardCharsets.UTF_8));
    }
    body.write(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
    return body.toByteArray();
}

static String quoted(String text) {
    return text.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
}
"#;

const IN_JSON: &str = r#"
/** As it is written between the quotes of a JSON string. */
static String inJson(String text) {
    StringBuilder written = new StringBuilder();
    for (char character : text.toCharArray()) {
        if (character == '"' || character == '\\') {
            written.append('\\').append(character);
        } else if (character < ' ') {
            written.append(String.format("\\u%04x", (int) character));
        } else {
            written.append(character);
        }
    }
    return written.toString();
}
"#;

const READING: &str = include_str!("java/reading.txt");

const REPLY: &str = r#"
Object reply = null;
try {
    reply = Json.read(text);
} catch (RuntimeException why) {
    fail(1, "The reply is not JSON: " + why.getMessage());
}
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("    ", "//");
    let names = Names::new(call, &SYNTAX);
    let reading = members::functions(READING, call);
    code.opening(call, "Needs Java 17 or later, and no libraries", LANGUAGE.run);
    code.line("");
    for import in [
        "java.io.ByteArrayOutputStream",
        "java.io.IOException",
        "java.net.URI",
        "java.net.URLEncoder",
        "java.net.http.HttpClient",
        "java.net.http.HttpRequest",
        "java.net.http.HttpResponse",
        "java.nio.charset.StandardCharsets",
        "java.nio.file.Files",
        "java.nio.file.Path",
        "java.time.Duration",
        "java.util.*",
        "java.util.regex.*",
        "java.util.stream.Collectors",
    ] {
        code.line(format!("import {import};"));
    }
    code.line("");
    code.open("public final class Sample {");
    main(&mut code, call, &names);
    code.functions([
        Some(FAIL),
        (!call.variables.is_empty()).then_some(VALUE),
        call.encodes(Encoding::Percent).then_some(PERCENT),
        matches!(call.body, Body::Form(_)).then_some(FORM),
        matches!(call.body, Body::Multipart(_)).then_some(MULTIPART),
        (call.shape().is_some() || call.encodes(Encoding::Json)).then_some(IN_JSON),
        reading.as_deref(),
    ]);
    code.close("}");
    code.finish()
}

fn main(code: &mut Code, call: &Call, names: &Names<'_>) {
    code.open("public static void main(String[] args) throws InterruptedException {");
    for variable in &call.variables {
        let name = literal::java(&variable.name);
        let default = variable.default.as_ref().map_or("null".to_owned(), |text| names.text(text));
        code.line(format!("String {} = value({name}, {default});", names.of(&variable.name)));
    }
    code.line("");
    code.line("HttpResponse<String> response = null;");
    code.open("try {");
    request(code, call, names);
    code.close("} catch (IOException | IllegalArgumentException why) {");
    code.line("    fail(1, \"Failed: \" + why);");
    code.line("}");
    code.line("");
    code.lines(
        r#"
String text = response.body();
System.out.println("Response Status Code = " + response.statusCode());
System.out.println("Response Body:");
System.out.println(text);
if (response.statusCode() >= 400) {
    fail(1, "Failed: " + response.statusCode() + "\n" + text);
}"#,
    );
    code.reply(call, REPLY, &READER);
    code.close("}");
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    let publisher = match &call.body {
        Body::None => "HttpRequest.BodyPublishers.noBody()".to_owned(),
        Body::Raw(text) => format!("HttpRequest.BodyPublishers.ofString({})", names.text(text)),
        Body::File(path) => {
            format!("HttpRequest.BodyPublishers.ofFile(Path.of({}))", names.text(path))
        }
        Body::Multipart(_) => "HttpRequest.BodyPublishers.ofByteArray(body)".to_owned(),
        Body::Form(_) => "HttpRequest.BodyPublishers.ofString(body)".to_owned(),
    };
    match &call.body {
        Body::Form(fields) => {
            code.line("String body = form(");
            for (at, (name, value)) in fields.iter().enumerate() {
                let end = if at + 1 == fields.len() { "" } else { "," };
                code.line(format!("    {}, {}{end}", names.text(name), names.text(value)));
            }
            code.line(");");
        }
        Body::Multipart(parts) => {
            code.line("String boundary = UUID.randomUUID().toString();");
            code.line("byte[] body = multipart(boundary");
            for part in parts {
                let of = part.content_type.as_deref().map_or("null".to_owned(), literal::java);
                let (value, path) = match &part.content {
                    PartContent::Value(text) => (names.text(text), "null".to_owned()),
                    PartContent::File(path) => ("null".to_owned(), names.text(path)),
                };
                let name = names.text(&part.name);
                code.line(format!("    , new String[] {{{name}, {value}, {path}, {of}}}"));
            }
            code.line(");");
        }
        _ => {}
    }
    code.line(format!(
        "HttpRequest.Builder request = HttpRequest.newBuilder(URI.create({}))",
        names.text(&call.url)
    ));
    code.line("    .timeout(Duration.ofSeconds(30))");
    for (name, value) in &call.headers {
        code.line(format!("    .header({}, {})", literal::java(name), names.text(value)));
    }
    if let Some(basic) = &call.basic {
        let pair = format!("{}.getBytes(StandardCharsets.UTF_8)", names.operand(&basic.pair()));
        code.line(format!("    .header(\"Authorization\", \"Basic \" + Base64.getEncoder().encodeToString({pair}))"));
    }
    if matches!(call.body, Body::Multipart(_)) {
        code.line("    .header(\"Content-Type\", \"multipart/form-data; boundary=\" + boundary)");
    }
    code.line(format!("    .method({}, {publisher});", literal::java(&call.method)));
    code.line("HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(30)).build();");
    code.line("response = client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));");
}

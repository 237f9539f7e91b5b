//! PHP with its curl extension.

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
    Language { name: "php", title: "PHP", file: "sample.php", run: "php sample.php", program };

const SYNTAX: Syntax = Syntax {
    literal: literal::php,
    plus: " . ",
    sigil: "$",
    json: |name| format!("in_json({name})"),
    percent: |name| format!("rawurlencode({name})"),
    reserved: "this globals _server _get _post _files _cookie _session _request _env argv argc curl \
         text status reply boundary parts body i j k l m n found path why \
         http_response_header php_errormsg",
};

const READER: Reader = Reader {
    show: |path| format!("show($reply{});", members::arguments(path, literal::php, "$")),
    each: |path, index| {
        let path = members::arguments(path, literal::php, "$");
        (format!("for (${index} = 0; ${index} < size($reply{path}); ${index}++) {{"), "}")
    },
};

const FAIL: &str = r#"
function fail(int $code, string $said): never
{
    fwrite(STDERR, "$said\n");
    exit($code);
}
"#;

const VALUE: &str = r#"
/** A value that the call needs: the environment's, else the default. */
function value(string $name, ?string $default = null): string
{
    $found = getenv($name);
    return $found !== false ? $found : $default ?? fail(2, "$name is not set: give it in the environment");
}
"#;

const IN_JSON: &str = r#"
/** As it is written between the quotes of a JSON string. */
function in_json(string $text): string
{
    return substr(json_encode($text, JSON_THROW_ON_ERROR), 1, -1);
}
"#;

const FORM: &str = r#"
/** Pairs of a name and a value, in their order. */
function form(array $fields): string
{
    return implode('&', array_map(fn ($field) => urlencode($field[0]) . '=' . urlencode($field[1]), $fields));
}
"#;

const MULTIPART: &str = r#"
/** Each part: its name, its value or else the path of its file, its type. */
function multipart(string $boundary, array $parts): string
{
    $quoted = fn ($text) => str_replace(['"', "\r", "\n"], ['%22', '%0D', '%0A'], $text);
    $body = '';
    foreach ($parts as [$name, $value, $path, $type]) {
        $body .= "--$boundary\r\nContent-Disposition: form-data; name=\"{$quoted($name)}\"";
        $body .= $path === null ? '' : "; filename=\"{$quoted(basename($path))}\"";
        $body .= $type === null ? '' : "\r\nContent-Type: $type";
        $body .= "\r\n\r\n" . ($path === null ? $value : read($path)) . "\r\n";
    }
    return "$body--$boundary--\r\n";
}
"#;

const READ: &str = r#"
function read(string $path): string
{
    $content = @file_get_contents($path);
    return $content !== false ? $content : fail(1, "Failed: $path cannot be read");
}
"#;

const READING: &str = r#"
/** What is at the path, in an array; an empty one where there is nothing. */
function get(mixed $found, string|int ...$path): array
{
    foreach ($path as $step) {
        $found = (array) (is_object($found) || is_array($found) ? $found : []);
        if (!array_key_exists($step, $found)) {
            return [];
        }
        $found = $found[$step];
    }
    return [$found];
}

/** How many elements the array at the path has; it is shown where it has none. */
function size(mixed $reply, string|int ...$path): int
{
    $found = get($reply, ...$path)[0] ?? null;
    if (!is_array($found) || $found === []) {
        show($reply, ...$path);
        return 0;
    }
    return count($found);
}

/** Prints what is at the path. */
function show(mixed $reply, string|int ...$path): void
{
    $label = ltrim(implode('', array_map(fn ($step) => is_int($step) ? "[$step]" : ".$step", $path)), '.');
    $found = get($reply, ...$path);
    $text = $found === [] ? '(absent)' : $found[0];
    echo "$label = ", is_string($text) ? $text : json_encode($text, JSON_UNESCAPED_SLASHES), "\n";
}
"#;

const ANSWER: &str = r#"
$text = curl_exec($curl);
if ($text === false) {
    fail(1, 'Failed: ' . curl_error($curl));
}
$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
echo "Response Status Code = $status\nResponse Body:\n$text\n";
if ($status >= 400) {
    fail(1, "Failed: $status\n$text");
}
"#;

const REPLY: &str = r#"
try {
    $reply = json_decode($text, false, 512, JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
} catch (JsonException $why) {
    fail(1, 'The reply is not JSON: ' . $why->getMessage());
}
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("    ", "//");
    let names = Names::new(call, &SYNTAX);
    let reading = members::functions(READING, call);
    code.line("<?php");
    code.opening(call, "Needs PHP 8.1 or later and its curl extension", LANGUAGE.run);
    let multipart = matches!(call.body, Body::Multipart(_));
    code.functions([
        Some(FAIL),
        (!call.variables.is_empty()).then_some(VALUE),
        call.encodes(Encoding::Json).then_some(IN_JSON),
        matches!(call.body, Body::Form(_)).then_some(FORM),
        multipart.then_some(MULTIPART),
        (multipart || matches!(call.body, Body::File(_))).then_some(READ),
        reading.as_deref(),
    ]);
    code.line("");
    code.variables(call, &names, |name, asked| format!("{name} = value({asked});"));
    code.line("");
    request(&mut code, call, &names);
    code.line("");
    code.lines(ANSWER);
    code.reply(call, REPLY, &READER);
    code.finish()
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    if matches!(call.body, Body::Multipart(_)) {
        code.line("$boundary = bin2hex(random_bytes(16));");
    }
    code.line(format!("$curl = curl_init({});", names.text(&call.url)));
    code.open("curl_setopt_array($curl, [");
    code.line(format!("CURLOPT_CUSTOMREQUEST => {},", literal::php(&call.method)));
    if call.method == "HEAD" {
        code.line("CURLOPT_NOBODY => true,");
    }
    code.line("CURLOPT_RETURNTRANSFER => true,");
    code.line("CURLOPT_TIMEOUT => 30,");
    code.open("CURLOPT_HTTPHEADER => [");
    for (name, value) in &call.headers {
        if value.is_empty() {
            code.line(format!("{},", literal::php(&format!("{name};"))));
            continue;
        }
        let mut header = crate::text::Text::of_literal(&format!("{name}: "));
        header.append(value.clone());
        code.line(format!("{},", names.text(&header)));
    }
    if matches!(call.body, Body::Multipart(_)) {
        code.line("\"Content-Type: multipart/form-data; boundary=$boundary\",");
    }
    code.close("],");
    if let Some(basic) = &call.basic {
        let [user, password] = [&basic.username, &basic.password].map(|text| names.text(text));
        code.line(format!("CURLOPT_USERNAME => {user},"));
        code.line(format!("CURLOPT_PASSWORD => {password},"));
    }
    match &call.body {
        Body::None if call.method == "POST" => code.line("CURLOPT_POSTFIELDS => '',"),
        Body::None => {}
        Body::Raw(text) => code.line(format!("CURLOPT_POSTFIELDS => {},", names.text(text))),
        Body::File(path) => code.line(format!("CURLOPT_POSTFIELDS => read({}),", names.text(path))),
        Body::Form(fields) => {
            code.open("CURLOPT_POSTFIELDS => form([");
            for (name, value) in fields {
                code.line(format!("[{}, {}],", names.text(name), names.text(value)));
            }
            code.close("]),");
        }
        Body::Multipart(parts) => {
            code.open("CURLOPT_POSTFIELDS => multipart($boundary, [");
            for part in parts {
                let of = part.content_type.as_deref().map_or("null".to_owned(), literal::php);
                let (value, path) = match &part.content {
                    PartContent::Value(text) => (names.text(text), "null".to_owned()),
                    PartContent::File(path) => ("null".to_owned(), names.text(path)),
                };
                code.line(format!("[{}, {value}, {path}, {of}],", names.text(&part.name)));
            }
            code.close("]),");
        }
    }
    code.close("]);");
}

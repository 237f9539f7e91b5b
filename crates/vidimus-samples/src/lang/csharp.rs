//! C# with what .NET brings.

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
    name: "csharp",
    title: "C#",
    file: "Program.cs",
    run: "dotnet run (in a console project)",
    program,
};

const SYNTAX: Syntax = Syntax {
    literal: literal::csharp,
    plus: " + ",
    sigil: "",
    json: |name| format!("InJson({name})"),
    percent: |name| format!("Uri.EscapeDataString({name})"),
    reserved: "abstract as base bool break byte case catch char checked class const continue \
         decimal default delegate do double else enum event explicit extern false finally \
         fixed float for foreach goto if implicit in int interface internal is lock long \
         namespace new null object operator out override params private protected public \
         readonly ref return sbyte sealed short sizeof stackalloc static string struct switch \
         this throw true try typeof uint ulong unchecked unsafe ushort using virtual void \
         volatile while await async var dynamic record args value injson get show size fail \
         http handler request response form text reply why uri console encoding convert file \
         path environment i j k l m n System Exception HttpClient HttpClientHandler \
         HttpRequestMessage HttpResponseMessage HttpMethod HttpRequestException \
         TaskCanceledException TimeSpan JsonElement JsonDocument JsonException JsonValueKind \
         JsonSerializer KeyValuePair FormUrlEncodedContent ByteArrayContent \
         MultipartFormDataContent ContentDispositionHeaderValue AuthenticationHeaderValue \
         Quoted Math part0 part1 part2 part3 part4 part5 part6 part7 part8 part9 nameof when \
         and or not with required field",
};

const READER: Reader = Reader {
    show: |path| format!("Show(reply{});", members::arguments(path, literal::csharp, "")),
    each: |path, index| {
        let path = members::arguments(path, literal::csharp, "");
        (format!("for (var {index} = 0; {index} < Size(reply{path}); {index}++) {{"), "}")
    },
};

const FAIL: &str = r#"
static void Fail(int code, string said)
{
    Console.Error.WriteLine(said);
    Environment.Exit(code);
}
"#;

const VALUE: &str = r#"
// A value that the call needs: the environment's, else the default.
static string Value(string name, string? fallback = null)
{
    var found = Environment.GetEnvironmentVariable(name) ?? fallback;
    if (found is null)
    {
        Fail(2, $"{name} is not set: give it in the environment");
    }
    return found!;
}
"#;

const IN_JSON: &str = r#"
// As it is written between the quotes of a JSON string.
static string InJson(string text) => JsonSerializer.Serialize(text)[1..^1];
"#;

const READING: &str = r#"
// What is at the path.
static JsonElement? Get(JsonElement reply, params object[] path)
{
    foreach (var step in path)
    {
        if (step is string name && reply.ValueKind == JsonValueKind.Object && reply.TryGetProperty(name, out var member))
        {
            reply = member;
        }
        else if (step is int index && reply.ValueKind == JsonValueKind.Array && index < reply.GetArrayLength())
        {
            reply = reply[index];
        }
        else
        {
            return null;
        }
    }
    return reply;
}

// How many elements the array at the path has; it is shown where it has none.
static int Size(JsonElement reply, params object[] path)
{
    var size = Get(reply, path) is { ValueKind: JsonValueKind.Array } found ? found.GetArrayLength() : 0;
    if (size == 0)
    {
        Show(reply, path);
    }
    return size;
}

// Prints what is at the path.
static void Show(JsonElement reply, params object[] path)
{
    var label = string.Concat(path.Select(step => step is int ? $"[{step}]" : $".{step}"));
    var text = Get(reply, path) switch
    {
        null => "(absent)",
        { ValueKind: JsonValueKind.String } found => found.GetString(),
        { } found => found.GetRawText(),
    };
    Console.WriteLine($"{(label.StartsWith('.') ? label[1..] : label)} = {text}");
}
"#;

const ANSWER: &str = r#"
Console.WriteLine($"Response Status Code = {(int)response.StatusCode}");
Console.WriteLine("Response Body:");
Console.WriteLine(text);
if ((int)response.StatusCode >= 400)
{
    Fail(1, $"Failed: {(int)response.StatusCode} {response.ReasonPhrase}\n{text}");
}
"#;

const REPLY: &str = r#"
JsonElement reply = default;
try
{
    reply = JsonDocument.Parse(text).RootElement;
}
catch (JsonException why)
{
    Fail(1, $"The reply is not JSON: {why.Message}");
}
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("    ", "//");
    let names = Names::new(call, &SYNTAX);
    let reading = members::functions(READING, call);
    code.opening(call, "Needs .NET 8 or later, and no packages", LANGUAGE.run);
    code.line("");
    code.lines(
        "#nullable enable\nusing System;\nusing System.Collections.Generic;\nusing System.IO;\n\
         using System.Linq;\nusing System.Net.Http;\nusing System.Net.Http.Headers;\nusing System.Text;\n\
         using System.Text.Json;\nusing System.Threading.Tasks;",
    );
    code.line("");
    code.variables(call, &names, |name, asked| format!("var {name} = Value({asked});"));
    code.line("");
    code.line("using var handler = new HttpClientHandler { AllowAutoRedirect = false };");
    code.line("using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(30) };");
    request(&mut code, call, &names);
    code.line("");
    code.lines(
        r#"
HttpResponseMessage response = null!;
var text = "";
try
{
    response = await http.SendAsync(request);
    text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
}
catch (Exception why) when (why is HttpRequestException or TaskCanceledException)
{
    Fail(1, $"Failed: {why.Message}");
}"#,
    );
    code.line("");
    code.lines(ANSWER);
    code.reply(call, REPLY, &READER);
    code.functions([
        Some(FAIL),
        (!call.variables.is_empty()).then_some(VALUE),
        call.encodes(Encoding::Json).then_some(IN_JSON),
        reading.as_deref(),
    ]);
    code.finish()
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    let method = literal::csharp(&call.method);
    let url = names.text(&call.url);
    code.line(format!(
        "using var request = new HttpRequestMessage(new HttpMethod({method}), {url});"
    ));
    match &call.body {
        Body::None => {}
        Body::Form(fields) => {
            code.lines(
                "request.Content = new FormUrlEncodedContent(new KeyValuePair<string, string>[]\n{",
            );
            for (name, value) in fields {
                code.line(format!("    new({}, {}),", names.text(name), names.text(value)));
            }
            code.line("});");
        }
        Body::Raw(text) => {
            let bytes = format!("Encoding.UTF8.GetBytes({})", names.text(text));
            code.line(format!("request.Content = new ByteArrayContent({bytes});"));
        }
        Body::File(path) => {
            let bytes = format!("File.ReadAllBytes({})", names.text(path));
            code.line(format!("request.Content = new ByteArrayContent({bytes});"));
        }
        Body::Multipart(parts) => multipart(code, parts, names),
    }
    for (name, value) in &call.headers {
        let (name, value) = (literal::csharp(name), names.text(value));
        if name.eq_ignore_ascii_case("\"content-type\"") {
            if call.body != Body::None {
                code.line("request.Content.Headers.Remove(\"Content-Type\");");
                code.line(format!(
                    "request.Content.Headers.TryAddWithoutValidation({name}, {value});"
                ));
            }
        } else {
            code.line(format!("request.Headers.TryAddWithoutValidation({name}, {value});"));
        }
    }
    if let Some(basic) = &call.basic {
        let bytes = format!("Encoding.UTF8.GetBytes({})", names.text(&basic.pair()));
        code.line(format!(
            "request.Headers.Authorization = new AuthenticationHeaderValue(\"Basic\", Convert.ToBase64String({bytes}));"
        ));
    }
}

fn multipart(code: &mut Code, parts: &[Part], names: &Names<'_>) {
    code.line("var form = new MultipartFormDataContent();");
    for (at, part) in parts.iter().enumerate() {
        let (bytes, file) = match &part.content {
            PartContent::Value(text) => {
                (format!("Encoding.UTF8.GetBytes({})", names.text(text)), String::new())
            }
            PartContent::File(path) => {
                let path = names.text(path);
                (
                    format!("File.ReadAllBytes({path})"),
                    format!(", FileName = Quoted(Path.GetFileName({path}))"),
                )
            }
        };
        code.line(format!("var part{at} = new ByteArrayContent({bytes});"));
        if let Some(of) = &part.content_type {
            let of = literal::csharp(of);
            code.line(format!("part{at}.Headers.TryAddWithoutValidation(\"Content-Type\", {of});"));
        }
        let name = format!("Quoted({})", names.text(&part.name));
        code.line(format!(
            "part{at}.Headers.ContentDisposition = new ContentDispositionHeaderValue(\"form-data\") {{ Name = {name}{file} }};"
        ));
        code.line(format!("form.Add(part{at});"));
    }
    code.line("request.Content = form;");
    code.line(
        "static string Quoted(string text) => $\"\\\"{text.Replace(\"\\\"\", \"%22\")}\\\"\";",
    );
}

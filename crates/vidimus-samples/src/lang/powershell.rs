//! PowerShell 7.

use super::{
    Language,
    code::Code,
    literal,
    members::{self, Reader, Step},
    names::{Names, Syntax},
};
use crate::{
    call::{Body, Call, Part, PartContent},
    text::Encoding,
};

pub const LANGUAGE: Language = Language {
    name: "powershell",
    title: "PowerShell",
    file: "sample.ps1",
    run: "pwsh sample.ps1",
    program,
};

const SYNTAX: Syntax = Syntax {
    literal: literal::powershell,
    plus: " + ",
    sigil: "$",
    json: |name| format!("(In-Json {name})"),
    percent: |name| format!("[uri]::EscapeDataString({name})"),
    reserved: "args consolefilename error event eventargs eventsubscriber executioncontext false \
         foreach home host input iscoreclr islinux ismacos iswindows lastexitcode matches \
         myinvocation nestedpromptlevel null pid profile psboundparameters pscmdlet \
         pscommandpath psculture psdebugcontext psedition pshome psitem psscriptroot \
         pssenderinfo psuiculture psversiontable pwd sender shellid stacktrace switch this \
         true _ erroractionpreference progresspreference env global script local request \
         response text status reply form part body i j k l m n ofs maximumhistorycount \
         verbosepreference debugpreference warningpreference informationpreference \
         confirmpreference whatifpreference psnativecommanduseerroractionpreference \
         outputencoding found member step label size",
};

const READER: Reader = Reader {
    show: |path| format!("Show $reply{}", words(path)),
    each: |path, index| {
        (
            format!("for (${index} = 0; ${index} -lt (Size $reply{}); ${index}++) {{", words(path)),
            "}",
        )
    },
};

fn words(path: &[Step]) -> String {
    let word = |step: &Step| match step {
        Step::Name(name) => format!(" {}", literal::powershell(name)),
        Step::Index(index) => format!(" ${index}"),
    };
    path.iter().map(word).collect()
}

const FAIL: &str = r#"
function Fail($Code, $Said) {
    [Console]::Error.WriteLine($Said)
    exit $Code
}
"#;

const VALUE: &str = r#"
# A value that the call needs: the environment's, else the default.
function Value($Name, $Default = $null) {
    $found = [Environment]::GetEnvironmentVariables()[$Name] ?? $Default
    if ($null -eq $found) {
        Fail 2 "$Name is not set: give it in the environment"
    }
    return $found
}
"#;

const IN_JSON: &str = r#"
# As it is written between the quotes of a JSON string.
function In-Json($Text) {
    $quoted = [System.Text.Json.JsonSerializer]::Serialize([string]$Text)
    return $quoted.Substring(1, $quoted.Length - 2)
}
"#;

const FORM: &str = r#"
# Pairs of a name and a value, in their order.
function Form($Fields) {
    ($Fields | ForEach-Object { [uri]::EscapeDataString($_[0]) + '=' + [uri]::EscapeDataString($_[1]) }) -join '&'
}
"#;

const READING: &str = r#"
# What is at the path.
function Get-At($Found, $Path) {
    foreach ($step in $Path) {
        $member = [System.Text.Json.JsonElement]::new()
        if ($step -is [string] -and $Found.ValueKind -eq 'Object' -and $Found.TryGetProperty($step, [ref]$member)) {
            $Found = $member
        } elseif ($step -is [int] -and $Found.ValueKind -eq 'Array' -and $step -lt $Found.GetArrayLength()) {
            $Found = $Found.Item($step)
        } else {
            return $null
        }
    }
    return , $Found
}

# How many elements the array at the path has; it is shown where it has none.
function Size($Reply) {
    $found = Get-At $Reply $args
    $size = if ($null -ne $found -and $found.ValueKind -eq 'Array') { $found.GetArrayLength() } else { 0 }
    if ($size -eq 0) { Show $Reply @args }
    return $size
}

# Prints what is at the path.
function Show($Reply) {
    $label = -join ($args | ForEach-Object { if ($_ -is [int]) { "[$_]" } else { ".$_" } })
    $found = Get-At $Reply $args
    $text = if ($null -eq $found) { '(absent)' } else { $found.ToString() }
    if ($null -ne $found -and $found.ValueKind -in 'True', 'False', 'Null') { $text = $found.GetRawText() }
    [Console]::Out.WriteLine("$($label.TrimStart('.')) = $text")
}
"#;

const ANSWER: &str = r#"
$text = [Text.Encoding]::UTF8.GetString($response.RawContentStream.ToArray())
[Console]::Out.WriteLine("Response Status Code = $($response.StatusCode)")
[Console]::Out.WriteLine("Response Body:")
[Console]::Out.WriteLine($text)
if ($response.StatusCode -ge 400) {
    Fail 1 "Failed: $($response.StatusCode) $($response.StatusDescription)`n$text"
}
"#;

const REPLY: &str = r#"
try {
    $reply = [System.Text.Json.JsonDocument]::Parse($text).RootElement
} catch {
    Fail 1 "The reply is not JSON: $($_.Exception.Message)"
}
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("    ", "#");
    let names = Names::new(call, &SYNTAX);
    let reading = members::functions(READING, call);
    code.opening(call, "Needs PowerShell 7.4 or later", LANGUAGE.run);
    code.line("");
    code.line("$ErrorActionPreference = 'Stop'");
    code.functions([
        Some(FAIL),
        (!call.variables.is_empty()).then_some(VALUE),
        call.encodes(Encoding::Json).then_some(IN_JSON),
        matches!(call.body, Body::Form(_)).then_some(FORM),
        reading.as_deref(),
    ]);
    code.line("");
    for variable in &call.variables {
        let name = literal::powershell(&variable.name);
        let default = variable.default.as_ref().map(|text| format!(" ({})", names.text(text)));
        let default = default.unwrap_or_default();
        code.line(format!("{} = Value {name}{default}", names.of(&variable.name)));
    }
    code.line("");
    request(&mut code, call, &names);
    code.line("");
    code.lines(ANSWER);
    code.reply(call, REPLY, &READER);
    code.finish()
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    if let Body::Multipart(parts) = &call.body {
        multipart(code, parts, names);
    }
    code.open("$request = @{");
    code.line(format!("CustomMethod = {}", literal::powershell(&call.method)));
    code.line(format!("Uri = {}", names.text(&call.url)));
    code.line("TimeoutSec = 30");
    code.line("MaximumRedirection = 0");
    code.line("SkipHttpErrorCheck = $true");
    code.line("SkipHeaderValidation = $true");
    code.open("Headers = @{");
    for (name, value) in &call.headers {
        code.line(format!("{} = {}", literal::powershell(name), names.text(value)));
    }
    if let Some(basic) = &call.basic {
        let bytes = format!("[Text.Encoding]::UTF8.GetBytes({})", names.text(&basic.pair()));
        code.line(format!("'Authorization' = 'Basic ' + [Convert]::ToBase64String({bytes})"));
    }
    code.close("}");
    match &call.body {
        Body::None => {}
        Body::Raw(text) => {
            code.line(format!("Body = [Text.Encoding]::UTF8.GetBytes({})", names.text(text)));
        }
        Body::File(path) => {
            code.line(format!("Body = [IO.File]::ReadAllBytes({})", names.text(path)))
        }
        Body::Multipart(_) => code.line("Body = $form"),
        Body::Form(fields) => {
            code.open("Body = Form @(");
            for (at, (name, value)) in fields.iter().enumerate() {
                let end = if at + 1 == fields.len() { "" } else { "," };
                // A list of one pair would be two texts without the comma before it.
                let start = if fields.len() == 1 { ", " } else { "" };
                code.line(format!(
                    "{start}@(({}), ({})){end}",
                    names.text(name),
                    names.text(value)
                ));
            }
            code.close(")");
        }
    }
    code.close("}");
    code.line("");
    code.lines(
        r#"
try {
    $response = Invoke-WebRequest @request -ErrorAction SilentlyContinue
} catch {
    Fail 1 "Failed: $($_.Exception.Message)"
}"#,
    );
}

fn multipart(code: &mut Code, parts: &[Part], names: &Names<'_>) {
    code.line("$form = [System.Net.Http.MultipartFormDataContent]::new()");
    for part in parts {
        let (bytes, file) = match &part.content {
            PartContent::Value(text) => {
                (format!("[Text.Encoding]::UTF8.GetBytes({})", names.text(text)), None)
            }
            PartContent::File(path) => {
                let path = names.text(path);
                (format!("[IO.File]::ReadAllBytes({path})"), Some(path))
            }
        };
        code.line(format!("$part = [System.Net.Http.ByteArrayContent]::new({bytes})"));
        if let Some(of) = &part.content_type {
            let of = literal::powershell(of);
            code.line(format!("[void]$part.Headers.TryAddWithoutValidation('Content-Type', {of})"));
        }
        code.line("$part.Headers.ContentDisposition = [System.Net.Http.Headers.ContentDispositionHeaderValue]::new('form-data')");
        let name = names.text(&part.name);
        code.line(format!("$part.Headers.ContentDisposition.Name = '\"' + {name} + '\"'"));
        if let Some(path) = file {
            let file = format!("[IO.Path]::GetFileName({path})");
            code.line(format!("$part.Headers.ContentDisposition.FileName = '\"' + {file} + '\"'"));
        }
        code.line("$form.Add($part)");
    }
}

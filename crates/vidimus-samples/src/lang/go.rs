//! Go with its standard library.

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

pub const LANGUAGE: Language =
    Language { name: "go", title: "Go", file: "sample.go", run: "go run sample.go", program };

const SYNTAX: Syntax = Syntax {
    literal: literal::go,
    plus: " + ",
    sigil: "",
    json: |name| format!("inJSON({name})"),
    percent: |name| format!("percent({name})"),
    reserved: "break case chan const continue default defer else fallthrough for func go goto if \
         import interface map package range return select struct switch type var any append \
         bool byte cap close copy delete error false int iota len make new nil panic print \
         println string true bytes json fmt io multipart textproto http url os filepath \
         strings time main value inJSON percent get show size fail form body parts part file \
         request response client text content reply err init decoder i j k l m n int64 \
         float64 uint rune complex real imag recover base64 header",
};

const READER: Reader = Reader {
    show: |path| format!("show(reply{})", members::arguments(path, literal::go, "")),
    each: |path, index| {
        let path = members::arguments(path, literal::go, "");
        (format!("for {index} := 0; {index} < size(reply{path}); {index}++ {{"), "}")
    },
};

const FAIL: &str = r#"
func fail(code int, format string, said ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", said...)
	os.Exit(code)
}
"#;

const VALUE: &str = r#"
// value is one that the call needs: the environment's, else the default.
func value(name string, fallback ...string) string {
	found, set := os.LookupEnv(name)
	if !set && len(fallback) == 0 {
		fail(2, "%s is not set: give it in the environment", name)
	}
	if !set {
		return fallback[0]
	}
	return found
}
"#;

const IN_JSON: &str = r#"
// inJSON writes it as between the quotes of a JSON string.
func inJSON(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted[1 : len(quoted)-1])
}
"#;

const PERCENT: &str = r#"
func percent(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
"#;

const FORM: &str = r#"
// form writes pairs of a name and a value, in their order.
func form(pairs ...string) string {
	var fields []string
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	return strings.Join(fields, "&")
}
"#;

const READING: &str = r#"
// get finds what is at the path.
func get(found any, path ...any) (any, bool) {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			members, _ := found.(map[string]any)
			member, there := members[step]
			if !there {
				return nil, false
			}
			found = member
		case int:
			elements, _ := found.([]any)
			if step >= len(elements) {
				return nil, false
			}
			found = elements[step]
		}
	}
	return found, true
}

// size is how many elements the array at the path has; it is shown where it has none.
func size(reply any, path ...any) int {
	found, _ := get(reply, path...)
	elements, _ := found.([]any)
	if len(elements) == 0 {
		show(reply, path...)
	}
	return len(elements)
}

// show prints what is at the path.
func show(reply any, path ...any) {
	label := ""
	for _, step := range path {
		if index, isIndex := step.(int); isIndex {
			label += fmt.Sprintf("[%d]", index)
		} else {
			label += fmt.Sprintf(".%s", step)
		}
	}
	found, there := get(reply, path...)
	text, isText := found.(string)
	if !there {
		text = "(absent)"
	} else if !isText {
		written, _ := json.Marshal(found)
		text = string(written)
	}
	fmt.Printf("%s = %s\n", strings.TrimPrefix(label, "."), text)
}
"#;

const ANSWER: &str = r#"
text, err := io.ReadAll(response.Body)
if err != nil {
	fail(1, "Failed: %v", err)
}
fmt.Printf("Response Status Code = %d\n", response.StatusCode)
fmt.Println("Response Body:")
fmt.Println(string(text))
if response.StatusCode >= 400 {
	fail(1, "Failed: %s\n%s", response.Status, text)
}
"#;

const REPLY: &str = r#"
var reply any
decoder := json.NewDecoder(strings.NewReader(string(text)))
decoder.UseNumber()
if err := decoder.Decode(&reply); err != nil {
	fail(1, "The reply is not JSON: %v", err)
}
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("\t", "//");
    let names = Names::new(call, &SYNTAX);
    let reading = members::functions(READING, call);
    code.opening(call, "Needs Go 1.18 or later, and no modules", LANGUAGE.run);
    code.line("");
    code.line("package main");
    code.line("");
    imports(&mut code, call);
    code.functions([
        Some(FAIL),
        (!call.variables.is_empty()).then_some(VALUE),
        call.encodes(Encoding::Json).then_some(IN_JSON),
        call.encodes(Encoding::Percent).then_some(PERCENT),
        matches!(call.body, Body::Form(_)).then_some(FORM),
        reading.as_deref(),
    ]);
    code.line("");
    code.open("func main() {");
    code.variables(call, &names, |name, asked| format!("{name} := value({asked})"));
    code.line("");
    request(&mut code, call, &names);
    code.line("");
    code.lines(ANSWER);
    code.reply(call, REPLY, &READER);
    code.close("}");
    code.finish()
}

fn imports(code: &mut Code, call: &Call) {
    let reads = call.shape().is_some();
    let form = matches!(call.body, Body::Form(_));
    let percent = call.encodes(Encoding::Percent);
    let in_json = call.encodes(Encoding::Json);
    let multipart = matches!(call.body, Body::Multipart(_));
    let has_parts = matches!(&call.body, Body::Multipart(parts) if !parts.is_empty());
    code.open("import (");
    for (package, is_used) in [
        ("bytes", multipart),
        ("encoding/json", reads || in_json),
        ("fmt", true),
        ("io", true),
        ("mime/multipart", multipart),
        ("net/http", true),
        ("net/textproto", has_parts),
        ("net/url", form || percent),
        ("os", true),
        ("path/filepath", multipart && call.sends_a_file()),
        ("strings", form || percent || reads || matches!(call.body, Body::Raw(_))),
        ("time", true),
    ] {
        if is_used {
            code.line(format!("\"{package}\""));
        }
    }
    code.close(")");
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    let body = match &call.body {
        Body::None => "nil".to_owned(),
        Body::Raw(text) => format!("strings.NewReader({})", names.text(text)),
        Body::Form(fields) => {
            code.open("body := strings.NewReader(form(");
            for (name, value) in fields {
                code.line(format!("{}, {},", names.text(name), names.text(value)));
            }
            code.close("))");
            "body".to_owned()
        }
        Body::File(path) => {
            code.line(format!("body, err := os.Open({})", names.text(path)));
            code.lines("if err != nil {\n\tfail(1, \"Failed: %v\", err)\n}");
            "body".to_owned()
        }
        Body::Multipart(parts) => {
            code.line("body := new(bytes.Buffer)");
            code.line("parts := multipart.NewWriter(body)");
            for part in parts {
                multipart(code, part, names);
            }
            code.line("parts.Close()");
            "body".to_owned()
        }
    };
    let (method, url) = (literal::go(&call.method), names.text(&call.url));
    code.line(format!("request, err := http.NewRequest({method}, {url}, {body})"));
    code.lines("if err != nil {\n\tfail(1, \"Failed: %v\", err)\n}");
    for (name, value) in &call.headers {
        code.line(format!("request.Header.Add({}, {})", literal::go(name), names.text(value)));
    }
    if let Some(basic) = &call.basic {
        let [user, password] = [&basic.username, &basic.password].map(|text| names.text(text));
        code.line(format!("request.SetBasicAuth({user}, {password})"));
    }
    if matches!(call.body, Body::Multipart(_)) {
        code.line("request.Header.Set(\"Content-Type\", parts.FormDataContentType())");
    }
    code.open("client := &http.Client{");
    code.line("Timeout: 30 * time.Second,");
    code.open("CheckRedirect: func(*http.Request, []*http.Request) error {");
    code.line("return http.ErrUseLastResponse");
    code.close("},");
    code.close("}");
    code.line("response, err := client.Do(request)");
    code.lines("if err != nil {\n\tfail(1, \"Failed: %v\", err)\n}");
    code.line("defer response.Body.Close()");
}

fn multipart(code: &mut Code, part: &Part, names: &Names<'_>) {
    code.open("{");
    let name = names.text(&part.name);
    let (disposition, content) = match &part.content {
        PartContent::Value(text) => (
            format!("fmt.Sprintf(`form-data; name=%q`, {name})"),
            format!("[]byte({})", names.text(text)),
        ),
        PartContent::File(path) => {
            let path = names.text(path);
            code.line(format!("file, err := os.ReadFile({path})"));
            code.lines("if err != nil {\n\tfail(1, \"Failed: %v\", err)\n}");
            (
                format!(
                    "fmt.Sprintf(`form-data; name=%q; filename=%q`, {name}, filepath.Base({path}))"
                ),
                "file".to_owned(),
            )
        }
    };
    code.line(format!(
        "header := textproto.MIMEHeader{{\"Content-Disposition\": {{{disposition}}}}}"
    ));
    if let Some(of) = &part.content_type {
        code.line(format!("header.Set(\"Content-Type\", {})", literal::go(of)));
    }
    code.line("part, _ := parts.CreatePart(header)");
    code.line(format!("part.Write({content})"));
    code.close("}");
}

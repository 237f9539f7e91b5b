//! TypeScript: openid-client where the call is one that it makes, else fetch.

use super::{
    Language,
    javascript::{self, Flavour},
    openid_client,
};
use crate::call::Call;

pub const LANGUAGE: Language = Language {
    name: "typescript",
    title: "TypeScript",
    file: "sample.ts",
    run: "npx tsx sample.ts, or node sample.ts from Node 22.18 on",
    program,
};

pub const TYPESCRIPT: Flavour = Flavour {
    needs: "Needs Node 18 or later, and no packages but the compiler's",
    run: LANGUAGE.run,
    functions: [VALUE, IN_JSON, MULTIPART, READING],
    typed: true,
};

const VALUE: &str = r#"
/** A value that the call needs: the environment's, else the default. */
function value(name: string, fallback?: string): string {
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
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
"#;

const MULTIPART: &str = r#"
/** Its name, its content, the path that it was read from, its type. */
type Part = [string, string | Uint8Array, string | null, string | null];

function multipart(boundary: string, parts: Part[]): Uint8Array<ArrayBuffer> {
  const quoted = (text: string) => text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const whole: Uint8Array[] = [];
  for (const [name, content, path, type] of parts) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
    head += path === null ? "" : `; filename="${quoted(path.split("/").pop() ?? path)}"`;
    head += type === null ? "" : `\r\nContent-Type: ${type}`;
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    whole.push(Buffer.from(`${head}\r\n\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Uint8Array.from(Buffer.concat([...whole, Buffer.from(`--${boundary}--\r\n`)]));
}
"#;

const READING: &str = r#"
type Path = (string | number)[];

/** What is at the path. */
function get(found: any, ...path: Path): any {
  for (const step of path) {
    found = found?.[step];
  }
  return found;
}

/** How many elements the array at the path has; it is shown where it has none. */
function size(reply: any, ...path: Path): number {
  const found = get(reply, ...path);
  if (!Array.isArray(found) || found.length === 0) {
    show(reply, ...path);
    return 0;
  }
  return found.length;
}

/** Prints what is at the path. */
function show(reply: any, ...path: Path): void {
  const label = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const found = get(reply, ...path);
  const text = typeof found === "string" ? found : (JSON.stringify(found) ?? "(absent)");
  console.log(`${label.replace(/^\./, "")} = ${text}`);
}
"#;

fn program(call: &Call) -> String {
    let program = match openid_client::covered(call) {
        Some(order) => openid_client::program(call, &order),
        None => javascript::program(call, &TYPESCRIPT),
    };
    // Its names are its own, and nobody else's.
    format!("{program}\nexport {{}};\n")
}

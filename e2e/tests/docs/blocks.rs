//! The fenced blocks of a page, and what their info strings ask of the runner.

/// ```` ```sh background port:9191 ```` and its relatives; an info string's first word is the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub line: usize,
    pub language: String,
    /// The rest of the info string.
    pub marks: String,
    pub text: String,
}

pub const SHELLS: [&str; 3] = ["sh", "bash", "console"];

impl Block {
    pub fn is_shell(&self) -> bool {
        SHELLS.contains(&self.language.as_str())
            || (self.language.is_empty() && self.text.lines().any(|line| line.starts_with("$ ")))
    }

    /// Why it cannot be run by a test.
    pub fn not_run(&self) -> Option<&str> {
        self.marks.strip_prefix("not-run:").map(str::trim)
    }

    /// It goes on running: the port that it will answer on.
    pub fn background(&self) -> Option<u16> {
        let mut marks = self.marks.split_whitespace();
        marks.next().filter(|mark| *mark == "background")?;
        let port = marks.next().and_then(|mark| mark.strip_prefix("port:"));
        Some(port.map_or(8080, |port| port.parse().expect("a port")))
    }

    /// A whole program, run by its own interpreter: ```` ```js run ````.
    pub fn is_program(&self) -> bool {
        self.marks == "run"
    }

    pub fn runs(&self) -> bool {
        self.is_program() || (self.is_shell() && self.not_run().is_none())
    }

    pub fn is_known(&self) -> bool {
        self.marks.is_empty()
            || self.background().is_some()
            || self.not_run().is_some_and(|why| !why.is_empty())
    }

    /// What it is to print, if it stands behind a shell block.
    pub fn is_output(&self) -> bool {
        self.marks.is_empty() && ["text", "json"].contains(&self.language.as_str())
    }
}

pub fn of(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, Block)> = None;
    for (index, line) in page.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let ticks = line.trim_start().chars().take_while(|c| *c == '`').count();
        match &mut open {
            Some((fence, block)) => {
                let ends = line.trim() == fence.as_str();
                if ends {
                    blocks.extend(open.take().map(|(_, block)| block));
                } else {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
            None if ticks >= 3 && indent < 4 => {
                let info = line.trim().trim_start_matches('`').trim();
                let (language, marks) = info.split_once(' ').unwrap_or((info, ""));
                let block = Block {
                    line: index + 1,
                    language: language.to_owned(),
                    marks: marks.trim().to_owned(),
                    text: String::new(),
                };
                open = Some(("`".repeat(ticks), block));
            }
            None => {}
        }
    }
    assert!(open.is_none(), "a fence is open at the end");
    blocks
}

/// Whether `said` is as the page has it, where each `…` stands for anything. White space does not count:
/// a page breaks lines where a program does not.
pub fn fits(expected: &str, said: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let (expected, said) = (plain(expected), plain(said));
    let open_ended = expected.ends_with('…');
    let mut pieces = expected.split('…');
    let Some(mut rest) = pieces.next().and_then(|first| said.strip_prefix(first)) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.filter(|piece| !piece.is_empty()).collect();
    for (at, piece) in pieces.iter().enumerate() {
        let last = at + 1 == pieces.len() && !open_ended;
        let found = if last {
            rest.strip_suffix(piece).map(|_| rest.len() - piece.len())
        } else {
            rest.find(piece)
        };
        let Some(found) = found else { return false };
        rest = &rest[found + piece.len()..];
    }
    open_ended || rest.is_empty()
}

#[test]
fn blocks_are_found_with_their_marks() {
    let page = "a\n```sh\nls\n```\n\n```sh not-run: needs Kong\nx\n```\n````md\n```sh\n```\n````\n\
                ```sh background port:9191\ny\n```\n```\n$ z\n```\n";
    let blocks = of(page);
    let lines: Vec<_> = blocks.iter().map(|block| block.line).collect();
    assert_eq!(lines, [2, 6, 9, 13, 16]);
    assert_eq!(blocks[1].not_run(), Some("needs Kong"));
    assert_eq!((blocks[3].background(), blocks[0].background()), (Some(9191), None));
    assert!(!blocks[2].is_shell() && blocks[4].is_shell() && blocks.iter().all(Block::is_known));
    let odd = Block { marks: "not-run:".to_owned(), ..blocks[0].clone() };
    assert!(!odd.is_known());
}

#[test]
fn dots_stand_for_anything() {
    for (expected, said) in [
        ("{\"a\":…}", "{\"a\": 1}\n"),
        ("…expired…", "why: it expired an hour ago"),
        ("a\nb", "a\r\nb\n"),
        ("{\"active\":true,…", "{\"active\":true,\"x\":1}"),
        ("a … c", "a b c"),
        ("…", "anything"),
    ] {
        assert!(fits(expected, said), "{expected} and {said}");
    }
    for (expected, said) in [
        ("a", "a b"),
        ("…b", "a b c"),
        ("a…", "b"),
        ("…x…", "abc"),
        ("a…c", "c a"),
        ("200 401", "200"),
    ] {
        assert!(!fits(expected, said), "{expected} and {said}");
    }
}

//! A tenant's own colour as a stylesheet: shifted as little as readers need, on light and on dark.
//! Contrast of text is that of WCAG 2.2 §1.4.3.

type Colour = [u8; 3];

pub const DEFAULT: Colour = [0x2f, 0x4a, 0xb8];

const WHITE: Colour = [0xff; 3];
const BLACK: Colour = [0x00; 3];
/// What stands behind in `assets/vidimus.css`, each time the one that leaves less contrast.
const LIGHT: Colour = [0xf3, 0xf4, 0xf7];
const DARK: Colour = [0x1b, 0x1e, 0x26];

const TEXT: f64 = 4.5;
/// A button's label says what it is, so that its shape need only be seen; a brand stays itself.
const SHAPE: f64 = 1.5;
const STEPS: u16 = 50;

/// The stylesheet at `/assets/accent-<rrggbb>.css`; `None` where that is no colour.
pub fn accent(hex: &str) -> Option<String> {
    parse(hex).map(stylesheet)
}

/// The six digits of `#rrggbb`, in lower case.
pub fn digits(color: &str) -> Option<String> {
    let hex = color.strip_prefix('#')?.to_ascii_lowercase();
    parse(&hex).map(|_| hex)
}

pub fn stylesheet(colour: Colour) -> String {
    format!(
        ":root{{{}}}@media (prefers-color-scheme:dark){{:root{{{}}}}}",
        variables(colour, LIGHT, BLACK),
        variables(colour, DARK, WHITE),
    )
}

/// On a background, shifted towards its opposite where it has to be.
fn variables(colour: Colour, background: Colour, opposite: Colour) -> String {
    let fill = shifted(colour, opposite, |one| contrast(one, background) >= SHAPE);
    let on = if contrast(fill, WHITE) >= TEXT { WHITE } else { BLACK };
    // Away from the text on it, so that it stays readable.
    let hover = mixed(fill, if on == WHITE { BLACK } else { WHITE }, 8);
    let text = shifted(colour, opposite, |one| contrast(one, background) >= TEXT);
    format!(
        "--accent:{};--accent-hover:{};--on-accent:{};--accent-text:{}",
        spelled(fill),
        spelled(hover),
        spelled(on),
        spelled(text)
    )
}

fn parse(hex: &str) -> Option<Colour> {
    let plain = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let number = u32::from_str_radix(hex, 16).ok().filter(|_| plain && hex.len() == 6)?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

fn spelled([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn shifted(colour: Colour, towards: Colour, is_enough: impl Fn(Colour) -> bool) -> Colour {
    let steps = (0..=STEPS).map(|step| mixed(colour, towards, step));
    steps.into_iter().find(|one| is_enough(*one)).unwrap_or(towards)
}

fn mixed([r, g, b]: Colour, [to_r, to_g, to_b]: Colour, step: u16) -> Colour {
    let mix = |from: u8, to: u8| {
        let sum = u16::from(from) * (STEPS - step) + u16::from(to) * step;
        u8::try_from(sum / STEPS).unwrap_or(to)
    };
    [mix(r, to_r), mix(g, to_g), mix(b, to_b)]
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance([red, green, blue]: Colour) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(css: &str, name: &str) -> Colour {
        let (_, rest) = css.split_once(&format!("--{name}:#")).expect(name);
        parse(&rest[..6]).expect(name)
    }

    #[test]
    fn any_colour_stays_readable_on_light_and_dark() {
        let mut seen = 0;
        for number in (0..=0xff_ffff).step_by(0x01_0f_0b) {
            let css = accent(&format!("{number:06x}")).expect("a colour");
            let (light, dark) = css.split_once("@media").expect("both");
            for (part, background) in [(light, LIGHT), (dark, DARK)] {
                let fill = variable(part, "accent");
                assert!(contrast(fill, background) >= SHAPE, "{css}");
                for behind in [fill, variable(part, "accent-hover")] {
                    assert!(contrast(variable(part, "on-accent"), behind) >= TEXT, "{css}");
                }
                assert!(contrast(variable(part, "accent-text"), background) >= TEXT, "{css}");
                seen += 1;
            }
        }
        assert!(seen > 400, "{seen}");
    }

    /// The constants are the stylesheet's own; the one that leaves less contrast counts.
    #[test]
    fn backgrounds_are_those_of_the_stylesheet() {
        let css = include_str!("../assets/vidimus.css");
        let (light, dark) = css.split_once("@media (prefers-color-scheme: dark)").expect("both");
        for (part, background, ink) in [(light, LIGHT, BLACK), (dark, DARK, WHITE)] {
            let named: Vec<Colour> =
                ["paper", "card"].iter().map(|name| variable_in(part, name)).collect();
            assert!(named.contains(&background));
            let least = contrast(background, ink);
            assert!(named.iter().all(|one| contrast(*one, ink) >= least), "{named:?}");
        }
    }

    fn variable_in(css: &str, name: &str) -> Colour {
        let (_, rest) = css.split_once(&format!("--{name}: #")).expect(name);
        parse(&rest[..6]).expect(name)
    }

    #[test]
    fn what_is_no_colour_has_no_stylesheet() {
        for text in ["", "fff", "12345g", "+12345", "FFFFFF", "1234567", "}x{a:b"] {
            assert_eq!(accent(text), None, "{text}");
        }
        assert_eq!(digits("#AaBbCc").as_deref(), Some("aabbcc"));
        assert_eq!(digits("aabbcc"), None);
        assert_eq!(digits("#aabbc\u{e9}"), None);
    }
}

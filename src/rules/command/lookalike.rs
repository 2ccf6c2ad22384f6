//! Characters that pass for others, or for nothing: what a line seems to say to the person who looks at it.
//!
//! Only used to recognise what was meant and to answer it. Nothing that had to be folded is ever carried out.

/// The line as it looks, in ASCII as far as possible; plain ASCII is unchanged.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        match c {
            _ if c.is_ascii() => folded.push(c),
            _ if c.is_whitespace() => folded.push(' '),
            // Phones and word processors make one long dash of the two hyphens of an option.
            '\u{2013}'..='\u{2015}' if folded.is_empty() || folded.ends_with(' ') => folded.push_str("--"),
            _ => folded.push(seeming(c)),
        }
    }
    folded
}

/// Whether nothing is seen of it, or it only changes the direction or the looks of its neighbours.
pub fn is_invisible(c: char) -> bool {
    let is_layout = matches!(c, '\t' | '\n' | '\r');
    (c.is_control() && !is_layout)
        || matches!(
            c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The ASCII character that `c` passes for, or `c`.
fn seeming(c: char) -> char {
    let code = u32::from(c);
    let ascii = match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Some('-'),
        '\u{2044}' | '\u{2215}' | '\u{2571}' | '\u{29f8}' => Some('/'),
        '\u{2018}'..='\u{201b}' => Some('\''),
        '\u{201c}'..='\u{201f}' | '\u{00ab}' | '\u{00bb}' => Some('"'),
        // Full-width forms are ASCII, moved.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(code - 0xfee0),
        // Mathematical alphabets: capitals and small letters by turns, then digits.
        '\u{1d400}'..='\u{1d6a3}' => letter((code - 0x1d400) % 52),
        '\u{1d7ce}'..='\u{1d7ff}' => char::from_digit((code - 0x1d7ce) % 10, 10),
        _ => LOOK_ALIKES
            .iter()
            .find(|(_, all)| all.contains(c))
            .map(|(ascii, _)| *ascii),
    };
    ascii.unwrap_or(c)
}

/// 0 to 51: `A` to `Z`, `a` to `z`.
fn letter(index: u32) -> Option<char> {
    let base = if index < 26 {
        u32::from('A')
    } else {
        u32::from('a') - 26
    };
    char::from_u32(base + index)
}

/// Cyrillic, Greek, Armenian and other Latin letters in the fonts that GitHub uses. Only the letters of our words and of likely
/// environment names matter, and a missing one merely makes the answer less helpful.
const LOOK_ALIKES: [(char, &str); 42] = [
    ('a', "\u{0430}\u{03b1}\u{0251}\u{1d00}"),
    ('b', "\u{0432}\u{0299}\u{042c}\u{044c}"),
    ('c', "\u{0441}\u{03f2}\u{1d04}"),
    ('d', "\u{0501}\u{1d05}"),
    ('e', "\u{0435}\u{03b5}\u{0454}\u{1d07}\u{0451}"),
    ('g', "\u{0261}\u{0262}\u{0581}"),
    ('h', "\u{04bb}\u{043d}\u{0570}\u{029c}"),
    ('i', "\u{0456}\u{03b9}\u{0131}\u{026a}\u{0457}"),
    ('j', "\u{0458}\u{03f3}\u{1d0a}"),
    ('k', "\u{043a}\u{03ba}\u{1d0b}"),
    ('l', "\u{04cf}\u{029f}\u{01c0}\u{217c}"),
    ('m', "\u{043c}\u{1d0d}"),
    ('n', "\u{03b7}\u{0578}\u{0274}\u{043f}"),
    ('o', "\u{043e}\u{03bf}\u{0585}\u{1d0f}\u{03c3}"),
    ('p', "\u{0440}\u{03c1}\u{1d18}"),
    ('q', "\u{051b}\u{0566}"),
    ('r', "\u{0433}\u{0280}"),
    ('s', "\u{0455}\u{017f}\u{a731}"),
    ('t', "\u{0442}\u{03c4}\u{1d1b}"),
    ('u', "\u{03c5}\u{057d}\u{1d1c}"),
    ('v', "\u{03bd}\u{0475}\u{1d20}"),
    ('w', "\u{051d}\u{1d21}\u{0461}"),
    ('x', "\u{0445}\u{03c7}"),
    ('y', "\u{0443}\u{03b3}\u{028f}"),
    ('z', "\u{1d22}"),
    ('A', "\u{0410}\u{0391}"),
    ('B', "\u{0412}\u{0392}"),
    ('C', "\u{0421}"),
    ('E', "\u{0415}\u{0395}"),
    ('H', "\u{041d}\u{0397}"),
    ('I', "\u{0406}\u{0399}\u{04c0}"),
    ('J', "\u{0408}"),
    ('K', "\u{041a}\u{039a}"),
    ('M', "\u{041c}\u{039c}"),
    ('N', "\u{039d}"),
    ('O', "\u{041e}\u{039f}"),
    ('P', "\u{0420}\u{03a1}"),
    ('S', "\u{0405}"),
    ('T', "\u{0422}\u{03a4}"),
    ('X', "\u{0425}\u{03a7}"),
    ('Y', "\u{0423}\u{03a5}"),
    ('Z', "\u{0396}"),
];

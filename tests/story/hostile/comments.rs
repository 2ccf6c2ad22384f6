//! Comments of every size and disguise. A line is a command only if GitHub shows it as one; whatever else looks like one to a
//! person is answered, and nothing happens by accident.

use crate::world::World;

/// What a comment is to get.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// Nobody could take it for a command.
    Silence,
    /// One answer, with these words in it.
    Answer(&'static str),
}

use Expected::{Answer, Silence};

const NOT_MEANT: &str = "was not taken as a command";
const TYPED_WRONG: &str = "only look like the right ones, or cannot be seen";
const UNCLEAR: &str = "so nothing was changed";
const STATUS: &str = "staging";

fn all() -> Vec<(&'static str, String, Expected)> {
    let fixed = [
        // Quotations.
        ("a quotation", "> /promote staging", Silence),
        ("a quotation in a quotation", "> > /promote staging", Silence),
        ("a quotation without a blank", ">/promote staging", Silence),
        (
            "a quotation that goes on",
            "> as you said:\n/promote staging",
            Answer(NOT_MEANT),
        ),
        ("a quotation in a list", "- > a\n  > /promote staging", Silence),
        // Code.
        ("a fence", "```\n/promote staging\n```", Silence),
        ("a fence of waves", "~~~sh\n/promote staging\n~~~", Silence),
        ("a fence that never ends", "```\n/promote staging", Silence),
        (
            "a fence that another one does not end",
            "````\n```\n/promote staging\n```\n````",
            Silence,
        ),
        (
            "a fence in Windows' line ends",
            "```\r\n/promote staging\r\n```\r\n",
            Silence,
        ),
        (
            "a fence in a list",
            "1. a\n\n   ```\n   /promote staging\n   ```",
            Silence,
        ),
        ("four blanks", "    /promote staging", Silence),
        ("a tab", "\t/promote staging", Silence),
        ("a span of code over lines", "`\n/promote staging\n`", Silence),
        // HTML.
        ("a hidden comment", "<!--\n/promote staging\n-->", Silence),
        ("a hidden comment that never ends", "<!--\n\n/promote staging", Silence),
        ("below a tag", "<b>\n/promote staging", Answer(NOT_MEANT)),
        ("a script", "<script>\n/promote staging\n</script>", Answer(NOT_MEANT)),
        (
            "something folded",
            "<details>\n\n/promote staging\n\n</details>",
            Answer(NOT_MEANT),
        ),
        // Other shapes.
        ("a heading", "# /promote staging", Silence),
        ("a list", "- /promote staging", Silence),
        ("bold", "**/promote staging**", Silence),
        ("a table", "| a |\n|---|\n| /promote staging |", Silence),
        ("in the middle of a line", "please /promote staging", Silence),
        ("a link's words", "[/promote staging](https://example.com)", Silence),
        ("a reference", "[a]: /promote", Silence),
        // Look-alikes and what cannot be seen.
        ("a Cyrillic letter", "/рromote staging", Answer(TYPED_WRONG)),
        ("a Greek letter in the name", "/promote stαging", Answer(UNCLEAR)),
        ("full-width", "／promote staging", Answer(TYPED_WRONG)),
        ("a division slash", "∕promote staging", Answer(TYPED_WRONG)),
        (
            "written from right to left",
            "\u{202e}/promote staging",
            Answer(TYPED_WRONG),
        ),
        (
            "turned within the line",
            "/promote \u{2067}staging\u{2069}",
            Answer(TYPED_WRONG),
        ),
        (
            "nothing between two letters",
            "/pro\u{200b}mote staging",
            Answer(TYPED_WRONG),
        ),
        (
            "a mark of the byte order",
            "\u{feff}/promote staging",
            Answer(TYPED_WRONG),
        ),
        ("a soft hyphen", "/promote sta\u{ad}ging", Answer(TYPED_WRONG)),
        (
            "a blank that does not break",
            "/promote\u{a0}staging",
            Answer(TYPED_WRONG),
        ),
        (
            "a tag that cannot be seen",
            "/promote staging\u{e0061}",
            Answer(UNCLEAR),
        ),
        ("a NUL", "/promote staging\0", Answer(UNCLEAR)),
        ("a bell", "/promote sta\u{7}ging", Answer(UNCLEAR)),
        ("a line end of Unicode's", "/promote staging\u{2028}", Answer(UNCLEAR)),
        // Names that lead elsewhere.
        ("a path", "/promote ../production", Answer(UNCLEAR)),
        ("a ref", "/promote refs/heads/production", Answer(UNCLEAR)),
        ("a shell", "/promote staging; rm -rf /", Answer(UNCLEAR)),
        ("a substitution", "/promote $(production)", Answer(UNCLEAR)),
        ("SQL", "/promote staging'; DROP TABLE ledger; --", Answer(UNCLEAR)),
        ("a mention", "/promote @harbour/everybody", Answer(UNCLEAR)),
        (
            "a marker of ours",
            "/promote <!-- greenlight:answer 1 -->",
            Answer(UNCLEAR),
        ),
        ("twice", "/promote staging staging", Answer(UNCLEAR)),
        ("an option nobody knows", "/promote staging --force", Answer(UNCLEAR)),
        // Honest, after all that.
        (
            "several, in Windows' line ends",
            "/status\r\n\r\nthanks\r\n",
            Answer(STATUS),
        ),
        ("old Macintosh's line ends", "hello\r/status", Answer(STATUS)),
    ];
    let mut all: Vec<(&'static str, String, Expected)> = fixed
        .into_iter()
        .map(|(what, body, expected)| (what, body.to_owned(), expected))
        .collect();
    let filled = |head: &str, unit: &str| {
        format!(
            "{head}{}",
            unit.repeat((65_536 - head.chars().count()) / unit.chars().count())
        )
    };
    all.extend([
        ("65,536 characters and no command", filled("", "a"), Silence),
        (
            "a command above 65,000 characters",
            filled("/status\n\n", "a "),
            Answer(STATUS),
        ),
        (
            "a command of 65,536 characters",
            filled("/promote ", "x"),
            Answer(UNCLEAR),
        ),
        ("a word of 65,536 characters", filled("/", "x"), Answer(UNCLEAR)),
        (
            "eleven commands",
            "/promote staging\n".repeat(11),
            Answer("more than 10 commands"),
        ),
        (
            "four thousand commands",
            filled("", "/promote staging\n"),
            Answer("more than 10 commands"),
        ),
        ("21,000 quotations", filled("", "> /a\n> "), Silence),
        ("60,000 brackets", filled("/status\n\n", "["), Answer(STATUS)),
        ("60,000 backticks", filled("/status\n\n", "`"), Answer(STATUS)),
        ("30,000 emphases", filled("/status\n\n", "*a"), Answer(STATUS)),
        ("16,000 emoji", filled("/status\n\n", "🚀"), Answer(STATUS)),
        (
            "letters under 60,000 accents",
            filled("/status\n\na", "\u{301}"),
            Answer(STATUS),
        ),
    ]);
    all
}

#[tokio::test]
async fn every_comment_gets_the_answer_it_should_and_nothing_moves() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let mut otherwise = Vec::new();
    for (what, body, expected) in all() {
        let comment = world.writes("anna", promotion, &body);
        world.settle().await;
        let answer = world.answer_to(promotion, comment);
        let is_right = match (expected, &answer) {
            (Silence, None) => true,
            (Answer(words), Some(said)) => said.contains(words) && said.chars().count() < 6_000,
            _ => false,
        };
        if !is_right {
            otherwise.push(format!("{what}: {answer:?}"));
        }
    }
    assert_eq!(otherwise, Vec::<String>::new());
    assert_eq!(world.moves("staging"), 0);
    assert_eq!(world.moves("production"), 0);
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
}

/// GitHub shows a ghost in the place of whoever deleted their account.
#[tokio::test]
async fn a_comment_of_nobody_is_nobodys_word() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    for login in ["ghost", "dependabot[bot]"] {
        world.writes(login, promotion, "/promote staging");
        world.settle().await;
    }
    assert_eq!(world.moves("staging"), 0);
}

//! What a comment asks for, and what a person reads who wrote it a little wrong.

use greenlight::rules::command::{COMMANDS_MAX, Command, Named, mentions_command, read};
use greenlight::rules::id::{EnvironmentName, PullNumber};
use greenlight::rules::words::misread::{quote, sentence};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

fn promote(environment: &str, dry_run: bool) -> Command {
    Command::Promote {
        environment: EnvironmentName::from(environment),
        at: None,
        without: Vec::new(),
        dry_run,
    }
}

/// The commands of a comment that has nothing to complain about.
fn commands(body: &str) -> Vec<Command> {
    read(body).into_iter().map(|one| one.expect(body)).collect()
}

/// The one answer to a comment with one misread line.
fn answer(body: &str) -> String {
    match read(body).as_slice() {
        [Err(misread)] => sentence(misread),
        other => panic!("{body:?} was read as {other:?}"),
    }
}

fn nearest(body: &str) -> Option<String> {
    match read(body).as_slice() {
        [Err(misread)] => misread.nearest.clone(),
        other => panic!("{body:?} was read as {other:?}"),
    }
}

#[test]
fn a_line_that_starts_with_a_slash_is_a_command() {
    assert_eq!(commands("/promote staging"), [promote("staging", false)]);
    assert_eq!(commands("/PROMOTE Staging  --dry-run "), [promote("Staging", true)]);
    assert_eq!(commands("   /promote\t--dry-run staging"), [promote("staging", true)]);
    assert_eq!(
        commands("Looks good!\r\n/promote staging\r\nThanks"),
        [promote("staging", false)]
    );
    assert_eq!(commands("/status  \n/help"), [Command::Status, Command::Help]);
    assert_eq!(commands("Points:\n- one\n- two\n/cancel"), [Command::Cancel]);
    assert_eq!(
        commands("/cancel\n-- \nAnna"),
        [Command::Cancel],
        "a signature makes it a heading"
    );
    assert_eq!(commands("**Please\n/cancel\nnow**"), [Command::Cancel]);
}

#[test]
fn what_github_does_not_show_as_a_line_of_its_own_is_not_read() {
    for body in [
        "```\n/promote staging\n```",
        "~~~sh\n/promote staging",
        "Text\n\n    /promote staging",
        "> /promote staging",
        "> > deep\n> /promote staging",
        "- > quoted in a list\n  > /promote staging",
        "`one\n/promote staging\ntwo`",
        "<!--\n/promote staging\n-->",
        "Text <!-- hidden\n/promote staging\n--> more",
        "~~old\n/promote staging\nnews~~",
        "[a link\n/promote staging\n](https://example.com)",
        "- /promote staging",
        "# /promote staging",
        "\\/promote staging",
        "say /promote staging",
        "| a |\n|---|\n/promote staging |",
        "Text\n     /promote staging",
    ] {
        assert_eq!(read(body), [], "{body}");
    }
}

#[test]
fn paths_and_prose_are_not_commands() {
    for body in [
        "/etc/hosts is broken",
        "/api/v1",
        "/etc is full",
        "/home is slow",
        "/promote/staging",
        "/status/health answers 500",
        "/v2",
        "/",
        "// comment",
        "/ promote staging",
        "/*",
        "/home-page",
        "no command at all",
        "",
    ] {
        assert_eq!(read(body), [], "{body}");
    }
}

#[test]
fn a_word_nobody_knows_is_answered_when_it_is_near_or_alone() {
    insta::assert_snapshot!(answer("/promte staging --dryrun"), @"I do not know the command `/promte`, so nothing was changed. If you meant `/promote staging --dry-run`, please write that in a new comment.");
    insta::assert_snapshot!(answer("/lgtm"), @"I do not know the command `/lgtm`, so nothing was changed. `/help` lists what you can say here.");
    insta::assert_snapshot!(answer("/statsu"), @"I do not know the command `/statsu`, so nothing was changed. If you meant `/status`, please write that in a new comment.");
    assert_eq!(nearest("/promote-staging").as_deref(), Some("/promote staging"));
    assert_eq!(nearest("/promote: staging").as_deref(), Some("/promote staging"));
    assert_eq!(
        nearest("/promote--dry-run staging").as_deref(),
        Some("/promote staging --dry-run")
    );
    assert_eq!(nearest("/status.").as_deref(), Some("/status"));
    assert_eq!(nearest("/hepl me please").as_deref(), Some("/help"));
}

#[test]
fn a_command_that_is_not_complete_shows_the_right_form() {
    insta::assert_snapshot!(answer("/promote"), @"`/promote` does not say which environment is meant, so nothing was changed. Please write `/promote <environment>` in a new comment.");
    insta::assert_snapshot!(answer("/promote --dry-run"), @"`/promote --dry-run` does not say which environment is meant, so nothing was changed. Please write `/promote <environment> --dry-run` in a new comment.");
    insta::assert_snapshot!(answer("/promote staging please"), @"I cannot make sense of `please` in `/promote staging please`, so nothing was changed. Please write `/promote staging` in a new comment.");
    insta::assert_snapshot!(answer("/promote staging --dryrun"), @"I do not know the option `--dryrun`, so nothing was changed. The only option is `--dry-run`, which shows what would go without moving anything. Please write `/promote staging --dry-run` in a new comment.");
    insta::assert_snapshot!(answer("/promote staging --force"), @"I do not know the option `--force`, so nothing was changed. The only option is `--dry-run`, which shows what would go without moving anything. Please write `/promote staging` in a new comment.");
    insta::assert_snapshot!(answer("/promote `staging`"), @"`‘staging‘` cannot be the name of an environment, so nothing was changed. Please write `/promote staging` in a new comment.");
    insta::assert_snapshot!(answer("/promote stäging"), @"`stäging` cannot be the name of an environment, so nothing was changed. Please write `/promote <environment>` in a new comment.");
    insta::assert_snapshot!(answer("/status now"), @"I cannot make sense of `now` in `/status now`, so nothing was changed. Please write `/status` in a new comment.");
    assert_eq!(nearest("/promote to staging").as_deref(), Some("/promote staging"));
    assert_eq!(
        nearest("/promote staging dry-run").as_deref(),
        Some("/promote staging --dry-run")
    );
    assert_eq!(
        nearest("/promote staging --dry-run --dry-run").as_deref(),
        Some("/promote staging --dry-run")
    );
    let too_long = format!("/promote {}", "a".repeat(41));
    assert_eq!(nearest(&too_long).as_deref(), Some("/promote <environment>"));
}

#[test]
fn a_rollback_says_where_to_by_a_feature_or_a_commit_or_not_at_all() {
    let to = |to: Option<Named>, dry_run| {
        vec![Ok(Command::Rollback {
            environment: "production".into(),
            to,
            dry_run,
        })]
    };
    assert_eq!(read("/rollback production"), to(None, false));
    assert_eq!(read("/rollback production --dry-run"), to(None, true));
    let feature = Some(Named::Feature(PullNumber(12)));
    for body in [
        "/rollback production to #12",
        "/rollback production to 12",
        "/Rollback production TO #12",
    ] {
        assert_eq!(read(body), to(feature.clone(), false), "{body}");
    }
    for (body, commit) in [("1a2b3c4", "1a2b3c4"), ("1A2B3C4", "1a2b3c4"), ("1234567", "1234567")] {
        let named = Some(Named::Commit(commit.to_owned()));
        assert_eq!(
            read(&format!("/rollback production to {body}")),
            to(named, false),
            "{body}"
        );
    }
    for (body, form) in [
        ("/rollback", "/rollback <environment>"),
        ("/rollback to production", "/rollback production"),
        ("/rollback production #12", "/rollback production to #12"),
        ("/rollback production to", "/rollback production to #<number>"),
        ("/rollback production to yesterday", "/rollback production to #<number>"),
        ("/rollback production to #12 please", "/rollback production to #12"),
        ("/rollbak production --dryrun", "/rollback production --dry-run"),
        ("/rollback production --force", "/rollback production"),
    ] {
        assert_eq!(nearest(body).as_deref(), Some(form), "{body}");
    }
}

#[test]
fn a_confirmation_names_what_may_come_again() {
    let named = |named: &[Named]| vec![Ok(Command::Confirm { named: named.to_vec() })];
    let feature = |number| Named::Feature(PullNumber(number));
    assert_eq!(read("/confirm"), named(&[]));
    let all = [feature(4), feature(7), Named::Commit("1a2b3c4".to_owned())];
    for body in [
        "/confirm #4 #7 1a2b3c4",
        "/confirm #4, #7 and 1a2b3c4",
        "/confirm 4,7,1A2B3C4",
    ] {
        assert_eq!(read(body), named(&all), "{body}");
    }
    assert_eq!(nearest("/confirm #4 everything").as_deref(), Some("/confirm #4"));
}

#[test]
fn a_preview_is_asked_for_by_any_name_or_none_and_freed() {
    let on = |instance: Option<&str>| {
        vec![Ok(Command::Preview {
            instance: instance.map(str::to_owned),
        })]
    };
    assert_eq!(read("/preview"), on(None));
    assert_eq!(read("/preview dev-2"), on(Some("dev-2")));
    assert_eq!(read("/Preview DEV-2"), on(Some("dev-2")));
    assert_eq!(read("/preview off"), vec![Ok(Command::PreviewOff)]);
    assert_eq!(read("/preview OFF"), vec![Ok(Command::PreviewOff)]);
    assert_eq!(nearest("/preview on dev-2").as_deref(), Some("/preview dev-2"));
    assert_eq!(nearest("/previw").as_deref(), Some("/preview"));
    insta::assert_snapshot!(answer("/preview dev/2"), @"`dev/2` cannot be the name of a preview, so nothing was changed. Please write `/preview` in a new comment.");
}

#[test]
fn a_promotion_at_a_time_never_reads_as_one_at_once() {
    let at = |time: &str| {
        vec![Ok(Command::Promote {
            environment: "staging".into(),
            at: Some(time.to_owned()),
            without: Vec::new(),
            dry_run: false,
        })]
    };
    assert_eq!(read("/promote staging at friday 7am"), at("friday 7am"));
    assert_eq!(read("/promote staging in 2 hours"), at("in 2 hours"));
    assert_eq!(read("/promote staging at"), at(""));
    assert_eq!(
        nearest("/promte staging at 18:00").as_deref(),
        Some("/promote staging at <time>")
    );
    assert_eq!(nearest("/promte in staging").as_deref(), Some("/promote staging"));
    assert_eq!(
        nearest("/promote staging 18:00").as_deref(),
        Some("/promote staging at <time>")
    );
}

#[test]
fn what_is_to_be_left_out_is_said_by_number() {
    let without = |numbers: &[i64], at: Option<&str>| {
        vec![Ok(Command::Promote {
            environment: "staging".into(),
            at: at.map(str::to_owned),
            without: numbers.iter().copied().map(PullNumber).collect(),
            dry_run: false,
        })]
    };
    for body in [
        "/promote staging without #4 #5",
        "/promote staging without #4, #5",
        "/promote staging WITHOUT #4,#5",
        "/promote staging without 4 and 5",
    ] {
        assert_eq!(read(body), without(&[4, 5], None), "{body}");
    }
    for body in [
        "/promote staging without #4 at friday 7am",
        "/promote staging at friday 7am without #4",
    ] {
        assert_eq!(read(body), without(&[4], Some("friday 7am")), "{body}");
    }
    insta::assert_snapshot!(answer("/promote staging without"), @"`/promote staging without` does not say what to leave out, so nothing was changed. Please write `/promote staging without #<number>` in a new comment.");
    insta::assert_snapshot!(answer("/promote staging without search"), @"`search` is not the number of a pull request, so nothing was changed. What is to be left out is said like `#4`. Please write `/promote staging without #<number>` in a new comment.");
    insta::assert_snapshot!(answer("/promote staging without #4 please"), @"`please` is not the number of a pull request, so nothing was changed. What is to be left out is said like `#4`. Please write `/promote staging without #4` in a new comment.");
    insta::assert_snapshot!(answer("/promote without #4"), @"`/promote without #4` does not say which environment is meant, so nothing was changed. Please write `/promote <environment> without #4` in a new comment.");
    insta::assert_snapshot!(answer("/promote staging without #0"), @"`#0` is not the number of a pull request, so nothing was changed. What is to be left out is said like `#4`. Please write `/promote staging without #<number>` in a new comment.");
    insta::assert_snapshot!(answer("/promte staging without #4 at 18:00"), @"I do not know the command `/promte`, so nothing was changed. If you meant `/promote staging without #4 at <time>`, please write that in a new comment.");
    let many: String = (1..=11).map(|number| format!(" #{number}")).collect();
    assert!(answer(&format!("/promote staging without{many}")).starts_with("I cannot make sense of `#11`"));
}

#[test]
fn a_hold_has_an_environment_an_end_and_a_reason() {
    let hold = |until: Option<&str>, because: Option<&str>| {
        vec![Ok(Command::Hold {
            environment: "production".into(),
            until: until.map(str::to_owned),
            because: because.map(str::to_owned),
        })]
    };
    assert_eq!(read("/hold production"), hold(None, None));
    assert_eq!(
        read("/hold production until friday 7am"),
        hold(Some("friday 7am"), None)
    );
    assert_eq!(read("/hold production for 2 hours"), hold(Some("in 2 hours"), None));
    assert_eq!(
        read("/hold production until 18:00 because we show it until then"),
        hold(Some("18:00"), Some("we show it until then"))
    );
    assert_eq!(
        read("/hold production because Нина shows it – live"),
        hold(None, Some("Нина shows it – live"))
    );
    assert_eq!(
        read("/unhold production"),
        vec![Ok(Command::Unhold {
            environment: "production".into()
        })]
    );
    insta::assert_snapshot!(answer("/hold"), @"`/hold` does not say which environment is meant, so nothing was changed. Please write `/hold <environment>` in a new comment.");
    insta::assert_snapshot!(answer("/hold until friday"), @"`/hold until friday` does not say which environment is meant, so nothing was changed. Please write `/hold <environment> until <time>` in a new comment.");
    insta::assert_snapshot!(answer("/hold production friday"), @"I cannot make sense of `friday` in `/hold production friday`, so nothing was changed. Please write `/hold production until <time>` in a new comment.");
    insta::assert_snapshot!(answer("/hodl production until friday"), @"I do not know the command `/hodl`, so nothing was changed. If you meant `/hold production until <time>`, please write that in a new comment.");
    insta::assert_snapshot!(answer("/hold prоduction because of us"), @"Some characters of `/hold prоduction because of us` only look like the right ones, or cannot be seen, so nothing was changed. That happens when a text is copied from another program. Please type `/hold production because <why>` by hand, in a new comment.");
    insta::assert_snapshot!(answer("/unhold production now"), @"I cannot make sense of `now` in `/unhold production now`, so nothing was changed. Please write `/unhold production` in a new comment.");
}

#[test]
fn characters_that_only_look_right_never_fire() {
    for (body, form) in [
        ("/рromote staging", "/promote staging"),
        ("/ｐｒｏｍｏｔｅ staging", "/promote staging"),
        ("／promote staging", "/promote staging"),
        ("/promote stаging", "/promote staging"),
        ("/promote\u{a0}staging", "/promote staging"),
        ("\u{a0}/promote staging", "/promote staging"),
        ("\u{200b}/promote staging", "/promote staging"),
        ("/promote sta\u{200d}ging", "/promote staging"),
        ("/promote staging\u{feff}", "/promote staging"),
        ("/promote \u{202e}staging\u{202c}", "/promote staging"),
        ("/promote staging —dry-run", "/promote staging --dry-run"),
        ("/promote staging --dry\u{2011}run", "/promote staging --dry-run"),
        ("/promote staging \u{2013}\u{2013}dry-run", "/promote staging --dry-run"),
        ("/promote “staging”", "/promote staging"),
        ("/𝐩𝐫𝐨𝐦𝐨𝐭𝐞 staging", "/promote staging"),
        ("/ѕtatus", "/status"),
    ] {
        assert_eq!(nearest(body).as_deref(), Some(form), "{body:?}");
        assert!(mentions_command(body), "{body:?}");
    }
    insta::assert_snapshot!(answer("/promote stаging"), @"Some characters of `/promote stаging` only look like the right ones, or cannot be seen, so nothing was changed. That happens when a text is copied from another program. Please type `/promote staging` by hand, in a new comment.");
    assert_eq!(read("／etc is full"), []);
}

#[test]
fn a_command_that_github_shows_inside_something_else_is_answered() {
    insta::assert_snapshot!(answer("> what about staging?\n/promote staging"), @"GitHub shows `/promote staging` as part of the quotation above it, so it was not taken as a command and nothing was changed. An empty line after the quotation keeps the two apart. Please write `/promote staging` in a new comment.");
    insta::assert_snapshot!(answer("<img width=\"10\" src=\"https://example.com/a.png\" />\n/promote staging"), @"`/promote staging` stands within HTML, or directly below it (a pasted picture is HTML too), so it was not taken as a command and nothing was changed. An empty line above the command keeps the two apart. Please write `/promote staging` in a new comment.");
    assert_eq!(read("> quoted\n/etc/hosts"), []);
    assert_eq!(read("> quoted\n/promote"), []);
    for body in [
        "<details>\n\n/status\n\n</details>",
        "<blockquote>\n\n/status\n\n</blockquote>",
        "it said <code>\n/status\n</code>",
        "<div><!--\n\n/status\n\n--></div>",
    ] {
        assert_eq!(nearest(body).as_deref(), Some("/status"), "{body}");
    }
    assert_eq!(commands("<details>\n\nlog\n\n</details>\n\n/status"), [Command::Status]);
    assert_eq!(commands("a <!-- <details> --> b <br>\n\n/status"), [Command::Status]);
}

#[test]
fn several_commands_are_read_in_order_and_too_many_not_at_all() {
    let body = "/promote staging\nthen\n/statsu\n/help";
    let read_in_order = read(body);
    assert_eq!(read_in_order.len(), 3);
    assert_eq!(read_in_order[0], Ok(promote("staging", false)));
    assert!(read_in_order[1].is_err());
    assert_eq!(read_in_order[2], Ok(Command::Help));
    assert_eq!(commands(&"/status\n".repeat(COMMANDS_MAX)).len(), COMMANDS_MAX);
    insta::assert_snapshot!(answer(&"/status\n".repeat(COMMANDS_MAX + 1)), @"This comment has more than 10 commands. I did not carry out any of them. Please write those that you need in a new comment.");
}

/// The largest comments GitHub allows; a reader that looks at everything twice for each thing would not come back from these.
#[test]
fn the_largest_comment_is_read_at_once() {
    let begun = std::time::Instant::now();
    for unit in [
        "/x ",
        "/status\n",
        "> ",
        "- ",
        "*a_",
        "[",
        "`",
        "<a",
        "<!--",
        "/a\n> b\n",
        "/promote ",
        "  \n/",
        "\u{200b}",
        "<s>\n/status\n\n",
        "<details>\n\n",
    ] {
        let body = format!("/status\n\n{}", unit.repeat(65_536 / unit.chars().count()));
        assert!(!read(&body).is_empty(), "{unit:?}");
    }
    assert!(begun.elapsed().as_secs() < 15, "took {:?}", begun.elapsed());
}

fn github_flavoured() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH
}

/// Text made of what Markdown, GitHub and our own markers care about.
fn hostile_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "`",
            "``",
            "```",
            "~~~",
            "<",
            ">",
            "<!--",
            "-->",
            "<img src=x>",
            "@anna",
            "#12",
            "/promote staging",
            "\n",
            "\r\n",
            "\n\n",
            "    ",
            " ",
            "[a](b)",
            "![a](b)",
            "|",
            "\\",
            "$",
            "$$",
            "*",
            "**",
            "_",
            "~~",
            "&lt;",
            "https://example.com",
            "---",
            "===",
            "\u{202e}",
            "\u{200b}",
            "\u{2028}",
            "\u{0}",
            "[^1]",
            "[x]",
            "é",
            "🚀",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[a-z]{1,8}",
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

/// Everything in a text that is not a paragraph of words and code.
fn not_plain(markdown: &str) -> Vec<String> {
    Parser::new_ext(markdown, github_flavoured())
        .filter(|event| {
            !matches!(
                event,
                Event::Text(_) | Event::Code(_) | Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
            )
        })
        .map(|event| format!("{event:?}"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn quoted_text_is_words_and_code_and_nothing_else(text in hostile_text()) {
        let quoted = quote(&text);
        prop_assert!(quoted.chars().count() <= 63, "{quoted:?}");
        prop_assert!(!quoted.contains(['\n', '\r', '<', '>', '|', '\u{202e}', '\u{200b}', '\u{2028}']), "{quoted:?}");
        for around in [quoted.clone(), format!("You wrote {quoted} there."), format!("{quoted} and {quoted}.")] {
            prop_assert_eq!(not_plain(&around), Vec::<String>::new(), "{}", around);
            prop_assert_eq!(read(&around), vec![]);
        }
        // The words around it stay words: nothing leaks out of the code.
        let around = format!("before {quoted} after");
        let words: String = Parser::new_ext(&around, github_flavoured())
            .filter_map(|event| match event { Event::Text(text) => Some(text.to_string()), _ => None })
            .collect();
        prop_assert!(words == "before  after" || words == "before an empty text after", "{words:?}");
        let table = format!("| a | b |\n|---|---|\n| {quoted} | c |\n");
        let cells = Parser::new_ext(&table, github_flavoured()).filter(|e| *e == Event::Start(Tag::TableCell)).count();
        prop_assert_eq!(cells, 4);
    }

    #[test]
    fn an_answer_is_one_plain_paragraph_whatever_was_written(text in hostile_text()) {
        for body in [format!("/promote {text}"), format!("/status {text}"), format!("/{text}"), text] {
            for misread in read(&body).into_iter().filter_map(Result::err) {
                let answer = sentence(&misread);
                prop_assert_eq!(not_plain(&answer), Vec::<String>::new(), "{}", answer);
                prop_assert!(!answer.contains("<!--"));
            }
        }
    }

    /// W5, and the promise of the cheap look before.
    #[test]
    fn only_plain_text_fires_and_the_cheap_look_never_misses(body in hostile_text(), slash in any::<bool>()) {
        let body = if slash { format!("/promote {body}") } else { body };
        let found = read(&body);
        prop_assert!(found.is_empty() || mentions_command(&body));
        for command in found.into_iter().flatten() {
            if let Command::Promote { environment, .. } = command {
                prop_assert!(environment.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
                prop_assert!(body.contains(environment.as_str()));
            }
        }
    }

    /// One character changed into one that is not ASCII, or one unseen character put in: never the same command, and never silence.
    #[test]
    fn a_command_with_a_foreign_character_in_it_is_answered(
        at in 0_usize..24,
        foreign in prop::sample::select(vec!['\u{430}', '\u{43e}', '\u{435}', '\u{3bf}', '\u{200b}', '\u{2011}', '\u{a0}', '\u{202e}', '\u{ff0f}', '\u{ad}']),
        replace in any::<bool>(),
    ) {
        let mut body: Vec<char> = "/promote staging --dry-run".chars().collect();
        if replace && at > 0 { body[at] = foreign } else { body.insert(at, foreign) }
        let body: String = body.into_iter().collect();
        prop_assert!(read(&body).iter().all(Result::is_err), "{body:?}");
    }
}

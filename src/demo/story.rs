//! The story of a week, played over real HTTP: what people do is scripted, what Greenlight says and does is its own, and what is
//! promised of each scene is looked up on the simulated GitHub before it is told.
//!
//! Nothing waits for a fixed time: an outcome is looked for until it is there, ten seconds at most.

use jiff::{SignedDuration, Timestamp};

use super::DemoError;
use super::narrator::Narrator;
use super::outcome::{branch_at, lacks, merged, moved_forward, one_answer_each, titled};
use super::running::Running;
use super::shop::{self, ANNA, CARL};
use crate::sandbox::{Method, Repository};
use telling::place;

mod acceptance;
mod partial;
mod telling;
mod way_back;

/// Monday, 12 January 2026 at nine, UTC.
pub const BEGINS: Timestamp = Timestamp::constant(1_768_208_400, 0);

const STAGING: &str = "staging";
const PRODUCTION: &str = "production";
const END_TO_END: &str = "end-to-end";

/// Plays all of it.
///
/// # Errors
/// [`DemoError::Differs`] at the first outcome that is not as promised.
pub async fn play(running: &Running, fast: bool) -> Result<(), DemoError> {
    let mut story = Story {
        running,
        shop: &running.shop,
        narrator: Narrator::new(fast),
    };
    story.introduction().await?;
    let for_production = story.monday().await?;
    running.pass(SignedDuration::from_hours(25)).await?;
    story.tuesday(for_production).await?;
    running.pass(SignedDuration::from_hours(28)).await?;
    let waiting = story.wednesday(for_production).await?;
    running.pass(SignedDuration::from_hours(20)).await?;
    story.thursday(for_production, waiting).await?;
    running.pass(SignedDuration::from_hours(29)).await?;
    let for_staging = story.friday().await?;
    running.pass(SignedDuration::from_hours(70)).await?;
    story.next_monday(for_staging).await?;
    running.pass(SignedDuration::from_hours(18)).await?;
    story.next_tuesday().await?;
    running.pass(SignedDuration::from_hours(21)).await?;
    story.next_wednesday().await?;
    story.end().await
}

struct Story<'a> {
    running: &'a Running,
    shop: &'a Repository,
    narrator: Narrator,
}

/// What Anna asked for and what waits because of it.
struct Waiting {
    /// The commit she was shown.
    commit: String,
    /// The pull request of the feature that landed afterwards.
    later: u64,
}

impl Story<'_> {
    async fn introduction(&mut self) -> Result<(), DemoError> {
        self.narrator.heading("A week at a small shop").await?;
        self.tell(
            "Anna is the product owner. She does not write code, and she decides what becomes part of the shop and what goes live. \
             Dora writes the features. Carl has an account and may read along, nothing more.",
        )
        .await?;
        self.tell(
            "GitHub is simulated on this computer; Greenlight is the real one, with a real database, and the two talk over HTTP \
             as they would anywhere. Each line that begins with “ok” was looked up on the simulated GitHub.",
        )
        .await
    }

    /// A feature is accepted, lands, and goes to staging once its tests are green. Gives the number of the pull request for
    /// production.
    async fn monday(&mut self) -> Result<u64, DemoError> {
        self.narrator.heading("Monday: a feature for staging").await?;
        let before = self.head(STAGING)?;
        let feature = self.is_accepted(0).await?;
        let main = self.head("main")?;
        shop::test(self.shop, &main, "in_progress")?;
        self.sees("main has the feature; staging does not have it yet.", |shop| {
            branch_at(shop, STAGING, &before).and(merged(shop, feature))
        })
        .await?;

        self.tell("Greenlight has noticed that staging is behind, and opens a pull request that says what waits.")
            .await?;
        let promotion = self.promotion("Promote 1 feature to staging", STAGING).await?;
        self.narrator
            .quote(&promotion.author, &place(&promotion), &promotion.body)
            .await?;

        self.tell("Anna reads it. The tests of main are still running, but she need not wait for them.")
            .await?;
        let said = self.says(ANNA, promotion.number, "/promote staging").await?;
        self.answers(&said, "Waiting to go to staging").await?;
        self.rests().await?;
        self.sees("staging has not moved while the tests run.", |shop| {
            branch_at(shop, STAGING, &before)
        })
        .await?;

        self.tell("The tests of main turn green. Nobody has to do anything; Greenlight goes on, in the same comment.")
            .await?;
        shop::test(self.shop, &main, "success")?;
        self.answers(&said, "Promoted to staging").await?;
        self.sees("staging is at the very commit that Anna was shown.", |shop| {
            branch_at(shop, STAGING, &main)
        })
        .await?;
        let number = promotion.number;
        self.sees(&format!("The pull request #{number} is merged."), |shop| {
            merged(shop, number)
        })
        .await?;
        let next = self.promotion("Promote 1 feature to production", PRODUCTION).await?;
        self.narrator
            .saw(&format!(
                "The next one has opened by itself: #{}, “{}”.",
                next.number, next.title
            ))
            .await?;
        Ok(next.number)
    }

    /// Somebody who may not is refused; somebody who may is not.
    async fn tuesday(&mut self, for_production: u64) -> Result<(), DemoError> {
        self.narrator
            .heading("Tuesday: a late change, and somebody who may not")
            .await?;
        let before = self.head(STAGING)?;
        self.changes_after_it_was_accepted(1).await?;
        let main = self.head("main")?;
        shop::test(self.shop, &main, "success")?;
        let promotion = self.promotion("Promote 1 feature to staging", STAGING).await?;
        self.tell(&format!(
            "The tests of main are green, and #{} says what waits for staging. Carl is curious.",
            promotion.number
        ))
        .await?;
        let said = self.says(CARL, promotion.number, "/promote staging").await?;
        self.answers(&said, "only anna may promote to staging").await?;
        self.rests().await?;
        self.sees("staging has not moved.", |shop| branch_at(shop, STAGING, &before))
            .await?;

        self.tell("Anna says the same, and it goes at once.").await?;
        let said = self.says(ANNA, promotion.number, "/promote staging").await?;
        self.answers(&said, "Promoted to staging").await?;
        self.sees("staging has moved to main's commit.", |shop| {
            branch_at(shop, STAGING, &main)
        })
        .await?;
        self.sees(
            &format!("#{for_production} now says “Promote 2 features to production”."),
            |shop| titled(shop, for_production, "Promote 2 features to production"),
        )
        .await
    }

    /// A red check keeps everything out of production, and says so.
    async fn wednesday(&mut self, for_production: u64) -> Result<Waiting, DemoError> {
        self.narrator.heading("Wednesday: a red check").await?;
        let (live, commit) = (self.head(PRODUCTION)?, self.head(STAGING)?);
        self.tell("Anna has tried out both features on staging and is content. But the end-to-end tests have just failed there.")
            .await?;
        shop::report(self.shop, &commit, END_TO_END, "failure")?;
        self.rests().await?;
        let said = self.says(ANNA, for_production, "/promote production").await?;
        self.answers(&said, "Not promoted to production yet: the check `end-to-end` failed")
            .await?;
        self.rests().await?;
        self.sees("production has not moved.", |shop| branch_at(shop, PRODUCTION, &live))
            .await?;

        self.tell("Meanwhile work goes on.").await?;
        let later = self.lands(2, Method::Rebase).await?;
        shop::test(self.shop, &self.head("main")?, "success")?;
        let promotion = self.promotion("Promote 1 feature to staging", STAGING).await?;
        let fact = format!(
            "It waits for staging in #{}; production has still not moved.",
            promotion.number
        );
        self.rests().await?;
        self.sees(&fact, |shop| branch_at(shop, PRODUCTION, &live)).await?;
        Ok(Waiting { commit, later })
    }

    /// The check is run again, and Anna's word of the day before still stands.
    async fn thursday(&mut self, for_production: u64, waiting: Waiting) -> Result<(), DemoError> {
        self.narrator.heading("Thursday: the check is run again").await?;
        self.tell(
            "Dora finds that the tests had stumbled over a slow network, not over the shop. She runs them again on the same \
             version, and they turn green. Anna's word of yesterday still stands, so nobody has to ask again.",
        )
        .await?;
        shop::report(self.shop, &waiting.commit, END_TO_END, "success")?;
        let said = self.newest_said(for_production)?;
        self.answers(&said, "Moved to production").await?;
        self.tell("The hosting of the shop sees the branch move, and deploys it.")
            .await?;
        self.deploys(PRODUCTION, "success").await?;
        self.answers(&said, "Promoted to production").await?;
        let commit = waiting.commit;
        self.sees(
            "production is at the very commit that Anna was shown on Wednesday.",
            |shop| branch_at(shop, PRODUCTION, &commit),
        )
        .await?;
        self.sees("The feature that landed afterwards did not slip in.", |shop| {
            lacks(shop, PRODUCTION, waiting.later)
        })
        .await?;
        self.sees(&format!("The pull request #{for_production} is merged."), |shop| {
            merged(shop, for_production)
        })
        .await
    }

    /// A slip of the finger does no harm, and anybody can ask how things stand.
    /// Gives the number of the pull request that still waits for staging.
    async fn friday(&mut self) -> Result<u64, DemoError> {
        self.narrator.heading("Friday: where everything stands").await?;
        let (staging, production) = (self.head(STAGING)?, self.head(PRODUCTION)?);
        let promotion = self.promotion("Promote 1 feature to staging", STAGING).await?;
        self.tell("Before the weekend Anna writes in a hurry.").await?;
        let said = self.says(ANNA, promotion.number, "/promot staging").await?;
        self.answers(&said, "If you meant `/promote staging`").await?;
        self.tell("She decides to leave it for Monday, and asks how things stand.")
            .await?;
        let said = self.says(ANNA, promotion.number, "/status").await?;
        self.answers(&said, "has everything that is on staging").await?;
        self.rests().await?;
        self.sees("Neither staging nor production has moved.", |shop| {
            branch_at(shop, STAGING, &staging).and(branch_at(shop, PRODUCTION, &production))
        })
        .await?;
        Ok(promotion.number)
    }

    /// Anna gives a demonstration, so staging stays as it is; what was asked for meanwhile goes afterwards.
    async fn next_monday(&mut self, for_staging: u64) -> Result<(), DemoError> {
        self.narrator.heading("The next Monday: a demonstration").await?;
        let (staging, main) = (self.head(STAGING)?, self.head("main")?);
        self.tell("Anna shows the shop on staging this afternoon, and nothing may change under her hands.")
            .await?;
        let hold = self
            .says(
                ANNA,
                for_staging,
                "/hold staging until 17:00 because I give a demonstration",
            )
            .await?;
        self.answers(&hold, "staging is on hold until Monday, 19 January at 17:00 (UTC)")
            .await?;
        self.tell("The feature of Wednesday shall go there as soon as she is through. She need not think of it then.")
            .await?;
        let said = self.says(ANNA, for_staging, "/promote staging").await?;
        self.answers(&said, "Waiting to go to staging: it is on hold until")
            .await?;
        self.rests().await?;
        self.sees("staging has not moved, although the tests are green.", |shop| {
            branch_at(shop, STAGING, &staging)
        })
        .await?;

        self.running.pass(SignedDuration::from_hours(4)).await?;
        self.tell("It is five o'clock. The demonstration is over, and nobody has to do anything.")
            .await?;
        self.answers(&hold, "The hold on staging is over").await?;
        self.answers(&said, "Promoted to staging").await?;
        self.sees("staging is at the commit that Anna was shown.", |shop| {
            branch_at(shop, STAGING, &main)
        })
        .await
    }

    async fn end(&mut self) -> Result<(), DemoError> {
        self.narrator.heading("Looking back").await?;
        self.sees(
            "Each comment was seen once (with 👀) and has exactly one answer.",
            one_answer_each,
        )
        .await?;
        self.sees(
            "staging was moved four times, each time by Greenlight, and always forward.",
            |shop| moved_forward(shop, STAGING, 4),
        )
        .await?;
        let unknown = self.running.github.unknown_requests();
        self.sees(
            "Greenlight asked GitHub for nothing that GitHub does not know.",
            |_| match unknown.as_slice() {
                [] => Ok(()),
                [first, ..] => Err(format!("it asked for {first}.")),
            },
        )
        .await?;
        let seen = self.narrator.seen();
        self.tell(&format!("The story ended as it should: {seen} checks."))
            .await?;
        self.tell("To be Anna yourself, run: greenlight demo").await
    }
}

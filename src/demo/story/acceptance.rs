//! The scenes before a feature is merged: Dora calls it ready, Anna looks at it and accepts it, and it lands by itself.

use super::super::DemoError;
use super::super::outcome::{branch_at, merged, not_merged};
use super::super::shop::{self, ANNA};
use super::Story;

/// The dev instance that the first feature gets.
const DEV_1: &str = "dev-1";

impl Story<'_> {
    /// Anna accepts a green feature, and it is merged at once. Gives its number.
    pub(super) async fn is_accepted(&mut self, idea: usize) -> Result<u64, DemoError> {
        let number = self.is_ready(idea).await?;
        let head = self.pull(number)?.head_sha;
        shop::test(self.shop, &head, "success")?;
        self.card(number, "Its one check has passed.").await?;
        self.sees("dev-1 shows it, so Anna can try it out.", |shop| {
            branch_at(shop, DEV_1, &head)
        })
        .await?;
        self.tell("Anna looks at it there. It is what she wants.").await?;
        let said = self.says(ANNA, number, "/accept").await?;
        self.answers(&said, "Accepted, and merged into main.").await?;
        self.sees(&format!("#{number} is merged, and Greenlight did it."), |shop| {
            merged(shop, number)
        })
        .await?;
        Ok(number)
    }

    /// Dora pushes after Anna's word: that word was about something else, so it does not count any more.
    pub(super) async fn changes_after_it_was_accepted(&mut self, idea: usize) -> Result<(), DemoError> {
        let number = self.is_ready(idea).await?;
        self.tell("Anna likes it, and does not wait for the tests.").await?;
        let said = self.says(ANNA, number, "/accept").await?;
        self.answers(&said, "I will merge it into main by myself.").await?;

        self.tell("Dora has one more thought, and pushes it. All tests turn green.")
            .await?;
        let head = shop::improve(self.shop, &shop::ideas()[idea]);
        shop::test(self.shop, &head, "success")?;
        self.answers(&said, "because dora pushed a newer version").await?;
        self.rests().await?;
        self.sees(
            &format!("#{number} is not merged: what Anna accepted is not what it is now."),
            |shop| not_merged(shop, number),
        )
        .await?;

        self.tell("She looks at the newest version, and accepts that.").await?;
        let said = self.says(ANNA, number, "/accept").await?;
        self.answers(&said, "Accepted, and merged into main.").await?;
        self.sees(&format!("#{number} is merged."), |shop| merged(shop, number))
            .await
    }

    /// Dora opens a feature and puts the label on. Gives its number.
    async fn is_ready(&mut self, idea: usize) -> Result<u64, DemoError> {
        let number = shop::propose(self.shop, &shop::ideas()[idea])?;
        let title = self.pull(number)?.title;
        self.tell(&format!(
            "Dora opens #{number}, “{title}”, and puts the label {} on it.",
            shop::READY
        ))
        .await?;
        shop::call_ready(self.shop, number)?;
        self.card(number, "It waits for an owner to look at it.").await?;
        Ok(number)
    }
}

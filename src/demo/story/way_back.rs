//! The scene of the bad moment: a promotion to production does not run, one comment takes production back, and what failed does
//! not come again unnoticed.

use super::super::DemoError;
use super::super::outcome::branch_at;
use super::super::shop::ANNA;
use super::telling::place;
use super::{PRODUCTION, Story};

impl Story<'_> {
    /// Production gets a version that does not run there, and goes back to the one before.
    pub(super) async fn next_wednesday(&mut self) -> Result<(), DemoError> {
        self.narrator
            .heading("The next Wednesday: a deployment that fails, and the way back")
            .await?;
        let live = self.head(PRODUCTION)?;
        let promotion = self.promotion("Promote 3 features to production", PRODUCTION).await?;
        self.tell("Anna has seen three features on staging, and wants them live.")
            .await?;
        let said = self.says(ANNA, promotion.number, "/promote production").await?;
        self.answers(&said, "Moved to production").await?;
        self.tell("The branch has moved; whether the shop runs with it, its hosting will tell. It does not.")
            .await?;
        self.deploys(PRODUCTION, "failure").await?;
        self.answers(&said, "Moved to production, and its deployment failed")
            .await?;

        self.tell("Customers wait. Anna need not find a developer first.")
            .await?;
        let word = self.says(ANNA, promotion.number, "/rollback production").await?;
        self.answers(&word, "The branch of").await?;
        self.sees("production is at the commit again that ran there before.", |shop| {
            branch_at(shop, PRODUCTION, &live)
        })
        .await?;
        self.deploys(PRODUCTION, "success").await?;
        self.answers(&word, "is back at").await?;
        self.rests().await?;

        self.tell("What failed is still on staging, and the next pull request for production says what that means.")
            .await?;
        let next = self.described("Taken back from production", PRODUCTION).await?;
        self.narrator.quote(&next.author, &place(&next), &next.body).await?;
        let said = self.says(ANNA, next.number, "/promote production").await?;
        self.answers(&said, "would bring to production again what was taken back")
            .await?;
        self.rests().await?;
        self.sees(
            "production has not moved: it is on hold, and waits for a word that names them.",
            |shop| branch_at(shop, PRODUCTION, &live),
        )
        .await
    }
}

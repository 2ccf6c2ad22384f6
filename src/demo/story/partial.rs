//! The scene with three features, of which not all shall go: what would go along is listed, and goes at a further word.

use super::super::DemoError;
use super::super::outcome::{branch_at, contains, lacks};
use super::super::shop::{self, ANNA};
use super::{STAGING, Story};
use crate::sandbox::Method;

impl Story<'_> {
    /// Anna wants the second of three features on staging. The first comes with it, and she is asked; the third waits.
    pub(super) async fn next_tuesday(&mut self) -> Result<(), DemoError> {
        self.narrator.heading("The next Tuesday: not all at once").await?;
        let before = self.head(STAGING)?;
        let mut landed = Vec::new();
        for (idea, method) in [(3, Method::Squash), (4, Method::Squash), (5, Method::Squash)] {
            let number = self.lands(idea, method).await?;
            shop::test(self.shop, &self.head("main")?, "success")?;
            landed.push((number, self.head("main")?));
        }
        let [(first, _), (second, wanted), (third, _)] = landed.as_slice() else {
            return Err(DemoError::Refused("three features did not land".to_owned()));
        };
        self.promotion("Promote 3 features to staging", STAGING).await?;
        self.rests().await?;
        self.tell(&format!(
            "Anna wants #{second} on staging, and nothing that she has not thought about. So she says it on that feature."
        ))
        .await?;
        let said = self.says(ANNA, *second, "/promote staging").await?;
        self.answers(&said, &format!("#{second} cannot go to staging alone"))
            .await?;
        self.rests().await?;
        self.sees("staging has not moved.", |shop| branch_at(shop, STAGING, &before))
            .await?;

        self.tell(&format!("That #{first} comes with it is fine with her."))
            .await?;
        let word = self.says(ANNA, *second, "/confirm").await?;
        self.answers(&word, "Promoted to staging").await?;
        self.sees("staging is at the very commit that was listed.", |shop| {
            branch_at(shop, STAGING, wanted)
        })
        .await?;
        let fact = format!("#{first} went along as it was listed, and #{third} waits.");
        self.sees(&fact, |shop| {
            contains(shop, STAGING, *first).and(lacks(shop, STAGING, *third))
        })
        .await
    }
}

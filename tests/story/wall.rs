//! The second wall that `docs/security.md` tells how to set: a ruleset by which GitHub lets nobody but Greenlight move an environment.

use greenlight::sandbox::{Method, RuleKind};

use crate::world::World;

#[tokio::test]
async fn with_the_second_wall_only_greenlight_moves_an_environment() {
    let mut world = World::start().await;
    for branch in ["staging", "production"] {
        world.shop.rule(branch, RuleKind::Update, true);
        world.shop.rule(branch, RuleKind::NonFastForward, true);
    }
    let before = world.head("staging");
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    assert!(world.shop.push("dora", "staging", &feature.commit).is_err());
    assert!(world.shop.merge_pull("dora", promotion, Method::Merge).is_err());
    assert_eq!(world.head("staging"), before);
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    assert_eq!(world.head("staging"), feature.commit);
    let answer = world.says("anna", promotion, "/rollback staging").await;
    assert_eq!(world.head("staging"), before, "{answer}");
}

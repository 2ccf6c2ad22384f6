//! Each act of the board in a real browser, by mouse, by keyboard alone, and where no script may run: what the page then says, and what
//! has happened on the simulated GitHub.

use crate::process::until;
use crate::somebody::{SHOP, Somebody, Way, answered};
use crate::world::{CONFIGURATION, LABEL, Landed, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn she_does_everything_by_mouse() {
    does_everything(Way::Mouse).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn she_does_everything_by_keyboard_alone() {
    does_everything(Way::Keys).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn she_does_everything_where_no_script_may_run() {
    does_everything(Way::Plain).await;
}

async fn does_everything(way: Way) {
    let configuration =
        format!("after_rollback: nothing\n{CONFIGURATION}previews: [{{name: dev-1}}, {{name: dev-2}}]\n");
    let mut world = World::with_configuration(Some(&configuration)).await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let anna = Somebody::signed_in(&world, way, "anna").await;
    accepts(&mut world, &anna).await;
    sends_back(&mut world, &anna).await;
    previews(&mut world, &anna).await;
    let landed = promotes(&mut world, &anna).await;
    promotes_at_a_time(&world, &anna).await;
    holds(&world, &anna).await;
    rolls_back(&world, &anna, &landed).await;
}

async fn ready(world: &mut World, title: &str) -> (u64, String) {
    let number = world.feature(title);
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    (number, world.shop.pull(number).expect("it").head_sha)
}

async fn opens_feature(anna: &Somebody, number: u64) {
    anna.opens(SHOP).await;
    anna.goes_by(&format!(".card .acts a[href*='/act/feature/{number}?']"))
        .await;
}

async fn opens_environment(anna: &Somebody, name: &str) {
    anna.opens(SHOP).await;
    anna.goes_by(&format!("#environment-{name} .acts a")).await;
}

async fn accepts(world: &mut World, anna: &Somebody) {
    let (number, head) = ready(world, "Faster checkout").await;
    world.green(&head).await;
    opens_feature(anna, number).await;
    anna.presses("accept").await;
    world.settle().await;
    anna.is_told("asked", "You asked for this here: /accept").await;
    answered(world, number, "/accept");
    let pull = world.shop.pull(number).expect("it");
    assert!(pull.merged);
    world.green(&pull.merge_commit.expect("its commit")).await;
}

async fn sends_back(world: &mut World, anna: &Somebody) {
    let (number, _) = ready(world, "Wish lists").await;
    opens_feature(anna, number).await;
    anna.fills_in("why", "The button is too small").await;
    anna.presses("send-back").await;
    world.settle().await;
    anna.is_told("asked", "Sent back").await;
    let answer = answered(world, number, "/reject The button is too small");
    assert!(
        answer.contains("@dora") && answer.contains("> The button is too small"),
        "{answer}"
    );
    let pull = world.shop.pull(number).expect("it");
    assert!(!pull.merged && pull.labels.is_empty(), "{pull:?}");
}

async fn previews(world: &mut World, anna: &Somebody) {
    let (number, head) = ready(world, "Loud colours").await;
    assert_eq!(world.head("dev-1"), head, "it was free");
    opens_feature(anna, number).await;
    anna.presses("preview-off").await;
    world.settle().await;
    anna.is_told("asked", "dev-1 is free again").await;
    answered(world, number, "/preview off");
    let card = format!("#feature-{number}");
    opens_feature(anna, number).await;
    anna.fills_in("instance", "dev-2").await;
    anna.presses("preview").await;
    world.settle().await;
    anna.is_told("asked", "This feature gets dev-2").await;
    answered(world, number, "/preview dev-2");
    assert_eq!(world.head("dev-2"), head);
    anna.opens(SHOP).await;
    anna.chrome
        .sees(&format!("document.querySelector('{card}').innerText.includes('dev-2')"))
        .await;
}

/// Up to a card, after a look at how the gates stand, and then all of it.
async fn promotes(world: &mut World, anna: &Somebody) -> Vec<Landed> {
    let mut landed = Vec::new();
    for title in ["Gift cards", "Larger pictures"] {
        let one = world.lands(title).await;
        world.green(&one.commit).await;
        landed.push(one);
    }
    let up_to = landed[0].number;
    anna.opens(SHOP).await;
    anna.goes_by(&format!(".card .acts a[href$='?up-to={up_to}']")).await;
    world.settle().await;
    anna.is_told("asked", "The checks: in order.").await;
    let first = "input[name=up-to][value='1']";
    anna.chooses(first).await;
    anna.presses("look").await;
    world.settle().await;
    anna.is_told("asked", "It would bring 1 feature").await;
    assert_eq!(world.moves("staging"), 0, "she only looked");
    anna.chooses(&format!("input[name=up-to][value='{up_to}']")).await;
    anna.presses("promote").await;
    world.settle().await;
    anna.is_told("asked", "Promoted to staging").await;
    answered(world, up_to, "/promote staging");
    assert_eq!(world.head("staging"), landed[0].commit);

    let pull = world.promotion("staging").number;
    opens_environment(anna, "staging").await;
    anna.presses("promote").await;
    world.settle().await;
    anna.is_told("asked", "Promoted to staging").await;
    answered(world, pull, "/promote staging");
    assert_eq!(world.head("staging"), landed[1].commit);
    landed
}

async fn promotes_at_a_time(world: &World, anna: &Somebody) {
    let pull = world.promotion("production").number;
    opens_environment(anna, "production").await;
    anna.fills_in_time("promote-when", "0301", "2032", "0600PM").await;
    anna.presses("promote").await;
    world.settle().await;
    anna.is_told("asked", "This goes to production on Monday, 1 March at 18:00")
        .await;
    answered(world, pull, "/promote production at 2032-03-01 18:00");
    opens_environment(anna, "production").await;
    anna.presses("cancel").await;
    world.settle().await;
    anna.is_told("asked", "Cancelled: the promotion to production").await;
    answered(world, pull, "/cancel");
    assert_eq!(world.moves("production"), 0);
}

async fn holds(world: &World, anna: &Somebody) {
    let pull = world.promotion("production").number;
    opens_environment(anna, "production").await;
    anna.fills_in("hold-why", "the fair").await;
    anna.fills_in_time("hold-when", "0302", "2032", "1000AM").await;
    anna.presses("hold").await;
    world.settle().await;
    anna.is_told("asked", "production is on hold until Tuesday, 2 March at 10:00")
        .await;
    answered(world, pull, "/hold production until 2032-03-02 10:00 because the fair");
    world.says("anna", pull, "/promote production").await;
    assert_eq!(world.moves("production"), 0, "it is held");
    opens_environment(anna, "production").await;
    anna.presses("unhold").await;
    world.settle().await;
    anna.is_told("asked", "production is no longer on hold").await;
    answered(world, pull, "/unhold production");
    until("what waited for it goes by itself", || {
        world.head("production") == world.head("staging")
    })
    .await;
}

async fn rolls_back(world: &World, anna: &Somebody, landed: &[Landed]) {
    opens_environment(anna, "staging").await;
    anna.presses("look-back").await;
    world.settle().await;
    anna.is_told("back", "Nothing has been moved").await;
    assert!(anna.reads("back").await.contains("Larger pictures"));
    assert_eq!(world.head("staging"), landed[1].commit);
    anna.presses("roll-back").await;
    world.settle().await;
    anna.is_told("asked", "is back at what had run there").await;
    answered(world, landed[1].number, "/rollback staging");
    assert_eq!(world.head("staging"), landed[0].commit);
}

//! What every engine of the store must do, as rules that take any engine, fresh and empty.

mod deliveries;
mod history;
mod memory;
mod session;
mod work;

use std::sync::Arc;

use bytes::Bytes;
use greenlight::rules::id::{InstallationId, RepoId, RepoName};
use greenlight::rules::interpret::Urgency;
use greenlight::store::{Claim, Delivery, Fate, Readable, Received, Store, StoreError};
use jiff::{SignedDuration, Timestamp};

pub use deliveries::*;
pub use history::*;
pub use memory::*;
pub use session::*;
pub use work::*;

/// Calls `$engine!` with the name of every rule of the suite.
#[macro_export]
macro_rules! every_rule {
    ($engine:ident) => {
        $engine! {
            a_known_guid_changes_nothing,
            a_guid_that_comes_twice_in_one_group_is_stored_once,
            a_redelivery_gives_a_dead_delivery_another_life,
            an_unreadable_delivery_is_kept_dead_and_wakes_nobody,
            a_delivery_without_a_repository_is_work_for_the_app,
            many_at_once_are_all_kept_whole,
            what_piles_up_is_one_look,
            what_is_due_longest_comes_first,
            a_look_takes_as_many_deliveries_as_it_asks_for,
            large_deliveries_are_handed_out_a_few_at_a_time,
            guids_are_lacking_until_a_delivery_has_them,
            how_far_the_log_was_compared_is_kept,
            how_far_comments_were_heard_is_kept,
            old_bodies_go_and_their_guids_stay,
            a_repository_has_one_holder,
            a_holder_whose_lease_ran_out_changes_nothing,
            a_renewed_lease_holds_longer,
            a_delivery_that_comes_during_a_look_is_looked_at_next,
            what_is_scheduled_during_a_look_is_not_forgotten,
            fates_only_touch_deliveries_of_the_claimed_repository,
            postponed_work_is_not_brought_forward_by_deliveries,
            only_counted_failures_count,
            what_can_wait_waits_until_the_repository_has_rested,
            a_word_brings_forward_what_is_tried_again_and_never_what_github_asked_for,
            giving_up_kills_what_was_there_and_spares_what_came_later,
            parked_work_begins_anew_with_the_next_delivery,
            a_claim_that_is_released_is_due_at_once,
            the_earliest_schedule_wins,
            a_retired_repository_is_left_alone_until_it_is_delivered_for_again,
            memory_comes_back_as_it_was_remembered,
            an_instance_is_never_with_two_features,
            what_pages_show_has_a_version_that_rises,
            a_request_is_known_by_its_road_and_its_number,
            a_settled_request_is_remembered_when_it_is_spoken_of,
            a_decision_of_a_lost_lease_leaves_no_trace,
            an_effect_goes_from_intended_to_sent_to_confirmed,
            an_effect_that_was_sent_stays_known_as_sent_when_it_is_wished_for_again,
            an_effect_that_was_never_intended_is_a_bug,
            forgotten_effects_are_not_unconfirmed,
            what_was_shown_is_loaded_within_bounds,
            the_request_of_an_open_release_is_remembered,
            questions_are_found_by_run_and_environment,
            the_ledger_keeps_its_order_and_its_repositories_apart,
            the_first_look_and_a_scheduled_one_are_at_everything,
            an_installation_knows_its_repositories,
            a_history_is_read_page_by_page_while_it_grows,
            a_history_is_filtered_by_all_that_is_asked_for,
            a_history_knows_names_and_titles,
            a_check_writes,
            a_sign_in_comes_back_once,
            a_session_comes_back_as_it_was_opened_until_it_ends,
            sessions_that_are_over_are_forgotten,
            tokens_are_renewed_by_one_at_a_time,
        }
    };
}

pub(crate) const SHOP: RepoId = RepoId(71);
pub(crate) const BLOG: RepoId = RepoId(72);
pub(crate) const INSTALLATION: InstallationId = InstallationId(9);
pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(60);
pub(crate) const OWNER: &str = "worker-1";

/// Seconds after noon of an arbitrary day.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

pub fn name(repo: RepoId) -> RepoName {
    RepoName {
        owner: "local-orbit".to_owned(),
        name: format!("repo-{repo}"),
    }
}

pub fn delivery(repo: RepoId, guid: &str) -> Delivery {
    Delivery {
        guid: guid.to_owned(),
        event: "issue_comment".to_owned(),
        action: Some("created".to_owned()),
        repo: Some(repo),
        name: Some(name(repo)),
        installation: Some(INSTALLATION),
        received_at: at(0),
        urgency: Urgency::News,
        body: Bytes::from(format!("{{\"guid\":\"{guid}\"}}")),
        readable: Readable::Yes,
    }
}

pub(crate) async fn deliver(store: &Arc<dyn Store>, repo: RepoId, guid: &str, now: i64) -> Received {
    store.receive(delivery(repo, guid), at(now)).await.unwrap()
}

pub(crate) async fn claim(store: &Arc<dyn Store>, now: i64) -> Option<Claim> {
    store.claim(OWNER, at(now), LEASE).await.unwrap()
}

pub(crate) async fn guids(store: &Arc<dyn Store>, claim: &Claim) -> Vec<String> {
    let deliveries = store.deliveries(claim, 100).await.unwrap();
    deliveries.into_iter().map(|delivery| delivery.guid).collect()
}

pub(crate) async fn settle(store: &Arc<dyn Store>, claim: Claim, done: &[&str], now: i64) {
    let fates: Vec<_> = done.iter().map(|guid| (guid.to_string(), Fate::Done)).collect();
    store.settle(claim, &fates, None, None, at(now)).await.unwrap();
}

pub(crate) fn lost<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::LeaseLost))
}

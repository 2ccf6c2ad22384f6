//! The judge of GraphQL bites where it should, and only there.

use serde_json::{Value, json};

use crate::contract::{Contract, Exchange};
use crate::{passes, refused};

const SHA: &str = "aa218f56b14c9653891f9e74264a383fa43fefbd";
const QUERY: &str = "mutation SetBranch($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";

fn input() -> Value {
    let update = json!({ "name": "refs/heads/dev-1", "beforeOid": "0".repeat(40), "afterOid": SHA, "force": true });
    json!({ "repositoryId": "R_1", "refUpdates": [update] })
}

fn done() -> Value {
    json!({ "data": { "updateRefs": { "clientMutationId": null } } })
}

fn check(query: &str, input: &Value, status: u16, answer: &Value) -> Result<(), Vec<String>> {
    Contract::published().check_exchange(&Exchange {
        method: "POST",
        path: "/graphql",
        query: "",
        request_body: Some(&json!({ "query": query, "variables": { "input": input } })),
        status,
        response_body: Some(answer),
    })
}

#[test]
fn what_the_schema_has_passes() {
    passes(check(QUERY, &input(), 200, &done()));
    let refusal = json!({ "data": { "updateRefs": null }, "errors": [{ "type": "FORBIDDEN", "message": "No." }] });
    passes(check(QUERY, &input(), 200, &refusal));
    passes(check(QUERY, &input(), 502, &Value::Null));
    passes(check(
        QUERY,
        &input(),
        403,
        &json!({ "message": "You have exceeded a secondary rate limit." }),
    ));
}

#[test]
fn a_pull_request_is_reverted_as_the_schema_has_it() {
    let query = "mutation Revert($input: RevertPullRequestInput!) \
        { revertPullRequest(input: $input) { revertPullRequest { number } } }";
    let done =
        |number: Value| json!({ "data": { "revertPullRequest": { "revertPullRequest": { "number": number } } } });
    let input = json!({ "pullRequestId": "PR_1", "body": "Out again." });
    passes(check(query, &input, 200, &done(json!(7))));
    let textual = refused(check(query, &input, 200, &done(json!("7"))));
    assert!(textual.contains("is no Int!"), "{textual}");
    let unnamed = refused(check(query, &json!({ "body": "Out again." }), 200, &done(json!(7))));
    assert!(
        unnamed.contains("variable $input/pullRequestId: is required"),
        "{unnamed}"
    );
}

#[test]
fn an_unknown_mutation_field_or_argument_is_refused() {
    let query = |text: &str| refused(check(text, &input(), 200, &done()));
    let unknown = query("mutation A($input: UpdateRefsInput!) { moveRefs(input: $input) { clientMutationId } }");
    assert!(
        unknown.contains("Field 'moveRefs' doesn't exist on type 'Mutation'"),
        "{unknown}"
    );
    let field = query("mutation A($input: UpdateRefsInput!) { updateRefs(input: $input) { refs } }");
    assert!(
        field.contains("Field 'refs' doesn't exist on type 'UpdateRefsPayload'"),
        "{field}"
    );
    let argument = query("mutation A($input: UpdateRefsInput!) { updateRefs(wish: $input) { clientMutationId } }");
    assert!(argument.contains("takes no argument `wish`"), "{argument}");
    assert!(argument.contains("needs the argument `input`"), "{argument}");
    let declared = query("mutation A($input: UpdateRefInput!) { updateRefs(input: $input) { clientMutationId } }");
    assert!(declared.contains("is declared as UpdateRefInput!"), "{declared}");
    let open = query("mutation A($input: UpdateRefsInput!) { updateRefs(input: $input) }");
    assert!(open.contains("`updateRefs` needs a selection"), "{open}");
}

#[test]
fn a_variable_that_does_not_fit_is_refused() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut input = input();
        change(&mut input);
        refused(check(QUERY, &input, 200, &done()))
    };
    let unknown = with(&|input| input["refUpdates"][0]["colour"] = json!("green"));
    assert!(unknown.contains("`RefUpdate` has no field `colour`"), "{unknown}");
    let missing = with(&|input| input["repositoryId"] = Value::Null);
    assert!(
        missing.contains("variable $input/repositoryId: is required"),
        "{missing}"
    );
    let short = with(&|input| input["refUpdates"][0]["afterOid"] = json!("aa218f5"));
    assert!(short.contains("is no GitObjectID"), "{short}");
    let bare = with(&|input| input["refUpdates"][0]["name"] = json!("dev-1"));
    assert!(bare.contains("is no GitRefname"), "{bare}");
    let single = with(&|input| input["refUpdates"] = json!({}));
    assert!(single.contains("is no list"), "{single}");
}

#[test]
fn an_answer_that_was_not_asked_for_is_refused() {
    let answer = |answer: Value| refused(check(QUERY, &input(), 200, &answer));
    let more = answer(json!({ "data": { "updateRefs": { "clientMutationId": null, "refs": [] } } }));
    assert!(more.contains("data/updateRefs: `refs` does not belong there"), "{more}");
    let less = answer(json!({ "data": {} }));
    assert!(less.contains("data/updateRefs: is missing"), "{less}");
    let nothing = answer(json!({}));
    assert!(nothing.contains("neither data nor errors"), "{nothing}");
    let mute = answer(json!({ "data": null, "errors": [{}] }));
    assert!(mute.contains("have a message each"), "{mute}");
}

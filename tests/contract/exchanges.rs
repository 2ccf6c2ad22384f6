//! The judge of exchanges bites where it should, and only there.

use serde_json::{Value, json};

use crate::contract::{Contract, Exchange};
use crate::{passes, refused};

fn check(exchange: Exchange<'_>) -> Result<(), Vec<String>> {
    Contract::published().check_exchange(&exchange)
}

fn get<'a>(path: &'a str, body: &'a Value) -> Exchange<'a> {
    Exchange {
        method: "GET",
        path,
        query: "",
        request_body: None,
        status: 200,
        response_body: Some(body),
    }
}

fn a_ref() -> Value {
    let url = "https://api.github.com/repos/o/r/git/refs/heads/main";
    let sha = "aa218f56b14c9653891f9e74264a383fa43fefbd";
    json!({ "ref": "refs/heads/main", "node_id": "MDM6", "url": url, "object": { "type": "commit", "sha": sha, "url": url } })
}

fn not_found() -> Value {
    json!({ "message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404" })
}

#[test]
fn what_github_documents_passes() {
    passes(check(get("/repos/o/r/git/ref/heads/main", &a_ref())));
    let (sha, merged) = ("aa218f56b14c9653891f9e74264a383fa43fefbd", true);
    passes(check(Exchange {
        method: "PUT",
        path: "/repos/o/r/pulls/7/merge",
        query: "",
        request_body: Some(&json!({ "sha": sha, "merge_method": "squash" })),
        status: 200,
        response_body: Some(&json!({ "sha": sha, "merged": merged, "message": "Pull Request successfully merged" })),
    }));
    passes(check(Exchange {
        method: "DELETE",
        path: "/repos/o/r/git/refs/heads/faster-checkout",
        query: "",
        request_body: None,
        status: 204,
        response_body: None,
    }));
}

#[test]
fn an_unknown_path_is_refused() {
    assert_eq!(
        refused(check(get("/repos/o/r/promotions", &json!([])))),
        "GET /repos/o/r/promotions: GitHub documents no such path"
    );
}

#[test]
fn a_known_path_with_another_method_is_refused_and_the_right_one_named() {
    let faults = refused(check(Exchange {
        method: "PATCH",
        ..get("/repos/o/r/pulls/7/merge", &json!({}))
    }));
    assert_eq!(
        faults,
        "PATCH /repos/o/r/pulls/7/merge: GitHub documents this path only for GET, PUT"
    );
}

#[test]
fn an_undocumented_query_parameter_is_refused() {
    let pulls = json!([]);
    passes(check(Exchange {
        query: "state=open&base=staging&per_page=100&page=2",
        ..get("/repos/o/r/pulls", &pulls)
    }));
    let faults = refused(check(Exchange {
        query: "state=open&colour=green",
        ..get("/repos/o/r/pulls", &pulls)
    }));
    assert_eq!(
        faults,
        "GET /repos/o/r/pulls: query: `colour` is not a parameter of this operation"
    );
}

#[test]
fn a_query_parameter_with_a_value_that_github_does_not_know_is_refused() {
    let pulls = json!([]);
    for (query, fault) in [
        ("state=merged", "`state=merged`"),
        ("per_page=many", "`per_page=many`"),
        ("per_page=500", "must lie between 1 and 100"),
    ] {
        let faults = refused(check(Exchange {
            query,
            ..get("/repos/o/r/pulls", &pulls)
        }));
        assert!(faults.contains(fault), "{faults}");
    }
}

#[test]
fn a_required_query_parameter_that_is_missing_is_refused() {
    let faults = refused(check(Exchange {
        status: 404,
        ..get("/search/issues", &not_found())
    }));
    assert_eq!(faults, "GET /search/issues: query: `q` is required");
}

#[test]
fn a_path_parameter_of_another_kind_is_refused() {
    let faults = refused(check(Exchange {
        status: 404,
        ..get("/repos/o/r/pulls/latest", &not_found())
    }));
    assert!(faults.contains("`pull_number=latest`"), "{faults}");
}

#[test]
fn a_request_body_needs_its_required_fields_and_takes_no_others() {
    let comment = json!({ "body": "Staging now has this feature." });
    let error = not_found();
    let request = |body: Option<&Value>| {
        check(Exchange {
            method: "POST",
            request_body: body,
            status: 404,
            ..get("/repos/o/r/issues/7/comments", &error)
        })
    };
    passes(request(Some(&comment)));

    let faults = refused(request(Some(&json!({}))));
    assert!(
        faults.contains("request body: \"body\" is a required property"),
        "{faults}"
    );
    let faults = refused(request(Some(&json!({ "body": "x", "colour": "green" }))));
    assert!(
        faults.contains("request body: /colour is not a field that GitHub lists here"),
        "{faults}"
    );
    let faults = refused(request(Some(&json!({ "body": 7 }))));
    assert!(
        faults.contains("request body: /body 7 is not of type \"string\""),
        "{faults}"
    );
    let faults = refused(request(None));
    assert!(faults.contains("request body: is missing"), "{faults}");
}

/// GitHub's two alternatives for this body each list one field and take any other, so that the fields listed beside
/// them may stand. That must not open the door to fields that are listed nowhere.
#[test]
fn an_unlisted_field_is_found_beside_alternatives_and_below_them() {
    let error = not_found();
    let request = |body: &Value| {
        let path = "/repos/o/r/check-runs/5";
        check(Exchange {
            method: "PATCH",
            request_body: Some(body),
            status: 404,
            ..get(path, &error)
        })
    };
    let look = json!({ "title": "Accept?", "summary": "One look, please." });
    let body = json!({ "status": "completed", "conclusion": "neutral", "output": look });
    passes(request(&body));

    let mut below = body.clone();
    below["output"]["colour"] = json!("green");
    let faults = refused(request(&below));
    assert!(
        faults.contains("request body: /output/colour is not a field"),
        "{faults}"
    );
    let mut beside = body;
    beside["colour"] = json!("green");
    let faults = refused(request(&beside));
    assert!(faults.contains("request body: /colour is not a field"), "{faults}");
}

#[test]
fn a_body_where_none_belongs_is_refused() {
    let faults = refused(check(Exchange {
        request_body: Some(&json!({ "why": 1 })),
        ..get("/repos/o/r/git/ref/heads/main", &a_ref())
    }));
    assert!(
        faults.contains("request body: is sent, but this operation takes none"),
        "{faults}"
    );
    let path = "/repos/o/r/git/refs/heads/main";
    let faults = refused(check(Exchange {
        method: "DELETE",
        status: 204,
        ..get(path, &a_ref())
    }));
    assert!(
        faults.contains("answer 204: is there, but GitHub answers without one"),
        "{faults}"
    );
}

#[test]
fn an_answer_with_a_wrong_missing_or_invented_field_is_refused() {
    let path = "/repos/o/r/git/ref/heads/main";
    let mut wrong = a_ref();
    wrong["object"]["sha"] = json!(7);
    assert!(refused(check(get(path, &wrong))).contains("answer 200: /object/sha 7 is not of type \"string\""));

    let mut missing = a_ref();
    missing["object"]
        .as_object_mut()
        .expect("it is an object")
        .remove("sha");
    assert!(refused(check(get(path, &missing))).contains("answer 200: /object \"sha\" is a required property"));

    let mut invented = a_ref();
    invented["object"]["colour"] = json!("green");
    assert!(
        refused(check(get(path, &invented)))
            .contains("answer 200: /object/colour is not a field that GitHub lists here")
    );

    let faults = refused(check(Exchange {
        response_body: None,
        ..get(path, &Value::Null)
    }));
    assert!(faults.contains("answer 200: is missing, or is no JSON"), "{faults}");
}

#[test]
fn a_status_that_the_operation_does_not_document_is_refused() {
    let faults = refused(check(Exchange {
        status: 201,
        ..get("/repos/o/r/git/ref/heads/main", &a_ref())
    }));
    assert!(
        faults.contains("the status 201 is not one of this operation's: [200, 404, 409]"),
        "{faults}"
    );
}

#[test]
fn limits_refusals_redirects_and_outages_may_happen_anywhere() {
    let path = "/repos/o/r/git/ref/heads/main";
    let error = json!({ "message": "You have exceeded a secondary rate limit.", "documentation_url": "https://docs.github.com/rest" });
    for status in [401, 403, 404, 422, 429, 500, 503] {
        passes(check(Exchange {
            status,
            ..get(path, &error)
        }));
    }
    for status in [301, 304, 502] {
        passes(check(Exchange {
            status,
            response_body: None,
            ..get(path, &error)
        }));
    }
    let faults = refused(check(Exchange {
        status: 403,
        ..get(path, &json!({ "error": "no" }))
    }));
    assert!(faults.contains("\"message\" is a required property"), "{faults}");
    let faults = refused(check(Exchange {
        status: 304,
        ..get(path, &a_ref())
    }));
    assert!(faults.contains("answer 304: is there"), "{faults}");
}

#[test]
fn null_is_taken_where_github_says_or_null_and_nowhere_else() {
    let request = |body: &Value| {
        let error = not_found();
        check(Exchange {
            method: "PATCH",
            request_body: Some(body),
            status: 404,
            ..get("/repos/o/r/issues/7", &error)
        })
    };
    passes(request(&json!({ "milestone": null, "body": null })));
    assert!(refused(request(&json!({ "labels": null }))).contains("/labels null"));
}

#[test]
fn an_instant_must_be_one() {
    let query = |query| {
        check(Exchange {
            query,
            ..get("/repos/o/r/commits", &json!([]))
        })
    };
    passes(query("since=2026-05-12T07%3A41%3A18Z"));
    assert!(refused(query("since=yesterday")).contains("`since=yesterday`"));
}

#[test]
fn a_repository_is_found_by_its_number_as_well() {
    passes(check(get("/repositories/870045812/git/ref/heads/main", &a_ref())));
    passes(check(Exchange {
        query: "per_page=100&page=2",
        ..get("/repositories/870045812/pulls", &json!([]))
    }));
    refused(check(get("/repositories/870045812/promotions", &json!([]))));
}

#[test]
fn a_slash_may_stand_in_a_branch_name_and_the_closest_path_wins() {
    let rules = json!([]);
    passes(check(get(
        "/repos/o/r/rules/branches/feature/faster%20checkout",
        &rules,
    )));
    let combined = refused(check(get("/repos/o/r/commits/feature/checkout/status", &json!({}))));
    assert!(combined.contains("\"statuses\" is a required property"), "{combined}");
}

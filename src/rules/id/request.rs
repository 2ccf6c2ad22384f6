//! By what a request is known, whichever road it came by. The text form stands in keys, in hidden markers and on disk, so it
//! never changes; a comment's is its bare number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CommentId, PullNumber, ReviewId};

/// Something that a person said once: it counts once, whatever is delivered how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestId {
    /// A comment on a pull request.
    Comment(CommentId),
    /// The summary of a review of this pull request; GitHub addresses a review below its pull request only.
    Review(PullNumber, ReviewId),
    /// A click on a button of a check run, known by the delivery that told of it: GitHub gives it no number of its own.
    Click(DeliveryId),
    /// A form of the board, known by the number that we gave to its sending.
    Form(DeliveryId),
    /// The merge of this promotion pull request with GitHub's own button. Nobody wrote a word.
    Merge(PullNumber),
}

/// A delivery's GUID, `X-GitHub-Delivery`; a redelivery keeps it. A form of the board has one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeliveryId(u128);

impl DeliveryId {
    /// Reads 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12, in either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let groups = text.split('-').map(str::len);
        let digits = text.replace('-', "");
        let is_guid = groups.eq([8, 4, 4, 4, 12]) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_guid.then(|| u128::from_str_radix(&digits, 16).ok().map(Self))?
    }
}

impl TryFrom<String> for DeliveryId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not a GUID: {text:?}"))
    }
}

impl From<DeliveryId> for String {
    fn from(id: DeliveryId) -> Self {
        id.to_string()
    }
}

impl From<u128> for DeliveryId {
    fn from(number: u128) -> Self {
        Self(number)
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let (a, b, c, d, e) = (
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..],
        );
        write!(f, "{a}-{b}-{c}-{d}-{e}")
    }
}

impl From<CommentId> for RequestId {
    fn from(comment: CommentId) -> Self {
        Self::Comment(comment)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(comment) => write!(f, "{comment}"),
            Self::Review(pull, review) => write!(f, "review-{pull}-{review}"),
            Self::Click(delivery) => write!(f, "click-{delivery}"),
            Self::Form(delivery) => write!(f, "form-{delivery}"),
            Self::Merge(pull) => write!(f, "merge-{pull}"),
        }
    }
}

impl FromStr for RequestId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("not the id of a request: {text:?}");
        if let Some(rest) = text.strip_prefix("review-") {
            let (pull, review) = rest.split_once('-').ok_or_else(unknown)?;
            let (pull, review) = (pull.parse(), review.parse());
            let (pull, review) = (pull.map_err(|_| unknown())?, review.map_err(|_| unknown())?);
            return Ok(Self::Review(PullNumber(pull), ReviewId(review)));
        }
        if let Some(rest) = text.strip_prefix("click-") {
            return DeliveryId::parse(rest).map(Self::Click).ok_or_else(unknown);
        }
        if let Some(rest) = text.strip_prefix("form-") {
            return DeliveryId::parse(rest).map(Self::Form).ok_or_else(unknown);
        }
        if let Some(rest) = text.strip_prefix("merge-") {
            let pull = rest.parse().map_err(|_| unknown())?;
            return Ok(Self::Merge(PullNumber(pull)));
        }
        text.parse()
            .map(|id| Self::Comment(CommentId(id)))
            .map_err(|_| unknown())
    }
}

/// A comment is written as a number, as it was when there was no other road; the others as text.
impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Comment(comment) => serializer.serialize_i64(comment.0),
            other => serializer.collect_str(other),
        }
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(id) => Ok(Self::Comment(CommentId(id))),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_road_keeps_its_text_form_and_comes_back_from_it() {
        let click = DeliveryId::parse("0A3D162E-CC78-11E3-81AB-4C9367DC0958").expect("a GUID");
        for (id, text, json) in [
            (RequestId::Comment(CommentId(5_000_000_000)), "5000000000", "5000000000"),
            (
                RequestId::Review(PullNumber(7), ReviewId(80)),
                "review-7-80",
                "\"review-7-80\"",
            ),
            (
                RequestId::Click(click),
                "click-0a3d162e-cc78-11e3-81ab-4c9367dc0958",
                "\"click-0a3d162e-cc78-11e3-81ab-4c9367dc0958\"",
            ),
            (
                RequestId::Form(click),
                "form-0a3d162e-cc78-11e3-81ab-4c9367dc0958",
                "\"form-0a3d162e-cc78-11e3-81ab-4c9367dc0958\"",
            ),
            (RequestId::Merge(PullNumber(7)), "merge-7", "\"merge-7\""),
        ] {
            assert_eq!(id.to_string(), text);
            assert_eq!(text.parse(), Ok(id));
            assert_eq!(serde_json::to_string(&id).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<RequestId>(json).expect("an id"), id);
        }
    }

    #[test]
    fn what_no_request_has_ever_been_called_is_not_taken_for_one() {
        for text in [
            "",
            "review-7",
            "review-x-1",
            "click-",
            "click-0a3d162ecc7811e381ab4c9367dc0958",
            "click-+a3d162e-cc78-11e3-81ab-4c9367dc0958",
            "merge-",
            "merge-x",
            "form-1",
        ] {
            assert!(text.parse::<RequestId>().is_err(), "{text}");
        }
    }
}

//! Who may do what: the one function that decides, whichever road (comment, label, button, board) asked.
//!
//! A1 Only facts read from GitHub and the configuration on the default branch decide; nothing a payload says does.
//! A2 What could not be read never lets anybody in.

use std::collections::BTreeMap;

use super::config::{self, Config, Owner};
use super::id::{EnvironmentName, Person, TeamName, UserId};
use super::snapshot::{Membership, Role};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub enum Act<'a> {
    /// Promote into this environment, or drop a promotion that waits for it.
    Promote(&'a EnvironmentName),
    /// Take this environment back to what ran there before.
    RollBack(&'a EnvironmentName),
    /// Hold this environment, or open it again.
    Hold(&'a EnvironmentName),
    /// Make a feature ready by its label.
    Ready,
    /// Accept a feature of this author.
    Accept { author: Option<&'a Person> },
    /// Send a feature back to its developer.
    SendBack,
    /// Have a feature shown on a dev instance, or free it.
    Preview,
    /// Have a version from a fork shown there, which runs what people outside of the repository wrote.
    PreviewFork,
    /// Ask how things stand.
    Ask,
    /// Be told what is wrong with how the repository is set up, which those can mend who look after it.
    Examine,
    /// Be answered in words although it is not long since the last time.
    AskAgain,
}

/// A person with what GitHub says of them.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    pub person: &'a Person,
    pub role: Role,
    pub members: &'a BTreeMap<(TeamName, UserId), Membership>,
}

/// May they?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Refused(Why),
    /// It depends on teams that have not been read yet.
    AskTeams(Vec<TeamName>),
}

/// Why somebody may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// They cannot even see the repository.
    NoAccess,
    /// Others may: these.
    NotAnOwner(Vec<Owner>),
    /// It takes at least the triage role.
    BelowTriage,
    /// It takes write access.
    BelowWrite,
    /// It is their own feature, and somebody else has to look at it.
    OwnFeature,
    /// A team might let them in, but the App may not read it; others may as well.
    TeamUnreadable(TeamName, Vec<Owner>),
}

/// Decides whether `who` may `act` under `config`.
pub fn may(who: &Who<'_>, act: Act<'_>, config: &Config) -> Verdict {
    if who.role < Role::Read {
        return Verdict::Refused(Why::NoAccess);
    }
    match act {
        Act::Ask => Verdict::Allowed,
        Act::Examine if who.role >= Role::Maintain => Verdict::Allowed,
        Act::Examine => Verdict::Refused(Why::NotAnOwner(vec![Owner::Role(config::Role::Maintain)])),
        Act::AskAgain if who.role >= Role::Triage => Verdict::Allowed,
        Act::AskAgain => owns(who, &owners_of_anything(config)),
        Act::Ready if who.role >= Role::Triage => Verdict::Allowed,
        Act::Ready => Verdict::Refused(Why::BelowTriage),
        Act::Accept { author } => match owns(who, &config.owners) {
            Verdict::Allowed if !config.self_acceptance && author.is_some_and(|author| author.id == who.person.id) => {
                Verdict::Refused(Why::OwnFeature)
            }
            verdict => verdict,
        },
        Act::SendBack => owns(who, &config.owners),
        Act::Preview | Act::PreviewFork if who.role >= Role::Write => Verdict::Allowed,
        Act::Preview => owns(who, &config.owners),
        Act::PreviewFork => Verdict::Refused(Why::BelowWrite),
        Act::Promote(environment) | Act::RollBack(environment) | Act::Hold(environment) => {
            owns(who, config.owners_of(environment))
        }
    }
}

/// Logins and roles are known already, so teams are only asked about when neither lets the person in.
fn owns(who: &Who<'_>, owners: &[Owner]) -> Verdict {
    let by_name_or_role = owners.iter().any(|owner| match owner {
        Owner::Login(login) => *login == who.person.login,
        Owner::Role(at_least) => who.role >= Role::from(*at_least),
        Owner::Team(_) => false,
    });
    if by_name_or_role {
        return Verdict::Allowed;
    }
    let teams: Vec<&TeamName> = owners.iter().filter_map(team).collect();
    let membership = |team: &TeamName| who.members.get(&(team.clone(), who.person.id)).copied();
    if teams.iter().any(|team| membership(team) == Some(Membership::Active)) {
        return Verdict::Allowed;
    }
    let unread: Vec<TeamName> = teams
        .iter()
        .filter(|team| membership(team).is_none())
        .map(|team| (*team).clone())
        .collect();
    if !unread.is_empty() {
        return Verdict::AskTeams(unread);
    }
    match teams
        .iter()
        .find(|team| membership(team) == Some(Membership::Unreadable))
    {
        Some(team) => Verdict::Refused(Why::TeamUnreadable((*team).clone(), owners.to_vec())),
        None => Verdict::Refused(Why::NotAnOwner(owners.to_vec())),
    }
}

fn owners_of_anything(config: &Config) -> Vec<Owner> {
    let own = config
        .environments
        .iter()
        .filter_map(|environment| environment.owners.as_ref());
    config.owners.iter().chain(own.flatten()).cloned().collect()
}

fn team(owner: &Owner) -> Option<&TeamName> {
    match owner {
        Owner::Team(team) => Some(team),
        Owner::Login(_) | Owner::Role(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the road (label, comment, button), the same question is asked: who, what, of whose feature.
    #[test]
    fn the_table_of_who_may_do_what_with_a_feature() {
        let config = config::parse(TEXT).expect("a valid configuration");
        let person = |id: i64, login: &str| Person {
            id: UserId(id),
            login: Login::from(login),
        };
        let (owner, author, other) = (person(1, "anna"), person(2, "dora"), person(3, "carl"));
        let no_team = [&owner, &author, &other].map(|one| {
            let team = TeamName::new("harbour", "product");
            ((team, one.id), Membership::No)
        });
        let members = no_team.into_iter().collect();
        let mut table = String::new();
        for (person, of) in [
            (&owner, &author),
            (&owner, &owner),
            (&author, &author),
            (&other, &author),
        ] {
            for role in [
                Role::None,
                Role::Read,
                Role::Triage,
                Role::Write,
                Role::Maintain,
                Role::Admin,
            ] {
                let who = Who {
                    person,
                    role,
                    members: &members,
                };
                let word = |act| match may(&who, act, &config) {
                    Verdict::Allowed => "yes",
                    Verdict::Refused(Why::NoAccess) => "no access",
                    Verdict::Refused(Why::NotAnOwner(_)) => "no owner",
                    Verdict::Refused(Why::BelowTriage) => "below triage",
                    Verdict::Refused(Why::BelowWrite) => "below write",
                    Verdict::Refused(Why::OwnFeature) => "own feature",
                    Verdict::Refused(Why::TeamUnreadable(..)) | Verdict::AskTeams(_) => "undecided",
                };
                table.push_str(&format!(
                    "{} as {} on {}'s: ready {}, accept {}, send back {}, preview {}, of a fork {}, ask {}, examine {}\n",
                    person.login.as_str(),
                    role.as_str(),
                    of.login.as_str(),
                    word(Act::Ready),
                    word(Act::Accept { author: Some(of) }),
                    word(Act::SendBack),
                    word(Act::Preview),
                    word(Act::PreviewFork),
                    word(Act::Ask),
                    word(Act::Examine),
                ));
            }
        }
        insta::assert_snapshot!(table, @r"
    anna as none on dora's: ready no access, accept no access, send back no access, preview no access, of a fork no access, ask no access, examine no access
    anna as read on dora's: ready below triage, accept yes, send back yes, preview yes, of a fork below write, ask yes, examine no owner
    anna as triage on dora's: ready yes, accept yes, send back yes, preview yes, of a fork below write, ask yes, examine no owner
    anna as write on dora's: ready yes, accept yes, send back yes, preview yes, of a fork yes, ask yes, examine no owner
    anna as maintain on dora's: ready yes, accept yes, send back yes, preview yes, of a fork yes, ask yes, examine yes
    anna as admin on dora's: ready yes, accept yes, send back yes, preview yes, of a fork yes, ask yes, examine yes
    anna as none on anna's: ready no access, accept no access, send back no access, preview no access, of a fork no access, ask no access, examine no access
    anna as read on anna's: ready below triage, accept own feature, send back yes, preview yes, of a fork below write, ask yes, examine no owner
    anna as triage on anna's: ready yes, accept own feature, send back yes, preview yes, of a fork below write, ask yes, examine no owner
    anna as write on anna's: ready yes, accept own feature, send back yes, preview yes, of a fork yes, ask yes, examine no owner
    anna as maintain on anna's: ready yes, accept own feature, send back yes, preview yes, of a fork yes, ask yes, examine yes
    anna as admin on anna's: ready yes, accept own feature, send back yes, preview yes, of a fork yes, ask yes, examine yes
    dora as none on dora's: ready no access, accept no access, send back no access, preview no access, of a fork no access, ask no access, examine no access
    dora as read on dora's: ready below triage, accept no owner, send back no owner, preview no owner, of a fork below write, ask yes, examine no owner
    dora as triage on dora's: ready yes, accept no owner, send back no owner, preview no owner, of a fork below write, ask yes, examine no owner
    dora as write on dora's: ready yes, accept no owner, send back no owner, preview yes, of a fork yes, ask yes, examine no owner
    dora as maintain on dora's: ready yes, accept no owner, send back no owner, preview yes, of a fork yes, ask yes, examine yes
    dora as admin on dora's: ready yes, accept own feature, send back yes, preview yes, of a fork yes, ask yes, examine yes
    carl as none on dora's: ready no access, accept no access, send back no access, preview no access, of a fork no access, ask no access, examine no access
    carl as read on dora's: ready below triage, accept no owner, send back no owner, preview no owner, of a fork below write, ask yes, examine no owner
    carl as triage on dora's: ready yes, accept no owner, send back no owner, preview no owner, of a fork below write, ask yes, examine no owner
    carl as write on dora's: ready yes, accept no owner, send back no owner, preview yes, of a fork yes, ask yes, examine no owner
    carl as maintain on dora's: ready yes, accept no owner, send back no owner, preview yes, of a fork yes, ask yes, examine yes
    carl as admin on dora's: ready yes, accept yes, send back yes, preview yes, of a fork yes, ask yes, examine yes
    ");
    }

    use crate::rules::config;
    use crate::rules::id::Login;

    const TEXT: &str = "owners: [Anna, \"@harbour/product\", \"role:admin\"]\nenvironments:\n  - name: staging\n  - name: production\n    owners: [bert]\n";

    fn verdict(login: &str, role: Role, membership: Option<Membership>, environment: &str) -> Verdict {
        let config = config::parse(TEXT).expect("a valid configuration");
        let person = Person {
            id: UserId(1),
            login: Login::from(login),
        };
        let team = TeamName::new("harbour", "product");
        let members = membership.map(|found| ((team, UserId(1)), found)).into_iter().collect();
        may(
            &Who {
                person: &person,
                role,
                members: &members,
            },
            Act::Promote(&environment.into()),
            &config,
        )
    }

    #[test]
    fn a_named_owner_needs_no_more_than_to_see_the_repository() {
        assert_eq!(verdict("anna", Role::Read, None, "staging"), Verdict::Allowed);
        assert_eq!(
            verdict("anna", Role::None, None, "staging"),
            Verdict::Refused(Why::NoAccess)
        );
    }

    #[test]
    fn an_environment_may_be_narrower_than_the_pipeline() {
        assert!(matches!(
            verdict("anna", Role::Admin, None, "production"),
            Verdict::Refused(Why::NotAnOwner(_))
        ));
        assert_eq!(verdict("BERT", Role::Read, None, "production"), Verdict::Allowed);
    }

    #[test]
    fn a_role_counts_from_itself_upwards() {
        assert_eq!(verdict("carl", Role::Admin, None, "staging"), Verdict::Allowed);
        assert!(matches!(
            verdict("carl", Role::Maintain, Some(Membership::No), "staging"),
            Verdict::Refused(Why::NotAnOwner(_))
        ));
    }

    #[test]
    fn a_team_is_asked_about_only_when_it_matters_and_lets_in_active_members_only() {
        assert!(matches!(verdict("dora", Role::Write, None, "staging"), Verdict::AskTeams(teams) if teams.len() == 1));
        assert_eq!(
            verdict("dora", Role::Write, Some(Membership::Active), "staging"),
            Verdict::Allowed
        );
        assert!(matches!(
            verdict("dora", Role::Write, Some(Membership::Unreadable), "staging"),
            Verdict::Refused(Why::TeamUnreadable(..))
        ));
    }
}

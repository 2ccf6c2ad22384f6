//! Who may do what: the one function that decides, whichever road (comment, label, button, board) asked.
//!
//! A1 Only facts read from GitHub and the configuration on the default branch decide; nothing a payload says does.
//! A2 What could not be read never lets anybody in.

use std::collections::BTreeMap;

use super::config::{Config, Owner};
use super::id::{EnvironmentName, Person, TeamName, UserId};
use super::snapshot::{Membership, Role};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub enum Act<'a> {
    /// Promote into this environment, or drop a promotion that waits for it.
    Promote(&'a EnvironmentName),
    /// Hold this environment, or open it again.
    Hold(&'a EnvironmentName),
    /// Ask how things stand.
    Ask,
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
        Act::Promote(environment) | Act::Hold(environment) => owns(who, config.owners_of(environment)),
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

fn team(owner: &Owner) -> Option<&TeamName> {
    match owner {
        Owner::Team(team) => Some(team),
        Owner::Login(_) | Owner::Role(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

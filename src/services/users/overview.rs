//! Users as lists and pages show them: with their groups and tokens, and with what may be done to them.

use std::collections::{HashMap, HashSet};

use super::{User, UserFilter, UserOrder, load, may_see};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{DbConnection, UserId};
use crate::error::Result;
use crate::models::group::{self, Group};
use crate::models::holders;
use crate::models::page::Mark;
use crate::models::token::{self, TokenFilter, TokenOrder, TokenRow};
use crate::models::{Slice, Sliced, permission, reach, user};

pub use crate::models::user::UserNumbers;

/// A user in a list.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// The user.
    pub user: User,
    /// The groups of the user, in order of name.
    pub groups: Vec<Group>,
    /// How many tokens the user owns.
    pub tokens: i64,
    /// What the actor may do to the account.
    pub abilities: Abilities,
}

/// Lists a part of the users in an order, turned around if the flag says so.
///
/// # Errors
/// `Forbidden` without `auth.view_user` or `auth.change_user`; `Invalid` for the cursor; database faults.
pub fn rows(
    conn: &mut DbConnection,
    actor: &Actor,
    filter: &UserFilter,
    order: (UserOrder, bool),
    slice: &Slice<Mark>,
) -> Result<Sliced<UserRow, Mark>> {
    may_see(actor)?;
    let Sliced { rows, next, total } = user::slice(conn, filter, order, slice)?;
    let ids: Vec<UserId> = rows.iter().map(|user| user.id).collect();
    let tokens = holders::tokens_of_users(conn, &ids)?;
    let mut groups: HashMap<UserId, Vec<Group>> = HashMap::new();
    for (id, group) in group::list_of_users(conn, &ids)? {
        groups.entry(id).or_default().push(group);
    }
    let reach = Reach::of(conn, actor, &ids)?;
    let complete = |user: User| UserRow {
        groups: groups.remove(&user.id).unwrap_or_default(),
        tokens: tokens.get(&user.id).copied().unwrap_or_default(),
        abilities: reach.abilities(actor, &user),
        user,
    };
    Ok(Sliced { rows: rows.into_iter().map(complete).collect(), next, total })
}

/// The place of a user in a list of some order.
#[must_use]
pub fn place(order: UserOrder, row: &UserRow) -> Mark {
    let user = &row.user;
    match order {
        UserOrder::Id => Mark::Id(user.id.0),
        UserOrder::Username => Mark::Text(user.username.clone(), user.id.0),
        UserOrder::DateJoined => Mark::Time(user.date_joined, user.id.0),
    }
}

/// How many users there are of each kind.
///
/// # Errors
/// `Forbidden` without `auth.view_user` or `auth.change_user`; database faults.
pub fn numbers(conn: &mut DbConnection, actor: &Actor) -> Result<UserNumbers> {
    may_see(actor)?;
    Ok(user::numbers(conn)?)
}

/// What somebody may do to an account, so that nothing is offered that would be refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
pub struct Abilities {
    /// Change name, address, groups and permissions.
    pub change: bool,
    /// Make the user staff, or set the password: the actor holds everything that the user does.
    pub act_as: bool,
    /// Switch the user on, and with that the tokens.
    pub activate: bool,
    /// Make the user a superuser, or none.
    pub superuser: bool,
    /// Delete the account.
    pub delete: bool,
    /// Whether this is the last active superuser, who can neither be switched off nor deleted.
    pub is_last: bool,
}

/// Says what `actor` may do to an account, as the services would decide.
///
/// # Errors
/// Database faults.
pub fn abilities(conn: &mut DbConnection, actor: &Actor, user: &User) -> Result<Abilities> {
    Ok(Reach::of(conn, actor, &[user.id])?.abilities(actor, user))
}

/// What decides what somebody may do to some accounts.
struct Reach {
    superusers: i64,
    /// Users who hold something that the actor does not.
    stronger: HashSet<UserId>,
    /// Users with a token that does.
    with_stronger_tokens: HashSet<UserId>,
}

impl Reach {
    /// One query; for those who are no superusers and may change users, five.
    fn of(conn: &mut DbConnection, actor: &Actor, ids: &[UserId]) -> Result<Self> {
        let superusers = user::count_active_superusers(conn)?;
        if actor.principal.is_superuser || !actor.has_perm("auth.change_user") {
            return Ok(Self { superusers, stronger: HashSet::new(), with_stronger_tokens: HashSet::new() });
        }
        let stronger = |given: Vec<(UserId, String)>| {
            given.into_iter().filter(|(_, name)| !actor.has_perm(name)).map(|(id, _)| id).collect()
        };
        Ok(Self {
            superusers,
            stronger: stronger(reach::users(conn, ids)?),
            with_stronger_tokens: stronger(reach::tokens_of_users(conn, ids)?),
        })
    }

    fn abilities(&self, actor: &Actor, user: &User) -> Abilities {
        let is_super = actor.principal.is_superuser;
        let reachable = !user.is_superuser || is_super;
        let change = actor.has_perm("auth.change_user") && reachable;
        let is_last = user.is_superuser && user.is_active && self.superusers <= 1;
        let act_as = change && !self.stronger.contains(&user.id);
        Abilities {
            change,
            act_as,
            activate: act_as && !self.with_stronger_tokens.contains(&user.id),
            superuser: change && is_super && !is_last,
            delete: actor.has_perm("auth.delete_user") && reachable && !is_last,
            is_last,
        }
    }
}

/// Some of the tokens of a user in order of name, and how many there are.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; database faults.
pub fn tokens(
    conn: &mut DbConnection,
    actor: &Actor,
    now: UtcTime,
    id: UserId,
    most: i64,
) -> Result<(Vec<TokenRow>, i64)> {
    actor.require("mcp.view_token")?;
    let filter = TokenFilter { user_id: Some(id), ..TokenFilter::default() };
    let first = Slice { count: true, ..Slice::first(most) };
    let found = token::slice(conn, &filter, now, TokenOrder::Name, false, &first)?;
    Ok((found.rows, found.total.unwrap_or_default()))
}

/// What goes with an account that is about to be deleted, and what may become of its tokens.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// The account.
    pub user: User,
    /// Whether the actor may delete it.
    pub abilities: Abilities,
    /// Its groups.
    pub groups: Vec<Group>,
    /// Permissions of its own.
    pub permissions: usize,
    /// Names of the first of its tokens, in order, for those who may see tokens.
    pub tokens: Vec<String>,
    /// How many tokens it owns.
    pub token_count: i64,
    /// Whether the actor may give the tokens to another owner: it holds what each of them can.
    pub may_transfer: bool,
    /// Whether the actor may delete the tokens.
    pub may_delete_tokens: bool,
}

/// Tells what goes with an account.
///
/// # Errors
/// `Forbidden` without `auth.delete_user`; `NotFound`; database faults.
pub fn deletion(conn: &mut DbConnection, actor: &Actor, now: UtcTime, id: UserId) -> Result<Deletion> {
    actor.require("auth.delete_user")?;
    let user = load(conn, id)?;
    let token_count = holders::tokens_of_users(conn, &[id])?.remove(&id).unwrap_or_default();
    let tokens =
        if actor.has_perm("mcp.view_token") { tokens(conn, actor, now, id, 2)?.0 } else { Vec::new() };
    let held = permission::names_of_tokens_of_user(conn, id)?;
    Ok(Deletion {
        abilities: abilities(conn, actor, &user)?,
        groups: group::list_of_user(conn, id)?,
        permissions: permission::list_direct_of_user(conn, id)?.len(),
        tokens: tokens.into_iter().map(|row| row.token.name).collect(),
        token_count,
        may_transfer: actor.has_perm("mcp.change_token") && held.iter().all(|name| actor.has_perm(name)),
        may_delete_tokens: actor.has_perm("mcp.delete_token"),
        user,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::{TestDb, actor_with};
    use crate::services::users::{self, NewUser};

    #[test]
    fn what_is_offered_is_what_the_services_allow() {
        let test = TestDb::new();
        let (cli, now) = (Actor::cli(), test.clock.now());
        let ada = test.user("ada");
        test.write(|tx| users::grant(tx, &cli, now, ada, &["blog.view_article".into()])).unwrap();
        let new =
            NewUser { username: "root".into(), is_active: true, is_superuser: true, ..NewUser::default() };
        let root = test.write(|tx| users::create(tx, &cli, now, &new)).unwrap().id;
        let of = |actor: &Actor, id| {
            test.db
                .read(|conn| {
                    let user = load(conn, id)?;
                    abilities(conn, actor, &user)
                })
                .unwrap()
        };
        let weak = actor_with(&["auth.change_user", "auth.delete_user"]);
        let told = of(&weak, ada);
        assert!(told.change && told.delete && !told.act_as && !told.activate && !told.superuser);
        assert!(test.write(|tx| users::activate(tx, &weak, now, ada)).is_err());
        assert_eq!(of(&weak, root), Abilities { is_last: true, ..Abilities::default() });
        assert!(test.write(|tx| users::deactivate(tx, &weak, now, root)).is_err());
        let strong = actor_with(&["auth.change_user", "blog.view_article"]);
        let told = of(&strong, ada);
        assert!(told.act_as && told.activate && !told.delete);
        assert!(test.write(|tx| users::activate(tx, &strong, now, ada)).is_ok());
        let told = of(&cli, root);
        assert!(told.change && told.is_last && !told.delete && !told.superuser);
        for actor in [&weak, &strong, &cli] {
            let slice = Slice::first(9);
            let all = test
                .db
                .read(|conn| rows(conn, actor, &UserFilter::default(), (UserOrder::Username, false), &slice));
            for row in all.unwrap().rows {
                assert_eq!(row.abilities, of(actor, row.user.id), "{}", row.user.username);
            }
        }
    }
}

//! What somebody may try.

use proptest::prelude::*;

/// One call: which, with which of the known credentials, about what. Numbers choose from lists, whatever their
/// length.
#[derive(Debug, Clone)]
pub struct Step {
    /// The credential.
    pub who: usize,
    /// What is done.
    pub what: What,
    /// The token, group or user that it is about.
    pub target: usize,
    /// The permission that is wanted.
    pub permission: usize,
    /// The group that is wanted.
    pub group: usize,
    /// The user that is wanted.
    pub user: usize,
}

/// Calls that could give somebody something.
#[derive(Debug, Clone, Copy)]
pub enum What {
    IssueToken,
    IssueCappedToken,
    PatchTokenPermissions,
    PatchTokenGroups,
    PatchTokenOwner,
    ReviveToken,
    UncapToken,
    PutToken,
    Rotate,
    Copy,
    Activate,
    GrantToken,
    SetTokenPermissions,
    FullAccess,
    AddTokenGroup,
    BulkActivate,
    BulkExpiry,
    NarrowToken,
    CreateGroup,
    PutGroup,
    GrantGroup,
    SetGroupPermissions,
    AddMember,
    SetMembers,
    DeleteGroup,
    CreateUser,
    CreateSuperuser,
    Promote,
    PutUser,
    ActivateUser,
    SetPassword,
    GrantUser,
    SetUserPermissions,
    AddUserGroup,
    DeleteUser,
}

use What::*;

const ALL: [What; 35] = [
    IssueToken,
    IssueCappedToken,
    PatchTokenPermissions,
    PatchTokenGroups,
    PatchTokenOwner,
    ReviveToken,
    UncapToken,
    PutToken,
    Rotate,
    Copy,
    Activate,
    GrantToken,
    SetTokenPermissions,
    FullAccess,
    AddTokenGroup,
    BulkActivate,
    BulkExpiry,
    NarrowToken,
    CreateGroup,
    PutGroup,
    GrantGroup,
    SetGroupPermissions,
    AddMember,
    SetMembers,
    DeleteGroup,
    CreateUser,
    CreateSuperuser,
    Promote,
    PutUser,
    ActivateUser,
    SetPassword,
    GrantUser,
    SetUserPermissions,
    AddUserGroup,
    DeleteUser,
];

/// Many calls, one after the other.
pub fn sequence() -> impl Strategy<Value = Vec<Step>> {
    let numbers = (0..8usize, 0..12usize, 0..6usize, 0..6usize, 0..6usize);
    let one = (prop::sample::select(ALL.to_vec()), numbers).prop_map(|(what, numbers)| {
        let (who, target, permission, group, user) = numbers;
        Step { who, what, target, permission, group, user }
    });
    prop::collection::vec(one, 20..40)
}

//! The five tables that only say "this belongs to that".

use diesel::prelude::*;

use crate::db::schema::{group_permissions, token_groups, token_permissions, user_groups, user_permissions};
use crate::db::{GroupId, PermissionId, TokenId, Tx, UserId};

/// Writes `insert` and `delete` for a table of two ids.
macro_rules! membership {
    ($table:ident, $insert:ident, $delete:ident, $left:ident: $Left:ty, $right:ident: $Right:ty) => {
        /// Adds a row unless it is there; whether it was added.
        ///
        /// # Errors
        /// A foreign key violation if one of the two is gone; database faults.
        pub fn $insert(tx: &mut Tx<'_>, $left: $Left, $right: $Right) -> QueryResult<bool> {
            let row = $table::table.find(($left, $right));
            if diesel::select(diesel::dsl::exists(row)).get_result(&mut **tx)? {
                return Ok(false);
            }
            let values = ($table::$left.eq($left), $table::$right.eq($right));
            diesel::insert_into($table::table).values(values).execute(&mut **tx)?;
            Ok(true)
        }

        /// Removes a row; whether it was there.
        ///
        /// # Errors
        /// Database faults.
        pub fn $delete(tx: &mut Tx<'_>, $left: $Left, $right: $Right) -> QueryResult<bool> {
            Ok(diesel::delete($table::table.find(($left, $right))).execute(&mut **tx)? > 0)
        }
    };
}

membership!(user_groups, insert_user_group, delete_user_group, user_id: UserId, group_id: GroupId);
membership!(
    user_permissions,
    insert_user_permission,
    delete_user_permission,
    user_id: UserId,
    permission_id: PermissionId
);
membership!(
    group_permissions,
    insert_group_permission,
    delete_group_permission,
    group_id: GroupId,
    permission_id: PermissionId
);
membership!(token_groups, insert_token_group, delete_token_group, token_id: TokenId, group_id: GroupId);
membership!(
    token_permissions,
    insert_token_permission,
    delete_token_permission,
    token_id: TokenId,
    permission_id: PermissionId
);

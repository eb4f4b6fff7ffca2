#!/usr/bin/env bash
# The whole life of a token over the REST API, with curl and jq alone.
#
# Usage: URL=http://localhost:8000 TOKEN=mcp_… examples/token-life.sh
# TOKEN needs the permissions of tokens, groups and the log (`mcp.*`, `auth.*`, `admin.view_logentry`) and, because
# who grants must hold, those of the blog that are handed out below. An administrator makes such a token in the admin with "Full"
# for everything; the token `operator` of `mcp-admin demo` lacks those of the blog.
set -euo pipefail
api=${URL:?where the server is}/api/v1
: "${TOKEN:?the token that administers}"

step() { printf '%s\n' "== $*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# call METHOD PATH [BODY]: the body of the answer; anything but a success ends the script.
call() {
  local arguments=(--silent --show-error --fail-with-body --request "$1" "$api$2" --header "Authorization: Bearer $TOKEN")
  if [ $# -gt 2 ]; then arguments+=(--header 'Content-Type: application/json' --data "$3"); fi
  curl "${arguments[@]}" || fail "$1 $2"
}

# use SECRET METHOD…: the status of an MCP request that presents this secret.
use() {
  curl --silent --output /dev/null --write-out '%{http_code}' "$URL/mcp/" --header "Authorization: Bearer $1" \
    --header 'Content-Type: application/json' --data "$2"
}
list='{"method":"tools/list"}'

# expect WHAT IS WANTED
expect() { [ "$2" = "$3" ] || fail "$1 is $2, not $3"; printf '%s: %s\n' "$1" "$2"; }

# Others hear of a change a moment later, so what is asked right after it may be asked again.
expect_soon() {
  local seen=
  for _ in $(seq 50); do
    seen=$(use "$2" "$list")
    [ "$seen" != "$3" ] || break
    sleep 0.1
  done
  expect "$1" "$seen" "$3"
}

name="Nightly import $$"

step "A group, and a token with five permissions and that group"
group=$(call POST /groups "{\"name\": \"Importers $$\", \"permissions\": [\"blog.add_tag\"]}" | jq -r .id)
user=$(call GET /me | jq -r .user.id)
created=$(call POST /tokens "$(jq -n --arg name "$name" --argjson user "$user" --argjson group "$group" '{
  name: $name, user: $user, groups: [$group],
  permissions: ["blog.view_article", "blog.view_author", "blog.view_tag", "blog.add_article", "blog.change_article"]}')")
id=$(jq -r .id <<<"$created")
secret=$(jq -r .token <<<"$created")
expect "direct permissions" "$(jq '.permissions | length' <<<"$created")" 5
expect "the secret is shown again" "$(call GET "/tokens/$id" | jq 'has("token")')" false

step "It is used, and says why it may do what it does"
expect "tools/list" "$(use "$secret" "$list")" 200
check=$(call POST "/tokens/$id/check" '{"permissions": ["blog.view_article", "blog.add_tag", "blog.delete_article"]}')
expect "reasons" "$(jq -r '[.results[].reason] | join(", ")' <<<"$check")" "direct, group Importers $$, not granted"

step "It is narrowed"
call DELETE "/tokens/$id/permissions" '{"permissions": ["blog.change_article"]}' >/dev/null
call DELETE "/tokens/$id/groups" "{\"groups\": [$group]}" >/dev/null
expect "permissions left" "$(call GET "/tokens/$id/permissions" | jq '.results | length')" 4

step "It gets a new secret; the old one holds for a grace period"
rotated=$(call POST "/tokens/$id/rotate" '{"grace": "3s"}' | jq -r .token)
expect "the new secret" "$(use "$rotated" "$list")" 200
expect "the old secret" "$(use "$secret" "$list")" 200
expect_soon "the old secret after its grace" "$secret" 401
expect "the new secret" "$(use "$rotated" "$list")" 200

step "Unused tokens are found"
idle=$(call POST /tokens "{\"name\": \"Idle $$\", \"user\": $user}" | jq -r .id)
expect "the idle one is among them" \
  "$(call GET "/tokens?unused_for=0s&search=Idle%20$$" | jq --argjson id "$idle" '[.results[].id] | index($id) != null')" true

step "It is switched off, on again, and deleted"
call POST "/tokens/$id/deactivate" >/dev/null
expect_soon "switched off" "$rotated" 401
call POST "/tokens/$id/activate" >/dev/null
expect_soon "switched on" "$rotated" 200
call DELETE "/tokens/$id" >/dev/null
call DELETE "/tokens/$idle" >/dev/null
call DELETE "/groups/$group" >/dev/null
expect_soon "deleted" "$rotated" 401

step "The log tells all of it"
call GET "/log-entries?app=mcp&model=token&object_id=$id&limit=50" |
  jq -r '.results | reverse | .[] | "\(.at) \(.action) by \(.actor) with \(.token)"'

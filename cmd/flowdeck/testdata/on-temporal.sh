#!/usr/bin/env bash
# Goes through the commands about runs on Temporal, with the real program, two workers and the server of TEMPORAL_ADDRESS: see make temporal-test.
set -euo pipefail
flowdeck=$PWD/bin/flowdeck
dir=$(mktemp -d)
export FLOWDECK_KEY="the key of the test of commands" FLOWDECK_TRUST=1 OKTA_API_TOKEN=demo-token
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
cp flows/orgs/acme.yaml "$dir/acme.yaml"
cd "$dir"

cat > look.yaml <<'FLOW'
flow: look
steps:
  - id: users
    card: okta.user.list
    result: all
    max: 5000
  - id: people
    each: steps.users[0:30]
    concurrency: 3
    do:
      - wait: 300ms
      - card: okta.user.get
        with: {user_id: "${ record.id }"}
FLOW
cat > name.yaml <<'FLOW'
flow: name
steps:
  - each: '["ada@acme.example", "grace.hopper@acme.example"]'
    allow: all
    do:
      - card: okta.user.update
        with: {user_id: "${ record }", profile_extra: {displayName: "${ string(now()) }"}}
FLOW
cat > ask.yaml <<'FLOW'
flow: ask
steps:
  - id: go
    approve: {prompt: Suspend them, show: {people: 2}, self: true}
  - return: ${ steps.go.note }
FLOW
cat > file.yaml <<'FLOW'
flow: file
steps:
  - card: file.read
    with: {path: a.txt}
FLOW

fail() { echo "on-temporal.sh: $*" >&2; cat ./*.log >&2; exit 1; }
# has FILE TEXT: the file contains the text
has() { grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "$1 does not have: $2"; }; }
# exits CODE COMMAND…: the command ends with the code; its output is in out and err
exits() {
  local want=$1 got=0
  shift
  "$@" >out 2>err </dev/null || got=$?
  [ "$got" = "$want" ] || { cat out err >&2; fail "exit $got, want $want: $*"; }
}
# until TEXT COMMAND…: the output of the command has the text, within half a minute
until_has() {
  local text=$1
  shift
  for _ in $(seq 150); do
    "$@" >out 2>&1 || true
    if grep -qF -- "$text" out; then return; fi
    sleep 0.2
  done
  cat out >&2
  fail "it never has $text: $*"
}

# The org is in a process of its own, so that it outlives the workers.
"$flowdeck" org acme.yaml --listen 127.0.0.1:0 >org.log 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  if url=$(grep -oE 'http://127.0.0.1:[0-9]+' org.log | head -1) && [ -n "$url" ]; then break; fi
  sleep 0.1
done
cat > flowdeck.yaml <<CONFIG
connections:
  okta: {type: okta, domain: "$url", simulated: true, auth: {api_token: {env: OKTA_API_TOKEN}}}
temporal: {address: "$TEMPORAL_ADDRESS"}
CONFIG

exits 2 "$flowdeck" run file --on temporal
has err "each machine has its own"
exits 2 env FLOWDECK_KEY= "$flowdeck" run look --on temporal
has err "FLOWDECK_KEY is not set"

# It starts nothing until there is a worker.
"$flowdeck" run look --on temporal --json >first.json 2>first.err &
first=$!
until_has "waiting: no worker serves runs" cat first.err
"$flowdeck" worker --temporal "$TEMPORAL_ADDRESS" >w1.log 2>&1 &
pids+=($!)
"$flowdeck" worker --temporal "$TEMPORAL_ADDRESS" >w2.log 2>&1 &
pids+=($!)
wait "$first" || fail "the first run failed: $(cat first.err)"
has first.json '"status": "succeeded"'
has first.json '"ok": 30'

# Pause, resume and stop, from another process.
run=$("$flowdeck" run look --on temporal --detach 2>/dev/null)
until_has "goes on          each" "$flowdeck" runs show "$run"
exits 0 "$flowdeck" pause "$run"
has err "$run: paused"
until_has "paused" "$flowdeck" runs --flow look --status paused
exits 0 "$flowdeck" set "$run" concurrency=10
exits 0 "$flowdeck" resume "$run"
has err "look: succeeded"
run=$("$flowdeck" run look --on temporal --detach 2>/dev/null)
until_has "goes on          each" "$flowdeck" runs show "$run"
exits 0 "$flowdeck" stop "$run"
has err "$run: canceled"
exits 2 "$flowdeck" pause "$run"

# A run that is held to its plan: somebody changes one person in between.
exits 0 "$flowdeck" plan name --out plan.json
curl -sf -X POST -H "Authorization: SSWS $OKTA_API_TOKEN" -H 'Content-Type: application/json' -d '{"profile": {"displayName": "Countess"}}' \
  "$url/api/v1/users/ada@acme.example" >/dev/null
exits 6 "$flowdeck" run --plan plan.json --on temporal
has err "not as planned: 1 write was not made"
has err 'ada@acme.example: displayName is "Countess" now'
exits 0 "$flowdeck" runs verify
exits 2 "$flowdeck" retry --last --yes
has err "was held to a plan"

# Ctrl-C stops the run cleanly.
"$flowdeck" run look --on temporal --json >third.json 2>third.err &
third=$!
until_has "look" "$flowdeck" runs --status running
kill -TERM "$third"
got=0
wait "$third" || got=$?
[ "$got" = 130 ] || fail "exit $got after a signal, want 130"
has third.json '"status": "canceled"'

# A decision from another process; where nobody can be asked, the command ends when the run waits for it.
exits 5 "$flowdeck" run ask --on temporal --json
run=$(sed -n 's/.*"run": "\(.*\)".*/\1/p' out | head -1)
until_has "$(echo "$run" | cut -c1-28)" "$flowdeck" approvals
digest=$("$flowdeck" approvals --json 2>/dev/null | sed -n 's/.*"digest": "\(.*\)".*/\1/p' | head -1)
exits 1 "$flowdeck" approve "$run" --yes --digest 0000
exits 0 "$flowdeck" approve "$run" --yes --digest "$digest" --note "two are enough"
until_has "two are enough" "$flowdeck" runs show "$run"
until_has "succeeded" "$flowdeck" runs --flow ask

# At a terminal, before it writes to an org that is not simulated: it makes a plan here, asks, and holds the run to the plan.
if command -v script >/dev/null; then
  mkdir real
  cp name.yaml real
  sed 's/simulated: true, //' flowdeck.yaml > real/flowdeck.yaml
  "$flowdeck" worker -C real --temporal "$TEMPORAL_ADDRESS" >w3.log 2>&1 &
  pids+=($!)
  { trap '' PIPE; for _ in 1 2 3 4 5; do sleep 2; echo y 2>/dev/null || true; done; } | script -qec "$flowdeck run -C real name --on temporal" real.txt >/dev/null || { cat real.txt; fail "exit $?"; }
  has real.txt "go on, and write to"
  has real.txt "changed: 2 × okta.user.update"
  "$flowdeck" runs show -C real --last --json >out
  has out '"not_made": 0'
fi
echo "the commands work on a Temporal server"

#!/usr/bin/env bash
# Runs a command with TEMPORAL_ADDRESS, the address of a Temporal server: the one that it has already, or a dev server of its own, with
# nothing in it, on TEMPORAL_PORT (default 17233). With its own, TEMPORAL_SERVER is the program, for tests that start another one.
set -euo pipefail
if [ -z "${TEMPORAL_ADDRESS:-}" ]; then
  port=${TEMPORAL_PORT:-17233}
  bin/temporal server start-dev --ip 127.0.0.1 --port "$port" --headless --log-level never &
  server=$!
  trap 'kill "$server"' EXIT
  export TEMPORAL_ADDRESS=127.0.0.1:$port TEMPORAL_SERVER=$PWD/bin/temporal
  for _ in $(seq 100); do
    if bin/temporal operator cluster health --address "$TEMPORAL_ADDRESS" >/dev/null 2>&1; then break; fi
    sleep 0.2
  done
fi
"$@"

#!/usr/bin/env bash
# Streams 10,000, 100,000 and 1,000,000 records to a helper that does nothing, and prints the time and the
# peak memory (VmHWM) of flowdeck alone: the org is a separate process. Usage: run.sh FLOWDECK
set -euo pipefail
flowdeck=$(realpath "$1")
cd "$(dirname "$0")"
export OKTA_API_TOKEN=demo-token FLOWDECK_TRUST=1
seed=$(mktemp --suffix .yaml)
org=
trap 'rm -rf "$seed" .flowdeck; [ -z "$org" ] || kill "$org" 2>/dev/null || true' EXIT
printf '| records | seconds | peak memory |\n|---:|---:|---:|\n'
for n in 10000 100000 1000000; do
  echo "generate: {seed: 7, users: $n}" >"$seed"
  "$flowdeck" org "$seed" --listen 127.0.0.1:8643 2>/dev/null &
  org=$!
  until (exec 3<>/dev/tcp/127.0.0.1/8643) 2>/dev/null; do kill -0 "$org"; sleep 0.1; done
  start=$(date +%s.%N)
  "$flowdeck" run everybody --json >/dev/null &
  run=$!
  peak=0
  while [ -r "/proc/$run/status" ] && line=$(grep VmHWM "/proc/$run/status" 2>/dev/null); do
    peak=$(awk '{print int($2 / 1024)}' <<<"$line")
    sleep 0.05
  done
  wait "$run"
  printf '| %d | %.1f | %d MB |\n' "$n" "$(awk "BEGIN {print $(date +%s.%N) - $start}")" "$peak"
  kill "$org"
  wait "$org" 2>/dev/null || true
  org=
done

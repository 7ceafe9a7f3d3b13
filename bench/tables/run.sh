#!/usr/bin/env bash
# Imports 10,000, 100,000 and 1,000,000 rows into a table, looks for rows, exports and deletes them, and prints the time and
# the peak memory (VmHWM) of flowdeck for each. Usage: run.sh FLOWDECK
set -euo pipefail
flowdeck=$(realpath "$1")
cd "$(dirname "$0")"
files=$(mktemp -d)
trap 'rm -rf "$files" .flowdeck' EXIT

# measure prints a row for a command.
measure() {
  local what=$1 start peak=0 line
  shift
  start=$(date +%s.%N)
  "$flowdeck" table "$@" >"$files/out" 2>"$files/err" &
  local run=$!
  while [ -r "/proc/$run/status" ] && line=$(grep VmHWM "/proc/$run/status" 2>/dev/null); do
    peak=$(awk '{print int($2 / 1024)}' <<<"$line")
    sleep 0.01
  done
  wait "$run" || { cat "$files/err" >&2; exit 1; }
  printf '| %d | %s | %.2f | %d MB |\n' "$n" "$what" "$(awk "BEGIN {print $(date +%s.%N) - $start}")" "$peak"
}

printf '| rows | | seconds | peak memory |\n|---:|---|---:|---:|\n'
for n in 10000 100000 1000000; do
  rm -rf .flowdeck
  awk -v n="$n" 'BEGIN {
    print "login,left,active,count,note"
    for (i = 0; i < n; i++) printf "user%07d@acme.example,2026-11-28,true,%d,laptop returned\n", i, i
  }' >"$files/people.csv"
  measure 'import of new rows' import people "$files/people.csv"
  measure 'the same again' import people "$files/people.csv"
  measure 'one row, by its key' show people --where 'login == "user0005000@acme.example"'
  measure 'one row, by another column' show people --where 'count == 5000'
  measure 'export' export people "$files/out.csv"
  cmp "$files/people.csv" "$files/out.csv"
  measure 'delete all rows but 5,000, by a condition' clear people --yes --where 'count >= 5000'
  measure 'delete the others' clear people --yes
done

#!/usr/bin/env bash
# Measures one flow, which reads and suspends MEMBERS people (default 2,000): on Temporal with one worker and with two, and then, in turns, by hand, by
# flowdeck alone, and by a workflow with one activity for each member. Run by `make bench-temporal`, with TEMPORAL_ADDRESS.
set -euo pipefail
members=${MEMBERS:-2000}
for workers in 1 2; do
  go run ./bench/temporal -members "$members" -kills 0 -workers "$workers" -flow bench/throughput/suspend-all.yaml bin/flowdeck bin/temporal
done
bin/throughput -members "$members" -runs "${RUNS:-2}" -with "activities by hand=bin/durable temporal $TEMPORAL_ADDRESS sweep" bin/flowdeck bin/handwritten

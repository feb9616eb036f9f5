#!/bin/sh
# The whole suite in two halves at the same time: what keeps the clock's time at full priority, and
# what only computes with what the processors have left, or a busy machine would be measured.
set -u
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1 # there are as many workers as processors
mkdir -p .setup
log=.setup/computing.log
live=$(grep -l 'mark\.realtime' tests/unit/*.py)

run=".venv/bin/pytest --dist loadfile --no-loadscope-reorder"

# shellcheck disable=SC2086 # some words each
nice -n 10 $run -n logical -m "not realtime" tests/unit tests/contract tests/e2e studiocheck >"$log" 2>&1 &
computing=$!
trap 'kill $computing 2>/dev/null' INT TERM

# shellcheck disable=SC2086
$run -n 4 -m realtime tests/e2e tests/contract $live
failed=$?
wait $computing || failed=1
cat "$log"
exit $failed

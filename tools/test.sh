#!/bin/sh
# The whole suite in two halves at the same time: what keeps the clock's time at full priority, and
# what only computes with what the processors have left, or a busy machine would be measured.
set -u
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1 # there are as many workers as processors
mkdir -p .setup
log=.setup/computing.log
live=$(grep -l 'mark\.realtime' tests/unit/*.py)
few=5

half=".venv/bin/pytest --dist loadfile --no-loadscope-reorder"
computing="tests/unit tests/contract tests/e2e studiocheck"
realtime="tests/e2e tests/contract $live"

# What fell beside everything else has one more chance, alone and for all to see: a test that needs
# more of the clock than a full machine gives stands then, what is broken falls again.
alone() { # exit code, memory, places
  code=$1 memory=$2
  shift 2
  [ "$code" = 1 ] || return "$code"
  fell=$(grep -c '": true' "$memory/v/cache/lastfailed")
  [ "$fell" -le "$few" ] || return 1
  echo "== $fell fell beside the rest: once more, alone =="
  .venv/bin/pytest -o cache_dir="$memory" --last-failed -v "$@"
}

rm -rf .setup/realtime .setup/computing
# shellcheck disable=SC2086 # some words each
nice -n 10 $half -n logical -o cache_dir=.setup/computing -m "not realtime" $computing >"$log" 2>&1 &
job=$!
trap 'kill $job 2>/dev/null' INT TERM

# shellcheck disable=SC2086
$half -n 4 -o cache_dir=.setup/realtime -m realtime $realtime
timed=$?
wait $job
computed=$?
cat "$log"

failed=0
# shellcheck disable=SC2086
alone $timed .setup/realtime $realtime || failed=1
# shellcheck disable=SC2086
alone $computed .setup/computing $computing || failed=1
exit $failed

# What the bash scripts share. Sourced, not run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root

say() { printf '%s\n' "$*" >&2; }

# usage_error MESSAGE: one line, exit 2.
usage_error() {
  say "$(basename "$0"): $*"
  exit 2
}

# value FLAG [VALUE]: the flag's value, or a usage error where it is missing or looks like the next flag.
value() {
  [[ $# -ge 2 && -n $2 && $2 != --* ]] || usage_error "$1 needs a value"
  printf '%s' "$2"
}

# An interpreter that has the named modules: the python3 first on PATH often lacks Debian's packages.
python_with() {
  local modules=$1 candidate
  for candidate in python3 /usr/bin/python3 /usr/local/bin/python3; do
    if "$candidate" -c "import sys; assert sys.version_info >= (3, 10); import $modules" 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
  done
  usage_error "no Python >= 3.10 with $modules found: run scripts/setup"
}

# build PRESET [CMAKE-ARGUMENT...]: quiet unless it fails; its whole output is in build/PRESET/build.log.
build() {
  local preset=$1 log started=$SECONDS
  shift
  log=$root/build/$preset/build.log
  mkdir -p "$root/build/$preset"
  say "building preset $preset ..."
  if ! (cd "$root" && cmake --preset "$preset" "$@" && cmake --build --preset "$preset") >"$log" 2>&1; then
    grep -nE 'error|Error|FAILED' "$log" | head -20 >&2 || true
    tail -5 "$log" >&2
    say "building preset $preset failed: the whole output is in ${log#"$root"/}"
    return 1
  fi
  say "built preset $preset in $((SECONDS - started)) s"
}

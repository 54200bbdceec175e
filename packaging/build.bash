# Configuring and building, shared by packaging/run and packaging/test. Sourced by bash; sets `root`.
# All progress goes to stderr: stdout belongs to what is run afterwards.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf 'rota: %s\n' "$*" >&2; }

# A CI runner may have no HOME, or one that is not writable: ccache would then fail every compilation.
prepare_environment() {
  [[ -n ${HOME:-} ]] || HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME
  local cache=${CCACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}}
  while [[ $cache == /?* && ! -e $cache ]]; do cache=$(dirname "$cache"); done
  [[ -w $cache && -n $HOME ]] || export CCACHE_DISABLE=1
  export NINJA_STATUS='[%f/%t] '
  jobs=$(nproc 2>/dev/null || echo 2)
}

directory_of() {  # preset -> build directory
  if [[ $1 == release ]]; then echo "$root/build"; else echo "$root/build-$1"; fi
}

cached() {  # build directory, cache key -> value
  sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt" 2>/dev/null || true
}

# configure PRESET TESTS: only when there is no build of this source tree yet, or one without the tests that are wanted.
configure() {
  local preset=$1 tests=$2 at fresh=()
  at=$(directory_of "$preset")
  if [[ -f $at/build.ninja && $(cached "$at" CMAKE_HOME_DIRECTORY) == "$root" ]]; then
    [[ $tests == OFF || $(cached "$at" ROTA_BUILD_TESTS) == ON ]] && return 0
  else
    fresh=(--fresh)
  fi
  say "configuring the $preset build in ${at#"$root"/}"
  local flags=(--preset "$preset" -DROTA_BUILD_TESTS="$tests" -DROTA_UNITY=ON --log-level=WARNING)
  (cd "$root" && cmake "${fresh[@]}" "${flags[@]}") >&2
}

# build PRESET TARGETS...: silent when all is up to date.
build() {
  local preset=$1 at
  shift
  at=$(directory_of "$preset")
  if [[ $(ninja -C "$at" -n "$@" 2>/dev/null | tail -n 1) == "ninja: no work to do." ]]; then
    return 0
  fi
  say "building ${*:-everything} ($preset, $jobs at a time)"
  ninja -C "$at" -j "$jobs" "$@" >&2
}

# shellcheck shell=bash
# Sourced by ./run, ./test and .ci/run. What they do is told on stderr in short lines; results go to stdout;
# what apt-get, cmake and ninja print goes to build/log/ and is shown only if they fail.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
log_dir=build/log
: "${command_name:?is set by the command that sources this file}"
export LC_ALL=C.UTF-8
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}

say() { printf '* %s\n' "$*" >&2; }
note() { printf '  %s\n' "$*" >&2; }
die() {
  printf '%s: %s\n' "$command_name" "$*" >&2
  exit 1
}
bad_usage() {
  printf "%s: %s\n" "$command_name" "$*" >&2
  exit 2
}

need_log_dir() {
  { mkdir -p "$log_dir" && [ -w "$log_dir" ]; } 2>/dev/null ||
    die "Cannot write to $root/build: it belongs to another user. Make it yours, or remove it."
}

# step LOG COMMAND...: runs COMMAND with its output in build/log/LOG.log and its last line shown as progress.
# Returns its exit status; prints how long it took, or the end of the log and what to do.
step() {
  local name=$1 log=$log_dir/$1.log started=$SECONDS status
  shift
  need_log_dir
  "$@" </dev/null 2>&1 | tee "$log" | show_progress
  status=${PIPESTATUS[0]}
  if [ "$status" -eq 0 ]; then
    if grep -q '^ninja: no work to do' "$log"; then note "up to date"; else note "done in $((SECONDS - started)) s"; fi
    ! grep '^[^ ]*:[0-9]*:[0-9]*: warning: ' "$log" >&2 || note "These warnings are errors in CI; more of each is in $log."
  else
    show_trouble "$log" >&2
    printf '\n%s: %s failed; all of its output is in %s.\n' "$command_name" "$name" "$root/$log" >&2
    advise "$log"
  fi
  return "$status"
}

show_progress() {
  local line shown=$SECONDS
  while IFS= read -r line; do show_line "$line"; done
  clear_line
}

# On a terminal the line replaces the one before; elsewhere one line in 20 seconds is enough. Uses the caller's `shown`.
show_line() {
  if [ -t 2 ]; then
    printf '\r\033[K  %.76s' "$1" >&2
  elif ((SECONDS - shown >= 20)); then
    printf '  ... %.100s\n' "$1" >&2
    shown=$SECONDS
  fi
}

clear_line() { [ ! -t 2 ] || printf '\r\033[K' >&2; }

# Prints the first failure of a build, the first errors of apt-get, or the end of the log.
show_trouble() {
  local first
  first=$(grep -n -m 1 '^FAILED: \|^CMake Error' "$1" | cut -d : -f 1)
  if [ -n "$first" ]; then
    sed -n "$first,$((first + 40))p" "$1"
  elif ! grep -m 5 '^E: ' "$1"; then
    tail -n 30 "$1"
  fi
}

# Says what to do about the usual causes of a failure.
advise() {
  local log=$1 again="then run $command_name again"
  if grep -q 'No space left on device\|not enough free space' "$log" || [ "$(free_mb .)" -lt 50 ]; then
    note "The disk is full: free about 3 GB, $again."
  elif grep -qi 'could not resolve\|temporary failure resolving\|unable to connect\|could not connect' "$log"; then
    note "The package servers cannot be reached: connect this machine to the network (behind a proxy: export http_proxy), $again."
  elif grep -q 'Unable to locate package\|has no installation candidate' "$log"; then
    note "This system has no such package: Dure is built on Debian 12 (bookworm) with its 'main' section enabled."
  elif grep -q 'dpkg was interrupted' "$log"; then
    note "An earlier installation was cut off: run 'dpkg --configure -a' as root, $again."
  elif grep -q 'Killed signal terminated\|unable to execute command: Killed' "$log"; then
    note "The compiler ran out of memory: set CMAKE_BUILD_PARALLEL_LEVEL=1, $again."
  elif grep -q 'Permission denied' "$log"; then
    note "Some files under $root/build belong to another user: remove them, $again."
  fi
}

free_mb() { df -Pm "$1" | awk 'NR == 2 {print $4}'; }

packages_for() {
  local need
  for need in "$@"; do sed -n "s/^$need  *//p" scripts/packages; done | tr -s ' ' '\n'
}

# install_packages NEED...: installs what scripts/packages lists for them and this machine lacks.
# Calls no apt-get at all if nothing is missing.
install_packages() {
  local missing wanted
  wanted=$(packages_for "$@" | sort -u)
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This is no Debian: going on with the libraries that are here"
    return
  fi
  # shellcheck disable=SC2086  # the list is split on purpose
  missing=$(comm -23 <(printf '%s\n' "$wanted") \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' | sort -u))
  [ -n "$missing" ] || return 0

  warn_about_system "$missing"
  # shellcheck disable=SC2086
  set -- $missing
  as_root_prefix "$@"
  say "Installing missing packages: $*"
  step apt apt_install "$@" || exit 1
}

# The need `npm`, unless there is one already.
npm_if_missing() { command -v npm >/dev/null || echo npm; }

warn_about_system() {
  local system
  system=$(. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-}")
  [ "$system" = "debian 12" ] || say "Dure is built and tested on Debian 12; this is $system. Trying all the same"
  if [[ $1 == *libboost1.81-dev* ]] && dpkg-query -W -f '${db:Status-Status}' libboost1.74-dev 2>/dev/null | grep -qx installed; then
    say "Boost 1.81 takes the place of Boost 1.74's headers, since Debian allows one of them only"
  fi
  [ "$(free_mb /var)" -gt 1500 ] || say "Less than 1.5 GB are free in /var; the installation may need that"
}

# Sets `as_root` to what must precede a command that needs root; ends if there is no way.
as_root_prefix() {
  as_root=()
  [ "$(id -u)" -ne 0 ] || return 0
  local by_hand="apt-get install --no-install-recommends $*"
  command -v sudo >/dev/null ||
    die "These packages are missing and there is no sudo: run as root '$by_hand', then $command_name again."
  if [ -t 0 ]; then sudo -v; else sudo -n true 2>/dev/null; fi ||
    die "sudo was refused: have an administrator run '$by_hand', then run $command_name again."
  as_root=(sudo env "http_proxy=${http_proxy:-}" "https_proxy=${https_proxy:-}")
}

apt_install() {
  local apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  "${apt_get[@]}" update && "${apt_get[@]}" install --no-install-recommends "$@"
}

# build PRESET [TARGET...]: configures if needed and builds. Where CI is set, warnings are errors.
build() {
  local preset=$1 dir=build/$1
  shift
  forget_moved_build "$dir"
  if [ -n "${CI:-}" ] || [ ! "$dir/build.ninja" -nt CMakePresets.json ]; then
    say "Configuring (preset $preset)"
    step "$preset-configure" cmake --preset "$preset" ${CI:+-DDURE_WERROR=ON} || return
  fi
  say "Building (preset $preset)"
  step "$preset-build" cmake --build --preset "$preset" ${1:+--target "$@"}
}

# CMake refuses a build folder that was made under another path.
forget_moved_build() {
  local home
  home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$1/CMakeCache.txt" 2>/dev/null)
  [ -z "$home" ] || [ "$home" = "$root" ] && return
  say "$1 was made for $home: starting afresh"
  rm -rf "$1"
}

# Makes DURE_DATA the absolute path of the folder of real traces, or unsets it and returns 1 if there is none.
find_data() {
  DURE_DATA=$(cd "${DURE_DATA:-../shared/data}" 2>/dev/null && pwd)
  export DURE_DATA
  [ -z "$DURE_DATA" ] || return 0
  unset DURE_DATA
  return 1
}

# run_tests PRESET [ctest option...]: shows the output of what fails; the last line says how it went. Two tests run on a
# core, since they wait for more than half of their time.
run_tests() {
  local preset=$1 log=$log_dir/$1-test.log started=$SECONDS status failed total skipped
  shift
  say "Testing (preset $preset)"
  need_log_dir
  ctest --preset "$preset" -j $((2 * $(nproc))) "$@" </dev/null 2>&1 | tee "$log" | show_failures
  status=${PIPESTATUS[0]}
  read -r failed total < <(sed -n 's/.*, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log")
  skipped=$(grep -c '\*\*\*Skipped' "$log")
  if [ -z "$total" ]; then
    echo "No test matches; what ctest said is in $root/$log."
  elif [ "$status" -ne 0 ]; then
    echo "$failed of $total tests failed; all of the output is in $root/$log."
  elif [ "$skipped" -ne 0 ]; then
    echo "$((total - skipped)) tests passed in $((SECONDS - started)) s, $skipped skipped$([ -n "${DURE_DATA:-}" ] || echo ": no data in ../shared/data or \$DURE_DATA")."
  else
    echo "All $total tests passed in $((SECONDS - started)) s."
  fi
  return "$status"
}

show_failures() {
  local line shown=$SECONDS
  local routine='^ *[0-9]+/[0-9]+ Test .*(Passed|\*\*\*Skipped) |^ +Start +[0-9]+:|^ *$|^Test project|^100% tests passed|^Total Test time'
  while IFS= read -r line; do
    if [[ $line =~ $routine ]]; then
      show_line "$line"
    elif [[ $line == 'The following tests did not run:' || $line == *'(Skipped)' ]]; then
      continue
    else
      clear_line
      printf '%s\n' "$line"
    fi
  done
  clear_line
}

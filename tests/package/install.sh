#!/usr/bin/env bash
# Installs a build below a folder of its own; what is there runs a job with the supervisor and the tools that are there.
#
#   tests/package/install.sh BUILD_FOLDER
set -u
fail() { printf '%s\n' "$*"; exit 1; }
folder=$(mktemp -d)
there=$folder/installed
server=
clean_up() {
  [ -z "$server" ] || { kill "$server" && wait "$server"; }
  rm -rf "$folder"
}
trap clean_up EXIT

DESTDIR=$there cmake --install "$1" > "$folder/log" || fail "$(cat "$folder/log")"
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$1/CMakeCache.txt")
installed=$there$prefix
for file in bin/dure lib/dure/dure-supervisor lib/dure/dure-launcher lib/dure/tools/srun lib/systemd/system/dure.service \
  lib/systemd/system/dure-launcher.service share/bash-completion/completions/dure share/doc/dure/docs/operating/README.md; do
  [ -e "$installed/$file" ] || fail "$file is not installed"
done
bash -n "$installed/share/bash-completion/completions/dure" || fail "the completion is no script"
for configuration in "$there/etc/dure" "$there$prefix/etc/dure"; do
  [ -d "$configuration" ] || continue
  "$installed/bin/dure" serve --check --config "$configuration/server.yaml" || fail "server.yaml is not good"
  "$installed/lib/dure/dure-launcher" --check --config "$configuration/launcher.yaml" || fail "launcher.yaml is not good"
  checked=1
done
[ -n "${checked:-}" ] || fail "no configuration is installed"

export DURE_DATA_DIR=$folder/data
# The server says when it is up, and is asked no sooner.
coproc SERVER { exec "$installed/bin/dure" serve --listen 127.0.0.1:0; }
server=$SERVER_PID
read -r -t 60 _ <&"${SERVER[0]}" || fail "the server did not come up"
# shellcheck disable=SC2016  # the job's own shell is to see it
said=$("$installed/bin/dure" run -- sh -c 'readlink /proc/$PPID/exe; command -v srun; srun -n 1 echo stepped') || fail "the job failed: $said"
expected=$(printf '%s\n' "$installed/lib/dure/dure-supervisor" "$installed/lib/dure/tools/srun" stepped)
[ "$said" = "$expected" ] || fail "the job said: $said"
echo "installed, and run"

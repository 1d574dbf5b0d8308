# Sourced by every script here: where things are, and the few functions they share.
# shellcheck shell=bash disable=SC2034,SC2086

set -euo pipefail
trap 'say "failed unexpectedly, line $LINENO: $BASH_COMMAND"' ERR

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/barre
state=${XDG_STATE_HOME:-$HOME/.local/state}/barre/cluster
export PATH=$PATH:/usr/sbin:/sbin # Debian users have no sbin, and nft, ip and sysctl are there

# One cluster per state folder: this names its cgroup and its network interface (15 bytes at most).
id=barre-$(printf %s "$state" | sha256sum | head -c 8)
kubeconfig=$state/kubeconfig
ca_file=/etc/ssl/certs/ca-certificates.crt

# 198.18.0.0/15 is set aside for tests (RFC 2544), so that nobody's network and not podman's 10.88.0.0/16 is there.
network=198.18.88.0/24
node_ip=198.18.88.1
host_ip=198.18.88.254

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() { say "$@"; exit 1; }

# A tool of developers, built once into the cache: `tool CRATE VERSION COMMAND` prints its path.
tool() {
  local folder=$cache/$1-$2
  if [ ! -x "$folder/bin/$3" ]; then
    say "installing $1 $2"
    cargo install --quiet --locked --version "=$2" --root "$folder" "$1" >&2
  fi
  printf '%s\n' "$folder/bin/$3"
}

# The same for one that is written in Go: `go_tool COMMAND PACKAGE VERSION`.
go_tool() {
  local folder=$cache/$1-$3
  if [ ! -x "$folder/$1" ]; then
    say "installing $1 $3"
    GOBIN=$folder go install "$2@$3" >&2
  fi
  printf '%s\n' "$folder/$1"
}

# Builds and caches stay the user's; only what touches the kernel runs as root.
# sudo clears the environment, hence the folders by hand.
as_root() {
  if [ "$EUID" = 0 ]; then "$@"; return; fi
  sudo -n -- env HOME="$HOME" PATH="$PATH" XDG_CACHE_HOME="${cache%/barre}" XDG_STATE_HOME="${state%/barre/cluster}" "$@"
}

# Runs a command every 0.2 s until it succeeds: `until_true SECONDS WHAT COMMAND...`
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { say "waited in vain for $what (logs: $state/logs)"; return 1; }
    sleep 0.2
  done
}

# Pid and start time, because a pid alone may belong to somebody else after a reboot.
identity() { # PID
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) } # the command name before it may hold anything
  set -- "$1" $stat
  [ "$2" != Z ] || return 1
  printf '%s %s %s\n' "$1" "${21}" "$(cat /proc/sys/kernel/random/boot_id)"
}

# The process whose identity is in the file, if it still runs.
running() { # FILE
  local pid rest
  read -r pid rest 2>/dev/null <"$1" || return 1
  [ "$(identity "$pid")" = "$pid $rest" ] && printf '%s\n' "$pid"
}

# First process inside the namespaces: the way in for nsenter.
inside() { running "$state/init.pid"; }

components() { "$here/build" --print; }

# localhost/NAME:TAG is in the cache as NAME-TAG.tar.
archive_of() { # REFERENCE
  local name=${1##*/}
  printf '%s/images/%s.tar\n' "$cache" "${name/:/-}"
}
